"""Applies 1,000,000 new assignments to a local LMS, and inserts the same rows with sqlite3.

``python -m benchmarks.applying FOLDER``: makes a workspace in the folder, plans, applies, and then
puts every row that the apply wrote, of LMS and ledger, with ``executemany`` into the same tables of
new files: the same indexes and triggers, the same settings for durability, one transaction for
each file. Prints JSON: by part the seconds, and those of the processor. With ``--world-only`` it
makes the workspace and ends.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from reconciler.execution.apply import apply
from reconciler.ledger.open import create_ledger
from reconciler.lms.local.load import create
from reconciler.observation import observe
from reconciler.planner.plan import plan
from reconciler.workspace import open_workspace

TRAINEES, ROLES, RULES, ROLES_OF_A_RULE = 200_000, 20, 20, 5
ASSIGNMENTS = TRAINEES * RULES * ROLES_OF_A_RULE // ROLES
Took = list[float]
"""Seconds from start to end, and seconds of the processor."""
LINEAGE = "benchmark"
LMS, LEDGER = "lms.db", "ledger.db"
AS_OF = datetime(2026, 11, 23, 18, tzinfo=UTC)
WORKSPACE = f"""\
timezone: America/Chicago
policies: policies
roster: {{source: parquet, path: roster.parquet, columns: {{id: trainee, role: role}}}}
lms: {{adapter: local, path: {LMS}}}
ledger: sqlite:///{LEDGER}
guards: {{all: {{assign: unlimited}}}}
lineage: {LINEAGE}
"""
DURABLE = {
    LMS: ("PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON"),
    LEDGER: ("PRAGMA foreign_keys = ON", "PRAGMA cache_size = -200000"),
}
"""The settings with which the program itself opens each file."""


def make_world(folder: Path) -> None:
    """A workspace whose plan is that many assignments: nobody is enrolled or known yet."""
    (folder / "policies").mkdir(parents=True)
    (folder / "reconciler.yaml").write_text(WORKSPACE, encoding="utf-8")
    numbers = pl.int_range(TRAINEES, eager=True)
    roster = pl.DataFrame({"number": numbers}).select(
        trainee=pl.format("E{}", pl.col("number").cast(pl.String).str.zfill(7)),
        role=pl.format("role-{}", pl.col("number") % ROLES),
    )
    roster.write_parquet(folder / "roster.parquet")
    (folder / "policies" / "rules.yaml").write_text(
        "automations:\n" + "".join(map(_rule, range(RULES))), encoding="utf-8"
    )
    titles = "".join(f"  training-{number}: {{title: Training}}\n" for number in range(RULES))
    (folder / "catalog.yaml").write_text(f"courses:\n{titles}", encoding="utf-8")
    _make_files(folder, folder)


def _rule(number: int) -> str:
    roles = ", ".join(f"role-{(number + one) % ROLES}" for one in range(ROLES_OF_A_RULE))
    return (
        f"  rule-{number}:\n    assign: course/training-{number}\n"
        f"    target: {{role: [{roles}]}}\n    scope: future-and-existing\n    due: {{days: 30}}\n"
    )


def _make_files(folder: Path, world: Path) -> None:
    create(folder / LMS, catalog=world / "catalog.yaml")
    create_ledger(f"sqlite:///{LEDGER}", folder, lineage=LINEAGE)


def applied(folder: Path) -> dict[str, Took]:
    """Plan and apply; how long the two took."""
    workspace = open_workspace(folder)
    with timed() as planning:
        seen = observe(workspace, as_of=AS_OF)
        made = plan(seen.snapshot, seen.policies, as_of=AS_OF)
    with timed() as applying:
        outcome = apply(made, workspace.lms(), workspace.ledger(), clock=lambda: AS_OF)
    assert outcome.is_whole, outcome
    assert outcome.counts == {"done": ASSIGNMENTS}, outcome.counts
    return {"read and plan": planning, "apply": applying}


def inserted(folder: Path, again: Path) -> Took:
    """Insert what an apply has written into new files; how long the inserting took."""
    _make_files(again, folder)
    both = [0.0, 0.0]
    for name, settings in DURABLE.items():
        with closing(sqlite3.connect(again / name, isolation_level=None)) as database:
            for setting in settings:
                database.execute(setting)
            several = _written(folder / name, database)
            with timed() as took:
                database.execute("BEGIN IMMEDIATE")
                for statement, rows in several:
                    database.executemany(statement, rows)
                database.execute("COMMIT")
        both = [sum(pair) for pair in zip(both, took, strict=True)]
    return both


@contextmanager
def timed() -> Iterator[Took]:
    """A list that has, after the block, its seconds and those of the processor."""
    took: Took = []
    wall, processor = time.perf_counter(), time.process_time()
    yield took
    took += [time.perf_counter() - wall, time.process_time() - processor]


def _written(path: Path, empty: sqlite3.Connection) -> list[tuple[str, list[tuple[object, ...]]]]:
    """What to insert into each table, in the order of its key, so that references hold."""
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    names = [name for (name,) in empty.execute(tables)]
    several = []
    with closing(sqlite3.connect(path)) as database:
        for name in names:
            if empty.execute(f"SELECT count(*) FROM {name}").fetchone()[0]:
                continue
            rows = database.execute(f"SELECT * FROM {name}").fetchall()
            marks = ", ".join("?" for _ in rows[0]) if rows else ""
            several.append((f"INSERT INTO {name} VALUES ({marks})", rows))
    return [(statement, rows) for statement, rows in several if rows]


def main(folder: Path, *, world_only: bool) -> None:
    make_world(folder / "world")
    if world_only:
        return
    found = applied(folder / "world")
    (folder / "again").mkdir()
    found["executemany"] = inserted(folder / "world", folder / "again")
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), world_only=sys.argv[2:] == ["--world-only"])
