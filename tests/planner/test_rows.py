"""What a decision writes for each of its trainees: one row, in the order of ids (A8, A9, D1, D7)."""

from reconciler.planner.rows import ACTIONS, actions
from tests.builders import NOON, named, scene

EXISTING = {"scope": "future-and-existing"}
HIRED = {"due": {"days": 20, "after": "hire_date"}}


def rows(story):
    made = story.plan()
    frame = ACTIONS.check(actions(made.rows, made.people))
    return frame.select("trainee", "action", "content").rows()


@named(
    ("story", "expected"),
    {
        "sorted by id, whatever the order of rows and numbers": (
            lambda: scene("zoe role=cook", "ann role=cook", "bob role=cook", **EXISTING),
            [("ann", "assign"), ("bob", "assign"), ("zoe", "assign")],
        ),
        "sorted, where each has a due date": (
            lambda: scene("zoe role=cook", "ann role=cook", **EXISTING, **HIRED),
            [("ann", "assign"), ("zoe", "assign")],
        ),
        "removals": (
            lambda: (
                scene("zoe role=cook", "ann role=cook", **EXISTING, on_exit="remove")
                .apply()
                .hire("zoe role=x", "ann role=x")
            ),
            [("ann", "remove"), ("zoe", "remove")],
        ),
        "blocked decisions have none": (
            lambda: scene("ann role=cook", **EXISTING).given(accounts=frozenset()),
            [],
        ),
        "nothing to do": (lambda: scene("ann role=x", **EXISTING), []),
    },
)
def test_rows(story, expected):
    assert [row[:2] for row in rows(story())] == expected


def test_instants():
    """D7: an enrollment's assigned instant is the plan's as-of."""
    made = scene("ann role=cook", "bob role=cook hired=?", **EXISTING, **HIRED).plan()
    frame = actions(made.rows, made.people)

    assert frame["assigned"].to_list() == [NOON] * 2
    assert frame["due"].is_null().to_list() == [False, True]
    assert frame["position"].to_list() == [0, 1]


def test_a_removal_writes_no_instants():
    story = scene("ann role=cook", **EXISTING, on_exit="remove").apply().hire("ann role=x")
    made = story.plan()
    frame = actions(made.rows, made.people)

    assert frame.select("assigned", "due").rows() == [(None, None)]
