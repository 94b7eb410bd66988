"""A plan in one file: loading what was saved changes nothing, and one plan is one file."""

import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from reconciler.commands.planning import make_plan
from reconciler.errors import StalePlan, WrongUse
from reconciler.review import packed as module
from reconciler.review.packed import as_parquet, tables_of
from reconciler.review.saved import LARGEST_DOCUMENT, load_plan, save_plan
from tests.commands.desk import furnish
from tests.review.packing import (
    PEOPLE,
    TABLE,
    TEXT,
    as_table,
    packed,
    packed_rows,
    table_in,
    unpacked,
)

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "workspace"
    return make_plan(furnish(folder), as_of=NOON, no_color=True)


@pytest.fixture
def saved(made, tmp_path):
    path = tmp_path / "plan.zip"
    save_plan(path, made.document, as_parquet(tables_of(made.plan)))
    return path


def test_round_trip(made, saved):
    document, actions = load_plan(saved)

    assert document == made.document
    assert actions.equals(made.saved_actions)


def test_each_row_says_where_the_trainee_works(made, saved):
    _, actions = load_plan(saved)
    where = dict(actions.select("trainee", "location").iter_rows())
    assert where == {"E1": "austin-1", "E3": "boston-1", "E4": "boston-1"}


def test_the_same_bytes(made, saved, tmp_path):
    again = tmp_path / "again.zip"
    save_plan(again, made.document, as_parquet(tables_of(made.plan)))
    assert saved.read_bytes() == again.read_bytes(), "D1"


def test_the_parts_are_what_the_design_says(saved):
    with zipfile.ZipFile(saved) as archive:
        assert archive.namelist() == [TEXT, PEOPLE, TABLE]
        assert archive.testzip() is None


@pytest.mark.parametrize("place", [".", "none/plan.zip"])
def test_where_it_cannot_be_written(made, tmp_path, place):
    with pytest.raises(WrongUse, match="cannot be written"):
        save_plan(tmp_path / place, made.document, as_parquet(tables_of(made.plan)))


def test_a_device_is_written_too(made):
    """Whoever wants only to see a plan may throw the file away."""
    save_plan(Path("/dev/null"), made.document, as_parquet(tables_of(made.plan)))


def test_no_file(tmp_path):
    with pytest.raises(WrongUse, match="no such file"):
        load_plan(tmp_path / "plan.zip")


