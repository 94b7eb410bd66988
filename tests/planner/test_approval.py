"""What a standing approval does not cover (D5e)."""

from dataclasses import replace

import pytest

from reconciler.planner.approval import objections, todays_marks
from reconciler.policy.guards import StandingApproval
from tests.builders import named, scene
from tests.planner.rules import EXISTING, GOES, cooks, crew, lift

ANN, BOB = "ann role=cook hired=2026-01-01", "bob role=cook hired=2026-01-01"
YOUNG = {"role": "cook", "tenure": {"less_than": "90 days"}}
PEOPLE = StandingApproval(attributions=["people"])


def grown():
    """Two cooks who are not new any more, so that they lose it: by time."""
    rule = {**EXISTING, "target": YOUNG, "on_exit": "remove"}
    return scene(ANN, BOB, **rule).apply().later(days=60)


HELD = {"all": {"remove": "1"}, "on_breach": "hold_removals"}


@pytest.mark.parametrize("guards", [{}, HELD], ids=["not held", "held by a guard"])
def test_an_attribution_that_is_not_approved(guards):
    """Held or not: an apply would remember whose doing it is, as if somebody had looked."""
    found = objections(grown().guarded(**guards).plan(), PEOPLE)
    assert [(one.attribution, one.action, one.trainees) for one in found.uncovered] == [
        ("time", "remove", 2)
    ]


def test_what_a_reviewed_apply_has_begun_is_approved_already():
    after = grown().guarded(**HELD).apply().later(days=1)
    assert not objections(after.plan(), PEOPLE)


def over(story, **ceilings):
    found = objections(story.plan(), StandingApproval(**ceilings))
    return [(one.guard.unit, one.count, one.ceiling) for one in found.over]


def test_what_a_lift_let_through_counts_on_the_day():
    """A lift is of one guard, and a ceiling of the day is none (G4b)."""
    story = crew(10).hire(*cooks(4, role="server")).guarded(all={"remove": "1"})
    again = story.write("lifts", "meant", **lift()).apply(refuse=["e02", "e03", "e04"])

    assert over(again, all={"remove": "2"}) == [("all", 3, 2)]
    assert over(again, all={"remove": "3"}) == []


def test_what_was_done_on_the_day_empties_no_unit_again():
    """A ceiling of the day is a number; that nobody in a unit is left is for the guards (G2)."""
    story = scene(*cooks(6), *cooks(9, first=20, at="boise-1"), **GOES).apply()
    story = story.hire(*cooks(3, role="server"))
    today = {key: change.add for key, change in todays_marks(story.plan()).items()}
    after = story.apply().hire(*cooks(1, first=50, at="boise-1"))
    after = replace(after, memory=replace(after.memory, sets={**after.memory.sets, **today}))

    assert over(after, location={"remove": "3"}) == []
    more = after.hire(*cooks(4, role="server"))
    assert over(more, location={"remove": "3"}) == [("location.austin-1", 4, 3)]


def narrowed(*, gone=4):
    """So many of thirty lose it since the rule was edited; a guard held that in a reviewed apply."""
    story = crew(30).edit(target={"role": "cook", "not": {"shift": "night"}})
    shifts = [f"{line} shift=night" for line in cooks(gone)]
    return story.hire(*shifts).guarded(all={"remove": "2"}, on_breach="hold_removals")


def uncovered(story):
    found = objections(story.plan(), StandingApproval())
    return [(one.attribution, one.action, one.trainees) for one in found.uncovered]


def test_what_a_guard_held_in_a_reviewed_apply_was_not_begun():
    """It was reviewed as left; without a guard it is a change of policy that nobody approved."""
    after = narrowed().apply().later(days=1)
    assert not objections(after.plan(), StandingApproval()), "held still: nothing is done"
    assert not objections(after.hire("new role=cook").plan(), StandingApproval())

    fewer = after.hire(*cooks(2))
    assert uncovered(fewer) == [("policy", "remove", 2)]
    assert uncovered(fewer.apply(refuse=["e03", "e04"]).later(days=1)) == [], "begun, and reviewed"


