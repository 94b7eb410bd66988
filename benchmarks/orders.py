"""What makes the world of orders: renewals, new versions, and a module that many are to retake."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from benchmarks.rules import COURSES, BenchRule
from reconciler.frames import INSTANT

RENEWED, CHANGED = COURSES[:20], COURSES[20:40]
MODULE = "module/foundations"
PARTS = COURSES[:8]
HOLDERS = 5
"""One in so many people holds the module; 200,000 of a million."""
TAKEN = datetime(2026, 3, 1, 15, tzinfo=UTC)

CATALOG = f"""\
modules:
  foundations: {{title: Foundations, version: 3, courses: [{", ".join(PARTS)}]}}
"""
ORDER = f"""\
reassignments:
  foundations-again:
    content: {MODULE}
    target: {{everyone: true}}
"""


def plain(rule: BenchRule) -> tuple[str, ...]:  # noqa: ARG001 one of two ways to say more
    """Nothing more than the plain world has."""
    return ()


def again(rule: BenchRule) -> tuple[str, ...]:
    """20 contents are renewed, 20 more are taken again at a new version."""
    if rule.content in RENEWED:
        return ("renew: {every: 12 months, open: 30 days}",)
    if rule.content in CHANGED:
        return ("on_new_version: {completed: retake, in_progress: restart}",)
    return ()


def add_module(folder: Path, ids: pl.Series, held: pl.DataFrame) -> None:
    """Write the enrollments, with those of the module, its catalog entry and its order."""
    mine = ids.gather_every(HOLDERS)
    status = pl.Series("status", ["completed", "completed", "in_progress", "not_started"])
    done = pl.col("status") == "completed"
    module = pl.DataFrame({"trainee": mine}).with_columns(
        content=pl.lit(MODULE),
        status=status.gather(pl.int_range(len(mine), eager=True) % len(status)),
        version=pl.lit(2, dtype=pl.Int64),
        assigned=pl.lit(TAKEN, dtype=INSTANT),
        due=pl.lit(None, dtype=INSTANT),
    )
    module = module.with_columns(
        completed=pl.when(done).then(pl.lit(TAKEN, dtype=INSTANT)).otherwise(None)
    )
    every = pl.concat([held, module.select(held.columns)]).sort("trainee", "content")
    every.write_parquet(folder / "enrollments.parquet")
    with (folder / "catalog.yaml").open("a", encoding="utf-8") as catalog:
        catalog.write(CATALOG)
    (folder / "policies" / "orders.yaml").write_text(ORDER, encoding="utf-8")
