"""Whom an automation wants: window, scope, entries and exemptions (A1 to A6, M6)."""

from datetime import UTC, datetime

from reconciler.planner.wanted import is_expired
from reconciler.planner.world import Moment
from tests.builders import CHICAGO, NOON, actions, named, reasons, scene, words
from tests.policies import policies_of

EXISTING = {"scope": "future-and-existing"}
MARCH = {"start": "2026-03-02", "end": "2026-03-31"}
UNOPENED = {"start": "2026-03-03"}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


@named(
    ("window", "as_of", "is_open"),
    {
        "no window is always open": ({}, "2026-03-02 12:00:00", True),
        "a bare start at its first instant": (MARCH, "2026-03-02 00:00:00", True),
        "a second before": (MARCH, "2026-03-01 23:59:59", False),
        "a bare end at its last second": (MARCH, "2026-03-31 23:59:59", True),
        "after its last": (MARCH, "2026-04-01 00:00:00", False),
        "start alone": ({"start": "2026-03-02"}, "2030-01-01 00:00:00", True),
        "end alone": ({"end": "2026-03-31"}, "1999-01-01 00:00:00", True),
        "an instant as end is not in it": (
            {"end": "2026-03-02T12:00"},
            "2026-03-02 12:00:00",
            False,
        ),
        "a time without an offset is local": (
            {"start": "2026-03-02T12:00"},
            "2026-03-02 12:00:00",
            True,
        ),
        "an offset counts": ({"start": "2026-03-02T12:00+00:00"}, "2026-03-02 06:00:00", True),
        "a time that the clocks skip is so much later (A1a)": (
            {"start": "2026-03-08T02:30"},
            "2026-03-08 03:30:00",
            True,
        ),
        "and not before (A1a)": ({"start": "2026-03-08T02:30"}, "2026-03-08 01:59:59", False),
        "a time that occurs twice is the first (A1a)": (
            {"start": "2026-11-01T01:30"},
            "2026-11-01 01:30:00",
            True,
        ),
        "one day": ({"start": "2026-03-02", "end": "2026-03-02"}, "2026-03-02 23:59:59", True),
    },
)
def test_windows(window, as_of, is_open):
    """A1."""
    story = scene("ann role=cook", **EXISTING, window=window).later(
        seconds=int((at(as_of) - NOON).total_seconds())
    )

    assert reasons(story) == {"ann": "assigned" if is_open else "window not open"}


