"""Rosters, holdings, ledgers and whole scenes of a story, each made in one line.

A scene is a frozen value: ``scene(...).apply().hire("bob role=cook").later(days=1)``. Applying
carries the plan out in memory and requires, where nothing was refused or blocked, that the next
plan is empty (D2).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from pyroaring import BitMap

from reconciler.frames import ACTIVITY, HOLDINGS, PROGRESS, Content, Organization
from reconciler.planner.consequences import consequences
from reconciler.planner.plan import UNBOUNDED, Limits, Plan, plan
from reconciler.planner.rows import actions as rows_written
from reconciler.planner.unfinished import finished as unmarked
from reconciler.planner.unfinished import marked
from reconciler.records import LedgerState, SetChange, SetKey
from reconciler.snapshot import Snapshot
from tests.bounds import Bounded
from tests.policies import policies_of
from tests.school import write

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""Noon in Chicago, on a Monday."""

CATALOG = {
    "course/knife": Content("course/knife", "Knives", version=3),
    "course/fire": Content("course/fire", "Fire"),
    "module/start": Content("module/start", "Start", courses=("course/knife", "course/fire")),
}
ORGANIZATION = Organization(
    brand={"austin-1": "grill", "austin-2": "grill", "boise-1": "bakery"},
    franchise={"austin-2": "lone-star"},
    regions={"austin-1": ("south",), "austin-2": ("south", "texas"), "boise-1": ("west",)},
    department={"cook": "kitchen", "baker": "kitchen", "server": "floor"},
    parent={"kitchen": "operations", "floor": "operations"},
    locations=frozenset({"austin-1", "austin-2", "boise-1"}),
    roles=frozenset({"cook", "baker", "server"}),
    departments=frozenset({"kitchen", "floor", "operations"}),
)
SEVERAL = ("location", "role", "region")
SINGLE = ("brand", "department", "franchise", "badge", "shift")
OWNED = ("baseline", "gave", "held", "redue", "audience", "open", "taken", "freed")


def named(columns: str, table: Mapping[str, Any]):
    """A table of named cases: the name is the story."""
    return pytest.mark.parametrize(columns, list(table.values()), ids=list(table))


def roster(*lines: str) -> pl.DataFrame:
    """One line a person: ``ann role=cook,server hired=2026-01-01 activity=inactive``.

    Hired on 2020-01-01 and active, unless the line says otherwise; ``hired=?`` is no hire date.
    The columns are the attributes that some line names; ``role=`` names one and leaves it empty.
    """
    people = [_person(line) for line in lines]
    used = {name for person in people for name in person}
    columns = {"trainee": pl.String, "activity": ACTIVITY, "hire_date": pl.Date}
    columns |= {name: pl.List(pl.String) for name in SEVERAL if name in used}
    columns |= {name: pl.String for name in SINGLE if name in used}
    assert used <= set(columns), f"unknown: {used - set(columns)}"
    return pl.DataFrame(people, schema=columns, orient="row")


def _person(line: str) -> dict[str, object]:
    trainee, *words = line.split()
    said = dict(word.split("=") for word in words)
    hired = said.pop("hired", "2020-01-01")
    return {
        "trainee": trainee,
        "activity": said.pop("activity", "active"),
        "hire_date": None if hired == "?" else date.fromisoformat(hired),
    } | {name: _value(name, value) for name, value in said.items()}


def _value(name: str, value: str) -> object:
    return (value.split(",") if name in SEVERAL else value) if value else None


def content_of(name: str) -> str:
    return name if "/" in name else f"course/{name}"


def holdings(*lines: str, assigned: datetime = NOON) -> pl.DataFrame:
    """One line an enrollment: ``ann knife completed``; not started, unless it says otherwise."""
    return HOLDINGS.of(*(tuple(_enrollment(line, assigned).values()) for line in lines))


