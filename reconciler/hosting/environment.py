"""What a pipeline's environment says of the request that it runs for; arguments go before it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pydantic import ValidationError

from reconciler.errors import WrongUse
from reconciler.hosting.github import HEADERS, MANNERS, GitHub, judge
from reconciler.hosting.github_issues import GitHubIssues
from reconciler.hosting.gitlab import GitLab
from reconciler.hosting.gitlab_issues import GitLabIssues
from reconciler.hosting.model import Host, Place, Request, Tracker
from reconciler.hosting.refusals import Reply
from reconciler.rest import Clockwork, Service

COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
GITHUB_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
GITLAB_PROJECT = re.compile(r"[0-9]+|[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+")


class Kind(Enum):
    """Which service hosts the repository."""

    GITHUB = "GitHub"
    GITLAB = "GitLab"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was given as arguments; each goes before what the environment says."""

    repository: str | None = None
    number: int | None = None
    commit: str | None = None


class _Head(Reply):
    sha: str | None = None


class _Pull(Reply):
    number: int | None = None
    head: _Head = _Head()


class _Event(Reply):
    pull_request: _Pull = _Pull()


@contextmanager
def opened(
    kind: Kind, asked: Asked, environment: Mapping[str, str], *, clockwork: Clockwork
) -> Iterator[tuple[Host, Request]]:
    """Open the host of the request that the arguments or the environment name.

    Raises:
        WrongUse: Something is missing, or is none of what it should be.
    """
    if kind is Kind.GITHUB:
        request = github_request(asked, environment)
        with _service(kind, environment, clockwork) as service:
            yield GitHub(service, request), request
    else:
        request = gitlab_request(asked, environment)
        with _service(kind, environment, clockwork) as service:
            yield GitLab(service, request), request


@contextmanager
def opened_issues(
    kind: Kind, asked: Asked, environment: Mapping[str, str], *, clockwork: Clockwork
) -> Iterator[tuple[Tracker, Place]]:
    """Open the issues of the repository that the arguments or the environment name.

    Raises:
        WrongUse: Something is missing, or is none of what it should be.
    """
    if kind is Kind.GITHUB:
        place = _github_place(asked, environment)
        with _service(kind, environment, clockwork) as service:
            yield GitHubIssues(service, place.repository), place
    else:
        place = _gitlab_place(asked, environment)
        with _service(kind, environment, clockwork) as service:
            yield GitLabIssues(service, place.repository), place


def _service(kind: Kind, environment: Mapping[str, str], clockwork: Clockwork) -> Service:
    if kind is Kind.GITHUB:
        return Service(
            environment.get("GITHUB_API_URL") or "https://api.github.com",
            token=_token("GITHUB_TOKEN", environment),
            headers=HEADERS,
            judge=judge,
            manners=MANNERS,
            clockwork=clockwork,
        )
    return Service(
        environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4",
        token=_token("GITLAB_TOKEN", environment),
        clockwork=clockwork,
    )


def _github_place(asked: Asked, environment: Mapping[str, str]) -> Place:
    repository = asked.repository or environment.get("GITHUB_REPOSITORY")
    named = _repository(repository, GITHUB_REPOSITORY, "owner/name")
    run = environment.get("GITHUB_RUN_ID")
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    return Place(named, f"{server}/{named}/actions/runs/{run}" if run else None)


def _gitlab_place(asked: Asked, environment: Mapping[str, str]) -> Place:
    project = environment.get("CI_MERGE_REQUEST_PROJECT_ID") or environment.get("CI_PROJECT_ID")
    named = _repository(asked.repository or project, GITLAB_PROJECT, "group/project")
    return Place(named, environment.get("CI_JOB_URL"))


def github_request(asked: Asked, environment: Mapping[str, str]) -> Request:
    """The pull request of a workflow's run.

    In a run for a pull request, GITHUB_SHA is a merge that nobody sees; what people review, and
    what carries the status, is the head in the event.
    """
    place = _github_place(asked, environment)
    pull = _event(environment).pull_request
    commit = _commit(asked.commit or pull.head.sha)
    merge = environment.get("GITHUB_SHA") if commit == pull.head.sha else None
    return Request(
        repository=place.repository,
        number=_number(_first(asked.number, pull.number), "pull request"),
        commit=commit,
        checkouts=frozenset(filter(None, (commit, merge))),
        link=place.link,
    )


def gitlab_request(asked: Asked, environment: Mapping[str, str]) -> Request:
    """The merge request of a pipeline.

    In a pipeline for merged results, CI_COMMIT_SHA is the merge; the head is named apart.
    """
    place = _gitlab_place(asked, environment)
    merge = environment.get("CI_COMMIT_SHA")
    head = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or merge
    commit = _commit(asked.commit or head)
    pipeline = environment.get("CI_PIPELINE_ID", "")
    return Request(
        repository=place.repository,
        number=_number(
            _first(asked.number, environment.get("CI_MERGE_REQUEST_IID")), "merge request"
        ),
        commit=commit,
        checkouts=frozenset(filter(None, (commit, merge if commit == head else None))),
        link=place.link,
        pipeline=int(pipeline) if pipeline.isdecimal() and commit == merge else None,
    )


def _event(environment: Mapping[str, str]) -> _Event:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return _Event()
    try:
        return _Event.model_validate_json(Path(path).read_bytes())
    except (OSError, ValidationError):
        raise WrongUse(f"{path}: GITHUB_EVENT_PATH leads to no event that can be read.") from None


def _token(name: str, environment: Mapping[str, str]) -> str:
    token = environment.get(name, "").strip()
    if not token:
        raise WrongUse(f"{name} is not set. The token is taken from the environment alone.")
    return token


def _repository(text: str | None, form: re.Pattern[str], shown: str) -> str:
    if not text:
        raise WrongUse(f"Which repository? Give --repository {shown}.")
    if not form.fullmatch(text):
        raise WrongUse(f"--repository: {text!r} is none. Write {shown}.")
    return text


def _first(given: object, known: object) -> object:
    return known if given is None else given


def _number(found: object, what: str) -> int:
    text = str("" if found is None else found)
    if not text:
        raise WrongUse(f"Which {what}? This run is for none; give --number N.")
    if not text.isdecimal() or int(text) < 1:
        raise WrongUse(f"--number: {text!r} is no number of a {what}.")
    return int(text)


def _commit(text: str | None) -> str | None:
    if text and not COMMIT.fullmatch(text):
        raise WrongUse(f"--commit: {text!r} is no commit. Write all its 40 signs.")
    return text or None
