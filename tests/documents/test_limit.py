"""Ceilings as people write them."""

import pytest

from reconciler.documents.limit import Limit, read_limit
from tests.builders import named

# the story: what is written, the base, the most that is let through
READ = {
    "a number": ("500", 10, 500),
    "a number that is none": ("0", 10, 0),
    "a share": ("5%", 100, 5),
    "rounded up": ("5%", 101, 6),
    "of nothing": ("5%", 0, 1),
    "a part of a percent": ("0.25%", 1000, 3),
    "more than all": ("150%", 10, 15),
    "no percent": ("0%", 1000, 0),
    "no ceiling": ("unlimited", 10, None),
    "blanks around": (" 7 ", 10, 7),
}


@named("text, base, expected", READ)
def test_a_ceiling(text, base, expected):
    limit = read_limit(text)
    assert limit.ceiling(base) == expected
    assert read_limit(str(limit)) == limit


@pytest.mark.parametrize("text", ["-1", "5 %", "a lot", "5.123%", "%", "1e3", "", "٣", None, [5]])
def test_what_is_no_ceiling(text):
    with pytest.raises(ValueError, match="write a number, a share as 5%, or unlimited"):
        read_limit(text)


def test_no_share_depends_on_rounding():
    for base in range(2000):
        assert Limit(share=2500).ceiling(base) == max(1, -(-base // 4))
