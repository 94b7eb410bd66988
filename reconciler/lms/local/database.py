"""The file of the local LMS: its tables, and how it is opened, read and written.

``completed`` is the instant of the latest completion; it stays while a retake is open, and the
triggers let nothing that bears one be deleted (D3). Progress that bears one outlives the removal
of its enrollment for the same reason, and shows again when the module is assigned again. A new
version is a new number in ``content``; what an enrollment carries is its own (V3).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl
from adbc_driver_manager import Error as AdbcError
from adbc_driver_sqlite import dbapi

from reconciler.documents.sqlite_file import address_of
from reconciler.errors import LmsUnfit

APPLICATION = 0x524C4D53
FORMAT = 1
BUSY_SECONDS = 30

TABLES = """
CREATE TABLE content (
    id TEXT PRIMARY KEY CHECK (id GLOB 'course/?*' OR id GLOB 'module/?*'),
    title TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    minutes INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE module_course (
    module TEXT NOT NULL REFERENCES content,
    position INTEGER NOT NULL,
    course TEXT NOT NULL REFERENCES content,
    PRIMARY KEY (module, position),
    UNIQUE (module, course)
) STRICT, WITHOUT ROWID;

CREATE TABLE trainee (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE enrollment (
    content TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    status TEXT NOT NULL CHECK (status IN ('not_started', 'in_progress', 'completed')),
    version INTEGER NOT NULL,
    assigned INTEGER,
    due INTEGER,
    completed INTEGER CHECK (completed IS NOT NULL OR status <> 'completed'),
    PRIMARY KEY (content, trainee)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress (
    module TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    course TEXT NOT NULL REFERENCES content,
    status TEXT NOT NULL CHECK (status IN ('not_started', 'in_progress', 'completed')),
    version INTEGER NOT NULL,
    completed INTEGER CHECK (completed IS NOT NULL OR status <> 'completed'),
    PRIMARY KEY (module, trainee, course)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER enrollment_stays BEFORE DELETE ON enrollment
WHEN old.completed IS NOT NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;

CREATE TRIGGER enrollment_stays_completed BEFORE UPDATE OF completed ON enrollment
WHEN old.completed IS NOT NULL AND new.completed IS NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;

CREATE TRIGGER progress_stays BEFORE DELETE ON progress
WHEN old.completed IS NOT NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;

CREATE TRIGGER progress_stays_completed BEFORE UPDATE OF completed ON progress
WHEN old.completed IS NOT NULL AND new.completed IS NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;
"""

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


def read(path: Path, query: str, *parameters: str) -> pl.DataFrame:
    """The rows of a query. A text column must not be null, for its type is that of its first rows.

    Raises:
        LmsUnfit: The file cannot be read.
    """
    with opened(path):
        pass
    try:
        with _ALONE, dbapi.connect(address_of(path)) as database, database.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return cursor.fetch_polars()
    except AdbcError as error:
        raise LmsUnfit(f"{path} cannot be read: {error}") from error


def _connected(path: Path) -> sqlite3.Connection:
    try:
        if not path.exists():
            raise LmsUnfit(f"There is no local LMS at {path}. Make one: reconciler lms init")
        database = sqlite3.connect(
            address_of(path), uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        try:
            _check(database, path)
            database.executescript(
                "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                # Without it REPLACE deletes rows behind the triggers.
                "PRAGMA recursive_triggers = ON;"
            )
        except BaseException:
            database.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise LmsUnfit(
            f"{path} cannot be opened as a local LMS: {error}. If it is damaged, restore it from a "
            "backup; if it is read-only, look at the rights of the file and its folder. Only where "
            "nothing was in it, move it away and make it anew: reconciler lms init"
        ) from error
    return database


def _check(database: sqlite3.Connection, path: Path) -> None:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise LmsUnfit(
            f"{path} is a database, but no local LMS. Name another file, or move this one away and"
            " make it anew: reconciler lms init"
        )
    if version != FORMAT:
        raise LmsUnfit(
            f"{path} has format {version}, and this program uses format {FORMAT}. Use the program"
            " that made it, or make it anew: reconciler lms init"
        )
