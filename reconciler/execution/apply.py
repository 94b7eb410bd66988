"""Carries out a plan: the ledger first (D8), then the LMS in batches, each remembered at once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl
from pyroaring import BitMap

from reconciler.errors import (
    HeldByGuard,
    LeaseLost,
    LmsUnfit,
    ReconcilerError,
    RosterUnfit,
    StalePlan,
)
from reconciler.execution.batches import (
    Batch,
    Fate,
    batches,
    fates,
    parts_of,
    told_of,
    troubles,
    writes,
)
from reconciler.execution.mandate import Mandate, new_run
from reconciler.execution.memory import Memory, memory_of
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.run import Answer, RunState, Sent
from reconciler.lms.contract import Lms
from reconciler.planner.actions import Action, Decision
from reconciler.planner.consequences import Known, consequences
from reconciler.planner.plan import Plan
from reconciler.planner.unfinished import Marked, finished, marked
from reconciler.records import OrderRecord, SetChange, SetKey

# Additions before what takes away: a run that is cut off has rather given than taken.
SEQUENCE = (Action.ASSIGN, Action.RESTART, Action.RETAKE, Action.RESCHEDULE, Action.REMOVE)

FAILURES = ("failed", "refused", "unknown")
MOST_FAILURES, FEWEST_TRIED = 0.2, 50
"""A run stops when more than this share of its rows has failed, once so many were tried."""

Clock = Callable[[], datetime]
Advance = Callable[[int], None]
"""Told how many rows were written, for people who wait."""
Stop = Callable[[], str | None]
"""Asked whether to stop, and why."""
NOBODY = Mandate()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an apply ended.

    ``counts`` are rows by result; ``troubles`` the rows that did not end well, as OUTCOMES.
    ``interruption`` is why it stopped before its end; None where it did not. ``unnoted``: of the
    remaining rows, those that were sent and whose answers could not be noted. ``lost_lease``:
    somebody else has begun meanwhile, and this run could not even note its end.
    """

    serial: int
    counts: Mapping[str, int]
    troubles: pl.DataFrame
    remaining: int
    interruption: str | None = None
    unnoted: int = 0
    lost_lease: bool = False

    @property
    def is_whole(self) -> bool:
        return self.remaining == 0 and self.troubles.is_empty() and self.interruption is None


@dataclass(slots=True)
class _Tally:
    """What has happened so far."""

    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[pl.DataFrame] = field(default_factory=list)
    finished: dict[str, BitMap] = field(default_factory=dict)
    unnoted: int = 0


def check_appliable(plan: Plan, lms: Lms, *, now: datetime, expires: datetime) -> None:
    """Refuse a plan that may not be applied, before anything is written (D7).

    Raises:
        StalePlan: Its as-of is before the last applied one, in the future, or expired.
        LmsUnfit: This LMS is only read.
        RosterUnfit: The roster has failed the gate (A3).
        HeldByGuard: It does more than the guards let through (G4).
    """
    as_of, last = plan.world.moment.as_of, plan.world.ledger.latest_as_of
    zone = plan.world.moment.zone

    def told(instant: datetime) -> str:
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone})"

    if not lms.capabilities.writes:
        raise LmsUnfit(
            "This LMS is read from an export and cannot be written. Plan against it, and apply in "
            "a workspace whose `lms:` can be written."
        )
    if last is not None and as_of < last:
        raise StalePlan(
            f"This plan is for {told(as_of)}, and one for {told(last)} has been applied since: it "
            f"only answers 'what if'. {_later(last, now, told)}"
        )
    if as_of > now:
        raise StalePlan(
            f"This plan is for {told(as_of)}, which is in the future: it is {told(now)} here. It "
            "can be looked at, and applied from then on."
        )
    if now > expires:
        raise StalePlan(f"This plan expired at {told(expires)}. Plan again.")
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


def _later(last: datetime, now: datetime, told: Callable[[datetime], str]) -> str:
    """The way out of a plan that is too old: to plan again, or to look at the clock."""
    if now >= last:
        return "Plan again without --as-of."
    return (
        f"It is {told(now)} here: was the clock of this machine set back? Set it right, or wait "
        "until then; nothing was written."
    )


def apply(
    plan: Plan,
    lms: Lms,
    ledger: Ledger,
    *,
    clock: Clock,
    advance: Advance = lambda _: None,
    stop: Stop = lambda: None,
    mandate: Mandate = NOBODY,
) -> Outcome:
    """Do exactly what a plan says.

    Args:
        plan: Computed from what ``lms`` and ``ledger`` hold now.
        lms: Where enrollments are written.
        ledger: Where it is remembered: what was decided before, what was done after.
        clock: For when things happened; nothing is decided by it.
        advance: Called after each batch with its number of rows.
        stop: Asked before each batch; why to stop, or None.
        mandate: By whom, and under which lease.

    Raises:
        Overtaken: The ledger is not as the plan read it. Nothing was written.
        LeaseLost: So has another, under a lease of its own. Nothing was written.
    """
    serial = ledger.begin(plan.changes, plan.sighting, new_run(plan, mandate, started=clock()))
    tally, interruption = _Tally(), None
    marks = marked(plan.world.ledger, plan.sighting.marks)
    learning = _Learning(plan.known, marks, memory_of(plan))
    held = _of_plan(mandate.enrollments, plan)
    try:
        for batch in batches(plan, lms.capabilities.batch_size, SEQUENCE):
            interruption = stop() or _too_many_failures(tally)
            if interruption:
                break
            _write(batch, lms, ledger, tally, learning, held=held, serial=serial, clock=clock)
            advance(len(batch.rows))
    except (ReconcilerError, KeyboardInterrupt) as failure:
        interruption = _told(failure)
        if isinstance(failure, LeaseLost):
            return replace(_outcome(plan, tally, interruption, serial=serial), lost_lease=True)
    return _end(plan, ledger, tally, interruption, serial=serial, finished=clock())