def _enrollment(line: str, assigned: datetime) -> dict[str, object]:
    trainee, content, *words = line.split()
    status = next((word for word in words if "=" not in word), "not_started")
    said = dict(word.split("=") for word in words if "=" in word)
    due = said.get("due")
    again = status == "completed" or "completed" in said
    return {
        "trainee": trainee,
        "content": content_of(content),
        "status": status,
        "version": int(said.get("version", 1)),
        "assigned": assigned,
        "due": datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None,
        "completed": assigned if again else None,
    }


def _lesson(line: str) -> dict[str, object]:
    trainee, module, course, *words = line.split()
    status = next((word for word in words if "=" not in word), "not_started")
    said = dict(word.split("=") for word in words if "=" in word)
    version = int(said.get("version", CATALOG[content_of(course)].version))
    done = status == "completed" or "completed" in said
    return {
        "trainee": trainee,
        "module": module,
        "course": content_of(course),
        "status": status,
        "version": version,
        "completed": done or None,
        "completed_version": version if done else None,
    }


def ledger(trainees: str = "", **fields: Any) -> LedgerState:
    """A ledger that knows these ids; ``sets`` by (kind, owner, content) to ids."""
    ids = trainees.split()
    sets = {
        SetKey(*key): BitMap(ids.index(one) for one in members.split())
        for key, members in fields.pop("sets", {}).items()
    }
    series = pl.Series("trainee", ids, dtype=pl.String)
    return LedgerState(lineage="5f0c", trainees=series, sets=sets, **fields)


def snapshot(*lines: str, **fields: Any) -> Snapshot:
    """What a run reads: these people, nothing held, an empty ledger, unless it says otherwise."""
    known = {
        "zone": CHICAGO,
        "roster": roster(*lines),
        "catalog": CATALOG,
        "holdings": holdings(),
        "ledger": ledger(),
        "organization": ORGANIZATION,
        "custom": frozenset({"badge", "shift"}),
        "required": frozenset({"badge"}),
    }
    return Snapshot(**known | fields)


@dataclass(frozen=True, kw_only=True)
class Scene(Bounded):
    """A moment of a story: policies, people, enrollments, memory and the time."""

    rules: Mapping[str, Any]
    people: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    learned: Mapping[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)
    as_of: datetime = NOON
    memory: LedgerState = field(default_factory=ledger)
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = UNBOUNDED

    def snapshot(self) -> Snapshot:
        rows = [tuple(row.values()) for row in self.held.values()]
        return snapshot(
            *self.people.values(),
            holdings=HOLDINGS.of(*rows),
            progress=PROGRESS.of(*(tuple(row.values()) for row in self.learned.values())),
            ledger=self.memory,
            **self.options,
        )

    def plan(self) -> Plan:
        policies = policies_of(self.rules)
        return plan(self.snapshot(), policies, as_of=self.as_of, limits=self.limits)

    def hire(self, *lines: str) -> "Scene":
        """Give people rows; who has one already is changed."""
        return replace(self, people={**self.people, **{line.split()[0]: line for line in lines}})

    def drop(self, *trainees: str) -> "Scene":
        """Let rows go, as a broken feed does."""
        rest = {key: line for key, line in self.people.items() if key not in trainees}
        return replace(self, people=rest)

    def later(self, **time: int) -> "Scene":
        return replace(self, as_of=self.as_of + timedelta(**time))

    def given(self, **options: Any) -> "Scene":
        """Other fields of the snapshot."""
        return replace(self, options={**self.options, **options})

    def enroll(self, *lines: str) -> "Scene":
        """Enroll, or change what the LMS says of an enrollment, by hand."""
        rows = [_enrollment(line, self.as_of) for line in lines]
        new = {(row["trainee"], row["content"]): row for row in rows}
        kept = {
            key: {**row, "assigned": self.held[key]["assigned"], "due": self.held[key]["due"]}
            if key in self.held
            else row
            for key, row in new.items()
        }
        return replace(self, held={**self.held, **kept})

    def learn(self, *lines: str) -> "Scene":
        """Set what the LMS says of courses in modules: ``ann module/start knife completed``."""
        rows = {(one["trainee"], one["module"], one["course"]): one for one in map(_lesson, lines)}
        at = {
            key: {**row, "completed": row["completed"] and self.as_of} for key, row in rows.items()
        }
        return replace(self, learned={**self.learned, **at})

    def take_away(self, *lines: str) -> "Scene":
        """Remove enrollments by hand, in the LMS."""
        gone = {(line.split()[0], content_of(line.split()[1])) for line in lines}
        return replace(self, held={key: row for key, row in self.held.items() if key not in gone})

    def write(self, section: str, name: str, **rule: Any) -> "Scene":
        entries = {**self.rules.get(section, {}), name: rule}
        return replace(self, rules={**self.rules, section: entries})

    def edit(self, name: str = "knife", *, section: str = "automations", **keys: Any) -> "Scene":
        """Change keys of a rule; None takes one out."""
        rule = {**self.rules[section][name], **keys}
        rule = {key: value for key, value in rule.items() if value is not None}
        return self.write(section, name, **rule)

    def delete(self, name: str = "knife", *, section: str = "automations") -> "Scene":
        rest = {key: rule for key, rule in self.rules[section].items() if key != name}
        return replace(self, rules={**self.rules, section: rest})

    def move(self, old: str, new: str) -> "Scene":
        """Add an entry to ``moved``; an automation is renamed with it."""
        moved = [*self.rules.get("moved", ()), {"from": old, "to": new}]
        scene = replace(self, rules={**self.rules, "moved": moved})
        name = old.removeprefix("automation.")
        if name == old or name not in self.rules.get("automations", {}):
            return scene
        rule = self.rules["automations"][name]
        return scene.delete(name).write("automations", new.removeprefix("automation."), **rule)

    def apply(self, *, refuse: Iterable[str] = ()) -> "Scene":
        """Carry the plan out. ``refuse``: for whom the LMS refuses every write."""
        after = carried_out(self, refuse=frozenset(refuse))
        if not refuse and all(decision.is_carried_out for decision in self.plan().decisions):
            assert after.plan().is_empty, f"D2: {sorted(actions(after))}, {after.plan().changes}"
        return after


