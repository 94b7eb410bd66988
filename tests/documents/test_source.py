"""Files that cannot be read in one way only, each with its place and a way out."""

import os

import pytest

from reconciler.documents import source as module
from reconciler.documents.nodes import MAX_DEPTH, MAX_NODES
from reconciler.documents.source import Unreadable, parse, read_source, survey
from reconciler.errors import Exit, Location

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

# name: (what is in the file, place and summary of each finding, what its text says)
BAD = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "3:1: Duplicate key", "f.yaml:1:1 already"),
    "duplicate key, one decomposed": ("é: 1\ne\u0301: 2\n", "2:1: Duplicate key", "1:1"),
    "duplicate key in a list": ("a:\n  - {b: 1, b: 2}\n", "2:12: Duplicate key", "2:6"),
    "empty value": ("a:\n  b: x\n  end:\n", "3:3: Empty value", "'end' has no value"),
    "empty item": ("a:\n  - x\n  -\n", "3:4: Empty value", "leave this item out"),
    "tab before a list": ("a:\n\t- b\n", "2:1: Tab in the indentation", "spaces"),
    "tab before a key": ("a:\n  b: c\n\td: e\n", "3:1: Tab in the indentation", "spaces"),
    "merge key": ("a: &a {b: c}\nd:\n  <<: *a\n", "3:3: Merge key", "group"),
    "list as a key": ("a: {b: c}\n? [d]\n: e\n", "2:3: Key is no text", "one word"),
    "empty key": ('a: b\n"": c\n', "2:1: Key is no text", "one word"),
    "tag": ("a: !!python/object:os.system x\n", "1:4: Tag", "'!!python/object:os.system'"),
    "tag of our own": ("a: !env HOME\n", "1:4: Tag", "'!env'"),
    "several documents": ("a: b\n---\nc: d\n", "2:1: Several documents", "Split"),
    "glob without quotes": ("role: *-chef\n", "1:7: Unknown alias", "'*-chef'"),
    "alias to itself": ("a: &a [b, *a]\n", "1:11: Alias to itself", "'&a'"),
    "anchors that explode": (LAUGHS, "6:12: Too many values", "200,000"),
    "no mapping but a list": ("- a\n- b\n", "1:1: Not a mapping", "a list"),
    "no mapping but a text": ("hello\n", "1:1: Not a mapping", "a single text"),
    "colon in a text": ("a: b: c\n", "1:5: Not valid YAML", "quotes"),
    "list without an end": ("a: [1, 2\nb: 3\n", "2:2: Not valid YAML", "line 1 lacks"),
    "mapping without an end": ("x: 1\na: {b: c\n", "3:1: Not valid YAML", "line 2 lacks"),
    "quotes without an end": ("a: 'x\nb: c\n", "3:1: Not valid YAML", "line 1 are not closed"),
    "wrong indentation": ("a:\n    b: c\n  d: e\n", "3:3: Not valid YAML", "indentation"),
    "at sign": ("a: @b\n", "1:4: Not valid YAML", "begins with '@'"),
    "exclamation mark": ("a: !x!y b\n", "1:4: Not valid YAML", "quotes"),
    "too many brackets": ("a: [b]]\n", "1:7: Not valid YAML", ""),
    "a key without a colon": ("a: b\nc\n", "3:1: Not valid YAML", "needs ': '"),
    "no-break space behind a colon": ("a: b\nc:\u00a0d\ne: f\n", "2:3: Not valid YAML", "U+00A0"),
    "no-break space before a key": ("a: b\n\u00a0c: d\n", "2:1: Not valid YAML", "looks like a space"),
    "no-break space behind a key": ("a: b\nc\u3000: d\n", "2:1: Not valid YAML", "U+3000"),
    "directive": ("%YAML 3.0\n---\na: b\n", "1:1: Not valid YAML", "%YAML"),
    "control character": ("a: b\nc: x\x07y\n", "2:5: Control character", "U+0007"),
    "zero byte": ("a: \0b\n", " Binary file", "zero bytes"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "says"), BAD.values(), ids=BAD.keys())
def test_a_bad_file(text, place, says):
    with pytest.raises(Unreadable) as caught:
        parse(text.encode(), "f.yaml")

    (finding,) = caught.value.findings
    assert f"{finding.at}: {finding.summary}" == f"f.yaml:{place}"
    assert says in finding.detail
    assert caught.value.status == Exit.INVALID


