"""What the ledger learns before the first write to the LMS, as facts that a document can tell."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import polars as pl

from reconciler.planner.index import Index
from reconciler.planner.plan import Plan
from reconciler.planner.rows import people_of
from reconciler.records import LedgerChanges, SetChange, SetKey

LASTING = ("baseline", "audience")
"""The kinds of sets that are recorded once and decide from then on (A3, M4)."""

RecordKind = Literal["automation", "order", "lift", "exemption", "moved"]


class LearnedRecord(NamedTuple):
    """A record that is put into the ledger; ``digest`` is over its text, empty for a lift."""

    kind: RecordKind
    id: str
    content: str = ""
    state: str = "used"
    digest: str = ""


class LearnedSet(NamedTuple):
    """How many join and leave a set; ``digest`` is over their ids, where the set is LASTING."""

    kind: str
    owner: str
    content: str
    add: int
    remove: int
    digest: str | None

    @property
    def key(self) -> SetKey:
        return SetKey(self.kind, self.owner, self.content)


@dataclass(frozen=True, slots=True)
class Learned:
    """Old automation ids to new, records, and sets that change; nothing, by default."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    records: tuple[LearnedRecord, ...] = ()
    sets: tuple[LearnedSet, ...] = ()

    @property
    def digest(self) -> str:
        facts = {
            "renamed": dict(self.renamed),
            "records": [list(one) for one in self.records],
            "sets": [list(one) for one in self.sets],
        }
        return hashlib.sha256(as_json(facts)).hexdigest()


def learned(plan: Plan) -> Learned:
    """What an apply of a plan puts into the ledger first (D8)."""
    changes = plan.changes
    records = *_records(changes), *_noted(plan)
    sets = (_set(*one, plan.world.index) for one in changes.sets.items())
    return Learned(dict(changes.renamed), records, tuple(sets))


def _noted(plan: Plan) -> Iterator[LearnedRecord]:
    for name, text in plan.noted.items():
        kind: RecordKind = "exemption" if name.startswith("exemption.") else "moved"
        state, digest = ("gone", "") if text is None else ("live", _digest_of_text(text))
        yield LearnedRecord(kind, name, state=state, digest=digest)


def _records(changes: LedgerChanges) -> Iterator[LearnedRecord]:
    for automation in changes.automations:
        digest = _digest_of_text(automation.text)
        yield LearnedRecord(
            "automation", automation.id, automation.content, automation.state, digest
        )
    for order in changes.orders:
        digest = _digest_of_text(order.text)
        yield LearnedRecord("order", order.id, order.content, order.state, digest)
    for lift in changes.lifts:
        yield LearnedRecord("lift", lift.id)


def _digest_of_text(text: Mapping[str, Any]) -> str:
    return hashlib.sha256(as_json(text)).hexdigest()


def _set(key: SetKey, change: SetChange, index: Index) -> LearnedSet:
    digest = _digest_of_people(change, index) if key.kind in LASTING else None
    return LearnedSet(*key, len(change.add), len(change.remove), digest)


def _digest_of_people(change: SetChange, index: Index) -> str:
    digest = hashlib.sha256()
    for members in (change.add, change.remove):
        for part in in_bytes(people_of([members], index).ids):
            digest.update(part)
    return digest.hexdigest()


def in_bytes(ids: pl.Series) -> tuple[bytes, bytes]:
    """The lengths of some ids and their letters, so that no two lists are written alike."""
    return ids.str.len_bytes().to_numpy().tobytes(), ids.str.join("").item().encode()


def as_json(facts: object) -> bytes:
    """Facts in canonical form; a mapping may be a read-only view."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> Any:  # noqa: ANN401 a JSON value
    if isinstance(value, Iterable):
        return dict(value)  # a mapping proxy
    raise TypeError(type(value))
