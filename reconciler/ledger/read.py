"""Reads the ledger: what a plan needs of it, and what `state` shows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, get_args

import polars as pl
from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Row, Table, select

from reconciler.errors import WrongUse, did_you_mean
from reconciler.ledger.blocks import join, unpack_each
from reconciler.ledger.journal import read_open
from reconciler.ledger.log import head
from reconciler.ledger.run import RunRecord
from reconciler.ledger.sql import elements, gathered, lines, numbers_in
from reconciler.ledger.tables import (
    ABSENCES,
    APPLIED,
    AUTOMATIONS,
    CENSUS,
    INTENTS,
    LIFTS,
    MEMBERS,
    META,
    ORDERS,
    RUNS,
    TRAINEES,
)
from reconciler.ledger.undone import is_unlooked, read_past, undoings_at_the_end
from reconciler.records import (
    ORDER_KINDS,
    AutomationRecord,
    AutomationState,
    LedgerState,
    OrderRecord,
    OrderState,
    SetKey,
    undone_run,
)

OWNED = ("baseline", "gave", "held", "redue", "audience", "open", "taken", "freed")
"""The kinds of sets whose owner is an automation or an order."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Records, and how many trainees are in each of their sets."""

    automations: tuple[AutomationRecord, ...]
    orders: tuple[OrderRecord, ...]
    sizes: Mapping[SetKey, int]


def read_state(connection: Connection, *, undo: int | None = None) -> LedgerState:
    """All that a plan needs, or an undo of a run; the sets are the ledger's own numbers.

    Raises:
        WrongUse: There is no such run to undo.
    """
    serial, latest = last_run(connection)
    last_as_of, intents = last_applied(connection), read_open(connection)
    asked = (undo, *(undone_run(intent.causes) for intent in intents))
    runs = sorted({run for run in asked if run is not None})
    lineage = select(META.c.value).where(META.c.key == "lineage")
    return LedgerState(
        lineage=connection.execute(lineage).scalar_one(),
        serial=serial,
        head=head(connection)[1],
        last_as_of=last_as_of,
        trainees=read_trainees(connection),
        last_seen=_read_absences(connection),
        automations=_read_automations(connection),
        orders=_read_orders(connection),
        sets=MappingProxyType(_read_sets(connection)),
        intents=intents,
        applied=MappingProxyType(_read_applied(connection)),
        census=MappingProxyType(
            {row.attribute: unpack_each(row.people) for row in connection.execute(select(CENSUS))}
        ),
        lifts=MappingProxyType({row.id: row.used for row in connection.execute(select(LIFTS))}),
        undone_as_of=latest if serial in undoings_at_the_end(connection) else None,
        unlooked_undo=is_unlooked(connection),
        past=MappingProxyType({run: read_past(connection, run) for run in runs}),
    )


