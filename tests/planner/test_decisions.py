"""What is done about one content: assigning, removing, restoring, holding (A7, A8, A12, A13, A16)."""

from dataclasses import replace
from datetime import timedelta

from pyroaring import BitMap

from reconciler.frames import Capabilities
from reconciler.planner.decisions import by_causes, union
from reconciler.planner.reasons import Reason
from tests.builders import (
    NOON,
    actions,
    causes,
    effects,
    ids,
    ledger,
    named,
    reasons,
    scene,
    stored,
)

EXISTING = {"scope": "future-and-existing"}
GOES = {**EXISTING, "on_exit": "remove"}
SPARES = {**EXISTING, "on_exit": "remove-not-started"}
LEFT = "ann role=server"


def two(*lines, **second):
    """Two automations with one content: ``knife`` for cooks, ``blades`` for bakers."""
    first = {"assign": "course/knife", "target": {"role": "cook"}, **GOES}
    other = {"assign": "course/knife", "target": {"role": "baker"}, **GOES, **second}
    return scene(*lines, rules={"automations": {"knife": first, "blades": other}})


def order(target, **keys):
    return {"assign": "course/knife", "target": target, **keys}


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


@named(
    ("story", "expected"),
    {
        "keep is the default": (
            lambda: scene("ann role=cook", **EXISTING).apply().hire(LEFT),
            set(),
        ),
        "remove-not-started, not started": (
            lambda: scene("ann role=cook", **SPARES).apply().hire(LEFT),
            {"remove ann knife"},
        ),
        "remove-not-started, in progress": (
            lambda: (
                scene("ann role=cook", **SPARES).apply().enroll("ann knife in_progress").hire(LEFT)
            ),
            set(),
        ),
        "remove, in progress": (
            lambda: (
                scene("ann role=cook", **GOES).apply().enroll("ann knife in_progress").hire(LEFT)
            ),
            {"remove ann knife"},
        ),
        "D3 remove, completed": (
            lambda: scene("ann role=cook", **GOES).apply().enroll("ann knife completed").hire(LEFT),
            set(),
        ),
        "D3, A12b an open retake was completed once": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .enroll("ann knife in_progress completed=yes")
                .hire(LEFT)
            ),
            set(),
        ),
        "D3, A12b not started again, completed once": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .enroll("ann knife not_started completed=yes")
                .hire(LEFT)
            ),
            set(),
        ),
        "A12a status unknown": (
            lambda: scene("ann role=cook", **GOES).apply().enroll("ann knife unknown").hire(LEFT),
            set(),
        ),
        "shown as inactive": (
            lambda: scene("ann role=cook", **GOES).apply().hire("ann role=cook activity=inactive"),
            {"remove ann knife"},
        ),
        "of unknown activity": (
            lambda: scene("ann role=cook", **GOES).apply().hire("ann role=server activity=unknown"),
            set(),
        ),
        "absent": (lambda: scene("ann role=cook", "zoe role=x", **GOES).apply().drop("ann"), set()),
        "P5 absent for long": (
            lambda: (
                scene("ann role=cook", "zoe role=x", **GOES)
                .given(inactive_after=3)
                .apply()
                .drop("ann")
                .later(days=3)
            ),
            {"remove ann knife"},
        ),
        "undecided": (
            lambda: (
                scene("ann badge=red", "bob badge=red", **{**GOES, "target": {"badge": "red"}})
                .apply()
                .hire("ann badge=")
            ),
            set(),
        ),
        "A4 a role emptied by a broken feed": (
            lambda: scene("ann role=cook", "bob role=cook", **GOES).apply().hire("ann role="),
            set(),
        ),
        "an exemption": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .write(
                    "exemptions",
                    "leave",
                    **{"from": "course/knife", "target": {"everyone": True}, "reason": "x"},
                )
            ),
            set(),
        ),
        "being in the baseline": (
            lambda: scene("ann role=cook", **GOES).apply().edit(scope="future-only"),
            set(),
        ),
        "a window that has closed": (
            lambda: (
                scene("ann role=cook", **GOES, window={"end": "2026-03-02"}).apply().later(days=1)
            ),
            set(),
        ),
        "an exit after the window": (
            lambda: (
                scene("ann role=cook", **GOES, window={"end": "2026-03-02"})
                .apply()
                .later(days=1)
                .hire(LEFT)
            ),
            {"remove ann knife"},
        ),
        "an exit before the window": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .edit(window={"start": "2027-01-01"})
                .hire(LEFT)
            ),
            {"remove ann knife"},
        ),
        "an exit while paused": (
            lambda: scene("ann role=cook", **GOES).apply().edit(paused=True).hire(LEFT),
            set(),
        ),
        "an edited target is an exit": (
            lambda: scene("ann role=cook", **GOES).apply().edit(target={"role": "server"}),
            {"remove ann knife"},
        ),
        "A16 foreign": (lambda: scene("ann role=server", **GOES).enroll("ann knife"), set()),
        "A16 foreign, though held": (
            lambda: scene("ann role=cook", **GOES).enroll("ann knife").apply().hire(LEFT),
            set(),
        ),
        "T3 a target of tenure that passes": (
            lambda: (
                scene(
                    "ann hired=2026-02-01",
                    **{**GOES, "target": {"tenure": {"less_than": "30 days"}}},
                )
                .apply()
                .later(days=1)
            ),
            {"remove ann knife"},
        ),
        "gone from the LMS already": (
            lambda: scene("ann role=cook", **GOES).apply().take_away("ann knife").hire(LEFT),
            set(),
        ),
    },
)
def test_exits(story, expected):
    """A12."""
    assert actions(story()) == expected
    story().apply()


