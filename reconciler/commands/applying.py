"""The steps of an apply: approval, the check against what was approved, the work, the report."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.markup import escape

from reconciler.commands.options import console
from reconciler.commands.planning import Made, make_plan, now
from reconciler.commands.waiting import counting
from reconciler.errors import Exit, StalePlan, WrongUse
from reconciler.execution.apply import Outcome, apply, check_appliable
from reconciler.review.model import PlanDocument
from reconciler.review.terminal import show_plan
from reconciler.review.words import count


def approved(directory: Path, *, auto_approve: bool, no_color: bool) -> Made:
    """Plan, show the plan, and ask.

    Raises:
        WrongUse: There is nobody to ask.
        typer.Abort: The answer was no.
    """
    if not auto_approve and not sys.stdin.isatty():
        raise WrongUse(
            "There is no terminal to ask on. Apply a saved plan (`reconciler plan -o FILE`, then "
            "`reconciler apply FILE`), or give --auto-approve."
        )
    made = make_plan(directory, as_of=None, no_color=no_color)
    show_plan(made.document, made.trainees, console(no_color=no_color), every_name=False)
    nothing_to_ask = made.document.is_empty or made.document.held == "all"
    if not auto_approve and not nothing_to_ask:
        typer.confirm("\nApply this plan?", abort=True)
    return made


def matching(saved: PlanDocument, actions: pl.DataFrame, made: Made) -> None:
    """Refuse a saved plan that is not what would be planned now, or does not tell it (D7).

    Raises:
        StalePlan: With the difference by rule.
    """
    again = made.document
    if saved.header.lineage != again.header.lineage:
        raise StalePlan("This plan was made with another ledger, so for another workspace.")
    if saved.header.digest != again.header.digest:
        for run in made.workspace.ledger().runs():
            if run.digest == saved.header.digest and run.serial > saved.header.serial:
                raise StalePlan(f"This plan was applied already, as run {run.serial}.")
        differences = "\n".join(f"    {line}" for line in _differences(saved, again))
        raise StalePlan(
            "What this plan was made from has changed since, and it would be another plan now. "
            f"Nothing was written; plan again.\n{differences}"
        )

    if _bounds(saved) != _bounds(again):
        raise StalePlan(
            "Guards, lifts or the roster gate say something else now than in this plan. Plan again."
        )

    # The digest is of what would be done. What people read beside it must say just that.
    beside = saved.change is not None
    told, known = (_as_told(document, beside=beside) for document in (saved, again))
    apart = ["because"] if beside else []
    if told != known or not _same_rows(actions.drop(apart), made.saved_actions.drop(apart)):
        raise StalePlan(
            "What this plan tells is not so any more: people or places have changed in what does "
            "not alter its writes, or the file was altered. Nothing was written; plan again."
        )


def _bounds(document: PlanDocument) -> tuple[object, ...]:
    checks = [one for one in document.gate if one.guard != "age"]
    return document.guards, document.lifts, document.fit, checks


def _as_told(document: PlanDocument, *, beside: bool) -> dict[str, object]:
    """All that a plan tells, but where and by which version it was made.

    ``beside``: whose doing it is was told beside a merge base, which is of no account any more.
    """
    header = {"commit", "tool_version", "serial", "inputs"}
    exclude: dict[str, Any] = {"header": header, "warnings": True, "gate": True}
    if beside:
        apart = {"__all__": {"because": True}}
        exclude |= {"change": True, "attribution": True, "decisions": apart}
    return document.model_dump(exclude=exclude)


def _same_rows(saved: pl.DataFrame, again: pl.DataFrame) -> bool:
    texts = pl.col("content", "action").cast(pl.String)
    return saved.columns == again.columns and saved.with_columns(texts).equals(
        again.with_columns(texts)
    )


def _differences(saved: PlanDocument, again: PlanDocument) -> Iterator[str]:
    before, after = _by_cause(saved), _by_cause(again)
    for key in sorted(before.keys() | after.keys()):
        if before[key] != after[key]:
            cause, action = key
            yield f"{cause}: {action} {before[key]:,} in the plan, {after[key]:,} now"
    if before == after:
        yield "the same numbers, but for other trainees, or in what the ledger would note"


def _by_cause(document: PlanDocument) -> Counter[tuple[str, str]]:
    result: Counter[tuple[str, str]] = Counter()
    for decision in document.decisions:
        for cause in decision.causes:
            result[cause, decision.action] += decision.trainees
    return result


def carry_out(made: Made, out: Console, *, no_color: bool) -> int:
    """Apply a plan, and say how it went.

    Raises:
        ReconcilerError: It may not be applied, or nothing could be written.
    """
    lms, ledger = made.workspace.lms(), made.workspace.ledger()
    check_appliable(made.plan, lms, now=now(), expires=made.document.header.expires)
    total = sum(len(rows.places) for rows in made.plan.rows)
    with counting("writing", total, no_color=no_color) as advance:
        outcome = apply(made.plan, lms, ledger, clock=now, advance=advance)
    _report(outcome, out)
    if outcome.is_whole and made.document.held != "nothing":
        left = count(made.document.totals.held, "row")
        out.print(f"  [red]A guard holds {left}, which were left.[/red]")
        return Exit.HELD
    return Exit.OK if outcome.is_whole else Exit.PARTLY


def _report(outcome: Outcome, out: Console) -> None:
    done, already = outcome.counts.get("done", 0), outcome.counts.get("already", 0)
    out.print(f"\n[bold]Applied as run {outcome.serial}:[/bold] {count(done, 'row')} written.")
    if already:
        out.print(f"  {already:,} were so already.")
    for line in _troubles(outcome.troubles):
        out.print(f"  [red]{escape(line)}[/red]")
    if outcome.interruption:
        out.print(f"  [red]It stopped: {escape(outcome.interruption)}[/red]")
    if not outcome.is_whole:
        left = outcome.remaining + len(outcome.troubles)
        out.print(f"  [yellow]{count(left, 'row')} not done. Plan and apply again.[/yellow]")


def _troubles(troubles: pl.DataFrame) -> Iterator[str]:
    if troubles.is_empty():
        return
    by = troubles.group_by("result", "detail").agg(
        pl.len().alias("rows"), pl.col("trainee").first()
    )
    for row in by.sort("result", "detail").iter_rows(named=True):
        rows = count(row["rows"], "row")
        yield f"{rows} {row['result']}: {row['detail'] or 'no reason given'} ({row['trainee']}, …)"
