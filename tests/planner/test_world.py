"""A snapshot as sets: local days, grants, accounts (P8, A3b, M4c)."""

from datetime import UTC, date, datetime

from reconciler.frames import Capabilities
from reconciler.planner.world import Moment, encode
from tests.builders import CHICAGO, NOON, holdings, ledger, named, snapshot

KNIFE = "course/knife"


def world(*people, **fields):
    seen = snapshot(*people, **fields)
    return encode(seen, seen.ledger, {}, [KNIFE], moment=Moment(NOON, CHICAGO))


@named(
    ("instant", "day"),
    {
        "an evening in Chicago": (datetime(2026, 3, 3, 5, 59, 59, tzinfo=UTC), date(2026, 3, 2)),
        "midnight in Chicago": (datetime(2026, 3, 3, 6, tzinfo=UTC), date(2026, 3, 3)),
        "midnight in the summer": (datetime(2026, 7, 3, 5, tzinfo=UTC), date(2026, 7, 3)),
    },
)
def test_days_are_local(instant, day):
    assert Moment(NOON, CHICAGO).day_of(instant) == day
    assert Moment(instant, CHICAGO).today == day


@named(
    ("sets", "lines", "given", "ever"),
    {
        "nobody": ({}, [], set(), set()),
        "enrolled by hand": ({}, ["ann knife"], set(), {0}),
        "by an automation and an order": (
            {("gave", "automation.a", KNIFE): "ann", ("gave", "assignment.o", KNIFE): "bob"},
            [],
            {0, 1},
            {0, 1},
        ),
        "held": ({("held", "automation.a", KNIFE): "bob"}, [], set(), {1}),
        "ended": ({("ended", "", KNIFE): "bob"}, [], set(), {1}),
        "other sets tell nothing": (
            {("baseline", "automation.a", KNIFE): "ann", ("redue", "automation.a", KNIFE): "bob"},
            [],
            set(),
            set(),
        ),
        "another content": ({("gave", "automation.a", "course/fire"): "ann"}, [], set(), set()),
    },
)
def test_grants(sets, lines, given, ever):
    """M4c: ever had it, by LMS or ledger."""
    found = world("ann", "bob", ledger=ledger("ann bob", sets=sets), holdings=holdings(*lines))

    assert (set(found.given(KNIFE)), set(found.ever_had(KNIFE))) == (given, ever)


@named(
    ("fields", "without", "new"),
    {
        "the LMS cannot tell": ({}, set(), set()),
        "one has none": ({"accounts": frozenset({"ann", "stranger"})}, {1}, set()),
        "the LMS makes it": (
            {
                "accounts": frozenset({"ann"}),
                "capabilities": Capabilities(creates_accounts=True),
            },
            set(),
            {1},
        ),
    },
)
def test_accounts(fields, without, new):
    """P8, P8a."""
    found = world("ann", "bob", **fields)

    assert (set(found.without_account), set(found.new_to_lms)) == (without, new)
