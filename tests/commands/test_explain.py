"""`explain`: why, why not, and a typo."""

import sqlite3
from contextlib import closing

import pytest

from tests.commands.desk import ROSTER

POLICY = """\
automations:
  knives:
    assign: course/knife-safety
    target: {all: [{role: cook}, {hire_date: {before: 2024-01-01}}]}
    scope: future-and-existing
exemptions:
  away:
    target: {trainees: [E3]}
    from: course/knife-safety
    reason: on leave
"""

CASES = {
    "gets it": ("E1", ["✓ role is cook (cook)", "✓ hire_date", "assigned now"]),
    "is no cook": ("E2", ["✗ role is cook (server)", "not in the audience"]),
    "is exempt": ("E3", ["exempt", "on leave"]),
    "has no hire date": ("E4", ["? hire_date", "no hire date", "undecided"]),
    "has left": ("E5", ["inactive"]),
}


@pytest.mark.parametrize(("trainee", "words"), CASES.values(), ids=CASES.keys())
def test_explained(desk, trainee, words):
    desk.write("policies/rules.yaml", POLICY)
    answer = desk.types("explain", trainee, "course/knife-safety")

    assert (answer.status, answer.err) == (0, "")
    said = " ".join(answer.out.lower().split())
    for word in words:
        assert word in said, word


def test_it_changes_nothing(desk):
    before = desk.files()
    desk.types("explain", "E1", "course/knife-safety")
    assert desk.files() == before


def test_for_another_time(desk):
    desk.replace("policies/rules.yaml", "due:", "window: {start: 2026-06-01}\n    due:")
    said = [
        desk.types("explain", "E1", "course/knife-safety", "--as-of", day).out.lower()
        for day in ("2026-05-31", "2026-06-01")
    ]
    assert "not open" in " ".join(said[0].split())
    assert "not open" not in " ".join(said[1].split())


def test_a_termination_date_to_come(desk):
    """D4d, P5: it is an answer that changes by itself."""
    desk.replace(
        "reconciler.yaml",
        "    hire_date: hired\n",
        "    hire_date: hired\n    termination_date: left\n",
    )
    header, first, *others = ROSTER.splitlines()
    lines = [f"{header},left", f"{first},2099-01-10", *(f"{line}," for line in others)]
    desk.write("roster.csv", "\n".join(lines) + "\n")

    said = desk.types("explain", "E1", "course/knife-safety").out
    assert "by itself next on 2099-01-10 00:00: the termination date is reached" in " ".join(
        said.split()
    )


TYPOS = {
    "of the id": (["EE1", "course/knife-safety"], "'E1'"),
    "of the content": (["E1", "course/knife-safty"], "'course/knife-safety'"),
    "no content at all": (["E1", "knives"], "course/NAME"),
}


@pytest.mark.parametrize(("arguments", "hint"), TYPOS.values(), ids=TYPOS.keys())
def test_a_typo(desk, arguments, hint):
    answer = desk.types("explain", *arguments)
    assert answer.status == 1
    assert hint in answer.err


def test_markup_in_data_is_text(desk):
    desk.replace("roster.csv", "E1,", "[red]E1,")
    answer = desk.types("explain", "[red]E1", "course/knife-safety")
    assert answer.status == 0
    assert "[red]E1" in answer.out


def test_a_content_that_no_policy_names(desk):
    """Its enrollments are read all the same."""
    desk.replace("policies/rules.yaml", "knife-safety", "fire-safety")
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("INSERT INTO trainee VALUES ('E1')")
        lms.execute(
            "INSERT INTO enrollment (content, trainee, status, version, assigned) "
            "VALUES ('course/knife-safety', 'E1', 'in_progress', 1, 1)"
        )
    for trainee, words in (("E1", "in progress"), ("E2", "not enrolled")):
        answer = desk.types("explain", trainee, "course/knife-safety")
        assert (answer.status, answer.err) == (0, "")
        said = " ".join(answer.out.split())
        assert words in said, said
        assert "No automation and no order in the files is about course/knife-safety" in said
