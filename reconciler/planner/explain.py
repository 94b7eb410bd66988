"""Why one trainee does or does not get one content: each rule's target, clause by clause."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

import numpy as np
from pyroaring import BitMap

from reconciler.errors import WrongUse, did_you_mean
from reconciler.planner.actions import Action, Decision
from reconciler.planner.alone import Alone
from reconciler.planner.audience import cautious_verdict, verdict
from reconciler.planner.bonds import removers
from reconciler.planner.due import postponed, unknown_due
from reconciler.planner.effects import automation_notes, order_notes
from reconciler.planner.exempted import exemptions_of
from reconciler.planner.holdings import STATUSES
from reconciler.planner.index import EPOCH, MISSING, Index, day_number
from reconciler.planner.leaving import leaving_notes
from reconciler.planner.outlook import Turn, in_zone, instant_of, next_turn
from reconciler.planner.plan import Plan
from reconciler.planner.progress import NOT_TAKEN
from reconciler.planner.reasons import Reason
from reconciler.planner.rows import due_sources
from reconciler.planner.wanted import Standing, covered, is_expired, prospective_baseline
from reconciler.policy.model import Exemption
from reconciler.policy.target import (
    AllOf,
    AnyOf,
    Clause,
    Employed,
    Everyone,
    Hired,
    Not,
    OneOf,
    Trainees,
)

COMPLETED = "completed"
NEIGHBORS = 2000
"""How many ids of like beginning are compared with one that nobody bears."""


@dataclass(frozen=True, slots=True)
class Node:
    """A clause for one trainee. ``is_met`` is None where it is undecided."""

    text: str
    is_met: bool | None
    value: str = ""
    parts: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What one automation or order says about one trainee.

    ``reason`` is None for who is decidedly not in the target, or has no open row in a recorded
    order; ``was_in`` tells whether that order was for them. ``baseline_to_come``: a rule that has
    not begun would find them there.
    """

    id: str
    standing: Standing | None
    tree: Node | None
    reason: Reason | None
    in_baseline: bool
    baseline_starts: bool
    baseline_to_come: bool
    exemptions: tuple[str, ...]
    notes: tuple[str, ...] = ()
    was_in: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """When that is due what a plan gives to one trainee; None where their hire date is missing.

    ``is_postponed``: the day that the rule says is over, or too near (A9).
    """

    at: datetime | None
    is_postponed: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that a plan knows about one trainee and one content.

    ``lessons`` are the courses of a module with the status of each; ``removers`` the removals that
    took the content from the trainee (M3); ``turn`` is when the answer changes by itself.
    ``courses`` are those of a module that start over, where not the whole does; ``deadline`` is
    when that is due what the plan does.
    """

    trainee: str
    content: str
    activity: str
    status: str | None
    assigned: datetime | None
    given_by: tuple[str, ...]
    answers: tuple[RuleAnswer, ...]
    decision: Decision | None
    zone: tzinfo
    completed: datetime | None = None
    due: datetime | None = None
    lessons: tuple[tuple[str, str], ...] = ()
    credited: tuple[str, ...] = ()
    removers: tuple[str, ...] = ()
    turn: Turn | None = None
    courses: tuple[str, ...] = ()
    deadline: Deadline | None = None

    @property
    def goes_on(self) -> bool:
        """Whether work in progress goes on, and only courses that were completed start over."""
        lessons, decision = dict(self.lessons), self.decision
        restarts = decision is not None and decision.action is Action.RESTART
        over = [lessons.get(one) for one in self.courses]
        return restarts and bool(over) and set(over) == {COMPLETED}


def explain(plan: Plan, trainee: str, content: str) -> Explanation:
    """Explain one trainee and one content in a plan.

    Raises:
        WrongUse: Nobody bears that id, or the LMS has no such content.
    """
    world = plan.world
    if content not in world.catalog:
        hint = did_you_mean(content, world.catalog)
        raise WrongUse(f"The LMS has no {content!r}.{hint} Write course/NAME or module/NAME.")
    position = world.index.number_of(trainee)
    if position is None:
        hint = did_you_mean(trainee, _neighbors(trainee, world.index))
        raise WrongUse(f"Neither roster nor ledger knows the trainee {trainee!r}.{hint}")
    held = world.holdings.of(content)
    status = next((name for name in STATUSES if position in getattr(held, name)), None)
    decisions = (d for d in plan.decisions if d.content == content and position in d.trainees)
    decision = min(decisions, key=lambda d: d.blocked is not None, default=None)
    return Explanation(
        trainee=trainee,
        content=content,
        activity=_activity(position, plan),
        status=status,
        assigned=instant_of("assigned", position, content, plan) if status else None,
        zone=world.moment.zone,
        completed=instant_of("completed", position, content, plan) if status else None,
        due=instant_of("due", position, content, plan) if status else None,
        lessons=tuple(_lessons(position, content, plan)) if status else (),
        credited=tuple(
            course for course, who in plan.contents[content].credit.items() if position in who
        )
        if content in plan.contents
        else (),
        removers=tuple(
            name for name, who in sorted(removers(content, world).items()) if position in who
        ),
        turn=next_turn(position, content, plan),
        given_by=tuple(_givers(position, content, plan)),
        answers=tuple(_answers(position, content, plan)),
        decision=decision,
        courses=tuple(_starting_over(decision, position, plan)) if decision else (),
        deadline=_deadline(decision, position, plan) if decision else None,
    )


def _neighbors(trainee: str, index: Index) -> list[str]:
    for length in range(len(trainee) - 1, 0, -1):
        near = index.ids.filter(index.ids.str.starts_with(trainee[:length]))
        if len(near):
            return near.head(NEIGHBORS).to_list()
    return index.ids.head(NEIGHBORS).to_list()


def _activity(position: int, plan: Plan) -> str:
    index = plan.world.index
    names = ("active", "inactive", "unknown")
    found = next(name for name in names if position in getattr(index.activity, name))
    return found if position in index.roster else f"{found}, absent from the roster"


def _lessons(position: int, content: str, plan: Plan) -> Iterator[tuple[str, str]]:
    """The courses of a module in its order, each with its status."""
    progress = plan.world.progress.of(content)
    for course in plan.world.catalog[content].courses:
        if course in progress:
            held = progress[course]
            done = COMPLETED if position in held.completed else "not started"
            yield course, "in progress" if position in held.in_progress else done


def _starting_over(decision: Decision, position: int, plan: Plan) -> Iterator[str]:
    """The chosen courses; in a module in progress those in which there is something to lose."""
    progress = plan.world.progress.of(decision.content)
    for course in decision.courses or ():
        begun = progress.get(course, NOT_TAKEN).begun(decision.resets or "both")
        if decision.action is not Action.RESTART or position in begun:
            yield course


def _deadline(decision: Decision, position: int, plan: Plan) -> Deadline | None:
    """The due date that the plan writes; none for a removal, nor where no rule says one (A9)."""
    world, at = plan.world, None
    for rows in plan.rows:
        if rows.decision is decision:
            place = int(np.searchsorted(rows.ranks, plan.people.ranks[position]))
            at = in_zone(rows.due[place if len(rows.due) > 1 else 0], world.moment.zone)
    if decision.action is not Action.ASSIGN:
        return Deadline(at) if at else None
    sources, me = due_sources(plan.standings, plan.orders, world), BitMap([position])
    mine = [sources[cause] for cause in decision.causes]
    if at is not None:
        return Deadline(at, any(postponed(source, me, world) for source in mine))
    lacking = any(unknown_due(source.due, me, world) for source in mine)
    return Deadline(None) if lacking else None


def _givers(position: int, content: str, plan: Plan) -> Iterator[str]:
    for key, members in sorted(plan.world.ledger.sets.items()):
        if key.kind == "gave" and key.content == content and position in members:
            yield key.owner


def _answers(position: int, content: str, plan: Plan) -> Iterator[RuleAnswer]:
    for one in plan.standings:
        if one.rule.content == content:
            began = one.rule.record.started if one.rule.record else None
            yield RuleAnswer(
                id=one.rule.id,
                standing=one,
                tree=tree(one.rule.clause, position, plan),
                reason=_reason(one.rule.id, position, plan),
                in_baseline=position in one.baseline,
                baseline_starts=one.started is not None and began is None,
                baseline_to_come=_is_existing_later(one, position, plan),
                exemptions=tuple(_exemptions((content, one.rule.id), position, plan)),
                notes=(
                    *automation_notes(one, position, plan),
                    *leaving_notes(one, position, plan),
                ),
            )
    for order in plan.orders:
        if order.content == content:
            yield RuleAnswer(
                id=order.id,
                standing=None,
                tree=tree(order.clause, position, plan) if order.clause else None,
                reason=_reason(order.id, position, plan),
                in_baseline=False,
                baseline_starts=False,
                baseline_to_come=False,
                exemptions=tuple(_exemptions((content,), position, plan)),
                notes=tuple(order_notes(order, position, plan)),
                was_in=position in order.audience,
            )


def _is_existing_later(one: Standing, position: int, plan: Plan) -> bool:
    """Whether a rule that has not begun would find somebody there, if it began now (A6a)."""
    world, rule = plan.world, one.rule
    if not rule.is_future_only or one.started is not None:
        return False
    closes = rule.automation.window.closes(world.moment.zone)
    if closes is not None and closes <= world.moment.as_of:
        return False
    plain = one.verdict
    found = cautious_verdict(rule.clause, world.index, plain, today=world.moment.today)
    return position in found.maybe & prospective_baseline(rule, found.maybe, world)


def _reason(owner: str, position: int, plan: Plan) -> Reason | None:
    shares = plan.reasons[owner].items()
    return next((code for code, who in shares if position in who), None)


def _exemptions(sources: tuple[str, ...], position: int, plan: Plan) -> Iterator[str]:
    policies, one = plan.policies, Alone(plan.world.index, position)
    world = replace(plan.world, index=one)
    for name, exemption in exemptions_of(one, sources, policies, world).items():
        if is_expired(exemption, world.moment):
            continue
        if position in covered(exemption, policies, world):
            yield _exempted(name, exemption)


def _exempted(name: str, exemption: Exemption) -> str:
    until = f", until {exemption.until.isoformat()}" if exemption.until else ""
    return f"{name} ({exemption.reason}{until})"


def tree(clause: Clause, position: int, plan: Plan) -> Node:
    """Each clause of a target for one trainee: met, not met or undecided, and the value found."""
    index, today = plan.world.index, plan.world.moment.today
    found = verdict(clause, index, today=today)
    is_met = True if position in found.yes else False if position in found.no else None
    match clause:
        case AllOf(parts):
            return Node("all of", is_met, "", tuple(tree(part, position, plan) for part in parts))
        case AnyOf(parts):
            return Node("any of", is_met, "", tuple(tree(part, position, plan) for part in parts))
        case Not(part):
            return Node("not", is_met, "", (tree(part, position, plan),))
        case OneOf(attribute, values):
            borne = ", ".join(index.values_of(position, attribute)) or "nothing"
            return Node(f"{attribute} is {' or '.join(values)}", is_met, borne)
        case Hired(comparison, day):
            return Node(f"hire_date {comparison} {day}", is_met, _hired(position, index))
        case Employed(comparison, duration):
            return Node(f"tenure {comparison} {duration}", is_met, _tenure(position, index, today))
        case Trainees(ids):
            return Node(f"one of {len(ids)} named trainees", is_met, index.ids[position])
        case Everyone():
            return Node("everyone", is_met)


def _hired(position: int, index: Index) -> str:
    day = int(index.hired[position])
    return "no hire date" if day == MISSING else str(date.fromordinal(EPOCH.toordinal() + day))


def _tenure(position: int, index: Index, today: date) -> str:
    day = int(index.hired[position])
    if day == MISSING:
        return "no hire date"
    days = day_number(today) - day
    return f"hired {_hired(position, index)}, {days:,} days"
