import csv
import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import RosterUnfit
from reconciler.roster import csv_file
from tests.roster.contract import CHICAGO, NOON, RosterContract, settings_of
from tests.roster.reading import read_roster

WORKFORCE = Path(__file__).parents[3] / "shared/data/montgomery_county_workforce_2016.csv"


class TestCsvFile(RosterContract):
    row = 2

    def write(self, root, columns):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
        (root / "roster.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        return {"source": "csv", "path": "roster.csv"}


class TestTabsAndUtf16(RosterContract):
    row = 2

    def write(self, root, columns):
        rows = [list(columns), *zip(*columns.values(), strict=True)]
        text = "".join("\t".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
        (root / "roster.txt").write_text(text, encoding="utf-16", newline="")
        return {"source": "csv", "path": "roster.txt", "delimiter": "\t", "encoding": "utf-16"}


def read(root, data, *, columns=None, **options):
    (root / "roster.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    columns = columns or {"id": "id", "role": "role"}
    settings = settings_of(source="csv", path="roster.csv", columns=columns, **options)
    return read_roster(settings, root, as_of=NOON, zone=CHICAGO)


GOOD = {
    # the story: the file, then who has which role
    "plain": ("id,role\nE1,cook\n", {"E1": "cook"}),
    "no line end": ("id,role\nE1,cook", {"E1": "cook"}),
    "carriage returns": ("id,role\r\nE1,cook\r\nE2,\r\n", {"E1": "cook", "E2": None}),
    "carriage returns alone": ("id,role\rE1,cook\rE2,a\r", {"E1": "cook", "E2": "a"}),
    "a byte order mark": ("\ufeffid,role\nE1,cook\n", {"E1": "cook"}),
    "blank rows": ("id,role\n\nE1,cook\n\n \n,\nE2,a\n\n", {"E1": "cook", "E2": "a"}),
    "other columns": ("x,role,id,x\n1,cook,E1,2\n", {"E1": "cook"}),
    "names with blanks": (" id , role\nE1,cook\n", {"E1": "cook"}),
    "quoted": ('"id","role"\n"E1","cook, ""grill"""\n', {"E1": 'cook, "grill"'}),
    "a line break in a field": ('id,role\nE1,"a\nb"\nE2,c\n', {"E1": "a\nb", "E2": "c"}),
    "a line break in the header": ('id,role,"x\ny"\nE1,a,1\n', {"E1": "a"}),
    "inches": ('id,role\nE1,5" pipe\nE2,a\n', {"E1": '5" pipe', "E2": "a"}),
    "inches twice": (
        'id,role\nE1,5" pipe\nE2,7" pipe\nE3,a\n',
        {"E1": '5" pipe', "E2": '7" pipe', "E3": "a"},
    ),
    "inches and quoted fields": (
        'id,role\nE1,"a, b"\nE2,7" pipe\nE3,"c"\n',
        {"E1": "a, b", "E2": '7" pipe', "E3": "c"},
    ),
    "a comment sign": ("id,role\n#1,a\n", {"#1": "a"}),
}


@pytest.mark.parametrize(("data", "then"), GOOD.values(), ids=GOOD.keys())
def test_good_files(tmp_path, data, then):
    roster = read(tmp_path, data)
    assert dict(roster.select("trainee", "role").rows()) == then


# Each fault is asked for as it is told, with its row and without the folder.
BAD = {
    "a row that is too long": (
        "id,role\nE1,cook\nE2,cook,x\n",
        ["row 3: It has 3 fields, and the header has 2."],
    ),
    "a row that is too short": (
        "id,role\nE1,cook\nE2\nE3,a\n",
        ["row 3: It has 1 field, and the header has 2."],
    ),
    "a short one and a long one": (
        "id,role\nE1\nE2,a,b\n",
        ["row 2: It has 1 field", "row 3: It has 3 fields"],
    ),
    "a short row after quoted fields": (
        'id,role\nE1,"a,b"\nE2\n',
        ["row 3: It has 1 field, and the header has 2."],
    ),
    "rows after line breaks in fields": (
        'id,role\nE1,"a\nb\nc"\n\nE1,x\n,y\nE3\n',
        [
            "row 6: The id 'E1' stands in row 2 already.",
            "row 7: The id is empty",
            "row 8: It has 1 field",
        ],
    ),
    "rows after blank ones": ("id,role\n\n\nE1,x\n,y\n", ["row 5: The id is empty"]),
    "a header that never ends": ('id,"role\n' + "E1,a\n" * 50_000, ["row 1: A quotation mark"]),
    "a line break in the header": (
        'id,role,"x\ny"\nE1,a,1\n,b,2\n',
        ["row 4: The id is empty"],
    ),
    "a quotation mark that is not closed": (
        'id,role\nE1,a\nE2,"b\nE3,c\n',
        ["row 3: A quotation mark that opens here is not closed"],
    ),
    "one that closes within a field": (
        'id,role\nE1,"a" b\nE2,c\n',
        ["row 2: A quotation mark that opens here"],
    ),
    "one in the header": ('id,"role\nE1,a\n', ["row 1: A quotation mark that opens here"]),
    "a huge unclosed field": (
        'id,role\nE1,"' + "x\n" * 200_000,
        ["row 2: A quotation mark that opens here is not closed"],
    ),
    "a column twice": ("id,role,role\nE1,a,b\n", ["row 1: The header names 'role' twice."]),
    "two columns missing": (
        "identity,rolle\nE1,a\n",
        ["row 1: There is no column 'id'.", "'role'. Did you mean 'rolle'?"],
    ),
    "another delimiter": (
        "id;role\nE1;a\n",
        ["only, with ';' in it: is `roster.delimiter` right?"] * 2,
    ),
    "a line break in an id": (
        'id,role\n"E\n1",a\n',
        ["row 2: The id 'E\\n1' holds a line break"],
    ),
    "an id that looks like another": (
        "id,role\nE1,a\n\u200bE1,a\n",
        ["row 3: The id '\\u200bE1' holds a character that nobody sees, U+200B. Take it out."],
    ),
    "an id that moves the cursor": (
        "id,role\n\x1b[2JE1,a\n",
        ["row 2: The id '\\x1b[2JE1' holds a character that nobody sees, U+001B."],
    ),
    "another encoding": (
        "id,role\nE1,Größe\n".encode("latin-1"),
        ["row 2: Byte 14 of the file is no utf-8."],
    ),
    "utf-16 without saying so": ("id,role\nE1,a\n".encode("utf-16"), ["is no utf-8"]),
    "NUL bytes": (b"id,role\nE1,a\0b\n", ["row 2: A NUL byte stands here"]),
    "an empty file": (b"", ["The file is empty."]),
    "blanks": (b" \n\r\n \n", ["The file is empty."]),
    "a byte order mark alone": (b"\xef\xbb\xbf", ["The file is empty."]),
    "a blank first row": (b"\nid,role\nE1,a\n", ["row 1: The first row is blank."]),
    "a header alone": (b"id,role\n", ["It holds no trainee"]),
    "a header without line end": (b"id,role", ["It holds no trainee"]),
    "a header and blank rows": (b"id,role\n\n,\n", ["It holds no trainee"]),
}


@pytest.mark.parametrize(("data", "told"), BAD.values(), ids=BAD.keys())
def test_bad_files(tmp_path, data, told):
    with pytest.raises(RosterUnfit) as failure:
        read(tmp_path, data)

    first, *faults = str(failure.value).splitlines()
    assert first == "roster.csv: the roster cannot be used."
    assert len(faults) == len(told)
    for fault, text in zip(faults, told, strict=True):
        assert text in fault


PIECES = st.sampled_from(
    ["a", "", '"a"', '"a,b"', '"a""b"', '"a\nb"', 'b"', " a", '"\n"', '""', "\r"]
)
FILES = st.text('ab",\n\r ', max_size=14) | st.lists(
    st.lists(PIECES, min_size=1, max_size=3).map(",".join), max_size=5
).map("\n".join)


@settings(max_examples=300)
@given(text=FILES, width=st.integers(1, 3))
def test_what_is_read_quickly_is_what_is_read_exactly(text, width):
    body = csv_file._Body(text, 2, width, ",")
    frame = csv_file._split(body)
    if frame is None or csv_file._looks_unusual(body, frame):
        return
    places = {str(place): place for place in range(width)}
    quick, exact = csv_file._filled(frame, body, places), csv_file._read_exactly(body, places)

    trimmed = [
        table.frame.with_columns(pl.all().str.strip_chars().fill_null(""))
        for table in (quick, exact)
    ]
    assert trimmed[0].equals(trimmed[1])
    assert [kind.count for kind in exact.faults] == [0]
    positions = range(quick.frame.height)
    assert quick.rows(positions) == exact.rows(positions)


def test_other_encodings_and_delimiters(tmp_path):
    data = "id;role\nE1;Größe\n".encode("cp1252")
    roster = read(tmp_path, data, encoding="cp1252", delimiter=";")
    assert roster["role"].to_list() == ["Größe"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "UTF8"])
def test_utf_8_by_its_names(tmp_path, encoding):
    assert read(tmp_path, "id,role\nZoë,a\n", encoding=encoding)["trainee"].to_list() == ["Zoë"]


def test_the_roster_of_a_real_employer():
    if not WORKFORCE.is_file():
        pytest.skip(f"{WORKFORCE.name} is not here: the real roster was not read")
    columns = {
        "id": "employee_id",
        "location": "division",
        "role": "position_title",
        "department": "department",
        "hire_date": "hire_date",
        "category": "assignment_category",
    }
    settings = settings_of(source="csv", path=str(WORKFORCE), columns=columns)
    roster = read_roster(settings, Path(), as_of=NOON, zone=CHICAGO)

    assert roster.height == 9228
    assert roster["trainee"].n_unique() == 9228
    assert roster["trainee"][0] == "000329fa3ae5"
    assert roster["department"].n_unique() == 37
    assert roster["location"].n_unique() == 694
    assert roster["hire_date"].null_count() == 0
    assert (roster["hire_date"].min(), roster["hire_date"].max()) == (
        date(1965, 9, 30),
        date(2016, 12, 27),
    )
