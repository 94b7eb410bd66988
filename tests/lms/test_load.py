import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import polars as pl
import pytest

from reconciler.errors import Exit, InvalidWorkspace, LmsUnfit, WrongUse
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.load import create
from tests.lms.contract import FIRE, KNIFE, ONBOARDING, writes

CATALOG = """\
courses:
  fire: {title: Fire drill}
  course/knife: {title: "Knife safety", version: 3, minutes: 20}
modules:
  onboarding: {title: Onboarding, version: 2, courses: [knife, course/fire]}
"""
HEADER = "trainee,content,status,version,assigned,due,completed\n"
PROGRESS_HEADER = "trainee,module,course,status,version,completed\n"
MAY = datetime(2025, 5, 1, tzinfo=UTC)
M = "2025-05-01T00:00:00Z"


@pytest.fixture
def load(tmp_path):
    """Makes an LMS from texts; the files lie in tmp_path."""

    def load(enrollments=None, progress=None, *, catalog=CATALOG, replace=False):
        files = {"catalog": "catalog.yaml"}
        (tmp_path / "catalog.yaml").write_text(catalog, encoding="utf-8")
        for name, text in (("enrollments", enrollments), ("progress", progress)):
            if text is not None:
                files[name] = f"{name}.csv"
                data = text if isinstance(text, bytes) else text.encode()
                (tmp_path / f"{name}.csv").write_bytes(data)
        paths = {name: tmp_path / file for name, file in files.items()}
        create(tmp_path / "lms.db", **paths, replace=replace)
        return LocalLms(tmp_path / "lms.db")

    return load


# A broken catalog: its text, and the findings as (line, summary, a piece of the detail).
CATALOGS = {
    "empty": ("", [(0, "Empty catalog", "no course")]),
    "no courses": ("courses: {}", [(1, "Empty catalog", "no course")]),
    "no title": ("courses:\n  a: {version: 1}", [(2, "Missing key", "'title'")]),
    "unknown key": ("courses:\n  a: {title: A, hours: 1}", [(2, "Unknown key", "'hours'")]),
    "no version": ("courses:\n  a: {title: A, version: x}", [(2, "Invalid value", "whole number")]),
    "version 0": ("courses:\n  a: {title: A, version: 0}", [(2, "Invalid value", "at least 1")]),
    "a name with a space": ("courses:\n  a b: {title: A}", [(2, "Invalid name", "course/NAME")]),
    "of the other kind": ("courses:\n  module/a: {title: A}", [(2, "Invalid name", "module/a")]),
    "named twice": (
        "courses:\n  a: {title: A}\n  course/a: {title: A}",
        [(3, "Duplicate content", "2:3")],
    ),
    "unknown course": (
        "courses:\n  knife: {title: K}\nmodules:\n  m:\n    title: M\n    courses:\n    - knive",
        [(7, "Unknown course", "Did you mean 'course/knife'?")],
    ),
    "a course twice": (
        "courses: {a: {title: A}}\nmodules: {m: {title: M, courses: [a, course/a]}}",
        [(2, "Duplicate course", "already")],
    ),
    "a module of nothing": (
        "courses: {a: {title: A}}\nmodules: {m: {title: M, courses: []}}",
        [(2, "Invalid value", "at least one course")],
    ),
    "several at once": (
        "courses:\n  a b: {title: A}\n  c: {title: C}\nmodules:\n  m: {title: M, courses: [x]}",
        [(2, "Invalid name", "'a b'"), (5, "Unknown course", "course/x")],
    ),
    "no YAML": ("courses: {", [(None, "Not valid YAML", "")]),
}


@pytest.mark.parametrize(("text", "expected"), CATALOGS.values(), ids=CATALOGS.keys())
def test_a_broken_catalog(load, tmp_path, text, expected):
    with pytest.raises(InvalidWorkspace) as error:
        load(catalog=text)

    assert error.value.status == Exit.INVALID
    assert not (tmp_path / "lms.db").exists()
    assert len(error.value.findings) == len(expected)
    for finding, (line, summary, piece) in zip(error.value.findings, expected, strict=True):
        assert line is None or finding.at.line == line
        assert finding.summary == summary
        assert piece in finding.detail


def test_a_missing_catalog(tmp_path):
    with pytest.raises(InvalidWorkspace, match=r"catalog\.yaml"):
        create(tmp_path / "lms.db", catalog=tmp_path / "catalog.yaml")


