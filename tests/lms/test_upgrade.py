"""A file of format 1, which knew no history, is brought up to date when it is opened."""

import sqlite3
from contextlib import closing

import pytest

from reconciler.errors import LmsUnfit
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.tables import FORMAT
from tests.lms.contract import FIRE, JUNE, KNIFE, MAY, ONBOARDING, REFRESHER, results, writes
from tests.lms.contract_effects import held, inside
from tests.lms.school import execute, new_lms

M, J = (int(instant.timestamp()) for instant in (MAY, JUNE))
OLD_PROGRESS = """
CREATE TABLE progress (
    module TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    course TEXT NOT NULL REFERENCES content,
    status TEXT NOT NULL CHECK (status IN ('not_started', 'in_progress', 'completed')),
    version INTEGER NOT NULL,
    completed INTEGER CHECK (completed IS NOT NULL OR status <> 'completed'),
    PRIMARY KEY (module, trainee, course)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER progress_stays BEFORE DELETE ON progress
WHEN old.completed IS NOT NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;
CREATE TRIGGER progress_stays_completed BEFORE UPDATE OF completed ON progress
WHEN old.completed IS NOT NULL AND new.completed IS NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;
"""
TO_FORMAT_1 = f"""
DROP TABLE progress;
DROP TABLE enrollment_history;
DROP TABLE progress_history;
DROP TRIGGER enrollment_is_history;
{OLD_PROGRESS}
PRAGMA user_version = 1;
"""


@pytest.fixture
def old(tmp_path):
    """The path of a file of format 1: ada has completed, bob takes a course again, cleo's
    enrollment was removed after one course."""
    path = new_lms(tmp_path).path
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TO_FORMAT_1)
    for trainee in ("ada", "bob", "cleo"):
        execute(path, "INSERT INTO trainee VALUES (?)", trainee)
    enroll = "INSERT INTO enrollment VALUES (?, ?, ?, ?, ?, NULL, ?)"
    execute(path, enroll, ONBOARDING, "ada", "completed", 2, M, J)
    execute(path, enroll, KNIFE, "bob", "in_progress", 3, J, M)
    learn = "INSERT INTO progress VALUES (?, ?, ?, ?, ?, ?)"
    execute(path, learn, ONBOARDING, "ada", KNIFE, "completed", 2, M)
    execute(path, learn, ONBOARDING, "ada", FIRE, "completed", 1, J)
    execute(path, learn, ONBOARDING, "cleo", KNIFE, "in_progress", 3, J)
    return path


def test_what_is_held_is_as_before(old):
    lms = LocalLms(old)

    assert execute(old, "PRAGMA user_version") == [(FORMAT,)]
    assert held(lms, "ada", ONBOARDING)["completed"] == JUNE
    assert [one["completed_version"] for one in inside(lms, "ada", ONBOARDING)] == [1, 2]
    assert held(lms, "bob", KNIFE)["status"] == "in_progress"
    assert execute(old, "PRAGMA foreign_key_check") == []


def test_completions_give_credit_and_open_retakes_are_withdrawn(old):
    lms = LocalLms(old)
    lms.assign(writes(("ada", REFRESHER), ("cleo", REFRESHER)))

    assert held(lms, "ada", REFRESHER)["completed"] == MAY
    assert held(lms, "cleo", REFRESHER)["completed"] == JUNE, "C1a"
    outcomes = lms.remove(writes(("bob", KNIFE), status="in_progress"))
    assert results(outcomes) == {("bob", KNIFE): "done"}
    assert (held(lms, "bob", KNIFE)["status"], held(lms, "bob", KNIFE)["completed"]) == (
        "completed",
        MAY,
    )


def test_the_file_is_as_one_that_is_new(old, tmp_path):
    LocalLms(old)
    (tmp_path / "new").mkdir()
    fresh = new_lms(tmp_path / "new").path

    tables = "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY 1, 2"
    assert execute(old, tables) == execute(fresh, tables)


def test_what_breaks_off_leaves_the_old_file(old):
    execute(old, "CREATE TABLE enrollment_history (x)")  # so that the upgrade fails on its way
    with pytest.raises(LmsUnfit, match="cannot be opened"):
        LocalLms(old)

    assert execute(old, "PRAGMA user_version") == [(1,)]
    assert len(execute(old, "SELECT * FROM progress")) == 3
