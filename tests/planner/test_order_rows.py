"""What orders ask of those who have a content: the table of R, once for each trainee (M1, M2, M4)."""

import pytest

from reconciler.frames import Capabilities, Content
from tests.builders import CATALOG, actions, causes, dues, named, reasons, scene, stored

COOKS = {"target": {"role": "cook"}}
AGAIN = {"content": "course/knife", **COOKS}
PARTLY = {"content": "module/start", "courses": ["knife"], **COOKS}


def ordered(*lines, people=("ann role=cook",), **keys):
    """A reassignment for cooks, one day after these enrollments were made."""
    rules = {"reassignments": {"again": {**AGAIN, **keys}}}
    return scene(*people, rules=rules).enroll(*lines).later(days=1)


@named(
    ("line", "keys", "action", "reason"),
    {
        "not enrolled": ("bob knife", {}, None, "not enrolled"),
        "not started": ("ann knife", {}, None, "satisfied"),
        "in progress": ("ann knife in_progress", {}, "restart", "reassigned"),
        "in progress, kept": ("ann knife in_progress", {"in_progress": "keep"}, None, "satisfied"),
        "completed": ("ann knife completed", {}, "retake", "reassigned"),
        "completed, kept": ("ann knife completed", {"completed": "keep"}, None, "satisfied"),
        "status unknown": ("ann knife unknown", {}, None, "satisfied"),
    },
)
def test_the_whole_content(line, keys, action, reason):
    """R, D4c; nothing is done twice (M4)."""
    story = ordered(line, **keys)

    assert actions(story) == ({f"{action} ann knife"} if action else set())
    assert reasons(story, "reassignment.again") == {"ann": reason}
    after = story.apply().later(days=1)
    assert stored(after, "open", "reassignment.again") == ""
    assert actions(after.enroll("ann knife completed")) == set(), "once, and never again"


@named(
    ("status", "learned", "keys", "expected"),
    {
        "completed: to be taken again": (
            "completed", "knife completed, fire completed", {},
            ("in_progress", {"knife": "not_started", "fire": "completed"}),
        ),
        "completed, kept": ("completed", "knife completed", {"completed": "keep"}, None),
        "in progress: the completed course too": (
            "in_progress", "knife completed, fire in_progress", {},
            ("in_progress", {"knife": "not_started", "fire": "in_progress"}),
        ),
        "in progress, R0b: nothing is left of it": (
            "in_progress", "knife in_progress, fire", {},
            ("not_started", {"knife": "not_started", "fire": "not_started"}),
        ),
        "in progress: the course is not started": (
            "in_progress", "knife, fire in_progress", {}, None,
        ),
        "in progress, kept": (
            "in_progress", "knife completed, fire in_progress", {"in_progress": "keep"}, None,
        ),
        "R0a completed: keep is about completed modules": (
            "in_progress", "knife completed, fire in_progress", {"completed": "keep"},
            ("in_progress", {"knife": "not_started", "fire": "in_progress"}),
        ),
        "not started": ("not_started", "knife, fire", {}, None),
    },
)  # fmt: skip
def test_chosen_courses(status, learned, keys, expected):
    """R, R0a, R0b, R3: the earlier completion stays."""
    story = scene("ann role=cook", rules={"reassignments": {"again": {**PARTLY, **keys}}})
    story = story.enroll(f"ann module/start {status}").learn(
        *(f"ann module/start {part}" for part in learned.split(", "))
    )
    after = story.later(days=1).apply()

    if expected is None:
        assert actions(story.later(days=1)) == set()
        return
    rows = {course.removeprefix("course/"): row for (_, _, course), row in after.learned.items()}
    assert after.held["ann", "module/start"]["status"] == expected[0]
    assert {course: row["status"] for course, row in rows.items()} == expected[1]
    before = story.learned["ann", "module/start", "course/knife"]
    assert rows["knife"]["completed"] == before["completed"], "R3"


def test_a_course_that_the_module_has_lost():
    """M1a: the chosen courses that are left; none left, nothing to do."""
    without = {
        **CATALOG, "module/start": Content("module/start", "Start", courses=("course/fire",)),
    }  # fmt: skip
    story = scene("ann role=cook", rules={"reassignments": {"again": PARTLY}})
    story = story.enroll("ann module/start completed").given(catalog=without).later(days=1)

    assert actions(story) == set()
    assert stored(story.apply(), "open", "reassignment.again") == ""


