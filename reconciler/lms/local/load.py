"""The file of a local LMS, made from a catalog file and what another LMS exported."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import polars as pl

from reconciler.errors import Diagnostic, LmsUnfit, Location, WrongUse
from reconciler.frames import HOLDINGS, Content
from reconciler.lms.catalog import read_catalog
from reconciler.lms.files import Faults, read_table
from reconciler.lms.local.adapter import seconds
from reconciler.lms.local.tables import APPLICATION, FORMAT, OPEN_RETAKES, TABLES
from reconciler.lms.rows import (
    ENROLLMENT_COLUMNS,
    MAY_BE_MISSING,
    PROGRESS_COLUMNS,
    enrollments_of,
    matched,
    progress_of,
    whole_progress,
)

STATUSES = ("not_started", "in_progress", "completed")
HELD = "SELECT count(*), count(completed) FROM enrollment"
SIDE_FILES = ("-wal", "-shm")


class Held(NamedTuple):
    """Enrollments, and how many of them were ever completed."""

    enrollments: int
    completed: int


def create(
    path: Path,
    *,
    catalog: Path,
    enrollments: Path | None = None,
    progress: Path | None = None,
    replace: bool = False,
) -> list[Diagnostic]:
    """Make the file of a local LMS; nothing is left of it where anything is wrong.

    What is odd about the enrollments, and taken as it is, is returned.

    Args:
        enrollments: CSV or Parquet with the columns of HOLDINGS. A row without a version has the
            one of the catalog. Without a file nobody is enrolled.
        progress: CSV or Parquet with the columns of PROGRESS. What it leaves out of an enrollment
            in a module follows from the status of that.
        replace: Put it in the place of a local LMS that is there already.

    Raises:
        WrongUse: There is a file already, and it is not to be replaced, or is no local LMS.
        InvalidWorkspace: The catalog says something that cannot be.
        LmsUnfit: The rows of the other files do, or the file cannot be written.
    """
    _refuse_existing(path, replace=replace)
    contents = read_catalog(catalog)
    held, learned = _read(contents, enrollments=enrollments, progress=progress)
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        _write(new, contents=contents, held=held, learned=learned)
        if path.exists():
            _retire(path)
        new.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise LmsUnfit(f"{path} cannot be written: {error}.") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
    return _oddities(held, contents, Location(enrollments.as_posix())) if enrollments else []


def _refuse_existing(path: Path, *, replace: bool) -> None:
    if not path.exists():
        return
    if not replace:
        raise WrongUse(f"{path} is there already. To put a new LMS in its place, add --replace.")
    if not path.is_file() or not _is_local_lms(path):
        raise WrongUse(f"{path} is no local LMS. It is left alone: name another path.")


def held_in(path: Path) -> Held | None:
    """How much a local LMS holds, which replacing it would lose; None where it cannot be read.

    Raises:
        WrongUse: It is no local LMS.
    """
    _refuse_existing(path, replace=True)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return Held(*database.execute(HELD).fetchone())
    except sqlite3.Error:
        return None


def _is_local_lms(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
    except sqlite3.OperationalError as error:
        raise LmsUnfit(f"{path} cannot be read: {error}. Is there room on the disk?") from error
    except sqlite3.Error:
        return False
    return bool(application == APPLICATION)


def _retire(path: Path) -> None:
    """Leave no journal of the old file beside the new one, which would be taken for its own."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as database:
            database.execute("PRAGMA journal_mode = DELETE")
        alone = not any(path.with_name(path.name + end).exists() for end in SIDE_FILES)
    except sqlite3.OperationalError:
        alone = False
    if not alone:
        raise WrongUse(f"{path} is in use by another program. Try again when that has ended.")