@named(
    ("story", "expected"),
    {
        "exited one of two that gave": (
            lambda: two("ann role=cook,baker").apply().hire("ann role=baker"),
            set(),
        ),
        "exited both": (
            lambda: two("ann role=cook,baker").apply().hire(LEFT),
            {"remove ann knife"},
        ),
        "by the mildest: keep": (
            lambda: two("ann role=cook,baker", on_exit="keep").apply().hire(LEFT),
            set(),
        ),
        "by the mildest: in progress": (
            lambda: (
                two("ann role=cook,baker", on_exit="remove-not-started")
                .apply()
                .enroll("ann knife in_progress")
                .hire(LEFT)
            ),
            set(),
        ),
        "by the mildest: not started": (
            lambda: two("ann role=cook,baker", on_exit="remove-not-started").apply().hire(LEFT),
            {"remove ann knife"},
        ),
        "the other one is paused": (
            lambda: two("ann role=cook,baker").apply().edit("blades", paused=True).hire(LEFT),
            set(),
        ),
        "the other one holds": (
            lambda: (
                two("ann role=cook")
                .apply()
                .hire("ann role=cook,baker")
                .apply()
                .hire("ann role=baker")
            ),
            set(),
        ),
        "who becomes a holder in this plan holds already (A12a)": (
            lambda: two("ann role=cook").apply().hire("ann role=baker"),
            set(),
        ),
        "a holder that exited too": (
            lambda: two("ann role=cook").apply().hire("ann role=cook,baker").apply().hire(LEFT),
            {"remove ann knife"},
        ),
        "an order gave it": (
            lambda: (
                two("ann role=cook")
                .write("assignments", "recall", **order({"everyone": True}))
                .apply()
                .hire(LEFT)
            ),
            set(),
        ),
        "one that never gave or held it does not count": (
            lambda: two("ann role=cook", on_exit="keep").apply().hire(LEFT),
            {"remove ann knife"},
        ),
    },
)
def test_exits_from_several(story, expected):
    """A12."""
    assert actions(story()) == expected
    story().apply()


def test_after_a_removal_all_grants_end():
    """A13a: wanted again, it is an ordinary assignment."""
    gone = two("ann role=cook,baker").apply().hire(LEFT).apply()

    assert [stored(gone, kind) for kind in ("gave", "held", "missing", "ended")] == [
        "",
        "",
        "",
        "ann",
    ]
    assert stored(gone, "gave", "automation.blades") == ""
    again = gone.later(days=1).hire("ann role=cook")
    assert actions(again) == {"assign ann knife"}
    assert effects(again) == {"ann": "new"}


@named(
    ("story", "expected", "reason"),
    {
        "restored by default": (
            lambda: scene("ann role=cook", **EXISTING).apply().take_away("ann knife"),
            {"assign ann knife"},
            "assigned",
        ),
        "respected": (
            lambda: (
                scene("ann role=cook", **EXISTING, on_removed="respect")
                .apply()
                .take_away("ann knife")
            ),
            set(),
            "removal respected",
        ),
        "not while the window is closed": (
            lambda: (
                scene("ann role=cook", **EXISTING, window={"end": "2026-03-02"})
                .apply()
                .take_away("ann knife")
                .later(days=1)
            ),
            set(),
            "window not open",
        ),
        "not while paused": (
            lambda: (
                scene("ann role=cook", **EXISTING).apply().take_away("ann knife").edit(paused=True)
            ),
            set(),
            "paused",
        ),
        "not for who is not wanted any more": (
            lambda: scene("ann role=cook", **EXISTING).apply().take_away("ann knife").hire(LEFT),
            set(),
            None,
        ),
        "the other respects": (
            lambda: two("ann role=cook,baker", on_removed="respect").apply().take_away("ann knife"),
            set(),
            "removal respected",
        ),
        "the other respects, and does not want her": (
            lambda: two("ann role=cook", on_removed="respect").apply().take_away("ann knife"),
            {"assign ann knife"},
            "assigned",
        ),
        "A13b the other respects, and is paused": (
            lambda: (
                two("ann role=cook,baker", on_removed="respect", paused=True)
                .apply()
                .take_away("ann knife")
            ),
            set(),
            "removal respected",
        ),
        "A13b the other respects, and its window is not open": (
            lambda: (
                two("ann role=cook,baker", on_removed="respect", window={"start": "2027-01-01"})
                .apply()
                .take_away("ann knife")
            ),
            set(),
            "removal respected",
        ),
        "A13b another restores what this one gave": (
            lambda: two("ann role=cook").apply().take_away("ann knife").hire("ann role=baker"),
            {"assign ann knife"},
            None,
        ),
        "A13 given by an order, and removed by hand": (
            lambda: (
                scene(LEFT, **EXISTING)
                .write("assignments", "recall", **order({"everyone": True}))
                .apply()
                .take_away("ann knife")
            ),
            set(),
            None,
        ),
        "A13 given by an order, and wanted by an automation": (
            lambda: (
                scene("ann role=cook", **EXISTING)
                .write("assignments", "recall", **order({"everyone": True}))
                .apply()
                .take_away("ann knife")
            ),
            {"assign ann knife"},
            "assigned",
        ),
        "a foreign one that somebody removed is no drift": (
            lambda: (
                scene("ann role=cook", **EXISTING, on_removed="respect")
                .enroll("ann knife")
                .apply()
                .take_away("ann knife")
            ),
            {"assign ann knife"},
            "assigned",
        ),
    },
)
def test_drift(story, expected, reason):
    """A13."""
    assert actions(story()) == expected
    assert reasons(story()).get("ann") == reason
    story().apply()


