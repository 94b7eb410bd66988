"""What is told of automations with nothing to do: each line adds up to its audience (D4e)."""

import json
import re
from datetime import timedelta

import pytest

from tests.commands.desk import typed
from tests.commands.test_apply import typed_for

POLICY = """\
automations:
  closed:
    assign: course/fire-safety
    target: {role: [cook, server]}
    scope: future-and-existing
    window: {start: 2126-06-01}
  knives:
    assign: course/knife-safety
    target: {role: [cook, server], tenure: {at_least: 1 month}}
    scope: future-and-existing
  onboarding:
    assign: module/onboarding
    target: {role: server}
    scope: future-and-existing
    paused: true
exemptions:
  away:
    target: {trainees: [E3]}
    from: course/knife-safety
    reason: on leave
"""
REMOVAL = "removals: {back: {content: course/knife-safety, target: {trainees: [E1]}}}"
LINES = {
    "closed": "audience 4, enrolled 0, not now 4",
    "knives": "audience 3, enrolled 1, exempt 1, taken away 1, undecided 1",
    "onboarding": "audience 2, enrolled 0, not now 2",
}


@pytest.fixture
def quiet(desk):
    desk.write("policies/rules.yaml", POLICY)
    path = desk.folder / "first.plan"
    # What was given in the same second would count as done for the order (M4).
    desk.types("plan", "-o", path, "--as-of", typed_for(timedelta(hours=-1)))
    assert desk.types("apply", path).status == 0
    desk.write("policies/back.yaml", REMOVAL)
    assert desk.types("apply", "--auto-approve").status == 0
    return desk


def test_every_column_that_counts_somebody_is_there(quiet):
    said = typed(quiet, "plan", COLUMNS="100").stdout.decode()
    shown = {}
    for row in said[said.index("Automations with nothing to do") :].splitlines():
        if row.startswith("automation "):
            names = re.findall(r"\w+(?: \w+)*", row)[1:]
        if re.match("closed|knives|onboarding", row):
            numbers = [int(one) for one in row.split() if one.isdigit()]
            found = dict(zip(names, numbers, strict=True))
            assert 2 * found["audience"] + found["undecided"] == sum(found.values()), "D4e"
            told = {one: n for one, n in found.items() if n or one in ("audience", "enrolled")}
            shown[row.split()[0]] = ", ".join(f"{one} {n}" for one, n in told.items())
    assert shown == LINES
    assert "Who is undecided is in no audience." in said


def test_no_column_is_empty(desk):
    desk.types("apply", "--auto-approve")
    said = desk.types("plan").out
    assert re.search(r"^automation +audience +enrolled *$", said, re.MULTILINE)
    assert "undecided" not in said
    one = json.loads(desk.types("plan", "--json").out)["automations"][0]
    assert one["reasons"].keys() == {"satisfied", "inactive"}
