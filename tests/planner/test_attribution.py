"""Whose doing each action is: the first that applies of drift, policy, time and people (D5)."""

import numpy as np
import polars as pl

from reconciler.planner.attribution import BECAUSE, because, by_place
from reconciler.planner.plan import Limits, plan
from tests.builders import ids, named, roster, scene
from tests.planner.rules import EXISTING, GOES, LEFT, order
from tests.policies import policies_of

ANN, BOB = "ann role=cook", "bob role=cook"


def whose(story, *, base=None):
    """Trainee to action and attribution: ``assign people``."""
    made = story if hasattr(story, "attributions") else story.plan()
    return {
        one: f"{action} {attribution}"
        for (action, _), shares in made.attributions.items()
        for attribution, members in shares.items()
        for one in ids(made, members)
    }


def begun(*lines, **keys):
    return scene(*(lines or (ANN, BOB)), **{**EXISTING, **keys}).apply()


TENURE = {"role": "cook", "tenure": {"at_least": "90 days"}}
YOUNG = {"role": "cook", "tenure": {"less_than": "90 days"}}
HIRED = "ann role=cook hired=2026-01-01"
OTHER = {"assign": "course/fire", "target": {"role": "cook"}, **EXISTING}
SPARED = {"target": {"trainees": ["ann"]}, "from": "course/knife", "reason": "away"}

# the story, and whose doing its next plan is
STORIES = {
    "a first apply": (lambda: scene(ANN, **EXISTING), {"ann": "assign policy"}),
    "somebody is hired": (
        lambda: begun().hire("cas role=cook hired=2026-03-02").later(days=1),
        {"cas": "assign people"},
    ),
    "somebody comes who begins tomorrow": (
        lambda: begun().hire("cas role=cook hired=2026-03-04").later(days=1),
        {"cas": "assign people"},
    ),
    "somebody changes the role": (
        lambda: begun(LEFT).hire(ANN).later(days=1),
        {"ann": "assign people"},
    ),
    "somebody leaves the role": (
        lambda: begun(ANN, **GOES).hire(LEFT).later(days=1),
        {"ann": "remove people"},
    ),
    "somebody leaves": (
        lambda: begun(ANN, **GOES).hire(f"{ANN} activity=inactive").later(days=1),
        {"ann": "remove people"},
    ),
    "somebody removes it in the LMS": (
        lambda: begun(ANN).take_away("ann knife").later(days=1),
        {"ann": "assign drift"},
    ),
    "a new version of what the last apply gave, and a day passes that could count": (
        lambda: begun(
            ANN, on_new_version={"completed": "retake"}, target={"role": "cook", "tenure": {"at_least": "1 day"}}
        )
        .later(days=1)
        .enroll("ann knife completed version=2"),
        {"ann": "retake people"},
    ),
    "the window opens": (
        lambda: begun(ANN, window={"start": "2026-03-03"}).later(days=1),
        {"ann": "assign time"},
    ),
    "the window opens, and somebody else came meanwhile": (
        lambda: begun(ANN, window={"start": "2026-03-03"}).hire(BOB).later(days=1),
        {"ann": "assign time", "bob": "assign time"},
    ),
    "ninety days have passed": (
        lambda: begun(HIRED, target=TENURE).later(days=60),
        {"ann": "assign time"},
    ),
    "ninety days are over": (
        lambda: begun(HIRED, target=YOUNG, on_exit="remove").later(days=60),
        {"ann": "remove time"},
    ),
    "an exemption ends": (
        lambda: scene(ANN, **EXISTING)
        .write("exemptions", "away", **SPARED, until="2026-03-02")
        .apply()
        .later(days=1),
        {"ann": "assign time"},
    ),
    "an exemption is taken out": (
        lambda: scene(ANN, **EXISTING)
        .write("exemptions", "away", **SPARED)
        .apply()
        .delete("away", section="exemptions")
        .later(days=1),
        {"ann": "assign policy"},
    ),
    "a rule is new": (
        lambda: begun(ANN).write("automations", "fire", **OTHER).later(days=1),
        {"ann": "assign policy"},
    ),
    "a target is wider": (
        lambda: begun(ANN, "cas role=baker").edit(target={"role": ["cook", "baker"]}),
        {"cas": "assign policy"},
    ),
    "a target is narrower": (
        lambda: begun(**GOES).edit(target={"role": "cook", "trainees": ["ann"]}),
        {"bob": "remove policy"},
    ),
    "a group is edited": (
        lambda: scene(
            ANN,
            "cas role=baker",
            rules={
                "groups": {"hot": {"role": "cook"}},
                "automations": {
                    "knife": {"assign": "course/knife", "target": {"group": "hot"}, **EXISTING}
                },
            },
        )
        .apply()
        .write("groups", "hot", role=["cook", "baker"]),
        {"cas": "assign policy"},
    ),
    "a scope is wider": (
        lambda: scene(ANN).apply().edit(**EXISTING).later(days=1),
        {"ann": "assign policy"},
    ),
    "a rule goes on": (
        lambda: begun(ANN, paused="true").edit(paused=None).later(days=1),
        {"ann": "assign policy"},
    ),
    "a rule is retired": (
        lambda: begun(ANN, **GOES).delete().write("automations", "f", **{**OTHER, "target": {"role": "baker"}}),
        {"ann": "remove policy"},
    ),
    "a due date is edited": (
        lambda: begun(ANN, due={"days": 14}).edit(due={"days": 9, "update_existing": "true"}),
        {"ann": "reschedule policy"},
    ),
    "a new order": (
        lambda: scene(ANN, rules={"assignments": {"now": order({"role": "cook"})}}),
        {"ann": "assign policy"},
    ),
    "a rename is no change": (
        lambda: begun(ANN).move("automation.knife", "automation.blades").hire(BOB).later(days=1),
        {"bob": "assign people"},
    ),
    "a guard holds it": (
        lambda: begun(ANN).hire(BOB, "cas role=cook").guarded(all={"assign": "1"}),
        {"bob": "assign people", "cas": "assign people"},
    ),
}  # fmt: skip


