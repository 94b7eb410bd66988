"""When an enrollment goes with whom it was for: exits (A12, A13a, A14, D3)."""

from dataclasses import replace

from tests.builders import (
    NOON,
    actions,
    effects,
    ledger,
    named,
    scene,
    stored,
)
from tests.planner.rules import EXISTING, GOES, LEFT, SPARES, order, two


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
        "D3 an open retake in progress is withdrawn": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .enroll("ann knife in_progress completed=yes")
                .hire(LEFT)
            ),
            {"remove ann knife"},
        ),
        "D3 an open retake not started is withdrawn": (
            lambda: (
                scene("ann role=cook", **GOES)
                .apply()
                .enroll("ann knife not_started completed=yes")
                .hire(LEFT)
            ),
            {"remove ann knife"},
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
        "A4d who moves to a location without a franchise": (
            lambda: (
                scene(
                    "ann location=austin-2",
                    **{**GOES, "target": {"franchise": "lone-star"}},
                )
                .apply()
                .hire("ann location=austin-1")
            ),
            {"remove ann knife"},
        ),
        "A4d whose location the organization does not list": (
            lambda: (
                scene(
                    "ann location=austin-2",
                    **{**GOES, "target": {"franchise": "lone-star"}},
                )
                .apply()
                .hire("ann location=austin-2;austin-1")
            ),
            set(),
        ),
        "A4d whose role the organization does not list": (
            lambda: (
                scene("ann role=cook", **{**GOES, "target": {"department": "kitchen"}})
                .apply()
                .hire("ann role=cook;server")
            ),
            set(),
        ),
        "A4d whose location a broken feed leaves empty": (
            lambda: (
                scene(
                    "ann location=austin-2",
                    **{**GOES, "target": {"franchise": "lone-star"}},
                )
                .apply()
                .hire("ann location=")
            ),
            set(),
        ),
        "A4d a role that was emptied, and another one": (
            lambda: scene("ann role=cook", **GOES).apply().hire("ann role=").apply().hire(LEFT),
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


@named(
    "status",
    {"not started": "not_started", "in progress": "in_progress"},
)
def test_an_exit_gives_way_to_any_order_in_the_same_plan(status):
    """A8: also to one that finds her enrolled."""
    story = scene("ann role=cook", **GOES).apply().enroll(f"ann knife {status}").hire(LEFT)
    story = story.write("assignments", "recall", **order({"everyone": True}))

    assert actions(story) == set()


def test_an_exemption_stops_no_removal():
    """M6, A12: who has exited goes, exempt or not."""
    leave = {"target": {"everyone": True}, "from": "course/knife", "reason": "on leave"}
    story = scene("ann role=cook", **GOES).apply().hire(LEFT)

    assert actions(story.write("exemptions", "leave", **leave)) == {"remove ann knife"}


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
