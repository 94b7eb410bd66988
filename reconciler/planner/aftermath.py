"""The world right after an undo, as far as the next plan looks at it."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
from pyroaring import BitMap

from reconciler.background import arrived
from reconciler.enrollments import enrollments
from reconciler.frames import HELD, HOLDINGS
from reconciler.planner.actions import WITHDRAWN, Action
from reconciler.planner.consequences import Known, consequences
from reconciler.planner.rows import People, Rows, actions
from reconciler.planner.settle import before_runs
from reconciler.planner.world import World
from reconciler.records import Deed, LedgerState, undone_run
from reconciler.snapshot import Snapshot

PAIR = ["trainee", "content"]


def aftermath(snapshot: Snapshot, people: People, rows: Sequence[Rows], world: World) -> Snapshot:
    """A snapshot as it would be once the rows of an undo were written, at the same instant."""
    written = actions(rows, people).select(*PAIR, "decision", "action", "assigned", "due")
    effects = pl.Series([one.decision.effect for one in rows], dtype=pl.String)
    written = written.with_columns(
        pl.col("content", "action").cast(pl.String), effect=effects.gather(written["decision"])
    )
    before = enrollments(snapshot.holdings).frame().with_columns(pl.col("content").cast(pl.String))
    return replace(
        snapshot,
        holdings=HOLDINGS.cast(_holdings(before, written, _held_then(rows, world), snapshot)),
        progress=_progress(arrived(snapshot.progress), written),
        ledger=_ledger(rows, world),
    )


def _holdings(
    before: pl.DataFrame, written: pl.DataFrame, held: pl.DataFrame, snapshot: Snapshot
) -> pl.DataFrame:
    def of(action: Action) -> pl.DataFrame:
        return written.filter(pl.col("action") == action.value)

    is_withdrawn = pl.col("effect") == WITHDRAWN
    moved = of(Action.RESCHEDULE).select(*PAIR, "due")
    versions = {one.id: one.version for one in snapshot.catalog.values()}
    fresh = pl.concat([of(Action.ASSIGN), of(Action.RETAKE)]).select(
        *PAIR,
        pl.lit("not_started").alias("status"),
        pl.col("content").replace_strict(versions, return_dtype=pl.Int64).alias("version"),
        "assigned",
        "due",
    )
    again = of(Action.RETAKE).join(before.select(*PAIR, "completed"), on=PAIR, how="left")
    fresh = fresh.join(again.select(*PAIR, "completed"), on=PAIR, how="left")
    parts = [
        before.join(written, on=PAIR, how="anti"),
        before.drop("due").join(moved, on=PAIR, how="inner"),
        held.join(written.filter(is_withdrawn), on=PAIR, how="semi"),
        fresh,
    ]
    return pl.concat(HOLDINGS.cast(part) for part in parts)


def _held_then(rows: Sequence[Rows], world: World) -> pl.DataFrame:
    """What the run that is undone found, for each enrollment of which that is known."""
    runs = {undone_run(one.decision.causes) for one in rows}
    deeds = [deed for run in runs if run is not None for deed in world.ledger.past[run].deeds]
    return pl.concat([_found(deed, world) for deed in deeds])


def _found(deed: Deed, world: World) -> pl.DataFrame:
    held = [pl.col(f"held_{name}").alias(name) for name in HELD]
    found = deed.rows.drop_nulls("held_status").select("number", *held)
    named = found.with_columns(
        trainee=world.index.ids.gather(found["number"]), content=pl.lit(deed.content)
    )
    return HOLDINGS.cast(named)


def _progress(before: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    """Course by course: what is taken leaves the courses that were ever completed (C1a, D3b)."""
    modules = written.rename({"content": "module"}).select("trainee", "module", "action")
    known = before.join(modules, on=["trainee", "module"], how="left")
    taken = (pl.col("action") == Action.REMOVE.value).fill_null(value=False)
    again = (pl.col("action") == Action.RETAKE.value).fill_null(value=False)
    ever = pl.col("completed").is_not_null()
    then = pl.when(taken).then(pl.lit("completed")).when(again).then(pl.lit("not_started"))
    version = pl.when(taken).then(pl.col("completed_version")).otherwise(pl.col("version"))
    kept = known.filter(~taken | ever)
    status = then.otherwise(pl.col("status").cast(pl.String)).cast(before.schema["status"])
    return kept.with_columns(status=status, version=version).select(before.columns)


def _ledger(rows: Sequence[Rows], world: World) -> LedgerState:
    ledger = world.ledger
    known, sets = Known(ledger.sets, before=before_runs(ledger)), dict(ledger.sets)
    for one in rows:
        for key, change in consequences(one.decision, one.decision.trainees, known).items():
            sets[key] = change.applied_to(sets.get(key, BitMap()))
    return replace(ledger, sets=sets, intents=(), past={})
