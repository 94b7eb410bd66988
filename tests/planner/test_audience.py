"""Whom a target matches, does not match and leaves undecided (T1 to T5, P2, P3, P6, P7)."""

from datetime import date

import pytest

from reconciler.planner.audience import cautious_verdict, verdict
from reconciler.planner.index import Index
from reconciler.policy.source import rename_aliases
from reconciler.policy.target import clause_of
from tests.builders import NOON, ids, ledger, named, scene, snapshot, words
from tests.policies import policies_of

PEOPLE = (
    "ann role=cook location=austin-1 hired=2026-01-15",
    "bob role=server,cook location=boise-1 hired=2024-02-29",
    "cat role=server location=austin-2,boise-1 hired=2026-03-03",
    "dan hired=? badge= shift=night",
    "eve role=Cook location=austin-10 badge=red hired=2025-03-02",
)
GROUPS = {"south": {"region": "south"}, "south-cooks": {"group": "south", "role": "cook"}}


def judged(target, *, people=PEOPLE, moved=(), today=date(2026, 3, 2), **options):
    rules = policies_of({"groups": {**GROUPS, "it": target}, "moved": list(moved)})
    aliases = rename_aliases(rules.moved)
    index = Index(snapshot(*people, **options), aliases, as_of=NOON)
    found = verdict(clause_of(rules.groups["it"], rules.groups, aliases), index, today=today)
    assert not found.yes & found.no
    return tuple(words(index.ids[n] for n in one) for one in (found.yes, found.no))


def undecided(target, **options):
    yes, no = judged(target, **options)
    people = options.get("people", PEOPLE)
    return words({line.split()[0] for line in people} - set(yes.split()) - set(no.split()))


@named(
    ("target", "matching"),
    {
        "T1 keys are all required": ({"role": "cook", "region": "south"}, "ann"),
        "T1 values of a list are alternatives": ({"role": ["cook", "server"]}, "ann bob cat"),
        "T1 (cook or server) and south": (
            {"role": ["cook", "server"], "region": "south"},
            "ann cat",
        ),
        "P1 any of several values is enough": ({"role": "server"}, "bob cat"),
        "P4 compared with case": ({"role": "Cook"}, "eve"),
        "T2 all": ({"all": [{"role": "cook"}, {"role": "server"}]}, "bob"),
        "T2 any": ({"any": [{"role": "Cook"}, {"location": "boise-1"}]}, "bob cat eve"),
        "T2 not": ({"not": {"role": "cook"}}, "cat dan eve"),
        "T2 nested": (
            {"not": {"any": [{"role": "cook"}, {"all": [{"role": "server"}, {"region": "west"}]}]}},
            "dan eve",
        ),
        "T2 group": ({"group": "south"}, "ann cat"),
        "T2 group within a group": ({"group": "south-cooks"}, "ann"),
        "T2 group beside a key": ({"group": "south", "role": "server"}, "cat"),
        "T4 trainees": ({"trainees": ["ann", "dan", "nobody"]}, "ann dan"),
        "T4 everyone": ({"everyone": True}, "ann bob cat dan eve"),
        "T5 glob at the end": ({"location": "austin-*"}, "ann cat eve"),
        "T5 glob in the middle": ({"location": "a*1"}, "ann"),
        "T5 glob matches nothing at all": ({"location": "austin-1*"}, "ann eve"),
        "T5 a star alone is any value": ({"location": "*"}, "ann bob cat eve"),
        "P4a a dot stands for itself": ({"location": "austin.1"}, ""),
        "P4a a question mark too": ({"location": "austin-?"}, ""),
        "P4a brackets too": ({"location": "austin-[12]*"}, ""),
        "P2 brand by location": ({"brand": "grill"}, "ann cat"),
        "P2 franchise by location": ({"franchise": "lone-star"}, "cat"),
        "P2 region by location": ({"region": "west"}, "bob cat"),
        "P2 department by role": ({"department": "kitchen"}, "ann bob"),
        "P3 a parent holds its parts": ({"department": "operations"}, "ann bob cat"),
        "T5 glob over departments": ({"department": "oper*"}, "ann bob cat"),
        "P1 custom attribute": ({"shift": "night"}, "dan"),
        "T5 a value that nobody bears": ({"role": "pilot"}, ""),
    },
)
def test_matching(target, matching):
    assert judged(target)[0] == matching


