"""The roster as sets: who bears what, by organization, activity and memory (P2 to P5, A15)."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from reconciler.frames import Organization
from reconciler.planner.index import Index
from tests.builders import NOON, ORGANIZATION, ledger, named, snapshot, words

PEOPLE = (
    "ann role=cook location=austin-1 brand=bakery",
    "bob role=server,cook location=boise-1 department=office",
    "cat location=austin-2,boise-1",
    "dan",
)


def index(*people, aliases=None, **options):
    return Index(snapshot(*people, **options), aliases or {}, as_of=NOON)


def borne(found, attribute, value):
    return words(found.ids[n] for n in found.having(attribute, value))


def written(found, attribute):
    everybody = np.arange(found.size, dtype=np.uint32)
    return found.written(attribute, everybody).cast(pl.String).to_list()


@named(
    ("attribute", "value", "bearing"),
    {
        "P1 one of several roles": ("role", "cook", "ann bob"),
        "P2 brand: the union of roster and locations": ("brand", "bakery", "ann bob cat"),
        "P2 brand: by location alone": ("brand", "grill", "ann cat"),
        "P2 regions of all locations": ("region", "texas", "cat"),
        "P2 department: the union of roster and roles": ("department", "office", "bob"),
        "P3 department holds what is below it": ("department", "operations", "ann bob"),
        "P2 franchise": ("franchise", "lone-star", "cat"),
        "nobody": ("role", "pilot", ""),
        "a column that the roster does not have": ("shift", "night", ""),
    },
)
def test_who_bears_a_value(attribute, value, bearing):
    assert borne(index(*PEOPLE), attribute, value) == bearing


@pytest.mark.parametrize("attribute", ["brand", "location", "role", "grade"])
def test_categories_are_borne_as_texts_are(attribute):
    """P1, P2: a roster's columns may come as either."""
    people = ["ann", "bob", "cat", "dan"]
    texts = pl.DataFrame({"trainee": people, attribute: ["austin-1", None, "grill", "austin-1"]})
    world = snapshot("ann role=", "bob role=", "cat role=", "dan role=")
    one, other = (
        Index(
            replace(world, roster=world.roster.drop("role").with_columns(column)),
            {},
            as_of=NOON,
        )
        for column in (texts[attribute], texts[attribute].cast(pl.Categorical))
    )
    assert one.own_sets(attribute) == other.own_sets(attribute) != {}
    assert one.filled(attribute) == other.filled(attribute)
    assert written(one, attribute) == written(other, attribute) != [None, None]
    assert one.values_of(0, attribute) == other.values_of(0, attribute)


def test_an_attribute_that_is_empty_for_everybody_is_empty():
    """P6: a column that a broken feed leaves empty is an empty set for all."""
    assert borne(index("ann role=", "bob role="), "role", "cook") == ""


def test_a_location_that_moves_takes_its_people_along():
    """P2."""
    moved = Organization(regions={"austin-1": ("west",)}, locations=frozenset({"austin-1"}))

    assert borne(index(*PEOPLE), "region", "south") == "ann cat"
    assert borne(index(*PEOPLE, organization=moved), "region", "west") == "ann"
    assert borne(index(*PEOPLE, organization=moved), "region", "south") == ""


def test_departments_nest_to_any_depth():
    """P3."""
    nested = Organization(department={"cook": "a"}, parent={"a": "b", "b": "c", "c": "d"})

    for department in "abcd":
        assert borne(index(*PEOPLE, organization=nested), "department", department) == "ann bob"


@named(
    ("attribute", "old", "new", "bearing"),
    {
        "in the roster": ("role", "cook", "line-cook", "ann bob"),
        "in a location": ("location", "austin-1", "austin-9", "ann"),
        "given by the organization": ("region", "texas", "lone", "cat"),
        "onto a known value": ("region", "west", "south", "ann bob cat"),
        "a department that has parts": ("department", "operations", "work", "ann bob"),
        "a department below another": ("department", "kitchen", "galley", "ann bob"),
    },
)
def test_a_moved_value_means_both(attribute, old, new, bearing):
    """A15."""
    found = index(*PEOPLE, aliases={(attribute, old): new})

    assert borne(found, attribute, new) == bearing


def test_values_are_those_of_roster_and_organization():
    """T5."""
    found = index("ann role=pilot", "bob role=cook")

    assert found.values("role") == {"pilot"} | ORGANIZATION.roles
    assert found.values("region") == {"south", "texas", "west"}


def test_values_of_one_trainee_are_resolved_and_sorted():
    """P2, for explain."""
    found = index(*PEOPLE)
    position = found.number_of("cat")

    assert found.values_of(position, "region") == ("south", "texas", "west")
    assert {"floor", "kitchen", "office"} <= set(
        found.values_of(found.number_of("bob"), "department")
    )
    assert found.values_of(found.number_of("dan"), "role") == ()


