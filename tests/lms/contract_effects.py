"""What every LMS promises about reassignment, credit and withdrawal (R, C, D3), as tests.

The second half of the guide in contract.py. The fixtures are those of ``LmsContract``; ``learn``
takes the course of a module and an instant too: ``learn(trainee, content, status, course, at)``.
"""

from datetime import timedelta

import polars as pl
import pytest

from tests.lms.contract import (
    FIRE,
    JULY,
    JUNE,
    KNIFE,
    MAY,
    ONBOARDING,
    REFRESHER,
    everything,
    needs,
    results,
    statuses,
    writes,
)

AUGUST, SEPTEMBER = JULY + timedelta(days=31), JULY + timedelta(days=62)
ADA = ("ada", ONBOARDING)
OPEN = {"assigned": AUGUST, "due": SEPTEMBER}

# What the courses of a module in progress, fire completed and knife in progress, are after.
PARTS = {
    "those in progress": ([KNIFE, FIRE], "in_progress", "completed not_started"),
    "those completed": ([KNIFE, FIRE], "completed", "not_started in_progress"),
    "both": ([KNIFE, FIRE], "both", "not_started not_started"),
    "the chosen alone": ([FIRE], "both", "not_started in_progress"),
}
# Which of the courses of a completed module are open after.
CHOSEN = {
    "one": ([KNIFE], "completed not_started", "in_progress"),
    "all": ([KNIFE, FIRE], "not_started not_started", "not_started"),
    "one, twice": ([FIRE, FIRE], "not_started completed", "in_progress"),
}
# C7: which completions count, for one of JUNE at version 3, which is the newest.
LIMITS = {
    "completed after it": ({"credit_after": MAY}, "completed"),
    "completed at it": ({"credit_after": JUNE}, "not_started"),
    "completed before it": ({"credit_after": JULY}, "not_started"),
    "of the newest version": ({"credit_current": True}, "completed"),
    "of any version": ({"credit_current": False}, "completed"),
}