def scene(*lines: str, rules: Mapping[str, Any] | None = None, **keys: Any) -> Scene:
    """People and one automation ``knife`` for cooks, with these keys; or other rules."""
    knife = {"assign": "course/knife", "target": {"role": "cook"}, **keys}
    people = {line.split()[0]: line for line in lines}
    return Scene(rules=rules or {"automations": {"knife": knife}}, people=people)


def carried_out(before: Scene, *, refuse: frozenset[str] = frozenset()) -> Scene:
    """The scene right after an apply of its plan."""
    made = before.plan()
    sets = _begun(made, before.memory)
    held = {key: dict(row) for key, row in before.held.items()}
    learned, finished = dict(before.learned), dict[str, BitMap]()
    assert not made.guarded.holds_all, "G4"
    for rows in (rows for rows in made.rows if rows.decision.is_carried_out):
        done = BitMap()
        for row in rows_written([rows], made.people).iter_rows(named=True):
            if row["trainee"] not in refuse:
                done.add(row["position"])
                write(row, rows.decision, held, learned, made.world)
        for cause in rows.decision.causes:
            finished[cause] = finished.get(cause, BitMap()) | done
        _change(sets, consequences(rows.decision, done, made.known))
        _change(sets, unmarked(rows.decision, done, marked(before.memory, made.sighting.marks)))
    accounts = before.options.get("accounts")
    if accounts is not None:
        before = before.given(accounts=accounts | {trainee for trainee, _ in held})
    memory = _remembered(made, before.memory, sets, finished)
    return replace(before, held=held, learned=learned, memory=memory)


def _begun(made: Plan, old: LedgerState) -> dict[SetKey, BitMap]:
    """The ledger's sets after what D8 writes before the first write to the LMS."""
    renames = made.changes.renamed
    sets = {
        key.renamed(renames) if key.kind in (*OWNED, "lifted") else key: members
        for key, members in old.sets.items()
    }
    _change(sets, {**made.changes.sets, **made.sighting.marks})
    sets[SetKey("present")] = made.sighting.present
    for attribute, filled in made.sighting.filled.items():
        key = SetKey("filled", attribute)
        sets[key] = sets.get(key, BitMap()) | (filled & made.sighting.present)
    return sets


