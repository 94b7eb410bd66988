"""What rules will say about one trainee later, if nothing changes but the time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pyroaring import BitMap

from reconciler.planner.actions import Decision
from reconciler.planner.alone import Alone
from reconciler.planner.decisions import decide
from reconciler.planner.lifecycle import Change, Rule
from reconciler.planner.plan import Plan, record_of
from reconciler.planner.reasons import Reason
from reconciler.planner.scene import exempt_from
from reconciler.planner.wanted import Standing, exempt_by_source, reasons_of, standing
from reconciler.planner.world import Moment, World
from reconciler.policy.model import Exemption
from reconciler.records import SetKey

GIVES_NOTHING = frozenset(
    {
        Reason.INACTIVE,
        Reason.ACTIVITY_UNKNOWN,
        Reason.EXEMPT,
        Reason.REMOVED,
        Reason.RESPECTED,
        Reason.PAUSED,
        Reason.CLOSED,
        Reason.BASELINE,
    }
)
"""Reasons by which a rule leaves somebody without it, as it does who is not in its audience."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is done for one trainee about one content, and by which rule for what reason.

    Reasons to give nothing are all alike, and None.
    """

    done: tuple[object, ...] | None
    reasons: Mapping[str, Reason | None]


def outcomes(
    position: int,
    content: str,
    plan: Plan,
    exemptions: Mapping[str, Exemption],
    later: Iterable[datetime],
) -> Iterator[Outcome]:
    """The outcome now and at each of some later instants, which follow one another.

    What a rule notes of who is existing is carried on, as by an apply at each of them (A3, A4);
    enrollments stay as they are. Only one row of the roster is looked at.

    Args:
        position: The trainee.
        content: Rules for this one are asked.
        plan: Its instant is the first.
        exemptions: Those that may cover this trainee.
        later: The instants that follow.
    """
    here, zone = Alone(plan.world.index, position), plan.world.moment.zone
    world = replace(plan.world, index=here, is_fit=True)
    policies = replace(plan.policies, exemptions=exemptions)
    rules = [one.rule for one in plan.standings if one.rule.content == content]
    for at in (world.as_of, *later):
        if (moment := Moment(at, zone)) != world.moment:
            world = replace(world, moment=moment, as_of=at, index=here.later(moment.today))
        exempt = exempt_by_source(policies, world)
        now = [_at(rule, moment) for rule in rules]
        standings = [standing(rule, world, exempt_from(rule, exempt)) for rule in now]
        yield _outcome(position, content, standings, plan, world)
        rules = [_noted(one, at) for one in standings]
        world = replace(world, ledger=replace(world.ledger, sets=_sets(standings, world)))


def _at(rule: Rule, moment: Moment) -> Rule:
    return replace(rule, is_open=rule.automation.window.is_open(moment.as_of, moment.zone))


def _noted(one: Standing, at: datetime) -> Rule:
    return replace(one.rule, record=record_of(one, at), change=Change.KEPT)


def _sets(standings: Iterable[Standing], world: World) -> dict[SetKey, BitMap]:
    baselines = {SetKey("baseline", s.rule.id, s.rule.content): s.baseline for s in standings}
    return {**world.ledger.sets, **baselines}


def _outcome(
    position: int, content: str, standings: Sequence[Standing], plan: Plan, world: World
) -> Outcome:
    past = [record for record in plan.lifecycle.past if record.content == content]
    orders = [order for order in plan.orders if order.content == content]
    decided = decide(content, standings, past, orders, world)
    found: dict[str, Reason | None] = {}
    for one in standings:
        name = one.rule.id
        shares = reasons_of(one, decided.respected, decided.again_by(name), world).items()
        code = next((code for code, who in shares if position in who), None)
        found[name] = None if code in GIVES_NOTHING else code
    mine = (_done(one) for one in decided.decisions if position in one.trainees)
    return Outcome(min(mine, default=None, key=lambda done: done[0] is not None), found)


def _done(one: Decision) -> tuple[object, ...]:
    return one.blocked, one.action, one.effect, one.courses
