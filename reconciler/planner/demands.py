"""Who asks that work starts over: orders, renewals, new versions (A10, A11, R)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pyroaring import BitMap

from reconciler.documents.scalars import last_second
from reconciler.planner.actions import Resets, Why
from reconciler.planner.due import DueSource, Renewal
from reconciler.planner.order_rows import chosen_courses
from reconciler.planner.orders import OrderStanding
from reconciler.planner.progress import NOT_TAKEN
from reconciler.planner.sets import by_causes, union
from reconciler.planner.wanted import Standing
from reconciler.planner.world import World
from reconciler.policy.model import OnNewVersion, Removal


class Part(NamedTuple):
    """Chosen courses of a module that are to start over, and for whom."""

    courses: tuple[str, ...]
    resets: Resets
    who: BitMap


@dataclass(frozen=True, slots=True)
class Demand:
    """One cause to start work over, for those on whose enrollment it has an effect.

    Attributes:
        cause: The automation or order.
        why: What it goes by.
        sources: The due dates that it gives (R2).
        whole: Who is to take the whole content again.
        parts: Who is to take chosen courses again; disjoint.
    """

    cause: str
    why: Why
    sources: Sequence[DueSource]
    whole: BitMap
    parts: tuple[Part, ...] = ()

    @property
    def who(self) -> BitMap:
        return self.whole | union(part.who for part in self.parts)

    def less(self, others: BitMap) -> "Demand":
        """The same without some trainees."""
        if not others:
            return self
        parts = tuple(part._replace(who=part.who - others) for part in self.parts)
        return replace(self, whole=self.whole - others, parts=parts)


def demands(
    content: str,
    standings: Sequence[Standing],
    orders: Sequence[OrderStanding],
    sources: Sequence[DueSource],
    world: World,
) -> Iterator[Demand]:
    """Everything that asks in this plan that enrollments in one content start over.

    Args:
        content: Its id.
        standings: The automations that assign it.
        orders: The orders about it.
        sources: The due dates that the automations wanting it give (R2).
        world: The run's trainees, enrollments and memory.
    """
    for order in orders:
        if order.again and not isinstance(order.order, Removal):
            due = order.due
            yield _by_order(order, [DueSource(due)] if due else sources, world)
    for one in standings:
        if one.acts and content in world.catalog:
            yield from _by_automation(one, sources, world)


def _by_order(order: OrderStanding, sources: Sequence[DueSource], world: World) -> Demand:
    courses = chosen_courses(order.order, world)
    if courses is None:
        return Demand(order.id, "order", sources, order.again)
    return Demand(order.id, "order", sources, BitMap(), (Part(courses, "both", order.again),))


def _by_automation(one: Standing, sources: Sequence[DueSource], world: World) -> Iterator[Demand]:
    rule, words = one.rule, one.rule.automation.on_new_version
    found = []
    if rule.automation.renew is not None:
        found.append(_renewal(one, world))
    if words is not None:
        whole, parts = newer(rule.content, words, one.wants, world)
        found.append(Demand(rule.id, "new version", sources, whole, parts))
    for demand in found:
        if who := demand.who:
            precision = world.capabilities.precision
            before = world.holdings.assigned_before(rule.content, world.as_of, precision)
            yield demand.less(who - before)


def _renewal(one: Standing, world: World) -> Demand:
    """Whose completion has come to the time of its renewal (A11)."""
    rule, renew = one.rule, one.rule.automation.renew
    assert renew is not None
    due = rule.automation.due
    renewal = Renewal(rule.content, renew.every, due.no_earlier_than if due else 1)
    who = one.wants & world.holdings.of(rule.content).completed
    latest = renew.latest_completion(world.moment.today)
    if who and latest is not None:
        who = who & world.holdings.completed_by(
            rule.content, last_second(latest, world.moment.zone)
        )
    return Demand(
        rule.id,
        "renewal",
        [DueSource(None, renewal=renewal)],
        who if latest is not None else BitMap(),
    )


def newer(
    content: str, words: OnNewVersion, who: BitMap, world: World
) -> tuple[BitMap, tuple[Part, ...]]:
    """Of some trainees, for whom a new version starts the whole content over, or parts (A10)."""
    held, version = world.holdings.of(content), world.catalog[content].version
    own = world.holdings.older(content, version) if held.enrolled & who else BitMap()
    completed = who & held.completed if words.completed == "retake" else BitMap()
    in_progress = who & held.in_progress
    if not world.catalog[content].is_module:
        restarts = in_progress if words.in_progress == "restart" else BitMap()
        return own & (completed | restarts), ()
    older = world.progress.older(content)
    done = _completed_modules(content, words, completed, own, older, world)
    begun = _begun_modules(content, words, in_progress, own, older, world)
    return done[0] | begun[0], (*done[1], *begun[1])


Found = tuple[BitMap, tuple[Part, ...]]


def _completed_modules(
    content: str,
    words: OnNewVersion,
    completed: BitMap,
    own: BitMap,
    older: Mapping[str, BitMap],
    world: World,
) -> Found:
    """Changed courses are those new in the module or newer than the trainee's (V3)."""
    if not completed:
        return BitMap(), ()
    courses, progress = world.catalog[content].courses, world.progress.of(content)
    known = union(course.present for course in progress.values())
    changed = {
        course: completed
        & (older.get(course, BitMap()) | (known - progress.get(course, NOT_TAKEN).present))
        for course in courses
    }
    if words.courses == "all":
        return completed & (own | union(changed.values())), ()
    return BitMap(), tuple(_cells(courses, changed, "both"))


def _begun_modules(
    content: str,
    words: OnNewVersion,
    in_progress: BitMap,
    own: BitMap,
    older: Mapping[str, BitMap],
    world: World,
) -> Found:
    """``in_progress`` governs the courses in progress, ``completed`` the completed ones."""
    resets = _resets(words)
    if resets is None or not in_progress:
        return BitMap(), ()
    courses, progress = world.catalog[content].courses, world.progress.of(content)
    begun = {c: progress[c].begun(resets) & in_progress for c in courses if c in progress}
    affected = union(older.get(course, BitMap()) & who for course, who in begun.items())
    if words.courses == "changed":
        changed = {course: older.get(course, BitMap()) & affected for course in courses}
        return BitMap(), tuple(_cells(courses, changed, resets))
    affected = union((affected, own & in_progress))
    if resets == "both":
        return affected, ()
    affected = affected & union(begun.values())
    return BitMap(), (Part(courses, resets, affected),) if affected else ()


def _resets(words: OnNewVersion) -> Resets | None:
    restart, retake = words.in_progress == "restart", words.completed == "retake"
    if restart and retake:
        return "both"
    return "in_progress" if restart else "completed" if retake else None


def _cells(courses: Sequence[str], changed: Mapping[str, BitMap], resets: Resets) -> Iterator[Part]:
    """The trainees with the same changed courses, together."""
    order = {course: number for number, course in enumerate(courses)}
    for numbers, who in by_causes((order[course], who) for course, who in changed.items()):
        yield Part(tuple(courses[number] for number in sorted(numbers)), resets, who)
