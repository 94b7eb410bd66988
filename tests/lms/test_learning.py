"""What trainees do: start and complete courses, alone and inside a module."""

import pytest

from reconciler.errors import WrongUse
from reconciler.lms.local.learning import complete, start
from reconciler.lms.local.publishing import publish
from reconciler.lms.local.show import of_trainee
from tests.lms.contract import (
    FIRE,
    JULY,
    JUNE,
    KNIFE,
    MAY,
    ONBOARDING,
    REFRESHER,
    statuses,
    writes,
)
from tests.lms.contract_effects import AUGUST, OPEN, held, inside
from tests.lms.school import new_lms

ADA = ("ada", ONBOARDING)
APRIL = MAY.replace(month=4)


@pytest.fixture
def lms(tmp_path):
    lms = new_lms(tmp_path)
    lms.assign(writes(ADA, ("ada", FIRE), ("bob", KNIFE)))
    return lms


def does(lms, act, trainee, content, course=None, at=JUNE):
    return act(lms.path, trainee, content, course=course, at=at)


def courses(lms):
    return [(one["course"], one["status"]) for one in inside(lms, *ADA)]


def test_a_course_is_started_and_completed(lms):
    assert does(lms, start, "bob", KNIFE) == KNIFE
    assert statuses(lms)["bob", KNIFE] == "in_progress"
    assert does(lms, complete, "bob", KNIFE, at=JULY) == (KNIFE,)

    row = held(lms, "bob", KNIFE)
    assert (row["status"], row["completed"], row["version"]) == ("completed", JULY, 3)


def test_what_is_not_started_can_be_completed(lms):
    does(lms, complete, "bob", KNIFE)
    assert statuses(lms)["bob", KNIFE] == "completed"


def test_a_module_is_started_with_its_first_course_and_then_the_next(lms):
    assert does(lms, start, *ADA) == KNIFE
    assert held(lms, *ADA)["status"] == "in_progress"
    assert courses(lms) == [(FIRE, "not_started"), (KNIFE, "in_progress")]

    assert does(lms, start, *ADA) == FIRE
    assert courses(lms) == [(FIRE, "in_progress"), (KNIFE, "in_progress")]


@pytest.mark.parametrize("act", [start, complete])
def test_a_course_begins_its_module(lms, act):
    does(lms, act, *ADA, FIRE)

    assert held(lms, *ADA)["status"] == "in_progress"
    assert dict(courses(lms))[KNIFE] == "not_started"


def test_the_last_course_completes_its_module_at_the_latest_completion(lms):
    assert does(lms, complete, *ADA, KNIFE, at=JULY) == (KNIFE,)
    assert does(lms, complete, *ADA, FIRE, at=JUNE) == (FIRE, ONBOARDING)

    row = held(lms, *ADA)
    assert (row["status"], row["completed"], row["version"]) == ("completed", JULY, 2)


def test_a_module_without_a_course_is_all_that_is_open(lms):
    does(lms, complete, *ADA, KNIFE, at=JUNE)
    assert does(lms, complete, *ADA, at=JULY) == (FIRE, ONBOARDING)
    assert [one["completed"] for one in inside(lms, *ADA)] == [JULY, JUNE]


def test_a_course_of_a_module_may_be_named_short(lms):
    assert does(lms, start, *ADA, "fire") == FIRE
    assert does(lms, complete, *ADA, "fire") == (FIRE,)


def test_a_course_inside_a_module_and_alone_are_apart(lms):
    does(lms, complete, *ADA, FIRE)
    assert statuses(lms)["ada", FIRE] == "not_started", "C5"

    does(lms, complete, "ada", FIRE)
    assert dict(courses(lms))[KNIFE] == "not_started", "C2"


