"""Whatever an LMS over HTTP does wrong, every promise holds; by schedules that a seed gives.

50 of them; with RELIABILITY=all a thousand. One that fails is told in full by
``python -m tests.reliability.schedules SEED``.
"""

import os
import shutil
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO

import pytest

from tests.reliability.figures import note
from tests.reliability.schedules import Schedule, prepare, undisturbed

ALL = os.environ.get("RELIABILITY") == "all"
SEEDS = range(1000 if ALL else 50)


class Found:
    """The workspace to disturb, the end of an undisturbed run, and what was met."""

    def __init__(self, folder):
        self.folder = folder
        with redirect_stdout(StringIO()):
            prepare(folder / "prepared")
        self.calm = undisturbed(folder / "prepared", folder / "calm")
        self.good, self.faults = 0, Counter()


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    made = Found(tmp_path_factory.mktemp("schedules"))
    yield made
    if ALL:
        note("schedules", f"{len(SEEDS):,}")
        note(
            "schedules good", f"all {made.good:,}" if made.good == len(SEEDS) else f"{made.good:,}"
        )
        note("schedule faults", f"{made.faults.total():,}")


def test_an_undisturbed_run_does_all_once(found):
    assert len(found.calm.deeds) == found.calm.end["done"] == 40
    assert {what for what, *_ in found.calm.deeds} == {"assign", "update", "remove"}
    assert (found.calm.end["twice"], found.calm.end["open"]) == (0, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds(found, seed):
    folder = found.folder / str(seed)
    course = Schedule(found.folder / "prepared", folder, seed, found.calm).run()
    assert course.wrong == [], f"python -m tests.reliability.schedules {seed}\n{course.said}"
    assert course.end == found.calm.end
    found.good += 1
    found.faults.update(course.faults)
    shutil.rmtree(folder)
