"""D9: a ledger is made on purpose, and nothing is planned from a missing or a wrong one."""

import os
import sqlite3
from contextlib import closing

import pytest

from reconciler.errors import Exit, LedgerUnfit, WrongUse
from reconciler.ledger.open import create_ledger, open_ledger
from tests.ledger.worlds import LINEAGE, URL, begun, new_ledger, order


def file_of(root):
    return root / ".reconciler/ledger.db"


def write(root, data):
    file_of(root).parent.mkdir()
    file_of(root).write_bytes(data)


def execute(root, statement, *, create=False):
    if create:
        write(root, b"")
    with closing(sqlite3.connect(file_of(root))) as database, database:
        database.execute(statement)


UNFIT = {
    "missing": (lambda root: None, "there is no ledger", "reconciler state init"),
    "a folder": (lambda root: file_of(root).mkdir(parents=True), "not a file", "state init"),
    "empty": (lambda root: write(root, b""), "holds no ledger", "state init"),
    "not a database": (lambda root: write(root, b"hello" * 999), "not a database", "state init"),
    "cut off": (
        lambda root: (
            new_ledger(root),
            os.truncate(file_of(root), file_of(root).stat().st_size // 2),
        ),
        "malformed",
        "state init",
    ),
    "another database": (
        lambda root: execute(root, "CREATE TABLE other (a)", create=True),
        "holds no ledger",
        "state init",
    ),
    "another lineage": (
        lambda root: create_ledger(URL, root, lineage="77aa"),
        "lineage is 77aa",
        "another workspace",
    ),
    "another format": (
        lambda root: (
            new_ledger(root),
            execute(root, "UPDATE meta SET value = '9' WHERE key = 'format'"),
        ),
        "format 9",
        "the version of reconciler that wrote it",
    ),
}


@pytest.mark.parametrize(("make", "what", "way_out"), UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_ledger(tmp_path, make, what, way_out):
    make(tmp_path)
    with pytest.raises(LedgerUnfit) as failure:
        open_ledger(URL, tmp_path, lineage=LINEAGE)

    assert failure.value.status == Exit.UNFIT
    assert str(failure.value).startswith(URL)
    assert what in str(failure.value)
    assert way_out in str(failure.value)


def test_opening_never_makes_one(tmp_path):
    with pytest.raises(LedgerUnfit):
        open_ledger(URL, tmp_path, lineage=LINEAGE)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_vanishes_is_not_made_anew(tmp_path):
    ledger = new_ledger(tmp_path)
    for file in file_of(tmp_path).parent.iterdir():
        file.unlink()

    with pytest.raises(LedgerUnfit):
        begun(ledger)
    assert list(file_of(tmp_path).parent.iterdir()) == []


def test_a_new_ledger_is_empty_and_its_orders_are_done(tmp_path):
    new_ledger(tmp_path, done_orders=[order("recall"), order("briefing")])
    state = open_ledger(URL, tmp_path, lineage=LINEAGE).state()

    assert (state.lineage, state.serial, state.last_as_of) == (LINEAGE, 0, None)
    assert state.trainees.is_empty()
    assert state.sets == {}
    assert [(record.id, record.state) for record in state.orders] == [
        ("assignment.briefing", "done"),
        ("assignment.recall", "done"),
    ]


def test_a_second_one_is_refused_and_the_first_stays(tmp_path):
    begun(new_ledger(tmp_path))

    with pytest.raises(WrongUse, match="there already"):
        new_ledger(tmp_path)
    assert open_ledger(URL, tmp_path, lineage=LINEAGE).state().serial == 1


def test_no_room_for_one(tmp_path):
    (tmp_path / ".reconciler").write_text("a file")
    with pytest.raises((LedgerUnfit, WrongUse), match=r"\.reconciler/ledger\.db"):
        new_ledger(tmp_path)


PLACES = {
    "relative": "sqlite:///ledger.db",
    "with spaces, umlauts and signs": "sqlite:///Größe 100% #1?.db",
    "deeper": "sqlite:///a/b/ledger.db",
}


@pytest.mark.parametrize("url", PLACES.values(), ids=PLACES.keys())
def test_places(tmp_path, url):
    create_ledger(url, tmp_path, lineage=LINEAGE)

    assert (tmp_path / url.removeprefix("sqlite:///")).is_file()
    assert open_ledger(url, tmp_path, lineage=LINEAGE).state().serial == 0


def test_an_absolute_place(tmp_path):
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    create_ledger(url, tmp_path / "workspace", lineage=LINEAGE)

    assert (tmp_path / "elsewhere.db").is_file()


NO_PLACES = {
    "another database": "mysql://ada:secret@db/ledger",
    "in memory": "sqlite:///:memory:",
    "no path": "sqlite:///",
    "two slashes": "sqlite://ledger.db",
    "a path": "ledger.db",
}


@pytest.mark.parametrize("url", NO_PLACES.values(), ids=NO_PLACES.keys())
def test_no_places(tmp_path, url):
    with pytest.raises(WrongUse, match="Write it as sqlite:///") as failure:
        open_ledger(url, tmp_path, lineage=LINEAGE)
    assert "secret" not in str(failure.value)


def test_a_lock_that_stays(tmp_path):
    new_ledger(tmp_path)
    ledger = open_ledger(URL, tmp_path, lineage=LINEAGE, patience=0.05)
    with closing(sqlite3.connect(file_of(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert ledger.state().serial == 0, "readers do not wait for a writer"
        with pytest.raises(LedgerUnfit, match="locked"):
            begun(ledger)
        other.execute("ROLLBACK")
    assert begun(ledger) == 1
