"""Some inputs of each kind, the same in each run; and that the fuzzer sees what it looks for."""

import json
import subprocess
import sys

import pytest

from tests.commands.desk import PROJECT
from tests.fuzz.kinds import KINDS
from tests.fuzz.running import Tally, fuzz
from tests.fuzz.worker import trouble

SEED = 5
SOME = {
    "policy": 120, "workspace": 40, "roster": 25, "plan": 100, "lms-export": 15, "lms-local": 15,
    "lms-http": 15, "ledger": 20,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_input_does_harm(kind, company, tmp_path):
    tally = fuzz(kind, SEED, range(SOME[kind]), folder=company.parent, kept=tmp_path)
    assert tally.troubles == {}
    assert tally.inputs == SOME[kind]
    assert tally.good > 0, "most inputs are refused, and some are not"


PLANTED = """
import sys
from reconciler.commands import validate as module
from reconciler.policy import source
from tests.fuzz import worker

def planted(*_):
    {harm}

source.survey_policies = planted
import reconciler.workspace
reconciler.workspace.survey_policies = planted
worker.SECONDS = {seconds}
worker.main(sys.argv)
"""
# the story: what the program does to an input, and a word of what the fuzzer says
HARM = {
    "a bug": ("raise KeyError('planted')", "KeyError: 'planted'"),
    "a panic past Python": ("import os; os.write(2, b'panicked at nowhere'); return ()", "panicked at"),
    "a hang": ("while True: pass", "Timeout"),
    "too much memory": ("much = bytearray(b'x') * 1_200_000_000; from reconciler.errors import WrongUse; raise WrongUse('no')", "MiB of memory"),
}  # fmt: skip


@pytest.mark.parametrize(("harm", "word"), HARM.values(), ids=HARM.keys())
def test_the_fuzzer_sees_harm(tmp_path, company, harm, word):
    folder = tmp_path / "worker"
    folder.mkdir()
    code = PLANTED.format(harm=harm, seconds=3 if word == "Timeout" else 60)
    done = subprocess.run(
        [sys.executable, "-c", code, "workspace", "7", "0", "3", str(company), str(folder)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [json.loads(line).get("trouble", "") for line in done.stdout.splitlines()]
    said = "\n".join([*told, (folder / "machine").read_text(), done.stderr])
    assert word in f"{said} ended with {done.returncode}"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company") / "company"
    subprocess.run(
        [sys.executable, "-m", "tests.fuzz.company", str(folder)], cwd=PROJECT, check=True
    )
    return folder


def test_what_nobody_should_read_is_harm():
    assert "words of the machine" in trouble(1, "<class 'int'> is wrong")
    assert trouble(8, "") == "status 8 without a word"
    assert trouble(8, "why") is None
    assert trouble(99, "why") == "status 99"


def test_what_fails_is_told_by_its_place():
    tally = Tally()
    told = 'File "/x/reconciler/a.py", line 3, in f\nFile "/x/reconciler/b.py", line 7, in g\nKeyError: 1'
    tally.fails(4, told)
    tally.fails(9, told)
    assert list(tally.troubles) == ["reconciler/b.py:7 KeyError: 1"]
    assert tally.failed == 2
