"""Killed with SIGKILL at any commit or call and run again, it ends as if nothing had happened.

On SQLite and PostgreSQL, with the local LMS and with one over HTTP. 40 points drawn by a seed; with RELIABILITY=all every one of them (promise 4).
"""

import json
import os
import random
import subprocess
import sys
from functools import cache

import pytest

from tests.commands.desk import PROJECT
from tests.reliability.figures import note

ALL = os.environ.get("RELIABILITY") == "all"
SOME = {
    ("prepare", "sqlite", "local"): 10,
    ("prepare", "postgresql", "local"): 10,
    ("prepare", "sqlite", "http"): 10,
    ("prepare", "postgresql", "http"): 10,
    ("undo", "sqlite", "local"): 6,
    ("undo", "postgresql", "local"): 3,
}
"""How many points are drawn, by what is killed, where its ledger is, and which LMS it writes."""


class Killing:
    """The process that runs and kills, with the end of an undisturbed run."""

    def __init__(self, folder, prepared, addresses, *, which):
        self.folder, self.addresses, self.which = folder, addresses, which
        self.server, address = None, ()
        if which[-1] == "http":
            self.server = spawned("tests.lms.bridge", folder)
            address = (self.server.stdout.readline().strip(),)
        self.process = spawned("tests.reliability.kills", prepared, *address)
        whole = self.asks(0)
        self.points, self.undisturbed = whole["killed"]["points"], whole["end"]

    def asks(self, point):
        request = {"folder": str(self.folder / f"at-{point}"), "point": point, "ledger": None}
        if self.addresses:
            request["ledger"] = self.addresses()
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    @property
    def name(self):
        """What its figures are told under."""
        usual = ("prepare", "local")
        return " ".join(word for word in self.which if word not in usual)

    def close(self):
        for process in filter(None, (self.process, self.server)):
            process.stdin.close()
            assert process.wait(60) == 0
            process.stdout.close()


def spawned(module, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Makes the folder that is killed in, once for all ledgers and LMSs."""
    root = tmp_path_factory.mktemp("prepared")

    @cache
    def make(what):
        command = [sys.executable, "-m", "tests.reliability.kills", str(root / what), what]
        made = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        return root / what

    return make


@pytest.fixture(scope="module", params=SOME, ids=" ".join)
def killing(request, prepared, tmp_path_factory):
    what, database, _ = request.param
    addresses = None
    if database == "postgresql":
        addresses = request.getfixturevalue("server").new_address
    folder = tmp_path_factory.mktemp("killing")
    made = Killing(folder, prepared(what), addresses, which=request.param)
    yield made
    made.close()


def test_an_undisturbed_run_does_all_once(killing):
    end = killing.undisturbed
    assert (end["done"], end["twice"], end["left"], end["open"]) == (200, 0, 0, 0)
    assert (end["broken"], end["drift"]) == (None, 0)


def test_killed_anywhere_and_run_again(killing):
    points = range(1, killing.points + 1)
    chosen = points if ALL else sorted(random.Random(5).sample(points, SOME[killing.which]))
    for point in chosen:
        answer = killing.asks(point)
        assert answer["killed"] is None, point
        assert answer["end"] == killing.undisturbed, point
    if ALL:
        note(f"{killing.name} points", str(killing.points))
        note(f"{killing.name} good", f"all {killing.points}")
