"""A ledger on a server: what is wrong is told with the way out, and no password is (D9)."""

import os
import subprocess
import sys
import threading

import pytest

from reconciler.errors import Exit, LedgerUnfit, WrongUse
from reconciler.ledger.open import create_ledger, open_ledger
from tests.ledger.worlds import LINEAGE, begun, new_ledger


@pytest.fixture
def url(server):
    return server.new_address()


def test_opening_never_makes_one(server, url, tmp_path):
    with pytest.raises(LedgerUnfit, match="holds no ledger") as failure:
        open_ledger(url, tmp_path, lineage=LINEAGE)
    assert failure.value.status == Exit.UNFIT
    assert server.execute("SELECT to_regclass('meta')", url=url) == [(None,)]


def test_a_second_one_is_refused_and_the_first_stays(url, tmp_path):
    begun(new_ledger(tmp_path, url))
    with pytest.raises(WrongUse, match="there already"):
        new_ledger(tmp_path, url)
    assert open_ledger(url, tmp_path, lineage=LINEAGE).state().serial == 1


def test_two_ledgers_share_a_database_by_schemas(server, tmp_path):
    first, second = (new_ledger(tmp_path, server.new_address()) for _ in range(2))
    begun(first)
    assert (first.state().serial, second.state().serial) == (1, 0)


UNFIT = {
    # the story: what is said to the ledger, and a word of the answer
    "another lineage": ("UPDATE meta SET value = 'x' WHERE key = 'lineage'", "another workspace"),
    "another format": ("UPDATE meta SET value = '99' WHERE key = 'format'", "format 99"),
    "a table is gone": ("DROP TABLE members", "members"),
}


@pytest.mark.parametrize(("statement", "word"), UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_ledger(server, url, tmp_path, statement, word):
    new_ledger(tmp_path, url)
    server.execute(statement, url=url)
    with pytest.raises(LedgerUnfit, match=word):
        open_ledger(url, tmp_path, lineage=LINEAGE).state()


SERVERS = {
    # the story: what differs in the address, and a word of the answer
    "nobody listens": (lambda server: ("127.0.0.1:" + str(server.port), "127.0.0.1:1"), "refused"),
    "no such database": (lambda _: ("/postgres?", "/none?"), "createdb"),
    "no such user": (lambda _: ("reconciler@", "ada@"), "RECONCILER_LEDGER_PASSWORD"),
    "TLS that the server has not": (lambda _: ("?", "?sslmode=require&"), "SSL"),
    "a certificate that is not there": (
        lambda _: ("?", "?sslmode=verify-full&sslrootcert=none.pem&"), "none.pem",
    ),
    "no such parameter": (lambda _: ("?", "?sslmood=require&"), "sslmood"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "word"), SERVERS.values(), ids=SERVERS.keys())
def test_a_server_that_cannot_be_used(server, url, tmp_path, change, word):
    other = url.replace(*change(server))
    assert other != url
    with pytest.raises(LedgerUnfit, match=word) as failure:
        open_ledger(other, tmp_path, lineage=LINEAGE)
    assert server.password not in str(failure.value)


def test_a_wrong_password_is_not_told(url, tmp_path):
    with pytest.raises(LedgerUnfit, match="RECONCILER_LEDGER_PASSWORD") as failure:
        open_ledger(
            url, tmp_path, lineage=LINEAGE, environment={"RECONCILER_LEDGER_PASSWORD": "wr0ng"}
        )
    assert "wr0ng" not in str(failure.value)


@pytest.mark.parametrize("name", ["RECONCILER_LEDGER_PASSWORD", "PGPASSWORD", "DB_WORD"])
def test_where_a_password_comes_from(server, url, tmp_path, name, monkeypatch):
    new_ledger(tmp_path, url)
    monkeypatch.delenv("RECONCILER_LEDGER_PASSWORD")
    monkeypatch.setenv(name, server.password)
    written = url.replace("reconciler@", "reconciler:${DB_WORD}@") if name == "DB_WORD" else url
    assert open_ledger(written, tmp_path, lineage=LINEAGE).state().serial == 0


def test_a_lock_that_stays(url, tmp_path):
    ledger = new_ledger(tmp_path, url)
    impatient = open_ledger(url, tmp_path, lineage=LINEAGE, patience=0.05)
    with ledger.database.writing():
        assert impatient.state().serial == 0, "readers do not wait for a writer"
        with pytest.raises(LedgerUnfit, match="nother process is writing"):
            begun(impatient)
    assert begun(ledger) == 1


def test_a_server_that_forgets_its_connections(server, url, tmp_path):
    """It was restarted, or a firewall lost patience."""
    ledger = new_ledger(tmp_path, url)
    begun(ledger)
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'reconciler' AND pid <> pg_backend_pid()"
    )
    assert ledger.state().serial == 1


def test_two_who_make_one_at_once(url, tmp_path):
    ended = []

    def make():
        try:
            create_ledger(url, tmp_path, lineage=LINEAGE)
            ended.append("made")
        except (WrongUse, LedgerUnfit) as error:
            ended.append(type(error).__name__)

    several = [threading.Thread(target=make) for _ in range(2)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    assert ended.count("made") == 1, ended


def test_without_the_driver_the_way_out_is_told(tmp_path):
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from reconciler.ledger.open import open_ledger\n"
        "from reconciler.errors import WrongUse\n"
        "from pathlib import Path\n"
        "try: open_ledger('postgresql://a@b/c', Path(), lineage='x')\n"
        "except WrongUse as error: print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ
    )
    assert "pip install 'reconciler[postgresql]'" in said.stdout, said.stderr


def test_a_ledger_that_is_forgotten_leaves_no_connection(server, url, tmp_path):
    new_ledger(tmp_path, url)
    for _ in range(5):
        open_ledger(url, tmp_path, lineage=LINEAGE).state()
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reconciler'"
    # The server takes a moment to see that somebody has gone.
    assert any(server.execute(asked)[0][0] < 3 for _ in range(200))
