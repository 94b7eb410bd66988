"""What starts over, goes and is credited, by the oracle, held to answers worked out by hand."""

from datetime import UTC, datetime

import pytest

from tests.properties.naive_expected import OrdersClash
from tests.properties.stories import (
    EVERYBODY,
    EXISTING_TOO,
    apply,
    does,
    hire,
    let,
    lived,
    tomorrow,
    wrote,
)
from tests.properties.workplace import CHICAGO

RENEW = {**EXISTING_TOO, "renew": {"every": "12 months", "open": "30 days"}}
NEWS = {"completed": "retake", "in_progress": "restart"}
NEW = {**EXISTING_TOO, "on_new_version": NEWS}
START = {"assign": "module/start", **EXISTING_TOO}
QUIET = {"paused": "true"}


def has(status, content="course/knife"):
    return does("enroll", "ann", content, status)


def learns(course, status, content="module/start"):
    return does("learn", "ann", status, content, f"course/{course}")


def days(number):
    return does("wait", days=number)


def publish(*courses):
    def change(workplace):
        for course in courses:
            workplace.publish(f"course/{course}")

    return change


def reassign(**words):
    rule = {"content": "course/knife", "target": EVERYBODY, **words}
    return wrote("reassignments", "again", **rule)


def remove(name="old", **words):
    return wrote("removals", name, content="course/knife", target=EVERYBODY, **words)


DONE = (hire("ann"), has("completed"))
HALF = (hire("ann"), has("not_started", "module/start"), learns("knife", "completed"))
HALF = (*HALF, learns("fire", "in_progress"), tomorrow)
ALL = (hire("ann"), has("completed", "module/start"), tomorrow)
TAKEN = (hire("ann"), apply, tomorrow, remove(), apply, tomorrow)
LEAP = datetime(2028, 2, 29, 18, tzinfo=UTC)
EXEMPT = wrote("exemptions", "x", target=EVERYBODY, **{"from": "course/knife", "reason": "-"})
EVERYBODY_TOO = {"target": EVERYBODY, **EXISTING_TOO}
NO_WAIT = {**EXISTING_TOO, "renew": {"every": "1 year", "open": "0 days"}}
PARTS = {"content": "module/start", "courses": ["knife", "fire"]}

