"""What starts over: all causes of one enrollment united into one restart or retake (A8, R)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pyroaring import BitMap

from reconciler.planner.actions import Action, Decision, Resets, Why
from reconciler.planner.barriers import kept_from_again
from reconciler.planner.demands import Demand, Part
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import by_causes
from reconciler.planner.world import World
from reconciler.records import gathered


@dataclass(frozen=True, slots=True)
class _Item:
    """One demand, whole or one part of it, on enrollments of one status."""

    demand: Demand
    part: Part | None
    who: BitMap


class _Shape(NamedTuple):
    """What makes one decision of several trainees."""

    causes: tuple[str, ...]
    why: tuple[Why, ...]
    assigned: datetime
    courses: tuple[str, ...] | None
    resets: Resets | None


def starting_over(
    content: str,
    demands: Iterable[Demand],
    recorded: Mapping[str, datetime],
    world: World,
) -> Iterator[Decision]:
    """One decision for each enrollment that starts over, and what is blocked, by cause.

    Args:
        content: Its id.
        demands: All that ask for it.
        recorded: By order, when it was recorded (M4).
        world: The run's trainees, enrollments and memory.
    """
    held = world.holdings.of(content)
    kept: list[_Item] = []
    going: list[_Item] = []
    for item in _items(demands):
        effect = "whole" if item.part is None else "courses"
        barred = kept_from_again(content, item.who, item.demand.sources, effect, world)
        kept.append(_Item(item.demand, item.part, item.who & barred))
        going.append(_Item(item.demand, item.part, item.who - barred))
    for action, status, having in (
        (Action.RESTART, "in_progress", held.in_progress),
        (Action.RETAKE, "completed", held.completed),
    ):
        yield from _united(content, action, status, _limited(going, having), recorded, world)
        yield from _blocked(content, action, status, _limited(kept, having))


def _items(demands: Iterable[Demand]) -> Iterator[_Item]:
    for demand in demands:
        yield _Item(demand, None, demand.whole)
        for part in demand.parts:
            yield _Item(demand, part, part.who)


def _limited(items: Iterable[_Item], having: BitMap) -> list[_Item]:
    limited = (_Item(item.demand, item.part, item.who & having) for item in items)
    return [item for item in limited if item.who]


def _united(
    content: str,
    action: Action,
    status: str,
    items: Sequence[_Item],
    recorded: Mapping[str, datetime],
    world: World,
) -> Iterator[Decision]:
    shapes: dict[_Shape, BitMap] = {}
    for numbers, who in by_causes((number, item.who) for number, item in enumerate(items)):
        causing = [items[number] for number in numbers]
        for courses, resets, share in _widest(content, action, causing, who, world):
            shape = _Shape(
                causes=tuple(sorted({item.demand.cause for item in causing})),
                why=tuple(sorted({item.demand.why for item in causing})),
                assigned=max(
                    recorded.get(item.demand.cause, world.moment.as_of) for item in causing
                ),
                courses=courses,
                resets=resets,
            )
            shapes[shape] = shapes.get(shape, BitMap()) | share
    for shape, who in shapes.items():
        yield Decision(
            content=content,
            action=action,
            effect="whole" if shape.courses is None else "courses",
            trainees=who,
            status=status,
            **shape._asdict(),
        )


def _widest(
    content: str, action: Action, causing: Sequence[_Item], who: BitMap, world: World
) -> Iterator[tuple[tuple[str, ...] | None, Resets | None, BitMap]]:
    """Whole before chosen courses, chosen courses united (A8)."""
    parts = [item.part for item in causing if item.part is not None]
    if len(parts) < len(causing):
        yield None, None, who
        return
    order = world.catalog[content].courses
    chosen = {course for part in parts for course in part.courses}
    courses = tuple(course for course in order if course in chosen)
    resets = {part.resets for part in parts}
    if action is Action.RETAKE:
        yield courses, "both", who
    elif len(resets) == 1:
        yield courses, resets.pop(), who
    else:
        yield from _exactly(content, parts, who, world)


def _exactly(
    content: str, parts: Sequence[Part], who: BitMap, world: World
) -> Iterator[tuple[tuple[str, ...], Resets, BitMap]]:
    """The courses that start over, where causes differ in which may: nobody loses more (A8d)."""
    progress, order = world.progress.of(content), world.catalog[content].courses
    losing = gathered(
        (order.index(course), progress[course].begun(part.resets) & who)
        for part in parts
        for course in part.courses
        if course in progress
    )
    for numbers, share in by_causes(losing.items()):
        yield tuple(order[number] for number in sorted(numbers)), "both", share


def _blocked(
    content: str, action: Action, status: str, items: Sequence[_Item]
) -> Iterator[Decision]:
    for effect in ("whole", "courses"):
        mine = [item for item in items if (item.part is None) == (effect == "whole")]
        named = (((item.demand.cause, item.demand.why), item.who) for item in mine)
        for names, who in by_causes(gathered(named).items()):
            yield Decision(
                content=content,
                action=action,
                effect=effect,
                causes=tuple(sorted({cause for cause, _ in names})),
                trainees=who,
                blocked=Reason.NOT_CAPABLE,
                why=tuple(sorted({why for _, why in names})),
                status=status,
            )
