"""The ledger opened or made: what the rest of the program holds of it (D9)."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from reconciler.errors import LedgerUnfit, WrongUse
from reconciler.ledger.connect import WAY_OUT, Database, postgresql_database, sqlite_database
from reconciler.ledger.journal import note, read_planned, send
from reconciler.ledger.lease import (
    Ended,
    Holder,
    Lease,
    check_free,
    free_lease,
    give_back,
    renew,
    take,
    unlock,
)
from reconciler.ledger.place import Address, address_of_ledger, ledger_path
from reconciler.ledger.read import Listing, read_ids, read_listing, read_runs, read_state
from reconciler.ledger.run import Answer, Batch, NewRun, RunRecord, RunState
from reconciler.ledger.tables import FORMAT, LEASE, META, METADATA
from reconciler.ledger.write import (
    Forgotten,
    begin_run,
    change_sets,
    check_under_way,
    finish_run,
    forget,
    put_records,
)
from reconciler.records import (
    Intent,
    LedgerChanges,
    LedgerState,
    OrderRecord,
    SetChange,
    SetKey,
    Sighting,
)

PATIENCE = 10.0
"""For how many seconds a reader or writer waits for others to finish writing."""
THERE_ALREADY = (
    "{}: a ledger is there already, and it is what knows who was assigned what. "
    "To start anew all the same, {} first."
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is remembered between runs. Each method is one transaction: all of it, or nothing.

    Every method raises LedgerUnfit when the database can no longer be used.
    """

    database: Database

    def state(self) -> LedgerState:
        """All that a plan needs, of one moment."""
        with self.database.reading() as connection:
            return read_state(connection)

    def begin(self, changes: LedgerChanges, sighting: Sighting, run: NewRun) -> int:
        """Write what an apply changes before its first write to the LMS; return its serial (D8).

        Raises:
            StalePlan: Another run has begun since the plan read the ledger.
        """
        with self.database.writing() as connection:
            return begin_run(connection, changes, sighting, run=run)

    def intend(self, batch: Batch, *, serial: int) -> int:
        """Note what is about to be sent to the LMS, before it is; return the entry in the log.

        Raises:
            LeaseLost: Another run holds the lease now. So with every method that takes a run.
        """
        with self.database.writing() as connection:
            check_under_way(connection, serial)
            return send(connection, serial, batch)

    def record(
        self,
        sets: Mapping[SetKey, SetChange],
        *,
        serial: int,
        orders: Iterable[OrderRecord] = (),
        answer: Answer | None = None,
    ) -> None:
        """Write what a batch of writes to the LMS has done, in the run that ``begin`` returned.

        Args:
            sets: What changes.
            serial: The run.
            orders: Orders that have another state now.
            answer: What the LMS said to a batch that ``intend`` noted.
        """
        with self.database.writing() as connection:
            check_under_way(connection, serial)
            if answer is not None:
                note(connection, serial, answer)
            put_records(connection, orders=orders)
            change_sets(connection, sets)

    def finish(
        self, serial: int, *, state: RunState, counts: Mapping[str, int], finished: datetime
    ) -> None:
        """Close a run that is under way."""
        with self.database.writing() as connection:
            finish_run(connection, serial, state=state, counts=counts, finished=finished)

    def runs(self) -> list[RunRecord]:
        """Every run, the first first."""
        with self.database.reading() as connection:
            return read_runs(connection)

    def listing(self, owner: str | None = None) -> Listing:
        """The records and the sizes of sets: all, or those of ``automation.NAME`` or an order.

        Raises:
            WrongUse: Nothing is recorded under that name.
        """
        with self.database.reading() as connection:
            return read_listing(connection, owner)

    def ids(self, key: SetKey, *, start: int = 0, count: int = 1000) -> list[str]:
        """One page of the trainees in a set, in the order in which they were first seen."""
        with self.database.reading() as connection:
            return read_ids(connection, key, start=start, count=count)

    def planned(self, serial: int) -> tuple[Intent, ...]:
        """What a run set out to do, one for each decision."""
        with self.database.reading() as connection:
            return read_planned(connection, serial)

    def check_free(self, *, now: datetime, ended: Ended) -> None:
        """Require that the lease could be taken; write nothing.

        Raises:
            LedgerLocked: Somebody holds it.
        """
        with self.database.reading() as connection:
            check_free(connection, now=now, ended=ended)

    def take_lease(self, holder: Holder, *, now: datetime, ended: Ended) -> Lease:
        """Take the right to write, for one apply at a time.

        Raises:
            LedgerLocked: Somebody holds it, has renewed it lately, and has not surely ended.
        """
        with self.database.writing() as connection:
            return take(connection, holder, now=now, ended=ended)

    def renew(self, lease: Lease, *, now: datetime) -> None:
        """Tell that the holder is still at work.

        Raises:
            LeaseLost: Somebody else has taken the lease.
        """
        with self.database.writing() as connection:
            renew(connection, lease, now=now)

    def give_back(self, lease: Lease) -> None:
        """Free a lease, if it is still the one held."""
        with self.database.writing() as connection:
            give_back(connection, lease)

    def unlock(self, id_: str, *, by: str, reason: str, now: datetime) -> Lease:
        """Take the lease from its holder, who can write nothing from then on.

        Raises:
            WrongUse: No lease with this id is held.
        """
        with self.database.writing() as connection:
            return unlock(connection, id_, by=by, reason=reason, now=now)

    def forget(self, owner: str) -> Forgotten:
        """Take out the records and sets of ``automation.NAME`` or an order.

        Raises:
            WrongUse: Nothing is recorded under that name.
        """
        with self.database.writing() as connection:
            return forget(connection, owner)


