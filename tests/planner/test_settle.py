"""What became of writes whose outcome was not noted: the LMS tells (D8)."""

from datetime import timedelta

from pyroaring import BitMap

from reconciler.enrollments import Enrollments
from reconciler.planner.holdings import Holdings
from reconciler.planner.index import Index
from reconciler.planner.settle import settled
from reconciler.records import Intent
from tests.builders import NOON, holdings, ledger, named, snapshot

KNIFE = "course/knife"
SECOND = timedelta(seconds=1)


def noted(line, action, *causes, sent=NOON, assigned=NOON, last=None):
    """The sets that change, where ann's row was sent and this is what the LMS holds."""
    action, _, effect = action.partition(" ")
    intent = Intent(KNIFE, action, causes, BitMap([0]), sent, effect)
    known = {("held", "automation.a", KNIFE): "ann", ("freed", "automation.a", KNIFE): "ann"}
    state = ledger("ann", intents=(intent,), sets=known, last_as_of=last)
    frame = holdings(*([line] if line else []), assigned=assigned)
    read = snapshot("ann role=cook", holdings=frame, ledger=state)
    held = Holdings(Enrollments.of(frame), Index(read, {}, as_of=NOON), [KNIFE])
    _, changes, _ = settled(state, held, precision=SECOND)
    return {
        f"{key.kind} {key.owner}".strip(): ("+" if change.add else "")
        + ("-" if change.remove else "")
        for key, change in changes.items()
        if change
    }


@named(
    ("line", "action", "cause", "assigned", "expected"),
    {
        "a restart that was written": (
            "ann knife", "restart", "reassignment.o", NOON,
            {
                "open reassignment.o": "-", "gave reassignment.o": "+", "held reassignment.o": "-",
                "freed automation.a": "-",
            },
        ),
        "a restart that was not": (
            "ann knife in_progress", "restart", "reassignment.o", NOON - SECOND, {},
        ),
        "a restart of what nobody knows the instant of, and that shows": (
            "ann knife", "restart whole", "reassignment.o", None,
            {
                "open reassignment.o": "-", "gave reassignment.o": "+", "held reassignment.o": "-",
                "freed automation.a": "-",
            },
        ),
        "a restart of what nobody knows the instant of, and that does not show": (
            "ann knife in_progress", "restart whole", "reassignment.o", None, {},
        ),
        "a retake of what nobody knows the instant of, begun already": (
            "ann knife in_progress", "retake whole", "reassignment.o", None,
            {
                "open reassignment.o": "-", "gave reassignment.o": "+", "held reassignment.o": "-",
                "freed automation.a": "-",
            },
        ),
        "a retake of what nobody knows the instant of, and still completed": (
            "ann knife completed", "retake whole", "reassignment.o", None, {},
        ),
        "chosen courses of what nobody knows the instant of": (
            "ann knife", "retake courses", "reassignment.o", None, {},
        ),
        "an assignment of which nobody knows the instant": (
            "ann knife", "assign new", "automation.b", None,
            {"gave automation.b": "+", "held automation.b": "-", "missing": "-"},
        ),
        "a renewal writes nothing into the ledger": (
            "ann knife", "retake", "automation.a", NOON, {},
        ),
        "a withdrawal that was written": (
            "ann knife completed", "remove withdrawn", "removal.o", NOON,
            {
                "open removal.o": "-", "redue removal.o": "-", "taken removal.o": "+",
                "freed automation.a": "-",
            },
        ),
        "a withdrawal that was not": (
            "ann knife completed=yes", "remove withdrawn", "removal.o", NOON, {},
        ),
        "a removal that was written": (
            None, "remove", "removal.o", NOON,
            {
                "open removal.o": "-", "gave removal.o": "-", "held removal.o": "-",
                "redue removal.o": "-", "held automation.a": "-", "ended": "+",
                "taken removal.o": "+", "freed automation.a": "-",
            },
        ),
    },
)  # fmt: skip
def test_settled(line, action, cause, assigned, expected):
    """M2, M3, M4, D3."""
    assert noted(line, action, cause, assigned=assigned) == expected


@named(("last", "is_written"), {"at the run": (NOON, True), "after it": (NOON - SECOND, False)})
def test_who_has_completed_a_retake_since_was_not_withdrawn_from(last, is_written):
    """D3, M3: both are completed; only the instant tells whose open retake was taken away."""
    found = noted("ann knife completed", "remove withdrawn", "removal.o", last=last)
    assert found.get("taken removal.o") == ("+" if is_written else None)
