"""The one issue that tells who must look, on GitHub and GitLab alike."""

from contextlib import contextmanager

import pytest

from reconciler.errors import ServiceRefused
from reconciler.hosting.environment import Asked, Kind, opened_issues
from reconciler.hosting.sticky import keep_open, mark, settle
from tests.hosting import github_service, gitlab_service
from tests.hosting.loopback import Fault, Patience, Reply, serving

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
NOON = 1795435200
NIGHT = f"{mark('night')}\nsix too many"
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}


class Hub:
    """GitHub, and what its issues say."""

    kind = Kind.GITHUB
    repository = "acme/training"

    def __init__(self):
        self.service = github_service.GitHubService()
        self.robot, self.person = github_service.ROBOT, github_service.ANN
        self.service.bearers = {
            "robot": github_service.Bearer(self.robot, workflow=True),
            "person": github_service.Bearer(self.person),
            "reader": github_service.Bearer(self.robot, workflow=True, writes=False),
        }

    def environment(self, server, token):
        return {"GITHUB_API_URL": server.address, "GITHUB_TOKEN": token}

    def opens(self, title, text, author):
        self.service.open({"title": title, "body": text}, author)

    def issues(self):
        return [(one["title"], one["body"], one["state"]) for one in self.service.issues]

    def remarks(self):
        return [one["body"] for one in self.service.comments]


class Lab:
    """GitLab, and what its issues say."""

    kind = Kind.GITLAB
    repository = "acme/stores/training"

    def __init__(self):
        self.service = gitlab_service.GitLabService()
        self.robot, self.person = 900, 7
        self.service.bearers = {
            "robot": gitlab_service.Bearer(self.robot),
            "person": gitlab_service.Bearer(self.person),
            "reader": gitlab_service.Bearer(self.robot, writes=False),
        }

    def environment(self, server, token):
        return {"CI_API_V4_URL": f"{server.address}/api/v4", "GITLAB_TOKEN": token}

    def opens(self, title, text, author):
        self.service.open({"title": title, "description": text}, author)

    def issues(self):
        return [
            (one["title"], one["description"], one["state"].removesuffix("ed").replace("clos", "closed"))
            for one in self.service.issues
        ]  # fmt: skip

    def remarks(self):
        return [text for _, text in self.service.remarks]


@pytest.fixture(params=[Hub, Lab], ids=["github", "gitlab"])
def host(request):
    made = request.param()
    yield made
    assert made.service.broken == []


@pytest.fixture
def server(host):
    with serving(host.service) as loopback:
        yield loopback


@pytest.fixture
def patience():
    return Patience()


@contextmanager
def tracker_of(host, server, patience, *, token="robot", repository=None):
    environment, asked = host.environment(server, token), Asked(repository or host.repository)
    made = opened_issues(host.kind, asked, environment, clockwork=patience.clockwork)
    with made as (tracker, _):
        yield tracker


@pytest.fixture
def tracker(host, server, patience):
    with tracker_of(host, server, patience) as made:
        yield made


@pytest.mark.parametrize("token", ["robot", "person"])
def test_opened_once_and_then_written_anew(host, server, patience, token):
    for text in ("five too many", "six too many"):
        with tracker_of(host, server, patience, token=token) as tracker:
            keep_open(tracker, "Look", text, name="night")
    assert host.issues() == [("Look", NIGHT, "open")]
    assert host.remarks() == [], "nobody is told twice of the same"


def test_who_follows_it_hears_of_another_trouble(host, tracker):
    keep_open(tracker, "Outside", "six too many", name="night")
    keep_open(tracker, "No plan", "the feed is broken", name="night")
    assert [title for title, _, _ in host.issues()] == ["No plan"]
    assert host.remarks() == ["No plan"]


def test_closed_when_nobody_must_look_and_a_new_one_for_the_next_trouble(host, tracker):
    assert not settle(tracker, "all is well", name="night")
    keep_open(tracker, "Look", "five too many", name="night")
    assert settle(tracker, "all is well", name="night")
    assert host.issues() == [("Look", NIGHT.replace("six", "five"), "closed")]
    assert host.remarks() == ["all is well"]

    keep_open(tracker, "Look", "six too many", name="night")
    assert [state for _, _, state in host.issues()] == ["closed", "open"]
    assert not settle(tracker, "x", name="other")


def test_found_on_a_later_page(host, tracker):
    host.service.per_page = 3
    for number in range(7):
        host.opens(f"Well, {number}", "no mark", host.robot)
    host.opens("Look", NIGHT, host.robot)
    keep_open(tracker, "Look", "five too many", name="night")
    assert len(host.issues()) == 8
    assert host.issues()[-1][1].endswith("five too many")


# the story: an open issue that is there already, and whose it is
LEFT_ALONE = {
    "a person wrote the mark": (NIGHT, "person"),
    "the mark is quoted": (f"> {NIGHT}", "robot"),
    "the mark stands further down": (f"Look:\n{NIGHT}", "robot"),
    "of another workspace": (f"{mark('night-2')}\nsix too many", "robot"),
    "an empty one": ("", "robot"),
}


