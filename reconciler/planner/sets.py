"""Between sets of positions and the arrays that numpy and polars work on."""

import struct
from array import array
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

Instants = NDArray[np.datetime64]

# The layout of a stored bitmap without runs, by the public roaring format specification: this
# number, how many containers, then for each its key and cardinality, its offset, its content.
WITHOUT_RUNS = 12346
SPAN = 1 << 16
MOST_IN_ARRAY = 4096


T = TypeVar("T")


def union(sets: Iterable[BitMap]) -> BitMap:
    return reduce(or_, sets, BitMap())


def _name(part: tuple[Any, BitMap]) -> Any:  # noqa: ANN401 whatever the sets are named by
    return part[0]


def by_causes(parts: Iterable[tuple[T, BitMap]]) -> Iterator[tuple[tuple[T, ...], BitMap]]:
    """Split overlapping sets into disjoint ones, each with the names of all that it was in (A8)."""
    cells: dict[tuple[T, ...], BitMap] = {}
    for name, members in sorted(parts, key=_name):
        rest = members
        for causes, cell in list(cells.items()):
            if shared := cell & rest:
                cells[(*causes, name)] = shared
                rest = rest - shared
                if left := cell - shared:
                    cells[causes] = left
                else:
                    del cells[causes]
        if rest:
            cells[(name,)] = rest
    return iter(cells.items())


def positions_of(numbers: NDArray[np.integer]) -> BitMap:
    """Make a set from positions in any order."""
    # A numpy array is read number by number, an array.array at once: five times as fast.
    return BitMap(array("I", np.sort(numbers.astype(np.uint32, copy=False)).tobytes()))


def numbers_of(members: BitMap) -> NDArray[np.uint32]:
    """The positions in a set, ascending. Not to be written to."""
    return np.frombuffer(members.to_array(), dtype=np.uint32)


def positions_where(mask: NDArray[np.bool_]) -> BitMap:
    """Make a set from a mask over all positions; ten times as fast as from their numbers."""
    if not mask.any():
        return BitMap()
    padded = np.zeros(-(-len(mask) // SPAN) * SPAN, dtype=bool)
    padded[: len(mask)] = mask
    spans = padded.reshape(-1, SPAN)
    counts = spans.sum(axis=1)
    keys = np.flatnonzero(counts)
    contents = [_container(spans[key], int(counts[key])) for key in keys]
    head = struct.pack("<II", WITHOUT_RUNS, len(keys))
    head += b"".join(struct.pack("<HH", key, counts[key] - 1) for key in keys)
    sizes = np.array([0, *map(len, contents[:-1])], dtype=np.int64)
    offsets = len(head) + 4 * len(keys) + np.cumsum(sizes)
    return BitMap.deserialize(head + offsets.astype("<u4").tobytes() + b"".join(contents))


def _container(span: NDArray[np.bool_], count: int) -> bytes:
    if count > MOST_IN_ARRAY:
        return np.packbits(span, bitorder="little").tobytes()
    return np.flatnonzero(span).astype("<u2").tobytes()


def sets_by_value(frame: pl.DataFrame, value: str) -> dict[Any, BitMap]:
    """Group ``position`` by another column. Rows with a null value are left out."""
    grouped = frame.drop_nulls(value).group_by(value).agg("position")
    if grouped.is_empty():
        return {}
    ends = np.cumsum(grouped["position"].list.len().to_numpy())
    parts = np.split(grouped["position"].explode().to_numpy(), ends[:-1])
    return {key: positions_of(part) for key, part in zip(grouped[value], parts, strict=True)}


def cut(instants: Instants, precision: timedelta) -> Instants:
    """Instants at the precision that an LMS keeps (A9)."""
    seconds = max(1, int(precision.total_seconds()))
    numbers = np.asarray(instants, dtype="datetime64[s]")
    kept = numbers.astype(np.int64) // seconds * seconds
    return np.where(np.isnat(numbers), numbers, kept.astype("datetime64[s]"))


def ranks(ids: pl.Series) -> NDArray[np.uint32]:
    """The rank of each position when trainees are sorted by id."""
    if ids.is_sorted():
        return np.arange(len(ids), dtype=np.uint32)
    result = np.empty(len(ids), dtype=np.uint32)
    result[ids.arg_sort().to_numpy()] = np.arange(len(ids), dtype=np.uint32)
    return result


def position_of_each(trainees: pl.Series, ids: pl.Series) -> pl.Series:
    """The position of each row's trainee, in the order of the rows; null for who has none.

    Rows of one trainee that stand together are looked up once.
    """
    numbers = pl.DataFrame({"trainee": ids}).with_row_index("position")
    begins = trainees.ne_missing(trainees.shift(1))
    if len(begins):
        begins[0] = True
    heads = pl.DataFrame({"trainee": trainees.filter(begins)})
    found = heads.join(numbers, on="trainee", how="left", maintain_order="left")["position"]
    if len(found) == len(trainees):
        return found
    lengths = np.diff(np.append(np.flatnonzero(begins.to_numpy()), len(trainees)))
    missing = len(ids)
    each = np.repeat(found.fill_null(missing).to_numpy(), lengths)
    positions = pl.Series("position", each)
    return positions.replace(missing, None) if found.null_count() else positions
