"""No room, no rights, files that vanish or are replaced, a clock set back: a clear end each time,
and the next run ends as if nothing had happened (promises 4 and 8)."""

import json
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from reconciler.commands import clock as watch
from reconciler.errors import Exit
from reconciler.ledger.open import create_ledger
from reconciler.workspace import open_workspace
from tests.commands.desk import PROJECT, Desk, furnish
from tests.reliability.figures import note
from tests.reliability.test_kills import ALL

MACHINE = re.compile(r"Traceback|This is a bug|\bErrno\b|object at 0x")
APPLY_AGAIN = [["apply", "plan.zip"]]
AS_PLANNED = ["plan", "--as-of", "2024-03-03T18:00:00Z", "-o", "again.zip"]
BEGUN, IN_A_BATCH = 6, 34
"""Points: just after the lease was taken, and with a batch under way (see ``kills``)."""


def full(left):
    return {"kind": "full", "how": {"left": left}}, "3m"


def limited(size, *read_only):
    return {"kind": "limit", "how": {"size": size, "read_only": read_only}}, None


def rights(point, *names):
    return {"kind": "rights", "how": {"point": point, "names": names}}, None


def lost(point, name):
    return {"kind": "lost", "how": {"point": point, "name": name}}, None


def replaced(point, name, by):
    return {"kind": "replaced", "how": {"point": point, "name": name, "by": by}}, None


# the story: what goes wrong, the statuses that an apply may end with, and a word of what it says
STORIES = {
    "a full disk": (full(0), (8,), "room on the disk"),
    "a disk that fills up": (full(90_000), (6, 8), "room on the disk"),
    "no file may grow": (limited(0), (8,), "room on the disk"),
    "no file may grow much": (limited(100_000), (6,), "10 more rows sent"),
    "a ledger that may not be written": (rights(0, "ledger.db"), (8,), "rights"),
    "a folder that may not be written": (rights(0, "ledger.db", "."), (8,), "rights"),
    "a ledger that may not be written any more": (rights(IN_A_BATCH, "ledger.db"), (6,), "--resume"),
    "a folder that may not be written any more": (
        rights(IN_A_BATCH, "ledger.db", "lms.db", "."), (6,), "10 more rows sent",
    ),
    "an LMS that may not be written any more": (rights(IN_A_BATCH, "lms.db"), (6,), "--resume"),
    "a ledger that is lost before anything": (lost(1, "ledger.db"), (8,), "ledger"),
    "a ledger that is lost under the lease": (lost(4, "ledger.db"), (8,), "Restore it"),
    "a ledger that is lost": (lost(IN_A_BATCH, "ledger.db"), (6,), "--resume"),
    "an LMS that is lost": (lost(IN_A_BATCH, "lms.db"), (6,), "no local LMS"),
    "a ledger of another workspace in its place": (
        replaced(IN_A_BATCH, "ledger.db", "other.db"), (6,), "belongs to another workspace",
    ),
    "an older copy of the ledger in its place": (
        replaced(IN_A_BATCH, "ledger.db", "older.db"), (6,), "an older copy",
    ),
    "an older copy of the ledger before a batch": (
        replaced(28, "ledger.db", "older.db"), (6, 8), "an older copy",
    ),
    "another LMS in its place": (replaced(IN_A_BATCH, "lms.db", "roster.csv"), (6,), "--resume"),
}  # fmt: skip
SOME_ROOM = range(45_000, 145_000, 5_000)
"""From hardly enough to begin to enough to end."""