# The story: the automation's keys, what happens, and what is done: the action, the courses of a
# module where it is not all of it, and the due day.
AGAIN = {
    "A11 the day before it opens": (RENEW, [*DONE, days(334)], {}),
    "A11 it opens 30 days before": (RENEW, [*DONE, days(335)], {"ann": "retake 2027-03-02"}),
    "A11 missed cycles are caught up once": (
        RENEW,
        [*DONE, days(1000)],
        {"ann": "retake 2028-11-27"},
    ),
    "A11b an open retake waits": (
        RENEW,
        [*DONE, days(335), apply, does("learn", "ann", "in_progress"), days(400)],
        {},
    ),
    "A11a a leap day, the day before": (
        NO_WAIT,
        [let(as_of=LEAP), *DONE, days(364)],
        {},
    ),
    "A11a a leap day": (
        NO_WAIT,
        [let(as_of=LEAP), *DONE, days(365)],
        {"ann": "retake 2029-03-01"},
    ),
    "A11 the window has closed": (
        {**RENEW, "window": {"end": "2026-12-31"}},
        [*DONE, days(335)],
        {},
    ),
    "A11 paused": ({**RENEW, **QUIET}, [*DONE, days(335)], {}),
    "A11 exempt": (RENEW, [*DONE, days(335), EXEMPT], {}),
    "A11 in the baseline": ({"renew": RENEW["renew"]}, [*DONE, apply, days(335)], {}),
    "A11 the soonest of two": (
        RENEW,
        [
            *DONE,
            wrote(
                *("automations", "often"),
                assign="course/knife",
                target=EVERYBODY,
                **EXISTING_TOO,
                renew={"every": "10 days", "open": "1 day"},
            ),
            days(9),
        ],
        {"ann": "retake 2026-03-12"},
    ),
    "A10 completed": (NEW, [*DONE, publish("knife"), tomorrow], {"ann": "retake"}),
    "A10 completed, kept": (EXISTING_TOO, [*DONE, publish("knife"), tomorrow], {}),
    "A10 in progress": (
        NEW,
        [hire("ann"), has("in_progress"), publish("knife"), tomorrow],
        {"ann": "restart"},
    ),
    "A10 not started": (NEW, [hire("ann"), has("not_started"), publish("knife"), tomorrow], {}),
    "A10a two versions, once": (NEW, [*DONE, publish("knife", "knife"), tomorrow, apply], {}),
    "A10 R2 the due that those who want it give": (
        {**NEW, "due": {"days": "14"}},
        [*DONE, publish("knife"), tomorrow],
        {"ann": "retake 2026-03-17"},
    ),
    "A10 a completed module, changed courses": (
        {**START, "on_new_version": NEWS},
        [*ALL, publish("fire")],
        {"ann": "retake fire"},
    ),
    "A10b a completed module, all courses": (
        {**START, "on_new_version": {**NEWS, "courses": "all"}},
        [*ALL, publish("fire")],
        {"ann": "retake"},
    ),
    "V3 nothing in it has changed": (
        {**START, "on_new_version": NEWS},
        [*ALL, does("publish", "module/start")],
        {},
    ),
    "A10 each course by its own word": (
        {**START, "on_new_version": NEWS},
        [*HALF, publish("fire", "knife")],
        {"ann": "restart fire knife"},
    ),
    "A10 only what is in progress": (
        {**START, "on_new_version": {"in_progress": "restart"}},
        [*HALF, publish("fire", "knife")],
        {"ann": "restart fire"},
    ),
    "A10a what is kept is no reason to start over": (
        {**START, "on_new_version": {"in_progress": "restart", "courses": "all"}},
        [*HALF, publish("knife")],
        {},
    ),
    "R in progress": (QUIET, [hire("ann"), has("in_progress"), tomorrow, reassign()], "restart"),
    "R completed": (QUIET, [*DONE, tomorrow, reassign()], "retake"),
    "R completed, kept": (QUIET, [*DONE, tomorrow, reassign(completed="keep")], {}),
    "R not started": (QUIET, [hire("ann"), has("not_started"), tomorrow, reassign()], {}),
    "R not enrolled": (QUIET, [hire("ann"), reassign()], {}),
    "R0a chosen courses of a module in progress": (
        QUIET,
        [*HALF, reassign(**PARTS)],
        "restart fire knife",
    ),
    "R0a a chosen course that is completed": (
        QUIET,
        [*HALF, reassign(content="module/start", courses="knife")],
        "restart knife",
    ),
    "R0a kept": (QUIET, [*HALF, reassign(**PARTS, in_progress="keep")], {}),
    "R chosen courses of a completed module": (
        QUIET,
        [*ALL, reassign(content="module/start", courses="fire", due="2026-06-30")],
        "retake fire 2026-06-30",
    ),
    "M4 carried out once": (
        QUIET,
        [*DONE, tomorrow, reassign(), apply, does("learn", "ann", "completed"), tomorrow],
        {},
    ),
    "M4 assigned since": (QUIET, [*DONE, reassign()], {}),
    "M6 exempt": (QUIET, [*DONE, tomorrow, reassign(), EXEMPT], {}),
    "A8 whole before chosen courses": (
        {**START, "on_new_version": NEWS},
        [*ALL, publish("fire"), reassign(content="module/start")],
        "retake",
    ),
    "M3 not started": (QUIET, [hire("ann"), has("not_started"), tomorrow, remove()], "remove"),
    "M3 in progress": (QUIET, [hire("ann"), has("in_progress"), tomorrow, remove()], {}),
    "M3 in progress, in words": (
        QUIET,
        [hire("ann"), has("in_progress"), tomorrow, remove(in_progress="remove")],
        "remove",
    ),
    "M3 completed": (QUIET, [*DONE, tomorrow, remove(in_progress="remove")], {}),
    "D3 an open retake": (
        QUIET,
        [*DONE, tomorrow, reassign(), apply, tomorrow, remove()],
        "remove withdrawn",
    ),
    "M3 bound": (EXISTING_TOO, TAKEN, {}),
    "M3 bound against a later one": (
        EXISTING_TOO,
        [*TAKEN, wrote("automations", "later", assign="course/knife", **EVERYBODY_TOO)],
        {},
    ),
    "M3 out of the target and back": (
        EXISTING_TOO,
        [*TAKEN, hire("ann", "server"), apply, tomorrow, hire("ann", "cook")],
        "assign",
    ),
    "M3 a later order gives it": (
        EXISTING_TOO,
        [
            *TAKEN,
            wrote(
                *("assignments", "back"),
                assign="course/knife",
                target=EVERYBODY,
                if_assigned="reassign",
            ),
        ],
        "assign",
    ),
}