def last_run(connection: Connection) -> tuple[int, datetime | None]:
    """The serial and the as-of of the last run; 0 and None before the first."""
    newest = select(RUNS.c.serial, RUNS.c.as_of).order_by(RUNS.c.serial.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return (row.serial, row.as_of) if row else (0, None)


def _read_applied(connection: Connection) -> dict[str, Mapping[str, Any]]:
    """The texts last applied that are in no record, by section and name."""
    found = {row.section: row.text for row in connection.execute(select(APPLIED))}
    for section, texts in found.items():
        if not isinstance(texts, dict) or not all(isinstance(one, dict) for one in texts.values()):
            raise ValueError(f"the {section} are no texts by name")
    return found


def last_applied(connection: Connection) -> datetime | None:
    """The as-of of the last run that was no undo; None before the first."""
    undoing = undoings_at_the_end(connection)
    newest = select(RUNS.c.as_of).where(RUNS.c.serial.not_in(sorted(undoing)))
    found = connection.execute(newest.order_by(RUNS.c.serial.desc()).limit(1)).scalar()
    assert found is None or isinstance(found, datetime)
    return found


def read_runs(connection: Connection) -> list[RunRecord]:
    """Every run, the first first."""
    told = [column for column in RUNS.columns if column.name != "fence"]
    rows = connection.execute(select(*told).order_by(RUNS.c.serial))
    runs = [RunRecord(**row) for row in rows.mappings()]
    if odd := [run.serial for run in runs if not isinstance(run.counts, dict)]:
        raise ValueError(f"run {odd[0]} has no counts")
    return runs


def read_trainees(connection: Connection) -> pl.Series:
    """The ids by number, in order. None holds a line break (see ``write``)."""
    return lines(connection, TRAINEES.c.id, TRAINEES.c.number).rename("trainee")


def read_contents(connection: Connection, *, undo: int | None = None) -> frozenset[str]:
    """The contents that some stored set is about, and those of a run that is to be undone."""
    named = select(MEMBERS.c.content).distinct().where(MEMBERS.c.content != "")
    written = select(INTENTS.c.content).distinct().where(INTENTS.c.serial == undo)
    several = [named] if undo is None else [named, written]
    return frozenset(one for query in several for one in connection.execute(query).scalars())


def read_set(connection: Connection, key: SetKey) -> BitMap:
    """One stored set; empty where there is none."""
    blobs = select(MEMBERS.c.bitmap).where(*same_set(key))
    return join(connection.execute(blobs).scalars())


def read_listing(connection: Connection, owner: str | None = None) -> Listing:
    """The records with their sets: all, or those of one ``automation.NAME`` or order.

    Raises:
        WrongUse: Nothing is recorded under that name.
    """
    automations, orders = _read_automations(connection), _read_orders(connection)
    sizes = {key: len(members) for key, members in _read_sets(connection).items()}
    if owner is not None:
        check_known(connection, owner)
        automations = tuple(record for record in automations if record.id == owner)
        orders = tuple(record for record in orders if record.id == owner)
        sizes = {
            key: size for key, size in sizes.items() if key.kind in OWNED and key.owner == owner
        }
    return Listing(automations, orders, MappingProxyType(dict(sorted(sizes.items()))))


def read_ids(connection: Connection, key: SetKey, *, start: int, count: int) -> list[str]:
    """One page of a set's trainees, by number: at most ``count``, after the first ``start``."""
    page = read_set(connection, key)[start : start + count]
    numbers = elements(connection, page)
    chosen = select(TRAINEES.c.id).where(TRAINEES.c.number.in_(select(numbers.c.value)))
    return list(connection.execute(chosen.order_by(TRAINEES.c.number)).scalars())


def check_known(connection: Connection, owner: str) -> None:
    """Require that something is recorded under ``owner``.

    Raises:
        WrongUse: Nothing is.
    """
    names = {
        name
        for query in (
            select(AUTOMATIONS.c.id),
            select(ORDERS.c.id),
            select(MEMBERS.c.owner).where(MEMBERS.c.kind.in_(OWNED)).distinct(),
        )
        for name in connection.execute(query).scalars()
    }
    if owner not in names:
        raise WrongUse(
            f"The ledger has no record of {owner!r}.{did_you_mean(owner, names)} "
            "`reconciler state list` shows all."
        )


def same_set(key: SetKey) -> tuple[ColumnElement[bool], ...]:
    """The condition under which a block belongs to a set."""
    return (
        MEMBERS.c.kind == key.kind,
        MEMBERS.c.owner == key.owner,
        MEMBERS.c.content == key.content,
    )


def _read_sets(connection: Connection) -> dict[SetKey, BitMap]:
    blobs: defaultdict[SetKey, list[bytes]] = defaultdict(list)
    for kind, owner, content, blob in connection.execute(
        select(MEMBERS.c.kind, MEMBERS.c.owner, MEMBERS.c.content, MEMBERS.c.bitmap)
    ):
        blobs[SetKey(kind, owner, content)].append(blob)
    return {key: join(parts) for key, parts in blobs.items()}


def _read_absences(connection: Connection) -> Mapping[int, datetime]:
    together = select(ABSENCES.c.last_seen, gathered(connection, ABSENCES.c.number))
    absent: dict[int, datetime] = {}
    for last_seen, numbers in connection.execute(together.group_by(ABSENCES.c.last_seen)):
        absent |= dict.fromkeys(numbers_in(numbers), last_seen)
    return MappingProxyType(absent)


def _read_automations(connection: Connection) -> tuple[AutomationRecord, ...]:
    rows = tuple(_rows(connection, AUTOMATIONS))
    _check(rows, states=get_args(AutomationState))
    return tuple(AutomationRecord(**row._mapping) for row in rows)  # noqa: SLF001 SQLAlchemy's name


def _read_orders(connection: Connection) -> tuple[OrderRecord, ...]:
    rows = tuple(_rows(connection, ORDERS))
    if odd := [row.id for row in rows if row.id.partition(".")[0] not in ORDER_KINDS]:
        raise ValueError(f"{odd[0]!r} is no order")
    _check(rows, states=get_args(OrderState))
    return tuple(
        OrderRecord(id=row.id, content=row.content, text=row.text, state=row.state, as_of=row.as_of)
        for row in rows
    )


def _check(rows: Iterable[Row[tuple[object, ...]]], *, states: Collection[str]) -> None:
    """Require of records what only this program writes.

    Raises:
        ValueError: Somebody else has written them.
    """
    for row in rows:
        if not isinstance(row.text, dict):
            raise ValueError(  # noqa: TRY004 as all that is read wrongly
                f"the text of {row.id!r} is none"
            )
        if row.state not in states:
            raise ValueError(f"the state of {row.id!r} is {row.state!r}")


def _rows(connection: Connection, table: Table) -> Iterable[Row[tuple[object, ...]]]:
    return connection.execute(select(table).order_by(*table.primary_key.columns))