def test_two_orders_on_one_module():
    """R0a, A8: completed all of it, in progress the chosen courses; one action for each."""
    rules = {
        "reassignments": {
            "all": {"content": "module/start", **COOKS, "in_progress": "keep"},
            "some": {**PARTLY, "completed": "keep"},
        }
    }
    story = scene("ann role=cook", "bob role=cook", rules=rules)
    story = story.enroll("ann module/start completed", "bob module/start in_progress").learn(
        "ann module/start knife completed", "bob module/start knife completed"
    )
    found = {d.causes: (str(d.action), d.courses) for d in story.later(days=1).plan().decisions}

    assert found == {
        ("reassignment.all",): ("retake", None),
        ("reassignment.some",): ("restart", ("course/knife",)),
    }
    story.later(days=1).apply()


@named(
    ("first", "second", "expected"),
    {
        "the whole before chosen courses": ({}, {"courses": ["fire"]}, None),
        "chosen courses united": (
            {"courses": ["fire"]}, {"courses": ["knife"]}, ("course/knife", "course/fire"),
        ),
    },
)  # fmt: skip
def test_the_widest_effect(first, second, expected):
    """A8: one action, all causes listed, the earliest due date."""
    about = {"content": "module/start", **COOKS}
    rules = {
        "reassignments": {
            "one": {**about, **first, "due": "2026-05-01"},
            "two": {**about, **second, "due": "2026-04-01"},
        }
    }
    story = scene("ann role=cook", rules=rules).enroll("ann module/start completed")
    story = story.learn("ann module/start knife completed", "ann module/start fire completed")
    story = story.later(days=1)
    (decision,) = story.plan().decisions

    assert decision.courses == expected
    assert causes(story) == {"ann": ("reassignment.one", "reassignment.two")}
    assert dues(story) == {"ann": "2026-04-01 23:59:59"}


def test_nobody_loses_more_than_some_text_says():
    """A8d: a new version governs courses in progress, the order another course."""
    rules = {
        "automations": {
            "start": {
                "assign": "module/start", **COOKS, "scope": "future-and-existing",
                "on_new_version": {"in_progress": "restart", "courses": "all"},
            }
        },
        "reassignments": {"again": {**PARTLY, "courses": ["fire"]}},
    }  # fmt: skip
    story = scene("ann role=cook", rules=rules).enroll("ann module/start in_progress")
    story = story.learn(
        "ann module/start knife completed", "ann module/start fire in_progress"
    ).given(catalog={**CATALOG, "course/fire": Content("course/fire", "Fire", version=2)})
    (decision,) = (
        story.learn("ann module/start fire in_progress version=1").later(days=1).plan().decisions
    )

    assert decision.courses == ("course/fire",)


@named(
    ("line", "expected"),
    {
        "never had it": (None, {"assign ann knife"}),
        "not started": ("ann knife", set()),
        "in progress": ("ann knife in_progress", {"restart ann knife"}),
        "completed": ("ann knife completed", {"retake ann knife"}),
    },
)
def test_an_assignment_that_reassigns(line, expected):
    """M1; who has it and is left as they are is held from then on (A8b)."""
    order = {"assign": "course/knife", **COOKS, "if_assigned": "reassign"}
    story = scene("ann role=cook", rules={"assignments": {"o": order}})
    story = (story.enroll(line) if line else story).later(days=1)

    assert actions(story) == expected
    after = story.apply()
    kind = "gave" if expected else "held"
    assert stored(after, kind, "assignment.o") == "ann", "M2: a restart counts as given"


def test_who_had_it_once_is_assigned_it():
    """M1: `reassign` includes those who ever had it."""
    story = scene("ann role=cook", scope="future-and-existing", on_exit="remove").apply()
    story = story.hire("ann role=server").apply().later(days=1)
    order = {"assign": "course/knife", "target": {"everyone": "true"}}

    assert actions(story.write("assignments", "o", **order)) == set()
    story = story.write("assignments", "o", **order, if_assigned="reassign")
    assert actions(story) == {"assign ann knife"}


