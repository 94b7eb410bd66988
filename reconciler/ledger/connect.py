"""The ledger's database: where it is, and transactions that fail with a word to the user."""

import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, select
from sqlalchemy.exc import DatabaseError, IntegrityError, MultipleResultsFound, NoResultFound

from reconciler.documents.sqlite_file import address_of
from reconciler.errors import LedgerUnfit, WrongUse
from reconciler.ledger.place import Address
from reconciler.ledger.postgresql import advice, engine_for
from reconciler.ledger.tables import FORMAT, META, OLDER, canonical

WAY_OUT = (
    "Restore it from a backup; or start a new one on purpose, which forgets all that was "
    "recorded: `reconciler state init` (D9)."
)

UNREADABLE = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError,
    pl.exceptions.PolarsError, NoResultFound, MultipleResultsFound,
)  # fmt: skip
LONGEST_SAID = 200


@dataclass(frozen=True, slots=True)
class Access:
    """How a kind of database is asked for a snapshot, and to be alone.

    ``reading`` and ``writing`` are options of a connection; ``alone`` are statements at the
    beginning of a transaction that writes; ``making`` is said to a new database, outside of one.
    """

    reading: Mapping[str, Any] = field(default_factory=dict)
    writing: Mapping[str, Any] = field(default_factory=dict)
    alone: tuple[str, ...] = ()
    making: str | None = None


# Readers and a writer then do not wait for each other.
IN_SQLITE = Access(writing={"immediate": True}, making="PRAGMA journal_mode = WAL")


def in_postgresql(patience: float) -> Access:
    """A lock that lets readers pass is released with its transaction."""
    return Access(
        reading={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        alone=(
            f"SET LOCAL lock_timeout = {max(1, int(patience * 1000))}",
            f"LOCK TABLE {META.name} IN EXCLUSIVE MODE",
        ),
    )


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Database:
    """The database of one ledger. ``address`` is how its place is written."""

    engine: Engine
    address: Address
    lineage: str
    access: Access = IN_SQLITE

    @property
    def shown(self) -> str:
        return self.address.shown

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot of the ledger, whatever others write meanwhile."""
        with (
            _told(self.address),
            _understood(self.address),
            self.engine.connect() as connection,
        ):
            same = connection.execution_options(**self.access.reading)
            with same.begin():
                self._check_identity(same)
                yield same

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone from its first statement: all of it is written, or nothing."""
        with _told(self.address), self.engine.connect() as connection:
            alone = connection.execution_options(**self.access.writing)
            with alone.begin():
                self._check_presence(alone)
                for statement in self.access.alone:
                    alone.exec_driver_sql(statement)
                self._check_identity(alone)
                yield alone

    @contextmanager
    def unchecked(self) -> Iterator[Connection]:
        """One transaction in a ledger of another format, or one that has moved away."""
        with _told(self.address), self.engine.connect() as connection:
            alone = connection.execution_options(**self.access.writing)
            with alone.begin():
                self._check_presence(alone)
                yield alone

    @contextmanager
    def making(self) -> Iterator[Connection]:
        """One transaction in a database that holds no ledger yet."""
        with _told(self.address), self.engine.connect() as connection:
            if self.access.making:
                connection.connection.cursor().execute(self.access.making)
            with connection.begin():
                yield connection

    def _check_presence(self, connection: Connection) -> None:
        if not self.engine.dialect.has_table(connection, META.name):
            raise LedgerUnfit(f"{self.shown}: this database holds no ledger. {WAY_OUT}")

    def _check_identity(self, connection: Connection) -> None:
        self._check_presence(connection)
        known = {row.key: row.value for row in connection.execute(select(META))}
        found = known.get("format", "unknown")
        if found != FORMAT:
            way_out = (
                "Make a copy of it, then bring it up: `reconciler state upgrade`."
                if found in OLDER
                else "Use the version of reconciler that wrote it."
            )
            raise LedgerUnfit(
                f"{self.shown}: the ledger has format {found}, and this version reads format "
                f"{FORMAT}. {way_out}"
            )
        if "moved" in known:
            raise LedgerUnfit(
                f"{self.shown}: this ledger has moved. Write `ledger: {known['moved']}` in "
                "reconciler.yaml."
            )
        if known.get("lineage") != self.lineage:
            raise LedgerUnfit(
                f"{self.shown}: the ledger's lineage is {known.get('lineage', 'unknown')}, and "
                f"the workspace file names {self.lineage}: it belongs to another workspace. "
                f"Correct `ledger` or `lineage` in reconciler.yaml (D9)."
            )


def sqlite_database(path: Path, *, address: Address, lineage: str, patience: float) -> Database:
    """The database in a file that exists. Nothing is opened yet.

    Args:
        path: The file.
        address: How the place is written in the workspace file.
        lineage: What the ledger's lineage has to be.
        patience: For how many seconds to wait for others to finish writing.
    """

    def connect() -> sqlite3.Connection:
        place = address_of(path)
        connection = sqlite3.connect(place, timeout=patience, isolation_level=None, uri=True)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -200000")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=NullPool, json_serializer=canonical
    )
    event.listen(engine, "begin", _begin)
    return Database(engine, address, lineage)


def postgresql_database(
    address: Address, environment: Mapping[str, str], *, lineage: str, patience: float
) -> Database:
    """The database on a server. Nothing is opened yet; ``patience`` as above.

    Raises:
        WrongUse: The driver is missing.
    """
    engine = engine_for(address, environment)
    database = Database(engine, address, lineage, in_postgresql(patience))
    # Whoever forgets a ledger has its connections closed.
    weakref.finalize(database, engine.dispose)
    return database


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _told(address: Address) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as failure:
        told = _told_by_server if address.is_postgresql else _told_by_file
        reason = " ".join(address.masked(str(failure.orig)).split())
        raise LedgerUnfit(f"{address.shown}: {told(reason, failure.orig)}") from failure


@contextmanager
def _understood(address: Address) -> Iterator[None]:
    """What cannot be read is no fault of whoever reads: a ledger is written by programs alone."""
    try:
        yield
    except UnicodeEncodeError as failure:
        odd = failure.object[failure.start : failure.end]
        raise WrongUse(f"Nothing is recorded of {odd!r}: this is no text in UTF-8.") from None
    except UNREADABLE as failure:
        reason = getattr(failure, "strerror", None) or str(failure)
        said = " ".join(address.masked(reason).split())[:LONGEST_SAID]
        raise LedgerUnfit(
            f"{address.shown}: the ledger was altered or is damaged: something in it cannot be "
            f"read ({said}). {WAY_OUT}"
        ) from failure


def _told_by_server(reason: str, failure: BaseException | None) -> str:
    return f"the ledger cannot be used: {reason}. {advice(failure)}"


def _told_by_file(reason: str, _: BaseException | None) -> str:
    if "locked" in reason or "busy" in reason:
        return (
            "the ledger is locked: another process is writing it. "
            "Wait until that has finished, and try again."
        )
    if "not a database" in reason or "malformed" in reason:
        return f"{reason}. {WAY_OUT}"
    return (
        f"the ledger cannot be used: {reason}. Check the file, its folder, the rights "
        "to write both, and the room on the disk."
    )