def _told(failure: BaseException) -> str:
    return str(failure) or "interrupted"


def _of_plan(held: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Of the enrollments that the plan saw, those in contents where it changes some."""
    decisions = (rows.decision for rows in plan.carried_out)
    changed = {one.content for one in decisions if one.action is not Action.ASSIGN}
    contents = pl.col("content").cast(pl.String)
    return held.filter(contents.is_in(sorted(changed))).with_columns(contents)


def _too_many_failures(tally: _Tally) -> str | None:
    """Why a run that mostly fails goes no further."""
    tried = tally.counts.total()
    failed = sum(tally.counts[result] for result in FAILURES)
    if tried < FEWEST_TRIED or failed <= MOST_FAILURES * tried:
        return None
    return (
        f"{failed:,} of {tried:,} rows failed, more than {MOST_FAILURES:.0%}; look into the LMS "
        "before more is tried"
    )


def _outcome(plan: Plan, tally: _Tally, interruption: str | None, *, serial: int) -> Outcome:
    total = sum(len(rows.decision.trainees) for rows in plan.carried_out)
    return Outcome(
        serial=serial,
        counts=dict(sorted(tally.counts.items())),
        troubles=pl.concat(tally.troubles) if tally.troubles else pl.DataFrame(),
        remaining=total - tally.counts.total(),
        interruption=interruption,
        unnoted=tally.unnoted,
    )


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
    outcome = _outcome(plan, tally, interruption, serial=serial)
    # Blocked rows and open rows of orders are no failure, and the apply is not complete (D2).
    left = any(not decision.is_carried_out for decision in plan.decisions) or any(
        order.open - tally.finished.get(order.id, BitMap()) for order in plan.orders
    )
    state: RunState = "complete" if outcome.is_whole and not left else "partial"
    try:
        ledger.record({}, serial=serial, orders=_done_orders(plan, tally))
        ledger.finish(serial, state=state, counts=outcome.counts, finished=finished)
    except (ReconcilerError, KeyboardInterrupt) as failure:
        # What was written stays written; the next plan settles what could not be noted.
        return replace(outcome, interruption=interruption or _told(failure))
    return outcome


@dataclass(frozen=True, slots=True)
class _Learning:
    """What the ledger learns of a write that was done, and knew before."""

    known: Known
    marks: Marked
    memory: Memory

    def of(self, decision: Decision, done: BitMap) -> Mapping[SetKey, SetChange]:
        learned = consequences(decision, done, self.known)
        return {**learned, **finished(decision, done, self.marks)}


def _write(
    batch: Batch,
    lms: Lms,
    ledger: Ledger,
    tally: _Tally,
    learning: _Learning,
    *,
    held: pl.DataFrame,
    serial: int,
    clock: Clock,
) -> None:
    call = {
        Action.ASSIGN: lms.assign,
        Action.RESTART: lms.reassign,
        Action.RETAKE: lms.reassign,
        Action.RESCHEDULE: lms.reschedule,
        Action.REMOVE: lms.remove,
    }[batch.action]
    parts = parts_of(batch, held, learning.memory)
    last = batch.first + len(batch.rows) - 1
    sent = Sent(intents=tuple(p.intent for p in parts), first=batch.first, last=last, at=clock())
    entry = ledger.intend(sent, serial=serial)
    several = fates(batch, parts, call(writes(batch)))
    counts = _counts(several)
    changes: dict[SetKey, SetChange] = {}
    for part, fate in zip(parts, several, strict=True):
        for key, change in learning.of(part.decision, fate.done).items():
            changes[key] = changes.get(key, SetChange()).then(change)
    answer = Answer(entry=entry, counts=counts, troubles=troubles(several), at=clock())
    # What cannot be noted counts as not done: the next run looks for it in the LMS (D8a).
    tally.unnoted = len(batch.rows)
    ledger.record(changes, serial=serial, answer=answer)
    tally.unnoted = 0
    for part, fate in zip(parts, several, strict=True):
        for cause in part.decision.causes:
            tally.finished[cause] = tally.finished.get(cause, BitMap()) | fate.done
    tally.counts.update(counts)
    tally.troubles.append(told_of(batch, several))


def _counts(several: list[Fate]) -> Counter[str]:
    counts = Counter({"done": sum(len(fate.done) for fate in several)})
    for fate in several:
        for (result, _), who in fate.others.items():
            counts[result] += len(who)
    return +counts


def _done_orders(plan: Plan, tally: _Tally) -> list[OrderRecord]:
    """The orders whose last open row this run has written (M4)."""
    return [
        replace(order.record, state="done")
        for order in plan.orders
        if order.record.state == "open" and not order.open - tally.finished.get(order.id, BitMap())
    ]
