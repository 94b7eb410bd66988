"""Proves that the log is whole: each hash is what it has to be, and all that it vouches for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from reconciler.ledger.inventory import inventory_digest
from reconciler.ledger.journal import (
    ids_digest,
    intent_digest,
    outcomes_digest,
    planned_digest,
)
from reconciler.ledger.log import BEFORE_ALL, Entry, digest_of, entries
from reconciler.ledger.read import read_trainees
from reconciler.ledger.tables import INTENTS, OUTCOMES, PLANNED, RUNS, TEXTS


@dataclass(frozen=True, slots=True)
class Proof:
    """What a look at the whole log has shown. ``broken`` is the first link that does not hold."""

    entries: int
    head: str
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class _Vouched:
    """What entries vouch for, as it stands in the ledger now."""

    ids: pl.Series
    intents: Mapping[int, list[Mapping[str, Any]]]
    outcomes: Mapping[int, list[Mapping[str, Any]]]
    planned: Mapping[int, list[Mapping[str, Any]]]
    texts: Mapping[str, str]
    runs: Mapping[int, Mapping[str, Any]]
    inventory: str


def verify(connection: Connection, *, head: str | None = None) -> Proof:
    """Look at every entry, and at all that they vouch for.

    Args:
        connection: Within a transaction.
        head: A hash that was the last one once and was kept elsewhere: it must be in the log.
    """
    vouched = _vouched(connection)
    previous, count, seen = BEFORE_ALL, 0, set()
    for entry in entries(connection):
        wrong = _wrong(entry, previous, count + 1, vouched)
        if wrong:
            told = f"entry {entry.number} ({entry.kind}, {entry.at:%Y-%m-%d %H:%M:%S} UTC): {wrong}"
            return Proof(count, previous, told)
        previous, count = entry.hash, entry.number
        seen.add(previous)
    if head is not None and not any(one.startswith(head) for one in seen):
        return Proof(count, previous, f"no entry has the hash {head}: entries were taken away")
    return Proof(count, previous, _beside(vouched, count))


def _vouched(connection: Connection) -> _Vouched:
    def grouped(table: Any, key: str) -> dict[int, list[Mapping[str, Any]]]:  # noqa: ANN401
        groups: dict[int, list[Mapping[str, Any]]] = {}
        rows = connection.execute(select(table).order_by(table.c.number)).mappings()
        for row in rows:
            groups.setdefault(row[key], []).append(dict(row))
        return groups

    return _Vouched(
        ids=read_trainees(connection),
        intents=grouped(INTENTS, "entry"),
        outcomes=grouped(OUTCOMES, "entry"),
        planned=grouped(PLANNED, "serial"),
        texts={row.digest: row.text for row in connection.execute(select(TEXTS))},
        runs={row["serial"]: dict(row) for row in connection.execute(select(RUNS)).mappings()},
        inventory=inventory_digest(connection),
    )


def _wrong(entry: Entry, previous: str, number: int, vouched: _Vouched) -> str | None:
    """What does not hold about an entry; None where all does."""
    if entry.number != number:
        return f"entry {number} is missing before it"
    if entry.link(previous) != entry.hash:
        return "its hash is not that of what it says after the entry before it"
    body = json.loads(entry.body)
    match entry.kind:
        case "begin":
            return _wrong_begin(entry, body, vouched)
        case "sent":
            rows = vouched.intents.get(entry.number, [])
            same = [[row["number"], intent_digest(row)] for row in rows] == body["intents"]
            return None if same else "what was sent is not what it vouches for"
        case "noted" | "settled":
            rows = vouched.outcomes.get(entry.number, [])
            same = outcomes_digest(rows) == body["outcomes_digest"]
            return None if same else "the outcomes are not those that it vouches for"
        case "end":
            run = vouched.runs.get(entry.serial or 0, {})
            same = (run.get("state"), run.get("counts")) == (body["state"], body["counts"])
            return None if same else "the run is not recorded as it ended"
        case _:
            return None


def _wrong_begin(entry: Entry, body: Mapping[str, Any], vouched: _Vouched) -> str | None:
    serial = entry.serial or 0
    run = vouched.runs.get(serial)
    if run is None or run["digest"] != body["digest"]:
        return "the run is not recorded as it began"
    if planned_digest(vouched.planned.get(serial, [])) != body["planned_digest"]:
        return "what the run set out to do is not what it vouches for"
    for cause, digest in body["texts"].items():
        text = vouched.texts.get(digest)
        if text is None or digest_of(text.encode()) != digest:
            return f"the text of {cause} is not the one that it vouches for"
    seen = vouched.ids.slice(body["known"], body["newcomers"])
    if len(seen) != body["newcomers"] or ids_digest(seen) != body["newcomers_digest"]:
        return "the ids of trainees first seen then are not those that it vouches for"
    # What an earlier run saw has been replaced; format 2 kept none of it.
    if serial == max(vouched.runs) and body.get("inventory") not in (None, vouched.inventory):
        return "what the run saw in the LMS is not what it vouches for"
    return None


def _beside(vouched: _Vouched, last: int) -> str | None:
    """What stands in the journal without an entry that vouches for it."""
    beyond = [number for number in (*vouched.intents, *vouched.outcomes) if number > last]
    return f"the journal goes on after entry {last}, the last of the log" if beyond else None
