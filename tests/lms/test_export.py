from datetime import datetime, timedelta, timezone

import polars as pl
import pytest

from reconciler.errors import LmsUnfit
from reconciler.frames import HOLDINGS
from reconciler.lms.export import STATUSES, ExportLms
from tests.lms.contract import FIRE, JULY, JUNE, KNIFE, MAY, ONBOARDING, LmsReads, writes

CATALOG = """
courses:
  fire: {title: Fire drill}
  knife: {title: Knife safety, version: 3}
modules:
  onboarding: {title: Onboarding, version: 2, courses: [knife, fire]}
  refresher: {title: Refresher, courses: [knife]}
"""
VERSIONS = {FIRE: 1, KNIFE: 3, ONBOARDING: 2}


def exported(folder, frame, ending, progress=None):
    (folder / "catalog.yaml").write_text(CATALOG)
    files = {"enrollments": frame, "progress": progress}
    paths = {}
    for name, rows in files.items():
        if rows is not None:
            paths[name] = folder / f"{name}.{ending}"
            write = rows.write_parquet if ending == "parquet" else rows.write_csv
            write(paths[name])
    return ExportLms(catalog=folder / "catalog.yaml", **paths)


def enrollments(*rows):
    return HOLDINGS.of(
        *(
            (who, what, status, VERSIONS[what], MAY, JULY, JUNE if status == "completed" else None)
            for who, what, status in rows
        )
    )


class ReadsAnExport(LmsReads):
    ending = ""

    @pytest.fixture
    def lms_with(self, tmp_path):
        return lambda *rows: exported(tmp_path, enrollments(*rows), self.ending)

    @pytest.fixture
    def blind(self, lms_with):
        return lms_with()


class TestParquet(ReadsAnExport):
    ending = "parquet"


class TestCsv(ReadsAnExport):
    ending = "csv"


@pytest.fixture
def lms(tmp_path):
    return exported(tmp_path, enrollments(("ada", KNIFE, "not_started")), "parquet")


@pytest.mark.parametrize("verb", ["assign", "reschedule", "remove"])
@pytest.mark.parametrize("rows", [(), (("ada", KNIFE),)], ids=["nothing", "a row"])
def test_an_export_is_not_written(lms, verb, rows):
    assert not lms.capabilities.writes
    with pytest.raises(LmsUnfit, match="cannot be written"):
        getattr(lms, verb)(writes(*rows))


def test_an_export_cannot_tell_who_has_an_account(lms):
    assert lms.accounts() is None


def test_an_export_of_nothing_is_told_as_such(tmp_path):
    with pytest.raises(LmsUnfit, match="holds no enrollment"):
        exported(tmp_path, enrollments(), "parquet").holdings([KNIFE])


# A column in another type that says the same.
TEXT = {"trainee": "ada", "content": KNIFE, "status": "completed"}
ROW = pl.DataFrame(TEXT).with_columns(
    version=pl.lit(3), assigned=pl.lit(MAY), due=pl.lit(JULY), completed=pl.lit(JUNE)
)
NAIVE = datetime(2025, 5, 1, 9, 30)  # noqa: DTZ001 the case is an instant without a zone
FAR = datetime(2025, 5, 1, 14, 30, tzinfo=timezone(timedelta(hours=5)))
TYPES = {
    "plain": {},
    "categories": {"content": pl.col("content").cast(pl.Categorical)},
    "every text a category": {
        name: pl.col(name).cast(pl.Categorical) for name in ("trainee", "content", "status")
    },
    "categories to be trimmed": {"content": pl.lit(f" {KNIFE} ").cast(pl.Categorical)},
    "text to be trimmed": {"trainee": pl.lit(" ada\t"), "content": pl.lit(f"{KNIFE} ")},
    "an enum": {"content": pl.col("content").cast(pl.Enum([FIRE, KNIFE]))},
    "an enum in another order": {"status": pl.col("status").cast(pl.Enum(["x", "completed"]))},
    "small versions": {"version": pl.lit(3, dtype=pl.UInt8)},
    "versions as text": {"version": pl.lit("3")},
    "versions as categories": {"version": pl.lit("3").cast(pl.Categorical)},
    "milliseconds": {"assigned": pl.lit(NAIVE).cast(pl.Datetime("ms"))},
    "nanoseconds": {"assigned": pl.lit(NAIVE).cast(pl.Datetime("ns"))},
    "no zone is UTC": {"assigned": pl.lit(NAIVE)},
    "another zone": {"assigned": pl.lit(MAY).dt.convert_time_zone("Asia/Tokyo")},
    "instants as text": {"assigned": pl.lit(FAR.isoformat())},
}


