"""Circles of names, and an order in which each comes after its parts."""

import pytest

from reconciler.policy.graph import cycles, parts_first

CYCLES = {
    "none": ({"a": ["b"], "b": ["c"], "d": []}, []),
    "nothing": ({}, []),
    "itself": ({"a": ["a"]}, [("a", "a")]),
    "three": ({"c": ["a"], "a": ["b"], "b": ["c"]}, [("a", "b", "c", "a")]),
    "the shortest way round": (
        {"a": ["b", "c"], "b": ["c"], "c": ["a"]},
        [("a", "c", "a")],
    ),
    "two knots": (
        {"a": ["b"], "b": ["a"], "x": ["y"], "y": ["x"], "z": ["a"]},
        [("a", "b", "a"), ("x", "y", "x")],
    ),
    "names that are nowhere": ({"a": ["none"]}, []),
}


@pytest.mark.parametrize(("edges", "found"), CYCLES.values(), ids=CYCLES.keys())
def test_cycles(edges, found):
    assert cycles(edges) == found
    assert cycles(dict(reversed(edges.items()))) == found


def test_parts_come_first():
    assert parts_first({"a": ["c", "b"], "b": ["c"], "c": [], "z": []}) == ["c", "b", "a", "z"]
