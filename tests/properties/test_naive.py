"""Who enters, by the oracle, held to answers worked out by hand from the rules (A2 to A5)."""

from datetime import date

import pytest

from tests.properties.stories import (
    COOKS,
    EXISTING_TOO,
    MARCH_FIRST,
    apply,
    back,
    deleted,
    does,
    hire,
    let,
    lived,
    moved,
    renamed,
    said,
    tomorrow,
    wrote,
)

# The story: the automation's keys, what happens, and the reason of each trainee at the end.
ENTRIES = {
    "A2 who is there already is existing": ({}, [hire("ann")], {"ann": "baseline"}),
    "A2 existing people too": (EXISTING_TOO, [hire("ann")], {"ann": "assigned"}),
    "A3 hired on the window's first day, and the day before": (
        MARCH_FIRST,
        [hire("ann", hire_date=date(2026, 3, 1)), hire("bob", hire_date=date(2026, 2, 28))],
        {"ann": "assigned", "bob": "baseline"},
    ),
    "A3 no start: hired on the day of the apply, and the day before": (
        {},
        [hire("ann", hire_date=date(2026, 3, 2)), hire("bob", hire_date=date(2026, 3, 1))],
        {"ann": "assigned", "bob": "baseline"},
    ),
    "A3 a missing hire date is existing": (
        MARCH_FIRST,
        [hire("ann", hire_date=None)],
        {"ann": "baseline"},
    ),
    "A3 a transfer is an entry": (
        {},
        [hire("ann", "server"), apply, hire("ann")],
        {"ann": "assigned"},
    ),
    "A3 undecided at the start": (
        {"target": {"badge": "red"}},
        [hire("ann"), apply, hire("ann", badge="red")],
        {"ann": "baseline"},
    ),
    "A3 unknown at the start": (
        {},
        [hire("ann", activity="unknown"), apply, hire("ann", activity="active")],
        {"ann": "baseline"},
    ),
    "A3 who comes before the window opens is existing": (
        {"window": {"start": "2026-03-03"}},
        [hire("ann", "server"), apply, hire("ann"), tomorrow, apply],
        {"ann": "baseline"},
    ),
    "A3 first seen after the start": (
        {},
        [hire("ann"), apply, hire("bob")],
        {"ann": "baseline", "bob": "assigned"},
    ),
    "A3d late rows are existing": (
        {"late_rows": "existing"},
        [hire("ann"), apply, hire("bob"), hire("cat", hire_date=date(2026, 3, 2))],
        {"ann": "baseline", "bob": "baseline", "cat": "assigned"},
    ),
    "A3d a late row without a hire date enters": (
        {"late_rows": "existing"},
        [hire("ann"), apply, hire("bob", hire_date=None)],
        {"ann": "baseline", "bob": "assigned"},
    ),
    "A4 left and came back": (
        {},
        [hire("ann"), apply, hire("ann", "server"), apply, hire("ann")],
        {"ann": "assigned"},
    ),
    "A4 left and came back between two applies": (
        {},
        [hire("ann"), apply, hire("ann", "server"), hire("ann")],
        {"ann": "baseline"},
    ),
    "A4 inactive and back": (
        {},
        [
            hire("ann"),
            apply,
            hire("ann", activity="inactive"),
            apply,
            hire("ann", activity="active"),
        ],
        {"ann": "assigned"},
    ),
    "A4 absent and back": (
        {},
        [hire("ann"), hire("bob"), apply, does("drop", "ann"), apply, hire("ann")],
        {"ann": "baseline", "bob": "baseline"},
    ),
    "P5 absent for so long that it counts as inactive": (
        {},
        [
            *(let(inactive_after=2), hire("ann"), hire("bob"), apply, does("drop", "ann")),
            *(does("wait", days=2), apply, hire("ann")),
        ],
        {"ann": "assigned", "bob": "baseline"},
    ),
    "A4a an emptied attribute, however many applies": (
        {},
        [hire("ann"), apply, hire("ann", None), apply, apply, hire("ann")],
        {"ann": "baseline"},
    ),
    "A4d what only the organization gives, and no longer does": (
        {"target": {"franchise": "lone-star"}},
        [
            *(let(unmapped=frozenset({"franchise"})), hire("ann", location="austin-2"), apply),
            *(hire("ann", location="austin-1"), apply, hire("ann", location="austin-2")),
        ],
        {"ann": "assigned"},
    ),
    "A4d what only the organization gives, by a location that it does not list": (
        {"target": {"franchise": "lone-star"}},
        [
            *(let(unmapped=frozenset({"franchise"})), hire("ann", location="austin-2"), apply),
            *(hire("ann", location="reno-1"), apply, hire("ann", location="austin-2")),
        ],
        {"ann": "baseline"},
    ),
    "A4d what only the organization gives, with a broken feed": (
        {"target": {"franchise": "lone-star"}},
        [
            *(let(unmapped=frozenset({"franchise"})), hire("ann", location="austin-2"), apply),
            *(hire("ann", location=None), apply, hire("ann", location="austin-2")),
        ],
        {"ann": "baseline"},
    ),
    "A4 goes on in a pause": (
        {},
        [
            *(hire("ann"), apply, said(paused="true"), hire("ann", "server"), apply),
            *(said(paused="false"), hire("ann")),
        ],
        {"ann": "assigned"},
    ),
}

