"""Due dates that an edit moves, once for each open enrollment (A9, A9b, D8)."""

from datetime import timedelta

from reconciler.frames import Capabilities
from tests.builders import CHICAGO, actions, causes, dues, effects, named, scene, stored

EXISTING = {"scope": "future-and-existing"}
MOVED = {"reschedule ann knife"}


def given(**keys):
    """ann has an enrollment that the automation gave; due May 1."""
    return scene("ann role=cook", **{**EXISTING, "due": "2026-05-01", **keys}).apply().later(days=2)


def day(date, **keys):
    return {"date": date, "update_existing": True, **keys}


@named(
    ("story", "expected", "due"),
    {
        "an edit without update_existing touches new assignments alone": (
            lambda: given().edit(due="2026-06-01"),
            set(),
            "2026-05-01",
        ),
        "with update_existing": (lambda: given().edit(due=day("2026-06-01")), MOVED, "2026-06-01"),
        "in progress too": (
            lambda: given().enroll("ann knife in_progress").edit(due=day("2026-06-01")),
            MOVED,
            "2026-06-01",
        ),
        "completed is not open": (
            lambda: given().enroll("ann knife completed").edit(due=day("2026-06-01")),
            set(),
            "2026-05-01",
        ),
        "of unknown status is not open": (
            lambda: given().enroll("ann knife unknown").edit(due=day("2026-06-01")),
            set(),
            "2026-05-01",
        ),
        "update_existing alone, to the same day": (
            lambda: given().edit(due=day("2026-05-01")),
            set(),
            "2026-05-01",
        ),
        "never earlier than tomorrow": (
            lambda: given().edit(due=day("2026-01-01")),
            MOVED,
            "2026-03-05",
        ),
        "after assignment: from its own assigned instant": (
            lambda: given().edit(due={"days": 20, "update_existing": True}),
            MOVED,
            "2026-03-22",
        ),
        "after hire date": (
            lambda: given().edit(due={"days": 20, "after": "hire_date", "update_existing": True}),
            MOVED,
            "2026-03-05",
        ),
        "the window's start that moves is an edit": (
            lambda: given(
                due={"days": 60, "after": "window_start", "update_existing": True},
                window={"start": "2026-03-01"},
            ).edit(window={"start": "2026-02-01"}),
            MOVED,
            "2026-04-02",
        ),
        "a window's end that moves is none": (
            lambda: given(
                due={"days": 60, "after": "window_start", "update_existing": True},
                window={"start": "2026-03-01"},
            ).edit(window={"start": "2026-03-01", "end": "2026-12-31"}),
            set(),
            "2026-04-30",
        ),
        "the window does not matter": (
            lambda: given(window={"end": "2026-03-02"}).edit(due=day("2026-06-01")),
            MOVED,
            "2026-06-01",
        ),
        "nothing is moved while paused": (
            lambda: given().edit(due=day("2026-06-01"), paused=True),
            set(),
            "2026-05-01",
        ),
        "what it did not give is not moved": (
            lambda: (
                scene("ann role=cook", **EXISTING, due="2026-05-01")
                .enroll("ann knife due=2026-05-02T04:59:59")
                .apply()
                .edit(due=day("2026-06-01"))
            ),
            set(),
            "2026-05-01",
        ),
        "moved by hand, the same again": (
            lambda: given().edit(due=day("2026-06-01")).apply(),
            set(),
            "2026-06-01",
        ),
        "who has left the audience is moved too": (
            lambda: given().hire("ann role=server").edit(due=day("2026-06-01")),
            MOVED,
            "2026-06-01",
        ),
    },
)
def test_what_an_edit_moves(story, expected, due):
    assert actions(story()) == expected
    after = story().apply()
    held = after.held["ann", "course/knife"]["due"]
    assert f"{held.astimezone(CHICAGO):%Y-%m-%d %H:%M:%S}" == f"{due} 23:59:59"
    assert stored(after, "redue") == (
        "" if not after.rules["automations"]["knife"].get("paused") else "ann"
    )


def test_a_pause_only_delays_what_an_edit_moves():
    """D8: recorded as open, it stays planned until it is written."""
    paused = given().edit(due=day("2026-06-01"), paused=True).apply()

    assert stored(paused, "redue") == "ann"
    assert actions(paused.edit(paused=None)) == MOVED


def test_a_refused_row_stays_planned():
    """D8."""
    story = given().edit(due=day("2026-06-01")).apply(refuse=["ann"])

    assert stored(story, "redue") == "ann"
    assert (actions(story), effects(story), causes(story)) == (
        MOVED,
        {"ann": "moved"},
        {"ann": ("automation.knife",)},
    )
    assert stored(story.apply(), "redue") == ""


def test_a_recorded_row_whose_enrollment_is_gone_has_no_effect():
    """A9b."""
    story = given().edit(due=day("2026-06-01")).apply(refuse=["ann"])
    gone = story.hire("ann role=server").take_away("ann knife")

    assert actions(gone) == set()
    assert stored(gone.apply(), "redue") == ""


def test_who_is_removed_in_the_same_plan_is_not_moved():
    """A8: one action per enrollment."""
    story = given(on_exit="remove").edit(due=day("2026-06-01")).hire("ann role=server")

    assert actions(story) == {"remove ann knife"}
    assert stored(story.apply(), "redue") == ""


def test_an_edit_while_a_row_is_open_moves_to_the_newest_text():
    """A9b."""
    story = given().edit(due=day("2026-06-01")).apply(refuse=["ann"]).edit(due=day("2026-07-01"))

    assert dues(story) == {"ann": "2026-07-01 23:59:59"}


def both(second):
    rule = {"assign": "course/knife", "target": {"role": "cook"}, **EXISTING}
    rules = {"knife": {**rule, "due": "2026-05-01"}, "blades": {**rule, **second}}
    return scene("ann role=cook", rules={"automations": rules}).apply().later(days=2)


@named(
    ("second", "new", "due"),
    {
        "the edited one is earlier": ({"due": "2026-06-01"}, "2026-04-01", "2026-04-01"),
        "the other one is earlier": ({"due": "2026-05-15"}, "2026-07-01", "2026-05-15"),
        "the other one gives none": ({}, "2026-07-01", "2026-07-01"),
    },
)
def test_the_earliest_that_those_wanting_it_give(second, new, due):
    """A9b, A8a."""
    assert dues(both(second).edit(due=day(new))) == {"ann": f"{due} 23:59:59"}


def test_an_instant_is_compared_at_the_precision_of_the_lms():
    """A9."""
    minute = Capabilities(precision=timedelta(minutes=1))
    story = scene("ann role=cook", **EXISTING, due="2026-05-01").given(capabilities=minute)
    story = story.apply().edit(due=day("2026-05-01"))

    assert story.held["ann", "course/knife"]["due"].second == 0
    assert actions(story) == set()


def test_a_missing_hire_date_takes_no_due_date_away():
    """A9b: the row stays as it is, and planned."""
    story = scene("ann role=cook hired=?", **EXISTING, due="2026-05-01").apply()
    before = story.held["ann", "course/knife"]["due"]
    story = story.edit(due={"days": 5, "after": "hire_date", "update_existing": True})

    assert dues(story) == {}
    after = story.apply()
    assert after.held["ann", "course/knife"]["due"] == before
    assert stored(after, "redue") == "ann"
