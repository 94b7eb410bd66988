"""From policies and a snapshot to a plan: what is wanted less what is, as decisions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap

from reconciler.errors import LmsUnfit
from reconciler.planner.actions import Decision, canonical
from reconciler.planner.bonds import freed
from reconciler.planner.consequences import Known
from reconciler.planner.decisions import ContentDecisions, decide
from reconciler.planner.lifecycle import Lifecycle, Rule, lifecycle, moves_of, renamed
from reconciler.planner.orders import (
    OrderStanding,
    order_changes,
    orders,
    refuse_conflicts,
)
from reconciler.planner.reasons import Reason
from reconciler.planner.rows import Rows, rows_of
from reconciler.planner.wanted import Standing, exempt_by_source, reasons_of, standing
from reconciler.planner.world import Moment, World, encode
from reconciler.policy.source import Policies, rename_aliases
from reconciler.policy.walk import written_orders
from reconciler.records import (
    AutomationRecord,
    LedgerChanges,
    LedgerState,
    SetChange,
    SetKey,
    Sighting,
)
from reconciler.snapshot import Snapshot

MANY_GIVEN = 10
"""So many given enrollments are not removed by hand, every one of them, between two runs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do, and why.

    Attributes:
        world: The run's trainees as sets; decisions hold positions in it.
        policies: What was planned.
        standings: The automations in the files, sorted by id, with their reasons (D4).
        reasons: By automation and order: reason code to trainees.
        orders: Every order that files or ledger know, sorted by id.
        lifecycle: What has become of the automations since the last apply.
        contents: By content: what is done about it, and what was noticed.
        decisions: All decisions in canonical order, blocked ones included.
        rows: One row for each trainee and decision that is not blocked.
        changes: What is written to the ledger before the first write to the LMS (D8).
        sighting: What every apply writes of the roster (P5).
    """

    world: World
    policies: Policies
    standings: tuple[Standing, ...]
    reasons: Mapping[str, Mapping[Reason, BitMap]]
    orders: tuple[OrderStanding, ...]
    lifecycle: Lifecycle
    contents: Mapping[str, ContentDecisions]
    decisions: tuple[Decision, ...]
    rows: tuple[Rows, ...]
    changes: LedgerChanges
    sighting: Sighting

    @property
    def is_empty(self) -> bool:
        """Whether an apply would write nothing besides the run (D2)."""
        return not self.changes and not any(d.blocked is None for d in self.decisions)

    @property
    def known(self) -> Known:
        """What a write has consequences for in the ledger."""
        return Known(
            sets=frozenset(self.world.ledger.sets) | frozenset(self.changes.sets),
            leavers=_leavers(self.standings),
            waiting={
                SetKey("held", s.rule.id, s.rule.content): s.waiting
                - self.world.ledger.members("gave", s.rule.id, s.rule.content)
                for s in self.standings
                if s.acts and s.waiting
            },
        )

    @property
    def is_what_if(self) -> bool:
        """Whether the ledger was applied at a later as-of than this plan's (D7)."""
        last = self.world.ledger.last_as_of
        return last is not None and self.world.moment.as_of < last


def plan(snapshot: Snapshot, policies: Policies, *, as_of: datetime) -> Plan:
    """Compute the plan for one instant. Pure: the same arguments give the same plan (D1).

    Args:
        snapshot: What was read of the world.
        policies: Checked: groups, attributes and contents that they name exist.
        as_of: With its time zone, in whole seconds.

    Raises:
        InvalidPolicies: What the files say does not go with the ledger (A14, A15).
    """
    moment = Moment(as_of, snapshot.zone)
    aliases = rename_aliases(policies.moved)
    ledger, renames = renamed(snapshot.ledger, moves_of(policies))
    life = lifecycle(policies, ledger, aliases, as_of=as_of, zone=snapshot.zone)
    named = _contents(life, policies, ledger)
    world = encode(snapshot, ledger, aliases, named, moment=moment)
    exempt = exempt_by_source(policies, world)
    # The targets first: the enrollments may still be on their way.
    standings = tuple(standing(rule, world, _exempt(rule, exempt)) for rule in life.rules)
    _refuse_a_lost_lms(world)
    standing_orders = tuple(orders(policies, exempt, standings, world))
    for content, about in _by_content(standing_orders).items():
        refuse_conflicts(content, about, policies, world)
    decided = {
        one: _decide(one, standings, life, standing_orders, world)
        for one in world.holdings.contents
    }
    every = (decision for one in decided.values() for decision in one.decisions)
    decisions = tuple(sorted(every, key=canonical))
    return Plan(
        world=world,
        policies=policies,
        standings=standings,
        reasons={
            **{
                s.rule.id: reasons_of(
                    s,
                    decided[s.rule.content].respected,
                    decided[s.rule.content].again_by(s.rule.id),
                    world,
                )
                for s in standings
            },
            **{order.id: order.reasons for order in standing_orders},
        },
        orders=standing_orders,
        lifecycle=life,
        contents=decided,
        decisions=decisions,
        rows=tuple(rows_of(decisions, standings, standing_orders, decided, world)),
        changes=_changes(renames, life, standings, standing_orders, decided.values(), world),
        sighting=_sighting(world),
    )


