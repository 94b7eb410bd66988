"""What becomes of automations between applies: edited, retired, resumed, renamed (A14, A15)."""

from dataclasses import replace

import pytest

from reconciler.errors import InvalidPolicies
from reconciler.planner.lifecycle import Change, moves_of, renamed
from tests.builders import NOON, actions, ledger, named, reasons, scene, stored
from tests.policies import policies_of

EXISTING = {"scope": "future-and-existing"}
GOES = {**EXISTING, "on_exit": "remove"}
SPARES = {**EXISTING, "on_exit": "remove-not-started"}
OTHER = {"assign": "course/knife", "target": {"role": "cook"}, **EXISTING}


def states(story):
    return {(r.id, r.content.removeprefix("course/")): r.state for r in story.memory.automations}


@named(
    ("story", "expected"),
    {
        "released and kept": (lambda: scene("ann role=cook", **EXISTING).apply().delete(), set()),
        "removed, where its last on_exit removes": (
            lambda: scene("ann role=cook", **GOES).apply().delete(),
            {"remove ann knife"},
        ),
        "in progress, where it removes the not started": (
            lambda: (
                scene("ann role=cook", **SPARES).apply().enroll("ann knife in_progress").delete()
            ),
            set(),
        ),
        "not started, where it removes the not started": (
            lambda: scene("ann role=cook", **SPARES).apply().delete(),
            {"remove ann knife"},
        ),
        "D3 completed": (
            lambda: scene("ann role=cook", **GOES).apply().enroll("ann knife completed").delete(),
            set(),
        ),
        "the last applied on_exit, not the edited one": (
            lambda: scene("ann role=cook", **EXISTING).apply().edit(on_exit="remove").delete(),
            set(),
        ),
        "retired while paused": (
            lambda: (
                scene("ann role=cook", **GOES, paused=True)
                .edit(paused=None)
                .apply()
                .edit(paused=True)
                .apply()
                .delete()
            ),
            set(),
        ),
        "A14a retire: true is the same": (
            lambda: scene("ann role=cook", **GOES).apply().edit(retire=True),
            {"remove ann knife"},
        ),
        "A14a retire: true, with all else gone": (
            lambda: (
                scene("ann role=cook", **GOES).apply().write("automations", "knife", retire=True)
            ),
            {"remove ann knife"},
        ),
        "one that still gives keeps it": (
            lambda: (
                scene("ann role=cook", **GOES)
                .write("automations", "blades", **OTHER)
                .apply()
                .delete()
            ),
            set(),
        ),
        "A12 the mildest of a retired and a live one that exited": (
            lambda: (
                scene("ann role=cook", **GOES)
                .write("automations", "blades", **OTHER, on_exit="keep")
                .apply()
                .delete()
                .hire("ann role=server")
            ),
            set(),
        ),
        "A12c the absent never exit, at a retirement either": (
            lambda: scene("ann role=cook", "zoe role=x", **GOES).apply().delete().drop("ann"),
            set(),
        ),
        "A12c nor those of unknown activity": (
            lambda: (
                scene("ann role=cook", **GOES).apply().delete().hire("ann role=x activity=unknown")
            ),
            set(),
        ),
        "A14 the inactive do": (
            lambda: (
                scene("ann role=cook", **GOES).apply().delete().hire("ann role=x activity=inactive")
            ),
            {"remove ann knife"},
        ),
        "A14 with the same content it resumes": (
            lambda: _back(scene("ann role=cook", **GOES).apply()),
            {"assign ann knife"},
        ),
        "A14 resumed, it gives nothing twice": (
            lambda: _back(scene("ann role=cook", **EXISTING).apply()),
            set(),
        ),
        "A14 resumed, it keeps its baseline": (
            lambda: _back(scene("ann role=cook").apply()).hire("bob role=cook"),
            {"assign bob knife"},
        ),
        "A14 an assign that has changed begins anew": (
            lambda: scene("ann role=cook", **EXISTING).apply().edit(assign="course/fire"),
            {"assign ann fire"},
        ),
        "A14 and retires the old content": (
            lambda: scene("ann role=cook", **GOES).apply().edit(assign="course/fire"),
            {"assign ann fire", "remove ann knife"},
        ),
        "A14 anew: today's audience is its baseline": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .hire("bob role=cook")
                .apply()
                .edit(assign="course/fire")
            ),
            set(),
        ),
        "A14 changed back, it begins anew again": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .edit(assign="course/fire")
                .apply()
                .hire("bob role=cook")
                .edit(assign="course/knife")
            ),
            set(),
        ),
    },
)
def test_retirement(story, expected):
    """A14."""
    assert actions(story()) == expected
    story().apply()


