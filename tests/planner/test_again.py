"""What starts over, for whom and with which due date (A10, A11, R)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.frames import Capabilities, Content
from tests.builders import CATALOG, NOON, actions, dues, effects, named, reasons, scene

RENEWS = {"scope": "future-and-existing", "renew": {"every": "12 months", "open": "30 days"}}
START = {"assign": "module/start", "scope": "future-and-existing"}
WORDS = {"completed": "retake", "in_progress": "restart"}
NEWER = {
    **CATALOG,
    "course/fire": Content("course/fire", "Fire", version=2),
    "module/start": Content(
        "module/start", "Start", version=2, courses=("course/knife", "course/fire")
    ),
}


def completed(story, day, **keys):
    """Ann has completed knife on a day, at noon in Chicago."""
    at = datetime.fromisoformat(f"{day}T18:00:00").replace(tzinfo=UTC)
    row = {
        "trainee": "ann",
        "content": "course/knife",
        "status": "completed",
        "version": 3,
        "assigned": at,
        "due": None,
        "completed": at,
    }
    return replace(story, held={("ann", "course/knife"): row | keys})


def at(story, instant):
    moment = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    return story.later(seconds=int((moment - story.as_of).total_seconds()))


@named(
    ("day", "as_of", "due"),
    {
        "not yet open": ("2025-04-02", "2026-03-02T18:00", None),
        "open from the first instant of the day": (
            "2025-04-02", "2026-03-03T06:00", "2026-04-02 23:59:59",
        ),
        "not a second earlier": ("2025-04-02", "2026-03-03T05:59:59", None),
        "late: caught up once": ("2019-01-05", "2026-03-02T18:00", "2026-03-03 23:59:59"),
        "a leap day counts to February 28": (
            "2024-02-29", "2025-01-29T07:00", "2025-02-28 23:59:59",
        ),
        "the clocks go forward in between": (
            "2025-04-07", "2026-03-08T12:00", "2026-04-07 23:59:59",
        ),
        "the clocks go back in between": (
            "2025-11-10", "2026-10-11T05:00", "2026-11-10 23:59:59",
        ),
    },
)  # fmt: skip
def test_renewal(day, as_of, due):
    """A11, A11a: local days, calendar years, due at the end of the last one."""
    story = at(completed(scene("ann role=cook", **RENEWS), day), as_of)

    assert actions(story) == ({"retake ann knife"} if due else set())
    assert dues(story) == ({"ann": due} if due else {})
    story.apply()


@named(
    ("story", "expected"),
    {
        "A11b in progress again: waits": (
            lambda s: s.enroll("ann knife in_progress completed=yes"), set(),
        ),
        "not in the audience": (lambda s: s.hire("ann role=server"), set()),
        "paused": (lambda s: s.edit(paused="true"), set()),
        "the window is over": (lambda s: s.edit(window={"end": "2026-01-01"}), set()),
        "exempt": (
            lambda s: s.write(
                "exemptions", "x", **{"from": "course/knife"}, target={"everyone": "true"}, reason="y"
            ),
            set(),
        ),
        "due by two rules: once": (
            lambda s: s.write(
                "automations", "too", assign="course/knife", target={"role": "cook"},
                scope="future-and-existing", renew={"every": "24 months", "open": "1 month"},
            ),
            {"retake ann knife"},
        ),
    },
)  # fmt: skip
def test_who_renews(story, expected):
    """A11: all whom the automation wants while it acts, foreign enrollments too."""
    told = story(completed(scene("ann role=cook", **RENEWS), "2020-01-01"))

    assert actions(told) == expected


def test_a_renewal_happens_once_and_counts_from_the_new_completion():
    story = completed(scene("ann role=cook", **RENEWS), "2025-01-01").apply()
    assert actions(story.later(days=700)) == set()

    again = story.later(days=10).enroll("ann knife completed")
    key = ("ann", "course/knife")
    again = replace(again, held={key: {**again.held[key], "completed": again.as_of}})
    assert actions(again.later(days=300)) == set()
    assert actions(again.later(days=340)) == {"retake ann knife"}


def test_the_soonest_of_several_renewals_counts():
    """A11, A8: the earliest due date that any of the causes gives."""
    story = completed(scene("ann role=cook", **RENEWS), "2025-03-20").write(
        "automations", "too", assign="course/knife", target={"role": "cook"},
        scope="future-and-existing", renew={"every": "14 months", "open": "3 months"},
    )  # fmt: skip

    assert dues(story) == {"ann": "2026-03-20 23:59:59"}


@named(
    ("lines", "words", "expected"),
    {
        "kept without words": (["ann knife completed"], {}, None),
        "completed, retaken": (["ann knife completed"], {"completed": "retake"}, "retake"),
        "completed, kept": (["ann knife completed"], {"in_progress": "restart"}, None),
        "in progress, restarted": (
            ["ann knife in_progress"],
            {"in_progress": "restart"},
            "restart",
        ),
        "in progress, kept": (["ann knife in_progress"], {"completed": "retake"}, None),
        "not started": (["ann knife"], WORDS, None),
        "at the newest version": (["ann knife completed version=3"], WORDS, None),
        "two versions behind, once": (["ann knife completed version=1"], WORDS, "retake"),
        "newer than the catalog": (["ann knife completed version=9"], WORDS, None),
    },
)
def test_new_version_of_a_course(lines, words, expected):
    """A10, V1, V2."""
    story = scene("ann role=cook", scope="future-and-existing", on_new_version=words)
    story = story.enroll(*lines).later(days=1)

    assert actions(story) == ({f"{expected} ann knife"} if expected else set())
    story.apply()


@named(
    ("status", "learned", "words", "expected"),
    {
        "completed: the changed course": (
            "completed", "knife completed, fire completed version=1", WORDS, ("course/fire",),
        ),
        "completed: all of it": (
            "completed", "knife completed, fire completed version=1", {**WORDS, "courses": "all"},
            "whole",
        ),
        "completed: a course that is new in the module": (
            "completed", "knife completed", {"completed": "retake"}, ("course/fire",),
        ),
        "completed: only the module's own version": (
            "completed", "knife completed, fire completed version=2", WORDS, None,
        ),
        "in progress: the course in progress": (
            "in_progress", "knife completed version=2, fire in_progress version=1",
            {"in_progress": "restart"}, ("course/knife", "course/fire"),
        ),
        "in progress: nothing that the words govern": (
            "in_progress", "knife completed version=2, fire in_progress version=2",
            {"in_progress": "restart"}, None,
        ),
        "in progress: the completed course": (
            "in_progress", "knife completed version=2, fire in_progress version=2",
            {"completed": "retake"}, ("course/knife",),
        ),
        "in progress: not started sees no effect": (
            "in_progress", "knife in_progress, fire version=1", WORDS, None,
        ),
        "in progress: all, both words": (
            "in_progress", "knife in_progress, fire version=1", {**WORDS, "courses": "all"},
            "whole",
        ),
        "in progress: all, one word": (
            "in_progress", "knife in_progress, fire completed",
            {"in_progress": "restart", "courses": "all"}, ("course/knife", "course/fire"),
        ),
    },
)  # fmt: skip
def test_new_version_of_a_module(status, learned, words, expected):
    """A10, A10a, A10b, V3; what it does makes its condition false."""
    story = scene("ann role=cook", **START, on_new_version=words).given(catalog=NEWER)
    story = story.enroll(f"ann module/start {status}")
    story = story.learn(*(f"ann module/start {part}" for part in learned.split(", "))).later(days=1)
    found = {d.courses or "whole" for d in story.plan().decisions if d.why}

    assert found == ({expected} if expected else set())
    story.apply()


def test_a_kept_course_does_not_start_the_others_over_for_ever():
    """A10a: completed work is kept, so that it stays older than the catalog."""
    words = {"in_progress": "restart", "courses": "all"}
    story = scene("ann role=cook", **START, on_new_version=words).given(catalog=NEWER)
    story = story.enroll("ann module/start in_progress version=2")
    story = story.learn(
        "ann module/start knife completed version=2", "ann module/start fire in_progress version=2"
    )

    assert actions(story.later(days=1)) == set()


@named(
    ("due", "expected"),
    {
        "that of the automation": ({"days": 14}, "2026-03-17 23:59:59"),
        "none": (None, None),
    },
)
def test_the_due_date_of_a_new_version(due, expected):
    """R2, R2a: counted from the new assigned instant."""
    words = {"completed": "retake"}
    story = scene("ann role=cook", scope="future-and-existing", on_new_version=words)
    story = story.enroll("ann knife completed").later(days=1)
    story = story.edit(due=due) if due else story

    assert dues(story) == {"ann": expected}


def test_reasons_and_effects():
    """D4c: reassigned is said of the rule that is a cause; a restart is whole or in courses."""
    story = completed(scene("ann role=cook", "bob role=cook", **RENEWS), "2020-01-01")

    assert reasons(story) == {"ann": "reassigned", "bob": "assigned"}
    assert effects(story) == {"ann": "whole", "bob": "new"}


@pytest.mark.parametrize(
    "able",
    [{"reassigns": False}, {"due_dates": False}],
    ids=["cannot start over", "holds no due dates"],
)
def test_a_renewal_that_the_lms_cannot_write_is_blocked(able):
    """D6, D6c."""
    story = completed(scene("ann role=cook", **RENEWS), "2020-01-01")
    story = story.given(capabilities=Capabilities(**able))

    assert actions(story) == {"blocked ann knife"}
    assert reasons(story) == {"ann": "satisfied"}


def test_who_was_assigned_just_now_is_left_alone():
    """M4d: an LMS would take it for done already."""
    story = completed(scene("ann role=cook", **RENEWS), "2020-01-01", assigned=NOON)

    assert actions(story) == set()
