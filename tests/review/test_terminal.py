"""A plan on a terminal: complete, 80 columns wide, and nobody's data is taken for markup."""

import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from reconciler.commands.planning import make_plan
from reconciler.documents.scalars import Duration
from reconciler.frames import Capabilities
from reconciler.planner.rows import actions as rows_written
from reconciler.review.document import document
from reconciler.review.parts import trainees_in
from reconciler.review.terminal import show_plan
from tests.builders import scene
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
    show_plan(made.document, made.trainees, console, every_name=every_name)
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


def told(story):
    """What a plan of a scene says on a terminal, in one line."""
    made, out = story.plan(), StringIO()
    document_ = document(
        made, expires_after=Duration(1, "day"), inputs={}, warnings=[], commit=None
    )
    rows = rows_written(made.rows, made.people)
    show_plan(
        document_, trainees_in(rows), Console(file=out, width=80, highlight=False), every_name=False
    )
    return " ".join(out.getvalue().split())


GOES = {"scope": "future-and-existing", "on_exit": "remove"}
MOVED = {"days": 9, "update_existing": True}


def test_what_a_retired_rule_could_not_take_is_shown_with_names():
    """A14a: the automation has gone in an earlier run, and one removal was refused."""
    story = scene("ann role=cook", "bob role=cook", **GOES).apply().delete()
    said = told(story.later(days=1).apply(refuse=["ann"]).later(days=1))

    assert "automation.knife → course/knife retired" in said
    assert "Removed 1 ann" in said
    assert "bob" not in said


def test_a_retired_rule_that_has_nothing_left_is_not_shown():
    story = scene("ann role=cook", **GOES).apply().delete().later(days=1).apply().later(days=1)

    assert "automation.knife" not in told(story)


def test_blocked_removals_are_shown():
    """D6."""
    story = scene("ann role=cook", "bob role=cook", **GOES).apply().hire("ann role=server")
    said = told(story.given(capabilities=Capabilities(removes=False)))

    assert "! 1 blocked" in said
    assert "automation.knife → course/knife" in said
    assert "Blocked 1 to be changed in a way that the LMS cannot" in said


def test_blocked_due_dates_are_shown():
    """D6, A9."""
    story = scene("ann role=cook", "bob role=cook", **GOES, due={"days": 3}).apply()
    story = story.edit(due=MOVED).given(capabilities=Capabilities(due_dates=False))

    assert "Blocked 2 to be changed in a way that the LMS cannot" in told(story)


def test_long_absence_is_told_apart():
    """P5: the absent lose nothing, the long absent have left."""
    story = scene("ann role=cook", "bob role=cook", "cat role=cook", **GOES).apply()
    story = story.given(inactive_after=3).drop("ann").later(days=1).apply()
    said = told(story.later(days=5).apply().drop("bob").later(days=1))

    assert "1 person was in an earlier roster and not in this one: nothing is taken" in said
    assert "1 person counts as having left: absent for longer than `inactive_after`" in said


def test_no_word_of_a_saved_plan_is_markup(made):
    """Who sealed it may have written anything."""
    header = made.document.header.model_copy(update={"digest": "[/dim][red]all"})
    out = Console(file=StringIO(), width=80)
    show_plan(
        made.document.model_copy(update={"header": header}), made.trainees, out, every_name=False
    )
    assert "Plan [/dim][red]a, good until" in out.file.getvalue()