def _back(story):
    rule = story.rules["automations"]["knife"]
    return story.delete().apply().write("automations", "knife", **rule)


@named(
    ("story", "expected"),
    {
        "live": (lambda: scene("ann role=cook").apply(), {("automation.knife", "knife"): "live"}),
        "gone": (
            lambda: scene("ann role=cook").apply().delete().apply(),
            {("automation.knife", "knife"): "retired"},
        ),
        "retire: true": (
            lambda: scene("ann role=cook").apply().edit(retire=True).apply(),
            {("automation.knife", "knife"): "retired"},
        ),
        "never applied, and retire: true": (
            lambda: scene("ann role=cook", retire=True).apply(),
            {},
        ),
        "resumed": (
            lambda: _back(scene("ann role=cook").apply()).apply(),
            {("automation.knife", "knife"): "live"},
        ),
        "A14b changed": (
            lambda: scene("ann role=cook").apply().edit(assign="course/fire").apply(),
            {("automation.knife", "knife"): "replaced", ("automation.knife", "fire"): "live"},
        ),
        "A14b changed back": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .edit(assign="course/fire")
                .apply()
                .edit(assign="course/knife")
                .apply()
            ),
            {("automation.knife", "knife"): "live", ("automation.knife", "fire"): "replaced"},
        ),
        "changed, and then gone": (
            lambda: (
                scene("ann role=cook").apply().edit(assign="course/fire").apply().delete().apply()
            ),
            {("automation.knife", "knife"): "replaced", ("automation.knife", "fire"): "retired"},
        ),
    },
)
def test_records(story, expected):
    assert states(story()) == expected


@named(
    ("story", "change"),
    {
        "new": (lambda: scene("ann role=cook"), Change.NEW),
        "unchanged": (lambda: scene("ann role=cook").apply(), Change.KEPT),
        "edited": (lambda: scene("ann role=cook").apply().edit(on_exit="remove"), Change.EDITED),
        "A5a prose is no edit": (
            lambda: scene("ann role=cook").apply().edit(description="Knives"),
            Change.KEPT,
        ),
        "a written default is no edit": (
            lambda: scene("ann role=cook").apply().edit(scope="future-only"),
            Change.KEPT,
        ),
        "resumed": (lambda: _back(scene("ann role=cook").apply()), Change.RESUMED),
        "new content": (
            lambda: scene("ann role=cook").apply().edit(assign="course/fire"),
            Change.REPLACED,
        ),
    },
)
def test_what_a_plan_says_of_an_automation(story, change):
    assert [rule.change for rule in story().plan().lifecycle.rules] == [change]


def test_the_baseline_of_a_retired_automation_is_left_as_it_is():
    """A4c; when it resumes, A4 is done to it by the first apply."""
    gone = scene("ann role=cook", "bob role=cook").apply().delete().apply()
    left = gone.hire("ann role=server").apply()
    rule = {"assign": "course/knife", "target": {"role": "cook"}}

    assert stored(left, "baseline") == "ann bob"
    assert stored(left.write("automations", "knife", **rule).apply(), "baseline") == "bob"


def test_a_resumed_automation_with_another_target_is_edited():
    """A4c, A5."""
    gone = scene("ann role=cook", "bob role=server").apply().delete().apply()
    rule = {"assign": "course/knife", "target": {"role": ["cook", "server"]}}

    assert stored(gone.write("automations", "knife", **rule).apply(), "baseline") == "ann bob"


@named(
    ("change", "fine"),
    {
        "another name with the same content": (lambda story: story.delete(), False),
        "with moved": (
            lambda story: story.move("automation.knife", "automation.blades"),
            True,
        ),
        "with retire: true": (lambda story: story.edit(retire=True), True),
        "the old one stays": (lambda story: story, True),
    },
)
def test_a_silent_rename_is_an_error(change, fine):
    """A14: a retired and a new automation with the same content in one plan."""
    story = change(scene("ann role=cook", **EXISTING).apply())
    story = story.write("automations", "blades", **OTHER)

    if fine:
        story.apply()
        return
    with pytest.raises(InvalidPolicies, match=r"(?s)moved.*retire: true"):
        story.plan()


@named(
    ("story", "expected"),
    {
        "no churn": (lambda: scene("ann role=cook", **GOES), set()),
        "the same baseline": (lambda: scene("ann role=cook"), set()),
    },
)
def test_a_rename_changes_nothing_else(story, expected):
    """A15."""
    before = story().apply()
    moved = before.move("automation.knife", "automation.blades")

    assert actions(moved) == expected
    assert not moved.plan().is_empty
    after = moved.apply()
    for kind in ("baseline", "gave"):
        assert stored(after, kind, "automation.blades") == stored(before, kind)
        assert stored(after, kind) == ""
    assert states(after) == {("automation.blades", "knife"): "live"}
    assert after.later(days=1).plan().is_empty, "already done, it is ignored"


