"""What every plan begins with: the world as sets, what became of the rules, whom they are for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyroaring import BitMap

from reconciler.errors import LmsUnfit
from reconciler.planner.gate import Gate, passed
from reconciler.planner.lifecycle import Lifecycle, Rule, lifecycle, moves_of, renamed
from reconciler.planner.wanted import Standing, exempt_by_source, standing
from reconciler.planner.world import Moment, World, encode
from reconciler.policy.guards import RosterGate
from reconciler.policy.source import Policies, rename_aliases
from reconciler.policy.walk import written_orders
from reconciler.records import LedgerState
from reconciler.snapshot import Snapshot

MANY_GIVEN = 10
"""So many given enrollments are not removed by hand, every one of them, between two runs."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A snapshot seen for one instant, by what the files say.

    ``renames`` are the automations that get a new id (A15); ``exempt`` is by content or automation.
    """

    world: World
    life: Lifecycle
    gate: Gate
    exempt: Mapping[str, BitMap]
    standings: tuple[Standing, ...]
    renames: dict[str, str]


def scene_of(
    snapshot: Snapshot,
    policies: Policies,
    *,
    as_of: datetime,
    gate: RosterGate | None,
    age: timedelta | None,
) -> Scene:
    """Evaluate all targets; the enrollments may still be on their way.

    Args:
        snapshot: What was read of the world.
        policies: Checked.
        as_of: With its time zone, in whole seconds.
        gate: What the roster must pass; None for nothing.
        age: How old the roster is; None where nobody knows.

    Raises:
        InvalidPolicies: What the files say does not go with the ledger (A14, A15).
    """
    aliases = rename_aliases(policies.moved)
    ledger, renames = renamed(snapshot.ledger, moves_of(policies))
    life = lifecycle(policies, ledger, aliases, as_of=as_of, zone=snapshot.zone)
    moment = Moment(as_of, snapshot.zone)
    named = _contents(life, policies, ledger)
    world = encode(snapshot, ledger, aliases, named, moment=moment)
    found = passed(world, policies, limits=gate, age=age)
    world = replace(world, is_fit=found.is_open)
    exempt = exempt_by_source(policies, world)
    standings = tuple(standing(rule, world, exempt_from(rule, exempt)) for rule in life.rules)
    return Scene(world, life, found, exempt, standings, renames)


def exempt_from(rule: Rule, exempt: Mapping[str, BitMap]) -> BitMap:
    """Who is exempt from an automation, or from its content."""
    return exempt.get(rule.content, BitMap()) | exempt.get(rule.id, BitMap())


def refuse_a_lost_lms(scene: Scene) -> None:
    """Refuse a reading in which nothing is left of what was given (A13d).

    Raises:
        LmsUnfit: An LMS that was emptied, made anew, or does not let us see.
    """
    world = scene.world
    contents = {content for kind, content in world.grants if kind == "gave"} & set(world.catalog)
    given = sum(len(world.given(content)) for content in contents)
    if given >= MANY_GIVEN and not any(world.holdings.of(one).enrolled for one in contents):
        # The ledger has no new name before an apply.
        names = {new: old for old, new in scene.renames.items()}
        sets = world.ledger.sets.items()
        gave = {
            key.owner for key, who in sets if who and key.kind == "gave" and key.content in contents
        }
        typed = " ".join(sorted(names.get(owner, owner) for owner in gave))
        raise LmsUnfit(
            f"The ledger knows of {given:,} enrollments that were given, and the LMS shows not one "
            "in any of these contents. It was emptied, made anew, or does not let us see: restore "
            "it from a backup, or check the rights. If it was cleared on purpose, forget who gave "
            f"them: `reconciler state forget {typed}`."
        )


def _contents(life: Lifecycle, policies: Policies, ledger: LedgerState) -> set[str]:
    return (
        {rule.content for rule in life.rules}
        | {record.content for record in life.past}
        | {order.content for order in written_orders(policies).values()}
        | {key.content for key in ledger.sets if key.content}
        | {intent.content for intent in ledger.intents}
        | {deed.content for run in ledger.past.values() for deed in run.deeds}
    )
