"""What was lost or broken overnight is said, and is not planned from as if nothing had happened."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.errors import Exit
from tests.commands.desk import PROJECT

CROWD = "id,store,jobs,hired,status\n" + "".join(
    f"N{number},austin-1,cook,2024-01-01,A\n" for number in range(20)
)


@pytest.fixture
def applied(desk):
    """Twenty cooks who have been given a course."""
    desk.write("roster.csv", CROWD)
    assert desk.types("apply", "--auto-approve").status == Exit.OK
    return desk


def test_an_lms_that_was_made_anew_is_not_planned_from(applied):
    assert applied.types("lms", "init", "--replace", "--yes").status == Exit.OK
    answer = applied.types("plan")

    assert answer.status == Exit.UNFIT
    assert "20 enrollments that were given" in answer.err
    assert "backup" in answer.err


def test_a_few_removals_by_hand_are_no_loss(desk):
    """A13d: fewer than ten may well have been removed by hand."""
    assert desk.types("apply", "--auto-approve").status == Exit.OK
    desk.types("lms", "init", "--replace", "--yes")

    assert "gives back 3 removed trainings" in desk.types("plan").out


def test_a_column_that_was_emptied_is_told(applied):
    applied.write("roster.csv", CROWD.replace("cook", ""))
    answer = applied.types("plan", "--detailed-exitcode")

    assert answer.status == Exit.OK
    assert "20 people have no role any more" in answer.out


@pytest.mark.parametrize("file", ["roster.csv", "ledger.db", "lms.db", "reconciler.yaml"])
def test_a_plan_is_not_written_over_what_is_no_plan(desk, file):
    before = (desk.folder / file).read_bytes()
    answer = desk.types("plan", "-o", file)

    assert answer.status == Exit.ERROR
    assert "is no plan" in answer.err
    assert (desk.folder / file).read_bytes() == before


def test_a_plan_is_written_over_an_older_plan(desk):
    assert desk.types("plan", "-o", "plan.zip").status == Exit.OK
    assert desk.types("plan", "-o", "plan.zip").status == Exit.OK


def test_a_plan_that_was_applied_already_says_so(desk):
    desk.types("plan", "-o", "plan.zip")
    assert desk.types("apply", "plan.zip").status == Exit.OK
    answer = desk.types("apply", "plan.zip")

    assert answer.status == Exit.STALE
    assert "applied already, as run 1" in answer.err


def test_who_is_exempt_and_why_is_in_the_plan(desk):
    desk.write(
        "policies/exempt.yaml",
        "exemptions:\n  leave:\n    target: {trainees: [E1]}\n    from: automation.knives\n"
        "    reason: on parental leave\n    until: 2099-12-31\n",
    )
    assert "on parental leave" in desk.types("plan").out


def test_a_full_disk_is_no_bug(desk):
    command = [sys.executable, "-m", "reconciler", "plan", "-C", str(desk.folder)]
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=PROJECT
        )
    assert answer.returncode == Exit.ERROR
    assert "cannot be written" in answer.stderr


RULE = """\
automations:
  {name}:
    assign: course/knife-safety
    target: {{role: cook}}
    scope: future-and-existing
"""
ORDER = """\
assignments:
  recall:
    assign: course/fire-safety
    target: {everyone: true}
"""
MOVED = "moved:\n  - {from: automation.knives, to: automation.blades}\n"
GIVERS = {
    # what gave it; what the files say once it is lost; the names to type; what comes after that
    "a rule": (RULE.format(name="knives"), None, ["automation.knives"], "assigns 20 trainings"),
    "an order": (ORDER, None, ["assignment.recall"], "No changes"),
    "an order that has gone from the files": (
        ORDER, "automations: {}\n", ["assignment.recall"], "No changes",
    ),
    "both": (
        RULE.format(name="knives") + ORDER, None, ["assignment.recall", "automation.knives"],
        "assigns 20 trainings",
    ),
    "a rule that is to be renamed": (
        RULE.format(name="knives"), MOVED + RULE.format(name="blades"), ["automation.knives"],
        "assigns 20 trainings",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "names", "then"), GIVERS.values(), ids=GIVERS)
def test_the_way_out_of_a_cleared_lms(desk, before, after, names, then):
    """A13d, M4e: what the message says can be typed as it stands, and leads on."""
    desk.write("roster.csv", CROWD)
    desk.write("policies/rules.yaml", before)
    assert desk.types("apply", "--auto-approve").status == Exit.OK
    desk.types("lms", "init", "--replace", "--yes")
    desk.write("policies/rules.yaml", after or before)
    refused = desk.types("plan")
    assert refused.status == Exit.UNFIT
    (said,) = re.findall(r"`reconciler (state forget [^`]+)`", " ".join(refused.err.split()))

    assert said.split()[2:] == names
    assert desk.types(*said.split()).status == Exit.OK
    answer = desk.types("plan")
    assert answer.status == Exit.OK
    assert then in " ".join(answer.out.split())