@named(
    ("line", "options", "activity"),
    {
        "P5 active": ("ann", {}, "active"),
        "P5 inactive": ("ann activity=inactive", {}, "inactive"),
        "P5 unknown status": ("ann activity=unknown", {}, "unknown"),
        "P5 absent": (None, {}, "unknown"),
        "P5 absent, and long absence means nothing": (None, {"seen": 3650}, "unknown"),
        "P5a absent as long as it says": (None, {"seen": 30, "inactive_after": 30}, "inactive"),
        "P5a absent a day less": (None, {"seen": 29, "inactive_after": 30}, "unknown"),
        "P5 absent since the last apply": (None, {"inactive_after": 30}, "unknown"),
        "P5a present at the last apply, which is old": (
            None,
            {"inactive_after": 30, "last": 31},
            "inactive",
        ),
        "P5 back again": ("ann", {"seen": 99, "inactive_after": 30}, "active"),
        "P5 unknown is not absent": (
            "ann activity=unknown",
            {"seen": 99, "inactive_after": 30},
            "unknown",
        ),
    },
)
def test_activity(line, options, activity):
    last = NOON - timedelta(days=options.get("last", 1))
    if "seen" in options:
        memory = ledger(
            "ann", last_seen={0: NOON - timedelta(days=options["seen"])}, last_as_of=last
        )
    else:
        memory = ledger("ann", sets={("present", "", ""): "ann"}, last_as_of=last)
    people = [line] if line else []
    limit = options.get("inactive_after")
    found = index("zoe", *people, ledger=memory, inactive_after=limit).activity

    names = [name for name in ("active", "inactive", "unknown") if 0 in getattr(found, name)]
    assert names == [activity]


def test_an_absence_a_second_short_of_the_limit_is_no_long_one():
    """P5a: N × 24 hours or more."""
    seen = NOON - timedelta(days=30) + timedelta(seconds=1)
    memory = ledger("ann", last_seen={0: seen}, last_as_of=NOON)

    assert 0 in index("zoe", ledger=memory, inactive_after=30).activity.unknown


def test_everybody_keeps_the_number_of_the_ledger():
    found = index("cat", "zoe", "bob", ledger=ledger("cat bob dan"))

    assert found.ids.to_list() == ["cat", "bob", "dan", "zoe"]
    assert found.newcomers.to_list() == ["zoe"]
    assert set(found.roster) == {0, 1, 3}
    assert (found.number_of("dan"), found.number_of("eve")) == (2, None)
    assert set(found.positions(["zoe", "dan", "eve"])) == {2, 3}


def test_newcomers_are_numbered_alike_whatever_the_order_of_rows():
    """D1."""
    assert (
        index("cat", "ann", "bob").newcomers.to_list()
        == index("bob", "cat", "ann").newcomers.to_list()
    )


def test_hired_on_or_after_leaves_out_a_missing_hire_date():
    """A3c: a missing hire date saves nobody from the baseline."""
    found = index("ann hired=2026-03-02", "bob hired=2026-03-01", "cat hired=?")

    assert words(found.ids[n] for n in found.hired_on_or_after(date(2026, 3, 2))) == "ann"


@named(
    ("lines", "attribute", "filled"),
    {
        "in the roster": (("ann role=cook", "bob role="), "role", "ann"),
        "by the organization": (("ann location=austin-1", "bob location=mars"), "region", "ann"),
        "by either": (
            ("ann location=austin-1 brand=", "bob location= brand=x"),
            "brand",
            "ann bob",
        ),
        "hire date": (("ann", "bob hired=?"), "hire_date", "ann"),
        "no such column": (("ann", "bob"), "shift", ""),
    },
)
def test_filled(lines, attribute, filled):
    """A4a: taken after the organization has been resolved."""
    found = index(*lines)

    assert words(found.ids[n] for n in found.filled(attribute)) == filled


@pytest.mark.parametrize(
    ("glob", "text", "matches"),
    [
        ("a*", "abc", True), ("*", "x", True), ("a.c", "abc", False), ("*b*", "abc", True),
        ("a*b", "a\nb", True), ("*a" * 12 + "*b", "a" * 64, False),
    ],
)  # fmt: skip
def test_globs(glob, text, matches):
    """P4a, T5: also a glob of many parts, which must not go back and forth for ever."""
    world = snapshot("ann role=")
    roster = world.roster.with_columns(role=pl.lit(text))
    found = Index(replace(world, roster=roster), {}, as_of=NOON)
    assert bool(found.having("role", glob)) is matches


def test_a_value_of_the_roster_is_no_glob():
    """P4a: a star is special where a policy says it, and not where somebody bears it."""
    found = index("ann location=austin-*", "bob location=austin-1")
    assert borne(found, "location", "austin-*") == "ann bob"
    assert words(found.ids[n] for n in found.bearing("location", "austin-*")) == "ann"
    assert found.values_of(found.number_of("bob"), "location") == ("austin-1",)


def test_what_the_roster_says_for_each_position():
    """For reports: as written, several values in order, nothing for who has none."""
    made = index("ann location=b,a", "bob location=c", "cat")
    told = dict(zip(made.ids, written(made, "location"), strict=True))
    assert told == {"ann": "a | b", "bob": "c", "cat": None}
    assert written(made, "shift") == [None, None, None]
