"""What was approved against what would be planned now: the same, less, or refused (D7)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pyroaring import BitMap

from reconciler.commands.clock import now
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
    learned_in,
    renamed,
    rows_of,
    set_out_by,
)
from reconciler.review.model import AutomationReport, DecisionReport, OrderReport, PlanDocument
from reconciler.review.saved import load_plan
from reconciler.review.words import count
from reconciler.workspace import open_workspace

SHOWN_DIGITS = 12
ALTERED = "This plan file was altered after it was made. Plan again."


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

    What the plan tells of people whom it does not touch may be otherwise by now; that is said.

    Raises:
        StalePlan: It was altered, was applied already, or something is new or different.
    """
    saved, actions = load_plan(directory / file)
    undo = saved.undo.run if saved.undo else None
    made = make_plan(directory, as_of=saved.header.as_of, no_color=no_color, undo=undo)
    _check_saved(saved, actions, made, expected=expected)
    if saved.header.digest == made.document.header.digest:
        if _written(saved) != _written(made.document):
            raise StalePlan(ALTERED)
        return Approved(made, _told_otherwise(saved, made.document))
    _refuse_used_up(saved, made)
    approved = _approved(saved, actions, made)
    found, rows = _beyond(made, approved, EXACTLY)
    if found or not _same_policies(saved, made.document):
        raise StalePlan(
            "What this plan was made from has changed since, and it would be another plan now. "
            "Nothing was written; plan again.\n"
            f"{_listed(_differences(saved, made.document, found))}"
        )
    return Approved(made, _less(len(approved.rows) - rows, made.document), saved.header.digest)


def _written(document: PlanDocument) -> object:
    """What a plan tells of its rows in numbers: the same where the digest over them is."""
    totals = document.totals
    again = totals.losses.restart, totals.losses.retake
    moved = totals.assign, totals.restore, totals.reschedule, totals.remove, totals.withdrawn
    reports: list[AutomationReport | OrderReport] = [*document.automations, *document.orders]
    rules = {
        one.id: (one.reasons.get("assigned", 0), one.reasons.get("reassigned", 0), one.removes)
        for one in reports
    }
    return again, moved, totals.blocked, totals.held, totals.trainees, rules


def _told_otherwise(saved: PlanDocument, again: PlanDocument) -> str | None:
    """What a plan with the same writes tells otherwise than the saved one."""
    lines = list(_other_numbers(saved, again))
    if not lines:
        return None
    return f"The same plan as was approved. Around it has changed:\n{_listed(lines)}"


def _less(fewer: int, again: PlanDocument) -> str:
    """How much of what was approved is not done."""
    held = min(fewer, again.totals.held) if again.held == "a part" else 0
    parts = [f"{count(fewer - held, 'row')} not needed any more"] * (fewer > held)
    parts += [f"{count(held, 'row')} held by a guard"] * bool(held)
    if not parts:
        return "The rows are those that were approved; less is noted in the ledger."
    return f"Less than was approved: {' and '.join(parts)}. The rest goes on."


def within(directory: Path, file: Path, *, expected: str | None, no_color: bool) -> Approved:
    """Plan now: every action, its instants apart, and every record must be in a saved plan.

    Raises:
        StalePlan: The saved plan was altered or applied already, or something is not in it.
    """
    saved, actions = load_plan(directory / file)
    undo = saved.undo.run if saved.undo else None
    made = make_plan(directory, as_of=None, no_color=no_color, undo=undo)
    _check_saved(saved, actions, made, expected=expected)
    _refuse_used_up(saved, made)
    found, rows = _beyond(made, _approved(saved, actions, made), WITHIN)
    if found:
        raise StalePlan(
            f"Not in the approved plan: {_counted(found)} of the plan of now. Nothing was written; "
            f"plan again, and have that approved.\n{_listed(found.lines())}"
        )
    note = f"The approved plan has all of the plan of now: {count(rows, 'row')}."
    return Approved(made, note, saved.header.digest)


