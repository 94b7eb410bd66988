"""What undoes each row of a run, and when it is left (U); the journal is written by hand here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from pyroaring import BitMap

from reconciler.frames import DETAILS, HOLDINGS, PROGRESS, Capabilities
from reconciler.planner.consequences import consequences
from reconciler.planner.undo import undo
from reconciler.records import Deed, PastRun, SetKey
from reconciler.review.losses import losses
from tests.builders import NOON, content_of, ledger, snapshot
from tests.policies import policies_of

COOKS = ("ann role=cook", "bob role=cook")
DUE = datetime(2026, 3, 20, 5, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
KNIFE = "automation.knife"


def deed(action, effect, *, content="knife", causes=(KNIFE,), assigned=NOON, due=DUE, **held):
    """What a run did to ann; ``held`` is what her enrollment was before."""
    details = dict.fromkeys(DETAILS.schema) | {"due": due}
    details |= {f"held_{name}": value for name, value in held.items()}
    rows = pl.DataFrame([{"number": 0, **details}], schema={"number": pl.UInt32, **DETAILS.schema})
    return Deed(content_of(content), action, effect, causes, assigned, rows)


def row(
    status="not_started", *, content="knife", assigned=NOON, due=DUE, completed=None, version=1
):
    return ("ann", content_of(content), status, version, assigned, due, completed)


def undone(one, *held, rules=None, people=COOKS, as_of=LATER, later=(), **fields):
    """The plan that undoes a run of one deed, where the LMS holds these rows of hers."""
    past = PastRun(
        serial=1,
        as_of=NOON,
        state="complete",
        by="",
        deeds=(one,),
        later={one.content: BitMap(later)} if later else {},
        remembered={},
        restored={},
        undone_by=(),
    )
    memory = replace(ledger("ann bob", serial=1, last_as_of=NOON), past={1: past})
    sets = {SetKey(*key): BitMap([0]) for key in fields.pop("sets", ())}
    seen = snapshot(
        *people, holdings=HOLDINGS.of(*held), ledger=replace(memory, sets=sets), **fields
    )
    policies = policies_of(rules or {"automations": {}})
    return undo(seen, policies, 1, as_of=as_of)


def told(made):
    """The inverse of the one row, or why it is left."""
    lines = [
        f"{'blocked ' if one.blocked else ''}{one.action} {one.effect}" for one in made.decisions
    ]
    return " ".join([*lines, *(one.kept for one in made.undoing.left)])


def lessons(status, completed=NOON):
    """Her courses in a module: one is to be taken again, the other one stays completed."""
    return PROGRESS.of(
        ("ann", "module/start", "course/knife", status, 1, completed, 1),
        ("ann", "module/start", "course/fire", "completed", 1, NOON, 1),
    )


NEW = deed("assign", "new")
TAKEN = deed("remove", "not_started", assigned=None, due=None, status="not_started", version=1)
AGAIN = deed("retake", "whole", assigned=LATER, status="completed", completed=NOON)
ENDED = deed("remove", "withdrawn", assigned=None, due=None, status="not_started", completed=NOON)
MODULE = deed(
    "remove", "withdrawn", content="module/start", assigned=None, due=None, status="in_progress",
    completed=NOON,
)  # fmt: skip
PART = deed(
    "retake", "courses", content="module/start", assigned=LATER, status="completed", completed=NOON
)
DONE = {"completed": NOON}
MINUTES = {"capabilities": Capabilities(precision=timedelta(minutes=1))}
SECOND = timedelta(seconds=1)
LEAVE = {"target": {"role": "cook"}, "from": "course/knife", "reason": "on leave"}
EXEMPT = {"exemptions": {"leave": LEAVE}}

# the story: what the run did, what the LMS holds now, what else is so, what comes of it
CASES = {
    "as it was left": (NEW, [row()], {}, "remove not_started"),
    "a second later": (NEW, [row(assigned=NOON + SECOND)], {}, "changed since"),
    "a second later, in an LMS that keeps minutes": (
        NEW, [row(assigned=NOON + SECOND, due=DUE + SECOND)], MINUTES, "remove not_started",
    ),
    "an LMS that does not tell when": (NEW, [row(assigned=None)], {}, "remove not_started"),
    "it does not tell, and a later run gave it": (
        NEW, [row(assigned=None)], {"later": [0]}, "changed since",
    ),
    "the due date is gone": (NEW, [row(due=None)], {}, "changed since"),
    "in progress": (NEW, [row("in_progress")], {}, "started since"),
    "completed": (NEW, [row("completed", **DONE)], {}, "completed"),
    "a retake of it is open": (NEW, [row(**DONE)], {}, "changed since"),
    "nobody knows its status": (NEW, [row("unknown")], {}, "changed since"),
    "not there": (NEW, [], {}, "gone since"),
    "a rule has found it": (
        NEW, [row()], {"sets": [("held", "automation.b", "course/knife")]}, "held by another rule",
    ),
    "an LMS that removes nothing": (
        NEW, [row()], {"capabilities": Capabilities(removes=False)}, "blocked remove not_started",
    ),
    "a content that has gone": (
        deed("assign", "new", content="gone"), [], {}, "content is gone",
    ),
    "taken": (TAKEN, [], {}, "assign returned"),
    "taken, and there again": (TAKEN, [row()], {}, "given again since"),
    "taken, and given and taken later": (TAKEN, [], {"later": [0]}, "changed since"),
    "taken from who has left": (
        TAKEN, [], {"people": ["ann activity=inactive"]}, "inactive",
    ),
    "taken from who is absent": (TAKEN, [], {"people": ["bob"]}, "activity unknown"),
    "taken from who has no account": (
        TAKEN, [], {"accounts": frozenset({"bob"})}, "blocked assign returned",
    ),
    "a retake": (AGAIN, [row(assigned=LATER, **DONE)], {}, "remove withdrawn"),
    "a retake that is begun": (
        AGAIN, [row("in_progress", assigned=LATER, **DONE)], {}, "started since",
    ),
    "a retake that is done": (AGAIN, [row("completed", assigned=LATER, **DONE)], {}, "completed"),
    "a retake of which the completion is not known": (
        AGAIN, [row(assigned=LATER)], {}, "changed since",
    ),
    "a retake, in an LMS that withdraws none": (
        AGAIN, [row(assigned=LATER, **DONE)], {"capabilities": Capabilities(withdraws=False)},
        "blocked remove withdrawn",
    ),
    "a retake of a course in a module": (
        PART, [row("in_progress", content="module/start", assigned=LATER, **DONE)],
        {"progress": lessons("not_started")}, "remove withdrawn",
    ),
    "a retake of a course that is begun": (
        PART, [row("in_progress", content="module/start", assigned=LATER, **DONE)],
        {"progress": lessons("in_progress")}, "started since",
    ),
    "a retake of a course that is completed again": (
        PART, [row("in_progress", content="module/start", assigned=LATER, **DONE)],
        {"progress": lessons("completed", LATER + SECOND)}, "started since",
    ),
    "a restart": (deed("restart", "whole"), [row()], {}, "progress is lost"),
    "a retake that was withdrawn": (ENDED, [row("completed", **DONE)], {}, "retake whole"),
    "a retake that was withdrawn from who has left": (
        ENDED, [row("completed", **DONE)], {"people": ["ann activity=inactive"]}, "inactive",
    ),
    "a retake that was withdrawn from who is exempt now": (
        ENDED, [row("completed", **DONE)], {"rules": EXEMPT}, "exempt",
    ),
    "taken from who is exempt now": (TAKEN, [], {"rules": EXEMPT}, "exempt"),
    "a retake that was withdrawn, and completed since": (
        ENDED, [row("completed", completed=LATER)], {}, "changed since",
    ),
    "a retake of a module that was begun": (
        MODULE, [row("completed", content="module/start", **DONE)], {}, "courses are not known",
    ),
    "a retake, in an LMS that reassigns nothing": (
        ENDED, [row("completed", **DONE)], {"capabilities": Capabilities(reassigns=False)},
        "blocked retake whole",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "held", "also", "comes"), CASES.values(), ids=CASES)
def test_each_row(one, held, also, comes):
    made = undone(one, *held, **also)
    assert told(made) == comes
    assert losses(made.decisions, made.world).removed_in_progress == 0, "U5, R1b"


DATES = {
    "in the future": (timedelta(days=9), timedelta(days=20), "moved back", 9),
    "in the past, and that of now is not": (
        timedelta(days=-9),
        timedelta(days=20),
        "moved back",
        1,
    ),
    "both have passed": (timedelta(days=-9), timedelta(days=-2), "date has passed", None),
    "none": (None, timedelta(days=20), "moved back", None),
}


@pytest.mark.parametrize(("before", "now", "comes", "days"), DATES.values(), ids=DATES)
def test_a_due_date(before, now, comes, days):
    """By days from the undo; the earliest that is written is the end of tomorrow in Chicago."""
    old, new = (None if one is None else LATER + one for one in (before, now))
    one = deed("reschedule", "moved", assigned=None, due=new, status="not_started")
    one = replace(
        one,
        rows=one.rows.with_columns(
            held_due=pl.lit(old, DETAILS.schema["due"]),
            held_assigned=pl.lit(NOON, DETAILS.schema["due"]),
        ),
    )
    made = undone(one, row(due=new))
    assert told(made).endswith(comes)
    if made.rows:
        (due,) = made.rows[0].due.astype("datetime64[s]").tolist()
        expected = None if days is None else LATER + timedelta(days=days)
        if before is not None and before < timedelta(0):
            expected = datetime(2026, 3, 5, 5, 59, 59, tzinfo=UTC)
        assert due == (expected and expected.replace(tzinfo=None))


def test_the_ledger_knows_again_what_it_knew():
    one = replace(TAKEN, causes=("removal.old",))
    made = undone(
        one, sets=[("taken", "removal.old", "course/knife"), ("ended", "", "course/knife")]
    )
    run = replace(made.undoing.run, remembered={SetKey("gave", KNIFE, "course/knife"): BitMap([0])})
    world = replace(made.world, ledger=replace(made.world.ledger, past={1: run}))
    changes = consequences(
        made.decisions[0], made.decisions[0].trainees, replace(made, world=world).known
    )
    assert changes[SetKey("gave", KNIFE, "course/knife")].add == BitMap([0])
    assert changes[SetKey("taken", "removal.old", "course/knife")].remove == BitMap([0])
    assert changes[SetKey("ended", "", "course/knife")].remove == BitMap([0])


def test_a_rule_that_gives_it_again_is_named():
    rules = {"automations": {"knife": {
        "assign": "course/knife", "target": {"role": "cook"}, "scope": "future-and-existing",
    }}}  # fmt: skip
    again = undone(NEW, row(), rules=rules).undoing.again
    assert [(one.rule, one.action.value, len(one.trainees)) for one in again] == [
        (KNIFE, "assign", 1)
    ]
    paused = {"automations": {"knife": {**rules["automations"]["knife"], "paused": "true"}}}
    assert undone(NEW, row(), rules=paused).undoing.again == ()
