"""Errors are told with a place, a summary and the way out, and each has its exit status."""

import re
from pathlib import Path

import pytest

from reconciler import errors
from reconciler.errors import (
    Diagnostic,
    Exit,
    Findings,
    InvalidPolicies,
    Location,
    ReconcilerError,
    did_you_mean,
    finder_of_slips,
    slip_of,
)
from tests.builders import named

DRAWN = re.compile(r"^[│├└─ ]*(\w+)(?: +(\d))?", re.MULTILINE)


def every_error(kind=ReconcilerError):
    return [kind, *(one for child in kind.__subclasses__() for one in every_error(child))]


def drawn():
    """The names and statuses of the tree at the top of the file."""
    tree = errors.__doc__.split("\n\n", 1)[1]
    return {name: status for name, status in DRAWN.findall(tree) if name[0].isupper()}


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_the_tree_at_the_top_of_the_file_is_true(kind):
    if kind is Findings or kind.__module__ != "reconciler.errors":
        return
    assert kind.__name__ in drawn()
    if status := drawn()[kind.__name__]:
        assert int(status) == kind.status


def test_the_tree_names_nothing_else():
    for name in drawn():
        assert issubclass(getattr(errors, name), ReconcilerError)


def test_every_error_is_part_of_the_tree():
    """A user's error is a ReconcilerError from errors.py."""
    for path in (Path(errors.__file__).parent).rglob("*.py"):
        if path.name != "errors.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"^class [A-Z]\w+\((Exception|ReconcilerError)\)", text, re.MULTILINE
            )


def test_exit_statuses():
    assert {status.name: status.value for status in Exit} == {
        "OK": 0,
        "ERROR": 1,
        "CHANGES": 2,
        "INVALID": 3,
        "HELD": 4,
        "STALE": 5,
        "PARTLY": 6,
        "LOCKED": 7,
        "UNFIT": 8,
    }


def test_findings_are_sorted_by_place_and_told_once():
    first = Diagnostic(Location("a.yaml", 2, 1), "Unknown key", "Leave it out.")
    later = Diagnostic(Location("a.yaml", 10, 1), "Unknown key", "Leave it out.")
    other = Diagnostic(Location("b.yaml", 1, 1), "Unknown key", "Leave it out.")

    assert InvalidPolicies([other, later, first, later]).findings == (first, later, other)
    assert str(InvalidPolicies([first])) == "a.yaml:2:1: Unknown key\n    Leave it out."
    told = str(InvalidPolicies([later], [first])).splitlines()
    assert told[-2:] == ["warning a.yaml:2:1: Unknown key", "    Leave it out."]


@pytest.mark.parametrize(
    ("location", "text"), [(Location("a.yaml", 3, 7), "a.yaml:3:7"), (Location("a.yaml"), "a.yaml")]
)
def test_a_place(location, text):
    assert str(location) == text


@named(
    ("name", "known", "hint"),
    {
        "near": ("line-cok", ["line-cook", "server"], " Did you mean 'line-cook'?"),
        "in other letters": ("id", ["ID", "Name"], " Did you mean 'ID'?"),
        "nothing near": ("pilot", ["line-cook", "server"], ""),
        "nothing known": ("pilot", [], ""),
        "of another length": ("cook", ["cook-of-the-whole-line-in-austin"], ""),
    },
)
def test_the_nearest_known_name(name, known, hint):
    assert did_you_mean(name, known) == hint


SLIPS = {
    "its case": ("Role", "role"), "a dash": ("hiredate", "hire_date"), "a letter": ("locaton", "location"),
    "many": ("locations", "location"), "a blank": ("austin 1", "austin-1"), "no dash": ("austin1", "austin-1"),
    "another number": ("austin-11", None), "another word": ("shift", None), "nothing": ("-", None),
}  # fmt: skip


@pytest.mark.parametrize(("name", "meant"), SLIPS.values(), ids=SLIPS.keys())
def test_slips_of_the_pen(name, meant):
    assert slip_of(name, ["role", "hire_date", "location", "austin-1"]) == meant


def test_among_very_many_names_letters_are_not_compared():
    known = {f"store {letter}{number}" for letter in "ab" for number in range(2000)}
    asked = finder_of_slips(known)
    assert (asked("Store-a17"), asked("stor a17")) == ("store a17", None)
