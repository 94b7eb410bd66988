"""Columns with few values in many rows: no value is made for each row before it has to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.frames import numbered


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as numbers, each the place of a value in a list; null is a value as well."""

    numbers: NDArray[np.integer]
    values: pl.Series

    def series(self) -> pl.Series:
        return self.values.gather(pl.Series(self.numbers, dtype=pl.UInt32))


@dataclass(frozen=True, slots=True)
class Repeated:
    """A column as runs of the same value: how long each run is, and its value."""

    lengths: Sequence[int]
    values: pl.Series

    def series(self) -> pl.Series:
        return self.values.gather(np.repeat(np.arange(len(self.values)), self.lengths))


Column = pl.Series | Coded | Repeated
Columns = Mapping[str, Column]
"""Columns of equal length by name, in their order."""


def frame_of(columns: Columns) -> pl.DataFrame:
    """The columns with a value in each row."""
    return pl.DataFrame(
        {
            name: column if isinstance(column, pl.Series) else column.series()
            for name, column in columns.items()
        }
    )


def coded(column: pl.Series) -> Coded:
    """The numbers of some texts; their values in order, null before all."""
    places, texts = numbered(column)
    order = np.append(texts.rank("ordinal").to_numpy(), 0)
    smallest = np.min_scalar_type(-len(texts) - 1)
    nothing = pl.Series(column.name, [None], dtype=pl.String)
    return Coded(order.astype(smallest)[places], pl.concat([nothing, texts.sort()]))
