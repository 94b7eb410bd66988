"""The journal: what a run set out to do, what it sent, and what became of it.

All of it is sets: a batch of fifty thousand rows for three rules is three rows here. Each function
is a part of one transaction that its caller holds.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, get_args

import polars as pl
from pyroaring import BitMap
from sqlalchemy import Connection, Row, Table, exists, func, insert, select, update

from reconciler.errors import LedgerUnfit
from reconciler.frames import DETAILS
from reconciler.ledger.blocks import join, pack, read_table
from reconciler.ledger.log import append, digest_of
from reconciler.ledger.run import Answer, NewRun, Sent, Trouble
from reconciler.ledger.tables import INTENTS, LEASE, LOG, OUTCOMES, PLANNED, TEXTS, canonical
from reconciler.records import ActionName, Intent

UNKNOWN = "unknown"
REPLACED = (
    "the ledger does not know what run {} has noted: another one, or an older copy, was put in its "
    "place meanwhile. This run writes nothing more. Put the ledger back in which it began, then "
    "plan and apply again; what it had sent is looked for in the LMS."
)


@dataclass(frozen=True, slots=True)
class Sighted:
    """What the log vouches for of what a run has seen.

    ``known`` trainees had a number before it, ``newcomers`` have one from it on; ``inventory`` is
    the digest of what it saw in the LMS.
    """

    known: int
    newcomers: pl.Series
    inventory: str


def begin_journal(
    connection: Connection,
    serial: int,
    run: NewRun,
    sighted: Sighted,
    renamed: Mapping[str, str],
) -> None:
    """Note who begins to do what, by which texts, what it sees, and which names it changes."""
    planned = [
        {
            "serial": serial,
            "number": number,
            "content": one.content,
            "action": one.action,
            "effect": one.effect,
            "causes": canonical(list(one.causes)),
            "bitmap": pack(one.trainees),
        }
        for number, one in enumerate(run.planned)
    ]
    _insert(connection, PLANNED, planned)
    texts = {cause: canonical(text) for cause, text in run.texts.items()}
    digests = {cause: digest_of(text.encode()) for cause, text in texts.items()}
    _put_texts(connection, {digests[cause]: text for cause, text in texts.items()})
    body = {
        "as_of": int(run.as_of.timestamp()),
        "digest": run.digest,
        "tool_version": run.tool_version,
        "fence": run.fence,
        "planned": len(planned),
        "planned_digest": planned_digest(planned),
        "texts": digests,
        "known": sighted.known,
        "newcomers": len(sighted.newcomers),
        "newcomers_digest": ids_digest(sighted.newcomers),
        "inventory": sighted.inventory,
        "evidence": dict(run.evidence),
    }
    if run.undoes is not None:
        body["undoes"] = run.undoes
    if run.after_undo:
        body["after_undo"] = True
    if renamed:
        body["renamed"] = dict(renamed)
    append(connection, "begin", body, at=run.started, serial=serial)


def send(connection: Connection, serial: int, batch: Sent) -> int:
    """Note what is about to be sent to the LMS; return the entry."""
    first = _next(connection, INTENTS)
    rows = [
        {
            "number": first + place,
            "serial": serial,
            "state": "open",
            "content": one.content,
            "action": one.action,
            "effect": one.effect,
            "causes": list(one.causes),
            "assigned": one.assigned,
            "due": one.due,
            "bitmap": pack(one.trainees),
            "details": None if one.details is None else packed(one.details),
        }
        for place, one in enumerate(batch.intents)
    ]
    body = {
        "first": batch.first,
        "last": batch.last,
        "intents": [[row["number"], intent_digest(row)] for row in rows],
    }
    entry = append(connection, "sent", body, at=batch.at, serial=serial)
    _insert(connection, INTENTS, [{**row, "entry": entry} for row in rows])
    return entry


def note(connection: Connection, serial: int, answer: Answer) -> None:
    """Note the outcome of a batch: all is done, but for the troubles.

    Raises:
        LedgerUnfit: This is not the ledger in which it was sent.
    """
    mine = select(INTENTS.c.number).where(INTENTS.c.entry == answer.entry)
    numbers = list(connection.execute(mine.order_by(INTENTS.c.number)).scalars())
    if not numbers:
        raise LedgerUnfit(REPLACED.format(serial))
    by_number = [(numbers[one.place], one) for one in answer.troubles]
    body = {"sent": answer.entry, "counts": dict(answer.counts)}
    _put_outcomes(connection, "noted", by_number, body, at=answer.at, serial=serial)
    unsure = {number for number, one in by_number if one.result == UNKNOWN}
    _close(connection, set(numbers) - unsure)
    if unsure:
        some = update(INTENTS).where(INTENTS.c.number.in_(sorted(unsure)))
        connection.execute(some.values(state="unsure"))


def settle(
    connection: Connection, settled: Mapping[int, BitMap], *, at: datetime, serial: int
) -> None:
    """Note what the LMS showed of what earlier runs have left open; then nothing is."""
    found: list[tuple[int, Trouble]] = []
    intents = read_open(connection)
    for intent in intents:
        done = settled.get(intent.number, BitMap()) & intent.trainees
        # A moved due date is not looked for: the plan itself compares due dates.
        rest = UNKNOWN if intent.action == "reschedule" else "failed"
        for result, who in (("done", done), (rest, intent.trainees - done)):
            if who:
                detail = f"as the LMS showed before run {serial}"
                told = Trouble(place=0, result=result, detail=detail, trainees=who)
                found.append((intent.number, told))
    if intents:
        _put_outcomes(connection, "settled", found, {}, at=at, serial=serial)
        _close(connection, {intent.number for intent in intents})


def read_open(connection: Connection) -> tuple[Intent, ...]:
    """What was sent and has no outcome yet: whole batches, or some of their rows."""
    found = []
    rows = connection.execute(
        select(INTENTS).where(INTENTS.c.state != "closed").order_by(INTENTS.c.number)
    ).all()
    forgotten = _forgotten(connection, since=rows[0].entry) if rows else []
    for row in rows:
        check_sent(row)
        rules, orders = _gone(forgotten, row.entry)
        unsure = select(OUTCOMES.c.bitmap).where(
            OUTCOMES.c.intent == row.number, OUTCOMES.c.result == UNKNOWN
        )
        blobs = connection.execute(unsure).scalars() if row.state == "unsure" else [row.bitmap]
        found.append(
            Intent(
                content=row.content,
                action=row.action,
                causes=tuple(cause for cause in row.causes if cause not in rules),
                trainees=join(blobs),
                assigned=row.assigned,
                effect=row.effect,
                number=row.number,
                disowned=tuple(cause for cause in row.causes if cause in orders),
            )
        )
    return tuple(found)


def _forgotten(connection: Connection, *, since: int) -> list[tuple[int, str]]:
    """Who was forgotten since an entry of the log, each with the entry that tells so."""
    later = select(LOG.c.number, LOG.c.body).where(LOG.c.kind == "forget", LOG.c.number > since)
    return [(row.number, json.loads(row.body)["owner"]) for row in connection.execute(later)]


def _gone(forgotten: Iterable[tuple[int, str]], entry: int) -> tuple[set[str], set[str]]:
    """Which rules were forgotten after an entry, and which orders: both own nothing of it (A16a).

    An order stays a cause, as its rows are to be closed (M4e).
    """
    gone = {owner for number, owner in forgotten if number > entry}
    rules = {one for one in gone if one.startswith("automation.")}
    return rules, gone - rules


def check_sent(row: Row[Any]) -> None:
    """Require of what was sent that it is something that is ever sent.

    Raises:
        ValueError: Somebody else has written it.
    """
    if row.action not in get_args(ActionName):
        raise ValueError(f"the action of what was sent is {row.action!r}")
    if row.assigned is None and row.action in ("assign", "restart", "retake"):
        raise ValueError("what was sent has no assigned instant")


def last_sign(connection: Connection) -> datetime | None:
    """When a run that has left something without an outcome was last heard of; None: none has."""
    if not connection.execute(select(exists().where(INTENTS.c.state != "closed"))).scalar():
        return None
    noted = select(LOG.c.at).order_by(LOG.c.number.desc()).limit(1)
    signs = (connection.execute(one).scalar() for one in (noted, select(LEASE.c.renewed)))
    return max(filter(None, signs), default=None)


def read_planned(connection: Connection, serial: int) -> tuple[Intent, ...]:
    """What a run set out to do."""
    rows = connection.execute(
        select(PLANNED).where(PLANNED.c.serial == serial).order_by(PLANNED.c.number)
    )
    return tuple(
        Intent(
            row.content,
            row.action,
            tuple(json.loads(row.causes)),
            join([row.bitmap]),
            effect=row.effect,
        )
        for row in rows
    )


def packed(details: pl.DataFrame) -> bytes:
    """A table of details, compressed: an Arrow stream."""
    blob = BytesIO()
    DETAILS.cast(details).write_ipc(blob, compression="zstd")
    return blob.getvalue()


def unpacked(blob: bytes) -> pl.DataFrame:
    """The table again; what was not noted yet when it was written is null."""
    frame = read_table(blob)
    missing = [name for name in DETAILS.schema if name not in frame.columns]
    return DETAILS.cast(frame.with_columns(pl.lit(None).alias(name) for name in missing))


def intent_digest(row: Mapping[str, object]) -> str:
    """Over all of an intent that never changes."""
    names = ("number", "serial", "content", "action", "effect", "causes")
    instants = [_seconds(row[name]) for name in ("assigned", "due")]
    told = canonical([*(row[name] for name in names), *instants])
    return digest_of(told.encode(), _bytes(row["bitmap"]), _bytes(row["details"]))


def outcomes_digest(rows: Iterable[Mapping[str, object]]) -> str:
    names = ("number", "intent", "result", "detail")
    parts = [(canonical([row[name] for name in names]).encode(), row["bitmap"]) for row in rows]
    return digest_of(*(_bytes(part) for pair in parts for part in pair))


def planned_digest(rows: Iterable[Mapping[str, object]]) -> str:
    names = ("serial", "number", "content", "action", "effect", "causes")
    parts = [(canonical([row[name] for name in names]).encode(), row["bitmap"]) for row in rows]
    return digest_of(*(_bytes(part) for pair in parts for part in pair))


def ids_digest(ids: pl.Series) -> str:
    return digest_of("\n".join(ids.to_list()).encode())


def _seconds(value: object) -> int | None:
    return int(value.timestamp() // 1) if isinstance(value, datetime) else None


def _bytes(value: object) -> bytes:
    return b"" if value is None else bytes(value)  # type: ignore[call-overload]


def _put_outcomes(
    connection: Connection,
    kind: str,
    found: Iterable[tuple[int, Trouble]],
    body: Mapping[str, object],
    *,
    at: datetime,
    serial: int,
) -> None:
    first = _next(connection, OUTCOMES)
    rows = [
        {
            "number": first + place,
            "intent": number,
            "result": one.result,
            "detail": one.detail,
            "bitmap": pack(one.trainees),
        }
        for place, (number, one) in enumerate(found)
    ]
    told = {**body, "outcomes": len(rows), "outcomes_digest": outcomes_digest(rows)}
    entry = append(connection, kind, told, at=at, serial=serial)
    _insert(connection, OUTCOMES, [{**row, "entry": entry} for row in rows])


def _put_texts(connection: Connection, texts: Mapping[str, str]) -> None:
    if not texts:
        return
    known = set(connection.execute(select(TEXTS.c.digest)).scalars())
    new: list[dict[str, object]] = [
        {"digest": one, "text": text} for one, text in texts.items() if one not in known
    ]
    _insert(connection, TEXTS, new)


def _close(connection: Connection, numbers: set[int]) -> None:
    if numbers:
        closing = update(INTENTS).where(INTENTS.c.number.in_(sorted(numbers)))
        connection.execute(closing.values(state="closed"))


def _next(connection: Connection, table: Table) -> int:
    last = connection.execute(select(func.max(table.c.number))).scalar()
    return 0 if last is None else int(last) + 1


def _insert(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
