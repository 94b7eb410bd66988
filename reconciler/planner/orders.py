"""One-off orders: recorded once, carried out once for each trainee, never again (M1 to M4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pyroaring import BitMap

from reconciler.errors import Diagnostic, InvalidPolicies, LedgerUnfit
from reconciler.planner.audience import verdict
from reconciler.planner.due import DueSource
from reconciler.planner.lifecycle import retold
from reconciler.planner.order_rows import (
    GOING,
    KINDS,
    Asked,
    asked,
    barred,
    reasons_of_rows,
)
from reconciler.planner.reasons import Reason
from reconciler.planner.wanted import Standing, wanting_sources
from reconciler.planner.world import World
from reconciler.policy.model import Due, Order, Removal, Target, canonical
from reconciler.policy.source import Policies
from reconciler.policy.target import Aliases, Clause, clause_of, document_of
from reconciler.policy.walk import written_orders
from reconciler.records import OrderRecord, SetChange, SetKey


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """One order as it stands in a plan.

    Attributes:
        id: assignment.NAME, reassignment.NAME or removal.NAME.
        order: What it says, as recorded; None for one that is over, of a version that nobody here
            can read any more.
        record: As it will be recorded before the first write.
        is_new: Whether this plan records it.
        text_changed: The files say something else than what was recorded: without effect (M4).
        audience: Whom it found when it was recorded.
        open: Whose rows are open after the ledger is written and before the LMS is.
        due_rows: Who is to be assigned now; those that will be blocked included.
        again: Whose enrollment is to start over now, blocked ones included.
        takes: Whose enrollment is to be taken now, blocked ones included.
        barred: Of ``again`` and ``takes``, for whom the LMS cannot do it (D6).
        reasons: Reason code to trainees (D4, D4a).
        clause: The target of a new order; None for a recorded one.
    """

    id: str
    order: Order | None
    record: OrderRecord
    is_new: bool
    text_changed: bool
    audience: BitMap
    open: BitMap = field(default_factory=BitMap)
    due_rows: BitMap = field(default_factory=BitMap)
    again: BitMap = field(default_factory=BitMap)
    takes: BitMap = field(default_factory=BitMap)
    barred: BitMap = field(default_factory=BitMap)
    reasons: Mapping[Reason, BitMap] = field(default_factory=dict)
    clause: Clause | None = None

    @property
    def content(self) -> str:
        return self.record.content

    @property
    def due(self) -> Due | None:
        return None if self.order is None or isinstance(self.order, Removal) else self.order.due

    @property
    def as_of(self) -> datetime:
        return self.record.as_of

    @property
    def found(self) -> BitMap:
        """Who is enrolled already, of those whom it assigns; it holds that from now on (A8b)."""
        if not self.id.startswith("assignment."):
            return BitMap()
        return self.reasons.get(Reason.SATISFIED, BitMap())


def order_text(order: Order, groups: Mapping[str, Target], aliases: Aliases) -> dict[str, Any]:
    """What is recorded of an order: its groups expanded, the order of its words of no account."""
    text = {**canonical(order), "target": document_of(clause_of(order.target, groups, aliases))}
    if "courses" in text:
        text["courses"] = sorted(set(text["courses"]))
    return text


def orders(
    policies: Policies,
    exempt: Mapping[str, BitMap],
    standings: Sequence[Standing],
    world: World,
) -> list[OrderStanding]:
    """Every order that the files or the ledger know, sorted by id.

    Raises:
        LedgerUnfit: One that is not finished cannot be read.
    """
    recorded = {record.id: record for record in world.ledger.orders}
    written = written_orders(policies)
    result = []
    for owner in sorted(recorded.keys() | written.keys()):
        record, order = recorded.get(owner), written.get(owner)
        text = order_text(order, policies.groups, world.aliases) if order else None
        content = record.content if record else order.content if order else ""
        sources = wanting_sources(content, standings, world)
        if record is None:
            assert order is not None
            assert text is not None
            result.append(_new(owner, order, text, policies, exempt, sources, world))
        elif record.state == "open" and order is None:
            result.append(_over(replace(record, state="cancelled"), world, text_changed=False))
        else:
            changed = text is not None and text != retold(record.text, world.aliases)
            if record.state == "open":
                result.append(_recorded(record, exempt, sources, world, text_changed=changed))
            else:
                result.append(_over(record, world, text_changed=changed))
    return result


def _new(
    owner: str,
    order: Order,
    text: dict[str, Any],
    policies: Policies,
    exempt: Mapping[str, BitMap],
    sources: Sequence[DueSource],
    world: World,
) -> OrderStanding:
    """An order of this plan: its audience is whom it matches now (M4a)."""
    clause = clause_of(order.target, policies.groups, world.aliases)
    found = verdict(clause, world.index, today=world.moment.today)
    audience = found.yes & world.index.activity.active
    as_of = world.moment.as_of
    asks = asked(order, found.maybe, as_of, world)
    kept = barred(order, asks, sources, world)
    exempted = exempt.get(order.content, BitMap())
    reasons = reasons_of_rows(
        order, asks, kept, exempted, world, among=found.maybe, undecided=found.undecided
    )
    rows = _going(reasons)
    bare = OrderStanding(
        id=owner,
        order=order,
        record=OrderRecord(
            id=owner,
            content=order.content,
            text=text,
            state="open" if rows else "done",
            as_of=as_of,
        ),
        is_new=True,
        text_changed=False,
        audience=audience,
        open=rows,
        reasons=reasons,
        clause=clause,
    )
    return _with_rows(bare, rows, asks, kept)


def _going(reasons: Mapping[Reason, BitMap]) -> BitMap:
    return BitMap.union(BitMap(), *(reasons[code] for code in GOING if code in reasons))


def _with_rows(bare: OrderStanding, rows: BitMap, asks: Asked, kept: BitMap) -> OrderStanding:
    """An order with what it writes now."""
    return replace(
        bare,
        due_rows=rows & asks.assign,
        again=rows & asks.again,
        takes=rows & asks.take,
        barred=rows & kept,
    )


def _recorded(
    record: OrderRecord,
    exempt: Mapping[str, BitMap],
    sources: Sequence[DueSource],
    world: World,
    *,
    text_changed: bool,
) -> OrderStanding:
    """An order of an earlier run that is not finished: its open rows, as they are now (M4b).

    Raises:
        LedgerUnfit: It cannot be read.
    """
    stored = world.ledger.members("open", record.id)
    order = order_of(record)
    if order is None:
        raise LedgerUnfit(
            f"{record.id} was recorded by another version of reconciler, and this one cannot read "
            "what it says. Finish it with that version, or take it out of the files: that cancels "
            "what is left of it (M4), and a new order can be written under a new name."
        )
    asks = asked(order, stored, record.as_of, world)
    kept = barred(order, asks, sources, world)
    exempted = exempt.get(record.content, BitMap())
    reasons = reasons_of_rows(order, asks, kept, exempted, world, among=stored, undecided=BitMap())
    rows = _going(reasons)
    open_ = rows | reasons.get(Reason.ACTIVITY_UNKNOWN, BitMap())
    if not open_:
        record = replace(record, state="done")
    bare = OrderStanding(
        id=record.id,
        order=order,
        record=record,
        is_new=False,
        text_changed=text_changed,
        audience=world.ledger.members("audience", record.id),
        open=open_,
        reasons=reasons,
    )
    return _with_rows(bare, rows, asks, kept)


def order_of(record: OrderRecord) -> Order | None:
    """What a recorded order says; None where this version cannot read it."""
    try:
        return KINDS[record.id.partition(".")[0]].model_validate(record.text)
    except ValidationError:
        return None


def _over(record: OrderRecord, world: World, *, text_changed: bool) -> OrderStanding:
    """An order that does nothing any more, whatever it says."""
    return OrderStanding(
        id=record.id,
        order=order_of(record),
        record=record,
        is_new=False,
        text_changed=text_changed,
        audience=world.ledger.members("audience", record.id),
    )


def order_changes(order: OrderStanding, world: World) -> Iterator[tuple[SetKey, SetChange]]:
    """What recording or advancing an order changes in the ledger's sets (M4)."""
    for kind, members in (("audience", order.audience), ("open", order.open)):
        key = SetKey(kind, order.id)
        stored = world.ledger.members(*key)
        yield key, SetChange(add=members - stored, remove=stored - members)
    known = world.ledger.members("gave", order.id, order.content)
    held = found_by(order, world) - known
    yield SetKey("held", order.id, order.content), SetChange(add=held)


def found_by(order: OrderStanding, world: World) -> BitMap:
    """Whose enrollment an order finds there in this plan; it holds it from then on (A8b)."""
    return order.found & world.holdings.of(order.content).enrolled


def refuse_conflicts(
    content: str, standing: Sequence[OrderStanding], policies: Policies, world: World
) -> None:
    """Refuse to take an enrollment that another order gives in the same plan (A8).

    Raises:
        InvalidPolicies: Naming both orders, and somebody for whom they differ.
    """
    findings = []
    for taking in standing:
        takes = taking.takes - taking.barred
        for giving in standing if takes else ():
            if both := takes & (giving.again - giving.barred):
                section, name = _place(giving.id)
                one = world.index.ids[both.min()]
                findings.append(
                    Diagnostic(
                        policies.place(section, name),
                        "One order gives what another takes",
                        f"{giving.id} and {taking.id} are both about {content} of "
                        f"{len(both):,} people, such as {one} (A8). Take them out of one of the "
                        "two targets, or apply one order before the other is written.",
                    )
                )
    if findings:
        raise InvalidPolicies(findings)


def _place(owner: str) -> tuple[str, str]:
    kind, _, name = owner.partition(".")
    return f"{kind}s", name
