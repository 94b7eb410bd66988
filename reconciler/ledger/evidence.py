"""What was done to whom, why and by whom: the journal read back, and the proof that it is whole."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Row, select

from reconciler.errors import WrongUse, did_you_mean
from reconciler.frames import DETAILS, INSTANT
from reconciler.ledger.blocks import join
from reconciler.ledger.journal import unpacked
from reconciler.ledger.log import entries
from reconciler.ledger.names import read_called, read_names, told_runs
from reconciler.ledger.outcomes import Outcomes, outcomes_where
from reconciler.ledger.read import read_trainees
from reconciler.ledger.tables import INTENTS, LOG, RUNS, TEXTS, TRAINEES


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which rows of the journal are asked for; None asks for all."""

    trainee: str | None = None
    content: str | None = None
    automation: str | None = None
    run: int | None = None


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """A run as its entry in the log tells: who, from which commit, which plan, by which texts.

    ``drift`` is what others had changed in the LMS before it, by class. ``again``: by number of
    what it set out to do, as text, which ``courses`` were to start over, and in which state
    (``resets``), where not all; None where the run did not note it.
    """

    serial: int
    as_of: datetime
    digest: str
    by: str
    address: str
    commit: str | None
    approved: str | None
    tool_version: str
    texts: Mapping[str, str]
    drift: Mapping[str, int]
    undoes: int | None = None
    again: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What a run did for one decision in one batch; ``rows`` are ROWS, one for each trainee.

    ``causes`` have the names of then, and ``renamed`` the present ones of those that have another.
    """

    run: RunEvidence
    entry: int
    sent: datetime
    content: str
    action: str
    effect: str
    causes: tuple[str, ...]
    assigned: datetime | None
    rows: pl.DataFrame
    renamed: Mapping[str, str]


Notice = tuple[datetime, str, Mapping[str, Any]]
"""When, what, and what is told of it."""
ROWS = {"trainee": pl.String, "result": pl.String, "detail": pl.String, **DETAILS.schema}


def read_acts(connection: Connection, question: Question) -> Iterator[Act]:
    """The journal, the first first, as far as it is asked for.

    A rule is found under each of its names (A15b).

    Raises:
        WrongUse: The ledger has never seen that trainee, or has no such run.
    """
    ids = read_trainees(connection)
    who = _number(connection, question.trainee)
    runs = read_run_evidence(connection)
    if question.run is not None and question.run not in runs:
        raise WrongUse(f"There is no run {question.run}.{told_runs(connection)}")
    asked_for, names = tuple(_asked_for(question)), read_names(connection)
    rule = question.automation
    rules = None if rule is None else read_called(connection, rule).meant
    outcomes = outcomes_where(connection, *asked_for)
    sent = select(INTENTS, LOG.c.at).join(LOG, LOG.c.number == INTENTS.c.entry).where(*asked_for)
    for row in connection.execute(sent.order_by(INTENTS.c.number)):
        trainees = join([row.bitmap])
        now = {cause: names.bearer(cause, row.serial) for cause in row.causes}
        if rules is not None and rules.isdisjoint(now.values()):
            continue
        asked = trainees if who is None else trainees & BitMap([who])
        if asked:
            yield Act(
                run=runs[row.serial],
                entry=row.entry,
                sent=row.at,
                content=row.content,
                action=row.action,
                effect=row.effect,
                causes=tuple(row.causes),
                assigned=row.assigned,
                rows=_rows(row, outcomes(row), asked, ids),
                renamed={
                    cause: one.name
                    for cause, one in now.items()
                    if one.name != cause and one.forgotten is None
                },
            )


def read_run_evidence(connection: Connection) -> dict[int, RunEvidence]:
    """Every run by its serial; one of before there was a log is told as far as it is known."""
    begun = select(LOG).where(LOG.c.kind == "begin").order_by(LOG.c.number)
    bodies = {row.serial: json.loads(row.body) for row in connection.execute(begun)}
    runs = connection.execute(select(RUNS).order_by(RUNS.c.serial))
    return {run.serial: _run(run, bodies.get(run.serial, {})) for run in runs}


def read_texts(connection: Connection) -> dict[str, Any]:
    """The texts of rules by their digest."""
    return {row.digest: json.loads(row.text) for row in connection.execute(select(TEXTS))}


def read_notices(connection: Connection) -> list[Notice]:
    """What the log tells beside runs: leases that were unlocked, names forgotten, moves."""
    beside = ("unlock", "forget", "moved", "arrived", "upgraded")
    return [(e.at, e.kind, json.loads(e.body)) for e in entries(connection) if e.kind in beside]


def _asked_for(question: Question) -> Iterator[ColumnElement[bool]]:
    if question.content is not None:
        yield INTENTS.c.content == question.content
    if question.run is not None:
        yield INTENTS.c.serial == question.run


def _run(run: Row[Any], body: Mapping[str, Any]) -> RunEvidence:
    told = body.get("evidence") or {}
    return RunEvidence(
        serial=run.serial,
        as_of=run.as_of,
        digest=body.get("digest", run.digest),
        by=told.get("by") or "",
        address=told.get("address") or "",
        commit=told.get("commit"),
        approved=told.get("approved"),
        tool_version=body.get("tool_version", run.tool_version),
        texts=body.get("texts", {}),
        undoes=body.get("undoes"),
        drift=told.get("drift") or {},
        again=told.get("again"),
    )


def _rows(row: Row[Any], outcomes: Outcomes, asked: BitMap, ids: pl.Series) -> pl.DataFrame:
    """What became of each trainee of an intent who is asked for, in the order of their numbers."""
    numbers = pl.Series("number", list(join([row.bitmap])), dtype=pl.UInt32)
    frame = numbers.to_frame()
    if row.details is None:
        nothing = (pl.lit(None, kind).alias(name) for name, kind in DETAILS.schema.items())
        due = pl.lit(row.due, INSTANT).alias("due")
        frame = frame.with_columns(*nothing).with_columns(due)
    else:
        frame = pl.concat([frame, unpacked(row.details)], how="horizontal")
    results = pl.concat(
        pl.DataFrame(
            {"number": list(who & asked), "result": result, "detail": detail},
            schema={"number": pl.UInt32, "result": pl.String, "detail": pl.String},
        )
        for (result, detail), who in outcomes.by.items()
    )
    told = results.join(frame, on="number", maintain_order="left").sort("number")
    named = told.with_columns(trainee=ids.gather(told["number"]))
    return named.select(pl.col(name).cast(kind) for name, kind in ROWS.items())


def _number(connection: Connection, trainee: str | None) -> int | None:
    if trainee is None:
        return None
    found = connection.execute(select(TRAINEES.c.number).where(TRAINEES.c.id == trainee)).scalar()
    if found is None:
        near = did_you_mean(trainee, read_trainees(connection).to_list())
        raise WrongUse(f"The ledger has never seen a trainee {trainee!r}.{near}")
    return int(found)
