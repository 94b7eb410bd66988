"""What an apply makes of each order, row by row (M1 with `skip`, M4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.policy.model import Assignment, Due, Window
from reconciler.records import OrderRecord
from tests.properties.naive_people import Person
from tests.properties.naive_scene import Scene

FINISHED = ("inactive", "satisfied", "exempt")
STAYS_OPEN = ("activity unknown", "no account", "blocked by capability", "assigned")


@dataclass(frozen=True)
class Row:
    """One trainee of an order: the reason (D4), and the due instant if it can be assigned."""

    reason: str
    due: datetime | None


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


def orders_of(scene: Scene) -> list[OrderStanding]:
    """Every order that is new, or whose rows were open before this plan."""
    written = {f"assignment.{name}": rule for name, rule in scene.policies.assignments.items()}
    recorded = scene.memory.orders
    new = [
        _recorded_now(owner, rule, scene)
        for owner, rule in written.items()
        if owner not in recorded
    ]
    old = [
        _again(record, scene, cancelled=owner not in written)
        for owner, record in recorded.items()
        if record.state == "open"
    ]
    return sorted(new + old, key=lambda order: order.id)


def _recorded_now(owner: str, rule: Assignment, scene: Scene) -> OrderStanding:
    """A new order: its audience is whom it matches today, and never changes again (M4, M4a)."""
    rows, others = {}, {}
    for person in scene.people.values():
        verdict = scene.verdict(rule.target, person)
        if person.activity == "active" and verdict is True:
            rows[person.id] = _row(owner, rule.assign, rule.due, scene.as_of, person, scene)
        elif person.listed and verdict is not False:
            others[person.id] = {"inactive": "inactive", "unknown": "activity unknown"}.get(
                person.activity, "undecided"
            )
    record = OrderRecord(
        id=owner, content=rule.assign, text=scene.text(rule), state="open", as_of=scene.as_of
    )
    return _standing(record, rows, frozenset(rows), others)


def _again(record: OrderRecord, scene: Scene, *, cancelled: bool) -> OrderStanding:
    """A recorded order goes on as recorded; taken out of the files, it is cancelled (M4)."""
    audience = scene.memory.members("audience", record.id)
    if cancelled:
        return OrderStanding(record.id, _with_state(record, "cancelled"), {}, audience, {})
    due = Assignment.model_validate(record.text).due
    rows = {
        trainee: _row(record.id, record.content, due, record.as_of, scene.people[trainee], scene)
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
    state = "open" if order.open else "done"
    return OrderStanding(record.id, _with_state(record, state), rows, audience, others)


def _with_state(record: OrderRecord, state: str) -> OrderRecord:
    return OrderRecord(
        id=record.id, content=record.content, text=record.text, state=state, as_of=record.as_of
    )


def _row(
    owner: str, content: str, due: Due | None, ordered: datetime, person: Person, scene: Scene
) -> Row:
    """What becomes of one row: the first that applies (M4b)."""
    until = scene.due(due, Window(), person, ordered)
    if person.activity == "inactive":
        return Row("inactive", None)
    if person.activity == "unknown":
        return Row("activity unknown", None)
    if ever_had(person.id, content, scene):
        return Row("satisfied", None)
    if scene.exempt(person, content):
        return Row("exempt", None)
    return Row(scene.barrier(person, content, until) or "assigned", until)


def ever_had(trainee: str, content: str, scene: Scene) -> bool:
    """Whether somebody ever had a content, by LMS or ledger (M4c)."""
    return (
        (trainee, content) in scene.holdings
        or bool(scene.memory.owners("gave", content, trainee))
        or bool(scene.memory.owners("held", content, trainee))
        or trainee in scene.memory.members("ended", "", content)
    )
