"""A whole plan: empty when nothing would be written, pure, and good for partitions (D1, D2, D7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.frames import Capabilities
from reconciler.planner.digest import plan_digest
from reconciler.records import SetKey
from tests.builders import NOON, actions, ids, ledger, named, reasons, scene, stored

EXISTING = {"scope": "future-and-existing"}


@named(
    ("story", "is_empty"),
    {
        "an automation to be recorded is a change": (lambda: scene("ann role=x"), False),
        "nothing at all": (
            lambda: scene("ann role=x", rules={"groups": {"g": {"role": "x"}}}),
            True,
        ),
        "an order to be recorded is a change": (
            lambda: scene(
                "ann role=x",
                rules={
                    "assignments": {"o": {"assign": "course/knife", "target": {"role": "cook"}}}
                },
            ),
            False,
        ),
        "a new face alone is none": (lambda: scene("ann role=x").apply().hire("bob role=x"), True),
        "a face that is gone is none": (
            lambda: scene("ann role=x", "bob role=x").apply().drop("bob"),
            True,
        ),
        "a baseline that shrinks is a change": (
            lambda: scene("ann role=cook").apply().hire("ann role=x"),
            False,
        ),
        "a holder is a change": (
            lambda: scene("ann role=cook", **EXISTING).apply(refuse=["ann"]).enroll("ann knife"),
            False,
        ),
        "what is blocked is none": (
            lambda: scene("ann role=cook", **EXISTING).given(accounts=frozenset()).apply(),
            True,
        ),
        "a text that changes is one": (
            lambda: scene("ann role=cook").apply().edit(on_exit="remove"),
            False,
        ),
        "prose is none": (lambda: scene("ann role=cook").apply().edit(description="x"), True),
        "foreign enrollments are none": (
            lambda: scene("ann role=x").apply().enroll("ann knife"),
            True,
        ),
        "work that goes on is none": (
            lambda: scene("ann role=cook", **EXISTING).apply().enroll("ann knife completed"),
            True,
        ),
        "a window that opens is a change": (
            lambda: scene("ann role=cook", window={"start": "2026-03-03"}).apply().later(days=1),
            False,
        ),
        "a window that closes is none": (
            lambda: (
                scene("ann role=cook", **EXISTING, window={"end": "2026-03-02"})
                .apply()
                .later(days=1)
            ),
            True,
        ),
    },
)
def test_when_a_plan_is_empty(story, is_empty):
    """D2."""
    assert story().plan().is_empty is is_empty


@named(
    ("hours", "what_if"),
    {"later": (1, False), "the same instant": (0, False), "earlier": (-1, True)},
)
def test_a_plan_before_the_last_apply_is_a_what_if(hours, what_if):
    """D7."""
    assert scene("ann role=cook").apply().later(hours=hours).plan().is_what_if is what_if


def test_a_first_plan_is_no_what_if():
    """D7."""
    assert not scene("ann role=cook").plan().is_what_if


def test_planning_changes_none_of_its_arguments():
    """D1: pure."""
    story = scene("ann role=cook", "bob role=cook").apply().hire("bob role=x", "cat role=cook")
    before = {key: set(members) for key, members in story.memory.sets.items()}
    digests = {plan_digest(story.plan()) for _ in range(3)}

    assert len(digests) == 1
    assert {key: set(members) for key, members in story.memory.sets.items()} == before


def test_every_apply_writes_whom_its_roster_showed():
    """P5, P5b: an empty apply too, and whatever the activity."""
    story = scene("ann role=cook", "bob role= activity=unknown").apply()
    story = story.hire("cat role=x activity=inactive").drop("ann").later(days=1).apply()

    assert stored(story, "present") == "bob cat"
    assert {story.memory.trainees[n]: seen for n, seen in story.memory.last_seen.items()} == {
        "ann": NOON
    }
    assert {story.memory.trainees[n] for n in story.memory.members("filled", "role")} >= {"cat"}


def test_contents_are_those_of_files_and_ledger():
    """A14: what was once given is looked at, though no file names it any more."""
    story = scene("ann role=cook", **EXISTING).apply().delete()
    story = story.write("assignments", "o", assign="course/fire", target={"role": "cook"})

    assert set(story.plan().contents) == {"course/fire", "course/knife"}


def test_changes_hold_no_empty_set():
    """D2."""
    for change in scene("ann role=cook").plan().changes.sets.values():
        assert change


def test_what_an_edit_asks_is_written_before_the_lms():
    """D8: text, baseline and the rows that follow are in the changes, not in the consequences."""
    story = scene("ann role=cook", **EXISTING, due="2026-05-01").apply()
    made = story.edit(due={"date": "2026-06-01", "update_existing": True}).plan()

    assert SetKey("redue", "automation.knife", "course/knife") in made.changes.sets
    assert [record.text["due"]["date"] for record in made.changes.automations] == ["2026-06-01"]


def test_decisions_stand_in_canonical_order():
    """D1."""
    story = scene("ann role=cook", "bob role=baker", **EXISTING)
    for name, content in (("a", "course/knife"), ("b", "module/start"), ("c", "course/fire")):
        story = story.write(
            "automations", name, assign=content, target={"role": "baker"}, **EXISTING
        )
    found = [(d.content, d.causes) for d in story.plan().decisions]

    assert found == sorted(found)


def test_a_broken_feed_removes_nobody():
    """P5, A4, A12: whatever column is lost, and for how many applies."""
    people = ("ann role=cook location=austin-1", "bob role=cook location=austin-1")
    target = {"role": "cook", "location": "austin-*"}
    for line in ("role= location=austin-1", "role=cook location=", "role= location="):
        story = scene(*people, "zoe role=x", target=target, on_exit="remove", **EXISTING).apply()
        for _ in range(3):
            story = story.hire(f"ann {line}", f"bob {line}").later(days=1)
            assert actions(story) == set(), line
            story = replace(story, memory=story.apply().memory)


def test_a_feed_that_loses_a_column_everywhere_removes_nobody():
    """P5, A4, A12."""
    story = scene("ann role=cook", "bob role=cook", on_exit="remove", **EXISTING).apply()
    story = story.hire("ann role=", "bob role=")

    assert actions(story) == set()


ROLES = st.sampled_from(["cook", "baker", "", "cook,baker"])
ACTIVITIES = st.sampled_from(["active", "active", "inactive", "unknown"])
HELD = st.sampled_from(["", "", "not_started", "in_progress", "completed"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(ROLES, ACTIVITIES, HELD, ROLES), min_size=2, max_size=5))
def test_a_plan_of_a_part_is_the_part_of_the_plan(drawn):
    """All decisions about a trainee depend on that trainee's rows alone."""
    lines = [f"t{n} role={role} activity={now}" for n, (role, now, _, _) in enumerate(drawn)]
    story = scene(*lines, "zoe role=x", **EXISTING, on_exit="remove").apply()
    story = story.hire(*(f"t{n} role={after}" for n, (*_, after) in enumerate(drawn)))
    story = story.enroll(*(f"t{n} knife {held}" for n, (_, _, held, _) in enumerate(drawn) if held))
    parts = [
        replace(story, people={key: line for key, line in story.people.items() if key == trainee})
        for trainee in story.people
    ]

    assert set().union(*(_of(part) for part in parts)) == actions(story)


def _of(part):
    (trainee,) = part.people
    return {one for one in actions(part) if one.split()[1] == trainee}


def test_reasons_are_told_of_every_rule():
    """D4."""
    story = scene("ann role=cook", **EXISTING)
    story = story.write("assignments", "o", assign="course/fire", target={"role": "cook"})
    made = story.given(capabilities=Capabilities(modules=False)).plan()

    assert set(made.reasons) == {"automation.knife", "assignment.o"}
    assert reasons(made, "assignment.o") == {"ann": "assigned"}


def test_trainees_of_the_ledger_alone_are_in_no_decision():
    """P5a."""
    story = scene("ann role=cook", **EXISTING)
    story = replace(story, memory=ledger("old ann"))
    made = story.plan()

    assert ids(made, made.decisions[0].trainees) == {"ann"}


@pytest.mark.parametrize("days", [0, 1, 400])
def test_time_alone_leaves_an_empty_plan_empty(days):
    """D2: where no window, tenure or absence depends on it."""
    story = scene("ann role=cook", "bob role=cook", **EXISTING, due={"days": 3}).apply()

    assert replace(story, as_of=story.as_of + timedelta(days=days)).plan().is_empty
