"""What a run did, read back so that it can be undone, on SQLite and PostgreSQL."""

from contextlib import closing
from dataclasses import replace
from io import BytesIO

import polars as pl
import pytest
from pyroaring import BitMap
from sqlalchemy import func, update

from reconciler.errors import WrongUse
from reconciler.frames import DETAILS
from reconciler.ledger.journal import unpacked
from reconciler.ledger.run import Answer, Sent, Trouble
from reconciler.ledger.tables import LOG
from reconciler.records import Intent, LedgerChanges, SetKey
from tests.ledger.worlds import automation, begun, day, new_ledger, order, run, sighting

KNIFE, RULE = "course/knife-safety", "automation.knives"


@pytest.fixture
def ledger(tmp_path, place):
    made = new_ledger(tmp_path, place)
    begun(made, automations=(automation("knives"), automation("other")))
    return made


def details(*remembered):
    rows = [{**dict.fromkeys(DETAILS.schema), "remembered": one} for one in remembered]
    return pl.DataFrame(rows, schema=DETAILS.schema)


def sent(ledger, serial, intent, **troubles):
    """A batch of one intent; of ``troubles`` by result the trainees, and none for no answer yet."""
    batch = Sent(intents=(intent,), first=0, last=len(intent.trainees) - 1, at=day(serial))
    entry = ledger.intend(batch, serial=serial)
    if troubles != {"nothing": "noted"}:
        told = tuple(
            Trouble(place=0, result=result, detail=None, trainees=BitMap(who))
            for result, who in troubles.items()
        )
        answer = Answer(entry=entry, counts={}, troubles=told, at=day(serial))
        ledger.record({}, serial=serial, answer=answer)


def another(ledger, *, undoes=None, after_undo=False):
    state = ledger.state()
    new = replace(run(ledger, state.serial), undoes=undoes, after_undo=after_undo)
    return ledger.begin(LedgerChanges(), sighting(present=range(4)), run=new)


def intent(action="assign", who=range(4), **fields):
    return Intent(KNIFE, action, (RULE,), BitMap(who), day(1), "new", **fields)


def past(ledger, serial=1):
    return ledger.state(undo=serial).past[serial]


def numbers(found):
    return [one.rows["number"].to_list() for one in found.deeds]


RESULTS = {
    "all done": ({}, [0, 1, 2, 3]),
    "one refused": ({"refused": [1]}, [0, 2, 3]),
    "one was so already": ({"already": [2]}, [0, 1, 3]),
    "one failed, one skipped": ({"failed": [0], "skipped": [3]}, [1, 2]),
    "one unknown: it may have been done": ({"unknown": [1]}, [0, 1, 2, 3]),
    "no answer yet": ({"nothing": "noted"}, [0, 1, 2, 3]),
}


@pytest.mark.parametrize(("results", "done"), RESULTS.values(), ids=RESULTS)
def test_what_it_did(ledger, results, done):
    sent(ledger, 1, intent(due=day(9)), **results)
    found = past(ledger)
    assert numbers(found) == [done]
    assert set(found.deeds[0].rows["due"]) == {day(9)}
    assert (found.serial, found.as_of, found.undone_by) == (1, day(0), ())


def test_batches_of_one_decision_are_one_deed(ledger):
    sent(ledger, 1, intent(who=[2, 3]))
    sent(ledger, 1, intent(who=[0, 1], details=details("ended", "ended, gave automation.other")))
    sent(ledger, 1, intent("remove", who=[0]))
    found = past(ledger)
    assert numbers(found) == [[0, 1, 2, 3], [0]]
    assert found.remembered[SetKey("ended", "", KNIFE)] == BitMap([0, 1])
    assert found.remembered[SetKey("gave", "automation.other", KNIFE)] == BitMap([1])


LATER = {
    "given": ("assign", {}, {1}),
    "taken": ("remove", {}, {1}),
    "moved": ("reschedule", {}, set()),
    "refused": ("assign", {"refused": [1]}, set()),
    "nobody knows yet": ("remove", {"nothing": "noted"}, set()),
}


@pytest.mark.parametrize(("action", "results", "later"), LATER.values(), ids=LATER)
def test_what_a_later_run_did(ledger, action, results, later):
    sent(ledger, 1, intent())
    another(ledger)
    sent(ledger, 2, intent(action, who=[1]), **results)
    assert set(past(ledger).later.get(KNIFE, ())) == later


def test_details_of_an_earlier_version_know_who_caused_a_removal(ledger):
    blob = BytesIO()
    details("gave automation.knives").drop("remembered").write_ipc(blob)
    assert unpacked(blob.getvalue()).equals(details(None))
    sent(ledger, 1, intent("remove", who=[2], details=details(None)))
    assert past(ledger).remembered == {SetKey("gave", RULE, KNIFE): BitMap([2])}


def test_an_undo_is_no_apply_of_the_policies(ledger):
    """U9: the last apply stays the last one that was no undo."""
    ledger.finish(1, state="complete", counts={}, finished=day(0))
    sent_in = another(ledger, undoes=1)
    state = ledger.state()
    assert (state.last_as_of, state.undone_as_of, state.latest_as_of) == (day(0), day(1), day(1))
    assert ledger.last_as_of() == day(0)
    assert past(ledger).undone_by == (sent_in,)
    assert ledger.run_evidence()[sent_in].undoes == 1
    another(ledger)
    state = ledger.state()
    assert (state.last_as_of, state.undone_as_of) == (day(2), None)
    assert ledger.verify().broken is None


