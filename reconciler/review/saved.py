"""A plan in one file: a zip of three parts, the same bytes for one plan.

The comment of the zip is a seal: a digest over all parts. It tells a file that was altered or cut
off from one that is whole; it proves nothing about who wrote it, so an apply plans again (D7).
Nothing in the file is compressed by the zip, so it cannot grow when it is opened.
"""

import errno
import hashlib
import os
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
from pydantic import BaseModel, ValidationError

from reconciler.documents.whole import written_whole
from reconciler.errors import StalePlan, WrongUse
from reconciler.review.model import PlanDocument
from reconciler.review.packed import OtherRows, Packed, read_rows

FORMAT = 2
DOCUMENT = "plan.json"
TABLES = ("people.parquet", "actions.parquet")
BEGINNING = b"PK\x03\x04"
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)
LARGEST_DOCUMENT = 64 * 1024 * 1024
LARGEST_TABLE = 4 * 1024 * 1024 * 1024

NO_PLAN = "this is no plan file, or it was cut off. Plan again."
ALTERED = "this plan file was altered after it was made. Plan again."


class _Versioned(BaseModel):
    """What every format of the document begins with."""

    format_version: int


def save_plan(path: Path, document: PlanDocument, tables: Packed) -> None:
    """Write a plan file.

    Args:
        path: Where to.
        document: The plan in numbers.
        tables: Its people and its actions, from ``as_parquet``.

    Raises:
        WrongUse: It cannot be written there.
    """
    refuse_another_file(path)
    text = document.model_dump_json(indent=1).encode()
    try:
        with written_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
            for name, part in zip((DOCUMENT, *TABLES), (text, *tables), strict=True):
                archive.writestr(zipfile.ZipInfo(name, ENTRY_TIME), part)
            archive.comment = seal(text, *tables)
    except OSError as failure:
        raise WrongUse(f"{path}: the plan cannot be written here: {failure.strerror}.") from failure


def seal(*parts: bytes | memoryview) -> bytes:
    """What the comment of the zip says of its parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return f"sha256:{digest.hexdigest()}".encode()


def refuse_another_file(path: Path) -> None:
    """Refuse to write over a file that is no plan: a roster, a ledger.

    Raises:
        WrongUse: Such a file is there.
    """
    if path.is_char_device():
        return  # it may be written, and be read without end
    try:
        _refuse_what_is_no_file(path)
        with zipfile.ZipFile(path) as archive:
            archive.getinfo(DOCUMENT)
    except OSError:
        return  # nothing is there, or the writing will say what is wrong
    except (zipfile.BadZipFile, KeyError):
        if path.stat().st_size:
            raise WrongUse(
                f"{path} is there already and is no plan, so it is not written over. Name another "
                "file."
            ) from None


def _refuse_what_is_no_file(path: Path) -> None:
    """Refuse what can be read only once, keeps us waiting for ever, or has no end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise WrongUse(f"{path} is no regular file. A plan is read more than once: name a file.")


def load_plan(path: Path) -> tuple[PlanDocument, pl.DataFrame]:
    """Read a plan file.

    Returns:
        The document, and its rows: ACTIONS without positions, with ``because`` and ``location``.

    Raises:
        WrongUse: There is no such file.
        StalePlan: It is no plan, was altered or cut off, or is of another version of the format.
    """
    try:
        _refuse_what_is_no_file(path)
        _refuse_what_is_no_plan(path)
        text, tables = _parts(path)
    except FileNotFoundError:
        raise WrongUse(f"{path}: there is no such file. `plan -o FILE` writes one.") from None
    except OSError as failure:
        if failure.errno == errno.EINVAL:  # the zip names a place before its own beginning
            raise StalePlan(f"{path}: {NO_PLAN}") from failure
        raise WrongUse(f"{path}: this cannot be read: {failure.strerror}.") from failure
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, RuntimeError) as error:
        raise StalePlan(f"{path}: {NO_PLAN}") from error
    document = _document(path, text)
    return document, _actions(path, tables, document)


def _parts(path: Path) -> tuple[bytes, Packed]:
    """All parts, as they were sealed. Sizes are looked at before anything is read."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        text = _read(archive, entries[DOCUMENT], LARGEST_DOCUMENT, path)
        _refuse_another_format(path, text)
        named = [entry.filename for entry in archive.infolist()] == [DOCUMENT, *TABLES]
        if not named or not _is_all_of_the_file(archive, path):
            raise StalePlan(f"{path}: {ALTERED}")
        tables = Packed(*(_read(archive, entries[one], LARGEST_TABLE, path) for one in TABLES))
        if archive.comment != seal(text, *tables):
            raise StalePlan(f"{path}: {ALTERED}")
        return text, tables


def _is_all_of_the_file(archive: zipfile.ZipFile, path: Path) -> bool:
    """Whether nothing stands before the parts or behind the seal."""
    with path.open("rb") as file:
        file.seek(-min(len(archive.comment), path.stat().st_size), os.SEEK_END)
        return archive.infolist()[0].header_offset == 0 and file.read() == archive.comment


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, path: Path) -> bytes:
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise StalePlan(
            f"{path}: {entry.filename} in it is compressed, which `plan -o` never does. It is not "
            "opened. Plan again."
        )
    if entry.file_size > min(limit, path.stat().st_size):
        raise StalePlan(
            f"{path}: {entry.filename} in it would be {entry.file_size:,} bytes long, which is no "
            "plan. It is not opened. Plan again."
        )
    try:
        return archive.read(entry)
    except zipfile.BadZipFile as error:
        raise StalePlan(f"{path}: {ALTERED}") from error


def _refuse_another_format(path: Path, text: bytes) -> None:
    version = _Versioned.model_validate_json(text).format_version
    if version > FORMAT:
        raise StalePlan(
            f"{path}: this plan was made by a newer version of the program: its format is "
            f"{version}, and this one reads {FORMAT}. Plan again with this version, or use the "
            "newer one."
        )
    if version < FORMAT:
        raise StalePlan(f"{path}: this plan was made by an older version. Plan again.")


def _refuse_what_is_no_plan(path: Path) -> None:
    """Something else altogether; what is damaged or cut off was a plan once."""
    with path.open("rb") as file:
        begins = file.read(len(BEGINNING))
        if begins not in (BEGINNING, b"") and not zipfile.is_zipfile(file):
            raise WrongUse(f"{path}: this is no plan file. `plan -o FILE` writes one.")


def _document(path: Path, text: bytes) -> PlanDocument:
    try:
        document = PlanDocument.model_validate_json(text)
        ZoneInfo(document.header.timezone)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise StalePlan(
            f"{path}: the plan was altered, or made by another version of the program (at "
            f"{place or 'its beginning'}). Plan again."
        ) from error
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StalePlan(
            f"{path}: the plan is for a time zone that this machine does not know. Plan again."
        ) from error
    return document


def _actions(path: Path, tables: Packed, document: PlanDocument) -> pl.DataFrame:
    """The rows, which must be as many in each decision as the document says."""
    decisions = [one for one in document.decisions if one.blocked is None]
    try:
        return read_rows(tables, decisions, [one.trainees for one in decisions])
    except OtherRows as error:
        raise StalePlan(f"{path}: its rows are not those of its decisions. Plan again.") from error
    except (pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise StalePlan(f"{path}: {NO_PLAN}") from error
