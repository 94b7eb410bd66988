"""What becomes of each row of a run that is undone: its inverse, or why it is left (U)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.planner.actions import WITHDRAWN, Action, Decision, incapable
from reconciler.planner.barriers import barriers
from reconciler.planner.credit import credited, gives_credit
from reconciler.planner.due import NO_INSTANT, not_past
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import Instants, alike, numbers_of, positions_of, union
from reconciler.planner.wanted import Standing
from reconciler.planner.world import World
from reconciler.records import UNDO, Deed, PastRun

RETURNED, MOVED_BACK = "returned", "moved back"
"""The effects of an assignment that gives back what a run took, and of its due dates."""


class Kept(StrEnum):
    """Why a row of a run is not undone. The members stand in the order in which they apply."""

    LOST = "progress is lost"
    NO_CONTENT = "content is gone"
    GONE = "gone since"
    BACK = "given again since"
    COMPLETED = "completed"
    CHANGED = "changed since"
    STARTED = "started since"
    HELD = "held by another rule"
    PASSED = "date has passed"
    COURSES = "courses are not known"
    INACTIVE = "inactive"
    ACTIVITY_UNKNOWN = "activity unknown"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Rows of a run that are left as they are. ``action`` is what the run did."""

    content: str
    action: str
    kept: Kept
    trainees: BitMap


@dataclass(frozen=True, slots=True)
class Part:
    """What undoes some rows. ``due`` is in the order of positions; one NaT where none is written.

    ``poorer`` get back less than they had, without their progress; ``later`` a later due date.
    """

    decision: Decision
    due: Instants
    poorer: BitMap = field(default_factory=BitMap)
    later: BitMap = field(default_factory=BitMap)


@dataclass(frozen=True, slots=True)
class Again:
    """What the next plan would do by one rule with enrollments that are undone here."""

    rule: str
    content: str
    action: Action
    trainees: BitMap


