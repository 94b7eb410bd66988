"""Files of the local LMS and of the ledger that were altered with a database shell, or by a disk:
told as that, by whatever reads them."""

import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from reconciler.__main__ import run
from tests.commands.desk import Desk

LMS, LEDGER = "lms.db", "ledger.db"
MACHINE = re.compile(r"This is a bug|Traceback|panicked|Errno")
ANY_TYPE = "UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT, ', ''), 'STRICT', '')"
# the story: what was done to which file, with the connections that it took
DAMAGE = {
    "no courses of modules": (LMS, "DROP TABLE module_course"),
    "no trainees": (LMS, "DROP TABLE trainee"),
    "no enrollments": (LMS, "DROP TABLE enrollment"),
    "no column": (LMS, "ALTER TABLE enrollment RENAME COLUMN due TO until"),
    "a status that is none": (LMS, "UPDATE enrollment SET status = 'begun'"),
    "an instant that is none": (LMS, ANY_TYPE, "UPDATE enrollment SET assigned = 'today'"),
    "a status that is no UTF-8": (LMS, ANY_TYPE, "UPDATE enrollment SET status = CAST(x'ff9a' AS TEXT)"),
    "a title that is no UTF-8": (LMS, "UPDATE content SET title = CAST(x'ff9a' AS TEXT)"),
    "an instant in words": (LEDGER, "UPDATE runs SET as_of = 'today'"),
    "an instant beyond all": (LEDGER, "UPDATE runs SET as_of = 9223372036854775807"),
    "a set that is text": (LEDGER, "UPDATE members SET bitmap = 'nobody'"),
    "a set of other bytes": (LEDGER, "UPDATE members SET bitmap = x'ff00'"),
    "a text that is no JSON": (LEDGER, "UPDATE automations SET text = 'knives'"),
    "an action of nobody": (LEDGER, "UPDATE intents SET state = 'open', action = 'praise'"),
    "an assignment of no instant": (LEDGER, "UPDATE intents SET state = 'open', assigned = NULL"),
    "a rule's id in bytes": (LEDGER, "UPDATE automations SET id = CAST(id AS BLOB)"),
    "a set's owner in bytes": (LEDGER, "UPDATE members SET owner = CAST(owner AS BLOB)"),
    "a state that is none": (LEDGER, "UPDATE automations SET state = 'asleep'"),
    "a text that is a number": (LEDGER, "UPDATE automations SET text = '7'"),
    "counts that are a number": (LEDGER, "UPDATE runs SET counts = '7'"),
    "an order of no kind": (
        LEDGER, "INSERT INTO orders (id, kind, content, text, state, as_of) VALUES ('x', 'x', 'course/a', '{}', 'open', 0)",
    ),
    "an id that is no UTF-8": (LEDGER, "UPDATE trainees SET id = CAST(x'ff9a' AS TEXT) WHERE number = 0"),
    "a census of other bytes": (LEDGER, "UPDATE census SET people = x'ff00'"),
    "exemptions that are nothing": (LEDGER, "UPDATE applied SET text = 'null'"),
    "an exemption that is a number": (LEDGER, "UPDATE applied SET text = '{\"away\": 7}'"),
    "no such table": (LEDGER, "DROP TABLE members"),
}  # fmt: skip
READERS = (
    ["plan"],
    ["lms", "show"],
    ["lms", "show", "E1"],
    ["state", "list"],
    ["state", "history"],
)


@pytest.fixture(scope="module")
def applied(furnished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("applied") / "site"
    shutil.copytree(furnished, folder)
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_told(applied, tmp_path, capsys, damage):
    file, *statements = damage
    desk = Desk(tmp_path / "site", capsys)
    shutil.copytree(applied, desk.folder)
    for statement in statements:
        with closing(sqlite3.connect(desk.folder / file, isolation_level=None)) as database:
            database.executescript(
                "PRAGMA journal_mode = DELETE; PRAGMA writable_schema = ON; PRAGMA legacy_alter_table = ON;"
                f"PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; {statement}"
            )
    told = [desk.types(*words) for words in READERS]
    assert 8 in {answer.status for answer in told}
    for answer in told:
        assert answer.status in (0, 8), answer
        assert not MACHINE.search(answer.err)
        assert (
            answer.status == 0 or file in answer.err + answer.out or "broken" in answer.out.lower()
        )


LEASES = {
    "no lease to take": "DELETE FROM lease",
    "two of them": "INSERT INTO lease SELECT 'b', fence, id, owner, address, machine, process, taken, renewed, expires FROM lease",
}  # fmt: skip


@pytest.mark.parametrize("damage", LEASES.values(), ids=LEASES.keys())
def test_a_damaged_lease_stops_whoever_writes(applied, tmp_path, capsys, damage):
    """A plan needs none."""
    desk = Desk(tmp_path / "site", capsys)
    shutil.copytree(applied, desk.folder)
    with closing(sqlite3.connect(desk.folder / LEDGER, isolation_level=None)) as database:
        database.execute(damage)
    assert desk.types("plan").status == 0
    answer = desk.types("apply", "--auto-approve")
    assert answer.status == 8
    assert "was altered or is damaged" in answer.err