def _read(
    contents: Mapping[str, Content], *, enrollments: Path | None, progress: Path | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    faults, held, told = Faults(), HOLDINGS.of(), None
    known = enrollments is None
    if enrollments is not None:
        table, faults = read_table(enrollments, ENROLLMENT_COLUMNS)
        if table is not None:
            held, found = enrollments_of(table, catalog=contents, statuses=STATUSES, unique=True)
            faults += found
            known = not found.count
    if progress is not None:
        table, unread = read_table(progress, PROGRESS_COLUMNS, optional=MAY_BE_MISSING)
        faults += unread
        if table is not None:
            told, found = progress_of(table, catalog=contents, statuses=STATUSES)
            faults += found
            if known and not found.count:
                faults += matched(table, progress=told, holdings=held)
    faults.refuse()
    held = held.with_columns(version=pl.coalesce("version", _newest(contents)))
    return held, whole_progress(held, progress=told, catalog=contents)


def _newest(contents: Mapping[str, Content]) -> pl.Expr:
    versions = {content.id: content.version for content in contents.values()}
    return pl.col("content").cast(pl.String).replace_strict(versions, return_dtype=pl.Int64)


def _oddities(
    held: pl.DataFrame, contents: Mapping[str, Content], at: Location
) -> list[Diagnostic]:
    """What a row may say, and hardly means."""
    # A module may be completed at once, by what was completed before it was assigned (C4).
    is_course = ~pl.col("content").cast(pl.String).str.starts_with("module/")
    early = (pl.col("status") == "completed") & (pl.col("completed") < pl.col("assigned"))
    several = {
        "Newer than the catalog": (
            pl.col("version") > _newest(contents),
            "of a version that the catalog does not have yet",
            "Is the catalog up to date? Until it has a newer one, nothing is new to them (V3).",
        ),
        "Completed before assigned": (
            early & is_course,
            "completed before the instant of the assignment",
            "Are the columns right? They count as completed then.",
        ),
    }
    findings = []
    for summary, (is_odd, what, question) in several.items():
        odd = held.filter(is_odd).select("trainee", "content", "version").sort("trainee", "content")
        if len(odd):
            who, content, version = odd.row(0)
            number = "1 enrollment is" if len(odd) == 1 else f"{len(odd):,} enrollments are"
            first = f"such as {who}'s {content} (version {version})"
            findings.append(Diagnostic(at, summary, f"{number} {what}, {first}. {question}"))
    return findings


def _write(
    new: Path, *, contents: Mapping[str, Content], held: pl.DataFrame, learned: pl.DataFrame
) -> None:
    with closing(sqlite3.connect(new, isolation_level=None)) as database:
        database.executescript(
            f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};"
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
        )
        database.executescript(TABLES)
        database.execute("BEGIN")
        _insert_catalog(database, contents)
        _insert_held(database, held, learned)
        database.execute(OPEN_RETAKES)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
    with new.open("rb") as written:
        os.fsync(written.fileno())


def _insert_catalog(database: sqlite3.Connection, contents: Mapping[str, Content]) -> None:
    offered = [(c.id, c.title, c.version, c.minutes) for c in contents.values()]
    database.executemany("INSERT INTO content VALUES (?, ?, ?, ?)", offered)
    listed = [(c.id, *place) for c in contents.values() for place in enumerate(c.courses, 1)]
    database.executemany("INSERT INTO module_course VALUES (?, ?, ?)", listed)


def _insert_held(database: sqlite3.Connection, held: pl.DataFrame, learned: pl.DataFrame) -> None:
    text = pl.col("status").cast(pl.String)
    trainees = held.select(pl.col("trainee").unique().sort())
    database.executemany("INSERT INTO trainee VALUES (?)", trainees.rows())
    rows = held.select(
        "content", "trainee", text, "version", *seconds("assigned", "due", "completed")
    ).sort("content", "trainee")
    database.executemany("INSERT INTO enrollment VALUES (?, ?, ?, ?, ?, ?, ?)", rows.rows())
    rows = learned.select(
        "module", "trainee", "course", text, "version", *seconds("completed"), "completed_version"
    ).sort("module", "trainee", "course")
    database.executemany("INSERT INTO progress VALUES (?, ?, ?, ?, ?, ?, ?)", rows.rows())
