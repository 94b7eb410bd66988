"""The ledger's database: where it is, and transactions that fail with a word to the user."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, select
from sqlalchemy.exc import DatabaseError, IntegrityError

from reconciler.documents.sqlite_file import address_of
from reconciler.errors import LedgerUnfit
from reconciler.ledger.tables import FORMAT, META, canonical

WAY_OUT = (
    "Restore it from a backup; or start a new one on purpose, which forgets all that was "
    "recorded: `reconciler state init` (D9)."
)


@dataclass(frozen=True, slots=True)
class Database:
    """The database of one ledger. ``shown`` is how its place is written in the workspace file."""

    engine: Engine
    shown: str
    lineage: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot of the ledger, whatever others write meanwhile."""
        with _told(self.shown), self.engine.connect() as connection, connection.begin():
            self._check_identity(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, alone from its first statement: all of it is written, or nothing."""
        with _told(self.shown), self.engine.connect() as connection:
            alone = connection.execution_options(immediate=True)
            with alone.begin():
                self._check_identity(alone)
                yield alone

    @contextmanager
    def making(self) -> Iterator[Connection]:
        """One transaction in a database that holds no ledger yet."""
        with _told(self.shown), self.engine.connect() as connection:
            # Readers and a writer then do not wait for each other. Outside a transaction only.
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
            with connection.begin():
                yield connection

    def _check_identity(self, connection: Connection) -> None:
        if not self.engine.dialect.has_table(connection, META.name):
            raise LedgerUnfit(f"{self.shown}: this database holds no ledger. {WAY_OUT}")
        known = {row.key: row.value for row in connection.execute(select(META))}
        if known.get("format") != FORMAT:
            raise LedgerUnfit(
                f"{self.shown}: the ledger has format {known.get('format', 'unknown')}, and this "
                f"version reads format {FORMAT}. Use the version of reconciler that wrote it."
            )
        if known.get("lineage") != self.lineage:
            raise LedgerUnfit(
                f"{self.shown}: the ledger's lineage is {known.get('lineage', 'unknown')}, and "
                f"the workspace file names {self.lineage}: it belongs to another workspace. "
                f"Correct `ledger` or `lineage` in reconciler.yaml (D9)."
            )


def database_at(path: Path, *, shown: str, lineage: str, patience: float) -> Database:
    """The database in a file that exists. Nothing is opened yet.

    Args:
        path: The file.
        shown: How the place is written in the workspace file.
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
    return Database(engine, shown, lineage)


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _told(shown: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as failure:
        reason = str(failure.orig)
        if "locked" in reason or "busy" in reason:
            raise LedgerUnfit(
                f"{shown}: the ledger is locked: another process is writing it. "
                "Wait until that has finished, and try again."
            ) from failure
        if "not a database" in reason or "malformed" in reason:
            raise LedgerUnfit(f"{shown}: {reason}. {WAY_OUT}") from failure
        raise LedgerUnfit(
            f"{shown}: the ledger cannot be used: {reason}. Check the file, its folder, the rights "
            "to write both, and the room on the disk."
        ) from failure
