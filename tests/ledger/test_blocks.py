import pytest
from pyroaring import BitMap

from reconciler.ledger.blocks import block_numbers, cut, join, pack, pack_each, read_table

BORDER = 1 << 16
CASES = {
    "nobody": ([], []),
    "the first trainee": ([0], [0]),
    "the last of a block": ([BORDER - 1], [0]),
    "the first of the next": ([BORDER], [1]),
    "both sides of the border": ([BORDER - 1, BORDER], [0, 1]),
    "blocks with a gap": ([3, 31 * BORDER + 7], [0, 31]),
    "three whole blocks": (range(3 * BORDER), [0, 1, 2]),
}


@pytest.mark.parametrize(("members", "blocks"), CASES.values(), ids=CASES.keys())
def test_the_union_of_the_blocks_is_the_set(members, blocks):
    members = BitMap(members)

    assert block_numbers(members) == blocks
    assert join([pack(part) for _, part in cut(members)]) == members
    assert all(number >> 16 == block for block, part in cut(members) for number in part)


def test_a_table_that_was_altered_anywhere(capfd):
    """It is refused in one way, even where it would be larger than any memory; or reads well."""
    blob = pack_each({f"value-{n}": BitMap(range(n, 4_000, 7)) for n in range(3)})
    refused = 0
    for place in range(len(blob)):
        for flipped in (0x01, 0x80, 0xFF):
            altered = bytearray(blob)
            altered[place] ^= flipped
            try:
                read_table(bytes(altered))
            except ValueError:
                refused += 1
    assert refused > len(blob) // 4
    assert capfd.readouterr().err == "", "no library cries out past Python"
