"""The inventory: what the last apply saw in the LMS, and what it sent there after that (A13e).

Each function is a part of one transaction that its caller holds.
"""

import zlib
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection, Row, delete, insert, select

from reconciler.ledger.blocks import BITS, cut, join, pack
from reconciler.ledger.journal import UNKNOWN, unpacked
from reconciler.ledger.log import digest_of
from reconciler.ledger.outcomes import SENT_ONLY, Outcomes, outcomes_where
from reconciler.ledger.sql import old_key, same_key
from reconciler.ledger.tables import INTENTS, INVENTORY, RUNS, canonical
from reconciler.records import Intent, LastApply, Seen, Written

FASTEST = 1
"""The level of compression: due dates repeat, so it is as small with it as with any other."""
Place = tuple[str, int]


def put_inventory(connection: Connection, seen: Mapping[str, Seen]) -> str:
    """Put what an apply sees in the place of what an earlier one saw; only what differs is written.

    Returns:
        A digest over all of it.
    """
    stored = _digests(connection)
    found: dict[Place, str] = {}
    new = []
    for content in sorted(seen):
        for block, parts in _blocks(seen[content]):
            digest = found[content, block] = digest_of(*parts.values())
            if stored.get((content, block)) != digest:
                new.append({"content": content, "block": block, **parts, "digest": digest})
    gone = [place for place in stored if place not in found or stored[place] != found[place]]
    if gone:
        old = [old_key(INVENTORY, {"content": one, "block": block}) for one, block in gone]
        connection.execute(delete(INVENTORY).where(*same_key(INVENTORY)), old)
    if new:
        connection.execute(insert(INVENTORY), new)
    return _digest_of_all(found)


def inventory_digest(connection: Connection) -> str:
    """The digest over all that is there, worked out from what is there."""
    rows = connection.execute(select(INVENTORY))
    return _digest_of_all(
        {(row.content, row.block): digest_of(row.enrolled, row.completed, row.due) for row in rows}
    )


def read_last_apply(connection: Connection) -> LastApply | None:
    """The last run with what it saw and what it sent; None before the first."""
    run = connection.execute(select(RUNS).order_by(RUNS.c.serial.desc()).limit(1)).one_or_none()
    if run is None:
        return None
    return LastApply(
        serial=run.serial,
        as_of=run.as_of,
        started=run.started,
        seen=dict(_read_seen(connection)),
        written=tuple(_read_written(connection, run.serial)),
    )


def _digests(connection: Connection) -> dict[Place, str]:
    columns = select(INVENTORY.c.content, INVENTORY.c.block, INVENTORY.c.digest)
    return {(content, block): digest for content, block, digest in connection.execute(columns)}


def _digest_of_all(digests: Mapping[Place, str]) -> str:
    told = [[content, block, digest] for (content, block), digest in sorted(digests.items())]
    return digest_of(canonical(told).encode())


def _blocks(seen: Seen) -> Iterator[tuple[int, dict[str, bytes]]]:
    """The columns of each block that has members, and of the first one always."""
    numbers, begin = seen.open, 0
    enrolled, completed = dict(cut(seen.enrolled)), dict(cut(seen.completed))
    for block in sorted({0, *enrolled}):
        end = begin + numbers.range_cardinality(block << BITS, (block + 1) << BITS)
        yield (
            block,
            {
                "enrolled": pack(enrolled.get(block, BitMap())),
                "completed": pack(completed.get(block, BitMap())),
                "due": _packed(seen.due[begin:end]),
            },
        )
        begin = end
    assert begin == len(seen.due), "a due date for each open enrollment, and no other"


def _packed(due: NDArray[np.datetime64]) -> bytes:
    return zlib.compress(due.astype("datetime64[s]").astype("<i8").tobytes(), FASTEST)


def _unpacked(blob: bytes) -> NDArray[np.datetime64]:
    return np.frombuffer(zlib.decompress(blob), dtype="<i8").astype("datetime64[s]")


def _read_seen(connection: Connection) -> Iterator[tuple[str, Seen]]:
    rows = connection.execute(select(INVENTORY).order_by(*INVENTORY.primary_key.columns))
    for content, several in groupby(rows, attrgetter("content")):
        blocks = list(several)
        yield (
            content,
            Seen(
                enrolled=join(row.enrolled for row in blocks),
                completed=join(row.completed for row in blocks),
                due=np.concatenate([_unpacked(row.due) for row in blocks]),
            ),
        )


def _read_written(connection: Connection, serial: int) -> Iterator[Written]:
    """What a run has sent, in the order of its sending."""
    mine = INTENTS.c.serial == serial
    outcomes = outcomes_where(connection, mine)
    for row in connection.execute(select(INTENTS).where(mine).order_by(INTENTS.c.number)):
        yield _written(row, outcomes(row))


def _written(row: Row[tuple[object, ...]], outcomes: Outcomes) -> Written:
    return Written(
        intent=Intent(
            content=row.content,
            action=row.action,
            causes=tuple(row.causes),
            trainees=join([row.bitmap]),
            assigned=row.assigned,
            effect=row.effect,
            number=row.number,
            due=row.due,
            details=None if row.details is None else unpacked(row.details),
        ),
        done=outcomes.among("done"),
        already=outcomes.among("already"),
        doubtful=outcomes.among(SENT_ONLY, UNKNOWN),
    )
