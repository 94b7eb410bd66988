"""The oracle's due dates, held to answers worked out by hand from the rules (A9)."""

from datetime import date

import pytest

from tests.properties.stories import (
    EXISTING_TOO,
    GIVEN,
    OTHER,
    acted,
    apply,
    assign,
    does,
    hire,
    lived,
    said,
    wrote,
)


def due(**keys):
    return {**EXISTING_TOO, "due": keys}


# The story: the automation's keys, what happens, and each one's action with its due day.
DUE = {
    "A9 days after the assignment": (due(days="14"), [hire("ann")], assign("2026-03-16")),
    "A9 nobody is born past due": (due(date="2026-02-01"), [hire("ann")], assign("2026-03-03")),
    "A9 never earlier than asked": (
        due(date="2026-03-03", no_earlier_than="5"),
        [hire("ann")],
        assign("2026-03-07"),
    ),
    "A9 after the hire date": (
        due(days="30", after="hire_date"),
        [hire("ann", hire_date=date(2026, 3, 1))],
        assign("2026-03-31"),
    ),
    "A9 an unknown hire date gives none": (
        due(days="30", after="hire_date"),
        [hire("ann", hire_date=None)],
        assign(),
    ),
    "A9 after the window's start": (
        {**due(days="20", after="window_start"), "window": {"start": "2026-03-01"}},
        [hire("ann")],
        assign("2026-03-21"),
    ),
    "A8 the earliest that a cause gives": (
        due(days="14"),
        [hire("ann"), wrote("automations", "other", **OTHER, due={"days": "7"})],
        assign("2026-03-09"),
    ),
    "A9 an edit touches nobody": (due(days="14"), [*GIVEN, said(due={"days": "7"})], {}),
    "A9b an edit for the open ones": (
        due(days="14"),
        [*GIVEN, said(due={"days": "7", "update_existing": "true"})],
        {"ann": ("reschedule", "2026-03-09")},
    ),
    "A9b not for the completed": (
        due(days="14"),
        [
            *GIVEN,
            does("learn", "ann", "completed"),
            said(due={"days": "7", "update_existing": "true"}),
        ],
        {},
    ),
    "A9b not in a pause, and then after it": (
        due(days="14"),
        [
            *(*GIVEN, said(due={"days": "7", "update_existing": "true"}, paused="true"), apply),
            said(paused="false"),
        ],
        {"ann": ("reschedule", "2026-03-09")},
    ),
    "A9b nothing moves while it is paused": (
        due(days="14"),
        [*GIVEN, said(due={"days": "7", "update_existing": "true"}, paused="true"), apply],
        {},
    ),
    "A9b a refused one stays to be moved": (
        due(days="14"),
        [
            *(*GIVEN, said(due={"days": "7", "update_existing": "true"})),
            does("apply", refuse={("ann", "course/knife")}),
        ],
        {"ann": ("reschedule", "2026-03-09")},
    ),
    "A9b another that wants it gives an earlier one": (
        due(days="14"),
        [
            *(*GIVEN, wrote("automations", "other", **OTHER, due={"days": "3"})),
            said(due={"days": "7", "update_existing": "true"}),
        ],
        {"ann": ("reschedule", "2026-03-05")},
    ),
    "A9b the window's start moves": (
        {
            "due": {"days": "20", "after": "window_start", "update_existing": "true"},
            **EXISTING_TOO,
            "window": {"start": "2026-03-01"},
        },
        [*GIVEN, said(window={"start": "2026-02-20"})],
        {"ann": ("reschedule", "2026-03-12")},
    ),
}


@pytest.mark.parametrize(("keys", "steps", "actions"), DUE.values(), ids=DUE)
def test_due(keys, steps, actions):
    assert acted(lived(keys, steps)) == actions
