"""`show`: a saved plan again, in four forms; what is no plan is refused."""

import json
import zipfile

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


def of_text(path):
    path.write_text("this is no plan")


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [cut, without_actions, of_another_format, of_text, empty])
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
    assert not validator.is_valid(document | {"format_version": 2})


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
    parts["plan.json"] = parts["plan.json"].replace(b'"format_version": 1', b'"format_version": 7')
    packed(saved, parts, sealed=True)
    for command in ("show", "apply"):
        answer = desk.types(command, saved)
        assert answer.status == 5
        assert "its format is 7, and this one reads 1" in answer.err
