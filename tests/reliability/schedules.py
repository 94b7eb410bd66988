"""One workspace, an LMS over HTTP that goes wrong by a seed, and what must hold all the same.

``python -m tests.reliability.schedules SEED`` tells what happens by one seed.
"""

import os
import random
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from reconciler.__main__ import run
from reconciler.commands.applying import apply_approved
from reconciler.commands.approving import Approved
from reconciler.commands.options import console
from reconciler.commands.planning import make_plan
from reconciler.errors import ReconcilerError
from reconciler.execution.lease import Patience
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.settings import TOKEN
from reconciler.planner.drift import drift
from tests.commands.desk import furnish
from tests.hosting.loopback import serving
from tests.lms.bridge import SECRET
from tests.lms.faults import Faulty
from tests.reliability.kills import AUDIT, DAYS, HEADER, state

COOKS, RATES = 20, (0.08, 0.2, 0.4, 0.7)
REMOTE = (
    '{{adapter: http, address: "{address}", batch_size: 4, page_size: 20, concurrency: 2, '
    "calls_per_second: 1000, timeout: {timeout}, settles_after: 60}}"
)
HURRIED, CALM = 0.3, 60
ROUNDS, CALM_ROUNDS = (1, 1, 1, 2, 3), 3
WAYS = ("at once", "at once", "at once", "a plan file", "resume")
POLICY = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    due: {days: %d, update_existing: true}
    on_exit: remove
  fire:
    assign: course/fire-safety
    target: {role: cook}
    scope: future-and-existing
    renew: {every: 12 months, open: 30 days}
"""
ORDERS = """\
assignments:
  welcome: {assign: module/onboarding, target: {trainees: [%s]}}
removals:
  no-fire: {content: course/fire-safety, target: {trainees: [E18]}, in_progress: remove}
