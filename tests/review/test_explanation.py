"""What an explanation says in words: what is held, what starts over, what is due, who has left."""

from io import StringIO

from rich.console import Console

from reconciler.planner.explain import explain
from reconciler.review.explanation import show_explanation
from tests.builders import named, scene

KNIFE, START = "course/knife", "module/start"
EXISTING = {"scope": "future-and-existing"}
COOKS = {"target": {"role": "cook"}}
NOBODY = {"all": {"assign": "0", "remove": "0", "restart_and_retake": "0"}}
OUT = {**EXISTING, "on_exit": "remove"}


def told(story, content=KNIFE, trainee="ann"):
    """All that is said, as one line."""
    text = StringIO()
    answer = explain(story.plan(), trainee, content)
    show_explanation(answer, Console(file=text, width=300, no_color=True))
    return " ".join(text.getvalue().split())


def left():
    """Ann has left the audience of a rule that gave her what it assigns; bob stays."""
    story = scene("ann role=cook", "bob role=cook", **OUT).apply()
    return story.hire("ann role=server").later(days=1)


def ordered(section, **order):
    rules = {section: {"o": {"content": KNIFE, **COOKS, **order}}}
    return scene("ann role=cook", rules=rules)


@named(
    ("story", "answer", "conclusion"),
    {
        "an assignment": (
            lambda: scene("ann role=cook", **EXISTING),
            "ann would be assigned course/knife, by automation.knife.",
            "→ held (held by guard): would be enrolled, but a guard holds it",
        ),
        "a removal by a rule": (
            left,
            "ann would be removed from course/knife, by automation.knife.",
            "→ not in the audience: would be removed, but a guard holds it",
        ),
        "a removal by an order": (
            lambda: ordered("removals").enroll("ann knife").later(days=1),
            "ann would be removed from course/knife, by removal.o.",
            "→ held (held by guard): would be removed, but a guard holds it",
        ),
        "a restart": (
            lambda: ordered("reassignments").enroll("ann knife in_progress").later(days=1),
            "ann would lose the progress in course/knife, by reassignment.o: an order says so.",
            "→ held (held by guard): would lose the progress in it, but a guard holds it",
        ),
        "a retake": (
            lambda: ordered("reassignments").enroll("ann knife completed").later(days=1),
            "ann would have to take again course/knife, by reassignment.o: an order says so.",
            "→ held (held by guard): would have to take it again, but a guard holds it",
        ),
    },
)  # fmt: skip
def test_what_a_guard_holds_is_called_by_what_it_would_be(story, answer, conclusion):
    """D4, G4."""
    said = told(story().guarded(**NOBODY))

    assert answer in said
    assert "A guard holds it: nothing of that is written." in said
    assert conclusion in said


def begun(*lessons, **on_new_version):
    """Ann is in progress in the module, and course/knife has another version by now."""
    story = scene("ann role=cook", assign=START, **EXISTING, on_new_version=on_new_version)
    story = story.enroll("ann module/start in_progress")
    return story.learn(*(f"ann module/start {one}" for one in lessons)).later(days=1)


OLD_KNIFE = "new version of course/knife, "


