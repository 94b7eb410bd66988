"""`show`: a saved plan again; what is no plan is refused."""

import zipfile

import pytest


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
