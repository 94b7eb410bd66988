"""Pull requests on GitHub: comments of the issue that each is, and statuses of commits.

The token needs to write pull requests and statuses of commits.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus

from reconciler.answers import Answer, Trouble, by_status, said
from reconciler.errors import ServiceRefused
from reconciler.hosting.model import Comment, Conclusion, Request, State
from reconciler.hosting.refusals import Reply, changed, explaining
from reconciler.rest import Manners, Service

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
MANNERS = Manners(writes_per_second=1.0)
"""GitHub asks for a second between two writes."""
LIMITED = (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
SECONDARY = "secondary rate limit"
SECONDARY_WAIT = 60.0
"""A secondary limit that names no time asks for a minute at least."""
LONGEST_COMMENT = 65_000
LONGEST_SUMMARY = 140
STATES = {State.GOOD: "success", State.BAD: "failure", State.BROKEN: "error"}


class User(Reply):
    login: str
    type: str


class _Comment(Reply):
    id: int
    body: str | None = None
    user: User | None = None


class _Commit(Reply):
    sha: str


class _Pull(Reply):
    head: _Commit


@dataclass(frozen=True, slots=True)
class GitHub:
    """One pull request."""

    service: Service
    request: Request
    longest: int = LONGEST_COMMENT

    def head(self) -> str:
        with self._explaining():
            pull = self.service.read(f"{self._repository}/pulls/{self.request.number}")
            return _Pull.model_validate(pull).head.sha

    def comments(self) -> Iterator[Comment]:
        with self._explaining():
            login = login_of(self.service)
            for item in self.service.pages(self._comments, query={"per_page": 100}):
                comment = _Comment.model_validate(item)
                mine = is_ours(comment.user, login)
                yield Comment(comment.id, comment.body or "", mine=mine)

    def add(self, text: str) -> None:
        with self._explaining():
            self.service.write("POST", self._comments, {"body": text}, repeatable=False)

    def edit(self, number: int, text: str) -> bool:
        with self._explaining():
            return changed(self.service, "PATCH", self._one(number), {"body": text})

    def remove(self, number: int) -> None:
        with self._explaining():
            changed(self.service, "DELETE", self._one(number))

    def conclude(self, commit: str, conclusion: Conclusion, *, name: str) -> None:
        body = {
            "state": STATES[conclusion.state],
            "description": conclusion.summary[:LONGEST_SUMMARY],
            "context": f"reconciler/{name}",
        }
        if conclusion.link:
            body["target_url"] = conclusion.link
        with self._explaining():
            self.service.write(
                "POST", f"{self._repository}/statuses/{commit}", body, repeatable=True
            )

    @property
    def _repository(self) -> str:
        return f"/repos/{self.request.repository}"

    @property
    def _comments(self) -> str:
        return f"{self._repository}/issues/{self.request.number}/comments"

    def _one(self, number: int) -> str:
        return f"{self._repository}/issues/comments/{number}"

    def _explaining(self) -> AbstractContextManager[None]:
        repository, number = self.request.repository, self.request.number
        return meaning(
            rights="pull-requests: write, statuses: write",
            missing=f"There is no pull request {number} in {repository}, or GITHUB_TOKEN may not "
            "see it.",
            gone=f"In {repository}, pull request {number} takes no comments.",
            unusable="GitHub cannot use what it was sent. Is the commit one of this repository?",
        )


def login_of(service: Service) -> str | None:
    """Who we are; None with the token of a workflow, which may not ask and is a bot's.

    Raises:
        ServiceTrouble: It cannot be told.
    """
    try:
        return User.model_validate(service.read("/user")).login
    except ServiceRefused as refusal:
        if refusal.code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return None
        raise


def is_ours(author: User | None, login: str | None) -> bool:
    """Whether something may be ours: by us, or where nobody says who we are, by a bot."""
    if author is None:
        return False
    return author.type == "Bot" if login is None else author.login == login


def meaning(*, rights: str, missing: str, gone: str, unusable: str) -> AbstractContextManager[None]:
    """Say what GitHub's refusals mean for one thing of its."""
    return explaining(
        "GitHub",
        {
            HTTPStatus.UNAUTHORIZED: "GitHub does not accept GITHUB_TOKEN: it is wrong, or has "
            "expired.",
            HTTPStatus.FORBIDDEN: "GITHUB_TOKEN has not the right to do this. It needs, in a "
            f"workflow: `permissions: {{{rights}}}`.",
            HTTPStatus.NOT_FOUND: missing,
            HTTPStatus.GONE: gone,
            HTTPStatus.UNPROCESSABLE_ENTITY: unusable,
        },
    )


def judge(answer: Answer) -> Trouble | None:
    """Judge as HTTP does; a secondary limit that names no time is one all the same."""
    trouble = by_status(answer)
    if trouble is None or trouble.wait is not None:
        return trouble
    if answer.status in LIMITED and SECONDARY in said(answer).lower():
        return Trouble(trouble.reason, again=True, wait=SECONDARY_WAIT)
    return trouble
