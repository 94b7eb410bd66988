"""The oracle's reasons, held to answers worked out by hand from the rules (D4)."""

from dataclasses import replace
from datetime import date

import pytest

from tests.properties.stories import (
    EXISTING_TOO,
    apply,
    does,
    hire,
    let,
    lived,
    take_away,
    tomorrow,
    wrote,
)
from tests.properties.workplace import ORGANIZATION

# The story: the automation's keys, what happens, and the reason of each trainee at the end.
REASONS = {
    "A1 the window is not open yet": (
        {**EXISTING_TOO, "window": {"start": "2026-03-03"}},
        [hire("ann")],
        {"ann": "window not open"},
    ),
    "A1 a bare end counts its whole day": (
        {**EXISTING_TOO, "window": {"end": "2026-03-02"}},
        [hire("ann")],
        {"ann": "assigned"},
    ),
    "A1 the window has closed": (
        {**EXISTING_TOO, "window": {"end": "2026-03-02"}},
        [hire("ann"), tomorrow],
        {"ann": "window not open"},
    ),
    "A14 paused goes before the window": (
        {**EXISTING_TOO, "window": {"start": "2026-03-03"}, "paused": "true"},
        [hire("ann")],
        {"ann": "paused"},
    ),
    "A7 held already, by whomever": (
        {},
        [hire("ann"), does("enroll", "ann", status="completed")],
        {"ann": "satisfied"},
    ),
    "A13 a removal is respected": (
        {**EXISTING_TOO, "on_removed": "respect"},
        [hire("ann"), apply, take_away],
        {"ann": "removal respected"},
    ),
    "A13b one that does not act respects it too": (
        EXISTING_TOO,
        [
            *(hire("ann"), apply, take_away),
            wrote(
                "automations",
                "other",
                assign="course/knife",
                target={"everyone": "true"},
                paused="true",
                **EXISTING_TOO,
                on_removed="respect",
            ),
        ],
        {"ann": "removal respected"},
    ),
    "P4a a star stands for any text, all else for itself": (
        {**EXISTING_TOO, "target": {"location": "*-1"}},
        [
            hire("ann", location="austin-1"),
            hire("bob", location="austin-2"),
            hire("cat", location="boise-1"),
        ],
        {"ann": "assigned", "cat": "assigned"},
    ),
    "P2 a location gives its regions": (
        {**EXISTING_TOO, "target": {"region": "texas"}},
        [
            *(hire("ann", location="austin-2"), hire("bob", location="boise-1")),
            hire("cat", location="boise-1", region="texas"),
        ],
        {"ann": "assigned", "cat": "assigned"},
    ),
    "P2 a location that moves takes its people along": (
        {"target": {"region": "south"}},
        [
            *(hire("ann", location="boise-1"), apply),
            let(organization=replace(ORGANIZATION, regions={"boise-1": ("south",)})),
        ],
        {"ann": "assigned"},
    ),
    "P3 a department includes its parts": (
        {**EXISTING_TOO, "target": {"department": "operations"}},
        [hire("ann"), hire("bob", None)],
        {"ann": "assigned"},
    ),
    "P5 inactive and unknown": (
        EXISTING_TOO,
        [hire("ann", activity="inactive"), hire("bob", activity="unknown")],
        {"ann": "inactive", "bob": "activity unknown"},
    ),
    "P6 neither a comparison nor its negation": (
        {**EXISTING_TOO, "target": {"not": {"badge": "red"}}},
        [hire("ann"), hire("bob", badge="red"), hire("cat", badge="blue")],
        {"ann": "undecided", "cat": "assigned"},
    ),
    "P6a what decides, decides": (
        {**EXISTING_TOO, "target": {"any": [{"badge": "red"}, {"role": "cook"}]}},
        [hire("ann"), hire("bob", "server")],
        {"ann": "assigned", "bob": "undecided"},
    ),
    "P6 an empty attribute that is not required is empty": (
        {**EXISTING_TOO, "target": {"not": {"shift": "night"}}},
        [hire("ann")],
        {"ann": "assigned"},
    ),
    "P7 hired after as-of matches less_than alone": (
        {**EXISTING_TOO, "target": {"tenure": {"less_than": "1 month"}}},
        [
            *(hire("ann", hire_date=date(2026, 4, 1)), hire("bob", hire_date=date(2026, 2, 2))),
            *(hire("cat", hire_date=date(2026, 2, 3)), hire("dan", hire_date=None)),
        ],
        {"ann": "assigned", "cat": "assigned", "dan": "undecided"},
    ),
    "P7 a month is cut to its last day": (
        {**EXISTING_TOO, "target": {"tenure": {"at_least": "1 month"}}},
        [hire("ann", hire_date=date(2026, 1, 31)), does("wait", days=-2)],
        {"ann": "assigned"},
    ),
    "P8 no account": (EXISTING_TOO, [let(accounts=set()), hire("ann")], {"ann": "no account"}),
    "P8 an LMS that makes accounts": (
        EXISTING_TOO,
        [let(accounts=set()), does("cannot", creates_accounts=True), hire("ann")],
        {"ann": "assigned"},
    ),
    "D6 a due date that the LMS cannot hold": (
        {**EXISTING_TOO, "due": "2026-06-30"},
        [does("cannot", due_dates=False), hire("ann")],
        {"ann": "blocked by capability"},
    ),
    "D6 a module that the LMS cannot hold": (
        {**EXISTING_TOO, "assign": "module/start"},
        [does("cannot", modules=False), hire("ann")],
        {"ann": "blocked by capability"},
    ),
    "D6b an LMS that can only be read": (
        EXISTING_TOO,
        [does("cannot", writes=False), hire("ann")],
        {"ann": "assigned"},
    ),
    "M6 exempt from the content, or from the automation": (
        EXISTING_TOO,
        [
            *(hire("ann"), hire("bob"), hire("cat")),
            wrote(
                "exemptions",
                "x",
                target={"trainees": "ann"},
                **{"from": "course/knife", "reason": "-"},
            ),
            wrote(
                "exemptions",
                "y",
                target={"trainees": "bob"},
                **{"from": "automation.knife", "reason": "-"},
            ),
        ],
        {"ann": "exempt", "bob": "exempt", "cat": "assigned"},
    ),
    "M6 an exemption ends after its day": (
        EXISTING_TOO,
        [
            hire("ann"),
            wrote(
                "exemptions",
                "x",
                target={"everyone": "true"},
                **{"from": "course/knife", "reason": "-", "until": "2026-03-01"},
            ),
        ],
        {"ann": "assigned"},
    ),
    "T1 the keys are all required": (
        {**EXISTING_TOO, "target": {"role": ["cook", "server"], "region": "south"}},
        [hire("ann", region="south"), hire("bob", "server"), hire("cat", "baker", region="south")],
        {"ann": "assigned"},
    ),
}


@pytest.mark.parametrize(("keys", "steps", "reasons"), REASONS.values(), ids=REASONS)
def test_reason(keys, steps, reasons):
    assert lived(keys, steps).plan().reasons["automation.knife"] == reasons
