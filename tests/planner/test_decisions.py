"""What is done about one content: who holds it, for whom it is blocked (A7, A8, A16, P8, D6)."""

from pyroaring import BitMap

from reconciler.frames import Capabilities
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import by_causes, union
from tests.builders import (
    actions,
    causes,
    ids,
    named,
    reasons,
    scene,
    stored,
)
from tests.planner.rules import EXISTING, GOES, LEFT, order, two


@named(
    ("status", "expected"),
    {
        "not started": ("not_started", set()),
        "in progress": ("in_progress", set()),
        "completed": ("completed", set()),
        "unknown": ("unknown", set()),
    },
)
def test_whoever_holds_the_content_is_satisfied(status, expected):
    """A7: in any status; the automation becomes a holder."""
    story = scene("ann role=cook", **EXISTING).enroll(f"ann knife {status}")

    assert actions(story) == expected
    assert reasons(story) == {"ann": "satisfied"}
    after = story.apply()
    assert (stored(after, "held"), stored(after, "gave")) == ("ann", "")


@named(
    ("story", "held"),
    {
        "A7 who is not wanted is not held": (
            lambda: scene("ann role=server", **EXISTING).enroll("ann knife"),
            "",
        ),
        "A7 nor the baseline": (lambda: scene("ann role=cook").enroll("ann knife"), ""),
        "A2 a closed window makes no holder": (
            lambda: scene("ann role=cook", **EXISTING, window={"start": "2026-03-03"}).enroll(
                "ann knife"
            ),
            "",
        ),
        "A14 nor a paused one": (
            lambda: scene("ann role=cook", **EXISTING, paused=True).enroll("ann knife"),
            "",
        ),
        "A7a whom it gave the enrollment it does not also hold": (
            lambda: scene("ann role=cook", **EXISTING).apply(),
            "",
        ),
        "A7 beside the one that gave": (
            lambda: two("ann role=cook").apply().hire("ann role=cook,baker"),
            "",
        ),
    },
)
def test_who_becomes_a_holder(story, held):
    assert stored(story().apply(), "held") == held


def test_a_second_automation_becomes_a_holder_beside_the_giver():
    """A7."""
    after = two("ann role=cook").apply().hire("ann role=cook,baker").apply()

    assert stored(after, "gave", "automation.knife") == "ann"
    assert stored(after, "held", "automation.blades") == "ann"


def test_one_action_with_all_causes():
    """A8: automations and orders together."""
    story = two("ann role=cook,baker").write("assignments", "recall", **order({"everyone": True}))

    assert actions(story) == {"assign ann knife"}
    assert causes(story)["ann"] == ("assignment.recall", "automation.blades", "automation.knife")
    after = story.apply()
    owners = ("automation.knife", "automation.blades", "assignment.recall")
    assert [stored(after, "gave", owner) for owner in owners] == ["ann"] * 3


def test_foreign_enrollments_are_counted():
    """A16."""
    story = scene("ann role=cook", "bob role=cook", "cat role=x", **EXISTING)
    made = story.enroll("ann knife", "cat knife").apply().plan()

    assert ids(made, made.contents["course/knife"].foreign) == {"ann", "cat"}


@named(
    ("options", "expected", "reason"),
    {
        "P8 no account": ({"accounts": frozenset({"bob"})}, {"blocked ann knife"}, "no account"),
        "P8 the LMS makes it": (
            {
                "accounts": frozenset({"bob"}),
                "capabilities": Capabilities(creates_accounts=True),
            },
            {"assign ann knife"},
            "assigned",
        ),
        "P8a an LMS that cannot tell": ({"accounts": None}, {"assign ann knife"}, "assigned"),
    },
)
def test_accounts(options, expected, reason):
    story = scene("ann role=cook", **EXISTING).given(**options)

    assert actions(story) == expected
    assert reasons(story) == {"ann": reason}
    story.apply()


def test_the_plan_tells_for_whom_the_lms_makes_accounts():
    """P8."""
    story = scene("ann role=cook", "bob role=cook", **EXISTING)
    story = story.given(
        accounts=frozenset({"bob"}), capabilities=Capabilities(creates_accounts=True)
    )
    made = story.plan()

    assert ids(made, made.world.new_to_lms) == {"ann"}
    assert not made.world.without_account


@named(
    ("story", "expected", "blocked"),
    {
        "no modules": (
            lambda: scene("ann role=cook", **EXISTING, assign="module/start").given(
                capabilities=Capabilities(modules=False)
            ),
            {"blocked ann module/start"},
            Reason.NOT_CAPABLE,
        ),
        "no removals": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .hire(LEFT)
                .given(capabilities=Capabilities(removes=False))
            ),
            {"blocked ann knife"},
            Reason.NOT_CAPABLE,
        ),
        "no due dates to move": (
            lambda: (
                scene("ann role=cook", **EXISTING, due="2026-05-01")
                .apply()
                .edit(due={"date": "2026-06-01", "update_existing": True})
                .given(capabilities=Capabilities(due_dates=False))
            ),
            {"blocked ann knife"},
            Reason.NOT_CAPABLE,
        ),
        "no account goes before no capability (D4)": (
            lambda: scene("ann role=cook", **EXISTING, assign="module/start").given(
                capabilities=Capabilities(modules=False), accounts=frozenset()
            ),
            {"blocked ann module/start"},
            Reason.NO_ACCOUNT,
        ),
    },
)
def test_what_the_lms_cannot_do_is_blocked(story, expected, blocked):
    """D6; blocked rows are not changes (D2)."""
    made = story().plan()

    assert actions(made) == expected
    assert {decision.blocked for decision in made.decisions} == {blocked}
    assert not made.rows


def test_refused_rows_are_planned_again():
    """D2: an apply is complete only when nothing is refused."""
    after = scene("ann role=cook", "bob role=cook", **EXISTING).apply(refuse=["ann"])

    assert actions(after) == {"assign ann knife"}
    assert stored(after, "gave") == "bob"


def test_causes_are_gathered_into_disjoint_sets():
    parts = [("a", BitMap([1, 2])), ("b", BitMap([2, 3])), ("c", BitMap())]

    assert {names: set(who) for names, who in by_causes(parts)} == {
        ("a",): {1},
        ("a", "b"): {2},
        ("b",): {3},
    }
    assert union([]) == BitMap()
