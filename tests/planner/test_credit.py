"""What completed courses are worth when a module is assigned (C)."""

from datetime import timedelta

from reconciler.frames import Capabilities, Content
from tests.builders import CATALOG, NOON, ids, named, scene

START = {"assign": "module/start", "scope": "future-and-existing"}
MODULES = {
    **CATALOG,
    "module/other": Content("module/other", "Other", courses=("course/knife",)),
    "module/third": Content("module/third", "Third", courses=("course/knife", "course/fire")),
}
RENEW = {"every": "12 months", "open": "30 days"}


def credited(story):
    """By trainee, how many courses, and which."""
    made = story.plan()
    credit = made.contents["module/start"].credit
    return {
        one: (
            decision.credited,
            {
                course.removeprefix("course/")
                for course in credit
                if one in ids(made, credit[course])
            },
        )
        for decision in made.decisions
        for one in ids(made, decision.trainees)
    }


def learned(*lines, ago=0, **keys):
    """What ann has learned so many days ago, and an automation that assigns her the module."""
    story = scene("ann role=cook", **START, **keys).given(catalog=MODULES)
    past = story.later(days=-ago).learn(*lines) if ago else story.learn(*lines)
    return past.later(days=ago) if ago else past


@named(
    ("lines", "expected"),
    {
        "nothing learned": ([], (0, set())),
        "C1 completed in another module": (["ann module/other knife completed"], (1, {"knife"})),
        "C1 though a retake has opened it again": (
            ["ann module/other knife completed=yes"], (1, {"knife"}),
        ),
        "C1a in an enrollment of this module that is gone": (
            ["ann module/start knife completed"], (1, {"knife"}),
        ),
        "C3 in progress elsewhere": (["ann module/other knife in_progress"], (0, set())),
        "C4 all of them": (
            ["ann module/third knife completed", "ann module/third fire completed"],
            (2, {"knife", "fire"}),
        ),
        "twice in other modules": (
            ["ann module/third knife completed", "ann module/other knife completed"],
            (1, {"knife"}),
        ),
    },
)  # fmt: skip
def test_credit(lines, expected):
    story = learned(*lines)

    assert credited(story) == {"ann": expected}
    after = story.apply().held["ann", "module/start"]
    assert after["status"] == ("completed" if expected[0] == 2 else "not_started"), "C4"


def test_the_same_course_alone_and_in_a_module():
    """C2, C2a, C5: two enrollments; neither is credit for the other."""
    story = scene("ann role=cook", **START).given(catalog=MODULES).enroll("ann knife completed")
    story = story.write("automations", "alone", assign="course/knife", target={"role": "cook"},
                        scope="future-and-existing")  # fmt: skip
    assert credited(story) == {"ann": (0, set())}

    story = learned("ann module/other knife completed").write(
        "automations", "alone", assign="course/knife", target={"role": "cook"},
        scope="future-and-existing",
    )  # fmt: skip
    assert {d.content for d in story.plan().decisions} == {"course/knife", "module/start"}


@named(
    ("keys", "ago", "version", "expected"),
    {
        "renewed before it is too old": ({"renew": RENEW}, 300, 3, 1),
        "would have to be renewed": ({"renew": RENEW}, 336, 3, 0),
        "of an older version": ({"on_new_version": {"completed": "retake"}}, 1, 2, 0),
        "of the version of today": ({"on_new_version": {"completed": "retake"}}, 1, 3, 1),
        "older, and kept": ({"on_new_version": {"in_progress": "restart"}}, 1, 2, 1),
        "old, and never renewed": ({}, 3000, 1, 1),
    },
)
def test_what_would_be_redone_gives_no_credit(keys, ago, version, expected):
    """C7, C7a."""
    story = learned(f"ann module/other knife completed version={version}", ago=ago, **keys)

    assert {number for number, _ in credited(story).values()} == {expected}
    story.apply()


def test_any_automation_that_wants_it_decides():
    """C7: whatever its window or pause, and only for whom it wants."""
    story = learned("ann module/other knife completed", ago=400).hire("bob role=server")
    story = story.write("automations", "yearly", **START, target={"role": "cook"}, renew=RENEW,
                        paused="true")  # fmt: skip
    assert credited(story) == {"ann": (0, set())}

    other = story.edit("yearly", target={"role": "server"})
    assert credited(other)["ann"] == (1, {"knife"})


def test_the_latest_that_counts():
    """C1a: an older completion counts where the latest is of an older version."""
    story = learned("ann module/other knife completed version=3", ago=10,
                    on_new_version={"completed": "retake"})  # fmt: skip
    story = story.learn("ann module/third knife completed version=2")

    assert credited(story) == {"ann": (1, {"knife"})}
    row = story.apply().learned["ann", "module/start", "course/knife"]
    assert row["completed"] == NOON - timedelta(days=10)


def test_an_lms_without_credit():
    """D6: it gives none, so none is promised."""
    story = learned("ann module/other knife completed")
    story = story.given(capabilities=Capabilities(credits=False))

    assert credited(story) == {"ann": (0, set())}


def test_a_restart_gives_no_credit():
    """C7: on first assignment only."""
    story = learned("ann module/other knife completed").enroll("ann module/start in_progress")
    story = story.learn("ann module/start knife", "ann module/start fire in_progress").write(
        "reassignments", "again", content="module/start", target={"role": "cook"}
    )
    after = story.later(days=1).apply()

    assert after.learned["ann", "module/start", "course/knife"]["status"] == "not_started"
