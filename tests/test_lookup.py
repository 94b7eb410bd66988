"""Texts are found in a list, whatever their hashes."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.lookup import places_among
from tests.builders import named

LISTED = ["a", "b", "c"]


def places(texts, listed=LISTED):
    found = places_among(*(pl.Series(one, dtype=pl.String) for one in (texts, listed)))
    assert found.dtype == np.uint32
    return found.tolist()


@named(
    ("texts", "expected"),
    {
        "each once": (["b", "a", "c"], [1, 0, 2]),
        "some twice": (["b", "a", "b"], [1, 0, 1]),
        "a stranger": (["a", "x", "", "b"], [0, 3, 3, 1]),
        "nobody": ([], []),
    },
)
def test_the_place_of_each_text(texts, expected):
    assert places(texts) == expected


def test_nothing_is_found_among_nothing():
    assert places(["a", "b"], []) == [0, 0]


@given(st.lists(st.text(), unique=True), st.lists(st.text()))
def test_places_are_those_of_a_search(listed, others):
    texts = [*others, *listed]

    assert places(texts, listed) == [
        listed.index(text) if text in listed else len(listed) for text in texts
    ]


def test_many_are_found():
    listed = [f"trainee-{number}" for number in range(100_000)]

    assert places(listed[::-7], listed) == list(range(99_999, -1, -7))


@pytest.mark.parametrize("different", [1, 2])
def test_texts_with_one_hash_are_told_apart(monkeypatch, different):
    """Some day two texts will have the same hash."""

    def hashed(texts):
        return pl.Series(texts.str.len_bytes() % different, dtype=pl.UInt64)

    monkeypatch.setattr(pl.Series, "hash", hashed)

    assert places(["c", "a", "dd", "bb"], ["a", "bb", "c"]) == [2, 0, 3, 1]
    assert places(["a", "b"], ["a"]) == [0, 1], "a hash of one that is not listed"
