"""`show`: a saved plan again, in four forms; what is no plan is refused."""

import json
import sqlite3
import zipfile
from contextlib import closing

import pytest
from jsonschema import Draft202012Validator

from reconciler.commands.schema import File, schema_text
from tests.review.packing import packed, unpacked

KEY = "RECONCILER_PSEUDONYM_KEY"


@pytest.fixture
def saved(desk, monkeypatch):
    """A plan of the desk's workspace, saved for one instant."""
    monkeypatch.delenv(KEY, raising=False)
    path = desk.folder / "plan.zip"
    assert desk.types("plan", "-o", path, "--as-of", "2026-03-02T09:00").status == 0
    return path


def test_shown_after_the_world_has_changed(desk):
    path = desk.folder / "plan.zip"
    made = desk.types("plan", "-o", path)
    desk.types("apply", path)
    desk.write("roster.csv", "id,store,jobs,hired,status\n")

    assert desk.types("show", path).out == made.out


ORDER = "assignments:\n  recall: {assign: course/fire-safety, target: {role: server}}\n"
NEEDED = "for something new, write it under a new name."
AS_TEXT = {"a terminal": [], "markdown": ["--markdown"], "html": ["--html"]}

# the story: what the files say of an order that was taken out of them, and what is told of that
CANCELLED = {
    "nothing": ("{}\n", None),
    "the same again": (ORDER, "It was cancelled, and stands in the files again."),
    "something else": (ORDER.replace("server", "cook"), "It was cancelled, and stands in the files again."),
}  # fmt: skip


@pytest.mark.parametrize("form", AS_TEXT.values(), ids=AS_TEXT)
@pytest.mark.parametrize(("text", "told"), CANCELLED.values(), ids=CANCELLED)
def test_a_cancelled_order_is_never_free_again(desk, form, text, told):
    """M4: it has no effect that it is back, and the plan says that a new name is needed."""
    desk.write("policies/orders.yaml", ORDER)
    refuse(desk, "E2")
    assert desk.types("apply", "--auto-approve").status == 6
    desk.write("policies/orders.yaml", "{}\n")
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("policies/orders.yaml", text)
    desk.types("plan", "-o", desk.folder / "plan.zip")
    said = " ".join(desk.types("show", desk.folder / "plan.zip", *form).out.split())

    assert (NEEDED in said) is (told is not None)
    assert told is None or told in said
    assert (f"{'was ' if told else ''}gone from the files" in said.lower()) or form == [
        "--markdown"
    ]


def test_an_order_that_is_done_and_edited_needs_a_new_name(desk):
    """M4, in the comment of the request that edits it as well."""
    desk.write("policies/orders.yaml", ORDER)
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("policies/orders.yaml", ORDER.replace("server", "cook"))
    desk.types("plan", "-o", desk.folder / "plan.zip")
    for form in AS_TEXT.values():
        said = " ".join(desk.types("show", desk.folder / "plan.zip", *form).out.split())
        assert f"Its text was changed after it was recorded. That has no effect; {NEEDED}" in said


