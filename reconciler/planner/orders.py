"""One-off orders: recorded once, carried out once for each trainee, never again (M1, M4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pyroaring import BitMap

from reconciler.planner.audience import verdict
from reconciler.planner.barriers import barriers
from reconciler.planner.lifecycle import retold
from reconciler.planner.reasons import Reason, shares
from reconciler.planner.world import World
from reconciler.policy.model import Assignment, Due, canonical
from reconciler.policy.source import Policies
from reconciler.policy.target import Clause, clause_of, document_of
from reconciler.records import OrderRecord, SetChange, SetKey


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """One order as it stands in a plan.

    Attributes:
        id: assignment.NAME.
        record: As it will be recorded before the first write.
        is_new: Whether this plan records it.
        text_changed: The files say something else than what was recorded: without effect (M4).
        audience: Whom it found when it was recorded.
        open: Whose rows are open after the ledger is written and before the LMS is.
        due_rows: Whose rows are to be written now; those that will be blocked included.
        reasons: Reason code to trainees (D4, D4a).
        clause: The target of a new order; None for a recorded one.
    """

    id: str
    record: OrderRecord
    is_new: bool
    text_changed: bool
    audience: BitMap
    open: BitMap
    due_rows: BitMap
    reasons: Mapping[Reason, BitMap] = field(default_factory=dict)
    clause: Clause | None = None

    @property
    def content(self) -> str:
        return self.record.content

    @property
    def due(self) -> Due | None:
        return Assignment.model_validate(self.record.text).due

    @property
    def as_of(self) -> datetime:
        return self.record.as_of


def orders(policies: Policies, exempt: Mapping[str, BitMap], world: World) -> list[OrderStanding]:
    """Every order that the files or the ledger know, sorted by id."""
    recorded = {record.id: record for record in world.ledger.orders}
    written = {f"assignment.{name}": order for name, order in policies.assignments.items()}
    result = []
    for owner in sorted(recorded.keys() | written.keys()):
        record, order = recorded.get(owner), written.get(owner)
        text = _text(order, policies, world) if order else None
        if record is None:
            assert order is not None
            assert text is not None
            result.append(_new(owner, order, text, policies, exempt, world))
        elif record.state == "open" and order is None:
            result.append(_cancelled(record, world))
        else:
            changed = text is not None and text != retold(record.text, world.aliases)
            result.append(_recorded(record, exempt, world, text_changed=changed))
    return result


def _text(order: Assignment, policies: Policies, world: World) -> dict[str, Any]:
    clause = clause_of(order.target, policies.groups, world.aliases)
    return {**canonical(order), "target": document_of(clause)}


def _new(
    owner: str,
    order: Assignment,
    text: dict[str, Any],
    policies: Policies,
    exempt: Mapping[str, BitMap],
    world: World,
) -> OrderStanding:
    """An order of this plan: its audience is whom it matches now (M4a)."""
    clause = clause_of(order.target, policies.groups, world.aliases)
    found = verdict(clause, world.index, today=world.moment.today)
    audience = found.yes & world.index.activity.active
    exempted = exempt.get(order.assign, BitMap())
    rows = audience - world.ever_had(order.assign) - exempted
    return OrderStanding(
        owner,
        OrderRecord(
            id=owner,
            content=order.assign,
            text=text,
            state="open" if rows else "done",
            as_of=world.moment.as_of,
        ),
        is_new=True,
        text_changed=False,
        audience=audience,
        open=rows,
        due_rows=rows,
        reasons=_reasons(order, exempted, found.maybe, found.undecided, world),
        clause=clause,
    )


def _reasons(
    order: Assignment, exempted: BitMap, among: BitMap, undecided: BitMap, world: World
) -> dict[Reason, BitMap]:
    """Why each of ``among`` gets what an order gives, or does not (D4a, M4b)."""
    activity = world.index.activity
    return shares(
        among,
        (
            (Reason.INACTIVE, activity.inactive),
            (Reason.ACTIVITY_UNKNOWN, activity.unknown),
            (Reason.UNDECIDED, undecided),
            (Reason.SATISFIED, world.ever_had(order.assign)),
            (Reason.EXEMPT, exempted),
            *barriers(order.assign, order.due, world),
        ),
        Reason.ASSIGNED,
    )


def _recorded(
    record: OrderRecord, exempt: Mapping[str, BitMap], world: World, *, text_changed: bool
) -> OrderStanding:
    """An order of an earlier run: its open rows, as they are now (M4b)."""
    audience = world.ledger.members("audience", record.id)
    stored = world.ledger.members("open", record.id)
    order = Assignment.model_validate(record.text)
    exempted = exempt.get(record.content, BitMap())
    reasons = _reasons(order, exempted, stored, BitMap(), world)
    closing = (Reason.INACTIVE, Reason.SATISFIED, Reason.EXEMPT)
    open_ = stored - BitMap.union(BitMap(), *(reasons.get(code, BitMap()) for code in closing))
    due_rows = open_ - reasons.get(Reason.ACTIVITY_UNKNOWN, BitMap())
    if record.state == "open" and not open_:
        record = replace(record, state="done")
    return OrderStanding(
        record.id,
        record,
        is_new=False,
        text_changed=text_changed,
        audience=audience,
        open=open_,
        due_rows=due_rows,
        reasons=reasons,
    )


def _cancelled(record: OrderRecord, world: World) -> OrderStanding:
    return OrderStanding(
        record.id,
        replace(record, state="cancelled"),
        is_new=False,
        text_changed=False,
        audience=world.ledger.members("audience", record.id),
        open=BitMap(),
        due_rows=BitMap(),
    )


def order_changes(order: OrderStanding, world: World) -> Iterator[tuple[SetKey, SetChange]]:
    """What recording or advancing an order changes in the ledger's sets (M4)."""
    for kind, members in (("audience", order.audience), ("open", order.open)):
        key = SetKey(kind, order.id)
        stored = world.ledger.members(*key)
        yield key, SetChange(add=members - stored, remove=stored - members)
    known = world.ledger.members("gave", order.id, order.content)
    yield SetKey("held", order.id, order.content), SetChange(add=found_by(order, world) - known)


def found_by(order: OrderStanding, world: World) -> BitMap:
    """Whose enrollment an order finds there in this plan; it holds it from then on (A8b)."""
    satisfied = order.reasons.get(Reason.SATISFIED, BitMap())
    return satisfied & world.holdings.of(order.content).enrolled
