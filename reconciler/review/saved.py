"""A plan in one file: a zip of plan.json and actions.parquet, the same bytes for one plan.

The comment of the zip is a seal: a digest over both parts. It tells a file that was altered or cut
off from one that is whole; it proves nothing about who wrote it, so an apply plans again (D7).
Nothing in the file is compressed by the zip, so it cannot grow when it is opened.
"""

import errno
import hashlib
import os
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.parquet import write_table
from pydantic import BaseModel, ValidationError

from reconciler.documents.parquet import Parquet
from reconciler.documents.whole import written_whole
from reconciler.errors import StalePlan, WrongUse
from reconciler.planner.attribution import BECAUSE
from reconciler.planner.columns import Coded, Column, Columns, Repeated
from reconciler.planner.rows import ACTIONS
from reconciler.review.model import PlanDocument

FORMAT = 1
DOCUMENT, TABLE = "plan.json", "actions.parquet"
BEGINNING = b"PK\x03\x04"
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)
GROUP_ROWS = 1 << 24
ARROW = pl.CompatLevel.oldest()
LARGEST_LIST = 1 << 30
"""Bytes of the different texts of a column in one group; beyond, they are written row by row."""
LARGEST_DOCUMENT = 64 * 1024 * 1024
LARGEST_TABLE = 4 * 1024 * 1024 * 1024
MOST_ROWS = 100_000_000
ALWAYS_ROWS = 5_000_000
MOST_ROWS_PER_BYTE = 64
"""Of the table, from ``ALWAYS_ROWS`` on, so that a small file does not become a large table.

Measured: a quarter of a row for a million people, seven for a thousand people in 3,000 rules.
"""

Kind = pl.DataType | type[pl.DataType]
COLUMNS = {name: kind for name, kind in ACTIONS.schema.items() if name != "position"}
NEVER_EMPTY = ("decision", "trainee", "content", "action")
MORE_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "because": BECAUSE,
    "location": pl.String,
}
"""What a table may have beside them, for reports."""
TEXTS: dict[str, Kind] = {
    **{name: COLUMNS[name] for name in ("content", "action")},
    **MORE_COLUMNS,
}
"""What is written as text: Parquet knows no other."""

NO_PLAN = "this is no plan file, or it was cut off. Plan again."
ALTERED = "this plan file was altered after it was made. Plan again."


class _Versioned(BaseModel):
    """What every format of the document begins with."""

    format_version: int


def as_parquet(table: pa.Table) -> memoryview:
    """The actions as they are saved.

    Texts go into the file as Parquet keeps them: numbers in a list, which no row is looked up in.

    Args:
        table: From ``table_of``.
    """
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    file = BytesIO()
    write_table(
        table,
        file,
        row_group_size=GROUP_ROWS,
        compression="lz4",
        write_statistics=False,
        store_schema=False,
        use_dictionary=texts,
        column_encoding=dict.fromkeys(set(table.column_names) - set(texts), "DELTA_BINARY_PACKED"),
        dictionary_pagesize_limit=LARGEST_LIST,
    )
    return file.getbuffer()


def table_of(columns: Columns) -> pa.Table:
    """The actions as a table; ``columns`` as ``Made.action_columns`` makes them."""
    arrays = {name: _array(column) for name, column in columns.items()}
    # Where nothing can be missing, Parquet need not say of each row that nothing is.
    schema = pa.schema(
        pa.field(name, array.type, nullable=array.null_count > 0) for name, array in arrays.items()
    )
    return pa.Table.from_arrays(list(arrays.values()), schema=schema)


def _array(column: Column) -> pa.Array | pa.ChunkedArray:
    match column:
        case Coded(numbers, values):
            return _listed(numbers, values.cast(pl.String))
        case Repeated(lengths, values):
            return _repeated(lengths, values)
        case _:
            return column.to_arrow(compat_level=ARROW)