def refuse(desk, trainee):
    """Let the LMS have no seat for one person in fire safety."""
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute(
            "CREATE TRIGGER full BEFORE INSERT ON enrollment "
            f"WHEN new.trainee = '{trainee}' AND new.content = 'course/fire-safety' "
            "BEGIN SELECT RAISE(ABORT, 'no seat'); END"
        )


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def without_actions(path):
    with zipfile.ZipFile(path) as archive:
        text = archive.read("plan.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("plan.json", text)


def of_another_format(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["plan.json"] = parts["plan.json"].replace(b'"format_version": 1', b'"format_version": 2')
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def empty(path):
    path.write_bytes(b"")


def test_what_was_never_a_plan(desk):
    for command in ("show", "apply"):
        answer = desk.types(command, desk.folder / "roster.csv")
        assert (answer.status, answer.out) == (1, "")
        assert "roster.csv: this is no plan file. `plan -o FILE` writes one." in " ".join(
            answer.err.split()
        )


@pytest.mark.parametrize("spoil", [cut, without_actions, of_another_format, empty])
def test_what_is_no_plan(desk, spoil):
    path = desk.folder / "plan.zip"
    desk.types("plan", "-o", path)
    spoil(path)
    for command in ("show", "apply"):
        answer = desk.types(command, path)
        assert answer.status == 5
        assert answer.err.startswith(str(path))
        assert "Plan again" in answer.err


def test_a_saved_plan_is_what_its_schema_says(desk, saved):
    document = json.loads(unpacked(saved)["plan.json"])
    validator = Draft202012Validator(json.loads(schema_text(File.PLAN)))
    assert [error.message for error in validator.iter_errors(document)] == []
    assert json.loads(desk.types("show", saved, "--json").out) == document
    assert not validator.is_valid(document | {"more": 1})
    assert not validator.is_valid(document | {"format_version": 3})


FORMS = {"--json": "{", "--markdown": "### This plan assigns", "--html": "<!doctype html>"}


@pytest.mark.parametrize(("form", "beginning"), FORMS.items(), ids=FORMS.keys())
def test_forms_on_the_screen_and_in_a_file(desk, saved, form, beginning):
    shown = desk.types("show", saved, form)
    assert shown.status == 0
    assert shown.out.startswith(beginning)
    again = desk.types("show", saved, form, "-o", "out.txt")
    assert (again.status, again.out) == (0, "")
    assert (desk.folder / "out.txt").read_text(encoding="utf-8").rstrip() == shown.out.rstrip()
    assert desk.types("show", saved, form, "-o", "out.txt").status == 0, "over its own kind"


def test_nobody_in_a_comment_and_everybody_in_a_report(desk, saved):
    comment, report = (desk.types("show", saved, form).out for form in ("--markdown", "--html"))
    for trainee in ("E1", "E3", "E4"):
        assert trainee not in comment
        assert f'"{trainee}"' in report
    assert "reconciler apply plan.zip" in comment


def test_the_longer_text_for_a_job(desk, saved):
    assert desk.types("show", saved, "--markdown", "--long").status == 0


def test_pseudonyms_need_a_key_that_cannot_be_guessed(desk, saved, monkeypatch):
    monkeypatch.setenv(KEY, "short")
    answer = desk.types("show", saved, "--markdown")
    assert answer.status == 1
    assert KEY in answer.err
    assert "short" not in answer.err.replace("so short", "")
    monkeypatch.setenv(KEY, "long enough to be a key")
    assert desk.types("show", saved, "--markdown").status == 0


REFUSED = {
    "two forms": (["--json", "--html"], "one of"),
    "three forms": (["--json", "--html", "--markdown"], "one of"),
    "long without markdown": (["--long"], "--markdown"),
    "a file for the terminal's text": (["-o", "out.txt"], "-o goes with"),
    "a folder that is not there": (["--html", "-o", "none/out.html"], "cannot be written"),
    "a folder": (["--html", "-o", "."], "cannot be written"),
    "another file": (["--html", "-o", "roster.csv"], "not written over"),
    "the plan itself": (["--html", "-o", "plan.zip"], "not written over"),
}


@pytest.mark.parametrize(("arguments", "word"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_use(desk, saved, arguments, word):
    before = desk.files()
    answer = desk.types("show", saved, *arguments)
    assert answer.status == 1
    assert word in answer.err
    assert desk.files() == before


@pytest.mark.parametrize("form", ["--json", "--markdown", "--html", "--all"])
def test_an_altered_plan_is_not_shown_in_any_form(desk, saved, form):
    parts = unpacked(saved)
    parts["plan.json"] = parts["plan.json"].replace(b'"assign": 3', b'"assign": 2')
    packed(saved, parts, sealed=False)
    answer = desk.types("show", saved, form)
    assert (answer.status, answer.out) == (5, "")
    assert "altered" in answer.err


def test_a_plan_of_a_newer_program(desk, saved):
    parts = unpacked(saved)
    parts["plan.json"] = parts["plan.json"].replace(b'"format_version": 2', b'"format_version": 7')
    packed(saved, parts, sealed=True)
    for command in ("show", "apply"):
        answer = desk.types(command, saved)
        assert answer.status == 5
        assert "its format is 7, and this one reads 2" in answer.err
