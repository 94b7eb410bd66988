"""From policies and a snapshot to a plan: what is wanted less what is, as decisions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pyroaring import BitMap

from reconciler.background import begun
from reconciler.planner.actions import Action, Decision, canonical
from reconciler.planner.attribution import (
    Actions,
    Attributed,
    attributed,
    noted_otherwise,
    to_remember,
)
from reconciler.planner.attribution import marks as attribution_marks
from reconciler.planner.bonds import freed
from reconciler.planner.consequences import Known
from reconciler.planner.decisions import ContentDecisions, decide
from reconciler.planner.gate import Gate, census
from reconciler.planner.guards import Guarded, guarded
from reconciler.planner.lifecycle import Lifecycle, lifecycle
from reconciler.planner.orders import (
    OrderStanding,
    order_changes,
    orders,
    refuse_conflicts,
)
from reconciler.planner.reasons import Reason, moved
from reconciler.planner.rows import People, Rows, rows_of
from reconciler.planner.scene import exempt_from, refuse_a_lost_lms, scene_of
from reconciler.planner.sets import without
from reconciler.planner.settle import before_runs
from reconciler.planner.undoing import Undoing
from reconciler.planner.unfinished import marks
from reconciler.planner.wanted import Standing, exempt_by_source, reasons_of, standing
from reconciler.planner.world import World
from reconciler.policy.guards import RosterGate, WorkspaceGuards
from reconciler.policy.source import Policies
from reconciler.policy.walk import written_orders
from reconciler.records import (
    AutomationRecord,
    LedgerChanges,
    SetChange,
    SetKey,
    Sighting,
)
from reconciler.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Limits:
    """What the workspace sets bounds to, and what a plan is compared with; None for neither.

    ``base`` is what the plan of the merge base does (D5).
    """

    guards: WorkspaceGuards | None = None
    gate: RosterGate | None = None
    roster_age: timedelta | None = None
    base: Actions | None = None


UNBOUNDED = Limits()
WOULD_BE = {
    Action.ASSIGN: Reason.ASSIGNED,
    Action.RESTART: Reason.REASSIGNED,
    Action.RETAKE: Reason.REASSIGNED,
    Action.REMOVE: Reason.REMOVED,
}
"""The reason of whom an action is for, where no guard holds it (D4)."""


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
        gate: What was found about the roster before (A3).
        guarded: What the guards say, with the decisions before they are held.
        attributions: Whose doing each action is, by action and content (D5).
        people: Those whom the rows are about.
        rows: One row for each trainee and decision that is not blocked; held ones are shown too.
        changes: What is written to the ledger before the first write to the LMS (D8).
        sighting: What every apply writes of the roster (P5).
        undoing: The run that is undone, and what becomes of its rows; else None (U).
    """

    world: World
    policies: Policies
    standings: tuple[Standing, ...]
    reasons: Mapping[str, Mapping[Reason, BitMap]]
    orders: tuple[OrderStanding, ...]
    lifecycle: Lifecycle
    contents: Mapping[str, ContentDecisions]
    decisions: tuple[Decision, ...]
    gate: Gate
    guarded: Guarded
    attributions: Attributed
    people: People
    rows: tuple[Rows, ...]
    changes: LedgerChanges
    sighting: Sighting
    undoing: Undoing | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether nothing of it may be applied: for its roster (A3), or for a guard (G4)."""
        return self.guarded.holds_all or not self.gate.is_open

    @property
    def noted(self) -> Mapping[str, Mapping[str, Any] | None]:
        """The exemptions and moved values of which an apply notes another text than is noted."""
        told = self.world.ledger.applied, self.sighting.applied
        return noted_otherwise(*told, self.world.aliases)

    @property
    def is_empty(self) -> bool:
        """Whether an apply would write nothing besides the run (D2)."""
        written = any(decision.is_carried_out for decision in self.decisions)
        return not (self.changes or self.noted or written)

    @property
    def carried_out(self) -> tuple[Rows, ...]:
        """The rows that an apply writes: none that a guard holds (G4)."""
        return tuple(rows for rows in self.rows if rows.decision.is_carried_out)

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
            before=before_runs(self.world.ledger),
        )

    @property
    def is_what_if(self) -> bool:
        """Whether the ledger was applied at a later as-of than this plan's (D7)."""
        last = self.world.ledger.latest_as_of
        return last is not None and self.world.moment.as_of < last


