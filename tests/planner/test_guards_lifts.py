"""A lift lets through in its own guard, once, until it is written (G4a, G4b)."""

from dataclasses import replace

from pyroaring import BitMap

from reconciler.records import SetKey
from tests.builders import ids, named, scene
from tests.planner.rules import EXISTING, GOES, breached, cooks, crew, lift

# the story: what the lift says, whether it lets 3 removals through where 1 is allowed
LIFTS = {
    "what it says": ({}, True),
    "just enough": ({"ceiling": "3"}, True),
    "too little": ({"ceiling": "2"}, False),
    "for the policy": ({"policy": "automation.knife"}, True),
    "for another policy": ({"policy": "automation.other"}, False),
    "of another guard": ({"guard": "assign"}, False),
    "in another unit": ({"unit": "location.austin-1"}, False),
    "on its last day": ({"until": "2026-03-02"}, True),
    "expired": ({"until": "2026-03-01"}, False),
}


@named("said, lets_through", LIFTS)
def test_a_lift(said, lets_through):
    story = crew(10).hire(*cooks(3, role="server")).guarded(all={"remove": "1"})
    story = story.write("lifts", "meant", **lift(**said))

    assert (breached(story) == set()) is lets_through
    assert {one.id for one in story.plan().changes.lifts} == ({"meant"} if lets_through else set())


def test_a_lift_that_is_not_needed_is_not_used():
    story = crew(10).hire(*cooks(1, role="server")).guarded(all={"remove": "1"})
    assert story.write("lifts", "meant", **lift()).plan().changes.lifts == ()


def test_a_lift_for_all_lifts_no_guard_of_a_policy():
    story = crew(10, guards={"remove": "1"}).hire(*cooks(3, role="server"))
    assert breached(story.write("lifts", "meant", **lift()))
    own = story.write("lifts", "meant", **lift(policy="automation.knife"))
    assert breached(own) == set()


def test_a_lift_for_one_policy_leaves_the_others_bounded():
    rules = {
        "automations": {
            "knife": {"assign": "course/knife", "target": {"role": "cook"}, **EXISTING},
            "fire": {"assign": "course/fire", "target": {"role": "cook"}, **EXISTING},
        },
        "lifts": {"meant": lift(guard="assign", policy="automation.knife", ceiling="5")},
    }
    story = scene(*cooks(5), rules=rules)
    assert breached(story.guarded(all={"assign": "4"})) == {("assign", "all", "all")}
    assert breached(story.guarded(all={"assign": "5"})) == set()


def test_a_lift_works_once():
    story = crew(30).hire(*cooks(3, role="server")).guarded(all={"remove": "1"})
    story = story.write("lifts", "meant", **lift()).apply()
    assert story.plan().is_empty
    story = story.hire(*cooks(6, role="server")).later(days=1)

    assert breached(story) == {("remove", "all", "all")}


def test_what_a_lift_let_through_stays_so_until_it_is_done():
    story = crew(10).hire(*cooks(4, role="server")).guarded(all={"remove": "1"})
    story = story.write("lifts", "meant", **lift()).apply(refuse=["e02", "e03", "e04"])
    assert breached(story) == set(), "G4b"
    assert story.plan().changes.lifts == ()
    more = story.hire(*cooks(2, first=5, role="server"))
    assert breached(more) == {("remove", "all", "all")}, "two more that no lift let through"
    done = story.apply()
    assert not [key for key in done.memory.sets if key.kind == "lifted"]


AUSTIN = {"unit": "location.austin-1"}
OWN = {"policy": "automation.knife"}
FEW_IN_ALL = {"all": {"remove": "5%"}}
A_FIFTH_OF_EACH = {"location": {"remove": "20%"}}


def two_places(*, role="server", austin=10, boise=2, **keys):
    """Ten hold knives in Austin and thirty in Boise; so many of them are no cooks any more."""
    story = scene(*cooks(10), *cooks(30, first=50, at="boise-1"), **GOES, **keys).apply()
    left = *cooks(austin, role=role), *cooks(boise, first=50, role=role, at="boise-1")
    return story.hire(*left)


def written(story):
    """For whom the plan writes something."""
    made = story.plan()
    return {one for d in made.decisions if d.is_carried_out for one in ids(made, d.trainees)}


# the story: the guards of the workspace, those of the rule, the lift, what holds with it
OTHERS = {
    "a unit that has too much, and loses all": (
        {**FEW_IN_ALL, **A_FIFTH_OF_EACH}, {}, {}, {("all", "location.austin-1")},
    ),
    "a unit that loses all": (
        {**FEW_IN_ALL, "location": {"remove": "100%"}}, {}, {}, {("all", "location.austin-1")},
    ),
    "a region": ({**FEW_IN_ALL, "region": {"remove": "20%"}}, {}, {}, {("all", "region.south")}),
    "a protected content": (
        {**FEW_IN_ALL, "protected": ["course/knife"]}, {}, {}, {("all", "course/knife")},
    ),
    "the rule's own": (FEW_IN_ALL, {"remove": "10%"}, {}, {("automation.knife", "all")}),
    "all, where the unit was lifted": (
        {**FEW_IN_ALL, **A_FIFTH_OF_EACH}, {}, AUSTIN, {("all", "all")},
    ),
    "all, where the rule's own was lifted": (
        FEW_IN_ALL, {"remove": "10%"}, {**OWN, "ceiling": "11"}, {("all", "all"), ("automation.knife", "all")},
    ),
}  # fmt: skip


