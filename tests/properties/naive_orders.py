"""What an apply makes of each order, row by row (M1 to M4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.policy.model import Assignment, Reassignment, Removal
from reconciler.records import OrderRecord
from tests.properties.naive_automations import Standing
from tests.properties.naive_people import Person
from tests.properties.naive_rows import Row, row_of
from tests.properties.naive_scene import Scene

STAYS_OPEN = (
    "activity unknown",
    "no account",
    "blocked by capability",
    "assigned",
    "reassigned",
    "removed by order",
)
MODELS = {"assignment": Assignment, "reassignment": Reassignment, "removal": Removal}

Order = Assignment | Reassignment | Removal


@dataclass(frozen=True)
class OrderStanding:
    """An order as it stands in one plan. ``rows`` are those that were open before it."""

    id: str
    record: OrderRecord
    rows: Mapping[str, Row]
    audience: frozenset[str]
    others: Mapping[str, str]

    @property
    def open(self) -> frozenset[str]:
        return frozenset(trainee for trainee, row in self.rows.items() if row.reason in STAYS_OPEN)

    def reasons(self) -> dict[str, str]:
        """The reason of every row that was open, and of who is not in the audience (D4a)."""
        return {trainee: row.reason for trainee, row in self.rows.items()} | self.others


def orders_of(scene: Scene, standings: Sequence[Standing]) -> list[OrderStanding]:
    """Every order that is new, or whose rows were open before this plan."""
    written = {
        f"{kind}.{name}": rule
        for kind in MODELS
        for name, rule in getattr(scene.policies, f"{kind}s").items()
    }
    recorded = scene.memory.orders
    new = [
        _recorded_now(owner, rule, scene, standings)
        for owner, rule in written.items()
        if owner not in recorded
    ]
    old = [
        _again(record, scene, standings, cancelled=owner not in written)
        for owner, record in recorded.items()
        if record.state == "open"
    ]
    return sorted(new + old, key=lambda order: order.id)


def _recorded_now(
    owner: str, rule: Order, scene: Scene, standings: Sequence[Standing]
) -> OrderStanding:
    """A new order: its audience is whom it matches today, and never changes again (M4, M4a)."""
    content = rule.assign if isinstance(rule, Assignment) else rule.content
    record = OrderRecord(
        id=owner, content=content, text=scene.text(rule), state="open", as_of=scene.as_of
    )
    rows, others = {}, {}
    for person in scene.people.values():
        verdict = scene.verdict(rule.target, person)
        if person.activity == "active" and verdict is True:
            rows[person.id] = row_of(rule, record, person, scene, standings)
        elif person.listed and verdict is not False:
            others[person.id] = _not_in_it(person)
    return _standing(record, rows, frozenset(rows), others)


def _not_in_it(person: Person) -> str:
    shown = {"inactive": "inactive", "unknown": "activity unknown"}
    return shown.get(person.activity, "undecided")


def _again(
    record: OrderRecord, scene: Scene, standings: Sequence[Standing], *, cancelled: bool
) -> OrderStanding:
    """A recorded order goes on as recorded; taken out of the files, it is cancelled (M4)."""
    audience = scene.memory.members("audience", record.id)
    if cancelled:
        return OrderStanding(record.id, replace(record, state="cancelled"), {}, audience, {})
    rule = MODELS[record.id.split(".", 1)[0]].model_validate(record.text)
    rows = {
        trainee: row_of(rule, record, scene.people[trainee], scene, standings)
        for trainee in scene.memory.members("open", record.id)
    }
    return _standing(record, rows, audience, {})


def _standing(
    record: OrderRecord,
    rows: Mapping[str, Row],
    audience: frozenset[str],
    others: Mapping[str, str],
) -> OrderStanding:
    order = OrderStanding(record.id, record, rows, audience, others)
    return replace(order, record=replace(record, state="open" if order.open else "done"))


def latest_as_of(orders: Sequence[OrderStanding]) -> datetime:
    """The as-of of several orders on one enrollment (R0a)."""
    return max(order.record.as_of for order in orders)
