"""A ledger is as before or as after, wherever a writer stops; and no two apply the same serial."""

import subprocess
import sys

import pytest
from sqlalchemy import event

from reconciler.ledger.open import open_ledger
from reconciler.records import LedgerChanges, SetKey
from tests.ledger.worlds import (
    BASELINE,
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

CHANGES = LedgerChanges(
    renamed={"automation.knives": "automation.blades"},
    automations=(automation("new"),),
    orders=(order(),),
    sets={
        BASELINE._replace(owner="automation.blades"): change([2], [0]),
        SetKey("open", "assignment.recall"): change([1]),
    },
)
SIGHTING = sighting("E4", present=[0, 2, 4], role=[0])


def first(root):
    ledger = new_ledger(root)
    begun(ledger, automations=(automation(),), sets={BASELINE: change([0, 1])})
    return ledger


def second(ledger, new=None):
    return ledger.begin(CHANGES, SIGHTING, run=new or run(ledger, 1))


def picture(root):
    state = open_ledger(URL, root, lineage=LINEAGE).state()
    return (
        state.serial,
        state.last_as_of,
        state.trainees.to_list(),
        dict(state.last_seen),
        state.automations,
        state.orders,
        sets_of(state),
    )


def stop_before(ledger, statement, action):
    """Do ``action`` in place of the ledger's statement of that number, and count them all."""
    done = []

    def before(_connection, _cursor, text, *_):
        done.append(text)
        if len(done) == statement:
            action()

    event.listen(ledger.database.engine, "before_cursor_execute", before)
    return done


def count_of_statements(root):
    ledger = first(root)
    new = run(ledger, 1)
    done = stop_before(ledger, 0, None)
    second(ledger, new)
    return len(done)


def fail():
    raise RuntimeError


def test_an_exception_before_any_statement_leaves_the_state_of_before(tmp_path):
    last = count_of_statements(tmp_path / "whole")
    assert picture(tmp_path / "whole")[0] == 2

    for statement in range(1, last + 1):
        root = tmp_path / str(statement)
        ledger = first(root)
        before, new = picture(root), run(ledger, 1)
        stop_before(ledger, statement, fail)
        with pytest.raises(RuntimeError):
            second(ledger, new)
        assert picture(root) == before, statement
        assert second(open_ledger(URL, root, lineage=LINEAGE)) == 2
        assert picture(root) == picture(tmp_path / "whole")


KILLED = """
import os, signal, sys
from pathlib import Path
from reconciler.ledger.open import open_ledger
from tests.ledger.test_faults import LINEAGE, URL, run, second, stop_before

ledger = open_ledger(URL, Path(sys.argv[1]), lineage=LINEAGE)
new = run(ledger, 1)
stop_before(ledger, int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL))
second(ledger, new)
"""


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_a_killed_process_leaves_the_state_of_before(tmp_path, share):
    last = count_of_statements(tmp_path / "whole")
    first(tmp_path / "killed")
    before = picture(tmp_path / "killed")
    arguments = [str(tmp_path / "killed"), str(int(last * share))]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)

    assert killed.returncode == -9
    assert picture(tmp_path / "killed") == before


AT_ONCE = """
import sys, time
from pathlib import Path
from reconciler.errors import StalePlan
from reconciler.ledger.open import open_ledger
from tests.ledger.test_faults import LINEAGE, URL, run, second

ledger = open_ledger(URL, Path(sys.argv[1]), lineage=LINEAGE)
new = run(ledger, 1)
print("ready", flush=True)
sys.stdin.readline()
try:
    print(second(ledger, new))
except StalePlan:
    print("stale")
"""


def test_of_processes_that_begin_at_once_one_applies(tmp_path):
    first(tmp_path)
    command = [sys.executable, "-c", AT_ONCE, str(tmp_path)]
    several = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in several:
        assert process.stdout.readline() == "ready\n"
    for process in several:
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate(timeout=60)[0].strip() for process in several]

    assert sorted(results) == ["2", "stale", "stale"]
    assert picture(tmp_path)[0] == 2


def test_a_reader_sees_one_moment(tmp_path):
    ledger = first(tmp_path)
    before = picture(tmp_path)
    other = open_ledger(URL, tmp_path, lineage=LINEAGE)
    seen = []

    def write_meanwhile(*_):
        if not seen:
            seen.append(1)
            second(other)

    state_of = ledger.database.engine
    event.listen(
        state_of, "after_cursor_execute", lambda *given: "runs" in given[2] and write_meanwhile()
    )
    state = ledger.state()

    assert seen
    assert (state.serial, state.last_as_of) == (1, day(0))
    assert (state.trainees.to_list(), sets_of(state)) == (before[2], before[6])
    assert ledger.state().serial == 2
