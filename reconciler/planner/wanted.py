"""Whom each automation has in its audience, in its baseline, and therefore wants (A2 to A6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap

from reconciler.documents.scalars import ends
from reconciler.planner.audience import Verdict, cautious_verdict, verdict
from reconciler.planner.barriers import barriers
from reconciler.planner.bonds import bound
from reconciler.planner.due import DueSource
from reconciler.planner.lifecycle import Rule, moves_of
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import shared_out, union, without
from reconciler.planner.world import Moment, World
from reconciler.policy.model import Exemption
from reconciler.policy.source import Policies
from reconciler.policy.target import clause_of
from reconciler.records import LedgerState, gathered


@dataclass(frozen=True, slots=True)
class Standing:
    """One automation as it stands in a plan.

    Attributes:
        rule: The automation and its record.
        verdict: Who matches, of the roster's rows, whatever their activity.
        leavers: Of the active and inactive, whom A4 and A12 see as out of the target.
        started: The effective start after this plan (A3); None for none.
        baseline: The baseline after this plan; empty for future-and-existing.
        exempt: Who is exempt from the content or from the automation (M6).
        wants: Audience less baseline less exempt, whatever window and pause (A2).
        late: Who is a late row (A3d).
        bound: From whom a removal took the content; not wanted until freed (M3).
        waiting: Of these, whom it would want.
    """

    rule: Rule
    verdict: Verdict
    leavers: BitMap
    started: datetime | None
    baseline: BitMap
    exempt: BitMap
    wants: BitMap
    late: BitMap
    bound: BitMap
    waiting: BitMap

    @property
    def acts(self) -> bool:
        """Whether it creates and becomes a holder in this plan (A2)."""
        return self.rule.acts


def standing(rule: Rule, world: World, exempt: BitMap) -> Standing:
    """Work out one automation's audience, baseline and wants.

    Args:
        rule: The automation beside its record.
        world: The run's trainees, enrollments and memory.
        exempt: Who is exempt from the content or the automation.
    """
    activity, today = world.index.activity, world.moment.today
    plain = verdict(rule.clause, world.index, today=today)
    cautious = cautious_verdict(rule.clause, world.index, plain, today=today)
    leavers = BitMap()
    if world.is_fit:
        outside = without(activity.active, cautious.yes, cautious.undecided)
        leavers = union((outside, activity.inactive))
    late = _late_rows(rule, plain, world)
    started, baseline = None, BitMap()
    if rule.is_future_only:
        started, baseline = _baseline(rule, cautious.maybe, leavers, late, world)
    has_begun = started is not None or not rule.is_future_only
    audience = without(plain.yes, activity.inactive, activity.unknown)
    bonds = bound(rule.id, rule.content, leavers, world)
    free = without(audience, baseline, exempt) if has_begun else BitMap()
    wants, waiting = without(free, bonds), free & bonds
    return Standing(rule, plain, leavers, started, baseline, exempt, wants, late, bonds, waiting)


def wanting_sources(
    content: str,
    standings: Iterable[Standing],
    world: World,
    also: Mapping[str, BitMap] | None = None,
) -> list[DueSource]:
    """Who gives due dates to enrollments that exist: whoever wants them, acting or not (R2).

    ``also``: by automation, to whom else it gives one (A9b).
    """
    return [
        DueSource(
            s.rule.automation.due,
            s.rule.automation.window.opens(world.moment.zone),
            union((s.wants, (also or {}).get(s.rule.id, BitMap()))),
        )
        for s in standings
        if s.rule.content == content
    ]


def prospective_baseline(rule: Rule, maybe: BitMap, world: World) -> BitMap:
    """The baseline that an effective start at this moment records (A3c, A6).

    ``maybe``: whom the target matches or leaves undecided, emptied attributes undecided (A4a).
    """
    moment = world.moment
    opens = rule.automation.window.opens(moment.zone)
    saved = world.index.hired_on_or_after(moment.day_of(opens or moment.as_of))
    return _existing(maybe, world) - saved


def _existing(maybe: BitMap, world: World) -> BitMap:
    """All active who match or are undecided, and all of unknown activity."""
    activity = world.index.activity
    return (activity.active & maybe) | activity.unknown


def _baseline(
    rule: Rule, maybe: BitMap, leavers: BitMap, late: BitMap, world: World
) -> tuple[datetime | None, BitMap]:
    """The effective start and the baseline after this plan, in the order of A4b."""
    if rule.record is None or rule.record.started is None:
        if not rule.acts or not world.is_fit:
            return None, BitMap()
        if rule.was_existing:
            return world.moment.as_of, _existing(maybe, world)
        return world.moment.as_of, prospective_baseline(rule, maybe, world)
    baseline = world.ledger.members("baseline", rule.id, rule.content)
    if rule.target_edited:
        baseline = baseline | _joining(rule, maybe, world)
    if rule.automation.late_rows == "existing":
        baseline = baseline | late
    return rule.record.started, without(baseline, leavers)


def _joining(rule: Rule, maybe: BitMap, world: World) -> BitMap:
    """Whom an edited target makes existing (A5)."""
    index, moment = world.index, world.moment
    before = verdict(rule.old_clause(index.attributes, world.aliases), index, today=moment.today)
    joining = ((index.activity.active & maybe) - before.yes) | index.activity.unknown
    given = world.ledger.members("gave", rule.id, rule.content)
    previous = moment.day_of(_previous_apply(rule, world.ledger))
    return joining - index.hired_on_or_after(previous) - given


def _previous_apply(rule: Rule, ledger: LedgerState) -> datetime:
    assert rule.record is not None
    if rule.record.state == "live" and ledger.last_as_of is not None:
        return ledger.last_as_of
    return rule.record.present


def _late_rows(rule: Rule, plain: Verdict, world: World) -> BitMap:
    """Who is first seen now, was hired before the effective start, and matches or may (A3d)."""
    if not rule.is_future_only or rule.record is None or rule.record.started is None:
        return BitMap()
    index = world.index
    if index.newcomers.is_empty():
        return BitMap()
    first_seen = BitMap(range(index.size - len(index.newcomers), index.size))
    later = index.hired_on_or_after(world.moment.day_of(rule.record.started))
    return (first_seen & index.activity.active & plain.maybe) & (index.hire_known - later)


def exempt_by_source(policies: Policies, world: World) -> dict[str, BitMap]:
    """Who is exempt today, by content or automation (M6, M6a); expired exemptions left out."""
    moves = moves_of(policies)
    return gathered(
        (moves.get(one.from_, one.from_), covered(one, policies, world))
        for one in policies.exemptions.values()
        if not is_expired(one, world.moment)
    )


def covered(exemption: Exemption, policies: Policies, world: World) -> BitMap:
    """Whom an exemption decidedly matches, whatever their activity (M6a)."""
    clause = clause_of(exemption.target, policies.groups, world.aliases)
    return verdict(clause, world.index, today=world.moment.today).yes


def is_expired(exemption: Exemption, moment: Moment) -> bool:
    return exemption.until is not None and ends(exemption.until, moment.zone) <= moment.as_of


def reasons_of(
    one: Standing, respected: BitMap, again: BitMap, world: World
) -> dict[Reason, BitMap]:
    """Why each trainee whom an automation matches or leaves undecided does or does not get it.

    Args:
        one: The automation.
        respected: From whom somebody removed the content, which an automation respects (A13).
        again: Whose enrollment it has start over in this plan (A10, A11).
        world: The run's trainees, enrollments and memory.

    Returns:
        Reason code to trainees, over the rows of the roster (D4, P5a).
    """
    index, rule = world.index, one.rule
    everyone, nobody = index.roster, BitMap()
    return shared_out(
        one.verdict.maybe,
        (
            (Reason.INACTIVE, index.activity.inactive),
            (Reason.ACTIVITY_UNKNOWN, index.activity.unknown),
            (Reason.UNDECIDED, one.verdict.undecided),
            (Reason.REASSIGNED, again),
            (Reason.SATISFIED, world.holdings.of(rule.content).enrolled),
            (Reason.EXEMPT, one.exempt),
            (Reason.REMOVED, one.bound),
            (Reason.RESPECTED, respected),
            (Reason.PAUSED, everyone if rule.automation.paused else nobody),
            (Reason.CLOSED, nobody if rule.is_open else everyone),
            (Reason.BASELINE, one.baseline),
            *barriers(rule.content, rule.automation.due, world),
        ),
        Reason.ASSIGNED,
    )
