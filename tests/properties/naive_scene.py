"""One plan's inputs as plain sets and mappings by trainee id, with all renames made (A15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from reconciler.documents.scalars import ends, last_second
from reconciler.frames import ATTRIBUTES
from reconciler.policy.model import Automation, Due, FixedDue, Target, Window, canonical
from reconciler.policy.source import Policies
from reconciler.policy.target import clause_of, document_of
from reconciler.records import AutomationRecord, LedgerState, OrderRecord, SetKey
from reconciler.snapshot import Snapshot
from tests.properties.naive_people import (
    Person,
    Reading,
    Verdict,
    last_names,
    matches,
    people_of,
    same_names,
)


@dataclass(frozen=True)
class Memory:
    """What the ledger holds, with trainees by id."""

    automations: Mapping[tuple[str, str], AutomationRecord]
    orders: Mapping[str, OrderRecord]
    sets: Mapping[SetKey, frozenset[str]]

    def members(self, kind: str, owner: str = "", content: str = "") -> frozenset[str]:
        return self.sets.get(SetKey(kind, owner, content), frozenset())

    def owners(self, kind: str, content: str, trainee: str) -> frozenset[str]:
        """Whose set of this kind and content the trainee is in."""
        return frozenset(
            key.owner
            for key, members in self.sets.items()
            if (key.kind, key.content) == (kind, content) and trainee in members
        )


@dataclass(frozen=True)
class Scene:
    """All that the rules look at."""

    snapshot: Snapshot
    policies: Policies
    as_of: datetime
    zone: tzinfo
    people: Mapping[str, Person]
    holdings: Mapping[tuple[str, str], Mapping[str, object]]
    courses: Mapping[tuple[str, str, str], Mapping[str, object]]
    memory: Memory
    reading: Reading
    renamed: Mapping[tuple[str, str], str]

    @property
    def live(self) -> dict[str, Automation]:
        """The automations of the files; ``retire: true`` is the same as being gone (A14a)."""
        rules = self.policies.automations.items()
        return {f"automation.{name}": rule for name, rule in rules if not rule.retire}

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def verdict(self, target: Target, person: Person) -> Verdict:
        return matches(target, person, self.reading)

    def text(self, rule: object) -> dict[str, object]:
        """What the ledger keeps of a rule as applied."""
        return {**canonical(rule), "target": document_of(self.clause(rule.target))}

    def clause(self, target: Target) -> object:
        """A target's canonical form: groups expanded, moved values replaced (A5a)."""
        return clause_of(target, self.policies.groups, self.renamed)

    def exempt(self, person: Person, content: str, automation: str | None = None) -> bool:
        """Whether somebody is not to get a content, or not by one automation (M6)."""
        for exemption in self.policies.exemptions.values():
            over = exemption.until and ends(exemption.until, self.zone) <= self.as_of
            if over or self.verdict(exemption.target, person) is not True:
                continue
            if renamed_owner(exemption.from_, self.renamed) in (content, automation):
                return True
        return False

    def learned(self, trainee: str, module: str) -> dict[str, Mapping[str, object]]:
        """The progress of one trainee in the courses of a module, by course."""
        rows = self.courses.items()
        return {key[2]: row for key, row in rows if key[:2] == (trainee, module)}

    def taken(self, content: str) -> frozenset[str]:
        """From whom any removal took something (M3)."""
        sets = self.memory.sets.items()
        return frozenset().union(
            *(who for key, who in sets if (key.kind, key.content) == ("taken", content))
        )

    def bound(self, person: Person, content: str, automation: str) -> bool:
        """Whether a removal keeps an automation from giving somebody a content (M3)."""
        freed = self.memory.members("freed", automation, content)
        return person.id in self.taken(content) - freed

    def barrier(self, person: Person, content: str, due: datetime | None) -> str | None:
        """Why an assignment cannot be written, if it cannot (P8, P8a, D6)."""
        can, accounts = self.snapshot.capabilities, self.snapshot.accounts
        if accounts is not None and person.id not in accounts and not can.creates_accounts:
            return "no account"
        if content.startswith("module/") and not can.modules:
            return "blocked by capability"
        return "blocked by capability" if due and not can.due_dates else None

    def barrier_again(self, again: object, due: datetime | None) -> str | None:
        """Why nothing can start over, if it cannot (D6, D6a)."""
        can = self.snapshot.capabilities
        possible = can.reassigns and (again.courses is None or can.reassigns_courses)
        return None if possible and (due is None or can.due_dates) else "blocked by capability"

    def removable(self, held: Mapping[str, object]) -> str | None:
        """Why an enrollment cannot be taken away, or its retake withdrawn, if so (D3, D6)."""
        can = self.snapshot.capabilities
        possible = can.removes if held["completed"] is None else can.withdraws
        return None if possible else "blocked by capability"

    def due(
        self, due: Due | None, window: Window, person: Person, assigned: datetime
    ) -> datetime | None:
        """The due instant that one rule gives to one trainee (A9, A9a)."""
        if due is None:
            return None
        if isinstance(due, FixedDue):
            day = due.date
        else:
            first = {
                "assignment": self.day(assigned),
                "hire_date": person.hired,
                "window_start": window.start and self.day(window.opens(self.zone)),
            }[due.after]
            if first is None:
                return None
            day = first + timedelta(days=due.days)
        return last_second(max(day, self.soonest(due.no_earlier_than, person)), self.zone)

    def soonest(self, no_earlier_than: int, person: Person) -> date:
        """The first day on which anything may be due, for one who may be yet to be hired (A9c)."""
        today = self.day(self.as_of)
        return max(today, person.hired or today) + timedelta(days=no_earlier_than)

    def assigned_since(self, held: Mapping[str, object], instant: datetime) -> bool:
        """Whether an enrollment was assigned at or after an instant, as the LMS keeps them (M4)."""
        precision = self.snapshot.capabilities.precision
        assigned = at_precision(held["assigned"], precision)
        return assigned is not None and assigned >= at_precision(instant, precision)

    def same_instant(self, one: datetime | None, other: datetime | None) -> bool:
        precision = self.snapshot.capabilities.precision
        return at_precision(one, precision) == at_precision(other, precision)