@named(
    ("target", "yes", "open_to"),
    {
        "P6 a missing hire date": ({"hire_date": {"before": "2026-01-01"}}, "bob eve", "dan"),
        "P6 its negation too": (
            {"not": {"hire_date": {"before": "2026-01-01"}}},
            "ann cat",
            "dan",
        ),
        "P6 tenure of a missing hire date": ({"tenure": {"at_least": "1 year"}}, "bob eve", "dan"),
        "P6 a required attribute, empty": ({"badge": "red"}, "eve", "ann bob cat dan"),
        "P6 not, of a required one": ({"not": {"badge": "red"}}, "", "ann bob cat dan"),
        "P6 another empty set is simply empty": ({"not": {"role": "cook"}}, "cat dan eve", ""),
        "P6a all: no where one part is no": (
            {"hire_date": {"before": "2026-01-01"}, "role": "cook"},
            "bob",
            "",
        ),
        "P6a any: yes where one part is yes": (
            {"any": [{"hire_date": {"before": "2026-01-01"}}, {"shift": "night"}]},
            "bob dan eve",
            "",
        ),
        "P6a any: undecided where no part is yes": (
            {"any": [{"hire_date": {"before": "2026-01-01"}}, {"role": "cook"}]},
            "ann bob eve",
            "dan",
        ),
    },
)
def test_undecided(target, yes, open_to):
    assert (judged(target)[0], undecided(target)) == (yes, open_to)


@named(
    ("comparison", "matching"),
    {
        "T3 on_or_after, that day": ({"on_or_after": "2026-01-15"}, "ann cat"),
        "T3 after, that day": ({"after": "2026-01-15"}, "cat"),
        "T3 before, that day": ({"before": "2026-01-15"}, "bob eve"),
        "T3 on_or_before, that day": ({"on_or_before": "2026-01-15"}, "ann bob eve"),
        "T1 between": ({"on_or_after": "2025-01-01", "before": "2026-02-01"}, "ann eve"),
    },
)
def test_hire_dates(comparison, matching):
    assert judged({"hire_date": comparison})[0] == matching


@named(
    ("comparison", "today", "matching"),
    {
        "T3 a year to the day": ({"at_least": "1 year"}, date(2026, 3, 2), "bob eve"),
        "T3 a year less a day": ({"at_least": "1 year"}, date(2026, 3, 1), "bob"),
        "T3 less than a year, to the day": ({"less_than": "1 year"}, date(2026, 3, 2), "ann cat"),
        "P7 hired later is negative": ({"at_least": "0 days"}, date(2026, 3, 2), "ann bob eve"),
        "P7 and less than none": ({"less_than": "0 days"}, date(2026, 3, 2), "cat"),
        "P7 cut to the month's last day": ({"at_least": "1 year"}, date(2025, 2, 28), "bob"),
        "P7 the day before": ({"at_least": "1 year"}, date(2025, 2, 27), ""),
        "T3 weeks": ({"at_least": "6 weeks"}, date(2026, 2, 26), "ann bob eve"),
        "T3 days": ({"at_least": "43 days"}, date(2026, 2, 26), "bob eve"),
        "T3 months": ({"at_least": "2 months"}, date(2026, 3, 15), "ann bob eve"),
        "T3 longer than there are years": ({"at_least": "9999 years"}, date(2026, 3, 2), ""),
        "T3 less than more years than there are": (
            {"less_than": "9999 years"},
            date(2026, 3, 2),
            "ann bob cat eve",
        ),
    },
)
def test_tenure(comparison, today, matching):
    assert judged({"tenure": comparison}, today=today)[0] == matching


