from datetime import UTC, date, datetime

import polars as pl
import pytest

from reconciler.errors import RosterUnfit
from tests.roster.contract import CHICAGO, NOON, RosterContract, settings_of
from tests.roster.reading import read_roster


class TestParquetFile(RosterContract):
    row = 1

    def write(self, root, columns):
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        frame.write_parquet(root / "roster.parquet")
        return {"source": "parquet", "path": "roster.parquet"}


def read(root, frame, **columns):
    frame.write_parquet(root / "roster.parquet")
    settings = settings_of(source="parquet", path="roster.parquet", columns={"id": "id", **columns})
    return read_roster(settings, root, as_of=NOON, zone=CHICAGO)


KINDS = {
    "text": (pl.String, "7", "7"),
    "categories": (pl.Categorical, "7", "7"),
    "fixed categories": (pl.Enum(["7", "8"]), "7", "7"),
    "whole numbers": (pl.Int32, 7, "7"),
    "unsigned whole numbers": (pl.UInt64, 2**64 - 1, "18446744073709551615"),
    "true or false": (pl.Boolean, True, "true"),
    "days": (pl.Date, date(2026, 1, 1), "2026-01-01"),
    "nothing at all": (pl.Null, None, None),
}


@pytest.mark.parametrize(("kind", "value", "text"), KINDS.values(), ids=KINDS.keys())
def test_columns_that_are_taken(tmp_path, kind, value, text):
    frame = pl.DataFrame({"id": ["E1"], "grade": pl.Series([value], dtype=kind)})
    assert read(tmp_path, frame, grade="grade")["grade"].to_list() == [text]


def test_what_only_attributes_are_read_from_may_be_categories(tmp_path):
    """Few values in many rows; the planner takes both."""
    cells = {
        "id": ["E1", "E2"],
        "job": ["cook", None],
        "shop": [" a", "b"],
        "start": ["2026-01-01"] * 2,
    }
    roster = read(
        tmp_path, pl.DataFrame(cells), role="job", location="shop", badge="id", day="start",
        hire_date="start",
    )  # fmt: skip
    kinds = {name: kind == pl.Categorical for name, kind in roster.schema.items()}
    assert [name for name, is_category in kinds.items() if is_category] == ["role"]
    assert roster["role"].to_list() == ["cook", None]
    assert roster["location"].to_list() == ["a", "b"], "P4: trimmed, so written out"


DATES = {
    "days": (pl.Date, date(2015, 3, 30)),
    "instants": (pl.Datetime("ms"), datetime(2015, 3, 30, 12, tzinfo=UTC).replace(tzinfo=None)),
    "instants with a zone": (pl.Datetime("us", "UTC"), datetime(2015, 3, 30, 1, tzinfo=UTC)),
    "text": (pl.String, "2015-03-30"),
}


@pytest.mark.parametrize(("kind", "value"), DATES.values(), ids=DATES.keys())
def test_dates_that_are_taken(tmp_path, kind, value):
    frame = pl.DataFrame({"id": ["E1"], "start": pl.Series([value], dtype=kind)})
    roster = read(tmp_path, frame, hire_date="start")
    assert roster["hire_date"].to_list() == [date(2015, 3, 30)]


NOT_TEXT = {
    "numbers with fractions": (pl.Float64, 7.0),
    "lists": (pl.List(pl.String), ["a"]),
    "bytes": (pl.Binary, b"a"),
}


@pytest.mark.parametrize(("kind", "value"), NOT_TEXT.values(), ids=NOT_TEXT.keys())
def test_columns_that_could_be_written_in_several_ways(tmp_path, kind, value):
    frame = pl.DataFrame({"id": pl.Series([value], dtype=kind), "start": ["x"]})
    with pytest.raises(RosterUnfit, match=r"The column 'id' holds .*Write it as text") as failure:
        read(tmp_path, frame, hire_date="start")
    assert "no date" in str(failure.value)


