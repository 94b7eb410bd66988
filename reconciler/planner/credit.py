"""What completed courses are worth when a module is assigned (C)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pyroaring import BitMap

from reconciler.documents.scalars import last_second
from reconciler.planner.actions import Decision
from reconciler.planner.sets import by_causes, union
from reconciler.planner.wanted import Standing
from reconciler.planner.world import World
from reconciler.records import gathered


def gives_credit(content: str, world: World) -> bool:
    found = world.catalog.get(content)
    return world.capabilities.credits and found is not None and found.is_module


def credited(decision: Decision, standings: Sequence[Standing], world: World) -> Iterator[Decision]:
    """Split an assignment of a module by how many of its courses are credited (C1, C6)."""
    courses = world.catalog[decision.content].courses
    for after, current, who in _terms(decision.trainees, standings, world):
        counts = world.progress.credit(after=after, current=current)
        for number, share in _by_number([counts.get(c, BitMap()) for c in courses], who):
            yield replace(
                decision,
                trainees=share,
                credited=number,
                credit_after=after,
                credit_current=current,
            )


def credits_of(decisions: Sequence[Decision], world: World) -> dict[str, BitMap]:
    """By course, whom assignments of one module credit with it."""
    return gathered(
        (course, share)
        for one in decisions
        if one.credited
        for counts in [world.progress.credit(after=one.credit_after, current=one.credit_current)]
        for course in world.catalog[one.content].courses
        if (share := counts.get(course, BitMap()) & one.trainees)
    )


def _terms(
    who: BitMap, standings: Sequence[Standing], world: World
) -> Iterator[tuple[datetime | None, bool, BitMap]]:
    """What counts for whom, by what the automations wanting it would have redone (C7a)."""
    asking = {
        number: _asks(one, world)
        for number, one in enumerate(standings)
        if one.wants & who and _asks(one, world) != (None, False)
    }
    rest = who
    together: dict[tuple[datetime | None, bool], BitMap] = {}
    for numbers, share in by_causes((n, standings[n].wants & who) for n in asking):
        instants = [after for after, _ in (asking[n] for n in numbers) if after is not None]
        terms = max(instants, default=None), any(asking[n][1] for n in numbers)
        together[terms] = together.get(terms, BitMap()) | share
        rest = rest - share
    if rest:
        together[None, False] = rest
    for (after, current), share in together.items():
        yield after, current, share


def _asks(one: Standing, world: World) -> tuple[datetime | None, bool]:
    """Until when completions give no credit, and whether older versions do not (C7)."""
    renew, words = one.rule.automation.renew, one.rule.automation.on_new_version
    latest = renew.latest_completion(world.moment.today) if renew else None
    after = last_second(latest, world.moment.zone) if latest else None
    return after, words is not None and words.completed == "retake"


def _by_number(sets: Sequence[BitMap], who: BitMap) -> Iterator[tuple[int, BitMap]]:
    """Share out trainees by how many of several sets they are in."""
    none = who - union(sets)
    if none:
        yield 0, none
    cells: Mapping[int, BitMap] = {0: who - none}
    for members in sets:
        cells = gathered(
            (reached, share)
            for number, cell in cells.items()
            for reached, share in ((number + 1, cell & members), (number, cell - members))
        )
    yield from sorted((number, cell) for number, cell in cells.items() if cell)