@named(
    ("story", "says"),
    {
        "a completed course, to be retaken": (
            lambda: begun("knife completed version=2", "fire in_progress", completed="retake"),
            [f"{OLD_KNIFE}completed: on_new_version has `completed: retake` ",
             "is to take again course/knife in module/start, by automation.knife: a new version",
             "→ goes on (reassigned): completed courses in it are to be taken again"],
        ),
        "a completed course, kept": (
            lambda: begun("knife completed version=2", in_progress="restart"),
            [f"{OLD_KNIFE}completed: on_new_version has `completed: keep`: it is kept"],
        ),
        "a course in progress, kept": (
            lambda: begun("knife in_progress version=2", completed="retake"),
            [f"{OLD_KNIFE}in progress: on_new_version has `in_progress: keep`: it is kept"],
        ),
        "a course in progress, restarted": (
            lambda: begun("knife in_progress version=2", in_progress="restart"),
            [f"{OLD_KNIFE}in progress: on_new_version has `in_progress: restart` ",
             "will lose the progress in module/start (course/knife), by automation.knife"],
        ),
        "each by its own key": (
            lambda: begun("knife completed version=2", "fire in_progress version=0",
                          completed="retake"),
            [f"{OLD_KNIFE}completed: on_new_version has `completed: retake` ",
             "new version of course/fire, in progress: on_new_version has `in_progress: keep`"],
        ),
    },
)  # fmt: skip
def test_a_new_version_in_a_module_in_progress(story, says):
    """A10: `in_progress` governs its courses in progress, and `completed` its completed ones."""
    said = told(story(), START)

    for words in says:
        assert words in said, said


def test_of_a_course_that_was_not_begun_nothing_is_said():
    """A10."""
    story = begun("knife version=2", completed="retake", in_progress="restart")

    assert "new version" not in told(story, START)


IN_TWO_WEEKS = {"due": {"days": 14}}
LATE = "the day that the rule says is over, or too near"


@named(
    ("story", "says"),
    {
        "days after the assignment": (
            lambda: scene("ann role=cook", **EXISTING, **IN_TWO_WEEKS), "due 2026-03-16 activity",
        ),
        "a day that is over": (
            lambda: scene("ann role=cook", **EXISTING, due="2026-02-01"),
            f"due 2026-03-03; {LATE} activity",
        ),
        "of several people, each their own": (
            lambda: scene(
                "bob role=cook hired=2026-03-01", "ann role=cook hired=2026-02-26", **EXISTING,
                due={"days": 10, "after": "hire_date"},
            ),
            "due 2026-03-08 activity",
        ),
        "of several rules, the earliest": (
            lambda: scene("ann role=cook", **EXISTING, **IN_TWO_WEEKS).write(
                "automations", "blade", assign=KNIFE, **COOKS, **EXISTING, due="2026-03-20"
            ),
            "due 2026-03-16 activity",
        ),
        "a hire date that is missing": (
            lambda: scene(
                "ann role=cook hired=?", **EXISTING, due={"days": 10, "after": "hire_date"}
            ),
            "no due date: the hire date is missing activity",
        ),
        "work that starts over": (
            lambda: ordered("reassignments", due="2026-04-01").enroll("ann knife completed")
            .later(days=1),
            "due 2026-04-01 activity",
        ),
        "another due date": (
            lambda: scene("ann role=cook", **EXISTING, **IN_TWO_WEEKS).apply().later(days=1)
            .edit(due={"days": 20, "update_existing": True}),
            "due 2026-03-22 activity",
        ),
        "no rule says one": (lambda: scene("ann role=cook", **EXISTING), "knife. activity"),
        "a removal": (left, "knife. activity"),
    },
)  # fmt: skip
def test_when_it_is_due(story, says):
    """A9: as the plan writes it."""
    assert says in told(story())


def begun_and_left(**keys):
    story = scene("ann role=cook", "bob role=cook", **EXISTING, **keys).apply()
    return story.enroll("ann knife in_progress").hire("ann role=server").later(days=1)


HAS_LEFT = "has left the audience, and on_exit is"