@named("guards, own, said, held", OTHERS)
def test_what_a_lift_lets_through_in_one_guard_counts_in_every_other(guards, own, said, held):
    """G4a: the night after as well, when the lift is used and nothing has changed."""
    story = two_places(guards=own).guarded(**guards, on_breach="hold_removals")
    story = story.write("lifts", "meant", **lift(**said))
    first = {(policy, unit) for _, policy, unit in breached(story)}
    again = story.apply(refuse=["e50", "e51"]).later(days=1)

    assert first == held
    assert {(policy, unit) for _, policy, unit in breached(again)} >= held
    assert not written(again) & {f"e{n:02}" for n in range(1, 11)}


def test_what_another_guard_held_was_not_let_through():
    """G4b: the lift was for one apply, which did not write it; it takes another one."""
    story = two_places().guarded(**FEW_IN_ALL, **A_FIFTH_OF_EACH, on_breach="hold_removals")
    again = story.write("lifts", "meant", **lift()).apply().later(days=1)
    assert again.memory.lifts, "it was needed for two"
    assert not [key for key in again.memory.sets if key.kind == "lifted"]

    closed = again.write("lifts", "closed", **lift(**AUSTIN))
    assert breached(closed) == {("remove", "all", "all")}
    assert breached(closed.write("lifts", "second", **lift())) == set()


def test_a_lift_of_which_nothing_is_written_is_not_used():
    """G4a: of a plan that another guard holds in full no apply needs it."""
    story = two_places(boise=0).guarded(**FEW_IN_ALL, **A_FIFTH_OF_EACH, on_breach="hold_removals")
    story = story.write("lifts", "meant", **lift())
    assert breached(story) == {("remove", "all", "location.austin-1")}
    assert story.plan().is_empty, "D2: held rows are no changes"
    after = story.apply().later(days=1).write("lifts", "closed", **lift(**AUSTIN))
    assert breached(after) == set()
    assert after.apply().memory.lifts.keys() == {"meant", "closed"}


# the story: the guards of the workspace, those of the rule, the lift
CUT_OFF = {
    "in all": (FEW_IN_ALL, {}, {}),
    "in all, for one policy": (FEW_IN_ALL, {}, OWN),
    "in a unit": (A_FIFTH_OF_EACH, {}, AUSTIN),
    "of a protected content": (
        {"protected": ["course/knife"]},
        {},
        {"unit": "course/knife", "ceiling": "10"},
    ),
    "of the rule's own guard": ({}, {"remove": "10%"}, OWN),
}


@named("guards, own, said", CUT_OFF)
def test_what_a_lift_let_through_is_finished_in_its_own_guard(guards, own, said):
    story = two_places(guards=own, boise=0).guarded(**guards)
    story = story.write("lifts", "meant", **lift(**said))
    again = story.apply(refuse=[f"e{n:02}" for n in range(2, 11)]).later(days=1)

    assert breached(again) == set(), "G4b"
    assert again.plan().guarded.findings == (), "what was let through counts no more"
    assert len(written(again)) == 9
    assert not [key for key in again.apply().memory.sets if key.kind == "lifted"]


def test_a_renamed_rule_may_be_finished_under_its_lift():
    """A15: a rename changes nothing of what was let through."""
    story = two_places(guards={"remove": "10%"}, boise=0).write("lifts", "meant", **lift(**OWN))
    again = story.apply(refuse=["e02", "e03", "e04", "e05", "e06", "e07"]).later(days=1)
    moved = again.move("automation.knife", "automation.blades")

    assert breached(moved) == set()
    after = moved.apply(refuse=["e03", "e04", "e05", "e06", "e07"]).later(days=1)
    assert breached(after) == set()
    assert not [key for key in after.apply().memory.sets if key.kind == "lifted"]


def test_a_mark_of_an_earlier_version_lifts_nothing():
    """It does not say in which guard; it goes with its rows."""
    story = two_places(boise=0).guarded(**FEW_IN_ALL)
    mark = {SetKey("lifted", "remove", "course/knife"): BitMap(range(10))}
    old = replace(story, memory=replace(story.memory, sets={**story.memory.sets, **mark}))

    assert breached(old) == {("remove", "all", "all")}
    done = old.write("lifts", "meant", **lift()).apply()
    assert not [key for key in done.memory.sets if key.kind == "lifted"]
