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
SOME = 20
"""For each of the two databases."""


class Killing:
    """The process that runs and kills, with the end of an undisturbed run."""

    def __init__(self, folder, addresses):
        self.folder, self.addresses = folder, addresses
        command = [sys.executable, "-m", "tests.reliability.kills", str(folder / "prepared")]
        made = subprocess.run(
            [*command, "prepare"], cwd=PROJECT, check=False, capture_output=True, text=True
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


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def killing(request, tmp_path_factory):
    addresses = None
    if request.param == "postgresql":
        addresses = request.getfixturevalue("server").new_address
    made = Killing(tmp_path_factory.mktemp("killing"), addresses)
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
    chosen = points if ALL else sorted(random.Random(5).sample(points, SOME))
    for point in chosen:
        answer = killing.asks(point)
        assert answer["killed"] is None, point
        assert answer["end"] == killing.undisturbed, point
    if ALL:
        name = "postgresql" if killing.addresses else "sqlite"
        note(f"{name} points", str(killing.points))
        note(f"{name} good", f"all {killing.points}")
