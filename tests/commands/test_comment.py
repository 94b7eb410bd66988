"""`comment`: what is written where, what is green, and what is said when it cannot be written."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime

import pytest

from reconciler.commands.commenting import Called, Outcome, tell
from reconciler.errors import StalePlan
from reconciler.hosting.environment import Asked, Kind
from reconciler.review.saved import load_plan, save_plan
from tests.hosting import github_service, gitlab_service
from tests.hosting.loopback import Patience, Reply, serving
from tests.review.packing import packed_rows

HEAD, MERGE, LATER = "a" * 40, "b" * 40, "c" * 40
MARK = "<!-- reconciler: plan -->\n"
GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false"]


@pytest.fixture
def github():
    service = github_service.GitHubService(pulls={3: HEAD})
    service.bearers = {
        "robot": github_service.Bearer(github_service.ROBOT, workflow=True),
        "reader": github_service.Bearer(github_service.ROBOT, workflow=True, writes=False),
    }
    yield service
    assert service.broken == []


@pytest.fixture
def server(github):
    with serving(github) as loopback:
        yield loopback


@pytest.fixture
def run(server, tmp_path):
    """The environment of a workflow's run for pull request 3."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 3, "head": {"sha": HEAD}}}))
    return {
        "GITHUB_API_URL": server.address,
        "GITHUB_TOKEN": "robot",
        "GITHUB_REPOSITORY": "acme/training",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_SHA": MERGE,
        "GITHUB_RUN_ID": "9",
        "GITHUB_SERVER_URL": "https://github.example",
    }


@pytest.fixture
def typed(desk, run, monkeypatch):
    """Type a command in that run, in an environment with nothing else of a pipeline."""

    def types(*arguments, without=(), **environment):
        for name in os.environ:
            if name.startswith(("GITHUB_", "GITLAB_", "CI_")):
                monkeypatch.delenv(name)
        for name, value in (run | environment).items():
            if name not in without:
                monkeypatch.setenv(name, value)
        return desk.types("comment", *arguments)

    return types


@pytest.fixture
def plan(desk):
    assert desk.types("plan", "-o", "plan.zip").status == 0
    return desk.folder / "plan.zip"


def altered(path, *, parts=(), **header):
    """The same plan with another header, and other parts."""
    document, actions = load_plan(path)
    head = document.header.model_copy(update=header)
    changed = document.model_copy(update={"header": head, **dict(parts)})
    save_plan(path, changed, packed_rows(actions))


def told(outcome, run, *, asked=Asked(), called=Called()):  # noqa: B008 frozen values
    clockwork = Patience().clockwork
    return tell(outcome, Kind.GITHUB, asked, run, called=called, clockwork=clockwork)


def test_a_plan_in_its_pull_request(typed, plan, github):
    answer = typed("--github", "plan.zip")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == (
        "Wrote the comment in request 3 of acme/training, and the status reconciler/plan, green, "
        f"of commit {HEAD[:12]}.\n"
    )
    (comment,) = github.comments
    assert comment["body"].startswith(f"{MARK}### This plan assigns fewer than 5 trainings")
    assert "reconciler apply plan.zip" in comment["body"]
    assert "(https://github.example/acme/training/actions/runs/9)" in comment["body"]
    assert not {"E1", "E3", "E4"} & set(comment["body"].split())
    ((commit, sent),) = github.statuses
    assert (commit, sent["state"], sent["context"]) == (HEAD, "success", "reconciler/plan")
    assert sent["description"].startswith("This plan assigns fewer than 5 trainings")


def test_several_plans_for_one_request(plan, run, github):
    for name in ("stores", "kitchens", "stores"):
        told(Outcome(plan, None), run, called=Called(name))
    assert [one["body"].split("\n")[0] for one in github.comments] == [
        "<!-- reconciler: stores -->", "<!-- reconciler: kitchens -->",
    ]  # fmt: skip
    assert {sent["context"] for _, sent in github.statuses} == {
        "reconciler/stores", "reconciler/kitchens",
    }  # fmt: skip


