"""What a run did, read back from the journal, so that it can be undone."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import polars as pl
from pyroaring import BitMap
from sqlalchemy import Connection, Row, select

from reconciler.errors import WrongUse
from reconciler.frames import DETAILS
from reconciler.ledger.blocks import join
from reconciler.ledger.journal import UNKNOWN, check_sent, unpacked
from reconciler.ledger.names import Step, name_after, read_names, told_runs
from reconciler.ledger.outcomes import outcomes_where
from reconciler.ledger.tables import AUTOMATIONS, INTENTS, LOG, RUNS
from reconciler.records import Deed, PastRun, SetKey, gathered

NOT_DONE = ("already", "refused", "failed", "skipped")
"""The results of rows that the run itself did not write. An unknown one it may have written."""
DATES_ONLY = "reschedule"
Kind = tuple[str, str, str, tuple[str, ...], datetime | None]


def read_past(connection: Connection, serial: int) -> PastRun:
    """What a run did, and what the ledger knew of those enrollments before.

    Raises:
        WrongUse: There is no such run, or it is older than the journal.
    """
    run = connection.execute(select(RUNS).where(RUNS.c.serial == serial)).one_or_none()
    if run is None:
        raise WrongUse(f"There is no run {serial}.{told_runs(connection)}")
    begun = _begun(connection)
    if serial not in begun:
        raise WrongUse(
            f"Run {serial} is older than this ledger's journal, so nobody knows what exactly it "
            "wrote, and it cannot be undone."
        )
    since = _since(connection, serial)
    deeds = tuple(since.deed(one) for one in _deeds(connection, serial))
    remembered, undid = _remembered(deeds), begun[serial].get("undoes")
    known = since.sets(remembered)
    return PastRun(
        serial=serial,
        as_of=run.as_of,
        state=run.state,
        by=begun[serial]["evidence"].get("by") or "",
        deeds=deeds,
        later=MappingProxyType(_later(connection, serial, {one.content for one in deeds})),
        remembered=MappingProxyType(known),
        restored=MappingProxyType({} if undid is None else _restored(connection, undid)),
        undone_by=tuple(one for one, body in begun.items() if body.get("undoes") == serial),
        disowned=MappingProxyType(_disowned(remembered, known)),
    )


def undoings_at_the_end(connection: Connection) -> set[int]:
    """The serials of the last runs, as far back as they are undoings."""
    found: set[int] = set()
    before = None
    while True:
        newest = select(LOG).where(LOG.c.kind == "begin")
        if before is not None:
            newest = newest.where(LOG.c.number < before)
        row = connection.execute(newest.order_by(LOG.c.number.desc()).limit(1)).one_or_none()
        if row is None or "undoes" not in json.loads(row.body):
            return found
        found.add(row.serial)
        before = row.number


def is_unlooked(connection: Connection) -> bool:
    """Whether nobody has looked at anything that was applied since the last undo (D5e)."""
    begun = select(LOG.c.body).where(LOG.c.kind == "begin").order_by(LOG.c.number.desc())
    body = json.loads(connection.execute(begun.limit(1)).scalar() or "{}")
    return "undoes" in body or bool(body.get("after_undo"))


@dataclass(frozen=True, slots=True)
class _Since:
    """What has become of the names that a run knew: renamed (A15), forgotten, or without a record.

    ``steps`` are the renames of a later run, or the name that was forgotten; ``recorded`` are the
    ids of automations that have a record now, each with its content.
    """

    steps: tuple[Step, ...]
    recorded: frozenset[tuple[str, str]]

    def deed(self, deed: Deed) -> Deed:
        """With the causes that still have a name under it."""
        return replace(deed, causes=tuple(self._name(one) or one for one in deed.causes))

    def sets(self, sets: Mapping[SetKey, BitMap]) -> dict[SetKey, BitMap]:
        """Those whose owners are still known; what nobody knows any more is given to nobody."""
        found = ((key, self._name(key.owner), members) for key, members in sets.items())
        return gathered(
            (key._replace(owner=name), members)
            for key, name, members in found
            if name is not None and self._is_known(name, key.content)
        )

    def _name(self, name: str) -> str | None:
        """The name of now; None where it was forgotten."""
        return name_after(name, self.steps)

    def _is_known(self, owner: str, content: str) -> bool:
        return not owner.startswith("automation.") or (owner, content) in self.recorded


def _since(connection: Connection, serial: int) -> _Since:
    records = connection.execute(select(AUTOMATIONS.c.id, AUTOMATIONS.c.content))
    return _Since(
        read_names(connection).since(serial), frozenset((row.id, row.content) for row in records)
    )


def _disowned(before: Mapping[SetKey, BitMap], now: Mapping[SetKey, BitMap]) -> dict[str, BitMap]:
    """By content, whom somebody had given it whose name is not known any more, and nobody else."""
    then, still = (
        gathered((key.content, who) for key, who in sets.items() if key.kind == "gave")
        for sets in (before, now)
    )
    return {one: who - still.get(one, BitMap()) for one, who in then.items()}


def _restored(connection: Connection, undid: int) -> dict[SetKey, BitMap]:
    return _since(connection, undid).sets(_remembered(_deeds(connection, undid)))


def _begun(connection: Connection) -> dict[int, dict[str, Any]]:
    """What the log tells of the beginning of each run."""
    rows = connection.execute(select(LOG).where(LOG.c.kind == "begin").order_by(LOG.c.number))
    return {row.serial: json.loads(row.body) for row in rows}


def _deeds(connection: Connection, serial: int) -> Iterator[Deed]:
    """The deeds of a run, whatever the batches in which they were done."""
    parts: defaultdict[Kind, list[pl.DataFrame]] = defaultdict(list)
    mine = INTENTS.c.serial == serial
    outcomes = outcomes_where(connection, mine)
    for row in connection.execute(select(INTENTS).where(mine).order_by(INTENTS.c.number)):
        check_sent(row)
        if who := join([row.bitmap]) - outcomes(row).among(*NOT_DONE):
            kind = row.content, row.action, row.effect, tuple(row.causes), row.assigned
            parts[kind].append(_rows(row, who))
    for kind, several in parts.items():
        yield Deed(*kind, rows=pl.concat(several).sort("number"))


def _rows(row: Row[Any], who: BitMap) -> pl.DataFrame:
    everyone = join([row.bitmap])
    numbers = pl.Series("number", list(everyone), dtype=pl.UInt32)
    if row.details is None:
        nothing = [pl.lit(None, kind).alias(name) for name, kind in DETAILS.schema.items()]
        frame = numbers.to_frame().with_columns(nothing)
        frame = frame.with_columns(due=pl.lit(row.due, DETAILS.schema["due"]))
    else:
        frame = unpacked(row.details).insert_column(0, numbers)
    if row.action == "remove":
        # Earlier versions did not note it; then those who were the cause had given it.
        known = [f"gave {cause}" for cause in row.causes if cause.startswith("automation.")]
        frame = frame.with_columns(pl.col("remembered").fill_null(", ".join(known)))
    return frame.filter(pl.col("number").is_in(pl.Series(list(who), dtype=pl.UInt32).implode()))


def _later(connection: Connection, serial: int, contents: set[str]) -> dict[str, BitMap]:
    """By content, whom a later run gave it, let start over, or took it from.

    Of what is not settled yet the LMS tells whether it was done.
    """
    later = (
        INTENTS.c.serial > serial,
        INTENTS.c.action != DATES_ONLY,
        INTENTS.c.content.in_(sorted(contents)),
        INTENTS.c.state != "open",
    )
    outcomes = outcomes_where(connection, *later)
    return gathered(
        (row.content, join([row.bitmap]) - outcomes(row).among(*NOT_DONE, UNKNOWN))
        for row in connection.execute(select(INTENTS).where(*later))
    )


def _remembered(deeds: Iterable[Deed]) -> dict[SetKey, BitMap]:
    """The sets that the enrollments were in; a moved due date changes nothing of that."""
    found: dict[SetKey, BitMap] = {}
    for deed in deeds:
        if deed.action == DATES_ONLY:
            continue
        told = deed.rows.drop_nulls("remembered").group_by("remembered").agg("number")
        for text, numbers in told.iter_rows():
            for name in filter(None, text.split(", ")):
                kind, _, owner = name.partition(" ")
                key = SetKey(kind, owner, deed.content)
                found[key] = found.get(key, BitMap()) | BitMap(numbers)
    return found
