"""What is told of a roster that can be read, and would select other people than was meant."""

from datetime import UTC, datetime

import polars as pl
import pytest

from reconciler.errors import Location
from reconciler.frames import Organization
from reconciler.roster.oddities import lost_zeros, oddities, values_borne
from reconciler.roster.read import people_of, read_file
from reconciler.roster.settings import RosterSettings

ORGANIZATION = Organization(
    franchise={"north": "hansa"},
    department={"cook": "kitchen"},
    locations=frozenset({"north", "south"}),
    roles=frozenset({"cook", "server", "bar/lounge"}),
)
NOBODY_LISTED = Organization()


def told(tmp_path, rows, *, role=("role", "|"), organization=ORGANIZATION):
    """Summary and detail of each finding for rows of location, role and status."""
    lines = [f"E{number},{row}" for number, row in enumerate(rows, 1)]
    text = "\n".join(["id,location,role,status", *lines, ""])
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    column, separator = role
    settings = RosterSettings.model_validate(
        {
            "source": "csv",
            "path": "roster.csv",
            "columns": {
                "id": "id",
                "location": "location",
                "role": {"column": column} | ({"separator": separator} if separator else {}),
                "active": {"column": "status", "is": ["a", "loa"], "is_not": ["t"]},
            },
        }
    )
    file = read_file(settings, tmp_path)
    people = people_of(file, settings, as_of=datetime(2026, 3, 1, tzinfo=UTC), zone=UTC)
    borne, files = values_borne(people), ("w.yaml", "o.yaml")
    found = oddities(file, people, settings, organization, borne=borne, files=files)
    return [(str(one.at), one.summary, one.detail) for one in found]


def test_nothing_to_tell(tmp_path):
    assert told(tmp_path, ["north,cook|server,a", "south,bar/lounge,t", ",,loa"]) == []


def test_values_that_the_organization_does_not_list(tmp_path):
    """P2: what it says of those would be missed in silence; a finding for each attribute."""
    rows = ["north,cook|barman,a", "leipzig,barman,a", "leipzig,cook,a", "Nort,cook,a"]
    location, role = told(tmp_path, rows)
    assert location[:2] == ("o.yaml", "Unknown location")
    assert location[2].startswith(
        "3 people have a location that does not stand under `locations`: "
        "'Nort' (1, is it 'north'?), 'leipzig' (2). "
    )
    assert role[:2] == ("o.yaml", "Unknown role")
    assert role[2].startswith(
        "2 people have a role that does not stand under `roles`: 'barman' (2)."
    )


def test_of_many_values_the_first_are_told_and_people_counted_once(tmp_path):
    rows = [f"north,r{number}|r{number + 1},a" for number in range(7)]
    ((_, _, detail),) = told(tmp_path, rows)
    assert detail.startswith("7 people have a role")
    assert "'r1' (2), 'r2' (2), 'r3' (2), 'r4' (2), 'r5' (2) and 3 more." in detail


def test_those_that_may_be_slips_of_the_pen_are_told_first(tmp_path):
    rows = [f"{place},cook,a" for place in ("Lyon", "Lyon", "Rome", "Rome", "Bonn", "Nort", "Sout")]
    ((_, _, detail),) = told(tmp_path, rows)
    assert "'Nort' (1, is it 'north'?), 'Sout' (1, is it 'south'?), 'Lyon' (2), " in detail


UNTOLD = {
    "who has left may have been anywhere": (["closed,cook,t"], ORGANIZATION),
    "an empty status, which the plan counts": (["north,cook,"], ORGANIZATION),
    "an organization that lists none": (["leipzig,barman,a"], NOBODY_LISTED),
}


@pytest.mark.parametrize(("rows", "organization"), UNTOLD.values(), ids=UNTOLD.keys())
def test_what_is_no_matter(tmp_path, rows, organization):
    assert told(tmp_path, rows, organization=organization) == []