@named("story, expected", STORIES)
def test_the_first_that_applies(story, expected):
    assert whose(story()) == expected


# the story: what comes first, and what is refused; it stays whose it was (D8)
UNFINISHED = {
    "a new rule": (lambda: scene(ANN, **EXISTING), {"ann": "assign policy"}),
    "a window that opened": (
        lambda: begun(ANN, window={"start": "2026-03-03"}).later(days=1),
        {"ann": "assign time"},
    ),
    "a retired rule": (STORIES["a rule is retired"][0], {"ann": "remove policy"}),
    "a due date": (STORIES["a due date is edited"][0], {"ann": "reschedule policy"}),
    "an order": (STORIES["a new order"][0], {"ann": "assign policy"}),
    "a new person": (lambda: begun(ANN).hire(BOB).later(days=1), {"bob": "assign people"}),
}


@named("story, expected", UNFINISHED)
def test_what_is_not_finished_keeps_its_first_attribution(story, expected):
    first = story()
    assert whose(first) == expected
    refused = first.apply(refuse=["ann", "bob"]).later(days=1)
    assert whose(refused) == expected
    assert whose(refused.apply(refuse=["ann", "bob"]).later(days=1)) == expected
    done = refused.apply()
    assert not [key for key in done.memory.sets if key.kind == "because"]


def test_a_mark_goes_with_its_row():
    refused = scene(ANN, **EXISTING).apply(refuse=["ann"]).later(days=1)
    gone = refused.hire(LEFT)
    assert whose(gone) == {}
    assert gone.plan().is_empty, "D2"
    assert whose(gone.apply().later(days=1).hire(ANN)) == {"ann": "assign people"}


def test_who_was_terminated_by_a_date_left_by_time():
    story = begun(ANN, **GOES).later(days=3)
    people = roster(f"{ANN} activity=inactive")
    before = pl.Series("activity_before", ["active"], dtype=people.schema["activity"])
    after = story.given(roster=people.with_columns(before))
    assert whose(after) == {"ann": "remove time"}


def test_this_change_is_what_the_base_does_not_do():
    story = begun(ANN).hire(BOB).later(days=1)
    base = by_place(story.plan().decisions)
    head = story.write("automations", "fire", **OTHER)
    policies = policies_of(head.rules)
    made = plan(head.snapshot(), policies, as_of=head.as_of, limits=Limits(base=base))

    found = {
        (content, attribution): ids(made, members)
        for (_, content), shares in made.attributions.items()
        for attribution, members in shares.items()
    }
    assert found == {
        ("course/fire", "this change"): {"ann", "bob"},
        ("course/knife", "people"): {"bob"},
    }


def test_each_action_has_one_attribution():
    for name, (story, _) in STORIES.items():
        made = story().plan()
        for (action, content), shares in made.attributions.items():
            planned = by_place(made.decisions)[action, content]
            assert sum(map(len, shares.values())) == len(planned), name
        codes = because(made.rows, made.attributions, made.people)
        lengths = [len(rows.ranks) for rows in made.rows]
        assert all(len(some) in (1, n) for some, n in zip(codes, lengths, strict=True))
        column = BECAUSE.categories.gather(np.concatenate(codes)).to_list()
        assert set(column) == {f"{one.split()[1]}" for one in whose(made).values()}


def test_days_are_local():
    late = begun(ANN, window={"start": "2026-03-03"}).later(hours=11)
    assert whose(late) == {}, "23:00 in Chicago"
    assert whose(late.later(hours=2)) == {"ann": "assign time"}
