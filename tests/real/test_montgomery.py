"""A real employer's roster, read where it is: every head-count is counted again by hand."""

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.commands.planning import make_plan
from reconciler.execution.apply import apply
from reconciler.ledger.open import create_ledger
from reconciler.lms.local.load import create
from reconciler.workspace import open_workspace

HERE = Path(__file__).parent / "workspace"
ROSTER = Path(__file__).parents[3] / "shared/data/montgomery_county_workforce_2016.csv"
PLACE = "../../../../shared/data/montgomery_county_workforce_2016.csv"
JANUARY, LATER, LATEST = (datetime(2017, month, 9, 17, tzinfo=UTC) for month in (1, 2, 4))

pytestmark = pytest.mark.skipif(
    not ROSTER.exists(), reason="the real roster is not at ../shared/data, so it is not read"
)


@pytest.fixture(scope="module")
def people():
    with ROSTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The workspace after its first apply, and the plan of that."""
    folder = tmp_path_factory.mktemp("real") / "workspace"
    shutil.copytree(HERE, folder)
    text = (HERE / "reconciler.yaml").read_text(encoding="utf-8")
    (folder / "reconciler.yaml").write_text(text.replace(PLACE, str(ROSTER)), encoding="utf-8")
    settings = open_workspace(folder).settings
    create_ledger(settings.ledger, folder, lineage=settings.lineage)
    create(
        folder / settings.lms.path, catalog=folder / "catalog.yaml", enrollments=None,
        progress=None, replace=False,
    )  # fmt: skip
    return folder, applied(folder, JANUARY)


@pytest.fixture
def folder(first, tmp_path):
    shutil.copytree(first[0], tmp_path / "workspace")
    return tmp_path / "workspace"


def applied(folder, as_of):
    made = make_plan(folder, as_of=as_of, no_color=True)
    workspace = made.workspace
    assert apply(made.plan, workspace.lms(), workspace.ledger(), clock=lambda: as_of).is_whole
    return made


def bus_operator(row):
    return (row["department"], row["position_title"]) == (
        "Department of Transportation",
        "Bus Operator",
    )


def police(row):
    title = row["position_title"]
    return row["department"] == "Department of Police" and (
        title.startswith("Police Officer ") or title == "Master Police Officer"
    )


def fire(row):
    title = row["position_title"]
    return (
        row["department"] == "Fire and Rescue Services"
        and ("Firefighter/Rescuer" in title or title.startswith("Fire/Rescue "))
        and row["hire_date"] >= "2010-01-01"
    )


def correctional(row):
    return (
        row["department"] == "Correction and Rehabilitation"
        and row["division"].startswith("DS ")
        and row["division"].endswith(" Security")
        and row["position_title"].startswith("Correctional Officer ")
    )


def librarian(row):
    title = row["position_title"]
    return row["department"] == "Department of Public Libraries" and (
        title.startswith("Librarian ") or title == "Senior Librarian"
    )


AUDIENCES = {
    "bus-operators": bus_operator,
    "police": police,
    "fire-and-rescue": fire,
    "correctional-officers": correctional,
    "librarians": librarian,
}


@pytest.mark.parametrize(("name", "matches"), AUDIENCES.items(), ids=AUDIENCES.keys())
def test_audience(first, people, name, matches):
    counted = sum(map(matches, people))
    report = report_of(first[1], name)
    assert counted > 20, "the table still selects somebody"
    assert report.audience == counted


def test_future_only_leaves_those_hired_before_the_window(first, people):
    report = report_of(first[1], "bus-operators")
    new = [
        row["employee_id"]
        for row in people
        if bus_operator(row) and row["hire_date"] >= "2016-12-01"
    ]
    assert report.baseline.size == sum(map(bus_operator, people)) - len(new)
    assert who(first[1], "course/defensive-driving") == sorted(new), "A3"


def test_existing_rules_assign_everybody_in_an_open_window(first, people):
    made = first[1]
    for content, matches in (
        ("course/de-escalation", police),
        ("course/breathing-apparatus", fire),
    ):
        assert who(made, content) == sorted(r["employee_id"] for r in people if matches(r))
    for name in ("correctional-officers", "librarians"):
        report = report_of(made, name)
        assert report.reasons == {"window not open": report.audience}, "A1"


def test_the_order_is_for_two_depots(first, people):
    depots = {"Transit Silver Spring Ride On", "Transit Nicholson Ride On"}
    counted = sorted(
        row["employee_id"]
        for row in people
        if row["position_title"] == "Bus Operator" and row["division"] in depots
    )
    assert who(first[1], "course/route-changes") == counted


def test_the_next_plan_is_empty(folder):
    assert make_plan(folder, as_of=JANUARY, no_color=True).document.is_empty, "D2"


def test_a_window_opens(folder, people):
    made = applied(folder, LATER)
    assert who(made, "course/custody-and-control") == sorted(
        row["employee_id"] for row in people if correctional(row)
    )
    assert len(made.saved_actions) == report_of(made, "correctional-officers").audience


def test_a_transfer_and_a_hire_enter_and_a_return_is_an_entry(folder, people):
    rows = {row["employee_id"]: dict(row) for row in people}
    leaver = next(row for row in people if bus_operator(row) and row["hire_date"] < "2016-12-01")
    mover = next(row for row in people if librarian(row))
    driver = {
        key: leaver[key] for key in ("department_code", "department", "division", "position_title")
    }
    reader = {key: mover[key] for key in driver}
    hired = {**leaver, "employee_id": "0042", "hire_date": "2017-01-20"}

    rows[mover["employee_id"]] |= driver
    rows[leaver["employee_id"]] |= reader
    made = applied(changed(folder, [*rows.values(), hired]), LATER)
    assert who(made, "course/defensive-driving") == sorted(["0042", mover["employee_id"]]), "A3"
    assert report_of(made, "bus-operators").baseline.leaves == 1, "A4"

    rows[leaver["employee_id"]] |= driver
    made = applied(changed(folder, [*rows.values(), hired]), LATEST)
    assert who(made, "course/defensive-driving") == [leaver["employee_id"]], "A4"
    assert make_plan(folder, as_of=LATEST, no_color=True).document.is_empty


def report_of(made, name):
    return next(one for one in made.document.automations if one.id == f"automation.{name}")


def who(made, content):
    rows = made.saved_actions.filter(made.saved_actions["content"].cast(str) == content)
    return sorted(rows["trainee"])


def changed(folder, rows):
    """The workspace with a roster of its own."""
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    text = (folder / "reconciler.yaml").read_text(encoding="utf-8")
    (folder / "reconciler.yaml").write_text(
        text.replace(str(ROSTER), "roster.csv"), encoding="utf-8"
    )
    return folder
