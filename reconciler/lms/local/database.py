"""The file of the local LMS: how it is opened, brought up to date, read and written."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from adbc_driver_manager import Error as AdbcError
from adbc_driver_sqlite import dbapi

from reconciler.documents.sqlite_file import address_of
from reconciler.errors import LmsUnfit
from reconciler.frames import Content
from reconciler.lms.local.tables import APPLICATION, FORMAT, UPGRADE

BUSY_SECONDS = 30
UNREADABLE = (
    sqlite3.Error, pl.exceptions.PolarsError, pa.ArrowException, ValueError, TypeError,
    OverflowError,
)  # fmt: skip
HINDRANCES = ("readonly", "unable to open", "disk is full", "disk I/O")
OFFERED = "SELECT id, title, version, minutes FROM content ORDER BY id"
TEXTS = ("id", "trainee", "content", "module", "course", "status")
COURSES = "SELECT module, course FROM module_course ORDER BY module, position"

# sqlite3 and ADBC each bring their own SQLite. Where both have a file open in one process, the one
# that closes it first drops the other's locks: so one connection at a time.
_ALONE = threading.Lock()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the file of a local LMS, for as long as the block lasts.

    Raises:
        LmsUnfit: The file is missing, or no local LMS that this program can use.
    """
    with _ALONE, closing(_connected(path)) as database:
        yield database


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """As ``opened``; what the block writes is written as a whole, or not at all."""
    with opened(path) as database, database:
        database.execute("BEGIN IMMEDIATE")
        yield database


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    """As ``transaction``, for people: whatever keeps the block from writing is told to them.

    Raises:
        LmsUnfit: That was so.
    """
    with understood(path):
        try:
            with transaction(path) as database:
                yield database
        except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise LmsUnfit(f"{path}: the LMS does not take this: {error}.") from error
            if (told := _hindrance(error)) is None:
                raise
            raise LmsUnfit(f"{path}: {told}") from error


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Whatever the block cannot read of the file is told as damage.

    Raises:
        LmsUnfit: That was so.
    """
    try:
        yield
    except UNREADABLE as error:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        raise LmsUnfit(
            f"{path} was altered or is damaged: something in it cannot be read ({said}). Restore "
            "it from a backup."
        ) from error


def offered(database: sqlite3.Connection) -> dict[str, Content]:
    """Every content by id, modules with their courses in order.

    Raises:
        ValueError: The file holds something else where a text or a number should be.
    """
    courses: dict[str, list[str]] = {}
    for module, course in map(_sound, database.execute(COURSES)):
        courses.setdefault(module, []).append(course)
    return {
        id_: Content(id_, title, version, minutes, tuple(courses.get(id_, ())))
        for id_, title, version, minutes in map(_sound, database.execute(OFFERED))
    }


def _sound(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of the catalog as the tables let it be: two texts, a number, a number or null."""
    kinds = (str, str, int, int | None)
    if not all(isinstance(one, kind) for one, kind in zip(row, kinds, strict=False)):
        raise ValueError("something else than texts and numbers in the catalog")
    return row


def read(path: Path, query: str, *parameters: str) -> pl.DataFrame:
    """The rows of a query. A text column must not be null, for its type is that of its first rows.

    Raises:
        LmsUnfit: The file cannot be read.
        ValueError: It holds something else where a text should be.
    """
    with opened(path):
        pass
    try:
        with _ALONE, dbapi.connect(address_of(path)) as database, database.cursor() as cursor:
            # While the last of other processes closes the file, nobody else gets in.
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}").fetchall()
            cursor.execute(query, parameters or None)
            table = cursor.fetch_arrow_table()
            table.validate(full=True)  # SQLite keeps any bytes as text
            frame = pl.DataFrame(pl.from_arrow(table))
    except AdbcError as error:
        said = str(error).partition("\n")[0].rpartition(": ")[2]
        hint = "Restore it from a backup." if "malformed" in said else "Is there room on the disk?"
        raise LmsUnfit(f"{path} cannot be read: {said}. {hint}") from error
    for column in frame if len(frame) else ():
        if column.name in TEXTS and (column.dtype != pl.String or column.null_count()):
            raise ValueError(f"something else than a text as {column.name}")
    return frame


def _connected(path: Path) -> sqlite3.Connection:
    try:
        if not path.exists():
            raise LmsUnfit(f"There is no local LMS at {path}. Make one: reconciler lms init")
        database = sqlite3.connect(
            address_of(path), uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        try:
            _check(database, path)
            _upgrade(database)
            database.executescript(
                "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                # Without it REPLACE deletes rows behind the triggers.
                "PRAGMA recursive_triggers = ON;"
            )
        except BaseException:
            database.close()
            raise
    except (OSError, *UNREADABLE) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise LmsUnfit(f"{path}: {_hindrance(error)}") from error
        raise LmsUnfit(
            f"{path} cannot be opened as a local LMS: {error}. If it is damaged, restore it from a "
            "backup; if it is read-only, look at the rights of the file and its folder. Only where "
            "nothing was in it, move it away and make it anew: reconciler lms init"
        ) from error
    return database


def _hindrance(error: Exception) -> str | None:
    """What keeps a sound file from being written, with the way out; None for other troubles."""
    reason = str(error)
    if "locked" in reason or "busy" in reason:
        return (
            "the LMS is locked: another process is writing it. "
            "Wait until that has finished, and try again."
        )
    if any(word in reason for word in HINDRANCES):
        return (
            f"the LMS cannot be written: {reason}. Check the file, its folder, the rights to write "
            "both, and the room on the disk."
        )
    return None


def _check(database: sqlite3.Connection, path: Path) -> None:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise LmsUnfit(
            f"{path} is a database, but no local LMS. Name another file, or move this one away and"
            " make it anew: reconciler lms init"
        )
    if not 1 <= version <= FORMAT:
        raise LmsUnfit(
            f"{path} has format {version}, and this program uses format {FORMAT}. Use the program"
            " that made it, or make it anew: reconciler lms init"
        )


def _upgrade(database: sqlite3.Connection) -> None:
    """Bring a file of an earlier format up to date, in place and as a whole."""
    if _format(database) == FORMAT:
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        if _format(database) != FORMAT:  # nobody else has done so meanwhile
            _statements(database, UPGRADE)


def _format(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _statements(database: sqlite3.Connection, script: str) -> None:
    """Execute a script inside the present transaction, which ``executescript`` would end."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""
