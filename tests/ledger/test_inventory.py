"""What an apply saw in the LMS comes back as it was; a small change writes little; it is vouched for."""

from dataclasses import replace

import numpy as np
import pytest
from pyroaring import BitMap
from sqlalchemy import select, text

from reconciler.ledger.open import open_ledger
from reconciler.ledger.run import Answer, Sent, Trouble
from reconciler.ledger.tables import INVENTORY
from reconciler.records import Intent, LedgerChanges, Seen
from tests.ledger.test_migrate import moved
from tests.ledger.worlds import LINEAGE, MONDAY, URL, day, new_ledger, run, sighting

NONE = np.datetime64("NaT", "s")
APRIL = np.datetime64("2026-04-01T04:59:59", "s")
FAR = 3 << 16
"""In the fourth block of numbers."""


@pytest.fixture
def ledger(tmp_path, place):
    return new_ledger(tmp_path, place)


def seen(enrolled=(), completed=(), due=()):
    return Seen(BitMap(enrolled), BitMap(completed), np.array(due, dtype="datetime64[s]"))


def begins(ledger, serial, **by_content):
    """A run that sees these contents in the LMS."""
    contents = {f"course/{name}": one for name, one in by_content.items()}
    return ledger.begin(LedgerChanges(), sighting(), replace(run(ledger, serial), seen=contents))


def told(ledger):
    return {
        content: (set(one.enrolled), set(one.completed), one.due.tolist())
        for content, one in ledger.last_apply().seen.items()
    }


def plain(one):
    return set(one.enrolled), set(one.completed), one.due.tolist()


SIGHTS = {
    "nobody": seen(),
    "some, some of them done": seen([1, 2, 5], [2], [APRIL, NONE]),
    "in blocks far apart": seen([0, 7, FAR, FAR + 9], [7], [APRIL, NONE, APRIL + 1]),
    "all done": seen([3, FAR], [3, FAR]),
    "long ago, and far ahead": seen([1, 2], [], ["1901-01-01", "2999-12-31T23:59:59"]),
}


@pytest.mark.parametrize("one", SIGHTS.values(), ids=SIGHTS.keys())
def test_it_comes_back(one, ledger):
    begins(ledger, 0, a=one, b=seen([4], [], [NONE]))
    assert told(ledger) == {"course/a": plain(one), "course/b": ({4}, set(), [None])}


def test_the_last_run_alone_is_remembered(ledger):
    assert ledger.last_apply() is None
    begins(ledger, 0, a=seen([1], [], [NONE]), b=seen([1], [], [NONE]))
    begins(ledger, 1, a=seen(), c=seen([2], [2]))

    last = ledger.last_apply()
    assert (last.serial, last.as_of, last.started) == (2, day(1), day(1))
    assert told(ledger) == {"course/a": (set(), set(), []), "course/c": ({2}, {2}, [])}


def test_only_the_blocks_that_differ_are_written(ledger):
    def blocks():
        """Each block with what the database says when its row was written."""
        column = "xmin" if ledger.database.engine.dialect.name == "postgresql" else "rowid"
        rows = select(INVENTORY.c.content, INVENTORY.c.block, text(column))
        with ledger.database.reading() as connection:
            return {(content, block): str(at) for content, block, at in connection.execute(rows)}

    others = {"b": seen([5], [], [APRIL]), "c": seen([5], [5])}
    begins(ledger, 0, a=seen([1, FAR], [], [APRIL, NONE]), z=seen(), **others)
    before = blocks()
    begins(ledger, 1, a=seen([1, FAR], [FAR], [APRIL]), z=seen(), **others)
    after = blocks()

    assert before.keys() == after.keys()
    changed = {place for place in before if before[place] != after[place]}
    assert changed <= {("course/a", 3)}
    assert told(ledger)["course/a"] == ({1, FAR}, {FAR}, [APRIL.item()])


RESULTS = {
    # the story: the outcomes noted, in order; then who is done, already so, and in doubt
    "all done": ([], {0, 1, 2}, set(), set()),
    "one refused": ([("refused", [2])], {0, 1}, set(), set()),
    "one was so": ([("already", [1])], {0, 2}, {1}, set()),
    "one without an answer": ([("unknown", [1]), ("failed", [2])], {0}, set(), {1}),
}


@pytest.mark.parametrize(("told", "done", "already", "doubtful"), RESULTS.values(), ids=RESULTS)
def test_what_was_sent_comes_with_what_became_of_it(told, done, already, doubtful, ledger):
    intent = Intent("course/a", "assign", ("automation.a",), BitMap([0, 1, 2]), MONDAY, due=day(9))
    ledger.begin(LedgerChanges(), sighting("A", "B", "C"), run(ledger, 0))
    entry = ledger.intend(Sent(intents=(intent,), first=0, last=2, at=MONDAY), serial=1)
    (sent,) = ledger.last_apply().written
    assert (sent.done, sent.doubtful) == (BitMap(), intent.trainees), "nobody has noted it"

    troubles = tuple(
        Trouble(place=0, result=result, detail=None, trainees=BitMap(who)) for result, who in told
    )
    ledger.record({}, serial=1, answer=Answer(entry=entry, counts={}, troubles=troubles, at=MONDAY))
    (sent,) = ledger.last_apply().written
    assert (set(sent.done), set(sent.already), set(sent.doubtful)) == (done, already, doubtful)
    assert (sent.intent.content, sent.intent.due) == ("course/a", day(9))


def test_what_an_earlier_run_sent_is_not_told(ledger):
    intent = Intent("course/a", "assign", ("automation.a",), BitMap([0]), MONDAY)
    ledger.begin(LedgerChanges(), sighting("A"), run(ledger, 0))
    ledger.intend(Sent(intents=(intent,), first=0, last=0, at=MONDAY), serial=1)
    ledger.begin(LedgerChanges(settled={0: BitMap([0])}), sighting(), run(ledger, 1))
    assert ledger.last_apply().written == ()


ALTERED = {
    "who was enrolled": "UPDATE inventory SET enrolled = completed WHERE content = 'course/a'",
    "a content taken out": "DELETE FROM inventory WHERE content = 'course/a'",
}


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED)
def test_the_log_vouches_for_it(statement, ledger):
    begins(ledger, 0, a=seen([1], [1]), b=seen([2], [], [NONE]))
    begins(ledger, 1, a=seen([1, 3], [1], [APRIL]), b=seen())
    assert ledger.verify().broken is None
    with ledger.database.writing() as connection:
        connection.execute(text(statement))
    assert "what the run saw in the LMS" in ledger.verify().broken


def test_it_moves_with_the_ledger(tmp_path, server):
    """To a server and back."""
    ledger = new_ledger(tmp_path)
    begins(ledger, 0, a=SIGHTS["in blocks far apart"], b=SIGHTS["all done"])
    before, place = told(ledger), server.new_address()
    assert moved(ledger, place, tmp_path).rows["inventory"] == 4
    there = open_ledger(place, tmp_path, lineage=LINEAGE)
    assert told(there) == before
    assert there.verify().broken is None
    moved(there, URL, tmp_path)
    back = open_ledger(URL, tmp_path, lineage=LINEAGE)
    assert told(back) == before
    assert back.verify().broken is None
