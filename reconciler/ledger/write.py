"""Writes the ledger; each function is a part of one transaction that its caller holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from pyroaring import BitMap
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from reconciler.errors import LedgerUnfit, Overtaken
from reconciler.ledger.blocks import block_numbers, cut, join, pack, pack_each
from reconciler.ledger.inventory import put_inventory
from reconciler.ledger.journal import REPLACED, Sighted, begin_journal, settle
from reconciler.ledger.lease import check_fence
from reconciler.ledger.log import append, head
from reconciler.ledger.read import OWNED, check_known, last_applied, last_run, read_set, same_set
from reconciler.ledger.run import NewRun, RunState
from reconciler.ledger.sql import elements, old_key, same_key
from reconciler.ledger.tables import (
    ABSENCES,
    APPLIED,
    AUTOMATIONS,
    CENSUS,
    LIFTS,
    MEMBERS,
    ORDERS,
    RUNS,
    TRAINEES,
)
from reconciler.records import (
    REMEMBERED,
    AutomationRecord,
    LedgerChanges,
    OrderRecord,
    SetChange,
    SetKey,
    Sighting,
)

PRESENT = SetKey("present")
ON_THE_MOVE = "renamed:"
OUTDATED = (
    "The ledger is not as this plan read it: another run has worked since, or somebody has used "
    "`reconciler state`. Nothing was written; plan again."
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much `state forget` took out of the ledger."""

    records: int
    sets: int


def begin_run(
    connection: Connection, changes: LedgerChanges, sighting: Sighting, *, run: NewRun
) -> int:
    """Write what an apply changes before its first write to the LMS (D8), and its run.

    Returns:
        The run's serial.

    Raises:
        Overtaken: Something has been noted in the ledger since the plan read it.
        LeaseLost: The run's lease is not the one held.
    """
    check_fence(connection, run.fence)
    if head(connection)[1] != run.expected_head:
        raise Overtaken(OUTDATED)
    serial, _ = last_run(connection)
    known = _count(connection)
    _rename(connection, changes.renamed)
    _number(connection, sighting.newcomers, first=known)
    _note_absences(connection, sighting, last_applied(connection), known=known)
    put_records(connection, automations=changes.automations, orders=changes.orders)
    _put(connection, LIFTS, [{"id": one.id, "used": one.used} for one in changes.lifts])
    _put_census(connection, sighting)
    applied = [{"section": name, "text": text} for name, text in sighting.applied.items()]
    _put(connection, APPLIED, applied)
    if run.undoes is None:
        # Whoever is live was in the files of this apply (A5b).
        live = update(AUTOMATIONS).where(AUTOMATIONS.c.state == "live")
        connection.execute(live.values(present=run.as_of))
    change_sets(connection, {**changes.sets, **_seen(connection, sighting), **sighting.marks})
    connection.execute(update(RUNS).where(RUNS.c.state == "running").values(state="failed"))
    connection.execute(
        insert(RUNS).values(
            serial=serial + 1,
            as_of=run.as_of,
            started=run.started,
            state="running",
            digest=run.digest,
            counts={},
            tool_version=run.tool_version,
            fence=run.fence,
        )
    )
    # What it changes in the sets is among the changes above.
    settle(connection, changes.settled, at=run.started, serial=serial + 1)
    sighted = Sighted(known, sighting.newcomers, put_inventory(connection, run.seen))
    begin_journal(connection, serial + 1, run, sighted, changes.renamed)
    return serial + 1


def check_under_way(connection: Connection, serial: int) -> None:
    """Require that a run may write: it has not ended, and its lease is the one held.

    Raises:
        LeaseLost: Somebody else has taken the lease since.
        LedgerUnfit: This is not the ledger in which it began.
    """
    row = connection.execute(
        select(RUNS.c.state, RUNS.c.fence).where(RUNS.c.serial == serial)
    ).one_or_none()
    if row is None:
        raise LedgerUnfit(REPLACED.format(serial))
    check_fence(connection, row.fence)
    assert row.state == "running", f"run {serial} is not under way"


def finish_run(
    connection: Connection,
    serial: int,
    *,
    state: RunState,
    counts: Mapping[str, int],
    finished: datetime,
) -> None:
    """Close a run that is under way."""
    check_under_way(connection, serial)
    closing = update(RUNS).where(RUNS.c.serial == serial)
    connection.execute(closing.values(state=state, counts=dict(counts), finished=finished))
    append(connection, "end", {"state": state, "counts": dict(counts)}, at=finished, serial=serial)


def put_records(
    connection: Connection,
    *,
    automations: Iterable[AutomationRecord] = (),
    orders: Iterable[OrderRecord] = (),
) -> None:
    """Put records in place of those with the same key."""
    _put(
        connection,
        AUTOMATIONS,
        [
            {
                "id": record.id,
                "content": record.content,
                "state": record.state,
                "started": record.started,
                "present": record.present,
                "text": dict(record.text),
            }
            for record in automations
        ],
    )
    _put(
        connection,
        ORDERS,
        [
            {
                "id": record.id,
                "kind": record.id.partition(".")[0],
                "content": record.content,
                "state": record.state,
                "as_of": record.as_of,
                "text": dict(record.text),
            }
            for record in orders
        ],
    )


