"""Sets of trainees cut into blocks of 65,536 numbers, as they are stored."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO

import polars as pl
import pyarrow as pa
from pyroaring import BitMap

from reconciler.documents.parquet import frame_from

BITS = 16


def block_numbers(members: BitMap) -> list[int]:
    """The blocks in which a set has members, in order."""
    numbers = []
    while members:
        block = members.min() >> BITS
        numbers.append(block)
        members = members - _whole(block)
    return numbers


def cut(members: BitMap) -> Iterator[tuple[int, BitMap]]:
    """The blocks of a set with their members, which keep their numbers."""
    for block in block_numbers(members):
        yield block, members & _whole(block)


def pack(members: BitMap) -> bytes:
    """Serialize the members of one block."""
    compact = members.copy()
    compact.run_optimize()
    return bytes(compact.serialize())


def join(blobs: Iterable[bytes]) -> BitMap:
    """The set whose blocks these are."""
    return BitMap.union(BitMap(), *map(BitMap.deserialize, blobs))


def pack_each(sets: Mapping[str, BitMap]) -> bytes:
    """Serialize many sets by name into one compressed table."""
    table = BytesIO()
    packed = [pack(members) for members in sets.values()]
    named = pl.DataFrame(
        {"name": list(sets), "members": packed},
        schema={"name": pl.String, "members": pl.Binary},
    )
    named.write_ipc(table, compression="zstd")
    return table.getvalue()


def unpack_each(blob: bytes) -> dict[str, BitMap]:
    """The sets by name that ``pack_each`` serialized."""
    named = read_table(blob)
    return {name: BitMap.deserialize(members) for name, members in named.iter_rows()}


def read_table(blob: bytes) -> pl.DataFrame:
    """A table as polars writes it to IPC. Arrow's reader, which refuses damaged ones.

    Raises:
        ValueError: It is damaged.
    """
    try:
        table = pa.ipc.open_file(pa.BufferReader(blob)).read_all()
        table.validate(full=True)
        return frame_from(table)
    except (pa.ArrowException, OSError, pl.exceptions.PanicException) as error:
        raise ValueError(str(error)) from error


def _whole(block: int) -> BitMap:
    return BitMap(range(block << BITS, (block + 1) << BITS))