class LmsReassigns:
    """R: what starts over, what stays, and what is not even sent."""

    @pytest.mark.parametrize("status", ["in_progress", "completed"])
    @pytest.mark.parametrize("content", [KNIFE, ONBOARDING])
    def test_the_whole_starts_over(self, lms, learn, content, status):
        needs(lms, "reassigns")
        lms.assign(writes(("ada", content), ("bob", content)))
        learn("ada", content, status)

        outcomes = lms.reassign(writes(("ada", content), status=status, **OPEN))
        assert results(outcomes) == {("ada", content): "done"}
        row = held(lms, "ada", content)
        assert (row["status"], row["assigned"]) == ("not_started", AUGUST)
        assert row["due"] == (SEPTEMBER if lms.capabilities.due_dates else None)
        assert row["completed"] == (JUNE if status == "completed" else None), "R3"
        assert {one["status"] for one in inside(lms, "ada", content)} <= {"not_started"}
        assert held(lms, "bob", content)["assigned"] == MAY

    def test_a_completion_stays_while_its_course_is_open_again(self, lms, learn):
        needs(lms, "reassigns")
        needs(lms, "modules")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")
        lms.reassign(writes(ADA, status="completed", **OPEN))

        assert [(one["completed"], one["completed_version"]) for one in inside(lms, *ADA)] == [
            (JUNE, 1),
            (JUNE, 3),
        ]

    @pytest.mark.parametrize(("courses", "resets", "after"), PARTS.values(), ids=PARTS.keys())
    def test_parts_of_a_module_in_progress(self, lms, learn, courses, resets, after):
        needs(lms, "reassigns_courses")
        lms.assign(writes(ADA))
        learn(*ADA, "completed", FIRE)
        learn(*ADA, "in_progress", KNIFE)

        rows = writes(ADA, status="in_progress", courses=courses, resets=resets, **OPEN)
        assert results(lms.reassign(rows)) == {ADA: "done"}
        assert [one["status"] for one in inside(lms, *ADA)] == after.split()
        whole = "not_started" if set(after.split()) == {"not_started"} else "in_progress"
        row = held(lms, *ADA)
        assert (row["status"], row["assigned"]) == (whole, AUGUST), "R0b"

    @pytest.mark.parametrize("resets", ["in_progress", "completed", "both", None])
    @pytest.mark.parametrize(("courses", "after", "whole"), CHOSEN.values(), ids=CHOSEN.keys())
    def test_parts_of_a_completed_module(self, lms, learn, courses, after, whole, resets):
        needs(lms, "reassigns_courses")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")

        rows = writes(ADA, status="completed", courses=courses, resets=resets, **OPEN)
        assert results(lms.reassign(rows)) == {ADA: "done"}
        assert [one["status"] for one in inside(lms, *ADA)] == after.split()
        row = held(lms, *ADA)
        assert (row["status"], row["completed"]) == (whole, JUNE)

    @pytest.mark.parametrize("courses", [None, [KNIFE]], ids=["whole", "part"])
    def test_what_is_not_started_sees_no_effect(self, lms, courses):
        needs(lms, "reassigns_courses" if courses else "reassigns")
        lms.assign(writes(ADA))
        before = everything(lms)

        rows = writes(ADA, status="not_started", courses=courses, resets="both", **OPEN)
        assert results(lms.reassign(rows)) == {ADA: "already"}
        assert everything(lms) == before

    @pytest.mark.parametrize(
        ("courses", "resets"), [([FIRE], "both"), ([KNIFE], "completed"), ([], "both")], ids=str
    )
    def test_a_part_on_which_nothing_would_change(self, lms, learn, courses, resets):
        needs(lms, "reassigns_courses")
        lms.assign(writes(ADA))
        learn(*ADA, "in_progress", KNIFE)
        before = everything(lms)

        rows = writes(ADA, status="in_progress", courses=courses, resets=resets, **OPEN)
        assert results(lms.reassign(rows)) == {ADA: "already"}
        assert everything(lms) == before

    def test_given_twice_it_loses_no_newer_progress(self, lms, learn):
        needs(lms, "reassigns")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")
        lms.reassign(writes(ADA, status="completed", **OPEN))
        learn(*ADA, "in_progress", KNIFE, SEPTEMBER)
        before = everything(lms)

        for seen in ("completed", "in_progress"):
            again = lms.reassign(writes(ADA, status=seen, **OPEN))
            assert results(again) == {ADA: "already"}, "M4"
        assert everything(lms) == before

    @pytest.mark.parametrize("seen", ["not_started", "completed", None])
    def test_what_has_changed_since_the_plan_keeps_its_progress(self, lms, learn, seen):
        needs(lms, "reassigns")
        lms.assign(writes(ADA))
        learn(*ADA, "in_progress")
        before = everything(lms)

        assert results(lms.reassign(writes(ADA, status=seen, **OPEN))) == {ADA: "skipped"}
        assert everything(lms) == before

    def test_a_reassignment_enrolls_nobody_and_stops_no_other(self, lms, learn):
        needs(lms, "reassigns")
        lms.assign(writes(("bob", KNIFE)))
        learn("bob", KNIFE, "completed")

        rows = writes(("ada", KNIFE), ("bob", KNIFE), status="completed", **OPEN)
        assert results(lms.reassign(rows)) == {
            ("ada", KNIFE): "skipped",
            ("bob", KNIFE): "done",
        }
        assert statuses(lms) == {("bob", KNIFE): "not_started"}

    @pytest.mark.parametrize("content", [REFRESHER, KNIFE])
    def test_a_course_that_is_not_in_it_is_refused(self, lms, learn, content):
        needs(lms, "reassigns_courses")
        lms.assign(writes(("ada", content)))
        learn("ada", content, "completed")
        before = everything(lms)

        rows = writes(("ada", content), status="completed", courses=[FIRE], **OPEN)
        assert results(lms.reassign(rows)) == {("ada", content): "refused"}
        assert everything(lms) == before