@pytest.mark.parametrize("columns", TYPES.values(), ids=TYPES.keys())
def test_types_that_say_the_same(tmp_path, columns):
    lms = exported(tmp_path, ROW.with_columns(**columns), "parquet")

    held = HOLDINGS.check(lms.holdings([KNIFE]))
    assert held.rows() == [("ada", KNIFE, "completed", 3, MAY, JULY, JUNE)]


def test_numbers_as_ids_are_texts(tmp_path):
    frame = ROW.with_columns(trainee=pl.lit(42))
    assert exported(tmp_path, frame, "parquet").holdings([KNIFE])["trainee"].to_list() == ["42"]


def test_ids_are_in_one_normal_form(tmp_path):
    frame = ROW.with_columns(trainee=pl.lit("Zoe\u0308"))
    assert exported(tmp_path, frame, "parquet").holdings([KNIFE])["trainee"].to_list() == ["Zoë"]


def test_columns_that_hold_nothing(tmp_path):
    nothing = {name: pl.lit(None) for name in ("version", "assigned", "due", "completed")}
    lms = exported(tmp_path, ROW.with_columns(**nothing, status=pl.lit("unknown")), "parquet")

    assert lms.holdings([KNIFE]).rows() == [("ada", KNIFE, "unknown", None, None, None, None)]


# What is wrong with a row or a column: the frame, and what is said of it.
UNFIT = {
    "no such content": (ROW.with_columns(content=pl.lit("course/knive")), "1:1: Unknown content"),
    "no trainee": (ROW.with_columns(trainee=pl.lit(None)), "1:1: Empty trainee"),
    "bad status": (ROW.with_columns(status=pl.lit("done")), "1:1: Unknown status"),
    "no status": (ROW.with_columns(status=pl.lit(None)), "1:1: Unknown status"),
    "no completion": (ROW.with_columns(completed=pl.lit(None)), "1:1: Completed at no time"),
    "version 0": (ROW.with_columns(version=pl.lit(0)), "1:1: Not a version"),
    "no instant": (ROW.with_columns(due=pl.lit("soon")), "1:1: Not an instant"),
    "dates for instants": (
        ROW.with_columns(due=pl.lit(MAY.date())),
        "'due' is Date. Export it as instants",
    ),
    "fractions": (
        ROW.with_columns(version=pl.lit(3.5)),
        "'version' is Float64. Export it as whole numbers",
    ),
    "numbers for status": (ROW.with_columns(status=pl.lit(1)), "'status' is Int32"),
    "lists of trainees": (ROW.with_columns(trainee=pl.lit(["ada"])), "'trainee' is List"),
    "a column less": (ROW.drop("due"), "Missing column"),
}


