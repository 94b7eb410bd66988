"""A small world that changes step by step: people come and go, policies are edited, plans applied."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from reconciler.frames import ACTIVITY, HOLDINGS, Capabilities, Content, Organization
from reconciler.policy.source import Policies
from reconciler.records import LedgerState
from reconciler.snapshot import Snapshot
from tests.policies import policies_of
from tests.properties.naive import Expected, carry_out, decide

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""Noon in Chicago, on a Monday."""

CATALOG = {
    "course/knife": Content("course/knife", "Knives", version=3),
    "course/fire": Content("course/fire", "Fire"),
    "course/till": Content("course/till", "Tills"),
    "module/start": Content("module/start", "Start", courses=("course/knife", "course/fire")),
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


@dataclass(frozen=True)
class Stage:
    """A moment just before an apply: what is planned from, and whose writes are refused."""

    snapshot: Snapshot
    policies: Policies
    as_of: datetime
    refuse: frozenset[tuple[str, str]] = frozenset()


@dataclass
class Workplace:
    """Everything that can change. ``unmapped``: the attributes without a column in the roster."""

    zone: tzinfo = CHICAGO
    as_of: datetime = NOON
    policy: dict = field(default_factory=dict)
    people: dict[str, dict] = field(default_factory=dict)
    holdings: dict[tuple[str, str], dict] = field(default_factory=dict)
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

    def snapshot(self) -> Snapshot:
        rows = [tuple(row[name] for name in HOLDINGS.schema) for row in self.holdings.values()]
        return Snapshot(
            zone=self.zone,
            roster=roster_of(self.people).drop(self.unmapped),
            catalog=CATALOG,
            holdings=HOLDINGS.of(*rows),
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
        self.take(carry_out(snapshot, expected, self.as_of, refuse=refuse))

    def take(self, after: Snapshot) -> None:
        """Go on from what an apply has left."""
        rows = after.holdings.iter_rows(named=True)
        self.holdings = {(row["trainee"], row["content"]): row for row in rows}
        self.accounts = None if after.accounts is None else set(after.accounts)
        self.ledger = after.ledger

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
        self.holdings[trainee, content] = {
            "trainee": trainee,
            "content": content,
            "status": status,
            "version": 1,
            "assigned": self.as_of,
            "due": None,
            "completed": self.as_of if status == "completed" else None,
        }

    def learn(
        self, trainee: str, status: str, content: str = "course/knife", **more: object
    ) -> None:
        """Change what the LMS says of an enrollment."""
        row = self.holdings[trainee, content]
        completed = self.as_of if status == "completed" else row["completed"]
        self.holdings[trainee, content] = {**row, "status": status, "completed": completed, **more}

    def take_away(self, trainee: str, content: str = "course/knife") -> None:
        """Remove an enrollment by hand, in the LMS."""
        self.holdings.pop((trainee, content), None)

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


def is_empty(plan: Expected, snapshot: Snapshot) -> bool:
    """Whether applying a plan would write nothing besides the run (D2)."""
    before = {
        key: frozenset(snapshot.ledger.trainees[number] for number in members)
        for key, members in snapshot.ledger.sets.items()
    }
    texts = {(each.id, each.content): each.text for each in snapshot.ledger.automations}
    records = {
        (each.id, each.content): (each.state, each.started) for each in snapshot.ledger.automations
    }
    return (
        not plan.actions
        and plan.memory.sets == before
        and plan.records == records
        and {key: each.text for key, each in plan.memory.automations.items()} == texts
        and plan.orders == {each.id: each.state for each in snapshot.ledger.orders}
    )
