"""Which files of a folder are read, in what order, and how they are shown."""

from pathlib import Path

import pytest

from reconciler.documents.folder import survey_folder


@pytest.fixture
def root(tmp_path):
    (tmp_path / "policies").mkdir()
    return tmp_path


def write(root, *names):
    for name in names:
        path = root / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: b\n")


def files(root, folder="policies"):
    sources, findings = survey_folder(root, Path(folder))
    assert not findings
    return [source.file for source in sources]


def test_yaml_files_are_read_in_order_and_hidden_ones_are_not(root):
    write(root, "b.yaml", "a.YML", "c/d.yml", ".hidden.yaml", ".git/e.yaml", "notes.txt")

    assert files(root) == ["policies/a.YML", "policies/b.yaml", "policies/c/d.yml"]


def test_an_absolute_folder_is_shown_as_short_as_possible(root):
    write(root, "a.yaml")

    assert files(root, root / "policies") == ["policies/a.yaml"]
    elsewhere = root / "policies"
    (root / "workspace").mkdir()
    assert files(root / "workspace", elsewhere) == [f"{elsewhere}/a.yaml"]
    assert files(root / "workspace", "../policies")[0].endswith("../policies/a.yaml")


def test_links_that_lead_back_end(root):
    write(root, "a.yaml", "sub/b.yaml")
    (root / "policies" / "sub" / "back").symlink_to("..")

    assert files(root) == ["policies/a.yaml", "policies/sub/b.yaml"]


def test_a_link_to_another_folder_is_followed(root):
    (root / "shared").mkdir()
    (root / "shared" / "a.yaml").write_text("a: b\n")
    (root / "policies" / "shared").symlink_to(root / "shared")

    assert files(root) == ["policies/shared/a.yaml"]


def test_an_empty_folder_is_fine(root):
    assert files(root) == []


def test_a_folder_that_is_not_there(root):
    (root / "file.yaml").touch()
    for name, says in (("polices", "is not there"), ("file.yaml", "is no folder")):
        sources, (finding,) = survey_folder(root, Path(name))
        assert not sources
        assert finding.at.file == name
        assert says in finding.detail


def test_a_link_to_nowhere_and_a_bad_file_hide_no_other(root):
    write(root, "a.yaml")
    (root / "policies" / "gone.yaml").symlink_to("nowhere")
    (root / "policies" / "z.yaml").write_text("a: b\na: c\n")

    sources, findings = survey_folder(root, Path("policies"))

    assert [source.data for source in sources] == [{"a": "b"}, {}, {"a": "b"}]
    assert [str(finding.at) for finding in findings] == [
        "policies/gone.yaml",
        "policies/z.yaml:2:1",
    ]


def test_a_name_that_is_no_unicode_can_be_shown(root):
    path = Path(str(root / "policies") + "/b\udcff.yaml")
    path.write_text("a: b\n")

    assert files(root) == ["policies/b?.yaml"]