def test_an_undo_is_remembered_until_somebody_has_looked(ledger):
    """D5e: the run of a standing approval hands it on; for all else it is an apply."""
    assert not ledger.state().unlooked_undo
    another(ledger, undoes=1)
    assert ledger.state().unlooked_undo
    for _ in range(2):
        another(ledger, after_undo=True)
        state = ledger.state()
        assert (state.unlooked_undo, state.undone_as_of) == (True, None)
        assert state.last_as_of == day(state.serial - 1)
    another(ledger)
    assert not ledger.state().unlooked_undo
    assert ledger.verify().broken is None


def test_an_undo_that_was_cut_off_is_known_to_every_plan(ledger):
    sent(ledger, 1, intent("remove", who=[0], details=details("gave automation.knives")))
    another(ledger, undoes=1)
    again = replace(intent(who=[0]), causes=(RULE, "undo.1"))
    sent(ledger, 2, again, nothing="noted")
    assert ledger.state().past[1].remembered == {SetKey("gave", RULE, KNIFE): BitMap([0])}


@pytest.mark.parametrize("serial", [0, 2, -1])
def test_no_such_run(ledger, serial):
    with pytest.raises(WrongUse, match="The ledger has run 1;"):
        ledger.state(undo=serial)


def begin(ledger, *, undoes=None, **changes):
    new = replace(run(ledger, ledger.state().serial), undoes=undoes)
    return ledger.begin(LedgerChanges(**changes), sighting(present=range(4)), run=new)


def forgotten(name):
    return lambda ledger: ledger.forget(f"automation.{name}", by="eve", now=day(1))


def renamed(**names):
    renames = {f"automation.{old}": f"automation.{new}" for old, new in names.items()}
    return lambda ledger: begin(ledger, renamed=renames)


def anew(name):
    return lambda ledger: begin(ledger, automations=(automation(name),))


SINCE = {
    # the story: what happens after knives and fires had given it and a run took it; who gave it then
    "nothing": ([], {"knives", "fires"}),
    "one is renamed": ([renamed(knives="blades")], {"blades", "fires"}),
    "and again": ([renamed(knives="blades"), renamed(blades="steel")], {"steel", "fires"}),
    "their names are swapped": ([renamed(knives="fires", fires="knives")], {"knives", "fires"}),
    "one is forgotten": ([forgotten("knives")], {"fires"}),
    "and its name used again": ([forgotten("knives"), anew("knives")], {"fires"}),
    "one is renamed and forgotten": ([renamed(knives="blades"), forgotten("blades")], {"fires"}),
    "one is renamed, and its name used again": (
        [renamed(knives="blades"), anew("knives")], {"blades", "fires"},
    ),
    "both are forgotten": ([forgotten("knives"), forgotten("fires")], set()),
}  # fmt: skip


@pytest.mark.parametrize(("happens", "owners"), SINCE.values(), ids=SINCE)
def test_by_the_names_of_now(tmp_path, place, happens, owners):
    """U8a."""
    ledger = new_ledger(tmp_path, place)
    begun(ledger, automations=(automation("knives"), automation("fires")))
    was = "gave automation.knives, gave automation.fires"
    sent(ledger, 1, intent("remove", who=[0], details=details(was)))
    for happen in happens:
        happen(ledger)

    found = past(ledger)
    assert {key.owner.partition(".")[2] for key in found.remembered} == owners
    assert set(found.disowned[KNIFE]) == (set() if owners else {0})
    again = begin(ledger, undoes=1)
    sent(ledger, again, intent(who=[0]))
    assert past(ledger, again).restored == found.remembered
    assert ledger.verify().broken is None


OPEN = {
    # the story: what is forgotten once it was sent for three; its causes then, and the disowned
    "nothing": ([], "automation.knives automation.other assignment.recall", ""),
    "a rule": (["automation.knives"], "automation.other assignment.recall", ""),
    "an order": (
        ["assignment.recall"], "automation.knives automation.other assignment.recall",
        "assignment.recall",
    ),
    "all": (
        ["automation.knives", "automation.other", "assignment.recall"],
        "assignment.recall", "assignment.recall",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("names", "causes", "disowned"), OPEN.values(), ids=OPEN)
def test_for_whom_it_was_sent_goes_by_who_is_known(tmp_path, place, names, causes, disowned):
    """A16a, M4e: what was forgotten before it was sent is of no account."""
    made = new_ledger(tmp_path, place)
    begun(made, automations=(automation("knives"), automation("other")), orders=(order(),))
    made.forget("assignment.recall", by="eve", now=day(1))
    made.forget("automation.knives", by="eve", now=day(1))
    begin(made, automations=(automation("knives"),))
    of_three = (RULE, "automation.other", "assignment.recall")
    sent(made, 2, replace(intent(), causes=of_three), nothing="noted")
    for name in names:
        made.forget(name, by="eve", now=day(1))

    (left,) = made.state().intents
    assert (" ".join(left.causes), " ".join(left.disowned)) == (causes, disowned)
    assert made.verify().broken is None


def test_what_is_told_of_a_rename_is_proven(ledger):
    begin(ledger, renamed={"automation.knives": "automation.blades"})
    with closing(ledger.database.engine.connect()) as connection, connection.begin():
        connection.execute(update(LOG).values(body=func.replace(LOG.c.body, "blades", "sabers")))
    assert ledger.verify().broken is not None


def test_a_rename_that_an_earlier_version_did_not_note_leaves_nobodys(ledger):
    """Its run has noted no names: whoever has no record now is nobody any more."""
    sent(ledger, 1, intent("remove", who=[0], details=details("gave automation.gone")))
    assert past(ledger).remembered == {}
    assert past(ledger).disowned == {KNIFE: BitMap([0])}
