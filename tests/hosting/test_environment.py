"""Which request a pipeline runs for, by what its environment says and what was given."""

import json

import pytest

from reconciler.errors import WrongUse
from reconciler.hosting.environment import (
    Asked,
    Kind,
    github_request,
    gitlab_request,
    opened_issues,
)
from reconciler.hosting.model import Place, Request
from reconciler.rest import Clockwork

HEAD, MERGE, OTHER = "a" * 40, "b" * 40, "c" * 40
WORKFLOW = {
    "GITHUB_REPOSITORY": "acme/training",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_RUN_ID": "9",
    "GITHUB_SHA": MERGE,
}
RUN = "https://github.example/acme/training/actions/runs/9"
JOB = {
    "CI_PROJECT_ID": "77",
    "CI_MERGE_REQUEST_PROJECT_ID": "77",
    "CI_MERGE_REQUEST_IID": "3",
    "CI_COMMIT_SHA": HEAD,
    "CI_PIPELINE_ID": "9",
    "CI_JOB_URL": "https://gitlab.example/jobs/1",
}


@pytest.fixture
def event(tmp_path):
    path = tmp_path / "event.json"
    pull = {"number": 3, "head": {"sha": HEAD, "ref": "x"}, "title": "$(rm -rf /)"}
    path.write_text(json.dumps({"pull_request": pull, "action": "opened"}))
    return {**WORKFLOW, "GITHUB_EVENT_PATH": str(path)}


def test_the_head_of_a_pull_request_carries_the_status_and_its_merge_may_be_planned(event):
    assert github_request(Asked(), event) == Request(
        "acme/training", 3, HEAD, frozenset({HEAD, MERGE}), RUN
    )


def test_arguments_go_before_the_environment(event):
    assert github_request(Asked("o/r", 5, OTHER), event) == Request(
        "o/r", 5, OTHER, frozenset({OTHER}), RUN.replace("acme/training", "o/r")
    )


def test_a_person_names_all(event):
    assert github_request(Asked("o/r", 5), {}) == Request("o/r", 5, None)
    assert gitlab_request(Asked("o/g/r", 5), {}) == Request("o/g/r", 5, None)


def test_a_merge_request():
    made = Request("77", 3, HEAD, frozenset({HEAD}), JOB["CI_JOB_URL"], pipeline=9)
    assert gitlab_request(Asked(), JOB) == made


def test_a_pipeline_for_merged_results():
    merged = {**JOB, "CI_COMMIT_SHA": MERGE, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD}
    made = Request("77", 3, HEAD, frozenset({HEAD, MERGE}), JOB["CI_JOB_URL"])
    assert gitlab_request(Asked(), merged) == made


@pytest.mark.parametrize(
    ("kind", "address", "token", "place"),
    [
        (Kind.GITHUB, "GITHUB_API_URL", "GITHUB_TOKEN", Place("acme/training", RUN)),
        (Kind.GITLAB, "CI_API_V4_URL", "GITLAB_TOKEN", Place("77", JOB["CI_JOB_URL"])),
    ],
    ids=["github", "gitlab"],
)
def test_issues_are_those_of_the_run(kind, address, token, place):
    environment = {**WORKFLOW, **JOB, address: "http://127.0.0.1:1", token: "x"}
    with opened_issues(kind, Asked(), environment, clockwork=Clockwork()) as (_, found):
        assert found == place
    with opened_issues(kind, Asked("o/r"), environment, clockwork=Clockwork()) as (_, found):
        assert found.repository == "o/r"


# the story: how it is called, what was given, what the environment says, words of the error
WRONG = {
    "no repository": (github_request, Asked(number=3), {}, "--repository owner/name"),
    "no project": (gitlab_request, Asked(number=3), {}, "--repository group/project"),
    "a repository that is none": (github_request, Asked("acme", 3), {}, "'acme'"),
    "a path out of the repository": (github_request, Asked("a/b/../../user", 3), {}, "owner/name"),
    "a project that is none": (gitlab_request, Asked("a b/c", 3), {}, "'a b/c'"),
    "a run for no pull request": (github_request, Asked(), WORKFLOW, "--number"),
    "a run for no merge request": (gitlab_request, Asked(), {"CI_PROJECT_ID": "7"}, "--number"),
    "number nought": (github_request, Asked("a/b", 0), {}, "--number"),
    "a negative number": (github_request, Asked("a/b", -3), {}, "'-3'"),
    "a number that is none": (
        gitlab_request, Asked("7"), {"CI_MERGE_REQUEST_IID": "../3"}, "'../3'",
    ),
    "a short commit": (github_request, Asked("a/b", 3, "abc1234"), {}, "40"),
    "a branch for a commit": (gitlab_request, Asked("7", 3, "main"), {}, "'main'"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "asked", "says", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong(made, asked, says, words):
    with pytest.raises(WrongUse, match=words):
        made(asked, says)


@pytest.mark.parametrize("text", ["", "[]", '{"pull_request": 3}', "\0"])
def test_an_event_that_cannot_be_read(tmp_path, text):
    path = tmp_path / "event.json"
    path.write_text(text)
    with pytest.raises(WrongUse, match="GITHUB_EVENT_PATH"):
        github_request(Asked(), {**WORKFLOW, "GITHUB_EVENT_PATH": str(path)})
