"""People as the rules see them, and whom a target selects, one trainee at a time (P, T)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.documents.scalars import clean
from reconciler.frames import ATTRIBUTES, Organization
from reconciler.policy.model import HireDate, Move, Target, Tenure
from reconciler.snapshot import Snapshot

Verdict = bool | None
"""Yes, no or, as None, undecided (P6a)."""

Same = Mapping[tuple[str, str], frozenset[str]]
"""(attribute, value) to all the names that mean the same as long as `moved` says so (A15)."""


@dataclass(frozen=True)
class Person:
    """A trainee whom the roster lists or the ledger has seen."""

    id: str
    activity: str
    listed: bool = False
    seen: bool = False
    hired: date | None = None
    values: Mapping[str, frozenset[str]] = None
    emptied: frozenset[str] = frozenset()

    def filled(self, attribute: str) -> bool:
        if attribute == "hire_date":
            return self.hired is not None
        return bool(self.values.get(attribute))


@dataclass(frozen=True)
class Reading:
    """What the words of a target mean in one plan."""

    groups: Mapping[str, Target]
    attributes: frozenset[str]
    required: frozenset[str]
    today: date


def people_of(snapshot: Snapshot, same: Same, as_of: datetime) -> dict[str, Person]:
    """Everybody in the roster, and everybody whom the ledger has seen (P5)."""
    numbers = {trainee: number for number, trainee in enumerate(snapshot.ledger.trainees)}
    people = {
        trainee: Person(trainee, _absent(snapshot, number, as_of), seen=True, values={})
        for trainee, number in numbers.items()
    }
    for row in snapshot.roster.iter_rows(named=True):
        values = {name: _texts(row.get(name)) for name in (*ATTRIBUTES, *snapshot.custom)}
        person = Person(
            row["trainee"],
            row["activity"],
            listed=True,
            seen=row["trainee"] in numbers,
            hired=row["hire_date"],
            values=borne(values, snapshot.organization, same),
        )
        emptied = _emptied(person, snapshot, numbers.get(person.id), same)
        people[person.id] = Person(**{**vars(person), "emptied": emptied})
    return people


def _texts(value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value or []
    return [text for text in map(clean, texts) if text]


def _absent(snapshot: Snapshot, number: int, as_of: datetime) -> str:
    """Whether a long absence counts as shown by the roster as inactive (P5, P5a)."""
    ledger = snapshot.ledger
    seen = ledger.last_as_of if number in ledger.members("present") else ledger.last_seen[number]
    if snapshot.inactive_after is None:
        return "unknown"
    return "inactive" if as_of - seen >= timedelta(days=snapshot.inactive_after) else "unknown"


def _emptied(person: Person, snapshot: Snapshot, number: int | None, same: Same) -> frozenset[str]:
    """The attributes that the ledger saw filled and that are empty in today's row (A4a)."""
    if number is None:
        return frozenset()
    return frozenset(
        attribute
        for attribute in (*ATTRIBUTES, *snapshot.custom, "hire_date")
        if number in snapshot.ledger.members("filled", attribute)
        and not person.filled(attribute)
        and not _decidedly_empty(attribute, person, snapshot, same)
    )


def _decidedly_empty(attribute: str, person: Person, snapshot: Snapshot, same: Same) -> bool:
    """Whether the organization alone gives an attribute, and lists all that may give it (A4d)."""
    source = {"brand": "location", "franchise": "location", "region": "location"}
    source["department"] = "role"
    if attribute not in source or attribute in snapshot.roster.columns:
        return False
    giver = source[attribute]
    listed = getattr(snapshot.organization, f"{giver}s")
    givers = person.values.get(giver, frozenset())
    return bool(givers) and all(
        not listed.isdisjoint({value, *same.get((giver, value), ())}) for value in givers
    )


def borne(
    values: Mapping[str, Iterable[str]], organization: Organization, same: Same
) -> dict[str, frozenset[str]]:
    """All that somebody bears: what a row says, and what follows until nothing new does (P2, P3)."""
    facts = {(attribute, value) for attribute in values for value in values[attribute]}
    while True:
        more = set(facts)
        for attribute, value in facts:
            more |= {(attribute, name) for name in same.get((attribute, value), ())}
            more |= _given_by(attribute, value, organization)
        if more == facts:
            break
        facts = more
    return {name: frozenset(value for key, value in facts if key == name) for name, _ in facts}


def _given_by(attribute: str, value: str, organization: Organization) -> set[tuple[str, str]]:
    match attribute:
        case "location":
            given = {("region", region) for region in organization.regions.get(value, ())}
            if value in organization.brand:
                given.add(("brand", organization.brand[value]))
            if value in organization.franchise:
                given.add(("franchise", organization.franchise[value]))
            return given
        case "role" if value in organization.department:
            return {("department", organization.department[value])}
        case "department" if value in organization.parent:
            return {("department", organization.parent[value])}
        case _:
            return set()