def create_ledger(
    url: str,
    root: Path,
    *,
    lineage: str,
    done_orders: Iterable[OrderRecord] = (),
    environment: Mapping[str, str] = os.environ,
) -> Ledger:
    """Make a new ledger, in which these orders are done (D9).

    Raises:
        WrongUse: There is one already, or the URL is none of a ledger.
        LedgerUnfit: It cannot be written there.
    """
    address = address_of_ledger(url, environment)
    orders = [replace(order, state="done") for order in done_orders]
    if address.is_postgresql:
        database = postgresql_database(address, environment, lineage=lineage, patience=PATIENCE)
        _fill_on_server(database, orders)
        return Ledger(database)
    path = ledger_path(address.url, root)
    _make_file(path, address)
    database = sqlite_database(path, address=address, lineage=lineage, patience=PATIENCE)
    try:
        _fill(database, orders)
    except BaseException:
        path.unlink()
        raise
    return Ledger(database)


def _make_file(path: Path, address: Address) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
    except FileExistsError:
        raise WrongUse(THERE_ALREADY.format(address.shown, "move that file away")) from None
    except OSError as failure:
        raise LedgerUnfit(
            f"{address.shown}: no ledger can be made here: {failure.strerror}."
        ) from failure


def _fill_on_server(database: Database, orders: Iterable[OrderRecord]) -> None:
    there = WrongUse(THERE_ALREADY.format(database.shown, "name another database or schema"))
    try:
        with database.making() as connection:
            is_there = database.engine.dialect.has_table(connection, META.name)
        if is_there:
            raise there
        _fill(database, orders)
    except IntegrityError:
        raise there from None  # made by somebody else at the same moment


def _fill(database: Database, orders: Iterable[OrderRecord]) -> None:
    with database.making() as connection:
        METADATA.create_all(connection, checkfirst=False)
        identity = {"format": FORMAT, "lineage": database.lineage}
        rows = [{"key": key, "value": value} for key, value in identity.items()]
        connection.execute(insert(META), rows)
        connection.execute(insert(LEASE), [free_lease()])
        put_records(connection, orders=orders)


def open_ledger(
    url: str,
    root: Path,
    *,
    lineage: str,
    patience: float = PATIENCE,
    environment: Mapping[str, str] = os.environ,
) -> Ledger:
    """Open the ledger of a workspace; never make one (D9).

    Args:
        url: As in the workspace file: ``sqlite:///PATH``, relative to ``root`` or absolute, or
            ``postgresql://…``.
        root: The workspace's folder.
        lineage: As in the workspace file.
        patience: For how many seconds to wait for others to finish writing.
        environment: Holds the password, and what the address names of it.

    Raises:
        LedgerUnfit: It is missing, no ledger, of another lineage or format, or locked.
        WrongUse: The URL is none of a ledger.
    """
    address = address_of_ledger(url, environment)
    if address.is_postgresql:
        database = postgresql_database(address, environment, lineage=lineage, patience=patience)
    else:
        path = ledger_path(address.url, root)
        _check_file(path, address)
        database = sqlite_database(path, address=address, lineage=lineage, patience=patience)
    with database.reading():
        return Ledger(database)


def _check_file(path: Path, address: Address) -> None:
    shown = address.shown
    try:
        exists, is_file = path.exists(), path.is_file()
    except OSError as failure:
        raise LedgerUnfit(f"{shown}: this cannot be read: {failure.strerror}.") from failure
    if not exists:
        raise LedgerUnfit(
            f"{shown}: there is no ledger, so nobody knows who was there before a rule began, or "
            f"which orders have run. {WAY_OUT}"
        )
    if not is_file:
        raise LedgerUnfit(f"{shown}: this is not a file. {WAY_OUT}")
