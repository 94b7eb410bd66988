"""The batches of an apply: what goes to the LMS in one call, how that is noted, what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from pyroaring import BitMap

from reconciler.execution.memory import Memory
from reconciler.frames import DETAILS, HELD, OUTCOMES, WRITES
from reconciler.ledger.run import Trouble
from reconciler.planner.actions import Action, Decision
from reconciler.planner.plan import Plan
from reconciler.planner.rows import Rows, actions
from reconciler.planner.sets import numbers_of, positions_of
from reconciler.records import Intent

SILENCE = "the LMS has said nothing about it"
KEY = ["trainee", "content"]
SAID = ("status", "courses", "resets", "credit_after", "credit_current")
"""The columns of WRITES that a decision says for all its trainees."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one action that go to the LMS in one call, as ACTIONS.

    ``first`` is the place of its first row among all rows of the run.
    """

    action: Action
    several: tuple[Rows, ...]
    rows: pl.DataFrame
    first: int


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a batch that are for one decision."""

    decision: Decision
    trainees: BitMap
    intent: Intent


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the rows of one part, by result and detail."""

    done: BitMap
    others: Mapping[tuple[str, str | None], BitMap]


def batches(plan: Plan, size: int, sequence: tuple[Action, ...]) -> Iterator[Batch]:
    """All rows of a plan: the actions in this sequence, in batches of this size."""
    first = 0
    for action in sequence:
        several = tuple(rows for rows in plan.carried_out if rows.decision.action is action)
        frame = actions(several, plan.people)
        for part in frame.iter_slices(size):
            yield Batch(action, several, part, first)
            first += len(part)


def parts_of(batch: Batch, held: pl.DataFrame, memory: Memory) -> list[Part]:
    """The rows of a batch by decision, with what is noted of them before they are sent."""
    parts = []
    for start, length, number in _stretches(batch.rows["decision"]):
        decision = batch.several[number].decision
        rows = batch.rows.slice(start, length)
        who = positions_of(rows["position"].to_numpy())
        known = None
        if decision.action is not Action.RESCHEDULE:
            known = memory.of(decision.content, who)
        parts.append(Part(decision, who, _intent(decision, who, rows, held, known)))
    return parts


def fates(batch: Batch, parts: list[Part], outcomes: pl.DataFrame) -> list[Fate]:
    """What became of each part. A row of which the LMS says nothing has an unknown outcome."""
    told = outcomes.select("trainee", "content", "result", "detail")
    rows = batch.rows.select("decision", "position", "trainee", pl.col("content").cast(pl.String))
    troubled = told.filter(pl.col("result") != "done")
    if len(told) == len(rows) and troubled.is_empty():
        return [Fate(part.trainees, {}) for part in parts]
    met = rows.join(told, on=KEY, how="left").with_columns(
        detail=pl.when(pl.col("result").is_null())
        .then(pl.lit(SILENCE))
        .otherwise(pl.col("detail")),
        result=pl.col("result").cast(pl.String).fill_null("unknown"),
    )
    met = met.filter(pl.col("result") != "done")
    by = {
        (number, result, detail): positions_of(some["position"].sort().to_numpy())
        for (number, result, detail), some in met.partition_by(
            "decision", "result", "detail", as_dict=True
        ).items()
    }
    return [_fate(part, number, by) for part, number in zip(parts, _numbers(batch), strict=True)]


def troubles(several: list[Fate]) -> tuple[Trouble, ...]:
    """What is noted of fates beside that all else is done."""
    return tuple(
        Trouble(place=place, result=result, detail=detail, trainees=who)
        for place, fate in enumerate(several)
        for (result, detail), who in sorted(fate.others.items(), key=str)
    )


def writes(batch: Batch) -> pl.DataFrame:
    """What the LMS is asked; what takes work away holds only while the status is as seen (A12)."""
    decisions = [rows.decision for rows in batch.several]
    said = pl.DataFrame(
        {
            "status": [one.status for one in decisions],
            "courses": [one.courses for one in decisions],
            "resets": [one.resets for one in decisions],
            "credit_after": [one.credit_after for one in decisions],
            "credit_current": [one.credit_current or None for one in decisions],
        },
        schema={name: WRITES.schema[name] for name in SAID},
    )
    return WRITES.cast(batch.rows.hstack(said[batch.rows["decision"]]))


def told_of(batch: Batch, several: list[Fate]) -> pl.DataFrame:
    """The rows that did not end well, as OUTCOMES."""
    found = []
    for number, fate in zip(_numbers(batch), several, strict=True):
        rows = batch.rows.filter(pl.col("decision") == number)
        for (result, detail), who in fate.others.items():
            if result != "already":
                mine = rows.filter(pl.col("position").is_in(pl.Series(numbers_of(who)).implode()))
                found.append(mine.with_columns(result=pl.lit(result), detail=pl.lit(detail)))
    return OUTCOMES.cast(pl.concat(found)) if found else OUTCOMES.of()


def _numbers(batch: Batch) -> list[int]:
    return sorted(batch.rows["decision"].unique())


def _stretches(numbers: pl.Series) -> Iterator[tuple[int, int, int]]:
    """Start, length and value of each stretch of equal numbers."""
    start = 0
    for length, value in numbers.rle().struct.unnest().iter_rows():
        yield start, length, value
        start += length


def _fate(part: Part, number: int, by: Mapping[Any, BitMap]) -> Fate:
    others = {
        (str(result), None if detail is None else str(detail)): who
        for (mine, result, detail), who in by.items()
        if mine == number
    }
    return Fate(part.trainees - BitMap.union(BitMap(), *others.values()), others)


def _intent(
    decision: Decision,
    trainees: BitMap,
    rows: pl.DataFrame,
    held: pl.DataFrame,
    known: pl.Series | None,
) -> Intent:
    """What is noted of a part: once where its rows are alike, else row by row."""
    alike = decision.action is Action.ASSIGN and rows["due"].n_unique() == 1 and known is None
    return Intent(
        content=decision.content,
        action=decision.action.value,
        causes=decision.causes,
        trainees=trainees,
        assigned=decision.assigned,
        effect=decision.effect,
        due=rows["due"][0] if alike else None,
        details=None if alike else _details(rows.sort("position"), held, known),
    )


def _details(rows: pl.DataFrame, held: pl.DataFrame, known: pl.Series | None) -> pl.DataFrame:
    """What is written for each row and what was held before."""
    before = held.filter(pl.col("content") == rows["content"].cast(pl.String)[0]).select(
        "trainee", *(pl.col(name).alias(f"held_{name}") for name in HELD)
    )
    remembered = pl.lit("", pl.String).alias("remembered") if known is None else known
    asked = rows.select("trainee", "due", remembered)
    return DETAILS.cast(asked.join(before, on="trainee", how="left", maintain_order="left"))