BYTES = {
    "not UTF-8": (b"a: b\nc: caf\xe9\n", "f.yaml:2:7: Not UTF-8"),
    "UTF-16": ("a: b".encode("utf-16"), "f.yaml: Not UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "f.yaml: Binary file"),
    "zero bytes before what is not UTF-8": (b"\0\xff", "f.yaml: Binary file"),
}


@pytest.mark.parametrize(("data", "says"), BYTES.values(), ids=BYTES.keys())
def test_bytes_that_are_no_text(data, says):
    with pytest.raises(Unreadable, match=says):
        parse(data, "f.yaml")


def test_several_findings_are_told_at_once_and_the_rest_is_kept():
    source, findings = survey(b"a:\nb: !x c\nb: d\ne: f\n", "f.yaml")

    places = [(at.at.line, at.summary) for at in sorted(findings)]
    assert places == [(1, "Empty value"), (2, "Tag"), (3, "Duplicate key")]
    assert source.data == {"b": "c", "e": "f"}


def test_scalars_are_their_source_text():
    text = b"a: [NO, 0042, 0873e5385106, 2026-01-01, true, 1.10, ~, null, 0x1F, 'q', \"d\"]\n1: x\n"
    assert parse(text, "f").data == {
        "a": [
            "NO",
            "0042",
            "0873e5385106",
            "2026-01-01",
            "true",
            "1.10",
            "~",
            "null",
            "0x1F",
            "q",
            "d",
        ],
        "1": "x",
    }


GOOD = {
    "nothing": (b"", {}),
    "comments alone": (b"# a\n\n# b\n", {}),
    "an empty document": (b"---\n...\n", {}),
    "a byte-order mark": (b"\xef\xbb\xbfa: b\n", {"a": "b"}),
    "CRLF": (b"a: b\r\nc:\r\n  - d\r\n", {"a": "b", "c": ["d"]}),
    "names in many scripts": ("käse: 茶\n".encode(), {"käse": "茶"}),
    "decomposed names": ("ka\u0308se: x\n".encode(), {"käse": "x"}),
    "a block text": (b"a: |\n  b\n  c\n", {"a": "b\nc\n"}),
    "aliases": (b"a: &x [b]\nc: *x\n", {"a": ["b"], "c": ["b"]}),
    "an alias as a key": (b"a: &x b\n*x : c\n", {"a": "b", "b": "c"}),
    "empty lists and mappings": (b"a: []\nb: {}\n", {"a": [], "b": {}}),
    "an empty text in quotes": (b"a: ''\n", {"a": ""}),
}


@pytest.mark.parametrize(("data", "meant"), GOOD.values(), ids=GOOD.keys())
def test_a_good_file(data, meant):
    assert parse(data, "f").data == meant


def test_places_are_those_of_keys_and_items():
    source = parse(b"\xef\xbb\xbfa:\r\n  \xc3\xa9: &x [b, c]\r\nd: *x\r\n", "f")

    assert source.places[()] == Location("f", 1, 1)
    assert source.places["a", "é"] == Location("f", 2, 3)
    assert source.places["a", "é", 1] == Location("f", 2, 13)
    assert source.places["d",] == Location("f", 3, 1)
    assert source.places["d", 0] == Location("f", 2, 10), "what an alias means stands elsewhere"
    assert source.place(("a", "no such", "key")) == Location("f", 1, 1)


def test_the_depth_is_limited():
    fits = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert parse(f"a: {fits}".encode(), "f").data
    with pytest.raises(Unreadable, match="Nested too deep"):
        parse(b"a: " + b"[" * 100_000, "f")
    with pytest.raises(Unreadable, match="Nested too deep"):
        parse(f"a: &a {fits}\nb: [*a]\n".encode(), "f")


def test_the_number_of_values_is_limited_where_there_are_anchors():
    with pytest.raises(Unreadable, match="Too many values"):
        parse(b"x: &x y\na: [" + b"b," * MAX_NODES + b"]", "f")
    assert len(parse(b"a: [" + b"b," * MAX_NODES + b"]", "f").data["a"]) == MAX_NODES


def test_a_file_of_a_hundred_megabytes_is_not_even_read(tmp_path, monkeypatch):
    path = tmp_path / "large.yaml"
    path.touch()
    os.truncate(path, 100_000_000)
    monkeypatch.setattr(type(path), "read_bytes", lambda _: pytest.fail("read"))

    with pytest.raises(Unreadable) as caught:
        read_source(path, "large.yaml")
    assert str(caught.value).startswith("large.yaml: File too large")
    assert "100,000,000" in str(caught.value)


def test_bytes_that_are_too_many():
    with pytest.raises(Unreadable, match="File too large"):
        parse(b"#" * (module.MAX_BYTES + 1), "f")


def test_a_file_that_is_not_there(tmp_path):
    (tmp_path / "organization.yaml").write_text("a: b")
    with pytest.raises(Unreadable, match=r"o.yaml: No such file\n.*'organization.yaml'"):
        read_source(tmp_path / "organisation.yaml", "o.yaml")
    with pytest.raises(Unreadable, match="No such file"):
        read_source(tmp_path / "no" / "folder.yaml", "f")


def test_a_link_to_nowhere(tmp_path):
    (tmp_path / "p.yaml").symlink_to("q.yaml")

    with pytest.raises(Unreadable, match=r"a link to q.yaml, which is not there"):
        read_source(tmp_path / "p.yaml", "p.yaml")


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path, says in (
        (tmp_path, "Not a file\n.*a folder"),
        (tmp_path / "pipe", "no regular file"),
        (tmp_path / "loop", "Not readable"),
        (tmp_path / "a\0b", "Not readable"),
    ):
        with pytest.raises(Unreadable, match=says):
            read_source(path, "f")


def test_a_file_without_rights(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_text("a: b")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("unreadable files, for root may read everything")
    with pytest.raises(Unreadable, match="rights"):
        read_source(path, "f")


def test_a_good_file_on_disk(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: b\n")
    assert read_source(path, "shown").place(("a",)) == Location("shown", 1, 1)