@named(
    ("story", "assigned"),
    {
        "A2 existing wants everybody": (
            lambda: scene("ann role=cook", "bob role=server", **EXISTING),
            "ann",
        ),
        "A2 future-only is the default and wants nobody at first": (
            lambda: scene("ann role=cook"),
            "",
        ),
        "A2 a hire enters": (lambda: scene("ann role=cook").apply().hire("bob role=cook"), "bob"),
        "A3 an added role is an entry": (
            lambda: scene("ann role=server").apply().hire("ann role=server,cook"),
            "ann",
        ),
        "A3 a location that moves into a region is an entry": (
            lambda: (
                scene("ann role=cook location=boise-1", target={"location": "austin-1"})
                .apply()
                .hire("ann role=cook location=austin-1")
            ),
            "ann",
        ),
        "A3 tenure that is reached is an entry (T3)": (
            lambda: (
                scene("ann hired=2026-02-01", target={"tenure": {"at_least": "30 days"}})
                .apply()
                .later(days=1)
            ),
            "ann",
        ),
        "A3 who was hired on the day of the apply enters": (
            lambda: scene("ann role=cook hired=2026-03-02"),
            "ann",
        ),
        "A3 who was hired on the window's start enters at the first apply": (
            lambda: scene(
                "ann role=cook hired=2026-02-20",
                "bob role=cook hired=2026-02-19",
                window={"start": "2026-02-20"},
            ),
            "ann",
        ),
        "A3 first seen late with an earlier hire date enters": (
            lambda: scene("ann role=cook").apply().later(days=3).hire("bob role=cook"),
            "bob",
        ),
        "A3 unless late rows are existing": (
            lambda: (
                scene("ann role=cook", late_rows="existing")
                .apply()
                .later(days=3)
                .hire("bob role=cook", "cat role=cook hired=2026-03-02")
            ),
            "cat",
        ),
        "A3d a missing hire date is no earlier one": (
            lambda: (
                scene("ann role=cook", late_rows="existing").apply().hire("bob role=cook hired=?")
            ),
            "bob",
        ),
        "A3d who has a number already is no late row": (
            lambda: (
                scene("ann role=cook", "bob role=server", late_rows="existing")
                .apply()
                .hire("bob role=cook")
            ),
            "bob",
        ),
        "A2 the window gates creation": (
            lambda: scene("ann role=cook", **EXISTING, window=UNOPENED),
            "",
        ),
        "A14 a pause gates creation": (lambda: scene("ann role=cook", **EXISTING, paused=True), ""),
        "A6a unstarted wants nobody, newly hired either": (
            lambda: scene("ann role=cook hired=2026-03-02", window=UNOPENED),
            "",
        ),
        "A4 who enters while the window is closed is future when it opens again": (
            lambda: (
                scene("ann role=cook", window={"end": "2026-03-02"})
                .apply()
                .later(days=1)
                .hire("bob role=cook")
                .apply()
                .edit(window={"end": "2026-12-31"})
            ),
            "bob",
        ),
        "A4 who enters while it is paused is future afterwards": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .edit(paused=True)
                .hire("bob role=cook")
                .apply()
                .edit(paused=None)
            ),
            "bob",
        ),
        "P7 who is hired in the future is active": (
            lambda: scene("ann role=cook hired=2027-01-01", **EXISTING),
            "ann",
        ),
        "A4 out and in again is an entry": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .apply()
                .hire("ann role=server")
                .apply()
                .hire("ann role=cook")
            ),
            "ann",
        ),
        "A4 inactive and active again is an entry": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .hire("ann role=cook activity=inactive")
                .apply()
                .hire("ann role=cook")
            ),
            "ann",
        ),
        "A4 absent and back is none": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .apply()
                .drop("ann")
                .apply()
                .hire("ann role=cook")
            ),
            "",
        ),
        "A4 unknown and active again is none": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .hire("ann role=cook activity=unknown")
                .apply()
                .hire("ann role=cook")
            ),
            "",
        ),
        "A4 a role emptied by a broken feed, and back, is none": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .apply()
                .hire("ann role=")
                .apply()
                .hire("ann role=cook")
            ),
            "",
        ),
        "A4 nor is a feed that stays broken for two applies": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .apply()
                .hire("ann role=")
                .apply()
                .later(days=1)
                .apply()
                .hire("ann role=cook")
            ),
            "",
        ),
        "A4 nor a role emptied while absent": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .apply()
                .drop("ann")
                .apply()
                .hire("ann role=")
                .apply()
                .hire("ann role=cook")
            ),
            "",
        ),
        "P5 long absence is shown as inactive, and an entry later": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .given(inactive_after=10)
                .apply()
                .drop("ann")
                .later(days=10)
                .apply()
                .hire("ann role=cook")
            ),
            "ann",
        ),
        "A5 existing people of a wider target are not future": (
            lambda: (
                scene("ann role=cook", "bob role=server")
                .apply()
                .edit(target={"role": ["cook", "server"]})
            ),
            "",
        ),
        "A5 save those hired since the previous apply": (
            lambda: (
                scene("ann role=cook", "bob role=server hired=2026-03-02")
                .apply()
                .later(days=5)
                .hire("cat role=server hired=2026-03-04", "dan role=server hired=2026-03-01")
                .edit(target={"role": ["cook", "server"]})
            ),
            "bob cat",
        ),
        "A5 who matched the old target and not the baseline is future": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .hire("bob role=cook")
                .edit(target={"role": ["cook", "server"]})
            ),
            "bob",
        ),
        "A5 an edited group edits the target": (
            lambda: (
                scene(
                    "ann role=cook",
                    "bob role=server",
                    rules={
                        "groups": {"crew": {"role": "cook"}},
                        "automations": {
                            "knife": {"assign": "course/knife", "target": {"group": "crew"}}
                        },
                    },
                )
                .apply()
                .write("groups", "crew", role=["cook", "server"])
            ),
            "",
        ),
        "A5 future-only to existing drops the baseline": (
            lambda: scene("ann role=cook").apply().edit(scope="future-and-existing"),
            "ann",
        ),
        "A5 existing to future-only makes all of today existing": (
            lambda: (
                scene("ann role=cook", **EXISTING)
                .apply(refuse=["ann"])
                .hire("bob role=cook hired=2026-03-02")
                .edit(scope=None)
            ),
            "",
        ),
    },
)
def test_whom_a_plan_assigns(story, assigned):
    found = actions(story())

    assert words(one.split()[1] for one in found if one.startswith("assign")) == assigned
    story().apply()