class Faults:
    """The process in which things go wrong, and the end of an undisturbed run."""

    def __init__(self, folder):
        self.folder = folder
        prepared = folder / "prepared"
        command = [sys.executable, "-m", "tests.reliability.kills", str(prepared), "prepare"]
        made = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        shutil.copy(prepared / "ledger.db", prepared / "older.db")
        shutil.copy(prepared / "plan.zip", prepared / OLD)
        create_ledger("sqlite:///other.db", prepared, lineage="fedcba9876543210")
        self.process = subprocess.Popen(
            [*ALONE, sys.executable, "-m", "tests.reliability.faults", str(prepared)],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.number = 0
        self.undisturbed = self.asks(({"kind": "none", "how": {}}, None), after=())["picture"]

    def asks(self, story, *, after=APPLY_AGAIN, command=("apply", "plan.zip")):
        fault, disk = story
        self.number += 1
        folder = self.folder / str(self.number) / "site"
        if not disk:
            folder.parent.mkdir()
        wish = {"folder": str(folder), "fault": {**fault, "command": command}, "after": after}
        self.process.stdin.write(json.dumps({**wish, "disk": disk}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def _mounting():
    """How a process gets a disk of its own: root as it is, others where the system lets them."""
    for way in (["unshare", "-m"], ["unshare", "-rm"]):
        command = [*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if (
            shutil.which("unshare")
            and not subprocess.run(command, check=False, capture_output=True).returncode
        ):
            return way
    return None


ALONE = _mounting() or []
NO_DISK = "a full disk: nobody may mount one here; the limit on files stands for it"


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    made = Faults(tmp_path_factory.mktemp("faults"))
    yield made
    made.process.stdin.close()
    assert made.process.wait(60) == 0
    made.process.stdout.close()


def some(table):
    """A test for each entry, or with RELIABILITY unset for every third."""
    return {name: table[name] for name in list(table)[:: 1 if ALL else 3]}


@pytest.mark.parametrize(("story", "statuses", "word"), some(STORIES).values(), ids=some(STORIES))
def test_a_clear_end_and_the_next_run_is_right(faults, story, statuses, word):
    if story[1] and not ALONE:
        pytest.skip(NO_DISK)
    end = faults.asks(story)
    assert end["disturbed"]["status"] in statuses, end["disturbed"]
    assert word in end["disturbed"]["said"]
    assert not MACHINE.search(end["disturbed"]["said"])
    assert end["after"][0]["status"] == Exit.OK, end["after"]
    assert end["picture"] == faults.undisturbed


def test_however_much_room_there_is(faults):
    """Wherever it runs out, what was written is known, and the rest is written afterwards."""
    stories = [limited(size) for size in SOME_ROOM]
    stories += [full(size) for size in SOME_ROOM] if ALONE else []
    chosen = stories if ALL else stories[3::13]
    for story in chosen:
        end = faults.asks(story, after=[*APPLY_AGAIN, AS_PLANNED])
        assert end["disturbed"]["status"] in (0, 6, 8), (story, end)
        assert not MACHINE.search(end["disturbed"]["said"]), story
        assert end["picture"] == faults.undisturbed, story
    if ALL:
        note("faults", f"{len(STORIES)} stories and {len(chosen)} amounts of room")


# the story: what is written where there is no room, and the status
NONE, LITTLE = 0, 1_000
OLD = "policies/old.zip"
WRITTEN = {
    "a plan": (["plan", "-o", "policies/new.zip"], LITTLE, 1),
    "a plan over an older one": (["plan", "-o", "policies/old.zip"], LITTLE, 1),
    "a report": (["show", "plan.zip", "--html", "-o", "report.html"], LITTLE, 1),
    "evidence": (["state", "export", "-o", "policies/evidence.csv"], LITTLE, 1),
    "policies": (["fmt"], NONE, 3),
    "pipelines": (["init", "--ci", "github"], LITTLE, 1),
    "a local LMS": (["lms", "init", "--replace", "--yes"], LITTLE, 8),
    "what was learned": (["lms", "complete", "E000", "course/knife-safety"], LITTLE, 8),
    "a ledger elsewhere": (["state", "migrate", "sqlite:///moved.db"], LITTLE, 8),
}


@pytest.mark.parametrize(("command", "left", "status"), some(WRITTEN).values(), ids=some(WRITTEN))
def test_nothing_is_lost_where_there_is_no_room(faults, command, left, status):
    """What was there before is there still: also the plan that would have been written over."""
    read_only = ("ledger.db", "lms.db", ".") if "policies" in command[-1] else ()
    end = faults.asks(limited(left, *read_only), command=command, after=[["apply", OLD]])
    assert end["disturbed"]["status"] == status, end["disturbed"]
    assert not MACHINE.search(end["disturbed"]["said"])
    assert end["after"][0]["status"] == Exit.OK, end["after"]
    assert end["picture"] == faults.undisturbed


@pytest.fixture
def clock(monkeypatch):
    """The clock of the machine, as far as the program sees it; set back by ``back`` of it."""

    class Clock(datetime):
        back = timedelta(0)

        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) - cls.back  # noqa: TID251 the clock itself

    monkeypatch.setattr(watch, "datetime", Clock)
    return Clock


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(furnish(tmp_path / "site"), capsys)


def test_a_clock_set_back_after_an_apply(desk, clock):
    """Nothing is applied before what was applied, and then all goes on."""
    assert desk.types("apply", "--auto-approve").status == Exit.OK
    desk.replace("policies/rules.yaml", "role: cook", "role: [cook, server]")
    clock.back = timedelta(hours=1)
    before = desk.enrolled()
    answer = desk.types("apply", "--auto-approve")
    assert (answer.status, desk.enrolled()) == (Exit.STALE, before)
    assert "was the clock of this machine set back?" in " ".join(answer.err.split())
    assert "What if" in desk.types("plan").out

    clock.back = -timedelta(seconds=2)
    assert desk.types("apply", "--auto-approve").status == Exit.OK
    assert len(desk.enrolled()) == len(before) + 1
    assert desk.types("plan", "--detailed-exitcode").status == Exit.OK
    assert desk.types("state", "verify").status == Exit.OK


def test_a_clock_set_back_between_plan_and_apply(desk, clock):
    assert desk.types("plan", "-o", "plan.zip").status == Exit.OK
    clock.back = timedelta(hours=1)
    answer = desk.types("apply", "plan.zip")
    assert (answer.status, desk.enrolled()) == (Exit.STALE, {})
    assert "in the future: it is" in answer.err

    clock.back = timedelta(0)
    assert desk.types("apply", "plan.zip").status == Exit.OK


def test_a_clock_set_back_under_a_lease(desk, clock):
    """A run that holds the lease keeps it; its end in the past is of no account."""
    ledger = open_workspace(desk.folder).ledger()
    from reconciler.execution.lease import leased
    from reconciler.ledger.lease import Holder

    with leased(ledger, Holder("ada@desk"), clock=watch.now) as lease:
        clock.back = timedelta(hours=1)
        assert desk.types("apply", "--auto-approve").status == Exit.LOCKED
        ledger.renew(lease, now=watch.now())
        assert desk.types("apply", "--auto-approve").status == Exit.LOCKED
    assert desk.types("apply", "--auto-approve").status == Exit.OK
