"""Comments and statuses on GitHub, against a server that answers as its documentation says."""

from contextlib import contextmanager

import pytest

from reconciler.errors import ServiceRefused, ServiceUnavailable
from reconciler.hosting.environment import Asked, Kind, opened
from reconciler.hosting.github import HEADERS
from reconciler.hosting.model import Conclusion, State
from reconciler.hosting.sticky import mark, stick
from reconciler.rest import Service
from tests.hosting.github_service import ANN, FORBIDDEN, ROBOT, Bearer, GitHubService
from tests.hosting.loopback import Fault, Patience, Reply, serving

HEAD = "a" * 40
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
NOON = 1795435200
PLAN = f"{mark('plan')}\nassigns 3"


@pytest.fixture
def github():
    service = GitHubService(pulls={3: HEAD, 4: "b" * 40})
    service.bearers = {
        "workflow": Bearer(ROBOT, workflow=True),
        "ann": Bearer(ANN),
        "reader": Bearer(ROBOT, workflow=True, writes=False),
    }
    yield service
    assert service.broken == []


@pytest.fixture
def server(github):
    with serving(github) as loopback:
        yield loopback


@pytest.fixture
def patience():
    return Patience()


@pytest.fixture
def host(server, patience):
    with host_for(server, patience) as made:
        yield made


@contextmanager
def host_for(server, patience, *, token="workflow", number=3):
    environment = {"GITHUB_API_URL": server.address, "GITHUB_TOKEN": token}
    asked = Asked("acme/training", number, HEAD)
    with opened(Kind.GITHUB, asked, environment, clockwork=patience.clockwork) as (host, _):
        yield host


def texts(github):
    return [(one["user"]["login"], one["body"]) for one in github.comments]


def test_the_commit_at_the_head(host):
    assert host.head() == HEAD


@pytest.mark.parametrize("token", ["workflow", "ann"])
def test_written_once_and_then_anew(github, server, patience, token):
    for text in ("assigns 2", "assigns 3"):
        with host_for(server, patience, token=token) as host:
            stick(host, text, name="plan")
    assert [body for _, body in texts(github)] == [PLAN]


def test_found_on_a_later_page(github, server, host):
    github.per_page = 5
    for number in range(13):
        github.add(3, {"body": f"well, {number}"}, ANN)
    github.add(3, {"body": f"{mark('plan')}\nassigns 2"}, ROBOT)
    github.add(3, {"body": "me too"}, ANN)
    stick(host, "assigns 3", name="plan")

    assert len(github.comments) == 15
    assert github.comments[13]["body"] == PLAN
    assert server.calls.count("GET /repos/acme/training/issues/3/comments") == 3


# the story: a comment that is there already, whose it is, and why it is left alone
LEFT_ALONE = {
    "a person wrote the mark": (PLAN, ANN),
    "the mark is quoted": (f"> {PLAN}", ROBOT),
    "the mark stands further down": (f"Look:\n{PLAN}", ROBOT),
    "the plan of another workspace": (f"{mark('plan-2')}\nassigns 9", ROBOT),
    "another robot's": ("Coverage went up", ROBOT),
    "an empty one": ("", ROBOT),
}


@pytest.mark.parametrize(("body", "author"), LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_left_alone(github, host, body, author):
    github.add(3, {"body": body}, author)
    stick(host, "assigns 3", name="plan")
    assert texts(github) == [(author["login"], body), (ROBOT["login"], PLAN)]


def test_a_person_does_not_write_over_a_robot(github, server, patience):
    github.add(3, {"body": PLAN}, ROBOT)
    with host_for(server, patience, token="ann") as host:
        stick(host, "assigns 4", name="plan")
    assert [login for login, _ in texts(github)] == [ROBOT["login"], "ann"]


def test_a_repeated_comment_is_taken_away(github, host):
    for number in (2, 5, 6):
        github.add(3, {"body": f"{mark('plan')}\nassigns {number}"}, ROBOT)
    stick(host, "assigns 3", name="plan")
    assert texts(github) == [(ROBOT["login"], PLAN)]


def test_a_comment_without_author(github, host):
    github.add(3, {"body": PLAN}, ROBOT)["user"] = None
    stick(host, "assigns 3", name="plan")
    assert len(github.comments) == 2


def test_deleted_in_between(github, server, host):
    github.add(3, {"body": f"{mark('plan')}\nassigns 2"}, ROBOT)

    def deletes(heard):
        if heard.method == "PATCH":
            github.comments.clear()

    server.script[:] = [deletes] * 4
    stick(host, "assigns 3", name="plan")
    assert texts(github) == [(ROBOT["login"], PLAN)]


# the story: what became of the first try to write, and what is there in the end
FIRST_TRIES = {
    "done, though the gateway gave up": Fault(Reply(504)),
    "done, though the connection broke": Fault(Reply(silent=True)),
    "not done": Reply(502),
}


@pytest.mark.parametrize("first", FIRST_TRIES.values(), ids=FIRST_TRIES.keys())
def test_a_comment_of_unknown_outcome_is_not_repeated(github, server, host, first):
    """GET /user, GET comments, then the write."""
    server.script[:] = [github, github, first]
    stick(host, "assigns 3", name="plan")
    assert texts(github) == [(ROBOT["login"], PLAN)]


def test_a_comment_of_70_000_characters_is_cut(github, host):
    long = "### This plan assigns much.\n\n" + "And more, and möre.\n\n" * 3500
    assert len(long) > 70_000
    stick(host, long, name="plan")
    ((_, body),) = texts(github)
    assert body.startswith(f"{mark('plan')}\n### This plan assigns much.")
    assert body.endswith("The saved plan has all of it._\n")
    assert 60_000 < len(body) < 65_536


SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}