@dataclass(frozen=True, slots=True)
class Undoing:
    """What becomes of a run's rows.

    Attributes:
        run: The run.
        left: What is not undone, and why.
        poorer: By content, who gets back less than the run took: progress does not come back.
        later: By content, who gets a later due date than the one that the run took.
        again: What the policies of now would do with what is undone, in the next plan.
    """

    run: PastRun
    left: tuple[LeftAlone, ...]
    poorer: Mapping[str, BitMap]
    later: Mapping[str, BitMap]
    again: tuple[Again, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the inverse of a row depends on beside the row. ``exempt`` is by content."""

    run: PastRun
    world: World
    standings: Sequence[Standing]
    exempt: Mapping[str, BitMap]

    def causes(self, deed: Deed) -> tuple[str, ...]:
        """Those of the deed, and the undo itself."""
        rules = (cause for cause in deed.causes if not cause.startswith(UNDO))
        return tuple(sorted({*rules, f"{UNDO}{self.run.serial}"}))


class _Rows:
    """The rows of a deed by position."""

    def __init__(self, deed: Deed) -> None:
        self._frame = deed.rows
        self._numbers: NDArray[np.uint32] = deed.rows["number"].to_numpy()
        self.who = positions_of(self._numbers)

    def instants(self, column: str, who: BitMap) -> Instants:
        """``due``, or what was held before, of some of them in the order of positions."""
        places = np.searchsorted(self._numbers, numbers_of(who))
        column_ = self._frame[column].dt.replace_time_zone(None).to_numpy()
        return column_.astype("datetime64[s]")[places]

    def with_status(self, status: str) -> BitMap:
        mine = self._frame.filter(pl.col("held_status") == status)
        return positions_of(mine["number"].to_numpy())


Checks = list[tuple[Kept, BitMap]]
"""Who is left as they are; each of those whom no earlier check took."""
Undo = Callable[[BitMap], Iterator[Part]]
"""What undoes the rows of all others."""


def inverse(deed: Deed, around: Surroundings) -> Iterator[Part | LeftAlone]:
    """Share out the rows of a deed between what undoes them and what is left as it is."""
    rows = _Rows(deed)
    checks, undo = _inverse(deed, rows, around)
    rest = rows.who
    for kept, who in checks:
        if share := rest & who:
            yield LeftAlone(deed.content, deed.action, kept, share)
            rest = rest - share
    if rest:
        yield from undo(rest)


def _inverse(deed: Deed, rows: _Rows, around: Surroundings) -> tuple[Checks, Undo]:
    if deed.content not in around.world.catalog:
        return [(Kept.NO_CONTENT, rows.who)], _nothing
    match Action(deed.action):
        case Action.ASSIGN:
            return _assigned(deed, rows, around)
        case Action.RETAKE:
            return _retaken(deed, rows, around)
        case Action.RESTART:
            return [(Kept.LOST, rows.who)], _nothing
        case Action.RESCHEDULE:
            return _moved(deed, rows, around)
        case Action.REMOVE if deed.effect == WITHDRAWN:
            return _withdrawn(deed, rows, around)
        case Action.REMOVE:
            return _removed(deed, rows, around)


def _nothing(_: BitMap) -> Iterator[Part]:
    return iter(())


def _assigned(deed: Deed, rows: _Rows, around: Surroundings) -> tuple[Checks, Undo]:
    """What was given is taken away where nobody has done anything with it since (U2)."""
    world, content = around.world, deed.content
    held, ever = world.holdings.of(content), world.holdings.ever_completed(content)

    def undo(who: BitMap) -> Iterator[Part]:
        yield _taken(deed, who, around, effect="not_started", status="not_started")

    return [
        (Kept.GONE, rows.who - held.enrolled),
        (Kept.COMPLETED, held.completed),
        (Kept.CHANGED, _changed(deed, rows, around) | ever),
        (Kept.STARTED, held.in_progress),
        (Kept.HELD, _held_since(deed, around.run, world)),
    ], undo


def _retaken(deed: Deed, rows: _Rows, around: Surroundings) -> tuple[Checks, Undo]:
    """A retake that nobody has begun is withdrawn: the last completion is there again (U5, D3)."""
    world, content = around.world, deed.content
    held, ever = world.holdings.of(content), world.holdings.ever_completed(content)
    begun = held.in_progress
    if deed.effect == "courses" and deed.assigned is not None:
        # A module is in progress by its other courses as well (R0b).
        begun = world.progress.begun_since(content, deed.assigned)

    def undo(who: BitMap) -> Iterator[Part]:
        for status, having in (
            ("not_started", held.not_started),
            ("in_progress", held.in_progress),
        ):
            if share := who & having:
                yield _taken(deed, share, around, effect=WITHDRAWN, status=status)

    return [
        (Kept.GONE, rows.who - held.enrolled),
        (Kept.COMPLETED, held.completed),
        (Kept.CHANGED, _changed(deed, rows, around) | (rows.who - ever)),
        (Kept.STARTED, begun),
    ], undo


def _taken(deed: Deed, who: BitMap, around: Surroundings, *, effect: str, status: str) -> Part:
    taken = Decision(deed.content, Action.REMOVE, effect, around.causes(deed), who, status=status)
    unable = incapable(around.world.capabilities, taken.action, deed.content, effect=effect)
    return Part(
        replace(taken, blocked=Reason.NOT_CAPABLE) if unable else taken, np.array([NO_INSTANT])
    )


def _moved(deed: Deed, rows: _Rows, around: Surroundings) -> tuple[Checks, Undo]:
    """A due date is moved back, if it is still the one that the run wrote (U4)."""
    world, content = around.world, deed.content
    held = world.holdings.of(content)

    def back(who: BitMap) -> Instants:
        return not_past(rows.instants("held_due", who), who, world)

    def undo(who: BitMap) -> Iterator[Part]:
        moved = Decision(content, Action.RESCHEDULE, MOVED_BACK, around.causes(deed), who)
        if incapable(world.capabilities, moved.action, content):
            moved = replace(moved, blocked=Reason.NOT_CAPABLE)
        due = back(who)
        yield Part(moved, due, later=_where(who, due > rows.instants("held_due", who)))

    # The old date has passed, and the earliest that may be written is no earlier than that of now.
    late = back(rows.who)
    passed = (late > rows.instants("held_due", rows.who)) & (late >= rows.instants("due", rows.who))
    return [
        (Kept.GONE, rows.who - held.enrolled),
        (Kept.COMPLETED, held.completed),
        (Kept.CHANGED, _changed(deed, rows, around)),
        (Kept.PASSED, _where(rows.who, passed)),
    ], undo


def _withdrawn(deed: Deed, rows: _Rows, around: Surroundings) -> tuple[Checks, Undo]:
    """A retake that the run has ended is given again, where it is known what it was (U6)."""
    world, content = around.world, deed.content
    held = world.holdings.of(content)
    parts = rows.with_status("in_progress") if world.catalog[content].is_module else BitMap()

    def undo(who: BitMap) -> Iterator[Part]:
        as_of = world.moment.as_of
        again = Decision(
            content, Action.RETAKE, "whole", around.causes(deed), who, as_of, status="completed"
        )
        if incapable(world.capabilities, again.action, content, effect=again.effect):
            again = replace(again, blocked=Reason.NOT_CAPABLE)
        yield _given(again, rows, world)

    completed = rows.who & held.completed
    now = world.holdings.instants(content, "completed", completed)
    then, precision = rows.instants("held_completed", completed), world.capabilities.precision
    completed = _where(completed, alike(now, then, precision))
    return [
        (Kept.GONE, rows.who - held.enrolled),
        (Kept.CHANGED, (rows.who - completed) | _later(deed, around)),
        (Kept.COURSES, parts),
        *_kept_from(content, around),
    ], undo


def _removed(deed: Deed, rows: _Rows, around: Surroundings) -> tuple[Checks, Undo]:
    """What was taken is given again, without what was done in it (U3)."""
    world, content = around.world, deed.content

    def undo(who: BitMap) -> Iterator[Part]:
        as_of = world.moment.as_of
        again = Decision(content, Action.ASSIGN, RETURNED, around.causes(deed), who, as_of)
        for reason, kept in barriers(content, None, world):
            if barred := who & kept:
                yield _given(replace(again, trainees=barred, blocked=reason), rows, world)
                who = who - barred
        again = replace(again, trainees=who)
        if not who:
            return
        if not gives_credit(content, world):
            yield _given(again, rows, world)
            return
        mine = [one for one in around.standings if one.rule.content == content]
        for one in credited(again, mine, world):
            yield _given(one, rows, world)

    return [
        (Kept.BACK, world.holdings.of(content).enrolled),
        (Kept.CHANGED, _later(deed, around)),
        *_kept_from(content, around),
    ], undo


def _given(decision: Decision, rows: _Rows, world: World) -> Part:
    """With the due date of before, where that may still be written."""
    who = decision.trainees
    before = rows.instants("held_due", who)
    due = not_past(before, who, world)
    poorer = rows.with_status("in_progress") & who
    return Part(decision, due, poorer=poorer, later=_where(who, due > before))


def _kept_from(content: str, around: Surroundings) -> Checks:
    """To whom nothing is given (P5, M6)."""
    activity = around.world.index.activity
    return [
        (Kept.INACTIVE, activity.inactive),
        (Kept.ACTIVITY_UNKNOWN, activity.unknown),
        (Kept.EXEMPT, around.exempt.get(content, BitMap())),
    ]


def _changed(deed: Deed, rows: _Rows, around: Surroundings) -> BitMap:
    """Whose enrollment is not the one that the run left, or of which nobody knows the status."""
    world = around.world
    held = world.holdings.of(deed.content)
    same = rows.who & held.enrolled
    if deed.assigned is None:
        assigned = rows.instants("held_assigned", same)
    else:
        assigned = np.array(deed.assigned.replace(tzinfo=None), dtype="datetime64[s]")
    precision = world.capabilities.precision
    now = world.holdings.instants(deed.content, "assigned", same)
    # An LMS that does not tell when it was assigned is not told otherwise.
    untold = np.isnat(now)
    same = _where(same, untold | alike(now, assigned, precision))
    now = world.holdings.instants(deed.content, "due", same)
    same = _where(same, alike(now, rows.instants("due", same), precision))
    return (rows.who - same) | held.unknown | _later(deed, around)


def _later(deed: Deed, around: Surroundings) -> BitMap:
    return around.run.later.get(deed.content, BitMap())


def _held_since(deed: Deed, run: PastRun, world: World) -> BitMap:
    """Whose enrollment some rule has found there since, and counts on (A7, A8b)."""
    nobody = BitMap()
    return union(
        members - run.remembered.get(key, nobody) - run.restored.get(key, nobody)
        for key, members in world.ledger.sets.items()
        if (key.kind, key.content) == ("held", deed.content)
    )


def _where(who: BitMap, mask: NDArray[np.bool_]) -> BitMap:
    return positions_of(numbers_of(who)[mask])
