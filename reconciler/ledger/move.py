"""Copies a ledger into another database and tells whether it arrived; brings old formats up."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import JSON, BigInteger

from reconciler.errors import LedgerUnfit
from reconciler.ledger.lease import free_lease
from reconciler.ledger.log import append, head
from reconciler.ledger.sql import is_postgresql
from reconciler.ledger.tables import FORMAT, INTENTS, LEASE, META, METADATA, OLDER, Instant

AT_ONCE = 10_000
MOVED = "moved"
"""The key under which a ledger that has moved tells where to."""
COPIED = tuple(table for table in METADATA.sorted_tables if table not in (META, LEASE))


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows and a digest of each table; equal for equal ledgers, whatever the database."""

    rows: Mapping[str, int]
    digests: Mapping[str, str]


def picture(connection: Connection) -> Picture:
    """Look at every row of every table that moves."""
    rows, digests = {}, {}
    for table in COPIED:
        total, number = hashlib.sha256(), 0
        for row in _read(connection, table):
            total.update(repr(tuple(map(_plain, row))).encode())
            number += 1
        rows[table.name], digests[table.name] = number, total.hexdigest()
    return Picture(rows, digests)


def copy(source: Connection, target: Connection) -> None:
    """Write every row of one ledger into another, whose tables are empty."""
    for table in COPIED:
        rows: list[dict[str, object]] = []
        for row in _read(source, table):
            rows.append(dict(zip(table.columns.keys(), map(_plain, row), strict=True)))
            if len(rows) == AT_ONCE:
                _write(target, table, rows)
                rows = []
        _write(target, table, rows)


def empty(connection: Connection) -> None:
    """Take all rows out of a ledger that has moved away, for it to come back."""
    for table in reversed(COPIED):
        connection.execute(delete(table))
    connection.execute(delete(META).where(META.c.key == MOVED))


def fence_after(connection: Connection, fence: int) -> None:
    """Let no lease of another place be taken for one of here."""
    connection.execute(update(LEASE).values(fence=fence, id=""))


def fence_now(connection: Connection) -> int:
    return int(connection.execute(select(LEASE.c.fence)).scalar_one())


def mark_moved(connection: Connection, place: str, *, by: str, now: datetime) -> None:
    """From now on this ledger only tells where it has gone."""
    connection.execute(insert(META), [{"key": MOVED, "value": place}])
    append(connection, "moved", {"to": place, "by": by}, at=now)


def note_arrival(connection: Connection, place: str, *, by: str, now: datetime) -> None:
    """Add to the log of the new place that it came from another, with the last hash there."""
    number, last = head(connection)
    told = {"from": place, "by": by, "entries": number, "head": last}
    append(connection, "arrived", told, at=now)


def upgrade(connection: Connection) -> bool:
    """Make a ledger of an older format one of this format; what it knows stays.

    Returns:
        Whether there was anything to do.

    Raises:
        LedgerUnfit: It has another format.
    """
    known = {row.key: row.value for row in connection.execute(select(META))}
    found = known.get("format", "unknown")
    if found == FORMAT:
        return False
    if found not in OLDER:
        raise LedgerUnfit(
            f"The ledger has format {found}; only format {' or '.join(OLDER)} can be made into "
            f"format {FORMAT}."
        )
    if found == "1":
        _upgrade_the_journal(connection)
    else:
        METADATA.create_all(connection)
        append(connection, "upgraded", {"from": found, "to": FORMAT}, at=_last_started(connection))
    connection.execute(update(META).where(META.c.key == "format").values(value=FORMAT))
    return True


def _last_started(connection: Connection) -> datetime:
    """When something was last begun; a point in the past where nothing ever was."""
    started = literal_column("started", Instant())
    last = select(func.max(started)).select_from(METADATA.tables["runs"])
    at = connection.execute(last).scalar() or free_lease()["taken"]
    assert isinstance(at, datetime)
    return at


def _upgrade_the_journal(connection: Connection) -> None:
    """From format 1, which had neither log nor lease, and another table of what was sent."""
    connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0")
    connection.exec_driver_sql("ALTER TABLE intents RENAME TO intents_1")
    METADATA.create_all(connection)
    connection.execute(insert(LEASE), [free_lease()])
    told = {"from": "1", "to": FORMAT}
    entry = append(connection, "upgraded", told, at=_last_started(connection))
    # Format 1 named a withdrawal by its action.
    action, effect = (
        f"CASE action WHEN 'remove withdrawn' THEN '{withdrawn}' ELSE {other} END"
        for withdrawn, other in (("remove", "action"), ("withdrawn", "''"))
    )
    connection.exec_driver_sql(
        f"INSERT INTO {INTENTS.name} (number, serial, entry, state, content, action, effect, "  # noqa: S608 our own names
        f"causes, assigned, bitmap) SELECT number, serial, {entry}, 'open', content, {action}, "
        f"{effect}, causes, assigned, bitmap FROM intents_1"
    )
    connection.exec_driver_sql("DROP TABLE intents_1")


def _read(connection: Connection, table: Table) -> Iterator[tuple[object, ...]]:
    """The rows as the database holds them, by key: no types of ours, JSON as its text."""
    columns = [_raw(connection, column) for column in table.columns]
    query = select(*columns).order_by(*table.primary_key.columns)
    for row in connection.execute(query, execution_options={"yield_per": AT_ONCE}):
        yield tuple(row)


def _raw(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, JSON):
        return cast(column, Text) if is_postgresql(connection) else type_coerce(column, Text)
    return type_coerce(column, BigInteger) if isinstance(column.type, Instant) else column


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else value


def _write(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    if is_postgresql(connection):
        _copy_in(connection, table, rows)
        return
    names = ", ".join(table.columns.keys())
    places = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 our own names
    connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])


def _copy_in(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    names = ", ".join(table.columns.keys())
    driver = connection.connection.cursor()
    with driver.copy(f"COPY {table.name} ({names}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row(tuple(row.values()))
