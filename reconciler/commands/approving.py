"""What was approved against what would be planned now: the same, less, or refused (D7)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pyroaring import BitMap

from reconciler.commands.options import digits_of
from reconciler.commands.planning import Made, make_plan
from reconciler.errors import StalePlan, WrongUse
from reconciler.planner.actions import Action, Decision
from reconciler.planner.digest import actions_digest_of_rows, fact_of, together
from reconciler.planner.reasons import Reason
from reconciler.review.approved import (
    EXACTLY,
    WITHIN,
    Beyond,
    Extent,
    Measure,
    approved_in,
    beyond,
    rows_of,
    set_out_by,
    told,
)
from reconciler.review.model import DecisionReport, PlanDocument
from reconciler.review.saved import load_plan
from reconciler.review.words import count
from reconciler.workspace import open_workspace

SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Approved:
    """A plan made now that may be applied, what to say first, and the digest of a larger one.

    ``standing``: by the standing approval alone; nobody has looked at it.
    """

    made: Made
    note: str | None = None
    digest: str | None = None
    standing: bool = False


def from_file(directory: Path, file: Path, *, expected: str | None, no_color: bool) -> Approved:
    """Plan again for the instant of a saved plan: it must come out the same, or as less.

    Raises:
        StalePlan: It was altered, was applied already, or something is new or different.
    """
    saved, actions = load_plan(directory / file)
    undo = saved.undo.run if saved.undo else None
    made = make_plan(directory, as_of=saved.header.as_of, no_color=no_color, undo=undo)
    _check_saved(saved, actions, made, expected=expected)
    if saved.header.digest == made.document.header.digest:
        _refuse_what_is_told_otherwise(saved, actions, made)
        return Approved(made)
    _refuse_applied(saved, made)
    approved = approved_in(saved, actions)
    found, rows = _beyond(made, approved, EXACTLY)
    if found or not _same_policies(saved, made.document):
        raise StalePlan(
            "What this plan was made from has changed since, and it would be another plan now. "
            "Nothing was written; plan again.\n"
            f"{_told(_differences(saved, made.document, found))}"
        )
    fewer = count(len(approved.rows) - rows, "row")
    note = f"Less than was approved: {fewer} not needed any more. The rest goes on."
    return Approved(made, note, saved.header.digest)


def within(directory: Path, file: Path, *, expected: str | None, no_color: bool) -> Approved:
    """Plan now: every action, its instants apart, and every record must be in a saved plan.

    Raises:
        StalePlan: The saved plan was altered or applied already, or something is not in it.
    """
    saved, actions = load_plan(directory / file)
    undo = saved.undo.run if saved.undo else None
    made = make_plan(directory, as_of=None, no_color=no_color, undo=undo)
    _check_saved(saved, actions, made, expected=expected)
    _refuse_applied(saved, made)
    found, rows = _beyond(made, approved_in(saved, actions), WITHIN)
    if found:
        raise StalePlan(
            f"Not in the approved plan: {_counted(found)} of the plan of now. Nothing was written; "
            f"plan again, and have that approved.\n{_told(found.lines())}"
        )
    note = f"The approved plan has all of the plan of now: {count(rows, 'row')}."
    return Approved(made, note, saved.header.digest)


def resumed(directory: Path, *, no_color: bool) -> Approved | None:
    """Plan what the last run has left, for its instant; None where it has left nothing.

    Raises:
        StalePlan: Something is new since.
        WrongUse: There was no run yet.
    """
    ledger = open_workspace(directory).ledger()
    runs = ledger.runs()
    if not runs:
        raise WrongUse("Nothing has been applied yet, so there is nothing to resume.")
    last = runs[-1]
    if last.state == "complete":
        return None
    evidence = ledger.run_evidence()[last.serial]
    made = make_plan(directory, as_of=last.as_of, no_color=no_color, undo=evidence.undoes)
    ids = made.plan.world.ledger.trainees
    approved = set_out_by(ledger.planned(last.serial), evidence.again, ids)
    found, rows = _beyond(made, approved, WITHIN)
    if found:
        raise StalePlan(
            f"Not what run {last.serial} set out to do: {_counted(found)}. Nothing was written; "
            f"plan and apply again.\n{_told(found.lines())}"
        )
    note = f"Run {last.serial} has left {count(rows, 'row')}."
    return Approved(made, note, evidence.approved or last.digest)


def _beyond(made: Made, approved: Extent, measure: Measure) -> tuple[Beyond, int]:
    """What of a plan made now was not approved, and how many rows it has."""
    rows = rows_of(made.document.decisions, made.saved_actions)
    return beyond(made.plan, rows, approved, measure), len(rows)


def _counted(found: Beyond) -> str:
    """How much was not approved, in words."""
    rows, notes = len(found.rows), len(found.notes)
    parts = [count(rows, "row")] * bool(rows) + [count(notes, "record")] * bool(notes)
    return " and ".join(parts)


def expect(made: Made, expected: str | None) -> None:
    """Require a digest of a plan made now.

    Raises:
        StalePlan: It is another one.
    """
    _expect(made.document.header.digest, expected)


def _expect(digest: str, expected: str | None) -> None:
    if expected is None or digest.startswith(wanted := digits_of(expected, "--expect-digest")):
        return
    raise StalePlan(
        f"The digest of this plan is {digest[:SHOWN_DIGITS]}, and {wanted[:SHOWN_DIGITS]} was "
        "expected: it is not the plan that was approved. Nothing was written."
    )


def _check_saved(
    saved: PlanDocument, actions: pl.DataFrame, made: Made, *, expected: str | None
) -> None:
    """Require that a saved plan says what its digest is of, for this ledger, as approved."""
    header, learns = saved.header, told(saved)
    _expect(header.digest, expected)
    if header.lineage != made.document.header.lineage:
        raise StalePlan("This plan was made with another ledger, so for another workspace.")
    try:
        facts = [fact_of(_decision(one), one.trainees) for one in saved.decisions]
        digest = actions_digest_of_rows(facts, actions)
        whole = together(digest, learns.digest, header.changes_digest) == header.digest
    except (pl.exceptions.PolarsError, AttributeError, ValueError):
        whole = False  # a column is missing or of another type, or nobody knows such an action
    if not whole:
        raise StalePlan("This plan file was altered after it was made. Plan again.")


def _decision(told: DecisionReport) -> Decision:
    """A decision as a saved plan tells it, without its trainees."""
    return Decision(
        content=told.content,
        action=Action(told.action),
        effect=told.effect,
        causes=told.causes,
        trainees=BitMap(),
        blocked=Reason(told.blocked) if told.blocked else None,
        held=told.held,
        why=told.why,
        status=told.status,
        courses=told.courses,
        resets=told.resets,
        credited=told.credited,
        credit_after=told.credit_after,
        credit_current=told.credit_current,
    )


def _refuse_applied(saved: PlanDocument, made: Made) -> None:
    ledger, digest = made.workspace.ledger(), saved.header.digest
    evidence = ledger.run_evidence()
    for run in ledger.runs():
        known = evidence.get(run.serial)
        is_it = digest in (run.digest, known.approved if known else None)
        if is_it and run.serial > saved.header.serial and run.state == "complete":
            raise StalePlan(f"This plan was applied already, as run {run.serial}.")


def _refuse_what_is_told_otherwise(saved: PlanDocument, actions: pl.DataFrame, made: Made) -> None:
    """The digest is of what would be done. What people read beside it must say just that."""
    _refuse_other_bounds(saved, made.document)
    beside = saved.change is not None
    before, again = (_as_told(document, beside=beside) for document in (saved, made.document))
    apart = ["because"] if beside else []
    if before != again or not _same_rows(actions.drop(apart), made.saved_actions.drop(apart)):
        raise StalePlan(
            "What this plan tells is not so any more: people or places have changed in what does "
            "not alter its writes, or the file was altered. Nothing was written; plan again."
        )


def _same_policies(saved: PlanDocument, again: PlanDocument) -> bool:
    """Whether the policies say the same; an undo does not look at them (U11)."""
    before, now = saved.header.inputs, again.header.inputs
    return saved.undo is not None or before.get("policies") == now.get("policies")


def _refuse_other_bounds(saved: PlanDocument, again: PlanDocument) -> None:
    if _bounds(saved) != _bounds(again):
        raise StalePlan(
            "Guards, lifts or the roster gate say something else now than in this plan. Plan again."
        )


def _bounds(document: PlanDocument) -> tuple[object, ...]:
    checks = [one for one in document.gate if one.guard != "age"]
    return document.guards, document.lifts, document.fit, checks


def _as_told(document: PlanDocument, *, beside: bool) -> dict[str, object]:
    """All that a plan tells, but where and by which version it was made.

    What a run without a review may do of it is judged by the approval of now, so it is left out.
    ``beside``: whose doing it is was told beside a merge base, which is of no account any more.
    """
    header = {"commit", "tool_version", "serial", "inputs"}
    exclude: dict[str, Any] = {"header": header, "warnings": True, "gate": True, "standing": True}
    if document.undo:
        # What the next plan would do is advice; who follows it may apply the undo all the same. And
        # a run of this very plan that was cut off has begun to undo it.
        exclude |= {"undo": {"again": True, "undone_by": True}, "exemptions": True}
    if beside:
        apart = {"__all__": {"because": True}}
        exclude |= {"change": True, "attribution": True, "decisions": apart}
    return document.model_dump(exclude=exclude)


def _same_rows(saved: pl.DataFrame, again: pl.DataFrame) -> bool:
    texts = pl.col("content", "action").cast(pl.String)
    return saved.columns == again.columns and saved.with_columns(texts).equals(
        again.with_columns(texts)
    )


def _differences(saved: PlanDocument, again: PlanDocument, found: Beyond) -> Iterator[str]:
    before, after = _numbers(saved), _numbers(again)
    for key in sorted(before.keys() | after.keys()):
        if before[key] != after[key]:
            cause, what = key
            yield f"{cause}: {what} {before[key]:,} in the plan, {after[key]:,} now"
    yield from found.notes
    if before == after and len(found.rows):
        yield "the same numbers, but for other trainees, or written otherwise"
    if not found:
        yield "the policies are other ones"


def _numbers(document: PlanDocument) -> Counter[tuple[str, str]]:
    """By rule: what would be done, and for which reasons how many people are what they are."""
    result: Counter[tuple[str, str]] = Counter()
    for decision in document.decisions:
        held = ", held by a guard:" if decision.held or document.held == "all" else ""
        for cause in decision.causes:
            result[cause, f"{decision.action}{held}"] += decision.trainees
    reasons = {one.id: one.reasons for one in document.automations}
    reasons |= {one.id: one.reasons for one in document.orders}
    for rule, people in reasons.items():
        for reason, trainees in people.items():
            result[rule, f"people with the reason {reason!r}:"] += trainees
    return result


def _told(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
