"""The shell steps of the pipelines that `init --ci` writes, run from the pull request to the night."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.commands.desk import POLICY, WORKSPACE, Desk, enrollments, furnish
from tests.hosting import github_service, gitlab_service
from tests.hosting.loopback import serving
from tests.pipelines.counter import counter
from tests.pipelines.workflow import GitHubRun, GitLabRun, Site

HEAD = "a" * 40
GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false"]
APPROVAL = "standing_approval:\n  all: {assign: 5, remove: 0}\n"
INPUTS = 'set -eu\ntest "$ROSTER_TOKEN" = hr-secret\ncp "$SITE/roster.csv" roster.csv\n'
NEWCOMER = "E9,austin-1,cook,2026-11-01,A\n"
COOKS = {
    ("E1", "course/knife-safety"),
    ("E3", "course/knife-safety"),
    ("E4", "course/knife-safety"),
}


@pytest.fixture(params=["github", "gitlab"])
def kind(request):
    return request.param


@pytest.fixture
def program():
    """The command that runs the program."""
    # The path of a socket must be short.
    with TemporaryDirectory() as folder, counter(Path(folder)) as (place, client):
        yield f'"{sys.executable}" -I -S "{client}" "{place}"'


@pytest.fixture
def world(tmp_path, capsys, kind, program):
    """A company: what its repository holds, and outside of it roster, LMS and ledger."""
    return World(tmp_path, capsys, kind, program)


class World:
    """The same questions to the pipelines of both hosts."""

    def __init__(self, folder, capsys, kind, program):
        self.kind = kind
        self.outside = furnish(folder / "outside")
        self.repository = folder / "repository"
        desk = Desk(self.repository, capsys)
        for name in ("organization.yaml", "policies/rules.yaml"):
            desk.write(name, (self.outside / name).read_text())
        desk.write(
            "reconciler.yaml",
            WORKSPACE.replace("path: lms.db", f"path: {self.outside}/lms.db").replace(
                "sqlite:///ledger.db", f"sqlite:///{self.outside}/ledger.db"
            )
            + APPROVAL,
        )
        assert desk.types("init", "--ci", kind).status == 0
        assert desk.types("fmt").status == 0
        desk.write("ci/inputs.sh", INPUTS)
        self.desk = desk
        self._git("init", "-q", "-b", "main")
        self.base = self._commit(".", ":!policies")
        self._git("update-ref", "refs/remotes/origin/main", self.base)
        self.site = Site(self.repository, folder / "site", program)
        self.site.environment = {"SITE": str(self.outside)}
        self.roster = self.outside / "roster.csv"
        self.event = folder / "event.json"
        self.event.write_text(json.dumps({"pull_request": {"number": 3, "head": {"sha": HEAD}}}))

    def review(self, server):
        """Plan and comment, as for a pull request with all that is written by now."""
        self.site.artifacts.clear()
        self.site.environment |= self._request(server) | self._checkout()
        run = self._run("review")
        return run.run("plan"), run.run("comment")

    def merge(self, *, between=lambda: None):
        """Plan what was merged, and apply it where the plan says that there is something to."""
        self.site.artifacts.clear()
        run = self._run("apply")
        plan = run.run("plan" if self.kind == "github" else "plan-main")
        between()
        skipped = plan.outputs.get("status", "2") != "2" or plan.result == "failure"
        return plan, None if skipped else run.run("apply")

    def night(self, server):
        """Plan and apply, then tell who must look."""
        self.site.artifacts.clear()
        self.site.environment |= self._request(server)
        run = self._run("nightly")
        return run.run("nightly"), run.run("tell")

    def look(self, server):
        """Look for drift, then tell who must look into it."""
        self.site.artifacts.clear()
        self.site.environment |= self._request(server)
        run = self._run("drift")
        return run.run("drift"), run.run("tell" if self.kind == "github" else "tell-drift"), run

    def check(self):
        return self._run("review").run("validate")

    def enrolled(self):
        return set(enrollments(self.outside / "lms.db"))

    def _run(self, name):
        if self.kind == "github":
            path = self.repository / f".github/workflows/{name}.yml"
            values = {"secrets.ROSTER_TOKEN": "hr-secret", "github.token": "robot"}
            values |= {
                "github.base_ref": "main",
                "vars.TRAINING_OWNERS": "@acme/training",
            }
            return GitHubRun(self.site, path, values=values)
        path = self.repository / ".gitlab-ci.yml"
        variables = {"ROSTER_TOKEN": "hr-secret", "TRAINING_OWNERS": ""}
        return GitLabRun(self.site, path, variables=variables)

    def _request(self, server):
        if self.kind == "github":
            return {
                "GITHUB_API_URL": server.address, "GITHUB_REPOSITORY": "acme/training",
                "GITHUB_EVENT_PATH": str(self.event),
            }  # fmt: skip
        return {
            "CI_API_V4_URL": f"{server.address}/api/v4", "GITLAB_TOKEN": "robot",
            "CI_PROJECT_ID": "77", "CI_MERGE_REQUEST_IID": "3",
        }  # fmt: skip

    def _checkout(self):
        """Both hosts check out the merge with the base; the head is what carries the status."""
        merge = self._commit(".")
        if self.kind == "github":
            return {"GITHUB_SHA": merge}
        return {
            "CI_COMMIT_SHA": merge, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.base,
        }  # fmt: skip

    def _commit(self, *paths):
        self._git("add", "--", *paths)
        self._git("commit", "-q", "--allow-empty", "-m", "x")
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments):
        command = [*GIT, "-C", str(self.repository), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@pytest.fixture
def service(kind):
    if kind == "github":
        made = github_service.GitHubService(pulls={3: HEAD})
        made.bearers = {"robot": github_service.Bearer(github_service.ROBOT, workflow=True)}
    else:
        made = gitlab_service.GitLabService(requests={3: HEAD})
        made.bearers = {"robot": gitlab_service.Bearer(900)}
    return made


@pytest.fixture
def server(service):
    with serving(service) as loopback:
        yield loopback


def comments(service):
    found = service.comments if hasattr(service, "comments") else service.notes
    return [one["body"] for one in found]


def issues(service):
    """Title, text and whether it is open, of each."""
    return [
        (one["title"], one.get("description", one.get("body")), one["state"].startswith("open"))
        for one in service.issues
    ]


def said(service):
    """The comments, and whether the last status is green."""
    return comments(service), service.statuses[-1][1]["state"] == "success"


def test_a_pull_request(world, server, service):
    """Checked and told; then with an error, without a roster, without a right: never green."""
    checked = world.check()
    assert checked.status == 0, checked.log
    plan, comment = world.review(server)
    assert (plan.status, comment.status) == (0, 0), plan.log + comment.log
    ((body,), green) = said(service)
    assert "### This change assigns fewer than 5 trainings." in body
    assert green
    assert not {who for who, _ in COOKS} & set(plan.log.split()), "the log names nobody"
    assert world.enrolled() == set(), "a review writes nothing"

    world.desk.write("policies/rules.yaml", POLICY.replace("role: cook", "roll: cook"))
    plan, comment = world.review(server)
    assert (plan.status, comment.status) == (3, 0)
    ((body,), green) = said(service)
    assert "### No plan\n\nThe policies or the workspace file are not valid." in body
    assert not green

    world.roster.unlink()
    plan, comment = world.review(server)
    assert (plan.result, comment.status) == ("failure", 0)
    ((body,), green) = said(service)
    assert "### No plan\n\nThe plan was not made" in body
    assert not green

    service.statuses.clear()
    service.bearers.clear()
    plan, comment = world.review(server)
    assert (comment.status, service.statuses) == (1, [])


def test_what_was_merged_and_the_nights_after(world, server, service):
    """Applied once and exactly; then who was hired; never from a feed that is broken."""
    roster = world.roster.read_text()
    _, applied = world.merge(between=lambda: world.roster.write_text(roster + NEWCOMER))
    assert (applied.status, world.enrolled()) == (5, set())

    world.roster.write_text(roster)
    plan, applied = world.merge()
    assert (plan.result, applied.status) == ("success", 0), plan.log + applied.log
    assert world.enrolled() == COOKS

    plan, applied = world.merge()
    assert plan.result == "success"
    assert world.kind == "gitlab" or applied is None, "nothing to approve"

    world.roster.write_text(roster + NEWCOMER)
    night, tell = world.night(server)
    assert (night.status, tell.status) == (0, 0), night.log + tell.log
    assert world.enrolled() == COOKS | {("E9", "course/knife-safety")}
    assert "Applied as run" in night.log
    assert "E9" not in night.log.split(), "the log names nobody"
    assert (comments(service), issues(service)) == ([], [])

    owned = "owner: kitchen-training\n    due: {days: 9}"
    world.desk.replace("policies/rules.yaml", "due: {days: 14}", owned)
    night, tell = world.night(server)
    assert (night.status, tell.status) == (4, 0), night.log + tell.log
    assert "New, edited, renamed or gone" in night.log
    ((title, body, is_open),) = issues(service)
    assert (title, is_open) == ("reconciler/nightly: Outside of the standing approval", True)
    assert "would record: `automation.knives`." in body
    assert "- kitchen-training: `automation.knives`" in body

    world.roster.write_text("id,store,jobs,hired,status\n")
    night, tell = world.night(server)
    assert (night.status, tell.status) == (8, 0), tell.log
    ((_, body, is_open),) = issues(service)
    assert body.startswith("<!-- reconciler: nightly -->\n")
    assert ("@acme/training, please look." in body) is (world.kind == "github")
    assert "Roster, LMS or ledger are not fit to plan from." in body
    assert is_open
    plan, applied = world.merge()
    assert (plan.status, applied) == (8, None)

    world.roster.write_text(roster + NEWCOMER)
    _, applied = world.merge()
    assert applied.status == 0, applied.log
    night, tell = world.night(server)
    assert (night.status, tell.status) == (0, 0), night.log + tell.log
    assert [is_open for _, _, is_open in issues(service)] == [False]


def test_who_clicked_around_behind_our_back(world, server, service):
    """Nobody knows before the first apply; then it is told until it is known or put right."""
    look, tell, _ = world.look(server)
    assert (look.status, tell.status) == (8, 0), look.log + tell.log
    ((title, body, is_open),) = issues(service)
    assert (title, is_open) == ("reconciler/drift: Nobody could look for drift", True)
    assert "### Nobody could look for drift" in body

    _, applied = world.merge()
    assert applied.status == 0
    look, tell, _ = world.look(server)
    assert (look.status, tell.status) == (0, 0), look.log + tell.log
    assert [is_open for _, _, is_open in issues(service)] == [False]

    with closing(sqlite3.connect(world.outside / "lms.db")) as lms, lms:
        lms.execute("DELETE FROM enrollment WHERE trainee = 'E1'")
    before = (world.outside / "ledger.db").read_bytes()
    look, tell, run = world.look(server)
    assert (look.status, tell.status) == (2, 0), look.log + tell.log
    page = run.summary if world.kind == "github" else look.log
    _, (title, body, is_open) = issues(service)
    assert (title, is_open) == ("reconciler/drift: Somebody changed what the LMS held", True)
    for text in (page, body):
        assert "Others changed fewer than 5 enrollments in the LMS since run 1" in text
        assert "| Missing | `course/knife-safety` Knife safety | gives back |" in text
        assert "E1" not in text.split(), "nobody is named"
    assert body.startswith("<!-- reconciler: drift -->\n")
    kept = json.loads(world.site.artifacts["drift"]["drift.json"].read_text())
    assert kept["findings"][0]["enrollments"][0]["trainee"] == "E1"
    assert (world.outside / "ledger.db").read_bytes() == before, "nothing is written"

    assert world.night(server)[0].status == 4, "not approved in advance"
    _, applied = world.merge()
    assert applied.status == 0, applied.log
    look, _, _ = world.look(server)
    assert look.status == 0
    of_drift = [is_open for title, _, is_open in issues(service) if "drift" in title]
    assert of_drift == [False, False]


def test_inputs_as_they_are_written_say_what_is_to_be_done(tmp_path, capsys, kind):
    desk = Desk(tmp_path / "new", capsys)
    desk.types("init", "--ci", kind)
    done = Site(desk.folder, tmp_path / "site", "false").shell("sh ci/inputs.sh", desk.folder, {})
    assert done.returncode == 1
    assert done.stderr.startswith("ci/inputs.sh: there is no roster.csv.")