def plan(
    snapshot: Snapshot,
    policies: Policies,
    *,
    as_of: datetime,
    limits: Limits = UNBOUNDED,
) -> Plan:
    """Compute the plan for one instant. Pure: the same arguments give the same plan (D1).

    Args:
        snapshot: What was read of the world.
        policies: Checked: groups, attributes and contents that they name exist.
        as_of: With its time zone, in whole seconds.
        limits: What the workspace sets bounds to.

    Raises:
        InvalidPolicies: What the files say does not go with the ledger (A14, A15).
        LmsUnfit: Nothing is left in it of what was given, or it shows an enrollment twice (A13d).
    """
    # The targets first: the enrollments may still be on their way.
    scene = scene_of(snapshot, policies, as_of=as_of, gate=limits.gate, age=limits.roster_age)
    world, life, gate, standings = scene.world, scene.life, scene.gate, scene.standings
    refuse_a_lost_lms(scene)
    begun(lambda: world.index.by_id)  # in order for the rows, while it is decided which
    world.holdings.look_up(_dated(life, policies))
    standing_orders = tuple(orders(policies, scene.exempt, standings, world))
    for content, about in _by_content(standing_orders).items():
        refuse_conflicts(content, about, policies, world)
    contents = world.holdings.contents
    decided = {one: _decide(one, standings, life, standing_orders, world) for one in contents}
    safe = tuple(_safe(decided.values(), gate))
    guards, lifts = limits.guards, policies.lifts
    found = guarded(safe, life, world, guards=guards, lifts=lifts, contents=contents)
    rows_arriving = begun(
        lambda: rows_of(found.decisions, standings, standing_orders, decided, world)
    )
    attributions = attributed(
        found.decisions, world, snapshot, _imagined, policies=policies, life=life, base=limits.base
    )
    changes = _changes(scene.renames, life, standings, standing_orders, decided.values(), world)
    reasons = _reasons(standings, standing_orders, decided, found, world)
    people, rows = rows_arriving.result()
    return Plan(
        world=world,
        policies=policies,
        standings=standings,
        reasons=reasons,
        orders=standing_orders,
        lifecycle=life,
        contents=decided,
        decisions=found.decisions,
        gate=gate,
        guarded=found,
        attributions=attributions,
        people=people,
        rows=rows,
        changes=replace(changes, lifts=(*gate.used, *found.used)),
        sighting=_sighting(found, attributions, policies, world),
    )


def _imagined(policies: Policies, world: World, contents: Collection[str]) -> Iterator[Decision]:
    """What other policies would do, or these in another world, about some contents (D5)."""
    if not contents:
        return
    as_of, zone = world.moment.as_of, world.moment.zone
    life = lifecycle(policies, world.ledger, world.aliases, as_of=as_of, zone=zone)
    exempt = exempt_by_source(policies, world)
    rules = (rule for rule in life.rules if rule.content in contents)
    standings = tuple(standing(rule, world, exempt_from(rule, exempt)) for rule in rules)
    for content in sorted(contents):
        yield from _decide(content, standings, life, (), world).decisions


def _safe(decided: Iterable[ContentDecisions], gate: Gate) -> list[Decision]:
    """The decisions in canonical order; from an unfit roster nothing is taken away (A3)."""
    every = (decision for one in decided for decision in one.decisions)
    safe = (one for one in every if gate.is_open or one.action is not Action.REMOVE)
    return sorted(safe, key=canonical)


def _reasons(
    standings: Sequence[Standing],
    standing_orders: Sequence[OrderStanding],
    decided: Mapping[str, ContentDecisions],
    found: Guarded,
    world: World,
) -> dict[str, Mapping[Reason, BitMap]]:
    """The reasons of every automation and order; whom a guard holds has that one (D4)."""
    every = {
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
    }
    for decision in found.decisions:
        if decision.held and decision.action in WOULD_BE:
            source = WOULD_BE[decision.action]
            for cause in every.keys() & set(decision.causes):
                every[cause] = moved(every[cause], decision.trainees, source, Reason.HELD)
    return every


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


def _dated(life: Lifecycle, policies: Policies) -> set[str]:
    """The contents whose instants or versions somebody will ask for (A10, A11, M4)."""
    again = (
        rule.content
        for rule in life.rules
        if rule.automation.renew is not None or rule.automation.on_new_version is not None
    )
    return {*again, *(order.content for order in written_orders(policies).values())}


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
    records = (record_of(s, world.moment.as_of) for s in standings)
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


def record_of(standing: Standing, as_of: datetime) -> AutomationRecord:
    """The record of an automation after an apply."""
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
        add, remove = without(one.baseline, stored), without(stored, one.baseline)
        yield key, SetChange(add=add, remove=remove)


def _sighting(
    found: Guarded, attributions: Attributed, policies: Policies, world: World
) -> Sighting:
    index = world.index
    attributes = sorted(index.attributes | {"hire_date"})
    return Sighting(
        newcomers=index.newcomers,
        present=index.roster,
        filled={attribute: index.filled(attribute) for attribute in attributes},
        census=partial(census, index, policies),
        applied=to_remember(policies, world),
        marks=marks(
            found.decisions,
            world,
            {**found.lifted, **attribution_marks(attributions, found.decisions)},
        ),
    )
