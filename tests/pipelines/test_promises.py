"""What docs/review.md promises of the pipelines, looked up in them."""

import re
from pathlib import Path

import pytest

from reconciler.commands.pipelines import FILES, pipelines
from reconciler.hosting.environment import Kind
from tests.pipelines.workflow import EXPRESSION, read

DOCS = Path(__file__).parents[2] / "docs/ci"
GITHUB = {path.stem: read(path) for path in sorted((DOCS / "github").glob("*.yml"))}
GITLAB = read(DOCS / "gitlab-ci.yml")
JOBS = [
    pytest.param(job, id=f"{name}-{key}")
    for name, workflow in GITHUB.items()
    for key, job in workflow["jobs"].items()
]
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
APPLIES = {("apply", "apply"), ("nightly", "nightly")}


def test_the_documentation_shows_what_init_writes():
    """Else: `make pipelines`."""
    written = dict(pipelines(Kind.GITHUB)) | dict(pipelines(Kind.GITLAB))
    shown = {
        ".gitlab-ci.yml": DOCS / "gitlab-ci.yml",
        "ci/inputs.sh": DOCS / "inputs.sh",
        **{f".github/workflows/{name}.yml": DOCS / f"github/{name}.yml" for name in GITHUB},
    }
    assert {name: path.read_text() for name, path in shown.items()} == {
        name: text for name, text in written.items() if name != "ci/requirements.txt"
    }
    assert set(written) == {*FILES[Kind.GITHUB], *FILES[Kind.GITLAB]}


@pytest.mark.parametrize("name", GITHUB)
def test_no_right_is_given_to_a_whole_workflow(name):
    assert GITHUB[name]["permissions"] == {}


@pytest.mark.parametrize("job", JOBS)
def test_rights_are_the_least(job):
    writes = {right for right, value in job["permissions"].items() if value != "read"}
    assert writes <= {"pull-requests", "statuses", "issues"}
    secrets = [one for one in EXPRESSION.findall(str(job)) if one.startswith("secrets.")]
    assert not (writes and secrets), "who may write into the repository has no secret of training"
    assert not secrets or "environment" in job
    assert job["timeout-minutes"] <= 360


@pytest.mark.parametrize("job", JOBS)
def test_steps_are_pinned_and_nothing_is_put_into_a_script(job):
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert "uses" not in step or PINNED.fullmatch(step["uses"])
        assert not EXPRESSION.search(step.get("run", "")), "by env, never into the text"
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_forks_get_no_secret():
    assert set(GITHUB["review"]["on"]) == {"pull_request"}, "never pull_request_target"
    jobs = GITHUB["review"]["jobs"]
    assert jobs["plan"]["if"] == SAME_REPOSITORY
    assert jobs["comment"]["needs"] == "plan"
    assert "needs.plan.result != 'skipped'" in jobs["comment"]["if"]
    assert "secrets." not in str(jobs["validate"])
    same_project = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"
    for rules in (GITLAB[".in-merge-requests"]["rules"], GITLAB["comment"]["rules"]):
        assert all(same_project in rule["if"] for rule in rules)


def test_an_apply_is_one_at_a_time_and_never_cut_off():
    for name in ("apply", "nightly", "drift"):
        assert GITHUB[name]["concurrency"] == {
            "group": "reconciler-apply", "cancel-in-progress": False, "queue": "max",
        }  # fmt: skip
    for job in (GITLAB[".on-main"], GITLAB["nightly"]):
        assert job["resource_group"] == "reconciler-apply"
        assert job["interruptible"] is False
    assert GITLAB["drift"]["resource_group"] == "reconciler-apply"


def test_only_what_is_behind_an_environment_applies():
    for name, workflow in GITHUB.items():
        for key, job in workflow["jobs"].items():
            applies = "reconciler apply" in str(job)
            assert applies is ((name, key) in APPLIES)
            assert not applies or job["environment"] in ("training", "training-nightly")
    for name, job in GITLAB.items():
        if name != "stages" and "reconciler apply" in str(job):
            assert job["environment"] == "training"


def test_an_apply_is_for_the_main_branch():
    assert GITHUB["apply"]["on"] == {"push": {"branches": ["main"]}}
    assert GITHUB["nightly"]["jobs"]["nightly"]["if"] == "github.ref == 'refs/heads/main'"
    assert GITLAB["nightly"]["extends"] == ".at-night"
    for rules in (GITLAB[".on-main"]["rules"], GITLAB[".at-night"]["rules"]):
        assert all("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rule["if"] for rule in rules)


def test_a_look_for_drift_can_read_and_goes_before_the_night():
    """Else the night would take what others have changed for known."""
    assert GITHUB["drift"]["jobs"]["drift"]["environment"]["name"] == "training-plan"
    (look,), (night,) = (GITHUB[name]["on"]["schedule"] for name in ("drift", "nightly"))
    assert look["cron"].split()[1] < night["cron"].split()[1]
    assert GITLAB["drift"]["environment"]["name"] == "training-plan"
    assert GITLAB["nightly"]["needs"] == [{"job": "drift", "artifacts": False}]
    assert GITLAB["drift"]["allow_failure"], "a night is not held up by drift"


def test_a_plan_is_applied_by_its_file():
    """Never planned and applied in one go: what is applied is what is kept."""
    text = "".join(text for kind in Kind for _, text in pipelines(kind))
    assert set(re.findall(r"reconciler apply[^|\n]*[^|\s]", text)) == {
        "reconciler apply plan.zip --wait 30m --no-color",
        "reconciler apply --standing plan.zip --no-color > night.txt",
    }


def test_a_review_says_first_what_the_change_does():
    """The plan is made beside the base, and its history is there."""
    steps = GITHUB["review"]["jobs"]["plan"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    (plan,) = [step for step in steps if step.get("id") == "plan"]
    assert 'reconciler plan --base "$BASE" -o plan.zip' in plan["run"]
    assert plan["env"]["BASE"] == "origin/${{ github.base_ref }}"
    assert GITLAB["plan"]["variables"]["GIT_DEPTH"] == "0"
    assert '--base "$CI_MERGE_REQUEST_DIFF_BASE_SHA"' in str(GITLAB["plan"]["script"])