@pytest.mark.parametrize(("text", "author"), LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_left_alone(host, tracker, text, author):
    host.opens("Look", text, getattr(host, author))
    keep_open(tracker, "Look", "six too many", name="night")
    settle(tracker, "all is well", name="night")
    assert host.issues() == [("Look", text, "open"), ("Look", NIGHT, "closed")]


def test_a_pull_request_is_none(patience):
    host = Hub()
    with serving(host.service) as server, tracker_of(host, server, patience) as tracker:
        urls = dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), "https://x.example/1")
        host.service.open({"title": "Look", "body": NIGHT}, host.robot, pull_request=urls)
        keep_open(tracker, "Look", "five too many", name="night")
    assert [text for _, text, _ in host.issues()] == [NIGHT, NIGHT.replace("six", "five")]
    assert host.service.broken == []


def test_a_repeated_issue_is_closed(host, tracker):
    for number in ("two", "three", "four"):
        host.opens("Look", f"{mark('night')}\n{number} too many", host.robot)
    keep_open(tracker, "Look", "six too many", name="night")
    assert [state for _, _, state in host.issues()] == ["open", "closed", "closed"]
    assert host.issues()[0] == ("Look", NIGHT, "open")


def test_deleted_in_between(host, server, tracker):
    host.opens("Look", NIGHT, host.robot)

    def deletes(heard):
        if heard.method in ("PATCH", "PUT"):
            host.service.issues.clear()

    server.script[:] = [deletes] * 3
    keep_open(tracker, "Look", "six too many", name="night")
    assert host.issues() == [("Look", NIGHT, "open")]

    server.script[:] = [deletes] * 3
    settle(tracker, "all is well", name="night")
    assert (host.issues(), host.remarks()) == ([], [])


# the story: what became of the first try to open it, and nothing is there twice
FIRST_TRIES = {
    "done, though the gateway gave up": Fault(Reply(504)),
    "done, though the connection broke": Fault(Reply(silent=True)),
    "not done": Reply(502),
}


@pytest.mark.parametrize("first", FIRST_TRIES.values(), ids=FIRST_TRIES.keys())
def test_an_issue_of_unknown_outcome_is_not_repeated(host, server, tracker, first):
    """GET /user, GET issues, then the write."""
    server.script[:] = [host.service, host.service, first]
    keep_open(tracker, "Look", "six too many", name="night")
    assert host.issues() == [("Look", NIGHT, "open")]


# the story: how a service says that it is too much, and how long is waited
LIMITS = {
    "the limit of the hour": (
        Reply(403, {"message": "API rate limit exceeded"}, {
            "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOON + 90), "Date": DATE}), 90,
    ),
    "a limit with a time": (Reply(429, {"message": "x"}, {"Retry-After": "17"}), 17),
    "a secondary limit with a time": (Reply(403, SECONDARY, {"Retry-After": "30"}), 30),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "waited"), LIMITS.values(), ids=LIMITS.keys())
@pytest.mark.parametrize("before", range(3), ids=["who", "issues", "write"])
def test_limits_are_waited_for(host, server, tracker, patience, reply, waited, before):
    server.script[:] = [*[host.service] * before, reply]
    keep_open(tracker, "Look", "six too many", name="night")
    assert host.issues() == [("Look", NIGHT, "open")]
    assert waited in patience.slept


def test_a_secondary_limit_without_a_time_is_a_minute(patience):
    host = Hub()
    with serving(host.service) as server, tracker_of(host, server, patience) as tracker:
        server.script[:] = [host.service, host.service, Reply(403, SECONDARY)]
        keep_open(tracker, "Look", "six too many", name="night")
    assert len(host.issues()) == 1
    assert 60 in patience.slept


def test_a_text_of_70_000_characters(host, tracker):
    """GitHub takes 65,536; GitLab a million bytes."""
    keep_open(tracker, "Look", "### Much.\n\n" + "And more, and möre.\n\n" * 3500, name="night")
    ((_, text, _),) = host.issues()
    assert (len(text) < 65_536) is (host.kind is Kind.GITHUB)
    assert text.endswith("_\n") is (host.kind is Kind.GITHUB)


# the story: the token, what is not so, and words of the error by host
REFUSALS = {
    "a wrong token": ("none", "", "does not accept GITHUB_TOKEN", "not accept GITLAB_TOKEN"),
    "no right to write": ("reader", "", "{issues: write}", "the role Developer"),
    "no such repository": ("robot", "missing", "no repository acme/x", "no project acme/x"),
    "issues are turned off": ("robot", "off", "turned off in acme/training", "issues are turned"),
}


@pytest.mark.parametrize("doing", ["keep open", "settle"])
@pytest.mark.parametrize(("token", "so", "hub", "lab"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refused(host, server, patience, token, so, hub, lab, doing):
    if so == "off":
        host.service.issues = None
    elif token == "reader" and doing == "settle":
        host.opens("Look", NIGHT, host.robot)
    made = tracker_of(
        host, server, patience, token=token, repository="acme/x" if so == "missing" else None
    )
    done = {
        "settle": lambda tracker: settle(tracker, "all is well", name="night"),
        "keep open": lambda tracker: keep_open(tracker, "Look", "six too many", name="night"),
    }[doing]
    with made as tracker, pytest.raises(ServiceRefused) as caught:
        done(tracker)
    assert (hub if host.kind is Kind.GITHUB else lab) in str(caught.value)
    assert "Bearer" not in str(caught.value)
    assert host.remarks() == []
    assert sum(patience.slept) < 1, "nothing of it is tried again"


def test_what_cannot_be_used(host, server, tracker):
    server.script[:] = [host.service, host.service, Reply(422, {"message": "Validation Failed"})]
    with pytest.raises(ServiceRefused, match="422"):
        keep_open(tracker, "Look", "x", name="night")