# the story: how `plan` ended, whether it left a file, the status, how the comment begins
ENDED = {
    "no changes asked about": (0, True, "success", "### This plan assigns"),
    "changes": (2, True, "success", "### This plan assigns"),
    "not approved in advance": (4, True, "failure", "> **Outside of the standing approval.**\n\n"),
    "a roster that is not fit, and shown": (8, True, "failure", "> **The roster is not fit"),
    "a roster that is not fit": (8, False, "error", "### No plan\n\nRoster, LMS or ledger"),
    "invalid policies": (3, False, "failure", "### No plan\n\nThe policies or"),
    "invalid policies, and an old file": (3, True, "failure", "### No plan\n\nThe policies or"),
    "a base that has gone on": (
        5,
        False,
        "failure",
        "### No plan\n\nWhat it is to be compared with",
    ),
    "changed before the apply": (
        5,
        True,
        "failure",
        "### Not applied\n\nWhat the plan was made from",
    ),
    "a run to undo that is at work": (7, False, "error", "### No plan\n\nAn apply was at work."),
    "another apply": (7, True, "failure", "### Not applied\n\nAnother apply was at work."),
    "applied in part, without a file": (
        6,
        False,
        "failure",
        "### Not applied\n\nThe plan was applied",
    ),
    "applied in part": (6, True, "failure", "### Not applied\n\nThe plan was applied in part."),
    "an error": (1, False, "error", "### No plan\n\nThe plan was not made: an error"),
    "killed": (137, False, "error", "### No plan\n\nThe plan was not made: its run was cut off."),
    "stopped by Ctrl-C": (130, True, "error", "### No plan"),
}


@pytest.mark.parametrize(("ended", "file", "state", "begins"), ENDED.values(), ids=ENDED.keys())
def test_how_the_plan_ended(plan, run, github, ended, file, state, begins):
    """A plan that was not made, or is held, is never green; nor does an old comment stay."""
    told(Outcome(plan, 0), run)
    github.statuses.clear()
    told(Outcome(plan if file else plan.with_name("none.zip"), ended), run)

    (comment,) = github.comments
    assert comment["body"].startswith(MARK + begins)
    ((_, sent),) = github.statuses
    assert sent["state"] == state


def test_nothing_to_do_is_green(desk, plan, run, github):
    desk.types("apply", "plan.zip")
    desk.types("plan", "-o", "plan.zip")
    told(Outcome(plan, 0), run)
    assert github.statuses[-1][1] | {"target_url": ""} == {
        "state": "success", "context": "reconciler/plan", "target_url": "",
        "description": "No changes: nothing is to be assigned, removed or moved.",
    }  # fmt: skip


# the story: what the header of the plan says, the state, and how the status begins
HEADERS = {
    "what if": ({"what_if": True}, "failure", "What if, not to be applied. This plan assigns"),
    "of an export": ({"read_only": True}, "success", "To look at: an export is never written."),
}


@pytest.mark.parametrize(("header", "state", "begins"), HEADERS.values(), ids=HEADERS.keys())
def test_a_plan_that_cannot_be_applied(plan, run, github, header, state, begins):
    altered(plan, **header)
    told(Outcome(plan, None), run)
    ((_, sent),) = github.statuses
    assert sent["state"] == state
    assert sent["description"].startswith(begins)


# the story: what the plan's document says, and how the status begins
NOT_GREEN = {
    "held": ({"held": "all"}, "Held by a guard. This plan assigns"),
    "held in part": ({"held": "a part"}, "Held by a guard. This plan assigns"),
    "not fit": ({"fit": False}, "The roster is not fit to plan from. This plan assigns"),
    "not fit, and held": ({"fit": False, "held": "all"}, "The roster is not fit to plan from."),
}


@pytest.mark.parametrize("ended", [None, 0, 2, 4])
@pytest.mark.parametrize(("parts", "begins"), NOT_GREEN.values(), ids=NOT_GREEN.keys())
def test_a_plan_that_says_so_itself_is_never_green(plan, run, github, parts, begins, ended):
    altered(plan, parts=parts)
    told(Outcome(plan, ended), run)
    ((_, sent),) = github.statuses
    assert sent["state"] == "failure"
    assert sent["description"].startswith(begins)
    (comment,) = github.comments
    assert comment["body"].startswith(f"{MARK}### This plan assigns"), "its text says it once"


