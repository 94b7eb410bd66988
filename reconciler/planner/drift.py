"""What others have changed in the LMS since the last apply, and what becomes of it (A13e-A13h)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pyroaring import BitMap

from reconciler.planner.actions import Action, Decision
from reconciler.planner.due import differing
from reconciler.planner.left import Remains, chosen_of, left, seen_in
from reconciler.planner.plan import Plan
from reconciler.planner.sets import Instants, shared_out, union
from reconciler.records import LastApply, Seen, Written


class DriftClass(StrEnum):
    """A class of drift (A13f)."""

    MISSING = "missing"
    EXTRA = "extra"
    DUE = "changed due date"
    REOPENED = "reopened"


class Prospect(StrEnum):
    """What the next plan does about it (A13h)."""

    GIVEN = "given back"
    TAKEN = "taken away"
    AGAIN = "taken again"
    MOVED = "moved"
    WAITS = "held"
    BLOCKED = "blocked"
    RESPECTED = "respected"
    COUNTS = "counts"
    LEFT = "left"


PROSPECTS = {
    Action.ASSIGN: Prospect.GIVEN,
    Action.RESTART: Prospect.AGAIN,
    Action.RETAKE: Prospect.AGAIN,
    Action.RESCHEDULE: Prospect.MOVED,
    Action.REMOVE: Prospect.TAKEN,
}


@dataclass(frozen=True, slots=True)
class Drifted:
    """One class of drift in one content.

    Attributes:
        change: The class.
        content: Its id.
        trainees: Whose enrollment.
        given: Of them, who has or had it from the reconciler.
        prospects: What the next plan does, for whom; together all of them.
        before: For due dates: what they were, in the order of positions.
        now: What they are.
    """

    change: DriftClass
    content: str
    trainees: BitMap
    given: BitMap
    prospects: Mapping[Prospect, BitMap]
    before: Instants | None = None
    now: Instants | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """All that others have changed.

    ``unseen`` are contents that the last apply did not look at, ``newcomers`` how many enrollments
    there are by content of people whom it did not know: nobody knows what they were (A13g).
    """

    findings: tuple[Drifted, ...]
    unseen: tuple[str, ...]
    newcomers: Mapping[str, int]

    @property
    def by(self) -> dict[str, int]:
        """How many enrollments, by class; only those of which there are some."""
        told: dict[str, int] = {}
        for one in self.findings:
            told[one.change.value] = told.get(one.change.value, 0) + len(one.trainees)
        return told


def drift(plan: Plan, last: LastApply) -> Drift:
    """Compare what the LMS shows a plan with what the last apply has left there.

    Args:
        plan: Made after that apply.
        last: What it saw and sent.
    """
    world = plan.world
    known = BitMap(range(len(world.ledger.trainees)))
    contents = world.holdings.contents
    sent: dict[str, list[Written]] = {}
    for one in last.written:
        sent.setdefault(one.intent.content, []).append(one)
    remembered = [content for content in contents if content in last.seen]
    before = {one: left(last.seen[one], sent.get(one, ()), world) for one in remembered}
    now = seen_in(world)
    found = (
        finding
        for content, was in before.items()
        for finding in (
            *_changes(content, was, known, plan),
            *_moved(content, was, now[content], plan),
        )
    )
    return Drift(
        findings=tuple(sorted(found, key=_place)),
        unseen=tuple(content for content in contents if content not in last.seen),
        newcomers={one: len(world.holdings.of(one).enrolled - known) for one in remembered},
    )


def _place(finding: Drifted) -> tuple[int, str]:
    return list(DriftClass).index(finding.change), finding.content


def _changes(content: str, was: Remains, known: BitMap, plan: Plan) -> Iterator[Drifted]:
    held = plan.world.holdings.of(content)
    sets = {
        DriftClass.MISSING: was.enrolled - held.enrolled,
        DriftClass.EXTRA: (held.enrolled & known) - was.enrolled,
        DriftClass.REOPENED: was.completed & held.open,
    }
    for change, who in sets.items():
        if who:
            yield Drifted(change, content, who, *_becomes(change, content, who, plan))


def _moved(content: str, was: Remains, now: Seen, plan: Plan) -> Iterator[Drifted]:
    """Due dates of open enrollments that are not what they were."""
    both = was.dated & now.open
    if not both or not plan.world.capabilities.due_dates:
        return
    due_before = chosen_of(was.due, was.dated, both)
    due_now = chosen_of(now.due, now.open, both)
    who = differing(both, due_before, due_now, plan.world)
    if who:
        becomes = _becomes(DriftClass.DUE, content, who, plan)
        told = (chosen_of(due, both, who) for due in (due_before, due_now))
        yield Drifted(DriftClass.DUE, content, who, *becomes, *told)


def _becomes(
    change: DriftClass, content: str, who: BitMap, plan: Plan
) -> tuple[BitMap, Mapping[Prospect, BitMap]]:
    """Who of them has or had it from the reconciler, and what the next plan does for whom."""
    shares = shared_out(who, _planned(change, content, plan), Prospect.LEFT)
    return who & plan.world.given(content), shares


def _planned(change: DriftClass, content: str, plan: Plan) -> Iterator[tuple[Prospect, BitMap]]:
    """What becomes of whom, the first that applies (A13h)."""
    mine = [one for one in plan.decisions if one.content == content]
    waits = plan.guarded.holds_all or not plan.gate.is_open
    for one in sorted(mine, key=_is_blocked):
        if one.blocked is not None:
            yield Prospect.BLOCKED, one.trainees
        elif one.held or waits:
            yield Prospect.WAITS, one.trainees
        else:
            yield PROSPECTS[one.action], one.trainees
    # An undo decides about what its run did, and about no other content.
    if change is DriftClass.MISSING and content in plan.contents:
        yield Prospect.RESPECTED, plan.contents[content].respected
    if change is DriftClass.EXTRA:
        wanting = (one for one in plan.standings if one.rule.content == content)
        yield Prospect.COUNTS, union(one.wants for one in wanting)


def _is_blocked(decision: Decision) -> bool:
    return decision.blocked is not None