def told(workplace):
    """What is done for each trainee, in a few words."""
    return {
        trainee: " ".join(
            [
                action.kind,
                *(sorted(course.split("/")[1] for course in action.courses or ())),
                *(["withdrawn"] if action.withdrawn else []),
                *([f"{action.due.astimezone(CHICAGO):%Y-%m-%d}"] if action.due else []),
            ]
        )
        for (trainee, _), action in workplace.plan().actions.items()
    }


@pytest.mark.parametrize(("keys", "steps", "actions"), AGAIN.values(), ids=AGAIN)
def test_again(keys, steps, actions):
    expected = actions if isinstance(actions, dict) else {"ann": actions}
    assert told(lived(keys, steps)) == expected


SAFETY = {"assign": "module/safety", **EXISTING_TOO}
OFTEN = {"renew": {"every": "10 days", "open": "1 day"}}

CREDIT = {
    "C1 inside another module": (SAFETY, ALL, {"fire", "knife"}),
    "C1 while a retake is open": (
        SAFETY,
        [*ALL, does("learn", "ann", "not_started", "module/start")],
        {"fire", "knife"},
    ),
    "C1a though the enrollment is gone": (
        SAFETY,
        [*HALF, does("take_away", "ann", "module/start")],
        {"knife"},
    ),
    "C2 alone": (SAFETY, [*DONE, tomorrow], set()),
    "C3 in progress": (SAFETY, HALF, {"knife"}),
    "C7 due again": ({**SAFETY, **OFTEN}, [*ALL, days(8)], set()),
    "C7 not due again yet": ({**SAFETY, **OFTEN}, [*ALL, days(7)], {"fire", "knife"}),
    "C7 an older version": (
        {**SAFETY, "on_new_version": NEWS},
        [*ALL, publish("fire")],
        {"knife"},
    ),
    "C7 an older version that is kept": (SAFETY, [*ALL, publish("fire")], {"fire", "knife"}),
}


@pytest.mark.parametrize(("keys", "steps", "courses"), CREDIT.values(), ids=CREDIT)
def test_credit(keys, steps, courses):
    action = lived(keys, steps).plan().actions["ann", "module/safety"]

    assert {course.split("/")[1] for course in action.credited} == courses


def test_a_module_that_is_credited_as_a_whole_is_completed():
    workplace = lived(START, [hire("ann"), has("completed", "module/safety"), tomorrow])
    completed = workplace.holdings["ann", "module/safety"]["completed"]
    apply(workplace)

    row = workplace.holdings["ann", "module/start"]
    assert (row["status"], row["completed"]) == ("completed", completed), "C4"


def test_who_is_in_progress_in_what_is_left_of_a_module():
    workplace = lived(QUIET, [*HALF, reassign(content="module/start", courses="fire"), apply])

    assert workplace.holdings["ann", "module/start"]["status"] == "in_progress", "R0b"
    learned = workplace.lms.learned("ann", "module/start")
    assert {course: row["status"] for course, row in learned.items()} == {
        "course/knife": "completed",
        "course/fire": "not_started",
    }


def test_giving_and_taking_at_once_is_an_error():
    workplace = lived(QUIET, [*DONE, tomorrow, reassign(), apply, tomorrow, remove()])
    wrote("reassignments", "more", content="course/knife", target=EVERYBODY)(workplace)
    does("learn", "ann", "in_progress")(workplace)
    remove(in_progress="remove")(workplace)

    with pytest.raises(OrdersClash):
        workplace.plan()
