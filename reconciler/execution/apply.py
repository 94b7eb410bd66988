"""Carries out a plan: the ledger first (D8), then the LMS in batches, each remembered at once."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl
from pyroaring import BitMap

from reconciler.errors import HeldByGuard, LmsUnfit, ReconcilerError, RosterUnfit, StalePlan
from reconciler.frames import RESULT, WRITES
from reconciler.ledger.open import Ledger
from reconciler.ledger.run import NewRun, RunState
from reconciler.lms.contract import Lms
from reconciler.planner.actions import WITHDRAWN, Action, Decision
from reconciler.planner.consequences import Known, consequences
from reconciler.planner.digest import plan_digest
from reconciler.planner.plan import Plan
from reconciler.planner.rows import Rows, actions
from reconciler.planner.sets import positions_of
from reconciler.planner.unfinished import Marked, finished, marked
from reconciler.records import Intent, OrderRecord, SetChange, SetKey
from reconciler.version import VERSION

# Additions before what takes away: a run that is cut off has rather given than taken.
SEQUENCE = (Action.ASSIGN, Action.RESTART, Action.RETAKE, Action.RESCHEDULE, Action.REMOVE)

SAID = ("status", "courses", "resets", "credit_after", "credit_current")
"""The columns of WRITES that a decision says for all its trainees."""

Clock = Callable[[], datetime]
Advance = Callable[[int], None]
"""Told how many rows were written, for people who wait."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an apply ended.

    ``counts`` are rows by result; ``troubles`` the rows that did not end well, as OUTCOMES.
    ``interruption`` is why it stopped before its end; None where it did not.
    """

    serial: int
    counts: Mapping[str, int]
    troubles: pl.DataFrame
    remaining: int
    interruption: str | None = None

    @property
    def is_whole(self) -> bool:
        return self.remaining == 0 and self.troubles.is_empty()


@dataclass(slots=True)
class _Tally:
    """What has happened so far."""

    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[pl.DataFrame] = field(default_factory=list)
    finished: dict[str, BitMap] = field(default_factory=dict)
    unsettled: list[Intent] = field(default_factory=list)


def check_appliable(plan: Plan, lms: Lms, *, now: datetime, expires: datetime) -> None:
    """Refuse a plan that may not be applied, before anything is written (D7).

    Raises:
        StalePlan: Its as-of is before the last applied one, in the future, or expired.
        LmsUnfit: This LMS is only read.
        RosterUnfit: The roster has failed the gate (A3).
        HeldByGuard: It does more than the guards let through (G4).
    """
    as_of, last = plan.world.moment.as_of, plan.world.ledger.last_as_of
    if not lms.capabilities.writes:
        raise LmsUnfit(
            "This LMS is read from an export and cannot be written. Plan against it, and apply in "
            "a workspace whose `lms:` can be written."
        )
    if last is not None and as_of < last:
        raise StalePlan(
            f"This plan is for {as_of:%Y-%m-%d %H:%M:%S} UTC, and one for {last:%Y-%m-%d %H:%M:%S} "
            "UTC has been applied since: it only answers 'what if'. Plan again without --as-of."
        )
    if as_of > now:
        raise StalePlan(
            f"This plan is for {as_of:%Y-%m-%d %H:%M:%S} UTC, which is in the future. It can be "
            "looked at, and applied from then on."
        )
    if now > expires:
        raise StalePlan(f"This plan expired at {expires:%Y-%m-%d %H:%M:%S} UTC. Plan again.")
    if not plan.gate.is_open:
        raise RosterUnfit(
            "The roster looks wrong beside that of the last apply, so nothing was written. "
            "`reconciler plan` shows what was found, and what to do about it (A3)."
        )
    if plan.guarded.holds_all:
        guards = sum(finding.is_breached for finding in plan.guarded.findings)
        raise HeldByGuard(
            f"Held by {guards} {'guard' if guards == 1 else 'guards'}: nothing was written. "
            "`reconciler plan` shows them, and what a lift has to say (G4, G4a)."
        )


def apply(
    plan: Plan, lms: Lms, ledger: Ledger, *, clock: Clock, advance: Advance = lambda _: None
) -> Outcome:
    """Do exactly what a plan says.

    Args:
        plan: Computed from what ``lms`` and ``ledger`` hold now.
        lms: Where enrollments are written.
        ledger: Where it is remembered: what was decided before, what was done after.
        clock: For when the run began and ended; nothing is decided by it.
        advance: Called after each batch with its number of rows.

    Raises:
        StalePlan: Another run has begun since the plan read the ledger. Nothing was written.
    """
    run = NewRun(
        expected_serial=plan.world.ledger.serial,
        as_of=plan.world.moment.as_of,
        started=clock(),
        digest=plan_digest(plan),
        tool_version=VERSION,
    )
    serial = ledger.begin(plan.changes, plan.sighting, run)
    tally, known, interruption = _Tally(), plan.known, None
    marks = marked(plan.world.ledger, plan.sighting.marks)
    try:
        for batch in _batches(plan, lms.capabilities.batch_size):
            _write(batch, lms, ledger, tally, known, marks=marks, serial=serial)
            advance(len(batch.rows))
    except (ReconcilerError, KeyboardInterrupt) as stop:
        interruption = str(stop) or "interrupted"
    return _end(plan, ledger, tally, interruption, serial=serial, finished=clock())


def _end(
    plan: Plan,
    ledger: Ledger,
    tally: _Tally,
    interruption: str | None,
    *,
    serial: int,
    finished: datetime,
) -> Outcome:
    """Close the run, and the orders whose last open row it has written."""
    total = sum(len(rows.decision.trainees) for rows in _carried_out(plan))
    outcome = Outcome(
        serial=serial,
        counts=dict(sorted(tally.counts.items())),
        troubles=pl.concat(tally.troubles) if tally.troubles else pl.DataFrame(),
        remaining=total - tally.counts.total(),
        interruption=interruption,
    )
    # Blocked rows and open rows of orders are no failure, and the apply is not complete (D2).
    left = any(not decision.is_carried_out for decision in plan.decisions) or any(
        order.open - tally.finished.get(order.id, BitMap()) for order in plan.orders
    )
    state: RunState = "complete" if outcome.is_whole and not left else "partial"
    ledger.record({}, serial=serial, orders=_done_orders(plan, tally))
    ledger.finish(serial, state=state, counts=outcome.counts, finished=finished)
    return outcome


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of one action that go to the LMS in one call, as ACTIONS."""

    action: Action
    several: tuple[Rows, ...]
    rows: pl.DataFrame


