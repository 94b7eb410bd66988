"""A plan in one file: loading what was saved changes nothing, and one plan is one file."""

import zipfile
from datetime import UTC, datetime

import pytest

from reconciler.commands.planning import make_plan
from reconciler.errors import WrongUse
from reconciler.review.saved import load_plan, save_plan, table_of
from tests.commands.desk import furnish

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture
def made(tmp_path):
    return make_plan(furnish(tmp_path / "workspace"), as_of=NOON, no_color=True)


def test_round_trip(made, tmp_path):
    save_plan(tmp_path / "plan.zip", made.document, table_of(made.action_parts(2)))
    document, actions = load_plan(tmp_path / "plan.zip")

    assert document == made.document
    assert actions.equals(made.actions.drop("position"))


def test_the_same_bytes(made, tmp_path):
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    for path in (first, second):
        save_plan(path, made.document, table_of(made.action_parts(2)))
    assert first.read_bytes() == second.read_bytes(), "D1"


def test_the_parts_are_what_the_design_says(made, tmp_path):
    save_plan(tmp_path / "plan.zip", made.document, table_of(made.action_parts(2)))
    with zipfile.ZipFile(tmp_path / "plan.zip") as archive:
        assert archive.namelist() == ["plan.json", "actions.parquet"]
        assert archive.testzip() is None


@pytest.mark.parametrize("place", [".", "none/plan.zip"])
def test_where_it_cannot_be_written(made, tmp_path, place):
    with pytest.raises(WrongUse, match="cannot be written"):
        save_plan(tmp_path / place, made.document, table_of(made.action_parts(2)))


def test_no_file(tmp_path):
    with pytest.raises(WrongUse, match="no such file"):
        load_plan(tmp_path / "plan.zip")