def test_an_expired_plan_says_nothing(plan, run, github):
    altered(plan, expires=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(StalePlan, match="expired"):
        told(Outcome(plan, None), run)
    assert (github.comments, github.statuses) == ([], [])


@pytest.mark.parametrize("commit", [HEAD, MERGE])
def test_the_head_or_its_merge_may_have_been_planned(plan, run, github, commit):
    altered(plan, commit=commit)
    told(Outcome(plan, None), run)
    assert [of for of, _ in github.statuses] == [HEAD]


def test_a_plan_of_another_commit_makes_nothing_green(plan, run, github):
    altered(plan, commit=LATER)
    with pytest.raises(StalePlan, match=f"made at commit {LATER[:12]}, and not at {HEAD[:12]}"):
        told(Outcome(plan, None), run)
    assert (github.comments, github.statuses) == ([], [])


def test_a_run_that_was_overtaken_leaves_the_comment_to_the_later_one(plan, run, github):
    github.pulls = {3: LATER, 4: HEAD}
    assert "stands at cccccccccccc by now" in told(Outcome(plan, None), run)
    assert github.comments == []
    assert [of for of, _ in github.statuses] == [HEAD]


def test_a_person_may_do_it_without_a_pipeline(plan, run, github):
    alone = {name: run[name] for name in ("GITHUB_API_URL", "GITHUB_TOKEN")}
    told(Outcome(plan, None), alone, asked=Asked("acme/training", 3))
    assert [of for of, _ in github.statuses] == [HEAD]
    assert "target_url" not in github.statuses[0][1]


def test_the_commit_that_git_knows_is_the_one_of_the_plan(desk, run, github):
    """The plan names the commit that it was made at by itself."""
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*GIT, *arguments], cwd=desk.folder, check=True)
    desk.types("plan", "-o", "plan.zip")
    with pytest.raises(StalePlan, match="and not at aaaaaaaaaaaa"):
        told(Outcome(desk.folder / "plan.zip", None), run)


def test_a_comment_that_fails_makes_nothing_green(plan, server, github, run):
    server.script[:] = [github, github, github, Reply(422, {"message": "Validation Failed"})]
    with pytest.raises(Exception, match="422"):
        told(Outcome(plan, None), run)
    assert github.statuses == []


