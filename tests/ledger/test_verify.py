"""The log is chained by hashes: whatever is altered behind its back is found, and named."""

import pytest
from sqlalchemy import text

from reconciler.ledger.run import Answer, Sent, Trouble
from reconciler.records import Intent, LedgerChanges
from tests.ledger.worlds import MONDAY, automation, day, new_ledger, run, sighting

from pyroaring import BitMap  # isort: skip


@pytest.fixture
def ledger(tmp_path, place):
    """Two runs; the second has begun by what the first one has sent, and left open."""
    made = new_ledger(tmp_path, place)
    first = run(made, 0)
    intent = Intent(
        "course/x", "assign", ("automation.a",), BitMap([0, 1, 2]), MONDAY, effect="new"
    )
    whole = type(first)(
        **{name: getattr(first, name) for name in first.__slots__}
        | {
            "planned": (intent,),
            "texts": {"automation.a": {"assign": "course/x"}},
            "evidence": {"by": "ada"},
        }
    )
    made.begin(
        LedgerChanges(automations=(automation("a"),)),
        sighting("E0", "E1", "E2", present=[0, 1, 2]),
        whole,
    )
    entry = made.intend(Sent(intents=(intent,), first=0, last=2, at=MONDAY), serial=1)
    refused = Trouble(place=0, result="refused", detail="no seat", trainees=BitMap([2]))
    made.record(
        {},
        serial=1,
        answer=Answer(
            entry=entry, counts={"done": 2, "refused": 1}, troubles=(refused,), at=MONDAY
        ),
    )
    made.intend(Sent(intents=(intent,), first=3, last=5, at=MONDAY), serial=1)
    made.begin(
        LedgerChanges(settled={1: BitMap([1])}),
        sighting("E3", present=[0, 1, 2, 3]),
        run(made, 1),
    )
    made.finish(2, state="complete", counts={"done": 0}, finished=day(3))
    return made


UNBOUND = {
    "sqlite": "PRAGMA foreign_keys = OFF",
    "postgresql": "SET session_replication_role = replica",
}


def alter(ledger, statement):
    """Do what a person with a database shell could, keys or no keys."""
    engine = ledger.database.engine
    with engine.connect() as connection:
        connection.connection.cursor().execute(UNBOUND[engine.dialect.name])
        with connection.begin():
            assert connection.execute(text(statement)).rowcount
        connection.invalidate()


def test_it_is_whole(ledger):
    proof = ledger.verify()
    assert (proof.entries, proof.broken) == (7, None)
    assert ledger.verify(head=proof.head).broken is None


ALTERED = {
    # the story: what is done behind its back; the number and a word of the first broken link
    "an entry's text": ("UPDATE log SET body = replace(body, 'ada', 'eve') WHERE number = 1", "entry 1", "hash"),
    "when it was": ("UPDATE log SET at = at + 1 WHERE number = 3", "entry 3", "hash"),
    "an entry taken out": ("DELETE FROM log WHERE number = 4", "entry 5", "entry 4 is missing"),
    "to whom it was sent": (
        "UPDATE intents SET bitmap = (SELECT bitmap FROM outcomes WHERE number = 0) WHERE number = 0",
        "entry 2", "sent",
    ),
    "what was sent": ("UPDATE intents SET action = 'remove' WHERE number = 0", "entry 2", "sent"),
    "by which rule": ("UPDATE intents SET causes = '[\"automation.b\"]' WHERE number = 0", "entry 2", "sent"),
    "what came of it": ("UPDATE outcomes SET result = 'done' WHERE number = 0", "entry 3", "outcomes"),
    "an outcome taken out": ("DELETE FROM outcomes WHERE number = 0", "entry 3", "outcomes"),
    "what was settled": ("UPDATE outcomes SET result = 'failed' WHERE number = 1", "entry 5", "outcomes"),
    "who somebody is": ("UPDATE trainees SET id = 'E9' WHERE id = 'E1'", "entry 1", "ids"),
    "who came later": ("UPDATE trainees SET id = 'E9' WHERE id = 'E3'", "entry 6", "ids"),
    "the text of a rule": ("UPDATE texts SET text = '{}'", "entry 1", "automation.a"),
    "what was planned": ("DELETE FROM planned", "entry 1", "set out"),
    "the plan of a run": ("UPDATE runs SET digest = 'x' WHERE serial = 1", "entry 1", "began"),
    "how a run ended": ("UPDATE runs SET state = 'partial' WHERE serial = 2", "entry 7", "ended"),
    "the last entries": ("DELETE FROM log WHERE number > 3", "entry 3", "goes on"),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "where", "word"), ALTERED.values(), ids=ALTERED.keys())
def test_what_was_altered_is_named(ledger, statement, where, word):
    alter(ledger, statement)
    broken = ledger.verify().broken
    assert broken
    assert where in broken
    assert word in broken


def test_a_last_hash_that_was_kept_shows_what_was_cut_off(ledger):
    """Without it, a log cut off together with all that it vouches for looks whole."""
    head = ledger.verify().head
    alter(ledger, "DELETE FROM log WHERE number = 7")
    alter(ledger, "UPDATE runs SET state = 'running' WHERE serial = 2")
    assert ledger.verify().broken is None
    assert "taken away" in ledger.verify(head=head).broken
