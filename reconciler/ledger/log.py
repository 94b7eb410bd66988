"""The log: what happened, in entries chained by hashes. Entries are added and never changed."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from reconciler.ledger.tables import LOG, canonical

BEFORE_ALL = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``body`` is canonical JSON; ``hash`` is over all else and the entry before."""

    number: int
    kind: str
    serial: int | None
    at: datetime
    body: str
    hash: str

    def link(self, previous: str) -> str:
        """What the hash has to be after an entry with the hash ``previous``."""
        told = [previous, self.number, self.kind, self.serial, int(self.at.timestamp()), self.body]
        return digest_of(canonical(told).encode())


def digest_of(*parts: bytes) -> str:
    """One digest of some byte strings, each told apart from the next."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


def head(connection: Connection) -> tuple[int, str]:
    """The number and the hash of the last entry."""
    newest = select(LOG.c.number, LOG.c.hash).order_by(LOG.c.number.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return (row.number, row.hash) if row else (0, BEFORE_ALL)


def append(
    connection: Connection,
    kind: str,
    body: Mapping[str, Any],
    *,
    at: datetime,
    serial: int | None = None,
) -> int:
    """Add an entry; return its number."""
    last, previous = head(connection)
    entry = Entry(last + 1, kind, serial, at, canonical(body), "")
    row = {
        "number": entry.number,
        "kind": kind,
        "serial": serial,
        "at": at,
        "body": entry.body,
        "hash": entry.link(previous),
    }
    connection.execute(insert(LOG), [row])
    return entry.number


def entries(connection: Connection) -> Iterator[Entry]:
    """Every entry, the first first."""
    for row in connection.execute(select(LOG).order_by(LOG.c.number)):
        yield Entry(row.number, row.kind, row.serial, row.at, row.body, row.hash)
