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
             "is to take again course/knife in module/start, by automation.knife: a new version"],
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
