"""A small world that changes step by step: people come and go, policies are edited, plans applied."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from reconciler.frames import ACTIVITY, Capabilities, Content, Organization
from reconciler.policy.model import canonical
from reconciler.policy.source import Policies
from reconciler.records import LedgerState
from reconciler.snapshot import Snapshot
from tests.policies import policies_of
from tests.properties.naive import Action, Expected, carry_out, decide
from tests.properties.naive_apply import write
from tests.properties.naive_effects import credited
from tests.properties.naive_lms import NaiveLms

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""Noon in Chicago, on a Monday."""

CATALOG = {
    "course/knife": Content("course/knife", "Knives", version=3),
    "course/fire": Content("course/fire", "Fire"),
    "course/till": Content("course/till", "Tills"),
    "course/extra": Content("course/extra", "Extra"),
    "module/start": Content("module/start", "Start", courses=("course/knife", "course/fire")),
    "module/safety": Content(
        "module/safety", "Safety", courses=("course/fire", "course/till", "course/knife")
    ),
}

ORGANIZATION = Organization(
    brand={"austin-1": "grill", "austin-2": "grill", "boise-1": "bakery"},
    franchise={"austin-2": "lone-star"},
    regions={"austin-1": ("south",), "austin-2": ("south", "texas"), "boise-1": ("west",)},
    department={"cook": "kitchen", "baker": "kitchen", "server": "floor"},
    parent={"kitchen": "operations", "floor": "operations"},
    locations=frozenset({"austin-1", "austin-2", "boise-1"}),
    roles=frozenset({"cook", "baker", "line-cook", "server"}),
    departments=frozenset({"kitchen", "floor", "operations"}),
)

SEVERAL = ("location", "role", "region")
SINGLE = ("brand", "department", "franchise", "badge", "shift")


@dataclass(frozen=True, repr=False)
class Stage:
    """A moment just before an apply: what is planned from, and whose writes are refused."""

    snapshot: Snapshot
    policies: Policies
    as_of: datetime
    refuse: frozenset[tuple[str, str]] = frozenset()

    def __repr__(self) -> str:
        """What an example needs to be understood, and no more: hypothesis refuses long ones."""
        held = [row[1:] for row in self.snapshot.holdings.sort("content").iter_rows()]
        learned = [row[1:] for row in self.snapshot.progress.sort("module").iter_rows()]
        return f"{self.as_of} {held} {learned} {_said(self.policies)}"[:3000]

    def _repr_pretty_(self, printer: object, _: bool) -> None:
        printer.text(repr(self))

    def __iter__(self) -> Iterator[object]:
        return iter((self.snapshot, self.policies, self.as_of))


def _said(policies: Policies) -> list[object]:
    sections = ("automations", "assignments", "reassignments", "removals", "exemptions")
    return [
        (section, name, canonical(rule))
        for section in sections
        for name, rule in getattr(policies, section).items()
    ]