@pytest.mark.parametrize(("rows", "message"), UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_export(tmp_path, rows, message):
    with pytest.raises(LmsUnfit, match=message):
        exported(tmp_path, rows, "parquet").holdings([KNIFE])


DATED = ("no completion", "version 0", "no instant", "dates for instants", "fractions")


@pytest.mark.parametrize("case", DATED)
def test_what_is_dated_is_looked_at_when_a_rule_asks_for_it(tmp_path, case):
    """D1b"""
    rows, message = UNFIT[case]
    found = exported(tmp_path, rows, "parquet").enrollments([KNIFE])

    assert (found.trainees.to_list(), found.contents.to_list(), found.is_dated) == (
        ["ada"], [KNIFE], False,
    )  # fmt: skip
    with pytest.raises(LmsUnfit, match=message):
        _ = found.dated


def test_an_export_that_is_written_anew_meanwhile_is_not_mixed(tmp_path):
    lms = exported(tmp_path, enrollments(("ada", KNIFE, "completed")), "parquet")
    found = lms.enrollments([KNIFE])
    exported(tmp_path, enrollments(("bob", KNIFE, "completed")), "parquet")

    with pytest.raises(LmsUnfit, match="was written while it was read"):
        _ = found.dated
    (tmp_path / "enrollments.parquet").unlink()
    with pytest.raises(LmsUnfit, match="No such file"):
        _ = found.dated


def test_rows_of_many_pieces_and_many_values(tmp_path):
    """A file in pieces, each with its own list of texts; more contents than fit into a byte."""
    named = [f"course/c{number}" for number in range(400)]
    listed = ", ".join(f"c{number}: {{title: C, version: 1}}" for number in range(400))
    rows = pl.DataFrame(
        [
            (f"t{number % 50}", named[number % 400], STATUSES[number % 3], 1, MAY, None, JUNE)
            for number in range(4000)
        ],
        schema=dict(HOLDINGS.schema),
        orient="row",
    )
    (tmp_path / "catalog.yaml").write_text(f"courses: {{{listed}}}")
    path = tmp_path / "enrollments.parquet"
    rows.write_parquet(path, row_group_size=137)
    lms = ExportLms(catalog=tmp_path / "catalog.yaml", enrollments=path)

    assert lms.holdings(named).rows() == rows.rows()
    some = [named[7], named[390]]
    assert lms.holdings(some).rows() == rows.filter(pl.col("content").is_in(some)).rows()


@pytest.mark.parametrize("said", [1, 2, 4, 60, 1 << 40, 1 << 60])
def test_a_file_that_says_another_number_of_rows_than_it_has(tmp_path, said):
    """The footer is believed by nobody: three rows, or a refusal, and never something else."""

    rows = enrollments(*((who, KNIFE, "not_started") for who in ("ada", "bob", "cy")))
    lms = exported(tmp_path, rows, "parquet")
    path = tmp_path / "enrollments.parquet"
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    body, footer = data[: -8 - length], data[-8 - length : -8]
    assert footer.count(b"\x16\x06\x19") == 1, "the number of rows, and the list behind it"
    footer = footer.replace(b"\x16\x06\x19", b"\x16" + bytes(_groups_of_seven(said << 1)) + b"\x19")
    path.write_bytes(body + footer + len(footer).to_bytes(4, "little") + b"PAR1")

    try:
        read = lms.holdings([KNIFE]).rows()
    except LmsUnfit as refusal:
        read = str(refusal)
    assert read == rows.rows() or "Not readable" in read


def _groups_of_seven(number):
    """The bytes of a number as Thrift writes it, the lowest bits first."""
    while number > 0x7F:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(99) + b"PAR1", b"trainee,content"])
def test_what_is_no_parquet_file(lms, tmp_path, data):
    (tmp_path / "enrollments.parquet").write_bytes(data)

    with pytest.raises(LmsUnfit, match="Not readable"):
        lms.holdings([KNIFE])


def test_progress_from_a_file_with_the_rest_derived(tmp_path):
    held = enrollments(("ada", ONBOARDING, "in_progress"), ("bob", ONBOARDING, "not_started"))
    told = {"trainee": "ada", "module": ONBOARDING, "course": KNIFE, "status": "completed"}
    progress = pl.DataFrame(told).with_columns(version=pl.lit(2), completed=pl.lit(JUNE))
    lms = exported(tmp_path, held, "csv", progress)

    found = lms.progress([ONBOARDING]).sort("trainee", "course")
    assert found.select("trainee", "course", "status", "version", "completed").rows() == [
        ("ada", FIRE, "not_started", 1, None),
        ("ada", KNIFE, "completed", 2, JUNE),
        ("bob", FIRE, "not_started", 1, None),
        ("bob", KNIFE, "not_started", 3, None),
    ]


def test_progress_without_its_file_is_told(tmp_path):
    lms = exported(tmp_path, enrollments(("ada", ONBOARDING, "in_progress")), "csv")
    broken = ExportLms(
        catalog=tmp_path / "catalog.yaml",
        enrollments=tmp_path / "enrollments.csv",
        progress=tmp_path / "progress.csv",
    )

    assert lms.progress([ONBOARDING]).height == 2
    with pytest.raises(LmsUnfit, match="No such file"):
        broken.progress([ONBOARDING])


def test_unknown_is_not_not_started(tmp_path):
    lms = exported(tmp_path, enrollments(("ada", ONBOARDING, "unknown")), "parquet")

    assert set(lms.progress([ONBOARDING])["status"]) == {"unknown"}
