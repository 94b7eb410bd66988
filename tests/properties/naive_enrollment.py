"""What becomes of one trainee and one content (A7, A8, A12, A13, A9b, D4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.records import SetKey
from tests.properties.naive_automations import OPEN, Standing, has_left
from tests.properties.naive_expected import Action
from tests.properties.naive_orders import OrderStanding
from tests.properties.naive_people import Person
from tests.properties.naive_scene import Scene
from tests.properties.naive_wanting import earliest, wanting

MILDEST_FIRST = ("keep", "remove-not-started", "remove")


@dataclass(frozen=True)
class Enrollment:
    """One trainee and one content, with all that has a say in it."""

    scene: Scene
    person: Person
    content: str
    standings: tuple[Standing, ...]
    orders: tuple[OrderStanding, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.person.id, self.content

    @property
    def held(self) -> Mapping[str, object] | None:
        """What the LMS holds."""
        return self.scene.holdings.get(self.key)

    @property
    def wanting(self) -> list[Standing]:
        return wanting(self.standings, self.person, self.content, self.scene)

    @property
    def givers(self) -> frozenset[str]:
        """The automations and orders that gave the enrollment, by the ledger."""
        return self.scene.memory.owners("gave", self.content, self.person.id)

    @property
    def holders(self) -> frozenset[str]:
        """The automations that hold it, those that become holders in this plan included (A7a)."""
        before = self.scene.memory.owners("held", self.content, self.person.id)
        if self.held is None:
            return before
        acting = {each.id for each in self.wanting if each.acts and not self.is_taken}
        return before | (acting - self.givers) | self.finders

    @property
    def is_taken(self) -> bool:
        """Whether an order takes the enrollment in this plan: no automation holds it then."""
        return any(self.reason_in(order) == "removed by order" for order in self.orders)

    @property
    def finders(self) -> frozenset[str]:
        """The orders that find the enrollment there in this plan, and hold it from then on (A8b)."""
        if self.held is None:
            return frozenset()
        found = frozenset(
            order.id
            for order in self.orders
            if order.id.startswith("assignment.") and self.reason_in(order) == "satisfied"
        )
        return found - self.givers

    def reason_in(self, order: OrderStanding) -> str | None:
        """The reason of this trainee's row of an order; None without an open row."""
        row = order.rows.get(self.person.id)
        return row.reason if row else None

    @property
    def respected(self) -> bool:
        """Given, removed by somebody, and left out because that is respected (A13, A13b)."""
        respecting = [each for each in self.wanting if each.rule.on_removed == "respect"]
        return self.held is None and bool(self.givers) and bool(respecting)


def exited(enrollment: Enrollment) -> frozenset[str]:
    """All who gave or hold an enrollment that goes; nobody where it stays (A12, A12a, A16).

    Of one that was completed before, it is the open retake that goes (D3).
    """
    held, givers = enrollment.held, enrollment.givers
    parties = givers | enrollment.holders
    if not givers or not all(owner.startswith("automation.") for owner in parties):
        return frozenset()
    if held["status"] not in OPEN:
        return frozenset()
    asked = [_on_exit(owner, enrollment) for owner in parties]
    if None in asked:
        return frozenset()
    mildest = min(asked, key=MILDEST_FIRST.index)
    goes = mildest == "remove" or (
        mildest == "remove-not-started" and held["status"] == "not_started"
    )
    return parties if goes else frozenset()


def _on_exit(owner: str, enrollment: Enrollment) -> str | None:
    """What one automation asks for on exit; None while the trainee has not exited it."""
    scene, person = enrollment.scene, enrollment.person
    for each in enrollment.standings:
        if each.id == owner:
            return each.rule.on_exit.value if has_left(each, person, scene) else None
    if person.activity == "unknown":
        return None  # P5: the unknown never exit, from a retired automation neither
    applied = scene.memory.automations[owner, enrollment.content].text
    return "keep" if applied.get("paused") else applied.get("on_exit", "keep")


def movers(enrollment: Enrollment) -> list[str]:
    """The automations whose edit moves this due date in this plan (A9b)."""
    ids = [each.id for each in _pending(enrollment) if not each.rule.paused]
    if enrollment.held["status"] not in OPEN or _held_back(enrollment):
        return []
    new, old = new_due(enrollment), enrollment.held["due"]
    return [] if enrollment.scene.same_instant(new, old) else ids


def _held_back(enrollment: Enrollment) -> bool:
    """Whether too little is known of somebody to move a due date (A9b)."""
    edited = [each for each in _pending(enrollment) if not each.rule.paused]
    dues = [each.rule.due for each in [*enrollment.wanting, *edited]]
    counts_from_hire = any(getattr(due, "after", None) == "hire_date" for due in dues)
    person = enrollment.person
    return person.activity != "active" or (counts_from_hire and person.hired is None)


def _pending(enrollment: Enrollment) -> list[Standing]:
    return [each for each in enrollment.standings if enrollment.person.id in each.redue]


def new_due(enrollment: Enrollment) -> datetime | None:
    """The earliest that those who want it give, and those who edited it (A9b)."""
    scene, person = enrollment.scene, enrollment.person
    edited = [each for each in _pending(enrollment) if not each.rule.paused]
    assigned = enrollment.held["assigned"] or scene.as_of
    return earliest(
        scene.due(each.rule.due, each.rule.window, person, assigned)
        for each in [*enrollment.wanting, *edited]
    )


def record_enrollment(enrollment: Enrollment, sets: dict[SetKey, set[str]]) -> None:
    """Holders (A7a), due dates without effect (A9b) and what is missing (A13c)."""
    trainee, content = enrollment.key
    for owner in enrollment.holders:
        sets.setdefault(SetKey("held", owner, content), set()).add(trainee)
    status = enrollment.held["status"] if enrollment.held else None
    for each in _pending(enrollment):
        over = status in (None, "completed")
        known = status in OPEN and not _held_back(enrollment)
        met = known and not each.rule.paused and not movers(enrollment)
        if over or met:
            sets[SetKey("redue", each.id, content)].discard(trainee)
    missing = sets.setdefault(SetKey("missing", "", content), set())
    if enrollment.held is not None:
        missing.discard(trainee)
    elif enrollment.givers and not enrollment.wanting:
        missing.add(trainee)


def reason_of(each: Standing, enrollment: Enrollment, action: Action | None) -> str:
    """The first that applies (D4). ``action`` is what is done to the enrollment in this plan."""
    scene, person = enrollment.scene, enrollment.person
    if person.activity != "active":
        return {"inactive": "inactive", "unknown": "activity unknown"}[person.activity]
    if scene.verdict(each.rule.target, person) is None:
        return "undecided"
    if enrollment.held is not None:
        again = action and action.kind in ("restart", "retake") and each.id in action.causes
        return "reassigned" if again else "satisfied"
    return _reason_without(each, enrollment)


def _reason_without(each: Standing, enrollment: Enrollment) -> str:
    """The reason of somebody whom an automation matches and who is not enrolled."""
    scene, person = enrollment.scene, enrollment.person
    if scene.exempt(person, each.content, each.id):
        return "exempt"
    if scene.bound(person, each.content, each.id):
        return "removed by order"
    if enrollment.respected:
        return "removal respected"
    if each.rule.paused:
        return "paused"
    if not each.is_open:
        return "window not open"
    if person.id in each.baseline:
        return "baseline"
    due = scene.due(each.rule.due, each.rule.window, person, scene.as_of)
    return scene.barrier(person, each.content, due) or "assigned"
