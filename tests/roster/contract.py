"""What a roster is, whatever it is read from."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from reconciler.errors import Exit, RosterUnfit
from reconciler.frames import ACTIVITY
from reconciler.roster.settings import RosterSettings
from tests.roster.reading import read_roster

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)

STATUS = {"column": "status", "is": ["A", "LOA"], "is_not": ["T"]}
ACTIVITIES = {
    # the story: mapping, cell, then
    "in is": (STATUS, "A", "active"),
    "also in is": (STATUS, " LOA ", "active"),
    "in is_not": (STATUS, "T", "inactive"),
    "listed nowhere": (STATUS, "X", "unknown"),
    "another case": (STATUS, "a", "unknown"),
    "empty": (STATUS, "", "unknown"),
    "true": ("status", "true", "active"),
    "true as a spreadsheet writes it": ("status", "TRUE", "active"),
    "false": ("status", "false", "inactive"),
    "neither true nor false": ("status", "yes", "unknown"),
    "no mapping": (None, "T", "active"),
}
ENDS = {
    # the story: termination date, then; the local day of as-of is 2026-03-02
    "yesterday": ("2026-03-01", "inactive"),
    "today": ("2026-03-02", "inactive"),
    "tomorrow": ("2026-03-03", "active"),
    "none": ("", "active"),
}
FORMATS = {
    "iso": ("%Y-%m-%d", "2015-03-30"),
    "american": ("%m/%d/%Y", "03/30/2015"),
    "american without zeros": ("%m/%d/%Y", "3/30/2015"),
    "german": ("%d.%m.%Y", "30.03.2015"),
    "short year": ("%m/%d/%y", "03/30/15"),
    "named month": ("%d-%b-%Y", "30-Mar-2015"),
    "without marks": ("%Y%m%d", "20150330"),
    "with a time": ("%m/%d/%Y %H:%M", "03/30/2015 00:00"),
}
NO_DAYS = {
    "no such day": ("%Y-%m-%d", "2026-02-30", "2026-03-31"),
    "another format": ("%Y-%m-%d", "03/30/2015", "2026-03-31"),
    "a word": ("%m/%d/%Y", "soon", "03/31/2026 (%m/%d/%Y)"),
    "two digits of a year": ("%m/%d/%Y", "03/30/15", "03/31/2026 (%m/%d/%Y)"),
    "a rest": ("%Y-%m-%d", "2015-03-30x", "2026-03-31"),
    "a time": ("%Y-%m-%d", "2015-03-30 00:00", "2026-03-31"),
}
TEXTS = [
    "0042",
    "NO",
    "0873e5385106",
    "1e5",
    "1.0",
    "null",
    "NA",
    "true",
    "2026-01-01",
    "Zoë",
    "東",
]


def settings_of(**fields):
    return RosterSettings.model_validate(fields)


class RosterContract:
    """Give a subclass ``write(root, columns)``, which writes a file from names to lists of texts
    and returns the settings for it without ``columns``, and ``row``, the row of the first person."""

    row: int

    def write(self, root, columns):
        raise NotImplementedError

    def read(self, root, columns, *, as_of=NOON, zone=CHICAGO, **mapping):
        settings = settings_of(**self.write(root, columns), columns={"id": "id", **mapping})
        return read_roster(settings, root, as_of=as_of, zone=zone)

    def refused(self, root, columns, **mapping):
        with pytest.raises(RosterUnfit) as failure:
            self.read(root, columns, **mapping)
        assert failure.value.status == Exit.UNFIT
        return str(failure.value)

    def test_the_shape(self, tmp_path):
        roster = self.read(
            tmp_path,
            {"id": ["E1", "E2"], "job": ["cook", ""], "shops": ["a|b", ""], "grade": ["7", "8"]},
            grade="grade",
            role="job",
            location={"column": "shops", "separator": "|"},
            brand={"constant": "ember"},
        )

        texts = roster.with_columns(pl.col(pl.Categorical).cast(pl.String))
        assert texts.schema == {
            "trainee": pl.String,
            "activity": ACTIVITY,
            "hire_date": pl.Date,
            "location": pl.List(pl.String),
            "role": pl.String,
            "brand": pl.String,
            "grade": pl.String,
        }
        assert texts.rows() == [
            ("E1", "active", None, ["a", "b"], "cook", "ember", "7"),
            ("E2", "active", None, [], None, "ember", "8"),
        ]

    def test_only_an_id(self, tmp_path):
        assert self.read(tmp_path, {"id": ["E1"]}).rows() == [("E1", "active", None)]

    @pytest.mark.parametrize("text", TEXTS)
    def test_texts_stay_what_they_are(self, tmp_path, text):
        roster = self.read(tmp_path, {"id": [text, "other"], "job": [text, text]}, role="job")

        assert roster["trainee"][0] == text, "P4"
        assert roster["role"].to_list() == [text, text]

    def test_texts_are_trimmed_and_normalized(self, tmp_path):
        roster = self.read(
            tmp_path,
            {"id": ["  E1\t", "Zoe\u0308"], "job": ["\u00a0Gro\u0308ße ", "   "]},
            role="job",
        )

        assert roster["trainee"].to_list() == ["E1", "Zo\u00eb"], "P4"
        assert roster["role"].to_list() == ["Gr\u00f6ße", None]

    def test_several_values(self, tmp_path):
        cells = ["cook|server", " cook | | cook|Zoe\u0308", "|", "", "cook"]
        roster = self.read(
            tmp_path,
            {"id": list("abcde"), "jobs": cells},
            role={"column": "jobs", "separator": "|"},
        )

        assert roster["role"].to_list() == [
            ["cook", "server"],
            ["cook", "Zo\u00eb"],
            [],
            [],
            ["cook"],
        ]

    @pytest.mark.parametrize(
        ("mapping", "cell", "then"), ACTIVITIES.values(), ids=ACTIVITIES.keys()
    )
    def test_activity(self, tmp_path, mapping, cell, then):
        columns = {"id": ["E1"], "status": [cell]}
        assert self.read(tmp_path, columns, active=mapping)["activity"].to_list() == [then], "P5"

    @pytest.mark.parametrize(("end", "then"), ENDS.values(), ids=ENDS.keys())
    @pytest.mark.parametrize("status", ["A", "X"])
    def test_a_termination_date(self, tmp_path, end, then, status):
        roster = self.read(
            tmp_path,
            {"id": ["E1"], "status": [status], "end": [end]},
            active=STATUS,
            termination_date="end",
        )
        unless_ended = "active" if status == "A" else "unknown"
        expected = "inactive" if then == "inactive" else unless_ended
        assert roster["activity"].to_list() == [expected], "P5"

    def test_a_termination_date_counts_from_the_local_day(self, tmp_path):
        columns = {"id": ["E1"], "end": ["2026-03-02"]}
        still_the_first = datetime(2026, 3, 2, 5, 59, tzinfo=UTC)
        for zone, then in ((CHICAGO, "active"), (UTC, "inactive")):
            roster = self.read(
                tmp_path, columns, as_of=still_the_first, zone=zone, termination_date="end"
            )
            assert roster["activity"].to_list() == [then]

    @pytest.mark.parametrize(("form", "cell"), FORMATS.values(), ids=FORMATS.keys())
    def test_dates(self, tmp_path, form, cell):
        roster = self.read(
            tmp_path,
            {"id": ["E1", "E2"], "start": [cell, " "]},
            hire_date={"column": "start", "format": form},
        )
        assert roster["hire_date"].to_list() == [date(2015, 3, 30), None]

    @pytest.mark.parametrize(("form", "cell", "like"), NO_DAYS.values(), ids=NO_DAYS.keys())
    def test_no_dates(self, tmp_path, form, cell, like):
        message = self.refused(
            tmp_path,
            {"id": ["E1", "E2"], "start": ["", cell]},
            hire_date={"column": "start", "format": form},
        )
        assert f"row {self.row + 1}: The hire_date {cell!r} is no date such as {like}." in message

    def test_a_duplicate_id_names_both_rows(self, tmp_path):
        message = self.refused(tmp_path, {"id": ["E1", "E2", " E1", "E1"]})

        assert f"row {self.row + 2}: The id 'E1' stands in row {self.row} already" in message
        assert f"row {self.row + 3}: The id 'E1' stands in row {self.row} already" in message
        assert "E2" not in message

    def test_ids_differ_by_case(self, tmp_path):
        assert self.read(tmp_path, {"id": ["e1", "E1"]}).height == 2

    def test_an_empty_id(self, tmp_path):
        message = self.refused(
            tmp_path, {"id": ["E1", " ", ""], "job": ["a", "b", "c"]}, role="job"
        )
        assert f"row {self.row + 1}: The id is empty (column 'id')" in message
        assert f"row {self.row + 2}: The id is empty" in message

    def test_a_missing_column(self, tmp_path):
        message = self.refused(
            tmp_path, {"id": ["E1"], "position_title": ["cook"]}, role="positon_title"
        )
        assert "There is no column 'positon_title'. Did you mean 'position_title'?" in message

    def test_every_fault_at_once_by_row(self, tmp_path):
        message = self.refused(
            tmp_path,
            {"id": ["E1", "", "E1"], "start": ["x", "2015-03-30", "y"]},
            hire_date="start",
            role="job",
        )
        rows = [line.strip().partition(":")[0] for line in message.splitlines()[1:]]
        first = [f"row {self.row + at}" for at in (0, 1, 2, 2)]
        assert rows[1:] == first
        assert "'job'" in message.splitlines()[1]

    def test_twenty_faults_and_a_count(self, tmp_path):
        message = self.refused(
            tmp_path,
            {"id": [str(number) for number in range(1500)], "start": ["x"] * 1500},
            hire_date="start",
        )
        assert message.count("is no date") == 20
        assert message.endswith("… and 1,480 more")

    def test_nobody(self, tmp_path):
        assert "holds no trainee" in self.refused(tmp_path, {"id": []}), "A3"

    def test_no_file(self, tmp_path):
        settings = settings_of(**self.write(tmp_path, {"id": ["E1"]}), columns={"id": "id"})
        (tmp_path / settings.path).rename(tmp_path / f"{settings.path}2")
        with pytest.raises(RosterUnfit, match=f"no such file.*Did you mean '{settings.path}2'"):
            read_roster(settings, tmp_path, as_of=NOON, zone=CHICAGO)

    def test_a_folder(self, tmp_path):
        settings = settings_of(**self.write(tmp_path, {"id": ["E1"]}), columns={"id": "id"})
        (tmp_path / settings.path).unlink()
        (tmp_path / settings.path).mkdir()
        with pytest.raises(RosterUnfit, match="This is a folder"):
            read_roster(settings, tmp_path, as_of=NOON, zone=CHICAGO)