NO_PARQUET = {
    "text": b"id,role\nE1,cook\n",
    "empty": b"",
    "its first bytes alone": b"PAR1",
    "cut off": b"PAR1" + b"x" * 500,
    "a false end": b"PAR1" + b"x" * 500 + b"\xff\xff\xff\x7fPAR1",
}


@pytest.mark.parametrize("data", NO_PARQUET.values(), ids=NO_PARQUET.keys())
def test_not_a_parquet_file(tmp_path, data):
    (tmp_path / "roster.parquet").write_bytes(data)
    settings = settings_of(source="parquet", path="roster.parquet", columns={"id": "id"})
    with pytest.raises(RosterUnfit, match=r"roster\.parquet: .*\n.*Parquet"):
        read_roster(settings, tmp_path, as_of=NOON, zone=CHICAGO)


def test_a_damaged_parquet_file(tmp_path):
    pl.DataFrame({"id": [f"E{n}" for n in range(5000)]}).write_parquet(tmp_path / "roster.parquet")
    data = bytearray((tmp_path / "roster.parquet").read_bytes())
    data[20:400] = b"\xff" * 380
    (tmp_path / "roster.parquet").write_bytes(data)
    settings = settings_of(source="parquet", path="roster.parquet", columns={"id": "id"})
    with pytest.raises(RosterUnfit):
        read_roster(settings, tmp_path, as_of=NOON, zone=CHICAGO)


BEYOND = {
    "days": pl.Series([2**31 - 1, 0]).cast(pl.Int32).cast(pl.Date),
    "days before the first": pl.Series([-(2**31), 0]).cast(pl.Int32).cast(pl.Date),
    "instants": pl.Series([0, 2**62]).cast(pl.Datetime("us")),
}


@pytest.mark.parametrize("column", BEYOND.values(), ids=BEYOND.keys())
@pytest.mark.parametrize("name", ["hire_date", "grade"])
def test_days_that_no_calendar_has(tmp_path, column, name):
    frame = pl.DataFrame({"id": ["E1", "E2"], "day": column})
    with pytest.raises(
        RosterUnfit, match=r"row [12]: The column 'day' holds no day of any calendar"
    ):
        read(tmp_path, frame, **{name: "day"})


def test_days_where_text_is_wanted(tmp_path):
    """As an id, and as what tells who is active."""
    frame = pl.DataFrame({"id": [date(2026, 1, 1)], "until": [date(2026, 2, 1)]})
    roster = read(tmp_path, frame, active={"column": "until", "is": ["2026-02-01"]})
    assert roster.select("trainee", "activity").row(0) == ("2026-01-01", "active")


def test_a_column_that_is_there_twice(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.Table.from_arrays([pa.array(["E1"]), pa.array(["E2"])], names=["id", "id"])
    parquet.write_table(table, tmp_path / "roster.parquet")
    settings = settings_of(source="parquet", path="roster.parquet", columns={"id": "id"})
    with pytest.raises(RosterUnfit, match="the column 'id' twice"):
        read_roster(settings, tmp_path, as_of=NOON, zone=CHICAGO)


def test_an_id_with_a_line_break(tmp_path):
    with pytest.raises(RosterUnfit, match=r"row 2: The id 'a\\nb' holds a line break"):
        read(tmp_path, pl.DataFrame({"id": ["x", "a\nb"]}))


@pytest.mark.parametrize("name", ["id", "job"])
def test_a_text_with_a_nul(tmp_path, name):
    """A file of fixed width, as it is filled up: a database would cut it or refuse it."""
    frame = pl.DataFrame({"id": ["x", "y"], "job": ["cook", "cook"]})
    padded = frame.with_columns(pl.Series(name, ["a", "b\0\0"]))
    with pytest.raises(RosterUnfit, match=rf"row 2: The column '{name}' holds a NUL character"):
        read(tmp_path, padded, role="job")