def scene_of(snapshot: Snapshot, policies: Policies, as_of: datetime) -> Scene:
    as_of = as_of.replace(microsecond=0)
    same, renamed = same_names(policies.moved), last_names(policies.moved)
    rows = snapshot.holdings.iter_rows(named=True)
    learned = snapshot.progress.iter_rows(named=True)
    return Scene(
        snapshot=snapshot,
        policies=policies,
        as_of=as_of,
        zone=snapshot.zone,
        people=people_of(snapshot, same, as_of),
        holdings={(row["trainee"], row["content"]): row for row in rows},
        courses={(row["trainee"], row["module"], row["course"]): row for row in learned},
        memory=remembered(snapshot.ledger, renamed),
        reading=Reading(
            groups=policies.groups,
            attributes=frozenset(ATTRIBUTES) | snapshot.custom,
            required=snapshot.required,
            today=as_of.astimezone(snapshot.zone).date(),
        ),
        renamed=renamed,
    )


def remembered(ledger: LedgerState, renamed: Mapping[tuple[str, str], str]) -> Memory:
    """The ledger as if it had the new ids already (A15a)."""
    ids = ledger.trainees.to_list()
    automations = {}
    for record in ledger.automations:
        owner = renamed_owner(record.id, renamed)
        if (owner, record.content) in automations:
            raise AssertionError(f"{record.id} and {owner} are both in the ledger (A15)")
        fields = {name: getattr(record, name) for name in record.__slots__}
        automations[owner, record.content] = AutomationRecord(**{**fields, "id": owner})
    return Memory(
        automations=automations,
        orders={record.id: record for record in ledger.orders},
        sets={
            key._replace(owner=renamed_owner(key.owner, renamed)): frozenset(
                ids[number] for number in members
            )
            for key, members in ledger.sets.items()
        },
    )


def renamed_owner(owner: str, renamed: Mapping[tuple[str, str], str]) -> str:
    kind, _, name = owner.partition(".")
    if kind == "automation" and (kind, name) in renamed:
        return f"automation.{renamed[kind, name]}"
    return owner


def at_precision(instant: datetime | None, precision: timedelta) -> datetime | None:
    """An instant as an LMS of this precision keeps it (A9)."""
    first = datetime(1970, 1, 1, tzinfo=UTC)
    return instant and first + (instant - first) // precision * precision