def _change(sets: dict[SetKey, BitMap], changes: Mapping[SetKey, SetChange]) -> None:
    for key, change in changes.items():
        sets[key] = (sets.get(key, BitMap()) - change.remove) | change.add


def _remembered(
    made: Plan, old: LedgerState, sets: Mapping[SetKey, BitMap], finished: Mapping[str, BitMap]
) -> LedgerState:
    as_of, renames = made.world.moment.as_of, made.changes.renamed
    records = {
        (renames.get(r.id, r.id), r.content): replace(r, id=renames.get(r.id, r.id))
        for r in old.automations
    }
    records |= {(record.id, record.content): record for record in made.changes.automations}
    orders = {record.id: record for record in (*old.orders, *made.changes.orders)}
    for order in made.orders:
        if order.record.state == "open" and not order.open - finished.get(order.id, BitMap()):
            orders[order.id] = replace(order.record, state="done")
    present = old.members("present")
    absent = BitMap(range(made.world.index.size)) - made.sighting.present
    return LedgerState(
        lineage=old.lineage,
        serial=old.serial + 1,
        last_as_of=as_of,
        trainees=made.world.index.ids,
        last_seen=MappingProxyType(
            {n: old.last_as_of if n in present else old.last_seen[n] for n in absent}
        ),
        automations=tuple(
            replace(record, present=as_of) if record.state == "live" else record
            for record in records.values()
        ),
        orders=tuple(orders.values()),
        sets={key: members for key, members in sets.items() if members},
        census=made.sighting.census(),
        applied=made.sighting.applied,
        lifts={**old.lifts, **{record.id: record.used for record in made.changes.lifts}},
    )


def _plan_of(story: Scene | Plan) -> Plan:
    return story if isinstance(story, Plan) else story.plan()


def ids(made: Plan, members: Iterable[int]) -> set[str]:
    return {made.world.index.ids[position] for position in members}


def words(members: Iterable[str]) -> str:
    return " ".join(sorted(members))


def actions(story: Scene | Plan) -> set[str]:
    """What is done, as ``assign ann knife``; blocked decisions as ``blocked ann knife``."""
    made = _plan_of(story)
    return {
        f"{'blocked' if d.blocked else d.action} {one} {d.content.removeprefix('course/')}"
        for d in made.decisions
        for one in ids(made, d.trainees)
    }


def causes(story: Scene | Plan) -> dict[str, tuple[str, ...]]:
    made = _plan_of(story)
    return {one: d.causes for d in made.decisions for one in ids(made, d.trainees)}


def effects(story: Scene | Plan) -> dict[str, str]:
    made = _plan_of(story)
    return {one: d.effect for d in made.decisions for one in ids(made, d.trainees)}


def reasons(story: Scene | Plan, owner: str = "automation.knife") -> dict[str, str]:
    """The coded reason of each trainee that a rule matches or leaves undecided (D4)."""
    made = _plan_of(story)
    return {
        one: str(reason)
        for reason, members in made.reasons[owner].items()
        for one in ids(made, members)
    }


def dues(story: Scene | Plan) -> dict[str, str | None]:
    """The due instants that a plan writes, by trainee, in the clock of the workspace."""
    made = _plan_of(story)
    frame = rows_written(made.rows, made.people)
    return {
        row["trainee"]: row["due"] and f"{row['due'].astimezone(CHICAGO):%Y-%m-%d %H:%M:%S}"
        for row in frame.iter_rows(named=True)
    }


def stored(story: Scene, kind: str, owner: str = "automation.knife", content: str = "knife") -> str:
    """The ids in one set of the ledger, sorted, with spaces between them."""
    owner = "" if kind in ("ended", "missing", "present") else owner
    content = "" if kind in ("audience", "open", "present", "filled") else content_of(content)
    members = story.memory.members(kind, owner, content)
    return words(story.memory.trainees[number] for number in members)
