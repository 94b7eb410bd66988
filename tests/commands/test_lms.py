"""`lms`: the local LMS is made from files, lived in, and shown."""

import sqlite3
from contextlib import closing
from io import StringIO

import pytest

ENROLLMENTS = """\
trainee,content,status,version,assigned,due,completed
E1,course/knife-safety,completed,1,2025-01-01T10:00:00Z,,2025-01-02T10:00:00Z
E3,course/knife-safety,in_progress,1,2025-01-01T10:00:00Z,,
"""
EVERYBODY_BUT_E2 = """\
automations:
  knives:
    assign: course/knife-safety
    target: {not: {trainees: [E2]}}
    scope: future-and-existing
  fire:
    assign: course/fire-safety
    target: {trainees: [E2]}
    scope: future-and-existing
"""


def test_made_with_enrollments_in_place_of_another(desk):
    desk.write("enrollments.csv", ENROLLMENTS)
    arguments = ["lms", "init", "--enrollments", "enrollments.csv"]
    refused = desk.types(*arguments)
    assert refused.status == 1
    assert "--replace" in refused.err
    assert desk.enrolled() == {}

    assert desk.types(*arguments, "--replace").status == 0
    assert desk.enrolled() == {
        ("E1", "course/knife-safety"): "completed",
        ("E3", "course/knife-safety"): "in_progress",
    }
    assert "assigns 1 training" in desk.types("plan").out, "A7"


def test_odd_enrollments_are_told_and_taken(desk):
    desk.write("enrollments.csv", ENROLLMENTS.replace("completed,1,", "completed,9,", 1))
    answer = desk.types("lms", "init", "--enrollments", "enrollments.csv", "--replace")
    assert answer.status == 0
    assert "Newer than the catalog" in answer.out
    assert "E1's course/knife-safety (version 9). Is the catalog up to date?" in answer.out
    assert len(desk.enrolled()) == 2


def test_what_is_replaced_is_asked_about(desk, monkeypatch):
    """No history of years is lost by one word."""
    desk.types("apply", "--auto-approve")
    desk.types("lms", "complete", "E1", "course/knife-safety")
    before = desk.enrolled()
    replacing = ["lms", "init", "--replace"]
    refused = desk.types(*replacing)
    assert (refused.status, refused.out) == (1, "")
    said = " ".join(refused.err.split())
    assert "lms.db holds 3 enrollments, 1 of them completed. All of it would be lost." in said
    assert "--yes" in said

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    answer = desk.types(*replacing)
    assert (answer.status, desk.enrolled()) == (1, before)
    assert "Replace it?" in answer.out + answer.err
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert (desk.types(*replacing).status, desk.enrolled()) == (0, {})
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert desk.types(*replacing).status == 0, "nothing is lost"


def test_one_that_cannot_be_read_is_replaced_by_whoever_says_so(desk):
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("DROP TABLE enrollment")
    refused = desk.types("lms", "init", "--replace")
    assert (refused.status, "cannot be read" in refused.err) == (1, True)
    assert desk.types("lms", "init", "--replace", "--yes").status == 0
    assert desk.types("plan").status == 0


def test_another_database_is_not_asked_about(desk):
    (desk.folder / "lms.db").write_bytes((desk.folder / "ledger.db").read_bytes())
    for more in ([], ["--yes"]):
        assert "is no local LMS. It is left" in desk.types("lms", "init", "--replace", *more).err


class Terminal(StringIO):
    """Somebody who types."""

    def isatty(self):
        return True


WRITING = {
    "complete": ["complete", "E1", "course/knife-safety"],
    "start": ["start", "E1", "course/knife-safety"],
    "publish": ["publish", "module/onboarding"],
    "load": ["load"],
}


@pytest.mark.parametrize("arguments", WRITING.values(), ids=WRITING)
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_file_that_another_program_writes(desk, monkeypatch, arguments, journal):
    desk.types("apply", "--auto-approve")
    monkeypatch.setattr("reconciler.lms.local.database.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(desk.folder / "lms.db", isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode = {journal}")
        other.execute("BEGIN EXCLUSIVE")
        answer = desk.types("lms", *arguments)
    assert (answer.status, answer.out) == (8, "")
    assert "lms.db: the LMS is locked: another process is writing it. Wait until" in answer.err
    assert "backup" not in answer.err
    assert desk.types("lms", *arguments).status == 0


def test_a_row_that_the_file_does_not_take(desk):
    desk.types("apply", "--auto-approve")
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON enrollment "
            "BEGIN SELECT raise(ABORT, 'the seats are taken'); END"
        )
    answer = desk.types("lms", "start", "E1", "course/knife-safety")
    assert (answer.status, "the seats are taken" in answer.err) == (8, True)


def test_shown(desk):
    desk.types("apply", "--auto-approve")
    assert "course/fire-safety" in desk.types("lms", "show").out
    answer = desk.types("lms", "show", "E1")
    assert answer.status == 0
    assert "not_started" in answer.out
    assert desk.types("lms", "show", "E0").status == 1


