"""A roster that looks wrong beside the last good one takes nothing and begins nothing (A3)."""

from dataclasses import replace
from datetime import timedelta

from tests.builders import ORGANIZATION, actions, named, scene
from tests.planner.rules import GOES


def people(number, *, first=1, role="cook", at="austin-1", **more):
    said = "".join(f" {key}={value}" for key, value in more.items())
    return [f"e{n:03} role={role} location={at}{said}" for n in range(first, first + number)]


def known(*lines, **keys):
    """A story in which all of these were seen by an apply."""
    return scene(*lines, **{**GOES, **keys}).gated().apply()


def failed(story):
    gate = story.plan().gate
    return {(one.guard, one.unit) for one in gate.checks if one.fails}


CREW = [*people(20), *people(20, first=50, at="boise-1")]

# the story: what happens to the roster, and what fails
HEADS = {
    "nothing": (lambda s: s, set()),
    "a tenth is gone": (lambda s: s.drop("e001", "e002", "e050", "e051"), set()),
    "and one more": (
        lambda s: s.drop("e001", "e002", "e050", "e051", "e052"),
        {("head_count", "all")},
    ),
    "a tenth is inactive": (lambda s: s.hire(*people(4, activity="inactive")), set()),
    "more are inactive": (
        lambda s: s.hire(*people(5, activity="inactive")),
        {("head_count", "all")},
    ),
    "as many others have come": (
        lambda s: s.drop(*(f"e{n:03}" for n in range(1, 7))).hire(*people(6, first=90)),
        {("head_count", "all")},
    ),
    "half of a location works elsewhere": (lambda s: s.hire(*people(10, at="boise-1")), set()),
    "most of a location works elsewhere": (
        lambda s: s.hire(*people(11, at="boise-1")),
        {("head_count", "location.austin-1")},
    ),
    "a location has vanished": (
        lambda s: s.hire(*people(20, at="boise-1")),
        {("head_count", "location.austin-1")},
    ),
    "many have come": (lambda s: s.hire(*people(60, first=90)), set()),
}


@named("happens, expected", HEADS)
def test_head_counts_against_the_last_good_roster(happens, expected):
    assert failed(happens(known(*CREW))) == expected


def test_two_of_two_are_a_location_and_one_of_one_is_not():
    story = known(*CREW, *people(2, first=80, at="austin-2"), "one role=cook location=dallas")
    moved = story.hire(*people(2, first=80, at="boise-1"))
    assert failed(moved.gated(head_count={"location": "100%"})) == {
        ("head_count", "location.austin-2")
    }
    assert failed(story.hire("one role=cook location=boise-1")) == set()


# the story: how many of 40 have lost their role, and whether that fails
EMPTY = {"none": (0, False), "a twentieth": (2, False), "one more": (3, True), "all": (20, True)}


@named("number, expected", EMPTY)
def test_values_that_were_there_are_gone(number, expected):
    emptied = [line.replace("role=cook", "role=") for line in people(number)]
    assert (failed(known(*CREW).hire(*emptied)) == {("empty", "role")}) is expected


def test_only_attributes_that_a_target_uses_are_looked_at():
    with_badge = [f"{line} badge=b1" for line in CREW]
    story = known(*with_badge)
    assert failed(story.hire(*(line.replace("b1", "") for line in with_badge))) == set()
    used = known(*with_badge, target={"role": "cook", "badge": "b1"})
    assert failed(used.hire(*(line.replace("b1", "") for line in with_badge))) == {
        ("empty", "badge")
    }


AGES = {"new": (0, False), "a week": (7, False), "older": (8, True)}


@named("days, expected", AGES)
def test_the_age_of_the_file(days, expected):
    story = scene(*CREW, **GOES).gated(age=timedelta(days=days))
    assert (failed(story) == {("age", "all")}) is expected


def test_without_an_apply_there_is_nothing_to_compare_with():
    assert failed(scene(*CREW, **GOES).gated()) == set()


def broken(story):
    return story.hire(*(line.replace("austin-1", "nowhere") for line in people(20, role="server")))


def test_from_an_unfit_roster_nobody_leaves():
    story = broken(known(*CREW))
    assert not story.plan().gate.is_open
    assert not any(action.startswith("remove") for action in actions(story))
    free = story.gated(head_count={"all": "unlimited", "location": "unlimited"})
    assert len(actions(free)) == 20