def test_a_rename_goes_with_an_edit():
    """A15, A15a: all else is computed as if the ledger had the new id already."""
    story = scene("ann role=cook", "bob role=server").apply()
    story = story.move("automation.knife", "automation.blades")
    story = story.edit("blades", target={"role": ["cook", "server"]})

    assert stored(story.apply(), "baseline", "automation.blades") == "ann bob"


def test_a_rename_goes_for_exemptions():
    """A15: it applies before all else, also to exemptions."""
    rule = {"target": {"everyone": True}, "from": "automation.knife", "reason": "x"}
    story = scene("ann role=cook", **EXISTING).write("exemptions", "leave", **rule)
    moved = story.move("automation.knife", "automation.blades")

    assert reasons(moved, "automation.blades") == {"ann": "exempt"}


def test_a_rename_of_a_retired_automation_goes_on():
    """A15: what is remembered goes with the name, whatever the state."""
    story = scene("ann role=cook").apply().delete().apply()
    story = story.move("automation.knife", "automation.blades")
    rule = {"assign": "course/knife", "target": {"role": "cook"}}

    assert actions(story.write("automations", "blades", **rule)) == set()


def test_names_are_moved_on_from_one_to_the_next():
    """A15: a chain leads to its end."""
    story = scene("ann role=cook", **GOES).apply().move("automation.knife", "automation.blades")
    story = story.move("automation.blades", "automation.edges")

    assert actions(story) == set()
    assert states(story.apply()) == {("automation.edges", "knife"): "live"}


def test_both_ids_in_the_ledger_are_an_error():
    """A15."""
    both = scene("ann role=cook", **EXISTING).write(
        "automations", "blades", **{**OTHER, "assign": "course/fire"}
    )
    story = both.apply().delete().move("automation.knife", "automation.blades")

    with pytest.raises(InvalidPolicies, match=r"automation\.blades"):
        story.plan()


def test_a_rename_onto_itself_by_values_is_no_edit():
    """A15: a value that moves is one and the same in target and baseline."""
    story = scene("ann role=cook", "bob role=cook").apply().move("role.cook", "role.line-cook")
    edited = story.hire("ann role=line-cook").edit(target={"role": "line-cook"})

    assert [rule.target_edited for rule in story.plan().lifecycle.rules] == [False]
    assert actions(edited) == set()
    assert stored(edited.apply(), "baseline") == "ann bob"


def test_both_values_mean_the_same_until_the_entry_goes():
    """A15: who still bears the old value is no newcomer and no exit."""
    story = scene("ann role=cook", **GOES).apply().move("role.cook", "role.line-cook")

    assert actions(story.edit(target={"role": "line-cook"})) == set()
    assert actions(story.edit(target={"role": "line-cook"}).hire("bob role=line-cook")) == {
        "assign bob knife"
    }


def test_renaming_a_ledger_moves_records_and_sets():
    rules = policies_of({"moved": [{"from": "automation.a", "to": "automation.b"}]})
    memory = scene("ann role=cook").apply().memory
    sets = {("gave", "automation.a", "course/knife"): "ann", ("ended", "", "course/knife"): "ann"}
    old = ledger("ann", sets=sets, automations=memory.automations, last_as_of=NOON)

    new, done = renamed(old, moves_of(rules))

    assert done == {}, "no record has the old name"
    assert new.members("ended", "", "course/knife")


@pytest.mark.parametrize("moved", [False, True])
def test_an_old_text_that_is_no_target_any_more_matched_nobody(moved):
    """A5: an old target that can no longer be evaluated."""
    story = scene("ann role=cook", "bob role=server").apply()
    (record,) = story.memory.automations
    broken = replace(record, text={**record.text, "target": {"hire_date": {"since": "ever"}}})
    story = replace(story, memory=replace(story.memory, automations=(broken,)))
    if moved:
        story = story.move("role.cook", "role.line-cook")

    assert stored(story.edit(target={"role": "server"}).apply(), "baseline") == "bob"


def test_two_automations_do_not_become_one_by_a_chain():
    """A15: a → b and b → c, both in the ledger."""
    story = scene("ann role=cook", **EXISTING).write("automations", "mid", **OTHER).apply()
    story = story.move("automation.mid", "automation.last").delete()
    story = story.move("automation.knife", "automation.mid")

    with pytest.raises(InvalidPolicies, match=r"(?s)automation\.knife.*A15.*automation\.mid"):
        story.plan()
