"""What somebody removed in the LMS: restored, respected, missing (A13)."""

from datetime import timedelta

from tests.builders import (
    NOON,
    actions,
    effects,
    ids,
    named,
    reasons,
    scene,
    stored,
)
from tests.planner.rules import EXISTING, GOES, LEFT, order, two


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


def test_what_is_removed_from_the_exempt_is_not_restored():
    """A13, M6: nobody wants it, so it is marked missing."""
    leave = {"target": {"everyone": True}, "from": "course/knife", "reason": "on leave"}
    story = scene("ann role=cook", **EXISTING).apply().write("exemptions", "leave", **leave)
    story = story.take_away("ann knife")

    assert actions(story) == set()
    assert stored(story.apply(), "missing") == "ann"