def test_from_an_unfit_roster_no_rule_begins_and_nobody_leaves_a_baseline():
    story = known(*CREW, scope="future-only")
    late = story.write("automations", "late", assign="course/fire", target={"role": "cook"})
    made = broken(late).plan()
    by_name = {one.rule.id: one for one in made.standings}

    assert by_name["automation.late"].started is None
    assert by_name["automation.late"].wants == by_name["automation.late"].baseline
    assert len(by_name["automation.knife"].baseline) == 40, "A4"


def test_a_retired_rule_removes_nothing_by_an_unfit_roster():
    story = known(*CREW).delete()
    story = story.write("automations", "other", assign="course/fire", target={"role": "baker"})
    assert actions(broken(story)) == set()


RENAMED = {
    "a location, which no target names": ("location", "austin-1", "atx-1", False),
    "a role that a target names": ("role", "cook", "line-cook", True),
}


@named("attribute, old, new, fails", RENAMED)
def test_a_value_that_was_renamed_is_recognized(attribute, old, new, fails):
    story = known(*CREW)
    after = story.hire(*(line.replace(f"={old}", f"={new}") for line in CREW))
    made = after.plan()

    found = {(one.attribute, one.old, one.new, one.fails) for one in made.gate.renames}
    assert found == {(attribute, old, new, fails)}
    assert not made.gate.is_open
    assert not any(action.startswith("remove") for action in actions(after))
    renamed = after.move(f"{attribute}.{old}", f"{attribute}.{new}")
    assert renamed.plan().gate.renames == ()
    assert renamed.plan().gate.is_open


@named(
    "role, given, fails",
    {
        "nobody says what the new role is": ("waiter", {}, True),
        "it is of another department": ("waiter", {"waiter": "kitchen"}, True),
        "it is of the same one": ("waiter", {"waiter": "floor"}, False),
    },
)
def test_a_role_that_was_renamed_takes_its_department_along(role, given, fails):
    """A3f: a target may name what the organization gives by it (P2)."""
    story = known(*people(20, role="server"), target={"department": "floor"})
    organization = replace(ORGANIZATION, department={**ORGANIZATION.department, **given})
    made = story.given(organization=organization).hire(*people(20, role=role)).plan()

    found = {(one.attribute, one.old, one.new, one.fails) for one in made.gate.renames}
    assert found == {("role", "server", role, fails)}
    assert made.gate.is_open is not fails


def test_a_value_that_some_left_for_an_old_one_is_no_rename():
    story = known(*CREW, *people(2, first=90, role="baker"))
    assert story.hire(*people(20, role="baker")).plan().gate.renames == ()


LIFTS = {
    "in all": ("head_count", "all", 20, set()),
    "too low": ("head_count", "all", 19, {("head_count", "all")}),
    "another unit": ("head_count", "location.austin-1", 20, {("head_count", "all")}),
}


@named("guard, unit, ceiling, expected", LIFTS)
def test_a_lift_lets_a_roster_through_once(guard, unit, ceiling, expected):
    story = known(*CREW).gated(head_count={"location": "unlimited"})
    said = {"guard": guard, "policy": "all", "unit": unit, "ceiling": str(ceiling)}
    story = story.write("lifts", "closed", **said, reason="closed", until="2026-12-31")
    gone = story.drop(*(f"e{n:03}" for n in range(1, 21)))

    assert failed(gone) == expected
    if not expected:
        after = gone.apply()
        assert after.plan().is_empty
        assert set(after.memory.lifts) == {"closed"}
        assert failed(after.drop(*(f"e{n:03}" for n in range(50, 60)))) == {("head_count", "all")}


def test_the_last_good_roster_is_that_of_the_last_apply():
    story = known(*CREW).drop("e001", "e002", "e003", "e004").later(days=30).apply()
    assert failed(story) == set()
    assert failed(story.drop("e005", "e006", "e007", "e008")) == set()
    assert failed(story.drop(*(f"e{n:03}" for n in range(5, 10)))) == {("head_count", "all")}


def test_all_cooks_did_become_servers():
    story = known(*CREW).hire(
        *people(20, role="server"), *people(20, first=50, at="boise-1", role="server")
    )
    assert not story.plan().gate.is_open
    assert story.gated(renamed="tell").plan().gate.is_open
    said = {"guard": "renamed", "policy": "all", "unit": "role.cook", "ceiling": "40"}
    lifted = story.write("lifts", "so", **said, reason="so", until="2026-12-31")
    assert lifted.plan().gate.is_open
    assert set(lifted.apply().memory.lifts) == {"so"}
