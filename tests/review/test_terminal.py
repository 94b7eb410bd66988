"""A plan on a terminal: complete, 80 columns wide, and nobody's data is taken for markup."""

import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from reconciler.commands.planning import make_plan
from reconciler.review.terminal import show_plan
from tests.commands.desk import furnish

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
POLICY = """\
automations:
  closed:
    assign: course/fire-safety
    target: {role: cook}
    scope: future-and-existing
    window: {start: 2026-06-01, end: 2026-06-30}
  future:
    assign: module/onboarding
    target: {role: cook}
  knives:
    description: "[bold]All[/bold] cooks, [red"
    assign: course/knife-safety
    target: {any: [{role: cook}, {hire_date: {before: 2000-01-01}}]}
    scope: future-and-existing
    due: {days: 14, after: hire_date}
  paused:
    assign: course/fire-safety
    target: {role: server}
    paused: true
assignments:
  recall:
    assign: course/fire-safety
    target: {location: austin-1}
exemptions:
  away:
    target: {trainees: ["[red]E3"]}
    from: course/knife-safety
    reason: on leave
  over:
    target: {trainees: [E1]}
    from: course/knife-safety
    reason: was on leave
    until: 2026-01-31
"""
ROSTER = """\
id,store,jobs,hired,status
E1,austin-1,cook,2020-01-01,A
E2,austin-1,server,,A
[red]E3,boston-1,cook|server,2022-01-01,A
E4,boston-1,cook,,A
E5,boston-1,cook,2019-01-01,T
E6,boston-1,cook,2019-01-01,?
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("review") / "site", policy=POLICY, roster=ROSTER)
    return make_plan(folder, as_of=NOON, no_color=True)


def shown(made, *, width=80, color=False, every_name=True):
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, no_color=not color, highlight=False
    )
    show_plan(made.document, made.actions, console, every_name=every_name)
    return out.getvalue()


PARTS = {
    "a verdict in the first line": "This plan assigns 4 trainings, for 3 people in all.",
    "the time and its zone": "As of 2026-03-02 12:00 (America/Chicago)",
    "an assignment by name": "Assigned now 2 E1, E4",
    "who is exempt": "Exempt 1",
    "who is undecided, and by what": "Undecided 1 cannot be told (no hire_date: 1)",
    "who has left": "Inactive 1",
    "who is unknown": "Unknown 1",
    "who was there before": "Existing 3",
    "what an apply would note": "Baseline 4 noted as existing by this apply",
    "a closed window": "from 2026-06-01 until 2026-06-30, not open now",
    "a missing due date": "No due date 1",
    "an order": "assignment.recall → course/fire-safety (Fire safety) new",
    "an expired exemption": "This exemption has expired: over",
    "text that looks like markup": "[bold]All[/bold] cooks, [red",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_it_tells(made, part):
    assert part in " ".join(shown(made).split())


@pytest.mark.parametrize("width", [80, 100, 200])
def test_it_fits(made, width):
    assert max(len(line.rstrip()) for line in shown(made, width=width).splitlines()) <= width


def test_colors_change_no_word(made):
    colored = shown(made, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == shown(made)


def test_no_jargon_of_the_inside(made):
    for word in ("None", "null", "BitMap", "SetKey", "position", "datetime"):
        assert word not in shown(made)
