"""Sets of positions made from arrays and frames, and back."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from reconciler.planner.sets import (
    numbers_of,
    places_in_order,
    positions_of,
    positions_where,
    sets_by_number,
    sets_by_value,
    union,
    without,
)
from tests.builders import named

SPAN = 65_536
SETS = st.frozensets(st.integers(0, 9)).map(BitMap)
FRAME = pl.DataFrame(
    {"value": ["a", None, "b", "a"], "position": [3, 1, 2, 0]},
    schema_overrides={"position": pl.UInt32},
)


@given(st.lists(st.integers(0, 200_000)))
def test_numbers_in_any_order_and_back(numbers):
    members = positions_of(np.array(numbers, dtype=np.int64))

    assert members == BitMap(numbers)
    assert numbers_of(members).tolist() == sorted(set(numbers))


@given(SETS, st.lists(SETS))
def test_who_is_in_any_set_and_who_is_in_no_other(whole, others):
    before = [set(members) for members in (whole, *others)]

    assert set(union(others)) == set().union(*others)
    assert set(without(whole, *others)) == set(whole).difference(*others)
    assert [set(members) for members in (whole, *others)] == before


@named(
    "mask",
    {
        "nobody at all": np.zeros(0, dtype=bool),
        "nobody": np.zeros(10, dtype=bool),
        "everybody": np.ones(10, dtype=bool),
        "everybody of a span": np.ones(SPAN, dtype=bool),
        "one more than a span": np.ones(SPAN + 1, dtype=bool),
        "the most that is kept as numbers": np.arange(SPAN) < 4096,
        "one more than that": np.arange(SPAN) < 4097,
        "a span without anybody between two": np.arange(3 * SPAN) % (2 * SPAN) < 5000,
        "the last of many": np.arange(5 * SPAN + 3) == 5 * SPAN + 2,
        "every third": np.arange(2 * SPAN + 77) % 3 == 0,
    },
)
def test_a_mask(mask):
    found = positions_where(mask)

    assert found == BitMap(np.flatnonzero(mask).tolist())
    assert BitMap.deserialize((found | BitMap([7])).serialize()) == found | BitMap([7])


@given(st.lists(st.booleans()), st.sampled_from([0, SPAN - 20, 3 * SPAN]))
def test_any_mask(bits, before):
    mask = np.concatenate([np.zeros(before, dtype=bool), np.array(bits, dtype=bool)])

    assert positions_where(mask) == BitMap(np.flatnonzero(mask).tolist())


def test_sets_by_value():
    assert {
        key: set(who) for key, who in sets_by_value(FRAME["position"], FRAME["value"]).items()
    } == {
        "a": {0, 3},
        "b": {2},
    }


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 200)), unique=True),
    st.sampled_from([0, 1 << 31]),
)
def test_sets_by_number(pairs, beyond):
    """``beyond``: positions so large that a key needs more than 32 bits."""
    numbers, positions = (np.array([pair[n] for pair in pairs], dtype=np.uint32) for n in (0, 1))
    found = sets_by_number(numbers, positions + np.uint32(beyond), most=5)

    told = [{at + beyond for number, at in pairs if number == one} for one in range(5)]
    assert list(map(set, found)) == told


@given(st.dictionaries(st.integers(0, 70_000), st.integers(0, 4)))
def test_sets_by_number_of_positions_with_one_each(numbers):
    positions, told = (
        np.array(list(part), dtype=np.uint32) for part in (numbers, numbers.values())
    )
    found = sets_by_number(told, positions, most=5, once=True)

    assert list(map(set, found)) == [
        {at for at, number in numbers.items() if number == one} for one in range(5)
    ]


@pytest.mark.parametrize(
    "frame", [FRAME.head(0), FRAME.filter(pl.col("value").is_null())], ids=["no rows", "all empty"]
)
def test_no_values_give_no_sets(frame):
    """P6: a column that is empty in every row."""
    assert sets_by_value(frame["position"], frame["value"]) == {}


@pytest.mark.parametrize(
    ("ids", "expected"), [(["c", "a", "b"], [1, 2, 0]), (["a", "b"], [0, 1]), ([], [])]
)
def test_places_in_order(ids, expected):
    assert places_in_order(pl.Series(ids, dtype=pl.String)).tolist() == expected
