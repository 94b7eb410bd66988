"""What a plan would do or note beyond what was approved (D7b, D7c)."""

import pytest

from reconciler.documents.scalars import Duration
from reconciler.planner.learned import learned
from reconciler.review.approved import EXACTLY, WITHIN, approved_in, beyond, learned_in, rows_of
from reconciler.review.document import document
from reconciler.review.packed import rows_in, tables_of
from tests.builders import named, scene
from tests.planner.rules import EXISTING, GOES

LIFT = {"guard": "remove", "policy": "all", "unit": "all", "reason": "meant", "until": "2026-12-31"}


def parts(plan):
    """The document of a plan, and its rows."""
    made = document(plan, expires_after=Duration(1, "day"), inputs={}, warnings=[], commit=None)
    return made, rows_in(tables_of(plan), [rows.decision for rows in plan.rows])


def found(approved, now, measure):
    """What a story would do that another one did not."""
    plan = now.plan()
    made, actions = parts(plan)
    return beyond(
        plan, rows_of(made.decisions, actions), approved_in(*parts(approved.plan())), measure
    )


def cooks(**rule):
    return scene("ann role=cook", "bob role=cook", "eve role=server", **rule)


BEGUN = cooks().apply()
LAPSED = cooks(**EXISTING).apply().take_away("ann knife", "bob knife").delete()


@named(
    ("approved", "now", "note"),
    {
        "the same": (cooks(), cooks(), None),
        "one person for another in a baseline": (
            cooks(),
            cooks().hire("bob role=server", "eve role=cook"),
            "automation.knife: the baseline would be made of other people",
        ),
        "one person for another among those who leave it": (
            BEGUN.hire("ann role=server"),
            BEGUN.hire("bob role=server"),
            "automation.knife: the baseline would be made of other people",
        ),
        "somebody who left it is back": (BEGUN.hire("ann role=server"), BEGUN, None),
        "it was recorded meanwhile": (cooks(), BEGUN, None),
        "nobody is left for it": (
            cooks(),
            cooks().hire("ann role=server", "bob role=server"),
            "automation.knife: the baseline would be made of other people",
        ),
        "an automation holds one more": (
            cooks(**EXISTING),
            cooks(**EXISTING).enroll("ann knife"),
            None,
        ),
        "more are missing": (
            cooks(**EXISTING).apply().delete().take_away("ann knife"),
            LAPSED,
            "course/knife: 'missing' would change for more people",
        ),
        "fewer are missing": (
            LAPSED,
            cooks(**EXISTING).apply().delete().take_away("ann knife"),
            None,
        ),
    },
)
def test_what_the_ledger_learns(approved, now, note):
    """D7b."""
    assert found(approved, now, EXACTLY).notes == ((note,) if note else ())
    assert found(approved, now, WITHIN).notes == ()


def goes():
    story = scene(*(f"e{n} role=cook" for n in range(9)), **GOES).apply()
    return story.hire(*(f"e{n} role=server" for n in range(4)))


@pytest.mark.parametrize("measure", [EXACTLY, WITHIN])
def test_a_lift_that_was_not_needed_is_not_used_up(measure):
    """G4a, D7c."""
    story = goes().write("lifts", "meant", **LIFT, ceiling="9")
    bounded = story.guarded(all={"remove": 2})
    assert found(story, bounded, measure).notes == ("lift.meant: would be used up",)
    assert not found(bounded, bounded, measure)


def test_what_is_held_is_not_approved():
    """D7f."""
    held = goes().guarded(all={"remove": 2}, on_breach="hold_removals")
    beyond_it = found(held, goes(), EXACTLY)
    assert [*beyond_it.lines()] == ["course/knife by automation.knife: remove (not_started) 4 more"]
    assert not found(goes(), held, EXACTLY)


def test_of_a_plan_that_is_held_as_a_whole_nothing_is_approved():
    """D7f: the guard of assignments counts no removal, and holds it all the same."""
    held = goes().hire("ann role=cook").guarded(all={"assign": 0, "remove": "unlimited"})
    beyond_it = found(held, goes().guarded(all={"remove": "unlimited"}), EXACTLY)
    assert [*beyond_it.lines()] == ["course/knife by automation.knife: remove (not_started) 4 more"]


def test_a_document_tells_what_the_ledger_learns():
    """D1a."""
    plan = (
        cooks().write("assignments", "recall", assign="course/fire", target={"role": "cook"}).plan()
    )
    made, _ = parts(plan)
    assert learned_in(made) == learned(plan)
    assert {(one.kind, one.id, one.state) for one in made.records} == {
        ("automation", "automation.knife", "live"),
        ("order", "assignment.recall", "open"),
    }
    assert {one.kind for one in made.ledger if one.digest} == {"baseline", "audience"}
