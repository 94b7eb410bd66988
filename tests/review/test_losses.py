"""What a plan costs people: heads, courses and minutes (R1, R1a), and how it is shown."""

from reconciler.frames import Capabilities, Content
from reconciler.review.losses import losses
from tests.builders import CATALOG, named, scene
from tests.review.test_terminal import told

COOKS = {"target": {"role": "cook"}}
TIMED = {
    **CATALOG,
    "course/knife": Content("course/knife", "Knives", minutes=20),
    "course/fire": Content("course/fire", "Fire", minutes=45),
    "course/old": Content("course/old", "Old"),
    "module/flat": Content("module/flat", "Flat", minutes=90, courses=("course/old",)),
}


def again(content, *lines, **keys):
    """A reassignment one day after these enrollments were made."""
    order = {"content": content, **COOKS, **keys}
    story = scene("ann role=cook", "bob role=cook", rules={"reassignments": {"o": order}})
    return story.enroll(*lines).given(catalog=TIMED).later(days=1)


def cost(story):
    made = story.plan()
    return losses(made.decisions, made.world)


@named(
    ("content", "keys", "minutes"),
    {
        "a course": ("course/knife", {}, 40),
        "a module: its courses": ("module/start", {}, 130),
        "chosen courses": ("module/start", {"courses": ["fire"]}, 90),
        "a module whose courses have none": ("module/flat", {}, 180),
        "chosen courses without any": ("module/flat", {"courses": ["old"]}, 0),
        "a course without any": ("course/old", {}, 0),
    },
)
def test_minutes(content, keys, minutes):
    """R1a: for each trainee."""
    story = again(content, f"ann {content} completed", f"bob {content} completed", **keys)

    assert (cost(story).retake, cost(story).minutes) == (2, minutes)


def test_heads():
    """R1: restarts apart from retakes, and what is taken away in progress."""
    story = again("course/knife", "ann knife completed", "bob knife in_progress")
    found = cost(story)
    assert (found.retake, found.restart, found.removed_in_progress) == (1, 1, 0)

    order = {"content": "course/knife", **COOKS, "in_progress": "remove"}
    story = scene("ann role=cook", rules={"removals": {"o": order}}).enroll("ann knife in_progress")
    assert cost(story.later(days=1)).removed_in_progress == 1


MODULE = "ann module/start in_progress"

# the story: what is to be removed, what is known of the courses in it, and how much of it may be lost
TAKEN = {
    "not started": ("ann knife", [], 0),
    "in progress": ("ann knife in_progress", [], 1),
    "a retake that nobody has begun": ("ann knife completed=yes", [], 0),
    "a retake in progress": ("ann knife in_progress completed=yes", [], 1),
    "a module in progress": (MODULE, ["ann module/start knife completed"], 1),
    "a retake of one course, not begun": (
        f"{MODULE} completed=yes",
        ["ann module/start knife completed", "ann module/start fire completed=yes"],
        0,
    ),
    "a retake of one course, begun": (
        f"{MODULE} completed=yes",
        ["ann module/start knife completed", "ann module/start fire in_progress completed=yes"],
        1,
    ),
    "a retake of a module of which nobody knows more": (f"{MODULE} completed=yes", [], 1),
    "where only of somebody else more is known": (
        f"{MODULE} completed=yes", ["bob module/start knife completed"], 1,
    ),
}  # fmt: skip


@named("held, learned, lost", TAKEN)
def test_only_what_may_be_lost_counts_as_removed_in_progress(held, learned, lost):
    """R1b: of a withdrawn retake, where some course is in progress or nobody knows (D3b)."""
    content = "module/start" if "module" in held else "course/knife"
    order = {"content": content, **COOKS, "in_progress": "remove"}
    story = scene("ann role=cook", "bob role=cook", rules={"removals": {"o": order}})
    story = story.enroll(held).learn(*learned).later(days=1)

    assert [one.action for one in story.plan().decisions] == ["remove"]
    assert cost(story).removed_in_progress == lost
    assert ("what was done of it is lost" in told(story)) is bool(lost)


def test_a_module_in_progress_goes_on_while_a_completed_course_in_it_is_taken_again():
    """A10: `completed` alone governs that course."""
    story = (
        scene(
            "ann role=cook", "bob role=cook", scope="future-and-existing", assign="module/start",
            on_new_version={"completed": "retake"},
        )
        .enroll("ann module/start in_progress", "bob module/start in_progress")
        .learn("ann module/start knife completed version=2", "ann module/start fire in_progress")
        .later(days=1)
    )  # fmt: skip
    found = cost(story)
    assert (found.restart, found.going_on, found.courses) == (1, 1, {"course/knife": 1})

    said = told(story)
    assert "Restart 1 in progress, and completed courses in it are to be taken again: ann" in said
    assert "begins again" not in said.partition("Restart 1")[2]

    order = {"content": "module/start", "target": {"trainees": ["bob"]}}
    story = story.learn("bob module/start fire in_progress").write("reassignments", "o", **order)
    found = cost(story)
    assert (found.restart, found.going_on) == (2, 1)


def test_what_is_blocked_costs_nothing():
    story = again("course/knife", "ann knife completed")

    assert cost(story.given(capabilities=Capabilities(reassigns=False))).retake == 0


def test_the_totals_stand_apart():
    """R1: from what loses nothing."""
    said = told(
        again("module/start", "ann module/start completed", courses=["fire"]).learn(
            "ann module/start fire completed"
        )
    )

    assert "has 1 completed training taken again, for 1 person in all" in said
    assert "What this costs people ! 1 retake: completed work is to be done again" in said
    assert "up to 45 minutes of training to do again" in said
    assert "Retake 1 completed, and to be done again: ann of it 1 course/fire" in said


def test_credit_is_shown():
    """C6."""
    story = scene("ann role=cook", assign="module/start", scope="future-and-existing")
    story = story.learn("ann module/other knife completed")

    assert "Credited 1 1 of 2 courses credited" in told(story)
    whole = story.learn("ann module/other fire completed")
    assert "2 of 2 courses credited; so completed at once" in told(whole)


def test_withdrawals_are_shown():
    """D3."""
    order = {"content": "course/knife", **COOKS}
    story = scene("ann role=cook", rules={"removals": {"o": order}}).enroll(
        "ann knife completed=yes"
    )
    said = told(story.later(days=1))

    assert "withdraws 1 retake" in said
    assert "Withdrawn 1 of these, retakes; what was completed stays" in said