# the story: how `plan` or `apply` ended in the night, whether a plan is there, the title, and words
NIGHTS = {
    "not approved in advance": (
        4, True, "Outside of the standing approval",
        ["> **Outside of the standing approval.**", "### This plan assigns"],
    ),
    "a broken feed": (
        8, False, "Roster, LMS or ledger are not fit to plan from", ["### No plan", "not fit"],
    ),
    "an apply that failed": (
        1, True, "The plan was not applied: an error, which the pipeline's log tells",
        ["### Not applied", "an error"],
    ),
    "changed before it was applied": (
        5, True, "What the plan was made from changed before it was applied. Nothing was written",
        ["### Not applied", "Nothing was written."],
    ),
    "applied in part": (
        6, True, "The plan was applied in part. The next plan and apply do the rest",
        ["### Not applied", "applied in part"],
    ),
    "another apply at work": (
        7, True, "Another apply was at work. Nothing was written",
        ["### Not applied", "Another apply was at work."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ended", "file", "title", "words"), NIGHTS.values(), ids=NIGHTS.keys())
def test_a_night_that_somebody_must_look_at(plan, run, github, ended, file, title, words):
    """One issue, opened once and written anew; closed when all is well again."""
    outcome = Outcome(plan if file else plan.with_name("none.zip"), ended)
    for _ in range(2):
        said = told(outcome, run, called=Called("night", issue=True, who="@acme/training"))
    assert said == f"Wrote the issue {f'reconciler/night: {title}'!r} in acme/training."
    (issue,) = github.issues
    assert issue["title"] == f"reconciler/night: {title}"
    assert issue["body"].startswith("<!-- reconciler: night -->\n@acme/training, please look.\n")
    assert "(https://github.example/acme/training/actions/runs/9)" in issue["body"]
    for word in words:
        assert word in issue["body"]
    assert (github.comments, github.statuses, issue["state"]) == ([], [], "open")

    said = told(Outcome(plan, 0), run, called=Called("night", issue=True))
    assert said == "Nothing to look at: its issue is closed in acme/training."
    (comment,) = github.comments
    assert comment["body"].startswith("This plan assigns")
    assert (github.issues[0]["state"], github.statuses) == ("closed", [])
    said = told(Outcome(plan, 0), run, called=Called("night", issue=True))
    assert said == "Nothing to look at: no issue is open in acme/training."


APPROVAL = """\
standing_approval:
  attributions: [people]
  all: {assign: 2}
  location: {assign: 1}
"""
OWNED = """\
automations:
  knives:
    owner: "kitchen <b>@team</b>"
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
  fire:
    owner: safety
    assign: course/fire-safety
    target: {role: cook}
    scope: future-and-existing
    paused: true
assignments:
  recall:
    owner: recalls
    assign: course/fire-safety
    target: {trainees: [E1]}
"""


RECORDED = "New, edited, renamed or gone, which an apply would record"
BY_EDIT = "Not approved in advance: assign fewer than 5 trainings, by the edit of a rule"


def test_an_issue_says_what_is_outside_and_who_must_look(desk, run, github):
    """Owners are named as text, and nobody's id is."""
    desk.replace("reconciler.yaml", "lineage:", APPROVAL + "lineage:")
    desk.write("policies/rules.yaml", OWNED)
    assert desk.types("plan", "-o", "plan.zip").status == 0
    told(Outcome(desk.folder / "plan.zip", 4), run, called=Called("night", issue=True))

    body = github.issues[0]["body"]
    said = body[body.index("#### Outside") : body.index("#### Whose doing")]
    assert said.splitlines() == [
        "#### Outside of the standing approval", "",
        f"- {RECORDED}: `assignment.recall`, `automation.fire`, `automation.knives`.",
        f"- {BY_EDIT} (`assignment.recall`).",
        f"- {BY_EDIT} (`automation.knives`).",
        "- fewer than 5 assignments in all on one day; approved are at most 2.",
        "- fewer than 5 assignments in `location.austin-1` on one day; approved are at most 1.",
        "- fewer than 5 assignments in `location.boston-1` on one day; approved are at most 1.",
        "", "#### Who must look", "",
        "- kitchen &#60;b&#62;&#64;&#8203;team&#60;/b&#62;: `automation.knives`",
        "- recalls: `assignment.recall`",
        "- safety: `automation.fire`", "",
    ]  # fmt: skip
    assert not {"E1", "E3", "E4"} & set(re.findall(r"\w+", body))


def test_a_comment_under_a_request_has_no_standing_approval_in_it(desk, run, github):
    desk.replace("reconciler.yaml", "lineage:", APPROVAL + "lineage:")
    assert desk.types("plan", "-o", "plan.zip").status == 0
    told(Outcome(desk.folder / "plan.zip", 0), run)
    assert "standing approval" not in github.comments[0]["body"]


# the story: what is typed, what of the environment is missing or else, and words of the answer
WRONG = {
    "a missing token": (["plan.zip"], {"GITHUB_TOKEN": None}, 1, "GITHUB_TOKEN is not set"),
    "an empty token": (["plan.zip"], {"GITHUB_TOKEN": " \n"}, 1, "GITHUB_TOKEN is not set"),
    "a token of two lines": (["plan.zip"], {"GITHUB_TOKEN": "se\ncret"}, 1, "holds a space or"),
    "a wrong token": (["plan.zip"], {"GITHUB_TOKEN": "secret"}, 1, "wrong, or has expired"),
    "a token without rights": (
        ["plan.zip"], {"GITHUB_TOKEN": "reader"}, 1, "pull-requests: write",
    ),
    "no such pull request": (
        ["plan.zip", "--number", "99"], {}, 1, "There is no pull request 99 in acme/training",
    ),
    "a negative number": (["plan.zip", "--number", "-1"], {}, 1, "no number"),
    "no such repository": (
        ["plan.zip", "--repository", "acme/other"], {}, 1, "no pull request 3 in acme/other",
    ),
    "a repository that is none": (["plan.zip", "--repository", "acme"], {}, 1, "owner/name"),
    "a run for no pull request": (["plan.zip"], {"GITHUB_EVENT_PATH": None}, 1, "--number N"),
    "an event that is lost": (
        ["plan.zip"], {"GITHUB_EVENT_PATH": "/nowhere/x"}, 1, "GITHUB_EVENT_PATH",
    ),
    "an address that is none": (
        ["plan.zip"], {"GITHUB_API_URL": "secret"}, 1, "The address of the service is none",
    ),
    "an address to read along": (
        ["plan.zip"], {"GITHUB_API_URL": "http://gh.example"}, 1, "others could read the token",
    ),
    "no plan file": (["none.zip"], {}, 1, "none.zip: there is no such file"),
    "no plan at all": ([], {}, 1, "Name a saved plan"),
    "a good end without a plan": (["--ended", "0"], {}, 1, "name its file"),
    "a file that is no plan": (["roster.csv"], {}, 1, "no plan file"),
    "both hosts": (["plan.zip", "--gitlab"], {}, 1, "--github or --gitlab"),
    "a name that is none": (["plan.zip", "--name", "x --> y"], {}, 1, "small letters"),
    "a short commit": (["plan.zip", "--commit", "abc"], {}, 1, "40 signs"),
    "a mention without an issue": (["plan.zip", "--mention", "ann"], {}, 1, "With --issue"),
    "a mention that is more": (
        ["plan.zip", "--issue", "--mention", "a\n# b"], {}, 1, "With --issue",
    ),
    "an issue for a request": (["plan.zip", "--issue", "--number", "3"], {}, 1, "leave --number"),
    "an issue where there can be none": (
        ["plan.zip", "--issue", "--ended", "4", "--repository", "acme/other"], {}, 1,
        "There is no repository acme/other",
    ),
    "an issue without the right": (
        ["plan.zip", "--issue", "--ended", "4"], {"GITHUB_TOKEN": "reader"}, 1, "{issues: write}",
    ),
    "an end that is no number": (["--ended", "bad"], {}, 1, "--ended"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "words"), WRONG.values(), ids=WRONG.keys()
)
def test_wrong(typed, plan, github, arguments, environment, status, words):
    without = [name for name, value in environment.items() if value is None]
    values = {name: value for name, value in environment.items() if value is not None}
    answer = typed("--github", *arguments, without=without, **values)

    assert answer.status == status
    assert words in " ".join(answer.err.split())
    for never in ("secret", "cret", "Traceback", "This is a bug"):
        assert never not in answer.err
    assert (answer.out, github.comments, github.statuses, github.issues) == ("", [], [], [])


def test_neither_host(typed, plan):
    answer = typed("plan.zip")
    assert (answer.status, answer.err) == (1, "Where to? Give --github or --gitlab.\n")


def test_a_plan_in_its_merge_request(desk, plan, typed):
    gitlab = gitlab_service.GitLabService(requests={3: HEAD})
    gitlab.bearers = {"robot": gitlab_service.Bearer(900)}
    with serving(gitlab) as server:
        answer = typed(
            "--gitlab", "plan.zip", GITLAB_TOKEN="robot", CI_API_V4_URL=f"{server.address}/api/v4",
            CI_PROJECT_ID="77", CI_MERGE_REQUEST_IID="3", CI_COMMIT_SHA=HEAD, CI_PIPELINE_ID="5",
            CI_JOB_URL="https://gitlab.example/jobs/1",
        )  # fmt: skip
    assert (answer.status, answer.err) == (0, "")
    assert gitlab.notes[0]["body"].startswith(f"{MARK}### This plan assigns")
    assert [(of, sent["state"]) for of, sent in gitlab.statuses] == [(HEAD, "success")]


def test_gitlab_without_a_token(typed, plan):
    answer = typed("--gitlab", "plan.zip", CI_PROJECT_ID="77", CI_MERGE_REQUEST_IID="3")
    assert answer.status == 1
    assert "GITLAB_TOKEN is not set" in answer.err
