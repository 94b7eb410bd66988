"""What bounds a plan is told in comment and report."""

from datetime import UTC, datetime

import pytest

from reconciler.commands.planning import make_plan
from reconciler.review.html import html
from reconciler.review.markdown import markdown
from reconciler.review.model import PlanDocument
from tests.commands.desk import furnish

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
GUARD = {
    "guard": "remove", "policy": "all", "unit": "location.austin-1", "count": 30, "base": 90, "limit": "20%",
    "ceiling": 18, "loses_all": True, "breached": True, "lifts": (),
}  # fmt: skip
EDIT = {
    "policy": "automation.knives", "key": "target", "before": {"trainees": ["E7001"]}, "after": {"trainees": ["E7002"]},
    "classes": ["widening"], "more": 12, "fewer": 2,
}  # fmt: skip
CHANGE = {
    "revision": "origin/main", "base": "a" * 40, "is_known": True,
    "does": {"assign": 12, "remove": 3}, "prevents": {"assign": 0}, "edits": [EDIT],
}  # fmt: skip


WHOSE = {"policy": {"assign": 12}, "drift": {"assign": 5}}


RENAME = {"attribute": "role", "old": "cook", "new": "line-cook", "trainees": 40, "fails": True}
BOUNDS = {
    "held": "all", "fit": False, "attribution": WHOSE, "change": CHANGE, "renames": [RENAME],
    "guards": [GUARD, GUARD | {"breached": False, "unit": "location.quiet"}],
}  # fmt: skip


PARTS = {
    "held": ("Held.", "Held."),
    "the roster": ("The roster looks wrong", "The roster looks wrong"),
    "this change first": (
        "### This change assigns 12 trainings and removes fewer than 5 trainings.\n",
        "This change assigns 12 trainings and removes 3 trainings.",
    ),
    "a guard": (
        "| `remove` **holds** | `all` | location.austin-1 **loses all** | 30 | 90 | &#50;0",
        "location.austin-1",
    ),
    "an edit with its class": ("| widening | 12 | fewer than 5 |", ">widening</td>"),
    "whose doing": ("| what somebody changed in the LMS | 5 |", "what somebody changed in the LMS"),
    "a value that was renamed": ("everybody who had cook has line-cook now", "had cook has line-cook"),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("bounds") / "site")
    return make_plan(folder, as_of=NOON, no_color=True)


@pytest.fixture(scope="module")
def bounded(made):
    return PlanDocument.model_validate(made.document.model_dump() | BOUNDS)


@pytest.mark.parametrize(("comment", "report"), PARTS.values(), ids=PARTS.keys())
def test_it_tells(made, bounded, comment, report):
    assert comment in markdown(bounded, made.saved_actions, file="plan.zip", key=None)
    assert report in html(bounded, made.saved_actions, file="plan.zip")


def test_nobody_is_named_by_an_edit(made, bounded):
    assert "E700" not in markdown(bounded, made.saved_actions, file="plan.zip", key=None)


def test_guards_that_hold_nothing_are_not_told(made, bounded):
    assert "quiet" not in markdown(bounded, made.saved_actions, file="plan.zip", key=None)


def test_nothing_is_told_of_what_is_not_there(made):
    text = markdown(made.document, made.saved_actions, file="plan.zip", key=None)
    assert not {"Guards", "Held", "This change", "Whose doing"} & set(text.split("\n"))


def text_of(document, made):
    return markdown(document, made.saved_actions, file="plan.zip", key=None)


def test_a_comment_holds_the_lift_that_lets_a_held_plan_through(bounded, made):
    text = text_of(bounded, made)
    assert (
        "once. Say why, and have it reviewed:\n\n```yaml\nlifts:\n  remove-location-austin-1"
        in text
    )
    assert "    unit: location.austin-1\n    ceiling: 30\n    reason: Say why" in text
    assert "moved:\n  - {from: role.cook, to: role.line-cook} # 40 people\n```" in text
    few = bounded.model_copy(
        update={"guards": (bounded.guards[0].model_copy(update={"count": 2, "ceiling": 1}),)}
    )
    assert "    ceiling: 4\n" in text_of(few, made), "how many of the few is not told"


# the story: what of the plan stands in the way, and whether an apply writes something
WAYS = {
    "nothing": ({"held": "nothing", "fit": True}, True),
    "a guard that holds a part": ({"held": "a part", "fit": True}, True),
    "a guard that holds all": ({"held": "all", "fit": True}, False),
    "a roster that is not fit": ({"held": "nothing", "fit": False}, False),
}


@pytest.mark.parametrize(("parts", "applies"), WAYS.values(), ids=WAYS.keys())
def test_the_command_stands_only_where_it_does_something(bounded, made, parts, applies):
    document = bounded.model_copy(update=parts)
    report = html(document, made.saved_actions, file="plan.zip")
    for text in (text_of(document, made), report):
        assert ("reconciler apply plan.zip" in text) is applies
        assert ("May be applied until" in text) is applies
        assert ("writes nothing as it is" in text) is not applies
