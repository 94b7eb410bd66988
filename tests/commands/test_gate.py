"""The roster gate at the command line: what is shown, status 8, and the ways out (A3)."""

import json
import os
import re
from datetime import UTC, datetime

import pytest

from tests.commands.desk import WITHOUT_BOUNDS

HEADER = "id,store,jobs,hired,status\n"
AUSTIN = "".join(f"A{n:02},austin-1,cook,2020-01-01,A\n" for n in range(1, 21))
BOSTON = "".join(f"B{n:02},boston-1,cook,2020-01-01,A\n" for n in range(1, 21))
RULE = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    on_exit: remove
"""


@pytest.fixture
def gated(desk):
    """A desk with the roster gate as it is where nothing is written, after an apply."""
    guards = WITHOUT_BOUNDS[: WITHOUT_BOUNDS.index("roster_gate")]
    desk.replace("reconciler.yaml", WITHOUT_BOUNDS, guards)
    desk.write("roster.csv", HEADER + AUSTIN + BOSTON)
    desk.write("policies/rules.yaml", RULE)
    assert desk.types("apply", "--auto-approve").status == 0
    return desk


def test_a_feed_that_lost_half_of_its_rows(gated):
    gated.write("roster.csv", HEADER + AUSTIN)
    before = gated.files()
    answer = gated.types("plan", "--detailed-exitcode")

    assert answer.status == 8
    assert "This roster looks wrong" in answer.out
    assert re.search(r"active people gone\s+all\s+20\s+4 \(10% of 40\)", answer.out)
    assert re.search(r"active people gone\s+location.boston-1\s+20\s+10 \(50% of 20\)", answer.out)
    assert gated.types("apply", "--auto-approve").status == 8
    assert gated.files() == before
    made = json.loads(gated.types("plan", "--json").out)
    assert (made["fit"], made["totals"]["remove"]) == (False, 0)


def test_everybody_left_at_once(gated):
    gated.write("roster.csv", HEADER + AUSTIN + BOSTON.replace(",A\n", ",T\n"))
    answer = gated.types("plan")
    assert answer.status == 8
    assert "removes" not in answer.out, "nobody leaves by a roster that looks wrong"


def test_an_empty_column(gated):
    gated.write("roster.csv", HEADER + (AUSTIN + BOSTON).replace("cook", ""))
    answer = gated.types("plan")
    assert answer.status == 8
    assert re.search(r"values gone\s+role\s+40\s+2 \(5% of 40\)", answer.out)


def test_a_renamed_value_is_recognized_and_the_entry_proposed(gated):
    gated.write("roster.csv", HEADER + (AUSTIN + BOSTON).replace("cook", "line-cook"))
    answer = gated.types("plan")
    assert answer.status == 8
    assert re.search(r"under a new value\s+role\.cook\s+40\s+none", answer.out)
    assert "- {from: role.cook, to: role.line-cook}  # 40 people" in answer.out
    assert gated.types("plan", "-o", gated.folder / "p.zip").status == 8
    for form, row in {
        "--markdown": r"\| `renamed` \*\*holds\*\* \|.* role\S*cook .*\| 40 ",
        "--html": r'"Guard">renamed <b[^>]*>holds</b>',
    }.items():
        assert re.search(row, gated.types("show", gated.folder / "p.zip", form).out), form
    gated.write("policies/moved.yaml", "moved:\n  - {from: role.cook, to: role.line-cook}\n")
    answer = gated.types("plan")
    assert (answer.status, "changes nobody's training" in answer.out) == (0, True)


def test_a_store_that_did_close_is_let_through_by_a_lift(gated):
    gated.write("roster.csv", HEADER + AUSTIN + BOSTON.replace(",A\n", ",T\n"))
    proposed = gated.types("plan").out
    lines = proposed[proposed.index("lifts:\n") :].splitlines()
    kept = [line[4:] for line in lines[1:] if re.match(r" {6,}\S", line)]
    gated.write("policies/lifts.yaml", "\n".join(["lifts:", *kept, ""]))

    assert gated.types("apply", "--auto-approve").status == 0
    assert len(gated.enrolled()) == 20
    assert gated.types("plan", "--detailed-exitcode").status == 0


def test_an_old_file(gated):
    then = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    os.utime(gated.folder / "roster.csv", (then, then))
    answer = gated.types("plan")
    assert answer.status == 8
    assert re.search(r"days old\s+all\s+\d+\s+7 days", answer.out)
    assert "lifts:" not in answer.out
    gated.replace("reconciler.yaml", "lineage:", "roster_gate: {age: 100 years}\nlineage:")
    assert gated.types("plan").status == 0


def test_the_gate_can_be_set_wider(gated):
    gated.write("roster.csv", HEADER + AUSTIN + BOSTON[: len(BOSTON) // 2])
    assert gated.types("plan").status == 8
    wide = "roster_gate: {head_count: {all: 50%, location: 60%}}\nlineage:"
    gated.replace("reconciler.yaml", "lineage:", wide)
    assert gated.types("plan").status == 0


def test_a_feed_that_separates_its_values_in_another_way(desk):
    """A4d: a role that the organization does not list takes nobody's department away."""
    rule = RULE.replace("role: cook", "department: kitchen")
    desk.write("policies/rules.yaml", rule)
    desk.write("roster.csv", HEADER + AUSTIN.replace("cook", "cook|server", 1))
    assert desk.types("apply", "--auto-approve").status == 0
    before = desk.enrolled()

    desk.write("roster.csv", HEADER + AUSTIN.replace("cook", "cook;server", 1))
    answer = desk.types("apply", "--auto-approve")
    assert answer.status == 0
    assert "1 person has no department any more, and had one before" in " ".join(answer.out.split())
    assert "Is `separator` right?" in answer.out
    assert desk.enrolled() == before
