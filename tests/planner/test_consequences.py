"""What the ledger learns from writes that were carried out (A7a, A9b, A13a, M4)."""

from pyroaring import BitMap

from reconciler.planner.actions import Action, Decision
from reconciler.planner.consequences import consequences
from tests.builders import named

KNIFE = "course/knife"
DONE = BitMap([1, 2])


def told(action, *causes, done=DONE):
    decision = Decision(KNIFE, action, "", causes, BitMap([1, 2, 3]))
    found = consequences(decision, done)
    return {
        tuple(key): ("+" if change.add else "") + ("-" if change.remove else "")
        for key, change in found.items()
    }


@named(
    ("action", "causes", "expected"),
    {
        "an automation assigns": (
            Action.ASSIGN,
            ["automation.a"],
            {
                ("gave", "automation.a", KNIFE): "+",
                ("held", "automation.a", KNIFE): "-",
                ("missing", "", KNIFE): "-",
            },
        ),
        "an order assigns": (
            Action.ASSIGN,
            ["assignment.o"],
            {
                ("gave", "assignment.o", KNIFE): "+",
                ("open", "assignment.o", ""): "-",
                ("missing", "", KNIFE): "-",
            },
        ),
        "a due date is moved": (
            Action.RESCHEDULE,
            ["automation.a"],
            {("redue", "automation.a", KNIFE): "-"},
        ),
        "a removal ends all grants": (
            Action.REMOVE,
            ["automation.a"],
            {
                ("gave", "automation.a", KNIFE): "-",
                ("held", "automation.a", KNIFE): "-",
                ("redue", "automation.a", KNIFE): "-",
                ("ended", "", KNIFE): "+",
            },
        ),
    },
)
def test_consequences(action, causes, expected):
    assert told(action, *causes) == expected


def test_only_those_for_whom_it_was_done():
    decision = Decision(KNIFE, Action.REMOVE, "", ("automation.a",), BitMap([1, 2, 3]))

    for change in consequences(decision, DONE).values():
        assert change.add | change.remove == DONE
    assert told(Action.REMOVE, "automation.a", done=BitMap()) == {}
