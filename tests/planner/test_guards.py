"""Guards hold what a plan does too much of, and nothing else (G1 to G4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.planner.reasons import Reason
from reconciler.policy.guards import WorkspaceGuards
from tests.builders import actions, ids, named, reasons, scene
from tests.planner.rules import EXISTING, GOES, breached, cooks, crew, lift, order

# the story: the ceiling, how many are assigned of how many in the roster, whether it is breached
ASSIGNED = {
    "a share of the active roster": ("25%", 25, 100, False),
    "one more": ("25%", 26, 100, True),
    "a share is rounded up": ("25%", 3, 9, False),
    "a share always lets one through": ("1%", 1, 2, False),
    "and no second one": ("1%", 2, 2, True),
    "a part of a percent": ("0.5%", 2, 201, False),
    "an absolute number": ("5", 5, 5, False),
    "an absolute number and one": ("5", 6, 100, True),
    "none": ("0", 1, 100, True),
    "no percent at all is none too": ("0%", 1, 100, True),
    "any number": ("unlimited", 9, 9, False),
    "twice the roster": ("200%", 9, 9, False),
}


@named("ceiling, assigned, people, expected", ASSIGNED)
def test_assignments_are_counted_against_the_active_roster(ceiling, assigned, people, expected):
    rest = cooks(people - assigned, first=assigned + 1, role="server")
    gone = "gone role=cook activity=inactive"
    story = scene(*cooks(assigned), *rest, gone, **EXISTING).guarded(all={"assign": ceiling})

    assert (breached(story) == {("assign", "all", "all")}) is expected
    assert story.plan().guarded.holds_all is expected


# the story: the ceiling, how many of 10 holders lose it, whether it is breached
REMOVED = {
    "nobody": ("0", 0, False),
    "a share of the holdings": ("20%", 2, False),
    "one more than that": ("20%", 3, True),
    "a number": ("4", 4, False),
    "a number and one": ("4", 5, True),
    "none is allowed": ("0", 1, True),
}


@named("ceiling, gone, expected", REMOVED)
def test_removals_are_counted_against_the_holdings_before_the_plan(ceiling, gone, expected):
    story = crew(10).hire(*cooks(gone, role="server")).guarded(all={"remove": ceiling})

    assert (breached(story) == {("remove", "all", "all")}) is expected


@named("ceiling, gone, expected", REMOVED)
def test_a_policy_has_guards_of_its_own(ceiling, gone, expected):
    story = crew(10, guards={"remove": ceiling}).hire(*cooks(gone, role="server"))

    assert (breached(story) == {("remove", "automation.knife", "all")}) is expected


@named("ceiling, gone, expected", REMOVED)
def test_a_location_has_holdings_of_its_own(ceiling, gone, expected):
    elsewhere = cooks(30, first=50, at="boise-1")
    story = scene(*cooks(10), *elsewhere, **GOES).apply().hire(*cooks(gone, role="server"))
    story = story.guarded(location={"remove": ceiling})

    assert (breached(story) == {("remove", "all", "location.austin-1")}) is expected


UNITS = {
    "location": {"location.austin-2"},
    "franchise": {"franchise.lone-star"},
    "brand": {"brand.grill"},
    "region": {"region.south", "region.texas"},
}


@pytest.mark.parametrize(("unit", "expected"), UNITS.items(), ids=UNITS)
def test_a_unit_is_what_roster_and_organization_say(unit, expected):
    story = scene(*cooks(4, at="austin-2"), *cooks(30, first=50, at="boise-1"), **GOES).apply()
    story = story.hire(*cooks(2, role="server", at="austin-2")).guarded(**{unit: {"remove": "20%"}})

    assert {where for _, _, where in breached(story)} == expected


# the story: how many hold it in the unit, how many of them lose it, whether that is a breach
VANISHED = {
    "both of two": (2, 2, True),
    "all of five": (5, 5, True),
    "all but one": (5, 4, False),
    "the only one": (1, 1, False),
}


@named("holders, gone, expected", VANISHED)
def test_a_unit_that_loses_all_is_a_breach_whatever_its_ceiling(holders, gone, expected):
    elsewhere = cooks(30, first=50, at="boise-1")
    story = scene(*cooks(holders), *elsewhere, **GOES).apply().hire(*cooks(gone, role="server"))
    story = story.guarded(location={"remove": "100%"})

    assert (breached(story) == {("remove", "all", "location.austin-1")}) is expected


# the story: what becomes of four cooks in Austin who have knives, and whether nobody has anything left
EXCHANGED = {
    "all become servers": (
        lambda story: story.hire(*cooks(4, role="server")), True,
    ),
    "and are assigned what servers have": (
        lambda story: story.hire(*cooks(4, role="server")).write("automations", "fire", **FIRE), False,
    ),
    "and only one of them is": (
        lambda story: story.hire(*cooks(4, role="server")).write(
            "automations", "fire", **{**FIRE, "target": {"trainees": ["e01"]}}
        ), False,
    ),
    "and the LMS knows no account of theirs": (
        lambda story: story.given(accounts=frozenset()).hire(*cooks(4, role="server")).write(
            "automations", "fire", **FIRE
        ), True,
    ),
    "and only people elsewhere are assigned anything": (
        lambda story: story.hire(*cooks(4, role="server"), "new role=server location=boise-1").write(
            "automations", "fire", **{**FIRE, "target": {"location": "boise-1"}}
        ), True,
    ),
    "and the assignments are held": (
        lambda story: story.hire(*cooks(4, role="server")).write(
            "automations", "fire", **FIRE, guards={"assign": 1}
        ), False,
    ),
    "all had completed it before, and take it again": (
        lambda story: story.enroll(*(f"e0{n} knife completed=yes" for n in range(1, 5))).hire(
            *cooks(4, role="server")
        ), False,
    ),
    "one had": (
        lambda story: story.enroll("e01 knife completed=yes").hire(*cooks(4, role="server")), False,
    ),
}  # fmt: skip
FIRE = {"assign": "course/fire", "target": {"role": "server"}, **EXISTING}


@named("change, expected", EXCHANGED)
def test_a_unit_keeps_what_the_plan_gives_and_leaves_it(change, expected):
    """G2a: nobody in it holds anything after the plan, so what the same plan assigns counts."""
    elsewhere = cooks(30, first=50, at="boise-1")
    story = change(scene(*cooks(4), *elsewhere, **GOES).apply().later(days=1))
    story = story.guarded(location={"remove": "100%"}, on_breach="hold_removals")

    assert (("remove", "all", "location.austin-1") in breached(story)) is expected


def test_the_stricter_of_workspace_and_policy_holds():
    story = crew(20, guards={"remove": "2"}).hire(*cooks(3, role="server"))
    assert breached(story.guarded(all={"remove": "10"})) == {("remove", "automation.knife", "all")}

    story = crew(20, guards={"remove": "10"}).hire(*cooks(3, role="server"))
    assert breached(story.guarded(all={"remove": "2"})) == {("remove", "all", "all")}


DEFAULTS = {
    "assign": ("all", "assign", 100, 25),
    "remove": ("all", "remove", 100, 5),
    "restart and retake": ("all", "restart_and_retake", 100, 10),
    **{f"remove in a {unit}": (unit, "remove", 100, 20) for unit in UNITS},
}


@named("unit, kind, base, expected", DEFAULTS)
def test_the_defaults(unit, kind, base, expected):
    written_for_others = WorkspaceGuards.model_validate({"all": {"restart": "7"}})
    for guards in (WorkspaceGuards(), written_for_others):
        assert getattr(guards.of(unit), kind).ceiling(base) == expected, "G3"


def test_a_retired_automation_is_held_by_the_guards_it_was_applied_with():
    story = crew(10, guards={"remove": "20%"}).delete()
    story = story.write("automations", "other", assign="course/fire", target={"role": "nobody"})

    assert breached(story) == {("remove", "automation.knife", "all")}


KNIFE = {"assign": "course/knife", "target": {"location": "austin-2"}, **GOES}


def owned(**keys):
    """Four people of one franchise hold knives by a rule, and everybody holds fire by another."""
    fire = {"assign": "course/fire", "target": {"everyone": True}, **EXISTING}
    crew = [*cooks(4, at="austin-2"), *cooks(30, first=50, at="boise-1")]
    story = scene(*crew, rules={"automations": {"knife": KNIFE, "fire": fire}}).apply()
    return story.edit(**keys).apply() if keys else story


# the story: what the rule last said, the guards, and in which units one is breached
RETIRED = {
    "in each location": ({}, {"location": {"remove": "20%"}}, {"location.austin-2"}),
    "in each franchise": ({}, {"franchise": {"remove": "20%"}}, {"franchise.lone-star"}),
    "in each brand": ({}, {"brand": {"remove": "20%"}}, {"brand.grill"}),
    "in each region": ({}, {"region": {"remove": "20%"}}, {"region.south", "region.texas"}),
    "in all": ({}, {"all": {"remove": "10%"}}, set()),
    "one fewer in all": ({}, {"all": {"remove": "3"}}, {"all"}),
    "half of a unit": ({}, {"location": {"remove": "50%"}}, set()),
    "of a protected content": ({}, {"protected": ["course/knife"]}, {"course/knife"}),
    "not started alone": (
        {"on_exit": "remove-not-started"}, {"location": {"remove": "20%"}}, {"location.austin-2"},
    ),
    "kept": ({"on_exit": "keep"}, {"location": {"remove": "0"}}, set()),
    "retired while paused": ({"paused": True}, {"location": {"remove": "0"}}, set()),
}  # fmt: skip


@named("keys, guards, expected", RETIRED)
def test_what_a_retired_rule_takes_is_guarded_in_each_unit(keys, guards, expected):
    """A rule that goes from the files is one line of a change, and may empty a store (A14)."""
    story = owned(**keys).delete().guarded(**guards)

    assert {unit for _, _, unit in breached(story)} == expected
    assert story.plan().guarded.holds_all is bool(expected)
    causes = {cause for one in story.plan().decisions if one.held for cause in one.causes}
    assert causes == ({"automation.knife"} if expected else set())


def test_both_ways_of_retiring_are_guarded_alike():
    for story in (owned().delete(), owned().edit(retire=True)):
        held = breached(story.guarded(location={"remove": "20%"}))
        assert held == {("remove", "all", "location.austin-2")}


# the story: what a lift says, whether it lets the retired rule take all four
LIFTED = {
    "for the rule, in its unit": ({}, True),
    "for all, in its unit": ({"policy": "all"}, True),
    "for the rule, in all": ({"unit": "all"}, False),
    "for the rule, elsewhere": ({"unit": "location.boise-1"}, False),
    "for another rule": ({"policy": "automation.fire"}, False),
    "for one fewer": ({"ceiling": "3"}, False),
}


@named("said, lets_through", LIFTED)
def test_a_retired_rule_is_let_through_by_a_lift_once(said, lets_through):
    meant = {"policy": "automation.knife", "unit": "location.austin-2", "ceiling": "4", **said}
    story = owned().guarded(location={"remove": "20%"}).write("lifts", "closed", **lift(**meant))
    gone = story.delete()

    assert (breached(gone) == set()) is lets_through
    if lets_through:
        after = gone.apply()
        assert {what for _, what in after.held} == {"course/fire"}
        back = after.write("automations", "knife", **KNIFE).apply()
        assert breached(back.delete()) == {("remove", "all", "location.austin-2")}, "it is used"


def test_of_a_retired_rule_hold_removals_holds_the_unit_alone():
    story = owned().delete().guarded(location={"remove": "20%"}, on_breach="hold_removals")
    after = story.hire(*cooks(2, first=90, at="boise-1")).apply()

    assert {who for who, what in after.held if what == "course/fire"} >= {"e90", "e91"}
    assert len([who for who, what in after.held if what == "course/knife"]) == 4


def test_of_a_protected_content_nobody_loses_anything():
    story = crew(10).hire(*cooks(1, role="server"))

    assert breached(story.guarded(protected=["course/knife"])) == {
        ("remove", "all", "course/knife")
    }
    assert breached(story.guarded(protected=["course/fire"])) == set()


def test_a_held_plan_is_shown_in_full():
    free = scene(*cooks(5), **EXISTING)
    held = free.guarded(all={"assign": "2"})

    assert actions(held) == actions(free)
    assert sum(len(rows.ranks) for rows in held.plan().rows) == 5
    assert set(reasons(held).values()) == {"held by guard"}, "D4"


def test_what_a_guard_does_not_cover_is_not_held():
    story = (
        crew(10).hire(*cooks(3, role="server"), *cooks(4, first=20)).guarded(all={"remove": "1"})
    )
    made = story.plan()

    assert made.guarded.holds_all
    held = {one for d in made.decisions if d.held for one in ids(made, d.trainees)}
    assert held == {"e01", "e02", "e03"}
    assert reasons(story)["e20"] == "assigned"


def test_hold_removals_lets_the_additions_go():
    story = crew(10).hire(*cooks(3, role="server"), *cooks(4, first=20))
    story = story.guarded(all={"remove": "1"}, on_breach="hold_removals")
    assert not story.plan().guarded.holds_all
    after = story.apply()

    assert {f"e{n}" for n in range(20, 24)} <= {who for who, _ in after.held}
    assert actions(after) == {f"remove e{n:02} knife" for n in (1, 2, 3)}, "held, so still planned"
    assert after.plan().is_empty, "held rows are no changes (D2)"


def test_hold_removals_holds_only_the_unit_that_is_breached():
    elsewhere = cooks(10, first=50, at="boise-1")
    story = scene(*cooks(10), *elsewhere, **GOES).apply()
    story = story.hire(*cooks(5, role="server"), *cooks(1, first=50, role="server", at="boise-1"))
    made = story.guarded(location={"remove": "20%"}, on_breach="hold_removals").plan()

    gone = {d.held: ids(made, d.trainees) for d in made.decisions}
    assert gone == {True: {f"e{n:02}" for n in range(1, 6)}, False: {"e50"}}


def test_too_many_assignments_hold_all_whatever_the_removals_do():
    story = scene(*cooks(5), **EXISTING).guarded(all={"assign": "2"}, on_breach="hold_removals")
    assert story.plan().guarded.holds_all


def test_an_order_is_held_as_well():
    rules = {"assignments": {"now": order({"role": "cook"})}}
    story = scene(*cooks(5), rules=rules).guarded(all={"assign": "2"})

    assert breached(story) == {("assign", "all", "all")}
    assert set(reasons(story, "assignment.now").values()) == {Reason.HELD}


@given(
    gone=st.sets(st.integers(1, 12)),
    new=st.integers(0, 6),
    ceilings=st.tuples(*[st.sampled_from(["0", "1", "10%", "30%", "unlimited"])] * 3),
    spares=st.booleans(),
)
def test_an_apply_never_does_more_than_the_ceilings_say(gone, new, ceilings, spares):
    """What is carried out stays within every ceiling, in all and in each unit (G2)."""
    every = [*cooks(6), *cooks(6, first=7, at="boise-1")]
    story = scene(*every, **GOES).apply()
    left = [line.replace("cook", "server") for n, line in enumerate(every, 1) if n in gone]
    story = story.hire(*left, *cooks(new, first=20))
    keys = {"remove": ceilings[0], "assign": ceilings[1]}
    breach = "hold_removals" if spares else "hold"
    story = story.guarded(all=keys, location={"remove": ceilings[2]}, on_breach=breach)
    made = story.plan()
    carried = [d for d in made.decisions if d.is_carried_out and not made.guarded.holds_all]

    def count(action, members):
        return sum(len(d.trainees & members) for d in carried if d.action == action)

    guards, index = story.limits.guards, made.world.index
    for kind, base in (("remove", 12), ("assign", len(index.activity.active))):
        most = getattr(guards.all, kind).ceiling(base)
        assert most is None or count(kind, index.roster) <= most
    for unit in ("austin-1", "boise-1"):
        most = guards.location.remove.ceiling(6)
        assert most is None or count("remove", index.having("location", unit)) <= most
