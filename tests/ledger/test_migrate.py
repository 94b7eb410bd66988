"""A ledger that moves arrives whole, and is in one place only."""

import json
import sqlite3
from contextlib import closing

import pytest

from reconciler.errors import LeaseLost, LedgerUnfit, WrongUse
from reconciler.ledger.evidence import Question
from reconciler.ledger.lease import Holder
from reconciler.ledger.migrate import Mover, migrate, upgrade_ledger
from reconciler.ledger.open import create_ledger, open_ledger
from reconciler.ledger.run import Sent
from reconciler.records import Intent, LedgerChanges, SetKey
from tests.ledger.worlds import (
    BASELINE,
    GAVE,
    LINEAGE,
    URL,
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

from pyroaring import BitMap  # isort: skip

OTHER = "sqlite:///other.db"


@pytest.fixture
def elsewhere(request, server):
    return server.new_address()


def filled(root, url=URL):
    ledger = new_ledger(root, url)
    sets = {BASELINE: change([0, 2]), GAVE: change([1])}
    begun(ledger, automations=(automation(), automation("größe")), orders=(order(),), sets=sets)
    intent = Intent("course/x", "assign", ("automation.a",), BitMap([0]), day(0))
    ledger.intend(Sent(intents=(intent,), first=0, last=0, at=day(0)), serial=1)
    return ledger


def moved(ledger, url, root):
    lease = ledger.take_lease(Holder("ada"), now=day(2), ended=lambda _: True)
    return migrate(ledger, url, root, mover=Mover(by="ada", now=day(2), fence=lease.fence))


def seen(ledger):
    state = ledger.state()
    return (
        state.trainees.to_list(), state.automations, state.orders, sets_of(state),
        [(one.content, one.trainees, one.assigned) for one in state.intents], ledger.runs(),
    )  # fmt: skip


def test_there_and_back(tmp_path, elsewhere):
    ledger = filled(tmp_path)
    before = seen(ledger)
    sent = moved(ledger, elsewhere, tmp_path)
    assert sent.rows["trainees"] == 4

    there = open_ledger(elsewhere, tmp_path, lineage=LINEAGE)
    assert seen(there) == before
    assert there.verify().broken is None
    with pytest.raises(LedgerUnfit, match="has moved"):
        ledger.state()
    with pytest.raises(LedgerUnfit, match="has moved"):
        open_ledger(URL, tmp_path, lineage=LINEAGE)

    moved(there, URL, tmp_path)
    back = open_ledger(URL, tmp_path, lineage=LINEAGE)
    assert seen(back) == before
    assert back.verify().broken is None
    assert [kind for _, kind, _ in back.notices()] == ["arrived", "arrived"]
    with pytest.raises(LedgerUnfit, match="has moved"):
        there.state()


def test_an_old_fence_is_good_nowhere(tmp_path, elsewhere):
    ledger = new_ledger(tmp_path)
    paused = ledger.take_lease(Holder("ada"), now=day(0), ended=lambda _: False)
    moved(ledger, elsewhere, tmp_path)
    there = open_ledger(elsewhere, tmp_path, lineage=LINEAGE)
    with pytest.raises(LeaseLost):
        there.renew(paused, now=day(0))
    after = there.take_lease(Holder("bob"), now=day(3), ended=lambda _: False)
    assert after.fence > paused.fence


def test_another_ledger_is_not_written_over(tmp_path):
    ledger = filled(tmp_path)
    create_ledger(OTHER, tmp_path, lineage="another")
    with pytest.raises(WrongUse, match="there already"):
        moved(ledger, OTHER, tmp_path)
    twin = create_ledger("sqlite:///twin.db", tmp_path, lineage=LINEAGE)
    begun(twin)
    with pytest.raises(WrongUse, match="there already"):
        moved(ledger, "sqlite:///twin.db", tmp_path)


def test_one_that_was_left_half_made_is_used(tmp_path):
    """A move that was cut off has made the tables and no more."""
    ledger = filled(tmp_path)
    before = seen(ledger)
    create_ledger(OTHER, tmp_path, lineage=LINEAGE)
    moved(ledger, OTHER, tmp_path)
    assert seen(open_ledger(OTHER, tmp_path, lineage=LINEAGE)) == before


def older(root, action="assign"):
    """A ledger as the version before wrote it: with one run, cut off in a batch."""
    ledger = filled(root)
    intents = ledger.state().intents
    with closing(sqlite3.connect(root / ".reconciler/ledger.db")) as database, database:
        bitmap = database.execute("SELECT bitmap FROM intents").fetchone()[0]
        for table in ("inventory", "outcomes", "intents", "planned", "texts", "log", "lease"):
            database.execute(f"DROP TABLE {table}")
        database.execute("ALTER TABLE runs DROP COLUMN fence")
        database.execute(
            "CREATE TABLE intents (number INTEGER NOT NULL PRIMARY KEY, serial INTEGER NOT NULL, "
            "content TEXT NOT NULL, action TEXT NOT NULL, causes JSON NOT NULL, assigned BIGINT, "
            "bitmap BLOB NOT NULL)"
        )
        row = (
            1,
            1,
            "course/x",
            action,
            json.dumps(["automation.a"]),
            int(day(0).timestamp()),
            bitmap,
        )
        database.execute("INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        database.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    return intents


def test_an_older_format_is_told_the_command_and_brought_up(tmp_path):
    intents = older(tmp_path)
    with pytest.raises(LedgerUnfit, match="reconciler state upgrade"):
        open_ledger(URL, tmp_path, lineage=LINEAGE)
    upgrade_ledger(URL, tmp_path, lineage=LINEAGE)
    ledger = open_ledger(URL, tmp_path, lineage=LINEAGE)

    state = ledger.state()
    assert [(one.content, one.trainees) for one in state.intents] == [
        (one.content, one.trainees) for one in intents
    ]
    assert sets_of(state)[GAVE] == {1}
    assert SetKey("present") in state.sets
    assert ledger.runs()[0].state == "running"
    told = ledger.run_evidence()[1]
    assert (told.digest, told.by, told.texts, told.undoes) == ("digest 0", "", {}, None)
    (act,) = ledger.acts(Question())
    assert (act.content, act.run, act.rows["result"].to_list()) == ("course/x", told, ["open"])
    assert not upgrade_ledger(URL, tmp_path, lineage=LINEAGE), "it is up to date"


def test_the_older_format_named_a_withdrawal_by_its_action(tmp_path):
    older(tmp_path, "remove withdrawn")
    upgrade_ledger(URL, tmp_path, lineage=LINEAGE)
    state = open_ledger(URL, tmp_path, lineage=LINEAGE).state()
    assert [(one.action, one.effect) for one in state.intents] == [("remove", "withdrawn")]


def test_the_format_before_this_one_is_brought_up(tmp_path):
    """It did not remember what an apply saw in the LMS, and does from the next one on."""
    ledger = filled(tmp_path)
    before = seen(ledger)
    with closing(sqlite3.connect(tmp_path / ".reconciler/ledger.db")) as database, database:
        database.execute("DROP TABLE inventory")
        database.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
    with pytest.raises(LedgerUnfit, match="reconciler state upgrade"):
        open_ledger(URL, tmp_path, lineage=LINEAGE)
    upgrade_ledger(URL, tmp_path, lineage=LINEAGE)

    brought_up = open_ledger(URL, tmp_path, lineage=LINEAGE)
    assert seen(brought_up) == before
    assert [kind for _, kind, _ in brought_up.notices()] == ["upgraded"]
    assert brought_up.verify().broken is None
    assert brought_up.last_apply().seen == {}
    brought_up.begin(LedgerChanges(), sighting(), run(brought_up, 1))
    assert brought_up.verify().broken is None
