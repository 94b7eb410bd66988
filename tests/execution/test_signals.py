"""One Ctrl-C finishes the batch and says what remains; the second stops at once."""

import os
import signal
import subprocess
import sys

import pytest

from reconciler.__main__ import run
from reconciler.execution.signals import stoppable
from tests.commands.desk import PROJECT
from tests.execution.site import NOON, SmallLms, held, planned, site

from reconciler.execution.apply import apply  # isort: skip

STOPPED = """
import os, signal, sys
from reconciler.__main__ import run
from reconciler.frames import Capabilities
from reconciler.lms.local.adapter import LocalLms

number, times = getattr(signal, sys.argv[2]), int(sys.argv[3])
small = Capabilities(creates_accounts=True, batch_size=3)
LocalLms.capabilities = property(lambda _: small)
assign = LocalLms.assign

def interrupted(self, writes):
    for _ in range(times):
        os.kill(os.getpid(), number)
    return assign(self, writes)

LocalLms.assign = interrupted
sys.exit(run(["apply", "--auto-approve", "-C", sys.argv[1]]))
"""


def stopped(folder, name, times):
    command = [sys.executable, "-c", STOPPED, str(folder), name, str(times)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    return site(tmp_path / "site")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_first_finishes_the_batch_and_says_what_remains(folder, name):
    ended = stopped(folder, name, 1)
    assert ended.returncode == 6, ended.stderr
    said = " ".join(ended.stdout.split())
    assert f"asked to by {name}" in said
    assert "7 rows not done" in said
    assert "apply --resume" in said
    assert "once more stops at once" in " ".join(ended.stderr.split())
    assert len(held(folder)) == 3

    ledger = planned(folder).workspace.ledger()
    assert not ledger.state().intents, "the journal is written"
    assert ledger.runs()[-1].state == "partial"
    assert run(["apply", "--resume", "-C", str(folder)]) == 0
    assert len(held(folder)) == 10


def test_the_second_stops_at_once_and_the_next_run_recovers(folder):
    ended = stopped(folder, "SIGINT", 2)
    assert ended.returncode == 6, ended.stderr
    assert "stopped at once by SIGINT" in " ".join(ended.stdout.split())
    assert held(folder) == []
    assert planned(folder).workspace.ledger().state().intents
    assert run(["apply", "--resume", "-C", str(folder)]) == 0
    assert len(held(folder)) == 10


def test_the_handlers_of_before_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stoppable(lambda _: None) as stop:
        assert stop() is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop() == "asked to by SIGTERM"
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_run_that_mostly_fails_stops(tmp_path):
    """50 rows are enough to see that the LMS wants none of them."""
    rows = "".join(f"E{n},austin-1,cook,2020-01-01,A\n" for n in range(200))
    folder = site(tmp_path / "site", roster=f"id,store,jobs,hired,status\n{rows}")

    class Stubborn(SmallLms):
        batch = 10

        def _carry_out(self, write, writes):
            outcomes = super()._carry_out(write, writes.head(0))
            refused = writes.select("trainee", "content").with_columns(
                result=outcomes["result"].cast(str).extend_constant("refused", len(writes)),
                detail=outcomes["detail"].extend_constant("no seats", len(writes)),
            )
            return refused.cast({"result": outcomes.schema["result"]})

    made = planned(folder)
    lms = Stubborn(folder / "lms.db")
    outcome = apply(made.plan, lms, made.workspace.ledger(), clock=lambda: NOON)
    assert outcome.counts == {"refused": 50}
    assert "50 of 50 rows failed" in outcome.interruption
    assert outcome.remaining == 350