@named(
    ("exemption", "line", "assigned"),
    {
        "from the automation": ({"from": "automation.knife"}, "ann role=cook", False),
        "from the content": ({"from": "course/knife"}, "ann role=cook", False),
        "from another automation": ({"from": "automation.fire"}, "ann role=cook", True),
        "from another content": ({"from": "course/fire"}, "ann role=cook", True),
        "until a day counts in full": (
            {"from": "course/knife", "until": "2026-03-02"},
            "ann role=cook",
            False,
        ),
        "until yesterday": ({"from": "course/knife", "until": "2026-03-01"}, "ann role=cook", True),
        "until an instant": (
            {"from": "course/knife", "until": "2026-03-02T12:00"},
            "ann role=cook",
            True,
        ),
        "until a later instant": (
            {"from": "course/knife", "until": "2026-03-02T12:01"},
            "ann role=cook",
            False,
        ),
        "who does not match the exemption": ({"from": "course/knife"}, "bob role=cook", True),
    },
)
def test_exemptions(exemption, line, assigned):
    """M6."""
    rule = {"target": {"trainees": ["ann"]}, "reason": "on leave", **exemption}
    story = scene(line, **EXISTING).write("exemptions", "leave", **rule)
    other = {"assign": "course/fire", "target": {"trainees": ["nobody"]}}
    story = story.write("automations", "fire", **other)

    assert bool(actions(story)) is assigned
    assert reasons(story)[line.split()[0]] == ("assigned" if assigned else "exempt")


def test_who_is_undecided_by_an_exemption_is_not_exempt():
    """M6a."""
    rule = {"target": {"badge": "red"}, "from": "course/knife", "reason": "on leave"}
    story = scene("ann role=cook badge=", **EXISTING).write("exemptions", "leave", **rule)

    assert reasons(story) == {"ann": "assigned"}


def test_an_exempt_trainee_keeps_what_she_has():
    """M6, A12: an exemption is no exit."""
    rule = {"target": {"trainees": ["ann"]}, "from": "course/knife", "reason": "on leave"}
    story = scene("ann role=cook", **EXISTING, on_exit="remove").apply()

    assert actions(story.write("exemptions", "leave", **rule)) == set()


def test_an_expired_exemption_is_known_as_such():
    """M6."""
    rule = {"target": {"everyone": True}, "from": "course/knife", "reason": "x"}
    rules = policies_of(
        {"exemptions": {"old": {**rule, "until": "2026-03-01"}, "new": {**rule}}}
    ).exemptions

    assert is_expired(rules["old"], Moment(NOON, CHICAGO))
    assert not is_expired(rules["new"], Moment(NOON, CHICAGO))