class LmsCredits:
    """C: what was completed inside another module counts in a new one."""

    def test_all_courses_credited_complete_a_module(self, lms, learn):
        needs(lms, "credits")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")

        lms.assign(writes(("ada", REFRESHER), assigned=JULY))
        row = held(lms, "ada", REFRESHER)
        assert (row["status"], row["completed"], row["assigned"]) == ("completed", JUNE, JULY)
        (knife,) = inside(lms, "ada", REFRESHER)
        assert (knife["status"], knife["version"], knife["completed"]) == ("completed", 3, JUNE)

    def test_some_courses_credited_leave_it_not_started(self, lms, learn):
        needs(lms, "credits")
        lms.assign(writes(("ada", REFRESHER)))
        learn("ada", REFRESHER, "completed")

        lms.assign(writes(ADA))
        row = held(lms, *ADA)
        assert (row["status"], row["completed"]) == ("not_started", None)
        assert [one["status"] for one in inside(lms, *ADA)] == ["not_started", "completed"], "C4"
        learn(*ADA, "completed", FIRE, JULY)
        assert held(lms, *ADA)["completed"] == JULY

    def test_a_course_alone_or_in_progress_gives_none(self, lms, learn):
        needs(lms, "credits")
        lms.assign(writes(("ada", KNIFE), ADA))
        learn("ada", KNIFE, "completed")
        learn(*ADA, "in_progress")

        lms.assign(writes(("ada", REFRESHER)))
        assert held(lms, "ada", REFRESHER)["status"] == "not_started", "C2, C3"
        assert inside(lms, "ada", REFRESHER)[0]["status"] == "not_started"

    def test_a_course_alone_gets_none(self, lms, learn):
        needs(lms, "credits")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")

        lms.assign(writes(("ada", KNIFE)))
        assert held(lms, "ada", KNIFE)["status"] == "not_started", "C5"

    def test_what_a_retake_has_opened_again_still_counts(self, lms, learn):
        needs(lms, "credits")
        needs(lms, "reassigns")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")
        lms.reassign(writes(ADA, status="completed", **OPEN))

        lms.assign(writes(("ada", REFRESHER), assigned=AUGUST))
        assert held(lms, "ada", REFRESHER)["completed"] == JUNE, "C1"

    def test_what_was_completed_before_a_removal_still_counts(self, lms, learn):
        needs(lms, "credits")
        needs(lms, "removes")
        lms.assign(writes(ADA))
        learn(*ADA, "completed", KNIFE)
        lms.remove(writes(ADA, status="in_progress"))

        assert [one["course"] for one in inside(lms, *ADA)] == [KNIFE]
        lms.assign(writes(ADA, ("ada", REFRESHER), assigned=JULY))
        assert held(lms, "ada", REFRESHER)["completed"] == JUNE, "C1a"
        assert [one["status"] for one in inside(lms, *ADA)] == ["not_started", "completed"]

    @pytest.mark.parametrize(("limits", "status"), LIMITS.values(), ids=LIMITS.keys())
    def test_what_a_policy_would_have_redone_gives_none(self, lms, learn, limits, status):
        needs(lms, "credits")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")

        lms.assign(writes(("ada", REFRESHER), **limits))
        assert held(lms, "ada", REFRESHER)["status"] == status
        assert inside(lms, "ada", REFRESHER)[0]["status"] == status


class LmsWithdraws:
    """D3: what was ever completed is again as it was, and nothing of it is lost."""

    @pytest.mark.parametrize("status", ["not_started", "in_progress"])
    @pytest.mark.parametrize("content", [KNIFE, ONBOARDING])
    def test_an_open_retake_is_withdrawn(self, lms, learn, content, status):
        needs(lms, "withdraws")
        needs(lms, "reassigns")
        lms.assign(writes(("ada", content)))
        learn("ada", content, "completed")
        before = everything(lms)
        lms.reassign(writes(("ada", content), status="completed", **OPEN))
        learn("ada", content, status, at=SEPTEMBER)

        outcomes = lms.remove(writes(("ada", content), status=status))
        assert results(outcomes) == {("ada", content): "done"}
        assert everything(lms) == before
        again = lms.remove(writes(("ada", content), status=status))
        assert results(again) == {("ada", content): "refused"}

    def test_a_course_completed_in_the_retake_stays_so(self, lms, learn):
        needs(lms, "withdraws")
        needs(lms, "reassigns")
        lms.assign(writes(ADA))
        learn(*ADA, "completed")
        lms.reassign(writes(ADA, status="completed", **OPEN))
        learn(*ADA, "completed", KNIFE, SEPTEMBER)

        lms.remove(writes(ADA, status="in_progress"))
        assert held(lms, *ADA)["completed"] == JUNE
        fire, knife = inside(lms, *ADA)
        assert (fire["status"], fire["completed"]) == ("completed", JUNE)
        assert (knife["status"], knife["completed"]) == ("completed", SEPTEMBER)

    def test_a_retake_that_has_changed_since_the_plan_stays(self, lms, learn):
        needs(lms, "withdraws")
        needs(lms, "reassigns")
        lms.assign(writes(("ada", KNIFE)))
        learn("ada", KNIFE, "completed")
        lms.reassign(writes(("ada", KNIFE), status="completed", **OPEN))
        learn("ada", KNIFE, "in_progress", at=SEPTEMBER)

        outcomes = lms.remove(writes(("ada", KNIFE), status="not_started"))
        assert results(outcomes) == {("ada", KNIFE): "skipped"}
        assert statuses(lms) == {("ada", KNIFE): "in_progress"}


def held(lms, trainee, content):
    return lms.holdings([content]).row(by_predicate=_of(trainee), named=True)


def inside(lms, trainee, module):
    """The progress of one trainee in a module, the courses in the order of their ids."""
    return lms.progress([module]).filter(_of(trainee)).sort("course").to_dicts()


def _of(trainee):
    return pl.col("trainee") == trainee