def _approved(saved: PlanDocument, actions: pl.DataFrame, made: Made) -> Extent:
    """What was approved with a saved plan; of an undo under the names that rules have now (U11)."""
    approved = approved_in(saved, actions)
    return renamed(approved, made.plan.changes.renamed) if saved.undo else approved


def resumed(directory: Path, *, no_color: bool) -> Approved | None:
    """Plan what the last run has left, for its instant; None where it has left nothing.

    Raises:
        StalePlan: Something is new since, or it is too long ago.
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
    if now() > made.document.header.expires:
        raise StalePlan(
            f"The plan of run {last.serial} has expired. A plain `reconciler apply` plans anew and "
            f"finishes what is left of it; `reconciler plan --undo {last.serial}` takes back what "
            "it did."
        )
    ids = made.plan.world.ledger.trainees
    approved = set_out_by(ledger.planned(last.serial), evidence.again, ids)
    found, rows = _beyond(made, approved, WITHIN)
    if found:
        raise StalePlan(
            f"Not what run {last.serial} set out to do: {_counted(found)}. Nothing was written; "
            f"plan and apply again.\n{_listed(found.lines())}"
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
    header, learns = saved.header, learned_in(saved)
    _expect(header.digest, expected)
    if header.lineage != made.document.header.lineage:
        raise StalePlan("This plan was made with another ledger, so for another workspace.")
    try:
        facts = [fact_of(_decision(one), one.trainees) for one in saved.decisions]
        parts = actions_digest_of_rows(facts, actions), learns.digest, header.changes_digest
        whole = together(*parts, is_stopped=saved.is_stopped) == header.digest
    except (pl.exceptions.PolarsError, AttributeError, ValueError):
        whole = False  # a column is missing or of another type, or nobody knows such an action
    if not whole:
        raise StalePlan(ALTERED)


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


def _refuse_used_up(saved: PlanDocument, made: Made) -> None:
    """Refuse a plan that was carried out already, or was and has been undone (D7g, D7i)."""
    ledger = made.workspace.ledger()
    evidence, mine = ledger.run_evidence(), set[int]()
    for run in ledger.runs():
        known = evidence.get(run.serial)
        if run.serial <= saved.header.serial or known is None:
            continue
        if known.undoes in mine:
            raise StalePlan(
                f"Run {known.undoes} has carried out this plan, or a part of it, and run "
                f"{run.serial} has undone that. Plan again, and have that approved."
            )
        header = saved.header
        is_the_file = (run.digest, run.as_of) == (header.digest, header.as_of)
        if is_the_file or known.approved == header.digest:
            mine.add(run.serial)
            if run.state == "complete" and not saved.is_empty:
                raise StalePlan(f"This plan was applied already, as run {run.serial}.")


def _same_policies(saved: PlanDocument, again: PlanDocument) -> bool:
    """Whether the policies say the same; an undo does not look at them (U11)."""
    before, now = saved.header.inputs, again.header.inputs
    return saved.undo is not None or before.get("policies") == now.get("policies")


def _differences(saved: PlanDocument, again: PlanDocument, found: Beyond) -> Iterator[str]:
    numbers = list(_other_numbers(saved, again))
    yield from numbers
    yield from found.notes
    if not numbers and len(found.rows):
        yield "the same numbers, but for other trainees, or written otherwise"
    if not found:
        yield "the policies are other ones"


def _other_numbers(saved: PlanDocument, again: PlanDocument) -> Iterator[str]:
    before, after = _numbers(saved), _numbers(again)
    for key in sorted(before.keys() | after.keys()):
        if before[key] != after[key]:
            cause, what = key
            yield f"{cause}: {what} {before[key]:,} in the plan, {after[key]:,} now"


def _numbers(document: PlanDocument) -> Counter[tuple[str, str]]:
    """By rule: what would be done, and for which reasons how many people are what they are."""
    result: Counter[tuple[str, str]] = Counter(
        {("roster", "active people:"): document.people.active}
    )
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


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