def test_month_lengths_cut_to_the_last_day():
    """P7: a month after January 31 is February 28."""
    people = ("ann hired=2026-01-31", "bob hired=2026-01-28")

    assert judged({"tenure": {"at_least": "1 month"}}, people=people, today=date(2026, 2, 28)) == (
        "ann bob",
        "",
    )


@named(
    ("moved", "target", "matching"),
    {
        "A15 the new value means both": ("line-cook", {"role": "line-cook"}, "ann bob"),
        "A15 the old value means both": ("line-cook", {"role": "cook"}, "ann bob"),
        "A15 the two are one, in not too": ("server", {"not": {"role": "cook"}}, "dan eve"),
        "A15 a department follows the new name": ("baker", {"department": "kitchen"}, "ann bob"),
        "A15 a glob of the old name": ("line-cook", {"role": "coo*"}, "ann bob"),
        "A15 a glob of the new name": ("line-cook", {"role": "line-*"}, "ann bob"),
    },
)
def test_moved_values(moved, target, matching):
    moves = [{"from": "role.cook", "to": f"role.{moved}"}]

    assert judged(target, moved=moves)[0] == matching


@named(
    ("people", "filled", "target", "out"),
    {
        "A4a an emptied attribute is undecided": ("ann role=", "role", {"role": "cook"}, ""),
        "A4a its negation too": ("ann role=", "role", {"not": {"role": "cook"}}, ""),
        "A4 never filled is simply empty": ("ann role=", "", {"role": "cook"}, "ann"),
        "A4a a filled one decides": ("ann role=server", "role", {"role": "cook"}, "ann"),
        "A4a no in another part is no": (
            "ann role= shift=day",
            "role",
            {"role": "cook", "shift": "night"},
            "ann",
        ),
        "A4a hire_date is one of them": (
            "ann hired=?",
            "hire_date",
            {"hire_date": {"before": "2026-01-01"}},
            "",
        ),
        "A4a after the organization: a department by its role": (
            "ann role=",
            "department",
            {"department": "kitchen"},
            "",
        ),
        "A4d what the organization gives, its giver filled": (
            "ann location=boise-1",
            "franchise",
            {"franchise": "lone-star"},
            "ann",
        ),
        "A4d what the organization gives, its giver not listed in it": (
            "ann location=reno-1",
            "franchise",
            {"franchise": "lone-star"},
            "",
        ),
        "A4d one of two givers not listed": (
            "ann location=boise-1,reno-1",
            "franchise",
            {"franchise": "lone-star"},
            "",
        ),
        "A4d what the organization gives, its giver empty": (
            "ann location=",
            "franchise",
            {"franchise": "lone-star"},
            "",
        ),
        "A4d a column of the roster, empty, its giver filled": (
            "ann location=boise-1 franchise=",
            "franchise",
            {"franchise": "lone-star"},
            "",
        ),
    },
)
def test_who_is_out_of_a_target_for_a4_and_a12(people, filled, target, out):
    sets = {("filled", filled, ""): "ann", ("present", "", ""): "ann"} if filled else {}
    rules = policies_of({"groups": {"it": target}})
    seen = snapshot(people, "zoe role=cook shift=day", ledger=ledger("ann", sets=sets))
    index = Index(seen, {}, as_of=NOON)
    clause = clause_of(rules.groups["it"], rules.groups, {})
    plain = verdict(clause, index, today=date(2026, 3, 2))
    cautious = cautious_verdict(clause, index, plain, today=date(2026, 3, 2))

    assert cautious.no <= plain.no
    assert words(index.ids[n] for n in cautious.no if index.ids[n] == "ann") == out


@pytest.mark.parametrize("activity", ["inactive", "unknown"])
def test_only_the_active_are_in_an_audience(activity):
    """P5."""
    story = scene(
        f"ann role=cook activity={activity}", "bob role=cook", scope="future-and-existing"
    )

    assert ids(story.plan(), story.plan().standings[0].wants) == {"bob"}
