"""The rows of a plan as tables: what a decision or a person says is said once, and read back."""

from io import BytesIO

import polars as pl
import pytest

from reconciler.planner.rows import actions
from reconciler.review.packed import OtherRows, as_parquet, read_rows, rows_in, tables_of
from tests.builders import named, scene
from tests.planner.rules import EXISTING

HIRED = {"due": {"days": 20, "after": "hire_date"}}
ANN, BOB, ZOE = "ann role=cook", "bob role=cook location=b", "zoe role=cook location=a"


def of_several_attributions():
    """The rule is for servers too by now, and Bob is new."""
    begun = scene("ann role=server", "cas role=cook", **EXISTING).apply()
    wider = {"assign": "course/knife", "target": {"role": ["cook", "server"]}, **EXISTING}
    return begun.write("automations", "knife", **wider).hire(BOB).later(days=1)


def decided(plan):
    return [rows.decision for rows in plan.rows]


def read(plan):
    sizes = [len(one.trainees) for one in decided(plan)]
    return read_rows(as_parquet(tables_of(plan)), decided(plan), sizes)


STORIES = {
    "some have no location": (
        lambda: scene(ZOE, ANN, BOB, **EXISTING),
        [("ann", "knife", None), ("bob", "knife", "b"), ("zoe", "knife", "a")],
    ),
    "nobody has a location": (lambda: scene(ANN, **EXISTING), [("ann", "knife", None)]),
    "each has a due date": (
        lambda: scene(f"{ZOE} hired=2026-03-01", f"{ANN} hired=?", BOB, **EXISTING, **HIRED),
        [("ann", "knife", None), ("bob", "knife", "b"), ("zoe", "knife", "a")],
    ),
    "attributed to different things": (
        of_several_attributions, [("ann", "knife", None), ("bob", "knife", "b")],
    ),
    "two decisions for the same people": (
        lambda: scene(ANN, BOB, **EXISTING).write("assignments", "all", assign="course/fire", target={"role": "cook"}),
        [("ann", "fire", None), ("bob", "fire", "b"), ("ann", "knife", None), ("bob", "knife", "b")],
    ),
    "nothing to do": (lambda: scene("ann role=x", **EXISTING), []),
}  # fmt: skip


@named(("story", "expected"), STORIES)
def test_what_is_saved_is_read_back(story, expected):
    plan = story().plan()
    found = read(plan)
    short = pl.col("content").cast(pl.String).str.strip_prefix("course/")

    assert found.select("trainee", short, "location").rows() == expected
    assert found.drop("because", "location").equals(
        actions(plan.rows, plan.people).drop("position")
    )
    assert found.equals(rows_in(tables_of(plan), decided(plan)))
    assert not found["because"].null_count()


def test_rows_may_be_attributed_each_to_another():
    """D5."""
    plan = of_several_attributions().plan()
    found = read(plan)
    assert len(plan.rows) == 1
    assert dict(found.select("trainee", "because").iter_rows()) == {
        "ann": "policy",
        "bob": "people",
    }


def test_nothing_is_said_twice():
    """Whoever reads the tables without us joins them by the row of the person."""
    packed = as_parquet(tables_of(scene(ZOE, BOB, **EXISTING).plan()))
    people, rows = (pl.read_parquet(BytesIO(part)) for part in packed)
    assert people.rows() == [("bob", "b"), ("zoe", "a")]
    assert rows.columns == ["decision", "person", "due", "because"]

    joined = rows.join(people.with_row_index("person"), on="person")
    assert set(joined.select("decision", "trainee").rows()) == {(0, "bob"), (0, "zoe")}


@pytest.mark.parametrize("sizes", [[1], [3], [1, 1], [2, 0, 1, -1], [2**70, 2 - 2**70], []])
def test_rows_of_other_decisions(sizes):
    plan = scene(ZOE, BOB, **EXISTING).plan()
    packed = as_parquet(tables_of(plan))
    with pytest.raises(OtherRows):
        read_rows(packed, decided(plan) * len(sizes), sizes)
