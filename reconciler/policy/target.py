"""Targets as clauses: what the planner evaluates, groups expanded (T2), moves made (A15)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, Union

from reconciler.documents.scalars import Duration
from reconciler.frames import ATTRIBUTES
from reconciler.policy.model import Target

HIRED = ("on_or_after", "after", "before", "on_or_before")
EMPLOYED = ("at_least", "less_than")
WORDS = ("all", "any", "not", "group", "trainees", "everyone", "hire_date", "tenure")

Clause: TypeAlias = Union[
    "AllOf", "AnyOf", "Not", "OneOf", "Hired", "Employed", "Trainees", "Everyone"
]
Aliases = Mapping[tuple[str, str], str]
"""(attribute, old value) to the value that now stands for both (A15)."""


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Clause


@dataclass(frozen=True, slots=True)
class OneOf:
    """Bears at least one of these values; in a value ``*`` stands for any text (T5)."""

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hired:
    """``comparison`` is one of HIRED."""

    comparison: str
    day: date


@dataclass(frozen=True, slots=True)
class Employed:
    """``comparison`` is one of EMPLOYED."""

    comparison: str
    duration: Duration


@dataclass(frozen=True, slots=True)
class Trainees:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Everyone:
    pass


NOBODY = AnyOf(())


def clause_of(target: Target, groups: Mapping[str, Target], aliases: Aliases) -> Clause:
    """Turn a target into a clause whose parts stand in a canonical order.

    Args:
        target: As written.
        groups: The named targets; without cycles (``check`` reports them first).
        aliases: The values that have moved, resolved to their last name.

    Raises:
        KeyError: A group is unknown; ``check`` reports it first, with its place.
    """
    return _all_of(_parts(target, groups, aliases))


def _all_of(parts: Iterable[Clause]) -> Clause:
    flat = [
        inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else [part])
    ]
    ordered = _sorted(flat)
    return ordered[0] if len(ordered) == 1 else AllOf(ordered)


def _any_of(parts: Iterable[Clause]) -> Clause:
    ordered = _sorted(parts)
    return ordered[0] if len(ordered) == 1 else AnyOf(ordered)


def _parts(target: Target, groups: Mapping[str, Target], aliases: Aliases) -> Iterator[Clause]:
    def inner(part: Target) -> Clause:
        return clause_of(part, groups, aliases)

    if target.all is not None:
        yield _all_of(map(inner, target.all))
    if target.any is not None:
        yield _any_of(map(inner, target.any))
    if target.not_ is not None:
        yield Not(inner(target.not_))
    if target.group is not None:
        yield inner(groups[target.group])
    if target.trainees is not None:
        yield Trainees(tuple(sorted(set(target.trainees))))
    if target.everyone:
        yield Everyone()
    for attribute, values in attribute_values(target):
        moved = {aliases.get((attribute, value), value) for value in values}
        yield OneOf(attribute, tuple(sorted(moved)))
    yield from _comparisons(target)


def _comparisons(target: Target) -> Iterator[Clause]:
    for comparison in HIRED:
        if target.hire_date and (day := getattr(target.hire_date, comparison)) is not None:
            yield Hired(comparison, day)
    for comparison in EMPLOYED:
        if target.tenure and (duration := getattr(target.tenure, comparison)) is not None:
            yield Employed(comparison, duration)


def attribute_values(target: Target) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The attributes that one target names itself, with their values, parts left out."""
    for attribute in ATTRIBUTES:
        if (values := getattr(target, attribute)) is not None:
            yield attribute, values
    yield from target.custom.items()


def document_of(clause: Clause) -> dict[str, Any]:
    """Write a clause as the JSON values of a target: what the ledger keeps of it."""
    match clause:
        case AllOf(parts):
            documents = [document_of(part) for part in parts]
            keys = [key for document in documents for key in document]
            if len(set(keys)) < len(keys):
                return {"all": documents}
            return {key: value for document in documents for key, value in document.items()}
        case AnyOf(parts):
            return {"any": [document_of(part) for part in parts]}
        case Not(part):
            return {"not": document_of(part)}
        case OneOf(attribute, values):
            return {attribute: list(values)}
        case Hired(comparison, day):
            return {"hire_date": {comparison: day.isoformat()}}
        case Employed(comparison, duration):
            return {"tenure": {comparison: str(duration)}}
        case Trainees(ids):
            return {"trainees": list(ids)}
        case Everyone():
            return {"everyone": True}


def attributes_of(clause: Clause) -> frozenset[str]:
    """The attributes that a clause reads; ``hire_date`` is one of them."""
    match clause:
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*(attributes_of(part) for part in parts))
        case Not(part):
            return attributes_of(part)
        case OneOf(attribute, _):
            return frozenset({attribute})
        case Hired() | Employed():
            return frozenset({"hire_date"})
        case _:
            return frozenset()


def counts_time(clause: Clause) -> bool:
    """Whether a clause matches others as time passes, by tenure (T3)."""
    match clause:
        case AllOf(parts) | AnyOf(parts):
            return any(map(counts_time, parts))
        case Not(part):
            return counts_time(part)
        case _:
            return isinstance(clause, Employed)


def _sorted(parts: Iterable[Clause]) -> tuple[Clause, ...]:
    unique = {json.dumps(document_of(part), sort_keys=True): part for part in parts}
    return tuple(unique[key] for key in sorted(unique))
