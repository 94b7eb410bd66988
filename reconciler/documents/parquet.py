"""Parquet files as frames; one that is damaged is refused, wherever the damage is.

Arrow's reader, since the one of polars ends the whole process at some damaged pages.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

READING: Mapping[str, Any] = MappingProxyType(
    {"memory_map": False, "pre_buffer": False, "buffer_size": 1 << 20}
)
"""Piece by piece: a file mapped into memory ends the process where it is cut while it is read."""

MANY_CORES = (os.cpu_count() or 1) > 2  # noqa: PLR2004
"""On fewer something else has the other one, and threads that take turns only touch more memory."""
ROWS_AT_ONCE = 1 << 19
"""Few rows need little memory, which is used again; many need few turns of Python."""


class Texts(NamedTuple):
    """A column of texts as numbers: of each row the place of its text in a list of them."""

    places: NDArray[np.unsignedinteger]
    listed: pl.Series


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
            table = self._file.read(columns=list(columns), use_threads=MANY_CORES)
            table.validate(full=True)
            return frame_from(table).select(columns)
        except (pa.ArrowException, pl.exceptions.PolarsError) as error:
            raise ValueError(first_line(error)) from error
        except OSError as error:
            raise _of_the_system(error) from error
        except pl.exceptions.PanicException as error:
            raise ValueError(first_line(error)) from None

    def texts(
        self, columns: Sequence[str], *, repeating: Collection[str] = ()
    ) -> list[Texts] | None:
        """These columns of ``few`` texts, piece by piece: what a piece was made of is used again.

        Args:
            columns: Each of them is there once.
            repeating: Those of them in whose list a text may stand more than once. That costs least
                where there are many different ones.

        Returns:
            None where one of them holds something else, or nothing in some row.

        Raises:
            OSError: It cannot be read.
            ValueError: The file is damaged.
        """
        try:
            found = [_Listing(self.rows, once=name not in repeating) for name in columns]
            for groups in self._pieces():
                piece = self._file.read_row_groups(groups, columns=list(columns), use_threads=False)
                piece.validate(full=True)
                for name, listing in zip(columns, found, strict=True):
                    for chunk in piece.column(name).chunks:
                        if not pa.types.is_dictionary(chunk.type) or chunk.null_count:
                            return None
                        listing.add(chunk)
        except pa.ArrowException as error:
            raise ValueError(first_line(error)) from error
        except MemoryError as error:
            raise ValueError(f"it says that it has {self.rows:,} rows") from error
        except OSError as error:
            raise _of_the_system(error) from error
        return [listing.told() for listing in found]

    def _pieces(self) -> Iterator[list[int]]:
        """The row groups, several at a time if they are small."""
        piece, rows = [], 0
        for group in range(self._file.num_row_groups):
            piece.append(group)
            rows += self._file.metadata.row_group(group).num_rows
            if rows >= ROWS_AT_ONCE:
                yield piece
                piece, rows = [], 0
        if piece:
            yield piece


class _Listing:
    """The texts of a column while it is read, and the rows so far."""

    def __init__(self, rows: int, *, once: bool) -> None:
        narrow = np.dtype(np.uint8 if once else np.uint32)
        self._places: NDArray[np.unsignedinteger] = np.empty(rows, dtype=narrow)
        self._filled = 0
        self._once: dict[str, int] | None = {} if once else None
        self._lists: list[pa.Array] = []
        self._listed = 0

    def add(self, chunk: pa.DictionaryArray) -> None:
        numbers = self._numbers(chunk.dictionary)
        if self._listed > np.iinfo(self._places.dtype).max:
            self._places = self._places.astype(np.min_scalar_type(self._listed))
        end = self._filled + len(chunk)
        self._places[self._filled : end] = numbers[chunk.indices.to_numpy()]
        self._filled = end

    def _numbers(self, texts: pa.Array) -> NDArray[np.integer]:
        """The place of each of some texts in the list, where the new ones are added."""
        if self._once is None:
            self._lists.append(texts)
            self._listed += len(texts)
            return np.arange(self._listed - len(texts), self._listed)
        places = [self._once.setdefault(text, len(self._once)) for text in texts.to_pylist()]
        self._listed = len(self._once)
        return np.array(places, dtype=np.int64)

    def told(self) -> Texts:
        if self._filled != len(self._places):
            raise ValueError("it has fewer rows than it says")
        if self._once is not None:
            return Texts(self._places, pl.Series(list(self._once), dtype=pl.String))
        lists = [pl.Series(pl.from_arrow(one)) for one in self._lists]
        nothing = pl.Series([], dtype=pl.String)
        return Texts(self._places, pl.concat([nothing, *lists], rechunk=True))


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