def test_a_catalog_is_taken_over(desk):
    assert desk.types("lms", "load").out == "The catalog is as in the file.\n"
    desk.replace("catalog.yaml", "courses:\n", "courses:\n  labels: {title: Labels}\n")
    desk.replace("catalog.yaml", "[knife-safety, fire-safety]", "[knife-safety, labels]")
    answer = desk.types("lms", "load", "catalog.yaml")
    assert answer.status == 0
    assert answer.out == "New: course/labels.\nPublished module/onboarding, version 2.\n"

    desk.replace("catalog.yaml", "Knife safety, version: 1", "Knives, version: 3")
    assert desk.types("lms", "load").out == (
        "Edited: course/knife-safety.\nPublished course/knife-safety, version 3.\n"
        "module/onboarding stays at version 2, which is newer than the file's.\n"
    )


def test_what_somebody_is_enrolled_in_stays_in_the_catalog(desk):
    desk.types("apply", "--auto-approve")
    desk.write("less.yaml", "courses: {fire-safety: {title: Fire safety}}\n")
    answer = desk.types("lms", "load", "less.yaml")

    assert answer.status == 1
    assert "course/knife-safety is not in" in answer.err
    assert "Onboarding" in desk.types("lms", "show").out


def test_a_version_is_published(desk):
    content, courses = "module/onboarding", "fire-safety, course/knife-safety"
    assert desk.types("lms", "publish", content).out == f"Published {content}, version 2.\n"
    answer = desk.types("lms", "publish", content, "--courses", courses)
    assert answer.out == f"Published {content}, version 3.\n"

    refused = desk.types("lms", "publish", "course/knife-safty")
    assert (refused.status, "Did you mean 'course/knife-safety'" in refused.err) == (1, True)


def test_a_trainee_starts_and_completes(desk):
    desk.types("apply", "--auto-approve")
    far = "2999-01-01T09:00"
    started = desk.types("lms", "start", "E1", "course/knife-safety", "--at", far)
    assert started.out == "E1 started course/knife-safety.\n"
    completed = desk.types("lms", "complete", "E1", "course/knife-safety", "--at", far)
    assert completed.out == "E1 completed course/knife-safety.\n"

    assert desk.enrolled()["E1", "course/knife-safety"] == "completed"
    assert "2999-01-01" in desk.types("lms", "show", "E1").out


# What cannot be done: the words behind `lms`, and what is said of it.
CANNOT = {
    "nobody's": (("start", "E2", "course/knife-safety"), "E2 is not enrolled"),
    "an unknown trainee": (("complete", "E9", "course/knife-safety"), "no trainee 'E9'"),
    "a name without its kind": (
        ("publish", "knife-safty"), "no knife-safty. Did you mean 'course/knife-safety'?",
    ),
    "a name like none": (("publish", "foo"), "The LMS offers no foo. `reconciler lms show` lists"),
    "too early, in the time of the workspace": (
        ("complete", "E1", "course/knife-safety", "--at", "2001-01-01"), "T only",
    ),
    "no instant": (("start", "E1", "course/knife-safety", "--at", "soon"), "--at: "),
    "too early": (("start", "E1", "course/knife-safety", "--at", "2001-01-01"), "later instant"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "message"), CANNOT.values(), ids=CANNOT.keys())
def test_what_cannot_be_done_is_told(desk, words, message):
    desk.write("policies/rules.yaml", EVERYBODY_BUT_E2)
    desk.types("apply", "--auto-approve")
    desk.types("lms", "show", "E2")
    answer = desk.types("lms", *words)

    assert answer.status == 1
    assert message in answer.err


WRONG = {
    "no such catalog": ("--catalog", "none.yaml", None),
    "a catalog that is none": ("--catalog", "bad.yaml", "courses: [a\n"),
    "no such enrollments": ("--enrollments", "none.csv", None),
    "unknown content": ("--enrollments", "bad.csv", ENROLLMENTS.replace("knife", "knif")),
    "unknown status": ("--enrollments", "bad.csv", ENROLLMENTS.replace("in_progress", "half")),
    "a column is missing": ("--enrollments", "bad.csv", ENROLLMENTS.replace("status", "state")),
}


@pytest.mark.parametrize(("option", "name", "text"), WRONG.values(), ids=WRONG.keys())
def test_wrong_files_make_nothing(desk, option, name, text):
    (desk.folder / "lms.db").unlink()
    if text is not None:
        desk.write(name, text)
    answer = desk.types("lms", "init", option, name)

    assert answer.status in (1, 3, 8)
    assert name in answer.err
    assert "bug" not in answer.err
    assert not (desk.folder / "lms.db").exists()


def test_of_a_workspace_with_another_lms(desk):
    export = "{adapter: export, enrollments: enrollments.csv}"
    desk.replace("reconciler.yaml", "{adapter: local, path: lms.db}", export)
    words = (
        ("init",), ("load",), ("publish", "course/a"), ("start", "E1", "course/a"),
    )  # fmt: skip
    for command in words:
        answer = desk.types("lms", *command)
        assert answer.status == 1
        assert "export" in answer.err