def same_names(moved: Iterable[Move]) -> dict[tuple[str, str], frozenset[str]]:
    """The values that mean the same (A15)."""
    same: dict[tuple[str, str], frozenset[str]] = {}
    for move in moved:
        attribute, old = move.from_.split(".", 1)
        new = move.to.split(".", 1)[1]
        if attribute != "automation":
            together = frozenset({old, new})
            together |= same.get((attribute, old), frozenset())
            together |= same.get((attribute, new), frozenset())
            same.update({(attribute, name): together for name in together})
    return same


def last_names(moved: Iterable[Move]) -> dict[tuple[str, str], str]:
    """(attribute or "automation", old name) to the last name that `moved` leads to (A15)."""
    steps = {tuple(move.from_.split(".", 1)): move.to.split(".", 1)[1] for move in moved}
    last = {}
    for kind, old in steps:
        name = old
        while (kind, name) in steps:
            name = steps[kind, name]
        last[kind, old] = name
    return last


def matches(target: Target, person: Person, reading: Reading, *, doubt: bool = False) -> Verdict:
    """Whether a target selects somebody (T1, T2). ``doubt``: emptied attributes are open (A4a)."""

    def inner(part: Target) -> Verdict:
        return matches(part, person, reading, doubt=doubt)

    nested: list[Verdict] = []
    if target.all is not None:
        nested.append(all_of([inner(part) for part in target.all]))
    if target.any is not None:
        nested.append(any_of([inner(part) for part in target.any]))
    if target.not_ is not None:
        nested.append(opposite(inner(target.not_)))
    if target.group is not None:
        nested.append(inner(reading.groups[target.group]))
    return all_of(nested + _own_verdicts(target, person, reading, doubt=doubt))


def _own_verdicts(
    target: Target, person: Person, reading: Reading, *, doubt: bool
) -> list[Verdict]:
    verdicts = [
        _bears(person, attribute, values, reading, doubt=doubt)
        for attribute, values in attributes_asked(target)
    ]
    if target.trainees is not None:
        verdicts.append(clean(person.id) in target.trainees)
    if target.everyone:
        verdicts.append(True)
    if target.hire_date is not None:
        verdicts.append(_hired(target.hire_date, person.hired))
    if target.tenure is not None:
        verdicts.append(_employed(target.tenure, person.hired, reading.today))
    return verdicts


def all_of(verdicts: list[Verdict]) -> Verdict:
    if any(verdict is False for verdict in verdicts):
        return False
    return None if any(verdict is None for verdict in verdicts) else True


def any_of(verdicts: list[Verdict]) -> Verdict:
    if any(verdict is True for verdict in verdicts):
        return True
    return None if any(verdict is None for verdict in verdicts) else False


def opposite(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def attributes_asked(target: Target) -> list[tuple[str, tuple[str, ...]]]:
    asked = [(name, getattr(target, name)) for name in ATTRIBUTES]
    return [(name, values) for name, values in asked if values is not None] + list(
        target.custom.items()
    )


def all_attributes_asked(target: Target) -> set[str]:
    """The attributes that a target without groups names, its parts included."""
    parts = [*(target.all or ()), *(target.any or ()), *([target.not_] if target.not_ else [])]
    own = {name for name, _ in attributes_asked(target)}
    return own.union(*(all_attributes_asked(part) for part in parts))


def _bears(
    person: Person, attribute: str, values: tuple[str, ...], reading: Reading, *, doubt: bool
) -> Verdict:
    has = person.values.get(attribute, frozenset())
    if any(_fits(pattern, value) for pattern in values for value in has):
        return True
    if not has and attribute in reading.required:
        return None
    return None if doubt and attribute in person.emptied else False


def _fits(pattern: str, value: str) -> bool:
    """In a pattern, ``*`` stands for any text and all else for itself (P4a)."""
    wanted = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(wanted, value, re.DOTALL) is not None


def _hired(wanted: HireDate, hired: date | None) -> Verdict:
    if hired is None:
        return None
    return (
        (wanted.on_or_after is None or hired >= wanted.on_or_after)
        and (wanted.after is None or hired > wanted.after)
        and (wanted.before is None or hired < wanted.before)
        and (wanted.on_or_before is None or hired <= wanted.on_or_before)
    )


def _employed(wanted: Tenure, hired: date | None, today: date) -> Verdict:
    if hired is None:
        return None
    return (wanted.at_least is None or wanted.at_least.after(hired) <= today) and (
        wanted.less_than is None or wanted.less_than.after(hired) > today
    )
