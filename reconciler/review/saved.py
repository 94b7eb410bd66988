"""A plan in one file: a zip of plan.json and actions.parquet, the same bytes for one plan."""

import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source
from pydantic import ValidationError

from reconciler.errors import StalePlan, WrongUse
from reconciler.review.model import PlanDocument

DOCUMENT, ACTIONS = "plan.json", "actions.parquet"
ENTRY_TIME = (1980, 1, 1, 0, 0, 0)
PART_ROWS = 1 << 19
LARGEST_DOCUMENT = 256 * 1024 * 1024
LARGEST_ACTIONS = 4 * 1024 * 1024 * 1024


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
            archive.writestr(zipfile.ZipInfo(ACTIONS, ENTRY_TIME), table)
    except OSError as failure:
        raise WrongUse(f"{path}: the plan cannot be written here: {failure.strerror}.") from failure


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

    Raises:
        WrongUse: There is no such file.
        StalePlan: It is no plan, was cut off, or was made by another version of the format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            text = _read(archive, DOCUMENT, LARGEST_DOCUMENT)
            table = _read(archive, ACTIONS, LARGEST_ACTIONS)
        document = PlanDocument.model_validate_json(text)
        return document, pl.read_parquet(BytesIO(table))
    except FileNotFoundError:
        raise WrongUse(f"{path}: there is no such file. `plan -o FILE` writes one.") from None
    except OSError as failure:
        raise WrongUse(f"{path}: this cannot be read: {failure.strerror}.") from failure
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise StalePlan(
            f"{path}: the plan was altered, or made by another version of the program (at "
            f"{place or 'its beginning'}). Plan again."
        ) from error
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, pl.exceptions.PolarsError) as error:
        raise StalePlan(f"{path}: this is no plan file, or it was cut off. Plan again.") from error


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if archive.getinfo(name).file_size > limit:
        raise zipfile.BadZipFile(name)
    return archive.read(name)
