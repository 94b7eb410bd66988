"""Sets of trainees cut into blocks of 65,536 numbers, as they are stored."""

from collections.abc import Iterable, Iterator

from pyroaring import BitMap

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


def _whole(block: int) -> BitMap:
    return BitMap(range(block << BITS, (block + 1) << BITS))
