"""What a plan does, counted: by action, by cause, by place."""

from datetime import UTC, datetime

import polars as pl
import pytest

from reconciler.commands.planning import make_plan
from reconciler.planner.actions import Action
from reconciler.review.deeds import CHIEF, DEEDS, by_action, by_cause, by_location, deed, why
from reconciler.review.model import DecisionReport
from tests.commands.desk import furnish

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
TWICE = """\
automations:
  all: {assign: course/knife-safety, target: {everyone: true}, scope: future-and-existing}
  cooks: {assign: course/knife-safety, target: {role: cook}, scope: future-and-existing}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("deeds") / "site", policy=TWICE)
    return make_plan(folder, as_of=NOON, no_color=True)


def test_every_action_has_its_words():
    assert {str(action) for action in Action} <= set(DEEDS)
    assert set(CHIEF) <= set(DEEDS)


def test_an_action_of_tomorrow_is_told_and_taken_for_a_loss():
    assert deed("archive").title == "Archive"
    assert deed("archive").loses
    one = {"content": "course/a", "causes": ["automation.a"], "trainees": 9}
    assert why(DecisionReport(action="archive", effect="early", **one)) == "early"


def test_why_work_starts_over():
    """R1."""
    one = {"content": "course/a", "causes": ["automation.a"], "trainees": 9}
    told = why(DecisionReport(action="retake", effect="whole", why=["renewal"], **one))
    assert told == "all of it starts over, since a completion has come to its renewal"


def test_a_row_counts_once_for_the_plan_and_for_each_of_its_causes(made):
    """A8."""
    assert by_action(made.document) == {"assign": 4}
    assert by_cause(made.document) == {
        "automation.all": {"assign": 4},
        "automation.cooks": {"assign": 3},
    }


def test_blocked_actions_count_for_nobody(made):
    blocked = tuple(
        one.model_copy(update={"blocked": "no account"}) for one in made.document.decisions
    )
    assert not by_action(made.document.model_copy(update={"decisions": blocked}))


def rows(*several):
    return pl.DataFrame(
        several,
        schema={"trainee": pl.String, "action": pl.String, "location": pl.String},
        orient="row",
    )


def test_who_works_at_two_locations_counts_at_both():
    found = by_location(
        rows(
            ("ann", "assign", "austin-1 | boston-1"),
            ("ann", "remove", "austin-1 | boston-1"),
            ("bob", "assign", "boston-1"),
            ("cat", "assign", None),
        )
    )
    assert found.rows(named=True) == [
        {"location": "boston-1", "people": 2, "rows": 3, "assign": 2, "remove": 1},
        {"location": "austin-1", "people": 1, "rows": 2, "assign": 1, "remove": 1},
    ]


@pytest.mark.parametrize(
    "actions", [rows(), rows(("ann", "assign", None)), rows().drop("location")]
)
def test_nobody_has_a_location(actions):
    assert by_location(actions).is_empty()