def test_enrollments_are_loaded_as_they_are(load):
    lms = load(
        HEADER
        + f"ada,{KNIFE},completed,2,{M},2025-06-01T02:00:00+02:00,2025-05-03 09:00:00.7-0500\n"
        + f"0042,{KNIFE},not_started,,,,\n"
        + f' "Zoe\u0308" ,{FIRE}, in_progress,1,2025-05-01T00:00Z,,\n'.replace(' "', "")
        .replace('" ', " ")
        .replace(", in", ",in")
    )

    assert lms.holdings([KNIFE]).sort("trainee").rows() == [
        ("0042", KNIFE, "not_started", 3, None, None, None),
        (
            "ada", KNIFE, "completed", 2, MAY, MAY.replace(month=6), MAY.replace(day=3, hour=14),
        ),
    ]  # fmt: skip
    assert lms.holdings([FIRE]).select("trainee", "assigned").rows() == [("Zoë", MAY)]
    assert lms.accounts() == {"ada", "0042", "Zoë"}


# How a CSV file may look beside the plain one.
FORMS = {
    "a BOM": lambda text: "\ufeff" + text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "blank lines": lambda text: "\n" + text.replace("\n", "\n\n"),
    "no last newline": lambda text: text.rstrip("\n"),
    "quotes": lambda text: text.replace("ada", '"ada"'),
    "more columns": lambda text: text.replace("due,", "due,note,").replace(f"{M},,", f"{M},,,"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_csv_file_in_any_form(load, form):
    lms = load(form(HEADER + f"ada,{KNIFE},not_started,3,{M},,\n"))

    assert lms.holdings([KNIFE]).rows() == [("ada", KNIFE, "not_started", 3, MAY, None, None)]


# One bad row behind a good one: the row, the summary, and a piece of the detail.
GOOD = f"ada,{KNIFE},completed,3,{M},,{M}\n"
ROWS = {
    "no trainee": (f",{KNIFE},not_started,3,{M},,", "Empty trainee", "id that the roster uses"),
    "unknown content": ("bob,course/knive,not_started,3,,,", "Unknown content", "Did you mean"),
    "no content": ("bob,,not_started,3,,,", "Unknown content", "not in the catalog"),
    "bad status": (f"bob,{KNIFE},done,3,,,", "Unknown status", "not_started, in_progress or"),
    "unknown status": (f"bob,{KNIFE},unknown,3,,,", "Unknown status", "'unknown'"),
    "no status": (f"bob,{KNIFE},,3,,,", "Unknown status", "''"),
    "bad version": (f"bob,{KNIFE},not_started,3.5,,,", "Not a version", "'3.5'"),
    "version 0": (f"bob,{KNIFE},not_started,0,,,", "Not a version", "from 1 on"),
    "no offset": (f"bob,{KNIFE},not_started,3,2025-05-01T00:00:00,,", "Not an instant", "offset"),
    "only a day": (f"bob,{KNIFE},not_started,3,,2025-05-01,", "Not an instant", "due:"),
    "no such day": (f"bob,{KNIFE},not_started,3,2025-02-30T00:00:00Z,,", "Not an instant", "02-30"),
    "no year": (f"bob,{KNIFE},not_started,3,+20250-02-03T00:00:00Z,,", "Not an instant", "+20250"),
    "completed when?": (f"bob,{KNIFE},completed,3,,,", "Completed at no time", "instant"),
    "completed at x": (f"bob,{KNIFE},completed,3,,,x", "Not an instant", "completed: 'x'"),
    "twice": (f"ada,{KNIFE},not_started,3,,,", "Duplicate row", "row 2 too"),
    "too short": (f"bob,{KNIFE},not_started,3,,", "Ragged row", "6 columns, and the header has 7"),
    "too long": (f"bob,{KNIFE},not_started,3,,,,", "Ragged row", "8 columns"),
}


@pytest.mark.parametrize(("row", "summary", "piece"), ROWS.values(), ids=ROWS.keys())
def test_a_bad_row_is_told_with_its_line(load, tmp_path, row, summary, piece):
    with pytest.raises(LmsUnfit) as error:
        load(HEADER + GOOD + row + "\n")

    place, detail = str(error.value).splitlines()
    assert place == f"{(tmp_path / 'enrollments.csv').as_posix()}:3:1: {summary}"
    assert piece in detail
    assert error.value.status == Exit.UNFIT
    assert not (tmp_path / "lms.db").exists()


def test_the_line_is_the_one_that_an_editor_shows(load):
    text = "\n" + HEADER + f'"a\nb",{KNIFE},not_started,3,,,\n\nshort\n\nbob,{FIRE},done,1,,,\n'
    with pytest.raises(LmsUnfit) as error:
        load(text)

    places = [line.rsplit("enrollments.csv:")[1] for line in str(error.value).splitlines()[::2]]
    assert places == ["6:1: Ragged row", "8:1: Unknown status"]


def test_all_findings_of_all_files_at_once_and_no_more_than_twenty(load):
    rows = "".join(f"e{number},course/none,done,1,,,\n" for number in range(30))
    with pytest.raises(LmsUnfit) as error:
        load(HEADER + rows, PROGRESS_HEADER + f"ada,{ONBOARDING},{KNIFE},done,1,\n")

    lines = str(error.value).splitlines()
    assert len(lines) == 41
    assert lines[-1] == "and 41 more"
    assert "enrollments.csv:11:1" in lines[-3]


# A file that is unfit as a whole.
FILES = {
    "a short header alone": (b"trainee,content", "Missing column"),
    "no file": (None, "No such file"),
    "nothing": (b"", "Empty file"),
    "blank": (b"\n\n \n", "Empty file"),
    "a column less": (HEADER.replace(",due", "").encode(), "Missing column"),
    "a column twice": (HEADER.replace("due", "due,due").encode(), "Duplicate column"),
    "another encoding": (HEADER.encode() + "Zoë,x,y,1,,,\n".encode("latin-1"), "Wrong encoding"),
    "UTF-16": (HEADER.encode("utf-16"), "Wrong encoding"),
    "binary": (bytes(range(256)) * 9, "Wrong encoding"),
    "Parquet by another name": (b"PAR1\x00\x00", "Missing column"),
}


@pytest.mark.parametrize(("data", "summary"), FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_used(tmp_path, data, summary):
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    if data is not None:
        (tmp_path / "held.csv").write_bytes(data)
    with pytest.raises(LmsUnfit, match=summary):
        create(
            tmp_path / "lms.db",
            catalog=tmp_path / "catalog.yaml",
            enrollments=tmp_path / "held.csv",
        )


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_file_that_is_not_separated_by_commas(load, tmp_path, delimiter):
    with pytest.raises(LmsUnfit) as error:
        load(HEADER.replace(",", delimiter))
    place, detail = str(error.value).splitlines()
    assert place.endswith("enrollments.csv:1:1: Missing column")
    assert f"one column only, with {delimiter!r} in it" in detail


HELD = HEADER + (
    f"ada,{ONBOARDING},completed,2,{M},,{M}\n"
    f"bob,{ONBOARDING},in_progress,2,{M},,\n"
    f"cleo,{ONBOARDING},not_started,2,{M},,\n"
    f"dan,{ONBOARDING},not_started,2,{M},,{M}\n"
)


def test_progress_that_is_not_told_follows_from_the_module(load):
    found = load(HELD).progress([ONBOARDING]).filter(course=KNIFE).sort("trainee")

    assert found.select("trainee", "status", "version", "completed").rows() == [
        ("ada", "completed", 3, MAY),
        ("bob", "not_started", 3, None),
        ("cleo", "not_started", 3, None),
        ("dan", "not_started", 3, MAY),
    ]


def test_progress_that_is_told_is_kept_and_the_rest_derived(load):
    told = PROGRESS_HEADER + (
        f"bob,{ONBOARDING},{KNIFE},completed,2,{M}\nada,{ONBOARDING},{FIRE},completed,,{M}\n"
    )
    found = load(HELD, told).progress([ONBOARDING])

    assert found.height == 8
    assert found.filter(trainee="bob").sort("course").drop("trainee", "module").rows() == [
        (FIRE, "not_started", 1, None, None),
        (KNIFE, "completed", 2, MAY, 2),
    ]
    assert set(found.filter(trainee="ada")["status"]) == {"completed"}


def test_the_version_of_a_completion_may_be_told(load):
    header = PROGRESS_HEADER.replace("completed\n", "completed,completed_version\n")
    told = (
        f"dan,{ONBOARDING},{KNIFE},not_started,3,{M},2\nbob,{ONBOARDING},{KNIFE},completed,2,{M},\n"
    )
    found = load(HELD, header + told).progress([ONBOARDING]).filter(course=KNIFE).sort("trainee")

    assert found.select("trainee", "version", "completed_version").rows() == [
        ("ada", 3, 3),
        ("bob", 2, 2),
        ("cleo", 3, None),
        ("dan", 3, 2),
    ]
    with pytest.raises(LmsUnfit, match="'x' is no version"):
        load(HELD, header + told.replace(",2\n", ",x\n"), replace=True)


def test_a_retake_that_was_open_when_it_came_in_is_withdrawn(load):
    lms = load(HELD)
    assert lms.remove(writes(("dan", ONBOARDING), status="not_started"))["result"].item() == "done"

    row = lms.holdings([ONBOARDING]).filter(trainee="dan").row(0, named=True)
    assert (row["status"], row["completed"]) == ("completed", MAY)


PROGRESS_ROWS = {
    "unknown module": (f"bob,module/onbording,{KNIFE},completed,1,{M}", "Unknown module"),
    "a course is no module": (f"bob,{KNIFE},{KNIFE},completed,1,{M}", "Unknown module"),
    "unknown course": (f"bob,{ONBOARDING},course/none,completed,1,{M}", "Unknown course"),
    "no course": (f"bob,{ONBOARDING},,completed,1,{M}", "Unknown course"),
    "bad status": (f"bob,{ONBOARDING},{KNIFE},done,1,", "Unknown status"),
    "completed when?": (f"bob,{ONBOARDING},{KNIFE},completed,1,", "Completed at no time"),
    "nobody's": (f"eve,{ONBOARDING},{KNIFE},completed,1,{M}", "No enrollment"),
    "contradiction": (f"ada,{ONBOARDING},{KNIFE},in_progress,1,", "Contradiction"),
    "twice": (f"cleo,{ONBOARDING},{KNIFE},not_started,1,", "Duplicate row"),
}


@pytest.mark.parametrize(("row", "summary"), PROGRESS_ROWS.values(), ids=PROGRESS_ROWS.keys())
def test_a_bad_row_of_progress(load, row, summary):
    good = f"cleo,{ONBOARDING},{KNIFE},in_progress,1,\n"
    with pytest.raises(LmsUnfit) as error:
        load(HELD, PROGRESS_HEADER + good + row + "\n")

    assert f"progress.csv:3:1: {summary}" in str(error.value)
    assert len(str(error.value).splitlines()) == 2


def test_an_existing_file_is_not_overwritten_unless_asked(load):
    load(HELD)
    with pytest.raises(WrongUse, match="--replace"):
        load()

    assert load(replace=True).accounts() == frozenset()


def test_what_is_replaced_leaves_no_journal_behind(load, tmp_path):
    load(HELD)
    left = sqlite3.connect(tmp_path / "lms.db")
    left.execute("INSERT INTO trainee VALUES ('left')")
    left.commit()
    with pytest.raises(WrongUse, match="in use"):
        load(replace=True)
    left.close()

    assert load(replace=True).accounts() == frozenset()
    assert sorted(path.name for path in tmp_path.iterdir() if "lms.db" in path.name) == ["lms.db"]


def test_another_file_is_never_replaced(load, tmp_path):
    (tmp_path / "lms.db").write_text("precious")
    with pytest.raises(WrongUse, match="left alone"):
        load(replace=True)

    assert (tmp_path / "lms.db").read_text() == "precious"


def test_a_failed_replacement_keeps_the_old(load):
    lms = load(HELD)
    with pytest.raises(LmsUnfit):
        load("nonsense", replace=True)

    assert lms.accounts() == {"ada", "bob", "cleo", "dan"}


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    (tmp_path / "file").write_text("")
    with pytest.raises(LmsUnfit, match="cannot be written"):
        create(tmp_path / "file" / "lms.db", catalog=tmp_path / "catalog.yaml")


@pytest.mark.parametrize("header", [HEADER, HEADER.rstrip()])
def test_a_header_alone_enrolls_nobody(load, header):
    assert load(header).accounts() == frozenset()


def test_parquet_is_loaded_as_well(tmp_path):
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    rows = {"trainee": ["ada"], "content": [KNIFE], "status": ["completed"], "version": [2]}
    frame = pl.DataFrame(rows).with_columns(assigned=MAY, due=None, completed=MAY)
    frame.write_parquet(tmp_path / "held.parquet")
    create(
        tmp_path / "lms.db",
        catalog=tmp_path / "catalog.yaml",
        enrollments=tmp_path / "held.parquet",
    )

    held = LocalLms(tmp_path / "lms.db").holdings([KNIFE])
    assert held.rows() == [("ada", KNIFE, "completed", 2, MAY, None, MAY)]


def test_the_file_is_sound(load, tmp_path):
    load(HELD)
    with closing(sqlite3.connect(tmp_path / "lms.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
