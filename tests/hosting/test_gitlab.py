"""Notes and statuses on GitLab, against a server that answers as its documentation says."""

from contextlib import contextmanager

import pytest

from reconciler.errors import ServiceRefused, ServiceUnavailable
from reconciler.hosting.environment import Asked, Kind, opened
from reconciler.hosting.model import Conclusion, State
from reconciler.hosting.sticky import mark, stick
from reconciler.rest import Service
from tests.hosting.gitlab_service import Bearer, GitLabService
from tests.hosting.loopback import Fault, Patience, Reply, serving

HEAD = "a" * 40
PLAN = f"{mark('plan')}\nassigns 3"
ROBOT, ANN = 900, 7


@pytest.fixture
def gitlab():
    service = GitLabService(
        requests={3: HEAD}, bearers={"robot": Bearer(ROBOT), "reader": Bearer(ROBOT, writes=False)}
    )
    yield service
    assert service.broken == []


@pytest.fixture
def server(gitlab):
    with serving(gitlab) as loopback:
        yield loopback


@pytest.fixture
def patience():
    return Patience()


@contextmanager
def host_for(server, patience, *, token="robot", number=3, project="77", **environment):
    environment |= {"CI_API_V4_URL": f"{server.address}/api/v4", "GITLAB_TOKEN": token}
    asked = Asked(project, number)
    with opened(Kind.GITLAB, asked, environment, clockwork=patience.clockwork) as (host, _):
        yield host


@pytest.fixture
def host(server, patience):
    with host_for(server, patience) as made:
        yield made


@pytest.mark.parametrize("project", ["77", "acme/stores/training"])
def test_written_once_and_then_anew(gitlab, server, patience, project):
    for text in ("assigns 2", "assigns 3"):
        with host_for(server, patience, project=project) as host:
            assert host.head() == HEAD
            stick(host, text, name="plan")
    assert [(one["author"]["id"], one["body"]) for one in gitlab.notes] == [(ROBOT, PLAN)]


def test_found_on_a_later_page_and_among_what_others_wrote(gitlab, host):
    gitlab.per_page = 4
    gitlab.add(PLAN, ANN)
    for number in range(9):
        gitlab.add(f"well, {number}", ANN)
    gitlab.add(f"{mark('plan')}\nassigns 2", ROBOT)
    stick(host, "assigns 3", name="plan")
    assert len(gitlab.notes) == 11
    assert gitlab.notes[-1]["body"] == PLAN


def test_deleted_in_between(gitlab, server, host):
    gitlab.add(f"{mark('plan')}\nassigns 2", ROBOT)

    def deletes(heard):
        if heard.method == "PUT":
            gitlab.notes.clear()

    server.script[:] = [deletes] * 3
    stick(host, "assigns 3", name="plan")
    assert [one["body"] for one in gitlab.notes] == [PLAN]


def test_a_note_of_unknown_outcome_is_not_repeated(gitlab, server, host):
    server.script[:] = [gitlab, gitlab, Fault(Reply(504))]
    stick(host, "assigns 3", name="plan")
    assert [one["body"] for one in gitlab.notes] == [PLAN]


def test_too_many_calls(gitlab, server, host, patience):
    server.script[:] = [gitlab, gitlab, Reply(429, {"message": "x"}, {"Retry-After": "17"})]
    stick(host, "assigns 3", name="plan")
    assert 17 in patience.slept
    assert len(gitlab.notes) == 1


@pytest.mark.parametrize("state", State)
def test_a_status(gitlab, host, state):
    host.conclude(HEAD, Conclusion(state, "x" * 300, "https://run.example/1"), name="plan")
    ((commit, sent),) = gitlab.statuses
    assert (commit, sent["name"], len(sent["description"])) == (HEAD, "reconciler/plan", 255)
    assert sent["state"] == ("success" if state is State.GOOD else "failed")
    assert sent["target_url"] == "https://run.example/1"
    assert "pipeline_id" not in sent


def test_a_status_belongs_to_the_pipeline_of_its_commit(gitlab, server, patience):
    environment = {"CI_COMMIT_SHA": HEAD, "CI_PIPELINE_ID": "4711"}
    with host_for(server, patience, **environment) as host:
        host.conclude(HEAD, Conclusion(State.GOOD, "x"), name="plan")
    assert gitlab.statuses[0][1]["pipeline_id"] == 4711


# the story: whose token, which merge request, which project, what is done, words of the error
REFUSALS = {
    "a wrong token": ("none", 3, "77", "head", "GitLab does not accept GITLAB_TOKEN"),
    "no right to write": ("reader", 3, "77", "stick", "the scope `api`"),
    "no right to set a status": ("reader", 3, "77", "conclude", "the role Developer"),
    "no such merge request": ("robot", 99, "77", "head", "no merge request 99 in project 77"),
    "no such project": ("robot", 3, "acme/other", "head", "in project acme/other"),
}


@pytest.mark.parametrize(
    ("token", "number", "project", "doing", "words"), REFUSALS.values(), ids=REFUSALS.keys()
)
def test_refused(gitlab, server, patience, token, number, project, doing, words):
    done = {
        "head": lambda host: host.head(),
        "stick": lambda host: stick(host, "x", name="plan"),
        "conclude": lambda host: host.conclude(HEAD, Conclusion(State.GOOD, "x"), name="plan"),
    }
    made = host_for(server, patience, token=token, number=number, project=project)
    with made as host, pytest.raises(ServiceRefused) as caught:
        done[doing](host)
    assert words in str(caught.value)
    assert (gitlab.notes, gitlab.statuses) == ([], [])


@pytest.mark.parametrize("data", [{}, [], None, {"sha": None}])
def test_an_answer_that_is_no_merge_request(server, host, data):
    server.script[:] = [Reply(200, data)]
    with pytest.raises(ServiceUnavailable, match="GitLab answered"):
        host.head()


def test_the_server_holds_calls_to_what_gitlab_documents(gitlab, server):
    """A guard for the tests above: a call that GitLab does not document is noticed."""
    body = {"state": "green", "name": "x"}
    made = Service(f"{server.address}/api/v4", token="robot")
    with made as service, pytest.raises(ServiceRefused):
        service.write("POST", f"/projects/77/statuses/{HEAD}", body, repeatable=True)
    assert "'green' is not one of" in gitlab.broken.pop(0)
