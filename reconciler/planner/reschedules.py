"""Due dates that an edit moves: planned until written or without effect (A9b, D8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from reconciler.planner.due import DueSource, differing, earliest_due, unknown_due
from reconciler.planner.sets import Instants, union, without
from reconciler.planner.wanted import Standing, wanting_sources
from reconciler.planner.world import World
from reconciler.records import SetChange


@dataclass(frozen=True, slots=True)
class Pending:
    """Whose due dates one automation's edit has yet to move, and the change to the ledger."""

    owner: str
    rows: BitMap
    change: SetChange


def pending(content: str, standings: Sequence[Standing], world: World) -> list[Pending]:
    """The open rows of edited due dates; what turns out to be without effect is taken out."""
    marked = {s.rule.id: _marked(s, world) for s in standings}
    moving = {s.rule.id: marked[s.rule.id] for s in standings if not s.rule.automation.paused}
    sources = wanting_sources(content, standings, world, moving)
    held = world.holdings.of(content)
    unknown = union(unknown_due(s.due, s.covers or BitMap(), world) for s in sources)
    result = []
    for standing in standings:
        owner = standing.rule.id
        stored = world.ledger.members("redue", owner, content)
        kept, rows = marked[owner], BitMap()
        if owner in moving:
            known = without(kept & held.open & world.index.activity.active, unknown)
            rows = _with_effect(content, known, sources, world)
            kept = without(kept, known) | rows
        if kept or stored:
            result.append(Pending(owner, rows, SetChange(add=kept - stored, remove=stored - kept)))
    return result


def _marked(standing: Standing, world: World) -> BitMap:
    rule, held = standing.rule, world.holdings.of(standing.rule.content)
    stored = world.ledger.members("redue", rule.id, rule.content) & held.enrolled
    stored = without(stored, held.completed)
    due = rule.automation.due
    if due is None or not due.update_existing or not rule.due_edited():
        return stored
    return stored | (world.ledger.members("gave", rule.id, rule.content) & held.open)


def _with_effect(
    content: str, trainees: BitMap, sources: Sequence[DueSource], world: World
) -> BitMap:
    if not trainees:
        return BitMap()
    due = new_due(content, trainees, sources, world)
    present = world.holdings.instants(content, "due", trainees)
    return differing(trainees, due, present, world)


def new_due(content: str, trainees: BitMap, sources: Sequence[DueSource], world: World) -> Instants:
    """The due instants that enrollments are moved to, in the order of positions."""
    assigned = world.holdings.instants(content, "assigned", trainees)
    return earliest_due(trainees, sources, assigned, world)
