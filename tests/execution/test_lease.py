"""Applies at the same time, as real processes: one works, the others leave with 7 (DESIGN)."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.__main__ import run
from reconciler.errors import LedgerLocked
from reconciler.execution.lease import Patience, leased, wait_until_free
from reconciler.execution.process import has_ended, machine, process, this_process
from reconciler.ledger.lease import Holder
from reconciler.ledger.open import create_ledger
from reconciler.lms.local.adapter import LocalLms
from tests.commands.desk import LINEAGE, PROJECT
from tests.execution.site import carry_out, held, planned, remembered, site

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
ADA = Holder("ada@desk")

ONE_OF_MANY = """
import sys
from reconciler.__main__ import run
from reconciler.lms.local.adapter import LocalLms

assign = LocalLms.assign

def slowly(self, writes):
    print("working", flush=True)
    sys.stdin.readline()
    return assign(self, writes)

LocalLms.assign = slowly
print("ready", flush=True)
sys.stdin.readline()
status = run(["apply", "--auto-approve", "-C", sys.argv[1]])
print(f"left {status}", flush=True)
"""


def one_of_many(folder):
    return subprocess.Popen(
        [sys.executable, "-c", ONE_OF_MANY, str(folder)],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(process, *words):
    """The next line that begins with one of some words."""
    for line in process.stdout:
        if line.startswith(words):
            return line.strip()
    raise AssertionError(process.stderr.read())


def at(folder, place):
    """A site whose ledger is at another place."""
    made = site(folder)
    if not place.startswith("sqlite"):
        create_ledger(place, made, lineage=LINEAGE)
        text = (made / "reconciler.yaml").read_text()
        (made / "reconciler.yaml").write_text(text.replace("sqlite:///ledger.db", place))
    return made


def test_of_ten_applies_at_once_one_works_and_nine_leave_with_7(tmp_path, place):
    folder = at(tmp_path / "site", place)
    several = [one_of_many(folder) for _ in range(10)]
    for one in several:
        assert until(one, "ready")
    for one in several:
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [until(one, "working", "left") for one in several]
    assert sorted(told) == ["left 7"] * 9 + ["working"]

    worker = several[told.index("working")]
    worker.stdin.write("go\n" * 9)
    worker.stdin.close()
    assert until(worker, "left") == "left 0"
    refused = next(one for one in several if one is not worker)
    assert "is applying since" in refused.stderr.read()
    for one in several:
        if one is not worker:
            one.stdin.close()
        assert one.wait(60) == 0
        one.stdout.close()
        one.stderr.close()

    assert len(held(folder)) == 10, "the result is that of one"
    assert [run.state for run in planned(folder).workspace.ledger().runs()] == ["complete"]


def test_a_run_whose_process_was_killed_keeps_nobody_waiting(tmp_path):
    folder = site(tmp_path / "site")
    one = one_of_many(folder)
    assert until(one, "ready")
    one.stdin.write("go\n")
    one.stdin.flush()
    assert until(one, "working")
    ledger = planned(folder).workspace.ledger()
    now = datetime.now(UTC)  # noqa: TID251 the process has read the clock too
    with pytest.raises(LedgerLocked):
        ledger.check_free(now=now, ended=has_ended)
    one.kill()
    one.communicate()
    ledger.check_free(now=now, ended=has_ended)


def test_a_lease_is_renewed_while_the_block_lasts_and_given_back(tmp_path, monkeypatch):
    monkeypatch.setattr("reconciler.execution.lease.RENEWED_EVERY", timedelta(seconds=0.01))
    ledger = planned(site(tmp_path / "site")).workspace.ledger()
    hours = iter(range(10_000))
    renewed = []

    def clock():
        renewed.append(1)
        return NOON + timedelta(hours=next(hours))

    with leased(ledger, ADA, clock=clock):
        while len(renewed) < 5:
            pass
        with pytest.raises(LedgerLocked):
            ledger.check_free(now=NOON + timedelta(hours=2), ended=lambda _: False)
    ledger.check_free(now=NOON, ended=lambda _: False)


def test_waiting(tmp_path):
    ledger = planned(site(tmp_path / "site")).workspace.ledger()
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            ledger.give_back(lease)

    lease = ledger.take_lease(ADA, now=NOON, ended=lambda _: False)
    named = {"clock": lambda: NOON, "ended": lambda _: False}
    short = Patience(timedelta(seconds=4), sleep=sleep)
    for _ in range(2):
        with pytest.raises(LedgerLocked):
            wait_until_free(ledger, short, **named)
        assert len(slept) == 2, "it is used up"
    patient = Patience(timedelta(minutes=10), sleep=sleep)
    wait_until_free(ledger, patient, **named)
    assert len(slept) == 3


def test_waiting_where_the_lease_is_taken(tmp_path):
    ledger = planned(site(tmp_path / "site")).workspace.ledger()
    named = {"clock": lambda: NOON, "ended": lambda _: False}
    lease = ledger.take_lease(ADA, now=NOON, ended=lambda _: False)
    with pytest.raises(LedgerLocked), leased(ledger, Holder("bob"), **named):
        pass
    patience = Patience(timedelta(minutes=10), sleep=lambda _: ledger.give_back(lease))
    with leased(ledger, Holder("bob"), patience=patience, **named) as mine:
        assert mine.holder == Holder("bob")


def test_which_process_has_ended():
    me = this_process(owner="ada", address="")
    assert not has_ended(me)
    assert not has_ended(Holder("ada")), "nobody can tell"
    assert not has_ended(Holder("ada", "", "another machine", me.process))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert has_ended(Holder("ada", "", machine(), f"{ended.pid} 1"))
    number = os.getpid()
    assert has_ended(Holder("ada", "", machine(), f"{number} 1")), "the number was used again"
    assert process(number) == me.process


def test_the_memory_of_a_leased_run_is_that_of_any(tmp_path):
    folder = site(tmp_path / "site")
    carry_out(planned(folder))
    assert remembered(planned(folder))[1]


def test_who_loses_the_lease_in_the_middle_notes_nothing_and_leaves_with_7(
    tmp_path, monkeypatch, capsys
):
    """As after a pause in which another run began; the next plan settles what was sent."""
    folder = site(tmp_path / "site")
    made = planned(folder)
    ledger = made.workspace.ledger()
    assign = LocalLms.assign

    def unlocked_meanwhile(lms, writes):
        with pytest.raises(LedgerLocked) as refusal:
            ledger.check_free(now=datetime.now(UTC), ended=lambda _: False)  # noqa: TID251 as the run
        id_ = str(refusal.value).partition("--id ")[2].split()[0]
        ledger.unlock(id_, by="eve", reason="it seemed gone", now=NOON)
        return assign(lms, writes)

    monkeypatch.setattr(LocalLms, "assign", unlocked_meanwhile)
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 7
    said = " ".join(capsys.readouterr().out.split())
    assert "lost the lease" in said
    assert ledger.state().intents
    assert ledger.runs()[-1].state == "running"

    monkeypatch.setattr(LocalLms, "assign", assign)
    assert run(["apply", "--resume", "-C", str(folder)]) == 0
    assert len(held(folder)) == 10
    assert [one.state for one in ledger.runs()] == ["failed", "complete"]
    assert ledger.verify().broken is None