def change_sets(connection: Connection, changes: Mapping[SetKey, SetChange]) -> None:
    """Make each set (stored − remove) ∪ add; only the blocks that differ are written."""
    total = _count(connection)
    gone: list[dict[str, object]] = []
    new: list[dict[str, object]] = []
    for key, change in changes.items():
        touched = change.add | change.remove
        assert not touched or touched.max() < total, f"{key}: a number without a trainee"
        stored = _read_blocks(connection, key, block_numbers(touched))
        for block, part in cut(touched):
            before = stored.get(block, BitMap())
            after = (before - (part & change.remove)) | (part & change.add)
            if after == before:
                continue
            place = {**key._asdict(), "block": block}
            if block in stored:
                gone.append(old_key(MEMBERS, place))
            if after:
                new.append({**place, "bitmap": pack(after)})
    if gone:
        connection.execute(delete(MEMBERS).where(*same_key(MEMBERS)), gone)
    if new:
        connection.execute(insert(MEMBERS), new)


def forget(connection: Connection, owner: str) -> Forgotten:
    """Take out the records and sets of one ``automation.NAME``; of an order what it did (M4e).

    An order's record, its audience and its open rows stay: it never runs again.

    Raises:
        WrongUse: Nothing is recorded under that name.
    """
    check_known(connection, owner)
    own = _owned_by(owner)
    if not owner.startswith("automation."):
        own = and_(MEMBERS.c.kind.in_(REMEMBERED), MEMBERS.c.owner == owner)
    names = select(MEMBERS.c.kind, MEMBERS.c.owner, MEMBERS.c.content).where(own).distinct()
    sets = len(connection.execute(names).all())
    connection.execute(delete(MEMBERS).where(own))
    records = connection.execute(delete(AUTOMATIONS).where(AUTOMATIONS.c.id == owner)).rowcount
    return Forgotten(records, sets)


def _rename(connection: Connection, renamed: Mapping[str, str]) -> None:
    """Rename automations and the owners of their sets (A15), all at once: names may be swapped."""
    for old, new in renamed.items():
        _move(connection, old, ON_THE_MOVE + new)
    for new in renamed.values():
        _move(connection, ON_THE_MOVE + new, new)


def _move(connection: Connection, old: str, new: str) -> None:
    rest = func.substr(MEMBERS.c.owner, len(old) + 1)
    owned = update(MEMBERS).where(_owned_by(old))
    connection.execute(owned.values(owner=literal(new).concat(rest)))
    connection.execute(update(AUTOMATIONS).where(AUTOMATIONS.c.id == old).values(id=new))


def _owned_by(owner: str) -> ColumnElement[bool]:
    """The sets of one automation or order, and of what a lift let through in its guards (G4b)."""
    own = and_(MEMBERS.c.kind.in_(OWNED), MEMBERS.c.owner == owner)
    in_its_guards = func.substr(MEMBERS.c.owner, 1, len(owner) + 1) == f"{owner}."
    return or_(own, and_(MEMBERS.c.kind == "lifted", in_its_guards))


def _count(connection: Connection) -> int:
    last = connection.execute(select(func.max(TRAINEES.c.number))).scalar()
    return 0 if last is None else last + 1


def _number(connection: Connection, newcomers: pl.Series, *, first: int) -> None:
    """Give the newcomers the next numbers, in their order."""
    if newcomers.is_empty():
        return
    # The reader joins ids by line breaks; the roster refuses such an id with its row.
    assert not newcomers.str.contains("\n", literal=True).any(), "an id holds a line break"
    listed = elements(connection, newcomers.to_list())
    rows = select(listed.c.key + first, listed.c.value)
    connection.execute(insert(TRAINEES).from_select(["number", "id"], rows))


def _note_absences(
    connection: Connection, sighting: Sighting, last_as_of: datetime | None, *, known: int
) -> None:
    """Note since when people are absent (P5), before the present are replaced.

    Args:
        connection: Within the transaction of a run's beginning.
        sighting: Whom the run's roster shows.
        last_as_of: The as-of of the apply that saw the present of before.
        known: How many trainees had a number before this run.
    """
    before = read_set(connection, PRESENT)
    back = (sighting.present & BitMap(range(known))) - before
    if back:
        listed = elements(connection, back)
        connection.execute(delete(ABSENCES).where(ABSENCES.c.number.in_(select(listed.c.value))))
    gone = before - sighting.present
    if gone:
        listed = elements(connection, gone)
        rows = select(listed.c.value, literal(last_as_of, ABSENCES.c.last_seen.type))
        connection.execute(insert(ABSENCES).from_select(["number", "last_seen"], rows))


def _seen(connection: Connection, sighting: Sighting) -> dict[SetKey, SetChange]:
    """What a sighting changes; what was filled once stays noted as filled (A4d)."""
    before = read_set(connection, PRESENT)
    changes = {PRESENT: SetChange(add=sighting.present - before, remove=before - sighting.present)}
    for attribute, filled in sighting.filled.items():
        key = SetKey("filled", attribute)
        known = read_set(connection, key)
        changes[key] = SetChange(add=(filled & sighting.present) - known)
    return changes


def _put_census(connection: Connection, sighting: Sighting) -> None:
    """Put what the roster shows in the place of what an earlier one showed (A3)."""
    connection.execute(delete(CENSUS))
    rows = [
        {"attribute": attribute, "people": pack_each(sets)}
        for attribute, sets in sighting.census().items()
    ]
    if rows:
        connection.execute(insert(CENSUS), rows)


def _read_blocks(connection: Connection, key: SetKey, blocks: list[int]) -> dict[int, BitMap]:
    if not blocks:
        return {}
    wanted = select(MEMBERS.c.block, MEMBERS.c.bitmap).where(
        *same_set(key), MEMBERS.c.block.in_(blocks)
    )
    return {block: join([blob]) for block, blob in connection.execute(wanted)}


def _put(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    old = [old_key(table, row) for row in rows]
    connection.execute(delete(table).where(*same_key(table)), old)
    connection.execute(insert(table), rows)