@dataclass
class Workplace:
    """Everything that can change. ``unmapped``: the attributes without a column in the roster."""

    zone: tzinfo = CHICAGO
    as_of: datetime = NOON
    policy: dict = field(default_factory=dict)
    people: dict[str, dict] = field(default_factory=dict)
    lms: NaiveLms = field(default_factory=lambda: NaiveLms(dict(CATALOG)))
    accounts: set[str] | None = None
    organization: Organization = ORGANIZATION
    capabilities: Capabilities = field(default_factory=Capabilities)
    required: frozenset[str] = frozenset({"badge"})
    custom: frozenset[str] = frozenset({"badge", "shift"})
    inactive_after: int | None = None
    ledger: LedgerState = field(default_factory=lambda: LedgerState(lineage="a-ledger"))
    unmapped: frozenset[str] = frozenset()
    names: int = 0
    gone: dict[str, dict] = field(default_factory=dict)

    @property
    def holdings(self) -> dict[tuple[str, str], dict]:
        return self.lms.held

    def snapshot(self) -> Snapshot:
        return Snapshot(
            zone=self.zone,
            roster=roster_of(self.people).drop(self.unmapped),
            catalog=dict(self.lms.catalog),
            holdings=self.lms.holdings(),
            progress=self.lms.progress(),
            ledger=self.ledger,
            organization=self.organization,
            custom=self.custom,
            required=self.required,
            accounts=None if self.accounts is None else frozenset(self.accounts),
            capabilities=self.capabilities,
            inactive_after=self.inactive_after,
        )

    def stage(self, refuse: Collection[tuple[str, str]] = ()) -> Stage:
        return Stage(self.snapshot(), policies_of(self.policy), self.as_of, frozenset(refuse))

    def plan(self) -> Expected:
        return decide(self.snapshot(), policies_of(self.policy), self.as_of)

    def apply(self, refuse: Collection[tuple[str, str]] = ()) -> None:
        snapshot = self.snapshot()
        expected = decide(snapshot, policies_of(self.policy), self.as_of)
        after = carry_out(snapshot, expected, self.as_of, refuse=refuse)
        self.write({k: action for k, action in expected.actions.items() if k not in refuse})
        self.accounts = None if after.accounts is None else set(after.accounts)
        self.ledger = after.ledger

    def write(self, actions: Mapping[tuple[str, str], Action]) -> None:
        """What an apply writes to the LMS."""
        for key, action in actions.items():
            write(self.lms, *key, action, self.capabilities.precision)

    def wait(self, **time: int) -> None:
        self.as_of += timedelta(**time)

    def name(self) -> str:
        """A name that no rule of this workplace ever had."""
        self.names += 1
        return f"r{self.names}"

    def section(self, name: str) -> dict:
        return self.policy.setdefault(name, {})

    def known(self) -> list[str]:
        """Whom the roster or the ledger knows (P4)."""
        return sorted({*self.people, *self.ledger.trainees})

    def hire(self, trainee: str, **values: object) -> None:
        """Give somebody a row; who has one already is changed."""
        row = {"activity": "active", "hire_date": date(2020, 1, 1), **self.people.get(trainee, {})}
        self.people[trainee] = {**row, **values}

    def drop(self, trainee: str) -> None:
        """Let a row go from the roster, as a broken feed does."""
        self.people.pop(trainee, None)

    def enroll(
        self, trainee: str, content: str = "course/knife", status: str = "not_started"
    ) -> None:
        """Enroll somebody by hand, in the LMS."""
        if self.accounts is not None:
            self.accounts.add(trainee)
        credit = credited(trainee, self.lms.catalog[content], self.lms.courses.values())
        self.lms.assign(trainee, content, assigned=self.as_of, due=None, credited=credit)
        if status != "not_started":
            self.learn(trainee, status, content)

    def learn(
        self, trainee: str, status: str, content: str = "course/knife", course: str | None = None
    ) -> None:
        """Change the status of an enrollment, or of one course in it."""
        offered = tuple(self.lms.learned(trainee, content))
        courses = [course] if course else offered if status == "completed" else offered[:1]
        match status:
            case "completed":
                for each in courses or [None]:
                    self.lms.complete(trainee, content, each, at=self.as_of)
            case "in_progress":
                for each in courses or [None]:
                    self._reopen(trainee, content, each)
            case "not_started":
                row = self.holdings[trainee, content]
                again = {"assigned": row["assigned"], "due": row["due"], "courses": None}
                self.lms.reassign(trainee, content, **again)
            case _:
                self.holdings[trainee, content]["status"] = status

    def _reopen(self, trainee: str, content: str, course: str | None) -> None:
        """In progress, whatever it was before: an LMS lets people do things again."""
        rows = [self.holdings[trainee, content]]
        if course is not None:
            rows.append(self.lms.courses[trainee, content, course])
        for row in rows:
            row["status"] = "in_progress"

    def take_away(self, trainee: str, content: str = "course/knife") -> None:
        """Remove an enrollment by hand, in the LMS."""
        if self.holdings.pop((trainee, content), None) is not None:
            self.lms.drop(trainee, content, keep=())

    def publish(self, content: str, courses: tuple[str, ...] | None = None) -> None:
        self.lms.publish(content, courses)

    def cannot(self, **capabilities: bool) -> None:
        self.capabilities = replace(self.capabilities, **capabilities)


def roster_of(people: Mapping[str, Mapping[str, object]]) -> pl.DataFrame:
    """A roster with one column for each attribute, some of them with several values."""
    rows = [
        {"trainee": trainee, "activity": row["activity"], "hire_date": row["hire_date"]}
        | {name: _listed(row.get(name)) for name in SEVERAL}
        | {name: row.get(name) for name in SINGLE}
        for trainee, row in people.items()
    ]
    schema = {"trainee": pl.String, "activity": ACTIVITY, "hire_date": pl.Date}
    schema |= dict.fromkeys(SEVERAL, pl.List(pl.String)) | dict.fromkeys(SINGLE, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _listed(value: object) -> list[str] | None:
    return [value] if isinstance(value, str) else value


def left_to_do(plan: Expected, snapshot: Snapshot) -> dict[str, object]:
    """What applying a plan would write besides the run; nothing where it is empty (D2)."""
    ledger = snapshot.ledger
    sets = {
        key: frozenset(ledger.trainees[number] for number in members)
        for key, members in ledger.sets.items()
    }
    records = {(each.id, each.content): each for each in ledger.automations}
    parts = {
        "actions": (plan.actions, {}),
        "sets": (plan.memory.sets, sets),
        "records": (plan.records, {key: (r.state, r.started) for key, r in records.items()}),
        "texts": (
            {key: record.text for key, record in plan.memory.automations.items()},
            {key: record.text for key, record in records.items()},
        ),
        "orders": (plan.orders, {each.id: each.state for each in ledger.orders}),
    }
    return {
        part: {
            key: (old.get(key), now.get(key))
            for key in now.keys() | old.keys()
            if old.get(key) != now.get(key)
        }
        for part, (now, old) in parts.items()
        if now != old
    }