def test_what_was_begun_stays_approved_where_a_guard_holds_it_later():
    begun = narrowed(gone=2).apply(refuse=["e01", "e02"]).later(days=1)
    assert uncovered(begun) == []
    held = begun.guarded(all={"remove": "1"}, on_breach="hold_removals").apply().later(days=1)
    assert uncovered(held.guarded(all={"remove": "2"})) == []


LEAVE = {"target": {"trainees": ["e01"]}, "from": "automation.knife", "reason": "on leave"}

# the story: how a story with an exemption goes on, and what an apply would record of it
EXEMPTED = {
    "as it was": (lambda story: story, ()),
    "new": (
        lambda story: story.write("exemptions", "more", **LEAVE), ("exemption.more",),
    ),
    "edited": (lambda story: story.edit("leave", section="exemptions", reason="ill"), ("exemption.leave",)),
    "gone": (lambda story: story.delete("leave", section="exemptions"), ("exemption.leave",)),
    "expired": (lambda story: story.later(days=365), ()),
    "only the value that it names was renamed": (
        lambda story: story.move("role.cook", "role.line-cook"), ("moved.role.cook",),
    ),
}  # fmt: skip


@named("change, edited", EXEMPTED)
def test_an_exemption_is_a_policy_also_where_it_does_nothing_today(change, edited):
    """An apply would remember its text, and a later plan take it for what was reviewed (D5a)."""
    target = {"trainees": ["e01"], "role": "cook"}
    story = scene(*cooks(2), **EXISTING)
    story = story.write("exemptions", "leave", **{**LEAVE, "target": target, "until": "2026-12-31"})
    after = change(story.apply().drop("e01").later(days=1))

    assert objections(after.plan(), StandingApproval()).edited == edited


def unmoved(story):
    """The story without what has moved."""
    return replace(story, rules={**story.rules, "moved": []})


# the story: how a story goes on in which servers have become cooks, and what somebody must look at
MOVED = {
    "as it was": (lambda story: story, ()),
    "one more": (lambda story: story.move("role.baker", "role.cook"), ("moved.role.baker",)),
    "gone": (unmoved, ("moved.role.server",)),
    "to another value": (
        lambda story: unmoved(story).move("role.server", "role.baker"), ("moved.role.server",),
    ),
    "to a value that moves on": (
        lambda story: story.move("role.cook", "role.chef"), ("moved.role.cook", "moved.role.server"),
    ),
    "by a way round": (
        lambda story: unmoved(story).move("role.server", "role.help").move("role.help", "role.cook"),
        ("moved.role.help",),
    ),
    "a rule beside it, whose name is noted already": (
        lambda story: story.move("automation.knives", "automation.knife"), (),
    ),
}  # fmt: skip


def served():
    return scene(*cooks(2), "sue role=server", **EXISTING).move("role.server", "role.cook")


@named("change, edited", MOVED)
def test_a_value_that_moves_is_a_change_of_policy(change, edited):
    """A15: both mean the same in every target, so it is an edit of all of them (D5e)."""
    after = served().apply().later(days=1)
    assert objections(change(after).plan(), StandingApproval()).edited == edited
    assert not objections(change(after).apply().plan(), StandingApproval()), "looked at"


def test_a_ledger_of_before_knows_of_no_value_that_has_moved():
    """It takes one apply that somebody has looked at, and then it knows."""
    after = served().apply()
    texts = {name: text for name, text in after.memory.applied.items() if name != "moved"}
    before = replace(after, memory=replace(after.memory, applied=texts)).later(days=1)

    assert objections(before.plan(), StandingApproval()).edited == ("moved.role.server",)
    assert not objections(before.apply().plan(), StandingApproval())
    assert not objections(unmoved(before).plan(), StandingApproval()), (
        "where none has, none is asked"
    )


def test_a_night_out_of_the_file_makes_nobody_s_row_approved():
    """D8: the first attribution stays while nobody knows whether the row is planned (P5)."""
    held = narrowed().apply().later(days=1)
    gone = held.drop("e01", "e02", "e03", "e04")
    assert not objections(gone.plan(), StandingApproval())
    back = replace(gone.apply().later(days=1), people=held.people).hire(*cooks(2))
    assert uncovered(back) == [("policy", "remove", 2)]
