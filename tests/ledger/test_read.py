from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.errors import WrongUse
from reconciler.records import LedgerChanges, SetKey
from tests.ledger.worlds import (
    BASELINE,
    GAVE,
    MONDAY,
    automation,
    begun,
    change,
    day,
    new_ledger,
    order,
    run,
    sets_of,
    sighting,
)


@pytest.fixture
def ledger(tmp_path, place):
    return new_ledger(tmp_path, place)


def test_ids_come_back_by_number(ledger):
    ids = ("0042", "NO", "0873e5385106", "Zoë", "a,b", 'say "x"', "日本", "null", "z" * 200)
    ledger.begin(LedgerChanges(), sighting(*ids, present=range(len(ids))), run=run(ledger, 0))
    ledger.begin(LedgerChanges(), sighting("aa", present=[0]), run=run(ledger, 1))

    assert ledger.state().trainees.to_list() == [*ids, "aa"]
    assert ledger.state().trainees.name == "trainee"


def test_a_single_trainee(ledger):
    ledger.begin(LedgerChanges(), sighting("E1", present=[0]), run=run(ledger, 0))
    assert ledger.state().trainees.to_list() == ["E1"]


def test_an_id_with_a_line_break_is_never_stored(ledger):
    with pytest.raises(AssertionError):
        ledger.begin(LedgerChanges(), sighting("a\nb", present=[0]), run=run(ledger, 0))
    assert ledger.state().serial == 0


def test_records_come_back_as_they_were(ledger):
    automations = (automation("b", started=None), automation("a"), automation("a", "module/x"))
    orders = (order("b", state="cancelled"), order("a", text={"due": "2026-03-20", "n": [1, 2]}))
    begun(ledger, automations=automations, orders=orders)
    state = ledger.state()

    assert state.automations == (automations[1], automations[2], automations[0])
    assert state.orders == (orders[1], orders[0])


def test_instants_are_whole_seconds_in_utc(ledger):
    chicago = timezone(timedelta(hours=-6))
    as_of = datetime(2026, 3, 2, 3, 0, 0, 999_999, tzinfo=chicago)
    ledger.begin(LedgerChanges(), sighting("E1", present=[0]), run=run(ledger, 0, as_of=as_of))

    assert ledger.state().last_as_of == MONDAY
    assert ledger.state().last_as_of.tzinfo is UTC


def test_runs_in_order(ledger):
    begun(ledger)
    ledger.finish(1, state="complete", counts={"assign": 3}, finished=day(1))
    ledger.begin(LedgerChanges(), sighting(present=[0]), run=run(ledger, 1))
    first, second = ledger.runs()

    assert (first.serial, first.state, first.counts) == (1, "complete", {"assign": 3})
    assert (first.as_of, first.started, first.finished) == (day(0), day(0), day(1))
    assert (first.digest, first.tool_version) == ("digest 0", "0.1.0")
    assert (second.serial, second.state, second.finished) == (2, "running", None)


def test_a_run_is_finished_once(ledger):
    begun(ledger)
    ledger.finish(1, state="complete", counts={}, finished=day(1))
    with pytest.raises(AssertionError):
        ledger.finish(1, state="partial", counts={}, finished=day(2))
    with pytest.raises(AssertionError):
        ledger.record({BASELINE: change([1])}, serial=1)


def test_a_listing(ledger):
    begun(
        ledger,
        automations=(automation(), automation("other")),
        orders=(order(),),
        sets={BASELINE: change([0, 1, 3]), SetKey("open", "assignment.recall"): change([2])},
    )
    everything = ledger.listing()
    knives = ledger.listing("automation.knives")

    assert everything.sizes == {
        BASELINE: 3,
        SetKey("open", "assignment.recall"): 1,
        SetKey("present"): 4,
    }
    assert knives.automations == (automation(),)
    assert knives.orders == ()
    assert knives.sizes == {BASELINE: 3}


def test_ids_of_a_set_by_pages(ledger):
    begun(ledger, people=6, sets={BASELINE: change([0, 2, 3, 5])})

    assert ledger.ids(BASELINE) == ["E0", "E2", "E3", "E5"]
    assert ledger.ids(BASELINE, start=1, count=2) == ["E2", "E3"]
    assert ledger.ids(BASELINE, start=4, count=2) == []
    assert ledger.ids(GAVE) == []


@pytest.mark.parametrize("name", ["automation.knifes", "location", "", "present"])
def test_a_name_that_is_not_recorded(ledger, name):
    ledger.begin(
        LedgerChanges(automations=(automation(),)),
        sighting("E0", present=[0], location=[0]),
        run=run(ledger, 0),
    )
    with pytest.raises(WrongUse, match="no record of") as failure:
        ledger.listing(name)
    with pytest.raises(WrongUse):
        ledger.forget(name, by="ada", now=MONDAY)
    assert ("automation.knives" in str(failure.value)) == name.startswith("automation")
    assert sets_of(ledger.state())[SetKey("filled", "location")] == {0}
