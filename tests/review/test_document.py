"""A plan as a document: numbers that add up, and the same for the same inputs."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.commands.planning import make_plan
from reconciler.review.model import PlanDocument
from tests.commands.desk import LINEAGE, furnish
from tests.review.test_terminal import POLICY, ROSTER

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("review") / "site", policy=POLICY, roster=ROSTER)
    return make_plan(folder, as_of=NOON, no_color=True)


def test_header(made):
    header = made.document.header
    assert header.as_of == NOON
    assert header.expires == NOON + timedelta(days=1)
    assert header.timezone == "America/Chicago"
    assert (header.lineage, header.serial, header.what_if) == (LINEAGE, 0, False)
    assert set(header.inputs) == {"policies", "roster", "holdings", "catalog", "organization"}


def test_totals_are_those_of_decisions_and_rows(made):
    document = made.document
    carried = [one for one in document.decisions if one.blocked is None]
    assert sum(one.trainees for one in carried) == document.totals.assign == len(made.saved_actions)
    assert document.totals.trainees == made.saved_actions["trainee"].n_unique()


def test_reasons_are_those_of_everybody_whom_a_target_meets(made):
    """D4: each is counted once; the audience are the active who match."""
    knives = next(one for one in made.document.automations if one.id == "automation.knives")
    assert knives.reasons == {
        "inactive": 1, "activity unknown": 1, "undecided": 1, "exempt": 1, "assigned": 2,
    }  # fmt: skip
    assert knives.audience == 3


def test_people(made):
    people = made.document.people
    assert (people.active, people.inactive, people.unknown, people.absent) == (4, 1, 1, 0)


def test_json_round_trip(made):
    text = made.document.model_dump_json()
    assert PlanDocument.model_validate_json(text) == made.document


def test_no_name_is_in_the_document(made):
    """Names are in the table of actions alone, apart from those that policies write themselves."""
    text = made.document.model_dump_json()
    for trainee in ("E2", "E4", "E5", "E6"):
        assert f'"{trainee}"' not in text


def test_the_digest_is_of_the_plan_and_not_of_the_time(made):
    later = make_plan(made.workspace.root, as_of=NOON + timedelta(seconds=1), no_color=True)
    assert later.document.header.digest != ""
    same = make_plan(made.workspace.root, as_of=NOON, no_color=True)
    assert same.document == made.document, "D1"