def test_the_version_is_that_of_the_assignment_and_then_of_the_completion(lms):
    publish(lms.path, KNIFE)
    does(lms, start, "bob", KNIFE)
    assert held(lms, "bob", KNIFE)["version"] == 3, "V3"
    does(lms, complete, "bob", KNIFE)
    assert held(lms, "bob", KNIFE)["version"] == 4, "V3"

    publish(lms.path, KNIFE)
    assert held(lms, "bob", KNIFE)["version"] == 4, "V2"


def test_a_retake_keeps_the_earlier_completions_as_history(lms):
    does(lms, complete, *ADA)
    lms.reassign(writes(ADA, status="completed", **OPEN))
    record = of_trainee(lms, "ada")
    assert [row[:2] for row in record.history.rows()] == [
        (ONBOARDING, ""),
        (ONBOARDING, FIRE),
        (ONBOARDING, KNIFE),
    ], "R3"

    publish(lms.path, KNIFE)
    does(lms, complete, *ADA, at=AUGUST)
    assert held(lms, *ADA)["completed"] == AUGUST
    assert of_trainee(lms, "ada").history.rows() == [
        (ONBOARDING, "", 2, JUNE),
        (ONBOARDING, FIRE, 1, JUNE),
        (ONBOARDING, KNIFE, 3, JUNE),
    ], "R3"


# What cannot be done, and what is said of it.
REFUSED = {
    "unknown content": (start, ("bob", "course/knive"), "Did you mean 'course/knife'"),
    "a name alone": (start, ("bob", "knife"), "Did you mean 'course/knife'"),
    "unknown trainee": (start, ("bod", KNIFE), "Did you mean 'bob'"),
    "not enrolled": (complete, ("bob", FIRE), "not enrolled in course/fire"),
    "only inside a module": (complete, ("ada", KNIFE), f"ada {ONBOARDING} {KNIFE}"),
    "a course of a course": (start, ("bob", KNIFE, KNIFE), "is a course"),
    "unknown course": (start, (*ADA, "course/fir"), "Did you mean 'course/fire'"),
    "started already": (start, ("ada", FIRE), "in progress already"),
    "a course started already": (start, (*ADA, KNIFE), "in progress already"),
    "completed already": (complete, (*ADA, FIRE), r"completed \(at 2025-06-01"),
    "before its assignment": (complete, ("bob", KNIFE, None, APRIL), "Give a later instant"),
    "start before its assignment": (start, ("bob", KNIFE, None, APRIL), "Give a later instant"),
}


@pytest.mark.parametrize(("act", "asked", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_done_is_told_and_changes_nothing(lms, act, asked, message):
    does(lms, start, "ada", FIRE)
    does(lms, start, *ADA, KNIFE)
    does(lms, complete, *ADA, FIRE)
    before = statuses(lms), courses(lms)

    with pytest.raises(WrongUse, match=message):
        does(lms, act, *asked)
    assert (statuses(lms), courses(lms)) == before


@pytest.mark.parametrize("act", [start, complete])
@pytest.mark.parametrize("content", [FIRE, ONBOARDING])
def test_what_is_completed_is_over(lms, act, content):
    does(lms, complete, "ada", content)

    with pytest.raises(WrongUse, match=f"{content} of ada is completed .* already"):
        does(lms, act, "ada", content)


def test_a_retake_is_not_completed_before_what_it_takes_again(lms):
    does(lms, complete, "bob", KNIFE, at=AUGUST)
    lms.reassign(writes(("bob", KNIFE), status="completed", assigned=JULY))

    with pytest.raises(WrongUse, match="last completed at"):
        does(lms, complete, "bob", KNIFE, at=JULY)


def test_a_module_that_was_credited_in_part_is_completed_with_the_rest(lms):
    lms.assign(writes(("bob", REFRESHER)))
    does(lms, complete, "bob", REFRESHER, at=JULY)
    lms.assign(writes(("bob", ONBOARDING)))

    assert does(lms, complete, "bob", ONBOARDING, at=JUNE) == (FIRE, ONBOARDING)
    assert held(lms, "bob", ONBOARDING)["completed"] == JULY, "C4"
