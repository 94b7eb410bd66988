"""`lms`: the local LMS is made from files, and shown."""

import pytest

ENROLLMENTS = """\
trainee,content,status,version,assigned,due,completed
E1,course/knife-safety,completed,1,2025-01-01T10:00:00Z,,2025-01-02T10:00:00Z
E3,course/knife-safety,in_progress,1,2025-01-01T10:00:00Z,,
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


def test_shown(desk):
    desk.types("apply", "--auto-approve")
    assert "course/fire-safety" in desk.types("lms", "show").out
    answer = desk.types("lms", "show", "E1")
    assert answer.status == 0
    assert "not_started" in answer.out
    assert desk.types("lms", "show", "E0").status == 1


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
    for command in ("init", "show"):
        answer = desk.types("lms", command)
        assert answer.status == 1
        assert "export" in answer.err