@named(
    ("story", "says"),
    {
        "it is removed": (left, f"{HAS_LEFT} `remove` →"),
        "kept by default": (begun_and_left, f"{HAS_LEFT} `keep`: it is kept →"),
        "kept, for it was begun": (
            lambda: begun_and_left(on_exit="remove-not-started"),
            f"{HAS_LEFT} `remove-not-started`: it is in progress, and so kept →",
        ),
        "what was completed stays": (
            lambda: begun_and_left(on_exit="remove").enroll("ann knife completed"),
            f"{HAS_LEFT} `remove`: what was completed stays (D3) →",
        ),
        "an open retake": (
            lambda: begun_and_left(on_exit="remove").enroll("ann knife completed=yes"),
            f"{HAS_LEFT} `remove` →",
        ),
        "not while the rule is paused": (
            lambda: begun_and_left(on_exit="remove").edit(paused=True),
            f"{HAS_LEFT} `remove`: not while the rule is paused →",
        ),
        "somebody else holds it": (
            lambda: scene("ann role=cook,server", **OUT).write(
                "automations", "serve", assign=KNIFE, target={"role": "server"}, **OUT
            ).apply().hire("ann role=server").later(days=1),
            f"{HAS_LEFT} `remove`: kept for automation.serve →",
        ),
        "an order gave it": (
            lambda: scene("ann role=cook", **OUT).write(
                "assignments", "recall", assign=KNIFE, **COOKS
            ).apply().hire("ann role=server").later(days=1),
            f"{HAS_LEFT} `remove`: kept for assignment.recall →",
        ),
        "who works here no more": (
            lambda: left().hire("ann role=cook activity=inactive"), f"{HAS_LEFT} `remove` →",
        ),
    },
)  # fmt: skip
def test_what_becomes_of_the_enrollment_of_who_has_left(story, says):
    """A12."""
    assert says in told(story())


@named(
    "story",
    {
        "who is in the audience": lambda: scene("ann role=cook", **OUT).apply(),
        "who never had it": lambda: scene("ann role=server", **OUT).apply(),
        "who has it of somebody else": lambda: (
            scene("ann role=server", **OUT).enroll("ann knife").apply()
        ),
    },
)
def test_who_has_not_left_is_not_told_of_it(story):
    assert HAS_LEFT not in told(story())


@named(
    ("story", "says"),
    {
        "a role that was emptied": (
            lambda: left().hire("ann role="),
            "role was filled when last seen, and is empty: that is no exit (A4, A12) → not in the",
        ),
        "a department that came from it": (
            lambda: scene("ann role=cook", "bob role=cook", **OUT,
                          target={"department": "kitchen"})
            .apply().later(days=1).hire("ann role="),
            "department was filled when last seen, and is empty: that is no exit",
        ),
        "who is absent": (
            lambda: left().drop("ann"), "→ nobody can tell: absent from the roster",
        ),
    },
)  # fmt: skip
def test_who_has_not_left_for_nobody_knows(story, says):
    """A4, A12, P5."""
    assert says in told(story())


@named(
    ("story", "says"),
    {
        "given back": (
            lambda: scene("ann role=cook", **EXISTING).apply().take_away("ann knife"),
            ["by automation.knife: given back; somebody had removed it in the LMS.",
             "enrollment: none; given by automation.knife, and removed in the LMS by somebody"],
        ),
        "an order that gave it": (
            lambda: scene("ann role=cook", rules={"assignments": {"o": {"assign": KNIFE, **COOKS}}})
            .apply().take_away("ann knife"),
            ["was in this order, which gave it; the LMS has it no more, and an order gives once (M4)"],
        ),
        "an order that is done": (
            lambda: ordered("reassignments").enroll("ann knife completed").later(days=1).apply(),
            ["→ was in this order, which has nothing left to do for them"],
        ),
        "an order took it": (
            lambda: scene("ann role=cook", **EXISTING).apply().later(days=1)
            .write("removals", "old", content=KNIFE, **COOKS).apply(),
            ["enrollment: none taken away by removal.old"],
        ),
        "who is absent for so long that they count as gone": (
            lambda: left().drop("ann").given(inactive_after=30).apply().later(days=40),
            ["→ not in the audience"],
        ),
        "new": (lambda: scene("ann role=cook", **EXISTING), ["by automation.knife. activity"]),
    },
)  # fmt: skip
def test_what_somebody_removed_in_the_lms(story, says):
    """A13."""
    said = told(story())

    for words in says:
        assert words in said, said
