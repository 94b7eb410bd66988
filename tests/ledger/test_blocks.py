import pytest
from pyroaring import BitMap

from reconciler.ledger.blocks import block_numbers, cut, join, pack

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