# the story: how GitHub says that it is too much, and how long is waited
LIMITS = {
    "the limit of the hour": (
        Reply(403, {"message": "API rate limit exceeded"}, {
            "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOON + 90), "Date": DATE}), 90,
    ),
    "a secondary limit with a time": (Reply(403, SECONDARY, {"Retry-After": "30"}), 30),
    "a secondary limit without": (Reply(403, SECONDARY), 60),
    "a secondary limit by the other status": (Reply(429, SECONDARY), 60),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "waited"), LIMITS.values(), ids=LIMITS.keys())
@pytest.mark.parametrize("before", range(3), ids=["who", "comments", "write"])
def test_limits_are_waited_for(github, server, host, patience, reply, waited, before):
    server.script[:] = [*[github] * before, reply]
    stick(host, "assigns 3", name="plan")
    assert texts(github) == [(ROBOT["login"], PLAN)]
    assert waited in patience.slept


def test_a_limit_that_lasts_is_not_waited_for(server, host, patience):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOON + 3600), "Date": DATE}
    server.script[:] = [Reply(403, {"message": "API rate limit exceeded"}, headers)]
    with pytest.raises(ServiceUnavailable, match="wait 3,600 seconds"):
        host.head()
    assert sum(patience.slept) < 1


@pytest.mark.parametrize("state", State)
def test_a_status(github, host, state):
    host.conclude(HEAD, Conclusion(state, "x" * 300, "https://run.example/1"), name="plan")
    ((commit, sent),) = github.statuses
    assert commit == HEAD
    assert sent == {
        "state": {"good": "success", "bad": "failure", "broken": "error"}[state.value],
        "context": "reconciler/plan",
        "description": "x" * 140,
        "target_url": "https://run.example/1",
    }


# the story: whose token, which pull request, what is done, and words of the error
REFUSALS = {
    "a wrong token": ("none", 3, "head", "GitHub does not accept GITHUB_TOKEN"),
    "no right to comment": ("reader", 3, "stick", "pull-requests: write"),
    "no right to set a status": ("reader", 3, "conclude", "statuses: write"),
    "no such pull request": ("workflow", 99, "head", "no pull request 99 in acme/training"),
    "no such commit": ("workflow", 3, "conclude elsewhere", "Is the commit one of"),
}


@pytest.mark.parametrize(
    ("token", "number", "doing", "words"), REFUSALS.values(), ids=REFUSALS.keys()
)
def test_refused(github, server, patience, token, number, doing, words):
    done = {
        "head": lambda host: host.head(),
        "stick": lambda host: stick(host, "x", name="plan"),
        "conclude": lambda host: host.conclude(HEAD, Conclusion(State.GOOD, "x"), name="plan"),
        "conclude elsewhere": lambda host: host.conclude(
            "c" * 40, Conclusion(State.GOOD, "x"), name="plan"
        ),
    }
    with (
        host_for(server, patience, token=token, number=number) as host,
        pytest.raises(ServiceRefused) as caught,
    ):
        done[doing](host)
    assert words in str(caught.value)
    assert "Bearer" not in str(caught.value)
    assert (github.comments, github.statuses) == ([], [])
    assert sum(patience.slept) < 1, "nothing of it is tried again"


def test_forbidden_is_not_taken_for_a_workflow_when_it_comes_later(github, server, host):
    server.script[:] = [github, FORBIDDEN]
    with pytest.raises(ServiceRefused, match="has not the right"):
        stick(host, "x", name="plan")


@pytest.mark.parametrize("data", [{}, [], None, "x", {"head": None}, {"head": {"sha": 3}}])
def test_an_answer_that_is_no_pull_request(server, host, data):
    server.script[:] = [Reply(200, data)]
    with pytest.raises(ServiceUnavailable, match="Is its address right"):
        host.head()


def test_the_server_holds_calls_to_what_github_publishes(github, server):
    """A guard for the tests above: a call that GitHub does not describe is noticed."""
    with Service(server.address, token="workflow", headers=HEADERS) as service:
        body = {"state": "green", "context": "x"}
        service.write("POST", f"/repos/acme/training/statuses/{HEAD}", body, repeatable=True)
    assert "'green' is not one of" in github.broken.pop(0)
