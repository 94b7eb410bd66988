"""Parquet files as frames; one that is damaged is refused, wherever the damage is.

Arrow's reader, since the one of polars ends the whole process at some damaged pages.
"""

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl
import pyarrow as pa

READING: Mapping[str, Any] = MappingProxyType(
    {"memory_map": False, "pre_buffer": False, "buffer_size": 1 << 20}
)
"""Piece by piece: a file mapped into memory ends the process where it is cut while it is read."""


class Parquet:
    """A Parquet file, of which only the footer has been read."""

    def __init__(self, source: Path | BytesIO, *, few: Collection[str] = ()) -> None:
        """Open a file.

        Args:
            source: The file, or its bytes.
            few: Columns of text with few different values, which become categories.

        Raises:
            OSError: It cannot be read.
            ValueError: It is no Parquet file.
        """
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 most runs read none

        place = source if isinstance(source, BytesIO) else str(source)
        try:
            file = ParquetFile(place, **READING)
            named = {name: file.schema_arrow.names.count(name) == 1 for name in few}
            texts = [one.name for one in file.schema_arrow if named.get(one.name) and _is_text(one)]
            if texts:
                file = ParquetFile(place, read_dictionary=texts, **READING)
        except pa.ArrowException as error:
            raise ValueError(first_line(error)) from error
        except OSError as error:
            raise _of_the_system(error) from error
        self._file = file
        self.names: list[str] = list(file.schema_arrow.names)
        self.rows: int = file.metadata.num_rows

    def read(self, columns: Sequence[str]) -> pl.DataFrame:
        """These columns, each of which is there once.

        Raises:
            OSError: It cannot be read.
            ValueError: The file is damaged, or holds what no table of this program has.
        """
        try:
            table = self._file.read(columns=list(columns))
            table.validate(full=True)
            return frame_from(table).select(columns)
        except (pa.ArrowException, pl.exceptions.PolarsError) as error:
            raise ValueError(first_line(error)) from error
        except OSError as error:
            raise _of_the_system(error) from error
        except pl.exceptions.PanicException as error:
            raise ValueError(first_line(error)) from None


def frame_from(table: pa.Table) -> pl.DataFrame:
    """A table without notes of whoever wrote it: where they are damaged, polars cries out."""
    fields = [field.remove_metadata() for field in table.schema]
    return pl.DataFrame(
        pl.from_arrow(pa.Table.from_arrays(table.columns, schema=pa.schema(fields)))
    )


def _is_text(column: pa.Field) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _of_the_system(error: OSError) -> OSError | ValueError:
    """What the system says stays; what has no number Arrow says of a damaged file."""
    return error if error.errno else ValueError(first_line(error))


def first_line(error: BaseException) -> str:
    """What an error of a library says at first, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
