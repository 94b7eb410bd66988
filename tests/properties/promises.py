"""What must hold whatever happens, each promise as a check that knows no planner (D2, D3, M4, A16)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.planner.plan import Plan
from reconciler.policy.model import Scope
from tests.properties.naive_people import matches
from tests.properties.naive_scene import Scene, scene_of
from tests.properties.years import Years

Key = tuple[str, str]
DECIDED_BY_TIME = ("tenure", "hire_date")


class Row(NamedTuple):
    """One trainee's row of a plan."""

    key: Key
    action: str
    causes: tuple[str, ...]


def rows_of(made: Plan) -> Iterator[Row]:
    ids = made.world.index.ids
    for decision in made.decisions:
        if decision.blocked is None:
            for number in decision.trainees:
                key = (ids[number], decision.content)
                yield Row(key, decision.action.value, decision.causes)


@dataclass
class Witness:
    """What was seen of a workplace so far.

    ``written``: which order has been carried out for whom. ``first``: the rows of those who have
    been there from the beginning, unchanged.
    """

    completions: dict[tuple[str, ...], object] = field(default_factory=dict)
    written: set[tuple[str, str]] = field(default_factory=set)
    first: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def looks_at(self, workplace: Years) -> None:
        """Nothing that was ever completed is gone, or is completed at an earlier instant (D3)."""
        now = {key: row["completed"] for key, row in workplace.holdings.items()}
        now |= {key: row["completed"] for key, row in workplace.lms.courses.items()}
        for key, completed in self.completions.items():
            assert now.get(key) is not None, f"D3: {key}"
            assert now[key] >= completed, f"D3: {key}"
        self.completions = {key: at for key, at in now.items() if at is not None}
        people = workplace.people
        self.first = {who: row for who, row in self.first.items() if people.get(who) == row}

    def judges(self, made: Plan, workplace: Years) -> None:
        """No row of a plan breaks a promise."""
        scene = scene_of(workplace.snapshot(), made_from(workplace), workplace.as_of)
        for row in rows_of(made):
            _check_person(row, scene)
            _check_words(row, scene)
            self._check_entry(row, scene)
            for cause in row.causes:
                assert (cause, row.key[0]) not in self.written, f"M4: {row}"

    def _check_entry(self, row: Row, scene: Scene) -> None:
        """Who was there from the beginning, as now, is not future for any rule (A3 to A5)."""
        if row.action != "assign" or row.key[0] not in self.first:
            return
        given = scene.memory.owners("gave", row.key[1], row.key[0])
        for cause in row.causes:
            rule = scene.live.get(cause)
            if rule is None or rule.scope is not Scope.FUTURE_ONLY or given:
                continue
            asked = str(scene.text(rule))
            assert any(word in asked for word in DECIDED_BY_TIME), f"A5: {row}"

    def notes(self, made: Plan, before: Mapping[Key, Mapping], workplace: Years) -> None:
        """Which rows of orders were carried out, by what the LMS shows."""
        for row in rows_of(made):
            if before.get(row.key) != workplace.holdings.get(row.key):
                self.written |= {
                    (cause, row.key[0])
                    for cause in row.causes
                    if not cause.startswith("automation.")
                }


def made_from(workplace: Years) -> object:
    return workplace.stage().policies


def _check_person(row: Row, scene: Scene) -> None:
    """The absent, the undecided and the exempt are left alone (P5, P6, M6)."""
    (trainee, content), person = row.key, scene.people[row.key[0]]
    assert person.activity != "unknown", f"P5: {row}"
    gives = row.action in ("assign", "restart", "retake")
    assert person.activity == "active" or not gives, f"P5: {row}"
    assert not (gives and scene.exempt(person, content)), f"M6: {row}"
    for cause in row.causes:
        rule = scene.live.get(cause)
        # With another content now, it has left the old one as if it were retired (A14b).
        is_live = rule is not None and rule.assign == content
        if is_live and row.action != "reschedule":
            verdict = matches(rule.target, person, scene.reading, doubt=row.action == "remove")
            assert verdict is not None or person.activity == "inactive", f"P6: {row}"
    if row.action == "remove" and not _ordered(row):
        assert scene.memory.owners("gave", content, trainee), f"A16: {row}"


def _check_words(row: Row, scene: Scene) -> None:
    """Nothing completed or in progress is lost without words in a policy (D3)."""
    held = scene.holdings.get(row.key)
    if row.action == "assign":
        assert held is None, f"A7: {row}"
        return
    if row.action == "reschedule":
        return
    assert held["status"] != "completed" or row.action == "retake", f"D3: {row}"
    for cause in row.causes:
        assert _says_so(row.action, held["status"], _text(cause, row.key[1], scene)), f"D3: {row}"


def _says_so(action: str, status: str, text: Mapping[str, object]) -> bool:
    if action == "remove":
        by_order = "on_exit" not in text and "assign" not in text
        words = text.get("in_progress") if by_order else text.get("on_exit")
        return status == "not_started" or words == "remove"
    if "renew" in text and status == "completed":
        return True
    news = text.get("on_new_version", {})
    if "retake" in news.values() or "restart" in news.values():
        return True
    is_order = "scope" not in text and "on_new_version" not in text and "renew" not in text
    return is_order and text.get(status, "yes") != "keep"


def _text(cause: str, content: str, scene: Scene) -> Mapping[str, object]:
    """What a rule says, as the files or, of an order and of what has gone, the ledger have it."""
    if cause in scene.memory.orders:
        return scene.memory.orders[cause].text
    if cause in scene.live and scene.live[cause].assign == content:
        return scene.text(scene.live[cause])
    kind, name = cause.split(".", 1)
    if kind == "automation":
        return scene.memory.automations[cause, content].text
    return scene.text(getattr(scene.policies, f"{kind}s")[name])


def _ordered(row: Row) -> bool:
    return all(cause.startswith("removal.") for cause in row.causes)