"""
LEARNED = """
UPDATE enrollment SET status = 'completed', completed = {old}
WHERE content = 'course/fire-safety' AND trainee IN ('E00', 'E01', 'E02', 'E03', 'E04', 'E05');
UPDATE enrollment SET status = 'completed', completed = {new}
WHERE content = 'course/knife-safety' AND trainee IN ('E06', 'E07', 'E10');
UPDATE enrollment SET status = 'in_progress'
WHERE content = 'course/knife-safety' AND trainee IN ('E08', 'E11', 'E12');
"""
COMPLETIONS = """
SELECT content, trainee, completed FROM enrollment WHERE completed IS NOT NULL
UNION SELECT content, trainee, completed FROM enrollment_history
"""
YEAR_AGO, LAST_WEEK = 1_677_700_000, 1_708_800_000
MEANT = {0, 5, 6, 8}
"""What a run may end with: done, or one of the statuses that DESIGN.md gives such an end."""


def prepare(folder):
    """A workspace that was applied once and has learned since; the next day has all to do.

    Due dates are moved, enrollments removed, given by rules and orders, and renewed.
    """
    cooks = [f"E{n:02},austin-1,cook,2020-01-01,A" for n in range(COOKS)]
    furnish(folder, policy=POLICY % 14, roster=HEADER + "\n".join(cooks) + "\n")
    workspace = folder / "reconciler.yaml"
    workspace.write_text(workspace.read_text() + "plans_expire_after: 90 years\n")
    assert _apply(folder, 0) == 0
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.executescript(LEARNED.format(old=YEAR_AGO, new=LAST_WEEK))
        lms.executescript(AUDIT)
    left = [line.replace("cook", "server") if 8 <= n < 14 else line for n, line in enumerate(cooks)]
    new = [f"N{n:02},austin-1,cook,2024-03-01,A" for n in range(6)]
    (folder / "roster.csv").write_text(HEADER + "\n".join(left + new) + "\n")
    ordered = ", ".join(f"N{n:02}" for n in range(4))
    (folder / "policies/rules.yaml").write_text(POLICY % 28 + ORDERS % ordered)


def _apply(folder, day):
    file = f"day-{day}.zip"
    status = run(["plan", "--as-of", DAYS[day], "-o", file, "-C", str(folder)])
    return status or run(["apply", file, "-C", str(folder)])


@dataclass
class Course:
    """How a schedule went: every status, all that was said, and the end."""

    statuses: list = field(default_factory=list)
    said: str = ""
    faults: dict = field(default_factory=dict)
    end: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)


@dataclass(frozen=True)
class Undisturbed:
    """What all is done by a run that nothing disturbs, and its end."""

    deeds: frozenset
    end: dict


def undisturbed(prepared, folder):
    shutil.copytree(prepared, folder)
    with redirect_stdout(StringIO()):
        assert _apply(folder, 1) == 0
        end = state(folder)
    return Undisturbed(frozenset(deeds(folder)), end)


def deeds(folder):
    with closing(sqlite3.connect(folder / "lms.db")) as lms:
        return lms.execute("SELECT what, trainee, content FROM audit").fetchall()


def completions(folder):
    with closing(sqlite3.connect(folder / "lms.db")) as lms:
        return set(lms.execute(COMPLETIONS))


class Schedule:
    """Runs by one seed in a copy of a workspace, and notes what is not as promised."""

    def __init__(self, prepared, folder, seed, undisturbed):
        shutil.copytree(prepared, folder)
        chance = random.Random(f"schedule {seed}")
        self.folder, self.chance, self.undisturbed = folder, chance, undisturbed
        self.course = Course()
        self.faulty = Faulty(
            LocalLms(folder / "lms.db"),
            seed,
            rate=chance.choice(RATES),
            revisions=chance.random() < 0.7,
        )
        self.completed = completions(folder)

    def run(self):
        with serving(self.faulty, keep_alive=True) as server, self._by_its_clock():
            self._points_at(server.address, HURRIED)
            rounds = self.chance.choice(ROUNDS)
            for _ in range(max(rounds, 2) if self.faulty.is_worst else rounds):
                self._round()
            self.faulty.calm = True
            self.faulty.sleep(3600)
            self._points_at(server.address, CALM)
            for _ in range(CALM_ROUNDS):
                if self._round() == 0:
                    break
            self._tell(self._noted("plan", self._plan_once_more) == 0, "D2")
            self.course.end = state(self.folder)
        self._compare()
        return self.course

    @contextmanager
    def _by_its_clock(self):
        with (
            patch("reconciler.lms.http.adapter.CLOCKWORK", self.faulty.clockwork),
            patch("reconciler.commands.settling.pause", self.faulty.sleep),
            patch.dict(os.environ, {TOKEN: SECRET}),
        ):
            yield

    def _points_at(self, address, timeout):
        path = self.folder / "reconciler.yaml"
        lines = path.read_text().splitlines()
        remote = REMOTE.format(address=address, timeout=timeout)
        told = [f"lms: {remote}" if line.startswith("lms:") else line for line in lines]
        path.write_text("\n".join(told) + "\n")

    def _round(self):
        """One night's work, in one of the ways to do it."""
        way = "at once" if self.faulty.calm else self.chance.choice(WAYS)
        if way == "resume":
            status = self._types("apply", "--resume")
        elif way == "at once":
            status = self._noted("apply --auto-approve", self._apply_at_once)
        elif (status := self._types("plan", "--as-of", DAYS[1], "-o", "next.zip")) == 0:
            status = self._types("apply", "next.zip")
        self._look()
        return status

    def _apply_at_once(self):
        """What `apply --auto-approve` does, for an instant."""
        try:
            made = make_plan(self.folder, as_of=DAYS[1], no_color=True)
            out = console(no_color=True)
            return apply_approved(Approved(made), out, patience=Patience(), no_color=True)
        except ReconcilerError as error:
            sys.stderr.write(f"{error}\n")
            return error.status

    def _plan_once_more(self):
        made = make_plan(self.folder, as_of=DAYS[1], no_color=True)
        found = drift(made.plan, made.workspace.ledger().last_apply()).findings
        self._tell(not found, "what we did ourselves looks like drift")
        return 0 if made.document.is_empty else 2

    def _types(self, *arguments):
        return self._noted(" ".join(arguments), lambda: run([*arguments, "-C", str(self.folder)]))

    def _noted(self, what, work):
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = int(work())
        said = out.getvalue() + err.getvalue()
        self.course.statuses.append(status)
        self.course.said += f"$ {what}\n{said}\n[{status}]\n"
        fine = MEANT | ({1} if "nothing to resume" in said else set())
        self._tell(status in fine, f"status {status} of {what}")
        self._tell("Traceback" not in said and "bug" not in said, "a traceback")
        self._tell(SECRET not in said, "a secret is told")
        return status

    def _look(self):
        """What must hold at any time: nothing but what was planned, nothing twice, nothing lost."""
        done = deeds(self.folder)
        self._tell(set(done) <= self.undisturbed.deeds, "not in the plan")
        self._tell(len(done) == len(set(done)), "twice")
        now = completions(self.folder)
        self._tell(self.completed <= now, "a completion is lost")

    def _compare(self):
        self.course.faults = dict(self.faulty.told)
        for name, known in self.undisturbed.end.items():
            self._tell(self.course.end.get(name) == known, f"another end: {name}")
        for path in self.folder.rglob("*"):
            if path.is_file():
                self._tell(SECRET.encode() not in path.read_bytes(), f"a secret in {path.name}")

    def _tell(self, holds, what):
        if not holds:
            self.course.wrong.append(what)


def main(seeds):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with redirect_stdout(StringIO()):
            prepare(root / "prepared")
        calm = undisturbed(root / "prepared", root / "calm")
        for seed in seeds:
            course = Schedule(root / "prepared", root / f"{seed}", seed, calm).run()
            sys.stdout.write(f"{course.said}\n{course.faults}\n")
            for name, known in calm.end.items() if course.wrong else ():
                if course.end.get(name) != known:
                    sys.stdout.write(f"{name}\n  {course.end.get(name)}\n  {known}\n")
            sys.stdout.write(f"seed {seed}: {course.statuses} {course.wrong or 'as promised'}\n")
            shutil.rmtree(root / f"{seed}")


if __name__ == "__main__":
    main(map(int, sys.argv[1:]))
