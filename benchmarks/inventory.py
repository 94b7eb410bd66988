"""What it costs an apply to remember what the LMS holds, and what a look for drift costs.

``python -m benchmarks.inventory FOLDER``: in a world that ``benchmarks.world`` made, a run begins
and remembers all of it; then a second one, before which some enrollments have changed. Prints JSON:
by part the seconds, and those of the processor; and the bytes that the ledger takes.
"""

import json
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.applying import Took, timed
from benchmarks.world import ENROLLMENTS, ROSTER
from reconciler.execution.mandate import Mandate, new_run
from reconciler.ledger.inventory import put_inventory
from reconciler.observation import observe
from reconciler.planner.drift import drift
from reconciler.planner.left import seen_in
from reconciler.planner.plan import Plan, plan
from reconciler.workspace import Workspace, open_workspace

AS_OF = datetime(2026, 11, 23, 18, tzinfo=UTC)
CHANGED = 400
"""One enrollment of so many changes between the two runs."""


def measured(folder: Path) -> dict[str, Took | int]:
    workspace = open_workspace(folder)
    database = workspace.ledger().database
    found: dict[str, Took | int] = {}
    with timed() as found["observe and plan"]:
        made = _planned(workspace)
    before = (folder / "ledger.db").stat().st_size
    _begin(made, workspace)
    found["bytes"] = (folder / "ledger.db").stat().st_size - before
    last = workspace.ledger().last_apply()
    assert last is not None
    with timed() as found["find no drift"]:
        assert not drift(made, last).findings
    _change(folder)
    made = _planned(workspace)
    with timed() as found["read what is remembered"]:
        last = workspace.ledger().last_apply()
    assert last is not None
    with timed() as found["see"]:
        seen = seen_in(made.world)
    with timed() as found["find drift"]:
        assert drift(made, last).findings
    with timed() as found["remember changes"], database.writing() as connection:
        put_inventory(connection, seen)
    with timed() as found["remember no changes"], database.writing() as connection:
        put_inventory(connection, seen)
    with database.writing() as connection:
        put_inventory(connection, {})
    with timed() as found["remember all"], database.writing() as connection:
        put_inventory(connection, seen)
    return found


def _planned(workspace: Workspace) -> Plan:
    seen = observe(workspace, as_of=AS_OF)
    return plan(seen.snapshot, seen.policies, as_of=AS_OF)


def _begin(made: Plan, workspace: Workspace) -> None:
    run = replace(new_run(made, Mandate(), started=AS_OF), planned=(), texts={})
    workspace.ledger().begin(made.changes, made.sighting, run)


def _change(folder: Path) -> None:
    """Due dates are moved: as good a change as any."""
    path = folder / ENROLLMENTS
    chosen = pl.int_range(pl.len()) % CHANGED == 0
    moved = pl.when(chosen).then(pl.col("due") + pl.duration(days=1)).otherwise(pl.col("due"))
    pl.read_parquet(path).with_columns(due=moved).write_parquet(path)


if __name__ == "__main__":
    world = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=world.parent) as place:
        copy = shutil.copytree(world, Path(place) / "world")
        (copy / ROSTER).touch()
        sys.stdout.write(json.dumps(measured(Path(copy)), indent=1) + "\n")