def test_what_an_order_restarted_does_not_exit():
    """M2, A12: it counts as given by the order."""
    story = scene("ann role=cook", scope="future-and-existing", on_exit="remove").apply()
    story = (
        story.enroll("ann knife in_progress").later(days=1).write("reassignments", "again", **AGAIN)
    )
    story = story.apply().later(days=1).hire("ann role=server")

    assert actions(story) == set()


def test_a_cut_off_order_finishes_the_rest_and_repeats_nothing():
    """M4: its writes carry its as-of, and newer progress is not lost."""
    people = ("ann role=cook", "bob role=cook")
    story = ordered("ann knife completed", "bob knife completed", people=people)
    story = story.apply(refuse=["bob"]).later(days=2)
    assert stored(story, "open", "reassignment.again") == "bob"

    story = story.enroll("ann knife completed", "cat knife completed").hire("cat role=cook")
    assert actions(story) == {"retake bob knife"}
    (decision,) = story.plan().decisions
    assert decision.assigned < story.as_of


def test_a_row_that_was_assigned_since_is_done():
    """M4, M4d: somebody gave it anew in the LMS after the order was recorded."""
    story = ordered("ann knife completed").apply(refuse=["ann"]).later(days=1)
    story = story.take_away("ann knife").enroll("ann knife completed").later(days=1)

    assert actions(story) == set()
    assert stored(story.apply(), "open", "reassignment.again") == ""


def test_a_restart_finishes_a_due_date_that_was_to_be_moved():
    """A9d: or the next plan would move it again."""
    due = {"days": 30, "update_existing": "true"}
    story = scene("ann role=cook", scope="future-and-existing", due={"days": 9}).apply()
    story = story.enroll("ann knife in_progress").later(days=1).edit(due=due)
    story = story.write("reassignments", "again", **AGAIN, due="2026-05-01")

    assert actions(story) == {"restart ann knife"}
    assert stored(story.apply(), "redue") == ""


@named(
    ("hired", "due"),
    {
        "before the hire date": ("2026-03-30", "2026-03-31 23:59:59"),
        "after it": ("2026-03-05", "2026-03-20 23:59:59"),
        "no hire date": ("?", "2026-03-20 23:59:59"),
    },
)
def test_a_due_date_before_the_hire_date(hired, due):
    """A9c."""
    rules = {"assignments": {"o": {"assign": "course/knife", **COOKS, "due": "2026-03-20"}}}
    story = scene(f"ann role=cook hired={hired}", "bob role=cook", rules=rules)

    assert dues(story) == {"ann": due, "bob": "2026-03-20 23:59:59"}


@named(
    ("able", "keys", "expected"),
    {
        "nothing starts over": ({"reassigns": False}, {}, {"blocked ann module/start"}),
        "no parts do": (
            {"reassigns_courses": False}, {"courses": ["knife"]}, {"blocked ann module/start"},
        ),
        "no parts, all of it": ({"reassigns_courses": False}, {}, {"retake ann module/start"}),
        "no due dates, none given": ({"due_dates": False}, {}, {"retake ann module/start"}),
        "no due dates": (
            {"due_dates": False}, {"due": "2026-05-01"}, {"blocked ann module/start"},
        ),
    },
)  # fmt: skip
def test_what_the_lms_cannot_start_over_is_blocked(able, keys, expected):
    """D6c: the row stays open, and the rest goes through."""
    about = {"content": "module/start", **COOKS, **keys}
    story = scene("ann role=cook", rules={"reassignments": {"again": about}})
    story = story.enroll("ann module/start completed").learn("ann module/start knife completed")
    story = story.later(days=1).given(capabilities=Capabilities(**able))

    assert actions(story) == expected
    is_blocked = expected == {"blocked ann module/start"}
    assert reasons(story, "reassignment.again") == {
        "ann": "blocked by capability" if is_blocked else "reassigned"
    }
    assert stored(story.apply(), "open", "reassignment.again") == ("ann" if is_blocked else "")


@pytest.mark.parametrize("source", ["course/knife", "automation.knife"])
def test_an_exemption_from_a_content_beats_orders(source):
    """M6."""
    story = ordered("ann knife completed").write(
        "automations", "knife", assign="course/knife", target={"role": "cook"}
    )
    story = story.write(
        "exemptions", "x", **{"from": source}, target={"everyone": "true"}, reason="leave"
    )

    beats = source == "course/knife"
    assert reasons(story, "reassignment.again") == {"ann": "exempt" if beats else "reassigned"}