def _carried_out(plan: Plan) -> Iterator[Rows]:
    """The rows that are written: none that a guard holds (G4)."""
    return (rows for rows in plan.rows if rows.decision.is_carried_out)


def _batches(plan: Plan, size: int) -> Iterator[_Batch]:
    for action in SEQUENCE:
        several = tuple(rows for rows in _carried_out(plan) if rows.decision.action is action)
        frame = actions(several, plan.world.index)
        for part in frame.iter_slices(size):
            yield _Batch(action, several, part)


def _write(
    batch: _Batch,
    lms: Lms,
    ledger: Ledger,
    tally: _Tally,
    known: Known,
    *,
    marks: Marked,
    serial: int,
) -> None:
    call = {
        Action.ASSIGN: lms.assign,
        Action.RESTART: lms.reassign,
        Action.RETAKE: lms.reassign,
        Action.RESCHEDULE: lms.reschedule,
        Action.REMOVE: lms.remove,
    }[batch.action]
    parts = [
        (batch.several[int(number)].decision, part)
        for (number,), part in batch.rows.partition_by("decision", as_dict=True).items()
    ]
    sent = [_intent(d, positions_of(part["position"].to_numpy())) for d, part in parts]
    ledger.intend(sent, serial=serial)
    outcomes = call(_writes(batch))
    tally.counts.update(dict(outcomes["result"].cast(pl.String).value_counts().iter_rows()))
    troubled = outcomes.filter(~pl.col("result").is_in(["done", "already"]))
    if len(troubled):
        tally.troubles.append(troubled)
    done, unknown = (
        outcomes.filter(pl.col("result") == pl.lit(result, dtype=RESULT))
        for result in ("done", "unknown")
    )
    changes: dict[SetKey, SetChange] = {}
    for decision, part in parts:
        if open_ := _those(decision, part, unknown):
            tally.unsettled.append(_intent(decision, open_))
        who = _those(decision, part, done)
        unmarked = finished(decision, who, marks)
        for key, change in {**consequences(decision, who, known), **unmarked}.items():
            changes[key] = changes.get(key, SetChange()).then(change)
        for cause in decision.causes:
            tally.finished[cause] = tally.finished.get(cause, BitMap()) | who
    ledger.record(changes, serial=serial, unsettled=tally.unsettled)


def _intent(decision: Decision, trainees: BitMap) -> Intent:
    return Intent(
        content=decision.content,
        action=_named(decision),
        causes=decision.causes,
        trainees=trainees,
        assigned=decision.assigned,
    )


def _named(decision: Decision) -> str:
    """An action as its intent names it: with its effect where settling depends on that."""
    withdrawn = decision.effect == WITHDRAWN
    return f"{decision.action.value} {WITHDRAWN}" if withdrawn else decision.action.value


def _those(decision: Decision, part: pl.DataFrame, outcomes: pl.DataFrame) -> BitMap:
    """Which trainees of one decision are among some outcomes."""
    mine = outcomes.filter(pl.col("content") == decision.content)
    return positions_of(part.join(mine, on="trainee", how="semi")["position"].to_numpy())


def _writes(batch: _Batch) -> pl.DataFrame:
    """What the LMS is asked; what takes work away holds only while the status is as seen (A12)."""
    decisions = [rows.decision for rows in batch.several]
    said = pl.DataFrame(
        {
            "status": [one.status for one in decisions],
            "courses": [one.courses for one in decisions],
            "resets": [one.resets for one in decisions],
            "credit_after": [one.credit_after for one in decisions],
            "credit_current": [one.credit_current or None for one in decisions],
        },
        schema={name: WRITES.schema[name] for name in SAID},
    )
    return WRITES.cast(batch.rows.hstack(said[batch.rows["decision"]]))


def _done_orders(plan: Plan, tally: _Tally) -> list[OrderRecord]:
    """The orders whose last open row this run has written (M4)."""
    return [
        replace(order.record, state="done")
        for order in plan.orders
        if order.record.state == "open" and not order.open - tally.finished.get(order.id, BitMap())
    ]
