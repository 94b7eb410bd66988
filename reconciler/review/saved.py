"""A plan in one file: a zip of plan.json and actions.parquet, the same bytes for one plan.

The comment of the zip is a seal: a digest over both parts. It tells a file that was altered or cut
off from one that is whole; it proves nothing about who wrote it, so an apply plans again (D7).
Nothing in the file is compressed by the zip, so it cannot grow when it is opened.
"""

import errno
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
from polars.io.plugins import register_io_source
from pydantic import BaseModel, ValidationError

from reconciler.errors import StalePlan, WrongUse
from reconciler.planner.rows import ACTIONS
from reconciler.review.model import PlanDocument

FORMAT = 1
DOCUMENT, TABLE = "plan.json", "actions.parquet"
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)
PART_ROWS = 1 << 19
LARGEST_DOCUMENT = 64 * 1024 * 1024
LARGEST_TABLE = 4 * 1024 * 1024 * 1024
MOST_ROWS_PER_BYTE = 4
"""Of the table. Measured: half a row, where thirty rules give the same million people something."""

COLUMNS = {name: kind for name, kind in ACTIONS.schema.items() if name != "position"}
NO_PLAN = "this is no plan file, or it was cut off. Plan again."
ALTERED = "this plan file was altered after it was made. Plan again."


class _Versioned(BaseModel):
    """What every format of the document begins with."""

    format_version: int


def table_of(parts: Iterable[pl.DataFrame]) -> memoryview:
    """The actions as Parquet, made part by part, so that they are never all there at once.

    Args:
        parts: As ``action_parts`` makes them, at least one.
    """
    several = iter(parts)
    first = next(several)

    def every(*_: object) -> Iterator[pl.DataFrame]:
        yield first
        yield from several

    table = BytesIO()
    register_io_source(every, schema=first.schema).sink_parquet(
        table, compression="lz4", statistics=False, row_group_size=PART_ROWS
    )
    return table.getbuffer()


def save_plan(path: Path, document: PlanDocument, table: memoryview) -> None:
    """Write a plan file.

    Args:
        path: Where to.
        document: The plan in numbers.
        table: Its actions, from ``table_of``.

    Raises:
        WrongUse: It cannot be written there.
    """
    refuse_another_file(path)
    text = document.model_dump_json(indent=1).encode()
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo(DOCUMENT, ENTRY_TIME), text)
            archive.writestr(zipfile.ZipInfo(TABLE, ENTRY_TIME), table)
            archive.comment = _seal(text, table)
    except OSError as failure:
        raise WrongUse(f"{path}: the plan cannot be written here: {failure.strerror}.") from failure


def _seal(text: bytes, table: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(len(text).to_bytes(8))
    digest.update(text)
    digest.update(table)
    return f"sha256:{digest.hexdigest()}".encode()


def refuse_another_file(path: Path) -> None:
    """Refuse to write over a file that is no plan: a roster, a ledger.

    Raises:
        WrongUse: Such a file is there.
    """
    try:
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


def load_plan(path: Path) -> tuple[PlanDocument, pl.DataFrame]:
    """Read a plan file.

    Returns:
        The document, and its rows: ACTIONS without positions; ``location`` where it was saved.

    Raises:
        WrongUse: There is no such file.
        StalePlan: It is no plan, was altered or cut off, or is of another version of the format.
    """
    try:
        text, table = _parts(path)
    except FileNotFoundError:
        raise WrongUse(f"{path}: there is no such file. `plan -o FILE` writes one.") from None
    except OSError as failure:
        if failure.errno == errno.EINVAL:  # the zip names a place before its own beginning
            raise StalePlan(f"{path}: {NO_PLAN}") from failure
        raise WrongUse(f"{path}: this cannot be read: {failure.strerror}.") from failure
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, RuntimeError) as error:
        raise StalePlan(f"{path}: {NO_PLAN}") from error
    document = _document(path, text)
    return document, _actions(path, table, document)


def _parts(path: Path) -> tuple[bytes, bytes]:
    """Both parts, as they were sealed. Sizes are looked at before anything is read."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        text = _read(archive, entries[DOCUMENT], LARGEST_DOCUMENT, path)
        _refuse_another_format(path, text)
        if [entry.filename for entry in archive.infolist()] != [DOCUMENT, TABLE]:
            raise StalePlan(f"{path}: {ALTERED}")
        table = _read(archive, entries[TABLE], LARGEST_TABLE, path)
        if archive.comment != _seal(text, table):
            raise StalePlan(f"{path}: {ALTERED}")
        return text, table


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


def _actions(path: Path, table: bytes, document: PlanDocument) -> pl.DataFrame:
    """The rows, which must be as many in each decision as the document says."""
    sizes = [one.trainees for one in document.decisions if one.blocked is None]
    try:
        told = pl.scan_parquet(BytesIO(table)).select(pl.len()).collect().item()
        if told != sum(sizes) or told > MOST_ROWS_PER_BYTE * len(table):
            raise StalePlan(f"{path}: its rows are not those of its decisions. Plan again.")
        actions = pl.read_parquet(BytesIO(table))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise StalePlan(f"{path}: {NO_PLAN}") from error
    of_type = {name: actions.schema.get(name) for name in COLUMNS} == COLUMNS
    extra = set(actions.columns) - set(COLUMNS) - {"location"}
    if not of_type or extra or actions["decision"].rle().struct.field("len").to_list() != sizes:
        raise StalePlan(f"{path}: its rows are not those of its decisions. Plan again.")
    return actions