UNUSED = "no cell holds the `separator` '|'"
SEPARATED = {
    # the story: roles, the separator, what the organization lists; what is asked, if anything
    "another one in all cells": (["cook;server", "cook"], "|", ORGANIZATION, UNUSED),
    "another one in a cell": (["cook;server", "cook|server"], "|", ORGANIZATION, "is '|'"),
    "spaces beside it": (["cook / server", "cook|server"], "|", ORGANIZATION, "is '|'"),
    "none was named": (["cook|server", "cook"], None, ORGANIZATION, "there is no `separator`"),
    "nothing is listed": (["cook;server", "cook", "server"], "|", NOBODY_LISTED, UNUSED),
    "unknown values": (["barman;waiter", "cook"], "|", ORGANIZATION, UNUSED),
    "a listed value": (["bar/lounge", "cook"], "|", ORGANIZATION, None),
    "a value of its own": (["bar/grill", "cook|server"], "|", ORGANIZATION, None),
    "one value each": (["cook", "server"], "|", ORGANIZATION, None),
    "one such value, where none is listed": (["am/pm", "am", "pm"], None, NOBODY_LISTED, None),
    "two, where none is listed": (["a/b", "b/a", "a", "b"], None, NOBODY_LISTED, "no `separator`"),
}


@pytest.mark.parametrize(
    ("roles", "separator", "organization", "asked"), SEPARATED.values(), ids=SEPARATED.keys()
)
def test_cells_that_another_separator_divides(tmp_path, roles, separator, organization, asked):
    rows = [f"north,{role},a" for role in roles]
    found = told(tmp_path, rows, role=("role", separator), organization=organization)
    details = [detail for at, summary, detail in found if summary == "Odd separator"]
    assert len(details) == (asked is not None)
    for detail in details:
        assert detail.startswith(f"roster.columns.role: {roles[0]!r} is one value as it is read")
        assert asked in detail
        assert detail.endswith("Is `separator` right?")


def test_statuses_that_are_listed_nowhere(tmp_path):
    """P5: with such a status nobody is active; the empty are counted apart."""
    rows = ["north,cook,A", "north,cook,A", "north,cook,Leave", "north,cook,", "north,cook,a"]
    ((at, summary, detail),) = told(tmp_path, rows)
    assert (at, summary) == ("w.yaml", "Unknown status")
    assert detail == (
        "3 people have a status that stands neither in `is` nor in `is_not` of "
        "roster.columns.active: 'A' (2, is it 'a'?), 'Leave' (1). "
        "1 person has none at all (column 'status')."
    )


KNOWN = ("0001", "0002", "0100", "17")
ZEROS = {
    # the story: the ids of the roster; who is named, and how many there are
    "all the same": (["0001", "0002", "0100", "17"], None),
    "zeros gone": (["1", "2", "100", "17"], ("0001", 3)),
    "one without": (["0001", "2", "0100", "17"], ("0002", 1)),
    "people of their own": (["0001", "0002", "0100", "1", "2"], None),
    "new ones": (["0001", "0002", "0100", "17", "18"], None),
}


@pytest.mark.parametrize(("ids", "named"), ZEROS.values(), ids=ZEROS.keys())
def test_leading_zeros_that_got_lost(ids, named):
    """P4: ids are text; a spreadsheet makes numbers of them."""
    known = pl.Series(KNOWN, dtype=pl.String)
    found = lost_zeros(pl.Series(ids, dtype=pl.String), known, Location("roster.csv"))
    assert len(found) == (named is not None)
    for one in found:
        assert f"the ledger knows {named[0]!r}" in one.detail
        assert f"so with {named[1]} in all" in one.detail


def test_ids_that_were_seen_without_zeros_before_are_no_news():
    known = pl.Series(["0001", "1"])
    assert lost_zeros(pl.Series(["1"]), known, Location("roster.csv")) == []
