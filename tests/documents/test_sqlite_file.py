"""Where a file may only be read, it is read without writing anything beside it."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.documents.sqlite_file import address_of

NOBODY = 65534


@pytest.fixture
def file():
    """A SQLite file in WAL mode, in a folder that nobody but its owner may write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "some ledger.db"
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE t AS SELECT 7 AS seven")
        path.chmod(0o444)
        folder.chmod(0o555)
        yield path
        folder.chmod(0o755)


def unprivileged(function):
    """The result of a function, as text, in a process that may write nothing of root's."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        if os.geteuid() == 0:
            os.setuid(NOBODY)
        os.write(writer, str(function()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def seven(path):
    with closing(sqlite3.connect(address_of(path), uri=True)) as database:
        return database.execute("SELECT seven FROM t").fetchone()[0]


def test_who_may_only_read_reads(file):
    assert unprivileged(lambda: address_of(file)).endswith("?mode=ro&immutable=1")
    assert unprivileged(lambda: seven(file)) == "7"
    assert [path.name for path in file.parent.iterdir()] == ["some ledger.db"]


def test_an_unfinished_journal_is_not_passed_over(file):
    file.parent.chmod(0o755)
    (file.parent / "some ledger.db-wal").write_bytes(b"unfinished")
    file.parent.chmod(0o555)

    assert unprivileged(lambda: address_of(file)).endswith("?mode=ro")


def test_who_may_write_opens_to_write_and_makes_nothing(file):
    file.chmod(0o644)
    file.parent.chmod(0o755)

    assert address_of(file).endswith("?mode=rw")
    assert seven(file) == 7
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(address_of(file.with_name("none.db")), uri=True).execute("SELECT 1")
