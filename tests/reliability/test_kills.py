"""Killed with SIGKILL at any commit or call and run again, it ends as if nothing had happened.

40 points drawn by a seed; with RELIABILITY=all every one of them (promise 4).
"""

import json
import os
import random
import subprocess
import sys

import pytest

from tests.commands.desk import PROJECT
from tests.reliability.figures import note

ALL = os.environ.get("RELIABILITY") == "all"
SOME = {
    ("prepare", "sqlite"): 20,
    ("prepare", "postgresql"): 20,
    ("undo", "sqlite"): 6,
    ("undo", "postgresql"): 3,
}
"""How many points are drawn, by what is killed and where its ledger is."""


class Killing:
    """The process that runs and kills, with the end of an undisturbed run."""

    def __init__(self, folder, addresses, *, what):
        self.folder, self.addresses, self.what = folder, addresses, what
        self.database = "postgresql" if addresses else "sqlite"
        command = [sys.executable, "-m", "tests.reliability.kills", str(folder / "prepared")]
        made = subprocess.run(
            [*command, what], cwd=PROJECT, check=False, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        self.process = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        whole = self.asks(0)
        self.points, self.undisturbed = whole["killed"]["points"], whole["end"]

    def asks(self, point):
        request = {"folder": str(self.folder / f"at-{point}"), "point": point, "ledger": None}
        if self.addresses:
            request["ledger"] = self.addresses()
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module", params=SOME, ids=" on ".join)
def killing(request, tmp_path_factory):
    what, database = request.param
    addresses = None
    if database == "postgresql":
        addresses = request.getfixturevalue("server").new_address
    made = Killing(tmp_path_factory.mktemp("killing"), addresses, what=what)
    yield made
    made.process.stdin.close()
    assert made.process.wait(60) == 0
    made.process.stdout.close()


def test_an_undisturbed_run_does_all_once(killing):
    end = killing.undisturbed
    assert (end["done"], end["twice"], end["left"], end["open"]) == (200, 0, 0, 0)
    assert (end["broken"], end["drift"]) == (None, 0)


def test_killed_anywhere_and_run_again(killing):
    points = range(1, killing.points + 1)
    chosen = (
        points
        if ALL
        else sorted(random.Random(5).sample(points, SOME[killing.what, killing.database]))
    )
    for point in chosen:
        answer = killing.asks(point)
        assert answer["killed"] is None, point
        assert answer["end"] == killing.undisturbed, point
    if ALL:
        name = killing.database if killing.what == "prepare" else f"undo {killing.database}"
        note(f"{name} points", str(killing.points))
        note(f"{name} good", f"all {killing.points}")