EDITS = {
    "A5 an edited target makes nobody future": (
        {},
        [hire("ann", "server"), apply, tomorrow, said(**COOKS)],
        {"ann": "baseline"},
    ),
    "A5 hired since the previous apply": (
        {},
        [
            *(hire("bob"), apply, tomorrow, said(**COOKS)),
            *(hire("ann", "server", hire_date=date(2026, 3, 2)),),
        ],
        {"ann": "assigned", "bob": "baseline"},
    ),
    "A5 who entered under the old target stays future": (
        {"on_exit": "remove"},
        [hire("ann", "server"), apply, hire("ann"), said(**COOKS)],
        {"ann": "assigned"},
    ),
    "A5 a group's edit is an edit of the target": (
        {"target": {"group": "crew"}},
        [
            *(wrote("groups", "crew", role="cook"), hire("ann", "server"), apply, tomorrow),
            wrote("groups", "crew", role=["cook", "server"]),
        ],
        {"ann": "baseline"},
    ),
    "A5 a group in place of the same words is no edit": (
        {},
        [
            *(hire("ann", "server"), apply, wrote("groups", "crew", role="cook")),
            *(said(target={"group": "crew"}), hire("ann")),
        ],
        {"ann": "assigned"},
    ),
    "A5 an old target on an attribute that is no more had matched nobody": (
        {"target": {"shift": "night"}},
        [
            *(hire("bob"), apply, tomorrow, hire("ann", "server", shift="night")),
            *(let(custom=frozenset({"badge"})), said(target={"role": "server"})),
        ],
        {"ann": "baseline"},
    ),
    "A5 from future-only to existing": (
        {},
        [hire("ann"), apply, said(**EXISTING_TOO)],
        {"ann": "assigned"},
    ),
    "A5c from existing to future-only": (
        {**EXISTING_TOO, "on_removed": "respect"},
        [
            hire("bob"),
            apply,
            tomorrow,
            hire("ann", hire_date=date(2026, 3, 3)),
            said(scope="future-only"),
        ],
        {"ann": "baseline", "bob": "satisfied"},
    ),
    "A14 a retired one keeps its baseline": (
        {},
        [hire("ann"), hire("cat", "server"), apply, deleted, apply, hire("cat"), back],
        {"ann": "baseline", "cat": "assigned"},
    ),
    "A14 another content begins anew": (
        {},
        [hire("ann", "server"), apply, hire("ann"), said(assign="course/fire")],
        {"ann": "baseline"},
    ),
    "A14 changed back, it begins anew again": (
        {},
        [
            *(hire("ann", "server"), apply, said(assign="course/fire"), apply, hire("ann")),
            said(assign="course/knife"),
        ],
        {"ann": "baseline"},
    ),
    "A15 a moved value means the same": (
        {},
        [hire("ann"), apply, moved("role.cook", "role.line-cook"), hire("ann", "line-cook"), apply],
        {"ann": "baseline"},
    ),
    "A15 the old value means the same still": (
        {"target": {"role": "line-cook"}},
        [hire("ann"), moved("role.cook", "role.line-cook")],
        {"ann": "baseline"},
    ),
}

CASES = ENTRIES | EDITS


@pytest.mark.parametrize(("keys", "steps", "reasons"), CASES.values(), ids=CASES)
def test_entry(keys, steps, reasons):
    assert lived(keys, steps).plan().reasons["automation.knife"] == reasons


def test_a_renamed_automation_keeps_its_baseline():
    workplace = lived({}, [hire("ann"), hire("bob", "server"), apply, renamed, hire("bob")])
    plan = workplace.plan()

    assert plan.reasons["automation.blades"] == {"ann": "baseline", "bob": "assigned"}, "A15"
    assert plan.records.keys() == {("automation.blades", "course/knife")}
