"""What was approved against what would be planned now: the same, less, or refused (D7)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pyroaring import BitMap

from reconciler.commands.planning import Made, make_plan
from reconciler.errors import StalePlan, WrongUse
from reconciler.frames import INSTANT
from reconciler.planner.actions import Action, Decision
from reconciler.planner.digest import actions_digest_of_rows, fact_of, together
from reconciler.planner.reasons import Reason
from reconciler.records import SetChange, gathered
from reconciler.review.model import DecisionReport, PlanDocument
from reconciler.review.saved import load_plan
from reconciler.review.words import count
from reconciler.workspace import open_workspace

FEWEST_DIGITS = 12
INSTANTS = ("assigned", "due", "credit_after")
SAID: dict[str, pl.DataType | type[pl.DataType]] = {
    "effect": pl.String,
    "causes": pl.String,
    "why": pl.String,
    "status": pl.String,
    "courses": pl.String,
    "resets": pl.String,
    "credited": pl.Int64,
    "credit_after": INSTANT,
    "credit_current": pl.Boolean,
}
"""What a decision says for each of its rows."""
# The kinds of sets that may change more than was approved, for then less is done.
MAY_GROW, MAY_SHRINK = ("held",), ("redue", "open")


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
        _refuse_other_bounds(saved, made.document)
        # The digest is of what would be done. What people read beside it must say just that.
        beside = saved.change is not None
        told, known = (_as_told(document, beside=beside) for document in (saved, made.document))
        apart = ["because"] if beside else []
        if told != known or not _same_rows(actions.drop(apart), made.saved_actions.drop(apart)):
            raise StalePlan(
                "What this plan tells is not so any more: people or places have changed in what "
                "does not alter its writes, or the file was altered. Nothing was written; plan "
                "again."
            )
        return Approved(made)
    _refuse_applied(saved, made)
    mine = _described(made.document, made.saved_actions)
    new = _not_in(mine, _described(saved, actions), without=())
    if len(new) or not _changes_within(saved, made):
        raise StalePlan(
            "What this plan was made from has changed since, and it would be another plan now. "
            f"Nothing was written; plan again.\n{_told(_differences(saved, made.document))}"
        )
    fewer = len(actions) - len(mine)
    note = f"Less than was approved: {count(fewer, 'row')} not needed any more. The rest goes on."
    return Approved(made, note, saved.header.digest)


def within(directory: Path, file: Path, *, expected: str | None, no_color: bool) -> Approved:
    """Plan now: every action, its instants apart, must be in a saved plan.

    Raises:
        StalePlan: The saved plan was altered, or something is not in it.
    """
    saved, actions = load_plan(directory / file)
    undo = saved.undo.run if saved.undo else None
    made = make_plan(directory, as_of=None, no_color=no_color, undo=undo)
    _check_saved(saved, actions, made, expected=expected)
    mine = _described(made.document, made.saved_actions)
    new = _not_in(mine, _described(saved, actions), without=("causes", "why", *INSTANTS))
    if len(new):
        raise StalePlan(
            f"Not in the approved plan: {count(len(new), 'row')} of the plan of now. Nothing was "
            f"written; have that approved.\n{_told(_counted(new))}"
        )
    note = f"The approved plan has all of the plan of now: {count(len(mine), 'row')}."
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
    undo = ledger.run_evidence()[last.serial].undoes
    made = make_plan(directory, as_of=last.as_of, no_color=no_color, undo=undo)
    approved = gathered(
        ((one.content, one.action, one.effect), one.trainees) for one in ledger.planned(last.serial)
    )
    new = [
        f"{d.content}: {d.action} for {count(len(more), 'person', 'people')} more"
        for d in made.plan.decisions
        if d.is_carried_out
        and (more := d.trainees - approved.get((d.content, d.action.value, d.effect), BitMap()))
    ]
    if new:
        raise StalePlan(
            f"There is more to do than run {last.serial} set out to. Nothing was written; plan "
            f"and apply again.\n{_told(iter(new))}"
        )
    left = count(made.row_count, "row")
    return Approved(made, f"Run {last.serial} has left {left}.", last.digest)


def expect(made: Made, expected: str | None) -> None:
    """Require a digest of a plan made now.

    Raises:
        StalePlan: It is another one.
    """
    _expect(made.document.header.digest, expected)


def _expect(digest: str, expected: str | None) -> None:
    if expected is None or (len(expected) >= FEWEST_DIGITS and digest.startswith(expected.lower())):
        return
    if len(expected) < FEWEST_DIGITS:
        raise WrongUse(f"--expect-digest: give at least {FEWEST_DIGITS} digits of the digest.")
    raise StalePlan(
        f"The digest of this plan is {digest[:FEWEST_DIGITS]}, and {expected[:FEWEST_DIGITS]} was "
        "expected: it is not the plan that was approved. Nothing was written."
    )


def _check_saved(
    saved: PlanDocument, actions: pl.DataFrame, made: Made, *, expected: str | None
) -> None:
    """Require that a saved plan says what its digest is of, for this ledger, as approved."""
    _expect(saved.header.digest, expected)
    if saved.header.lineage != made.document.header.lineage:
        raise StalePlan("This plan was made with another ledger, so for another workspace.")
    try:
        facts = [fact_of(_decision(one), one.trainees) for one in saved.decisions]
        told = together(actions_digest_of_rows(facts, actions), saved.header.changes_digest)
        whole = told == saved.header.digest
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
    for run in made.workspace.ledger().runs():
        is_it = run.digest == saved.header.digest and run.serial > saved.header.serial
        if is_it and run.state == "complete":
            raise StalePlan(f"This plan was applied already, as run {run.serial}.")


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


def _described(document: PlanDocument, actions: pl.DataFrame) -> pl.DataFrame:
    """The rows of a plan, with what their decisions say."""
    carried = [decision for decision in document.decisions if decision.blocked is None]
    decisions = pl.DataFrame(
        [
            {
                **decision.model_dump(include=set(SAID)),
                "causes": " ".join(decision.causes),
                "why": " ".join(decision.why),
                "courses": None if decision.courses is None else " ".join(decision.courses),
            }
            for decision in carried
        ],
        schema=SAID,
    )
    said = decisions[actions["decision"]]
    rows = actions.drop("decision", "location", "because", strict=False).hstack(said)
    return rows.with_columns(pl.col("content", "action").cast(pl.String))


def _not_in(
    mine: pl.DataFrame, approved: pl.DataFrame, *, without: tuple[str, ...]
) -> pl.DataFrame:
    """The rows that were not approved, by all columns but some."""
    on = [name for name in mine.columns if name not in without]
    return mine.join(approved, on=on, how="anti", nulls_equal=True)


def _changes_within(saved: PlanDocument, made: Made) -> bool:
    """Whether the ledger is to learn nothing that was not approved.

    Where somebody got the content meanwhile, the automation becomes a holder instead (A7), and rows
    without effect are closed (A9b, M4). What a run that was cut off had written, and could not
    note, was approved with it.
    """
    again = made.document.header
    same = saved.header.inputs.get("policies") == again.inputs.get("policies")
    if saved.undo is None and not same:
        return False
    approved = {(one.kind, one.owner, one.content): one for one in saved.ledger}
    lasting, now = _recorded_for_good(saved), _recorded_for_good(made.document, every=True)
    if any(now.get(rule) != size for rule, size in lasting.items()):
        return False
    for key, change in made.plan.changes.sets.items():
        before = approved.get((key.kind, key.owner, key.content))
        known_add, known_remove = (before.add, before.remove) if before else (0, 0)
        settled = made.plan.world.settlement.get(key, SetChange())
        add, remove = change.add - settled.add, change.remove - settled.remove
        if key.kind not in MAY_GROW and len(add) > known_add:
            return False
        if key.kind not in MAY_SHRINK and len(remove) > known_remove:
            return False
    return made.plan.changes.renamed.items() <= saved.renamed.items()


def _recorded_for_good(document: PlanDocument, *, every: bool = False) -> dict[str, int]:
    """By rule, how many an apply records as existing, or as those whom an order is for.

    Fewer who count as existing are more people tomorrow, and fewer in an order get it never.
    ``every``: also what was recorded before.
    """
    baselines = {
        one.id: one.baseline.size
        for one in document.automations
        if one.baseline and (every or one.baseline.starts or one.baseline.joins)
    }
    audiences = {one.id: one.audience for one in document.orders if every or one.state == "new"}
    return {**baselines, **audiences}


def _differences(saved: PlanDocument, again: PlanDocument) -> Iterator[str]:
    before, after = _numbers(saved), _numbers(again)
    for key in sorted(before.keys() | after.keys()):
        if before[key] != after[key]:
            cause, what = key
            yield f"{cause}: {what} {before[key]:,} in the plan, {after[key]:,} now"
    if before == after:
        yield "the same numbers, but for other trainees, or in what the ledger would note"


def _numbers(document: PlanDocument) -> Counter[tuple[str, str]]:
    """By rule: what would be done, and for which reasons how many people are what they are."""
    result: Counter[tuple[str, str]] = Counter()
    for decision in document.decisions:
        for cause in decision.causes:
            result[cause, decision.action] += decision.trainees
    reasons = {one.id: one.reasons for one in document.automations}
    reasons |= {one.id: one.reasons for one in document.orders}
    for rule, people in reasons.items():
        for reason, trainees in people.items():
            result[rule, f"people with the reason {reason!r}:"] += trainees
    return result


def _counted(rows: pl.DataFrame) -> Iterator[str]:
    by = rows.group_by("causes", "action", "effect").len().sort("causes", "action", "effect")
    for causes, action, effect, number in by.iter_rows():
        yield f"{causes}: {action} ({effect}) {number:,} more"


def _told(lines: Iterator[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