def _listed(numbers: NDArray[np.integer], texts: pl.Series) -> pa.Array:
    """A column of texts. A null among the texts is one in the column."""
    nothing = texts.is_null().to_numpy()
    return pa.DictionaryArray.from_arrays(
        pa.array(
            numbers.view(f"i{numbers.itemsize}"),
            mask=nothing[numbers] if nothing.any() else None,
        ),
        texts.fill_null("").to_arrow(compat_level=ARROW),
        safe=False,  # the numbers were made for this list
    )


def _repeated(lengths: Sequence[int], values: pl.Series) -> pa.ChunkedArray:
    """A column of runs. Runs of one value share their memory."""
    longest: dict[object, int] = {}
    for value, length in zip(values, lengths, strict=True):
        longest[value] = max(length, longest.get(value, 0))
    different = pl.Series(list(longest), dtype=values.dtype)
    runs = {one: _run(different, number, longest[one]) for number, one in enumerate(longest)}
    chunks = [runs[one][:length] for one, length in zip(values, lengths, strict=True)]
    return pa.chunked_array(chunks or [_run(different, 0, 0)])


def _run(values: pl.Series, number: int, length: int) -> pa.Array:
    """One of some values, again and again."""
    if values.dtype.is_temporal() or values.dtype.is_numeric():
        run = values.new_from_index(number, length) if length else values.clear()
        return run.to_arrow(compat_level=ARROW)
    signed = np.min_scalar_type(-len(values) - 1)
    return _listed(np.full(length, number, dtype=signed), values.cast(pl.String))


def save_plan(path: Path, document: PlanDocument, table: memoryview) -> None:
    """Write a plan file.

    Args:
        path: Where to.
        document: The plan in numbers.
        table: Its actions, from ``as_parquet``.

    Raises:
        WrongUse: It cannot be written there.
    """
    refuse_another_file(path)
    text = document.model_dump_json(indent=1).encode()
    try:
        with written_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
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
        The document, and its rows: ACTIONS without positions; ``location`` where it was saved.

    Raises:
        WrongUse: There is no such file.
        StalePlan: It is no plan, was altered or cut off, or is of another version of the format.
    """
    try:
        _refuse_what_is_no_file(path)
        _refuse_what_is_no_plan(path)
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
        named = [entry.filename for entry in archive.infolist()] == [DOCUMENT, TABLE]
        if not named or not _is_all_of_the_file(archive, path):
            raise StalePlan(f"{path}: {ALTERED}")
        table = _read(archive, entries[TABLE], LARGEST_TABLE, path)
        if archive.comment != _seal(text, table):
            raise StalePlan(f"{path}: {ALTERED}")
        return text, table


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


def _actions(path: Path, table: bytes, document: PlanDocument) -> pl.DataFrame:
    """The rows, which must be as many in each decision as the document says."""
    sizes = [one.trainees for one in document.decisions if one.blocked is None]
    try:
        file = Parquet(BytesIO(table), few=list(TEXTS))
        most = min(MOST_ROWS, max(ALWAYS_ROWS, MOST_ROWS_PER_BYTE * len(table)))
        known = set(file.names) <= set(COLUMNS) | set(MORE_COLUMNS)
        if file.rows != sum(sizes) or file.rows > most or not known:
            raise StalePlan(f"{path}: its rows are not those of its decisions. Plan again.")
        read = file.read(list(dict.fromkeys(file.names)))
        texts = [one for one in TEXTS if read.schema.get(one) in (pl.String, pl.Categorical)]
        actions = read.cast({one: TEXTS[one] for one in texts})
    except (pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise StalePlan(f"{path}: {NO_PLAN}") from error
    expected = {**COLUMNS, **{name: MORE_COLUMNS[name] for name in MORE_COLUMNS if name in actions}}
    of_type = {name: actions.schema.get(name) for name in expected} == expected
    whole = of_type and not any(actions[name].null_count() for name in NEVER_EMPTY)
    if not whole or actions["decision"].rle().struct.field("len").to_list() != sizes:
        raise StalePlan(f"{path}: its rows are not those of its decisions. Plan again.")
    return actions