def _refuse_a_lost_lms(world: World) -> None:
    """Refuse a reading in which nothing is left of what was given (A13d).

    Raises:
        LmsUnfit: An LMS that was emptied, made anew, or does not let us see.
    """
    contents = {content for kind, content in world.grants if kind == "gave"} & set(world.catalog)
    given = sum(len(world.given(content)) for content in contents)
    if given >= MANY_GIVEN and not any(world.holdings.of(one).enrolled for one in contents):
        raise LmsUnfit(
            f"The ledger knows of {given:,} enrollments that were given, and the LMS shows not one "
            "in any of these contents. It was emptied, made anew, or does not let us see: restore "
            "it from a backup, or check the rights. If it was cleared on purpose, `reconciler "
            "state forget` the automations that gave them."
        )


def _decide(
    content: str,
    standings: Sequence[Standing],
    life: Lifecycle,
    standing_orders: Sequence[OrderStanding],
    world: World,
) -> ContentDecisions:
    return decide(
        content,
        [one for one in standings if one.rule.content == content],
        [record for record in life.past if record.content == content],
        [order for order in standing_orders if order.content == content],
        world,
    )


def _by_content(standing_orders: Iterable[OrderStanding]) -> dict[str, list[OrderStanding]]:
    about: dict[str, list[OrderStanding]] = {}
    for order in standing_orders:
        about.setdefault(order.content, []).append(order)
    return about


def _contents(life: Lifecycle, policies: Policies, ledger: LedgerState) -> set[str]:
    return (
        {rule.content for rule in life.rules}
        | {record.content for record in life.past}
        | {order.content for order in written_orders(policies).values()}
        | {key.content for key in ledger.sets if key.content}
        | {intent.content for intent in ledger.intents}
    )


def _exempt(rule: Rule, exempt: Mapping[str, BitMap]) -> BitMap:
    return exempt.get(rule.content, BitMap()) | exempt.get(rule.id, BitMap())


def _changes(
    renames: Mapping[str, str],
    life: Lifecycle,
    standings: Sequence[Standing],
    standing_orders: Sequence[OrderStanding],
    decided: Iterable[ContentDecisions],
    world: World,
) -> LedgerChanges:
    stored = {(record.id, record.content): record for record in world.ledger.automations}
    recorded = {record.id: record for record in world.ledger.orders}
    records = (_record(s, world.moment.as_of) for s in standings)
    sets: dict[SetKey, SetChange] = {}
    for one in decided:
        sets |= one.changes
    sets |= dict(_baseline_changes(standings, world))
    sets |= dict(freed(_leavers(standings), world))
    for order in standing_orders:
        sets |= dict(order_changes(order, world))
    for key, change in world.settlement.items():
        sets[key] = change.then(sets.get(key, SetChange()))
    return LedgerChanges(
        renamed=renames,
        automations=(
            *(r for r in records if _differs(r, stored.get((r.id, r.content)))),
            *life.retired,
        ),
        orders=tuple(o.record for o in standing_orders if o.record != recorded.get(o.id)),
        sets={key: change for key, change in sorted(sets.items()) if change},
        settled=world.settled,
    )


def _leavers(standings: Iterable[Standing]) -> dict[SetKey, BitMap]:
    return {SetKey("freed", s.rule.id, s.rule.content): s.leavers for s in standings}


def _record(standing: Standing, as_of: datetime) -> AutomationRecord:
    rule = standing.rule
    return AutomationRecord(
        id=rule.id,
        content=rule.content,
        text=rule.text,
        state="live",
        started=standing.started,
        present=as_of,
    )


def _differs(record: AutomationRecord, stored: AutomationRecord | None) -> bool:
    return stored is None or (record.text, record.state, record.started) != (
        stored.text,
        stored.state,
        stored.started,
    )


def _baseline_changes(
    standings: Sequence[Standing], world: World
) -> Iterator[tuple[SetKey, SetChange]]:
    for one in standings:
        key = SetKey("baseline", one.rule.id, one.rule.content)
        stored = world.ledger.members(*key)
        yield key, SetChange(add=one.baseline - stored, remove=stored - one.baseline)


def _sighting(world: World) -> Sighting:
    index = world.index
    attributes = sorted(index.attributes | {"hire_date"})
    return Sighting(
        newcomers=index.newcomers,
        present=index.roster,
        filled={attribute: index.filled(attribute) for attribute in attributes},
    )