@pytest.mark.parametrize("place", ["a device without an end", "a pipe"])
def test_what_is_no_file(tmp_path, place):
    """Nothing of it is read: it might have no end, or never begin."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(WrongUse, match="no regular file"):
        load_plan(pipe if place == "a pipe" else Path("/dev/zero"))


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "Is a directory"), ("x" * 300, "File name too long")],
    ids=["a folder", "long"],
)
def test_what_cannot_be_read(tmp_path, name, why):
    with pytest.raises(WrongUse, match=f"cannot be read: {why}"):
        load_plan(tmp_path / name)


def test_any_byte_of_any_part(made, saved):
    """Single bytes of the file, one at a time: refused, or of no account (how a zip is packed)."""
    whole = saved.read_bytes()
    inside = [span for part in unpacked(saved).values() for span in spans(whole, part)]
    for place in range(0, len(whole), 31):
        altered = bytearray(whole)
        altered[place] ^= 1 + place % 255
        saved.write_bytes(altered)
        if any(place in span for span in inside):
            with pytest.raises(StalePlan, match=r"lan again"):
                load_plan(saved)
        else:
            same_or_refused(saved, made)


def spans(whole, part):
    start = whole.index(part)
    return [range(start, start + len(part))]


def same_or_refused(path, made):
    try:
        document, actions = load_plan(path)
    except StalePlan:
        return
    assert document == made.document
    assert actions.equals(made.saved_actions)


def test_cut_off_anywhere(saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), 61):
        saved.write_bytes(whole[:length])
        with pytest.raises(StalePlan, match="Plan again"):
            load_plan(saved)


@pytest.mark.parametrize("altered", [lambda whole: whole + b"x", lambda whole: b"x" + whole])
def test_something_around_it(saved, altered):
    saved.write_bytes(altered(saved.read_bytes()))
    with pytest.raises(StalePlan, match="Plan again"):
        load_plan(saved)


def told(parts, **changes):
    """The parts with other values at the top of the document."""
    return {**parts, TEXT: json.dumps(json.loads(parts[TEXT]) | changes).encode()}


def header(parts, **changes):
    return told(parts, header=json.loads(parts[TEXT])["header"] | changes)


def rows(parts, change):
    return {**parts, TABLE: as_table(change(table_in(parts, TABLE)))}


def people(parts, change):
    return {**parts, PEOPLE: as_table(change(table_in(parts, PEOPLE)))}


def numbered(name, *values):
    """A change of a column of numbers."""
    return lambda frame: frame.with_columns(pl.Series(name, values, pl.UInt32))


def automation(parts, **changes):
    document = json.loads(parts[TEXT])
    document["automations"][0] |= changes
    return {**parts, TEXT: json.dumps(document).encode()}


# the story: what is packed and sealed, and a word of what is said
FORGED = {
    "a newer format": (lambda parts: told(parts, format_version=3), "newer version"),
    "an older format": (lambda parts: told(parts, format_version=1), "older version"),
    "a format in words": (lambda parts: told(parts, format_version="one"), "no plan file"),
    "no format": (lambda parts: {**parts, TEXT: b"{}"}, "no plan file"),
    "a list": (lambda parts: {**parts, TEXT: b"[1]"}, "no plan file"),
    "no JSON": (lambda parts: {**parts, TEXT: b"\xff\x00"}, "no plan file"),
    "very deep JSON": (lambda parts: {**parts, TEXT: b"[" * 100_000}, "no plan file"),
    "a key too many": (lambda parts: told(parts, extra=1), "at extra"),
    "a time zone of nobody": (lambda parts: header(parts, timezone="Mars/North"), "time zone"),
    "a time zone that is a path": (lambda parts: header(parts, timezone="../x"), "time zone"),
    "an instant without offset": (
        lambda parts: header(parts, as_of="2026-03-02T18:00:00"), "header.as_of",
    ),
    "no table": (lambda parts: {**parts, TABLE: b""}, "no plan file"),
    "no people": (lambda parts: {**parts, PEOPLE: b""}, "no plan file"),
    "a table of text": (lambda parts: {**parts, TABLE: b"PAR1 no PAR1"}, "no plan file"),
    "the tables turned": (lambda parts: {**parts, TABLE: parts[PEOPLE], PEOPLE: parts[TABLE]}, "rows"),
    "a row less": (lambda parts: rows(parts, lambda frame: frame.head(2)), "rows"),
    "rows of other decisions": (
        lambda parts: rows(parts, numbered("decision", 0, 1, 0)), "rows",
    ),
    "rows of a decision that is not there": (lambda parts: rows(parts, numbered("decision", 7, 7, 7)), "rows"),
    "a person who is not there": (lambda parts: rows(parts, numbered("person", 0, 1, 3)), "rows"),
    "a person twice": (lambda parts: rows(parts, numbered("person", 0, 1, 1)), "rows"),
    "persons in another order": (lambda parts: rows(parts, numbered("person", 0, 2, 1)), "rows"),
    "a row of nobody": (lambda parts: rows(parts, numbered("person", 0, 1, None)), "rows"),
    "a person without a row": (
        lambda parts: people(parts, lambda frame: pl.concat([frame, frame.tail(1).with_columns(trainee=pl.lit("E5"))])),
        "rows",
    ),
    "a person less": (lambda parts: people(parts, lambda frame: frame.head(2)), "rows"),
    "nobody at all": (lambda parts: rows(people(parts, lambda frame: frame.head(0)), numbered("person", 0, 0, 0)), "rows"),
    "an id twice": (lambda parts: people(parts, lambda frame: frame[[0, 1, 1]]), "rows"),
    "ids in another order": (lambda parts: people(parts, lambda frame: frame.reverse()), "rows"),
    "an id that is missing": (
        lambda parts: people(parts, lambda frame: frame.with_columns(trainee=pl.Series(["E1", "E3", None]))), "rows",
    ),
    "nothing of where people work": (lambda parts: people(parts, lambda frame: frame.drop("location")), "rows"),
    "names of people": (lambda parts: people(parts, lambda frame: frame.with_columns(name=pl.lit("Ann"))), "rows"),
    "a column less": (lambda parts: rows(parts, lambda frame: frame.drop("due")), "rows"),
    "a column more": (lambda parts: rows(parts, lambda frame: frame.with_columns(name=1)), "rows"),
    "a column of another type": (
        lambda parts: rows(parts, lambda frame: frame.with_columns(person=pl.lit(1))), "rows",
    ),
    "a column of days": (
        lambda parts: people(parts, lambda frame: frame.with_columns(location=pl.lit(2**31 - 1).cast(pl.Int32).cast(pl.Date))),
        "rows",
    ),
    "an attribution that is missing": (
        lambda parts: rows(parts, lambda frame: frame.with_columns(because=pl.lit(None, pl.String))), "rows",
    ),
    "an attribution to nobody": (
        lambda parts: rows(parts, lambda frame: frame.with_columns(because=pl.lit("fate"))), "no plan file",
    ),
    "an instant beyond calendars": (lambda parts: header(parts, expires="9999-12-31T23:59:59-12:00"), "header.expires"),
    "the first instant of all": (lambda parts: header(parts, as_of="0001-01-01T00:00:00+14:00"), "header.as_of"),
    "a scope of nobody": (lambda parts: automation(parts, scope="some"), "automations.0.scope"),
    "a window from no day": (lambda parts: automation(parts, window_start="soon"), "automations.0.window_start"),
    "a reason of nobody": (lambda parts: automation(parts, why={"because": 1}), "automations.0.why"),
    "a third part": (lambda parts: {**parts, "more.txt": b"x"}, "altered"),
    "the parts turned": (lambda parts: dict(reversed(parts.items())), "altered"),
}  # fmt: skip


@pytest.mark.parametrize(("forge", "word"), FORGED.values(), ids=FORGED.keys())
def test_what_is_sealed_must_be_a_plan_too(saved, forge, word):
    packed(saved, forge(unpacked(saved)), sealed=True)
    with pytest.raises(StalePlan, match="lan again") as refusal:
        load_plan(saved)
    assert word in str(refusal.value)
    assert str(refusal.value).startswith(str(saved))


@pytest.mark.parametrize(("most", "always", "per_byte"), [(2, 2, 64), (100, 2, 0)])
def test_a_table_that_would_grow_is_not_read(saved, monkeypatch, most, always, per_byte):
    """More rows than any plan has, or more than its bytes can hold: told before it is read."""
    limits = {"MOST_ROWS": most, "ALWAYS_ROWS": always, "MOST_ROWS_PER_BYTE": per_byte}
    for name, value in limits.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module.Parquet, "read", None)
    with pytest.raises(StalePlan, match="rows"):
        load_plan(saved)


def test_without_a_seal(saved):
    packed(saved, unpacked(saved), sealed=False)
    with pytest.raises(StalePlan, match="altered"):
        load_plan(saved)


def test_a_zip_bomb_is_not_opened(saved):
    """A gigabyte of spaces in a megabyte: refused by its sizes, before anything is read."""
    spaces = {TEXT: b" " * (LARGEST_DOCUMENT + 1), PEOPLE: b"", TABLE: b""}
    packed(saved, spaces, sealed=True, compression=zipfile.ZIP_DEFLATED)
    assert saved.stat().st_size < LARGEST_DOCUMENT / 100
    with pytest.raises(StalePlan, match="compressed"):
        load_plan(saved)


def test_a_document_that_is_too_long_is_not_opened(saved):
    parts = {TEXT: b" " * (LARGEST_DOCUMENT + 1), PEOPLE: b"", TABLE: b""}
    packed(saved, parts, sealed=True)
    with pytest.raises(StalePlan, match="not opened"):
        load_plan(saved)


def test_sizes_that_lie(saved):
    """The directory of the zip says more than there is."""
    whole = bytearray(saved.read_bytes())
    entry = whole.rindex(b"PK\x01\x02")
    for offset in (20, 24):
        whole[entry + offset : entry + offset + 4] = (2**31).to_bytes(4, "little")
    saved.write_bytes(whole)
    with pytest.raises(StalePlan, match="not opened"):
        load_plan(saved)


def test_random_bytes(saved):
    for _ in range(50):
        saved.write_bytes(os.urandom(500))
        with pytest.raises(WrongUse, match="is no plan file"):
            load_plan(saved)
        saved.write_bytes(b"PK\x03\x04" + os.urandom(500))
        with pytest.raises(StalePlan, match="Plan again"):
            load_plan(saved)


def test_many_rules_for_the_same_few_people(made, tmp_path):
    """A table that is small for its rows and yet a plan."""
    path = tmp_path / "plan.zip"
    repeats = 20_000
    one = made.document.decisions[0]
    document = made.document.model_copy(update={"decisions": (one,) * repeats})
    numbers = pl.Series("decision", range(repeats), dtype=pl.UInt32)
    rows = pl.DataFrame({"decision": numbers}).join(
        made.saved_actions.drop("decision"), how="cross", maintain_order="left_right"
    )
    save_plan(path, document, packed_rows(rows))
    assert len(load_plan(path)[1]) == repeats * one.trainees
