"""Between sets of positions and the arrays that numpy and polars work on."""

import struct
from array import array
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from reconciler.frames import numbered

Instants = NDArray[np.datetime64]

# The layout of a stored bitmap without runs, by the public roaring format specification: this
# number, how many containers, then for each its key and cardinality, its offset, its content.
WITHOUT_RUNS = 12346
SPAN = 1 << 16
MOST_IN_ARRAY = 4096
FEW = 64
"""Numbers for which a look at every position for each takes less time than to sort them."""


T = TypeVar("T")


def union(sets: Iterable[BitMap]) -> BitMap:
    """Who is in any of some sets; not to be changed in place, as it may be one of them."""
    several = [members for members in sets if members]
    return reduce(or_, several) if several else BitMap()


def without(whole: BitMap, *others: BitMap) -> BitMap:
    """Who is in the whole and in no other; not to be changed in place, as it may be the whole.

    Most often the others take nobody, and to find that out costs next to nothing.
    """
    for other in others:
        if whole.intersect(other):
            whole = whole - other
    return whole


def shared_out(everyone: BitMap, rows: Iterable[tuple[T, BitMap]], rest: T) -> dict[T, BitMap]:
    """Share out a set by name, first come, first served; who is left over gets ``rest``."""
    found: dict[T, BitMap] = {}
    left = everyone
    for name, members in rows:
        if share := left & members:
            found[name] = union((found.get(name, BitMap()), share))
            left = left - share
    if left:
        found[rest] = left
    return found


def intersection(whole: BitMap, sets: Iterable[BitMap]) -> BitMap:
    """Who is in the whole and in all of some sets; the library's own copies the whole first."""
    return reduce(and_, sets, whole)


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
    return _set_of(np.sort(numbers.astype(np.uint32, copy=False)))


def _set_of(ascending: NDArray[np.uint32]) -> BitMap:
    # A numpy array is read number by number, an array.array at once: five times as fast.
    return BitMap(array("I", ascending.tobytes()))


def numbers_of(members: BitMap) -> NDArray[np.uint32]:
    """The positions in a set, ascending. Not to be written to."""
    return np.frombuffer(members.to_array(), dtype=np.uint32)


def positions_where(mask: NDArray[np.bool_]) -> BitMap:
    """Make a set from a mask over all positions; far faster than from their numbers."""
    if np.count_nonzero(mask) * 2 >= len(mask):
        return _set_of_bits(mask)
    # Few are all but many: the library takes numbers out of bits several times as fast.
    return _set_of_bits(~mask).flip(0, len(mask))


def _set_of_bits(mask: NDArray[np.bool_]) -> BitMap:
    packed = np.packbits(mask, bitorder="little")
    spans = np.zeros((-(-len(mask) // SPAN), SPAN // 8), dtype=np.uint8)
    spans.reshape(-1)[: len(packed)] = packed
    counts = np.bitwise_count(spans.view(np.uint64)).sum(axis=1, dtype=np.uint32)
    keys = np.flatnonzero(counts)
    contents = [
        # Its bits, or few numbers in order.
        spans[key].tobytes()
        if counts[key] > MOST_IN_ARRAY
        else np.flatnonzero(mask[key * SPAN : (key + 1) * SPAN]).astype("<u2").tobytes()
        for key in keys
    ]
    head = struct.pack("<II", WITHOUT_RUNS, len(keys))
    head += b"".join(struct.pack("<HH", key, counts[key] - 1) for key in keys)
    sizes = np.array([0, *map(len, contents[:-1])], dtype=np.int64)
    offsets = len(head) + 4 * len(keys) + np.cumsum(sizes)
    return BitMap.deserialize(head + offsets.astype("<u4").tobytes() + b"".join(contents))


def sets_by_value(
    positions: pl.Series, values: pl.Series, *, once: bool = False
) -> dict[str, BitMap]:
    """Group positions by the text beside each; those beside null are left out.

    ``once``: that no position stands there twice.
    """
    if values.null_count():
        told = values.is_not_null()
        positions, values = positions.filter(told), values.filter(told)
    numbers, texts = numbered(values)
    sets = sets_by_number(numbers, positions.to_numpy(), most=len(texts), once=once)
    return dict(zip(texts, sets, strict=True))


def sets_by_number(
    numbers: NDArray[np.integer], positions: NDArray[np.integer], *, most: int, once: bool = False
) -> list[BitMap]:
    """Group positions by numbers from 0 up to ``most``: the set of each number, in their order.

    ``once``: that no position has two numbers.
    """
    size = int(positions.max(initial=0)) + 1
    if once and most <= FEW:
        number_at = np.full(size, most, dtype=np.uint8)
        number_at[positions] = numbers
        return [positions_where(number_at == number) for number in range(most)]
    keys = numbers.astype(key_kind(most * size))
    keys *= keys.dtype.type(size)
    keys += positions.astype(keys.dtype, copy=False)
    return sets_of_keys(keys, most, size)


def key_kind(most: int) -> np.dtype[np.unsignedinteger]:
    """The type of number for keys, which are less than so many."""
    return np.dtype(np.uint32 if most < np.iinfo(np.uint32).max else np.uint64)


def sets_of_keys(keys: NDArray[np.unsignedinteger], most: int, size: int) -> list[BitMap]:
    """The sets of numbers from 0 up to ``most``, from keys that hold number and position.

    Args:
        keys: Each a number times ``size``, and a position below that. They are put in order here:
            that takes a fifth of grouping, and leaves each set in order.
        most: How many sets.
        size: How many positions.
    """
    keys.sort()
    starts = np.arange(most, dtype=keys.dtype) * keys.dtype.type(size)
    ends = [*np.searchsorted(keys, starts).tolist(), len(keys)]
    return [
        _set_of((keys[first:last] - start).astype(np.uint32, copy=False))
        for start, first, last in zip(starts, ends, ends[1:], strict=False)
    ]


def cut(instants: Instants, precision: timedelta) -> Instants:
    """Instants at the precision that an LMS keeps (A9)."""
    seconds = max(1, int(precision.total_seconds()))
    numbers = np.asarray(instants, dtype="datetime64[s]")
    kept = numbers.astype(np.int64) // seconds * seconds
    return np.where(np.isnat(numbers), numbers, kept.astype("datetime64[s]"))


def alike(some: Instants, others: Instants, precision: timedelta) -> NDArray[np.bool_]:
    """Which instants are the same at the precision that an LMS keeps; none is like none (A9)."""
    same: NDArray[np.bool_] = cut(some, precision) == cut(others, precision)
    return same | (np.isnat(some) & np.isnat(others))


def places_in_order(ids: pl.Series) -> NDArray[np.uint32]:
    """The places of some ids, in the order of the ids."""
    if ids.is_sorted():
        return np.arange(len(ids), dtype=np.uint32)
    places: NDArray[np.uint32] = ids.arg_sort().to_numpy().astype(np.uint32, copy=False)
    return places
