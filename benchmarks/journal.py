"""What journal and lease cost: the same apply to the local LMS with them and without, in turns.

``python -m benchmarks.journal FOLDER with|without``: prints the seconds of one apply of a fresh
copy of the world in FOLDER, once its plan is made; FOLDER is made if it is missing.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from reconciler.__main__ import run
from reconciler.commands.person import holder
from reconciler.commands.planning import make_plan
from reconciler.enrollments import enrollments
from reconciler.execution.apply import apply
from reconciler.execution.lease import leased
from reconciler.execution.mandate import Mandate
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.open import create_ledger
from reconciler.ledger.run import Answer, NewRun, Sent
from reconciler.records import LedgerChanges, OrderRecord, SetChange, SetKey, Sighting

RULES, GROUPS = 100, 25
"""Each of the rules gives a course of its own to one group of people: four for each person."""
ACTIONS = 1_000_000
LINEAGE = "benchmark"
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
WORKSPACE = f"""\
timezone: America/Chicago
policies: policies
roster: {{source: parquet, path: roster.parquet, columns: {{id: trainee, region: region}}}}
lms: {{adapter: local, path: lms.db}}
ledger: sqlite:///ledger.db
guards: {{all: {{assign: unlimited}}}}
lineage: {LINEAGE}
"""


class Bare(Ledger):
    """A ledger that keeps no journal: what was given is remembered, what was sent is not."""

    __slots__ = ()

    def begin(self, changes: LedgerChanges, sighting: Sighting, run: NewRun) -> int:
        return super().begin(changes, sighting, replace(run, planned=(), texts={}))

    def intend(self, batch: Sent, *, serial: int) -> int:  # noqa: ARG002 as a ledger
        return 0

    def record(
        self,
        sets: Mapping[SetKey, SetChange],
        *,
        serial: int,
        orders: Iterable[OrderRecord] = (),
        answer: Answer | None = None,  # noqa: ARG002 as a ledger
    ) -> None:
        super().record(sets, serial=serial, orders=orders)


def make(folder: Path, actions: int) -> None:
    """Write a world in which an apply has so many trainings to assign, and nothing else."""
    work = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(work, ignore_errors=True)
    (work / "policies").mkdir(parents=True)
    people = actions * GROUPS // RULES
    numbers = pl.Series("trainee", range(people))
    regions = "region-" + (numbers % GROUPS).cast(pl.String)
    names = numbers.cast(pl.String).str.pad_start(8, "0")
    pl.DataFrame({"trainee": names, "region": regions}).write_parquet(work / "roster.parquet")
    rules = [
        f"  rule-{n:03}: {{assign: course/training-{n:03}, scope: future-and-existing, "
        f"target: {{region: region-{n % GROUPS}}}, due: {{days: 30}}}}\n"
        for n in range(RULES)
    ]
    courses = [f"  training-{n:03}: {{title: Training {n}, version: 1}}\n" for n in range(RULES)]
    (work / "policies/rules.yaml").write_text("automations:\n" + "".join(rules), encoding="utf-8")
    (work / "catalog.yaml").write_text("courses:\n" + "".join(courses), encoding="utf-8")
    (work / "reconciler.yaml").write_text(WORKSPACE, encoding="utf-8")
    create_ledger("sqlite:///ledger.db", work, lineage=LINEAGE)
    assert run(["lms", "init", "-C", str(work)]) == 0
    work.rename(folder)


def measured(folder: Path, *, journal: bool) -> tuple[float, float]:
    """Apply a copy of a world once; the seconds of the apply alone, by clock and by CPU."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy = Path(place) / "world"
        shutil.copytree(folder, copy)
        made = make_plan(copy, as_of=NOW, no_color=True)
        header, held = made.document.header, enrollments(made.observation.snapshot.holdings).frame()
        lms, ledger = made.workspace.lms(), made.workspace.ledger()
        started, worked = time.perf_counter(), time.process_time()
        with leased(ledger, holder(), clock=lambda: NOW) if journal else nullcontext() as lease:
            fence = lease.fence if lease else 0
            outcome = apply(
                made.plan,
                lms,
                ledger if journal else Bare(ledger.database),
                clock=lambda: NOW,
                mandate=Mandate(fence=fence, digest=header.digest, enrollments=held),
            )
        seconds = time.perf_counter() - started, time.process_time() - worked
        assert outcome.is_whole
        assert outcome.counts == {"done": len(made.saved_actions)}
        return seconds


if __name__ == "__main__":
    world = Path(sys.argv[1])
    if not world.exists():
        make(world, ACTIONS)
    print(*measured(world, journal=sys.argv[2] == "with"))