def test_a_restored_enrollment_is_told_apart_and_stays_given():
    """A13a, D5: given by those that restore it, and by those that gave it before."""
    story = two("ann role=cook").apply().take_away("ann knife").hire("ann role=baker").later(days=1)

    assert effects(story) == {"ann": "restored"}
    after = story.apply()
    assert stored(after, "gave", "automation.knife") == "ann"
    assert stored(after, "gave", "automation.blades") == "ann"
    assert after.held["ann", "course/knife"]["assigned"] == NOON + timedelta(days=1)


def test_removal_respected_is_reported_in_each_plan():
    """A13b: it is no change."""
    story = scene("ann role=cook", **EXISTING, on_removed="respect").apply().take_away("ann knife")
    made = story.apply().later(days=9).plan()

    assert made.is_empty
    assert ids(made, made.contents["course/knife"].respected) == {"ann"}
    assert ids(made, made.contents["course/knife"].drift) == {"ann"}


@named(
    ("story", "missing"),
    {
        "removed, and nobody wants it": (
            lambda: scene("ann role=cook", **EXISTING).apply().take_away("ann knife").hire(LEFT),
            "ann",
        ),
        "respected, and still wanted": (
            lambda: (
                scene("ann role=cook", **EXISTING, on_removed="respect")
                .apply()
                .take_away("ann knife")
            ),
            "",
        ),
        "wanted, though not acting": (
            lambda: (
                scene("ann role=cook", **EXISTING).apply().take_away("ann knife").edit(paused=True)
            ),
            "",
        ),
        "reappeared": (
            lambda: (
                scene("ann role=cook", **EXISTING)
                .apply()
                .take_away("ann knife")
                .hire(LEFT)
                .apply()
                .enroll("ann knife")
            ),
            "",
        ),
        "given again": (
            lambda: (
                scene("ann role=cook", **EXISTING)
                .apply()
                .take_away("ann knife")
                .hire(LEFT)
                .apply()
                .hire("ann role=cook")
            ),
            "",
        ),
        "given by an order": (
            lambda: (
                scene(LEFT, **EXISTING)
                .write("assignments", "recall", **order({"everyone": True}))
                .apply()
                .take_away("ann knife")
            ),
            "ann",
        ),
        "given by one that is retired": (
            lambda: scene("ann role=cook", **EXISTING).apply().delete().take_away("ann knife"),
            "ann",
        ),
        "held, and never given": (
            lambda: (
                scene("ann role=cook", **EXISTING)
                .enroll("ann knife")
                .apply()
                .take_away("ann knife")
                .hire(LEFT)
            ),
            "",
        ),
    },
)
def test_what_nobody_wants_any_more_is_marked_missing(story, missing):
    """A13, A13c."""
    assert stored(story().apply(), "missing") == missing


def test_what_reappears_is_ours_again():
    """A13: it goes by on_exit."""
    story = scene("ann role=cook", **GOES).apply().take_away("ann knife").hire(LEFT).apply()

    assert actions(story.enroll("ann knife")) == {"remove ann knife"}


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


def test_what_an_order_gave_before_is_remembered_by_the_ledger():
    """A12: no order gave it. An order that is done counts as well."""
    sets = {
        ("gave", "automation.knife", "course/knife"): "ann",
        ("gave", "assignment.old", "course/knife"): "ann",
    }
    story = scene("ann role=cook", **GOES).apply().hire(LEFT)
    assert actions(story) == {"remove ann knife"}
    memory = ledger("ann", sets=sets, automations=story.memory.automations, last_as_of=NOON)
    given = story.apply().enroll("ann knife")

    assert actions(replace(given, memory=memory)) == set()
