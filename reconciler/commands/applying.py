"""The steps of an apply: the question, the work under the lease, the report."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path

import polars as pl
import typer
from rich.console import Console
from rich.markup import escape

from reconciler.commands.approving import Approved, expect, from_file, resumed, within
from reconciler.commands.clock import now
from reconciler.commands.options import console, span
from reconciler.commands.person import approver, holder
from reconciler.commands.planning import Made, make_plan
from reconciler.commands.waiting import counting
from reconciler.enrollments import enrollments
from reconciler.errors import Exit, Overtaken, WrongUse
from reconciler.execution.apply import Outcome, apply, check_appliable
from reconciler.execution.lease import Patience, leased, wait_until_free
from reconciler.execution.mandate import Mandate
from reconciler.execution.signals import stoppable
from reconciler.ledger.lease import Holder, Lease
from reconciler.planner.drift import drift
from reconciler.review.terminal import show_plan
from reconciler.review.words import count, drifted
from reconciler.workspace import open_workspace

ATTEMPTS = 4
"""How often to plan where other runs come first each time."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed: which plan to apply."""

    file: Path | None = None
    within: Path | None = None
    _: KW_ONLY
    resume: bool = False
    standing: bool = False
    expected: str | None = None
    auto_approve: bool = False

    @property
    def asks(self) -> bool:
        """Whether somebody is asked about the very plan that is applied."""
        return not (self.file or self.within or self.resume or self.standing or self.auto_approve)


def carry_out(
    directory: Path, wish: Wish, out: Console, *, wait: str | None, no_color: bool
) -> int:
    """Find the plan that was asked for, apply it, and say how it went.

    Raises:
        ReconcilerError: It may not be applied, or nothing could be written.
        typer.Abort: The answer was no.
    """
    check_wish(wish)

    def attempt(patience: Patience) -> int:
        chosen = _chosen(directory, wish, no_color=no_color)
        if chosen is None:
            out.print("The last run was complete: there is nothing to resume.")
            return Exit.OK
        return apply_approved(chosen, out, patience=patience, no_color=no_color)

    return in_turn(attempt, directory, out, wait=wait, asks=wish.asks)


def in_turn(
    attempt: Callable[[Patience], int],
    directory: Path,
    out: Console,
    *,
    wait: str | None,
    asks: bool = False,
) -> int:
    """Plan and apply when nobody else applies; anew where another run came first.

    Not anew where somebody was asked about the plan: another one is not what the answer was about.

    Raises:
        ReconcilerError: As ``attempt`` does.
    """
    patience = Patience(span(wait))
    left = 1 if asks else ATTEMPTS
    while True:
        left -= 1
        wait_until_free(open_workspace(directory).ledger(), patience, clock=now)
        try:
            return attempt(patience)
        except Overtaken:
            if not left:
                raise
        out.print("The ledger has changed meanwhile. Planning again.")


def check_wish(wish: Wish) -> None:
    """Refuse what does not go together.

    Raises:
        WrongUse: It does not.
    """
    if wish.standing and (wish.within is not None or wish.resume or wish.auto_approve):
        raise WrongUse(
            "--standing takes FILE, --expect-digest and --wait: what it covers is written in "
            "reconciler.yaml, and it never asks."
        )
    if sum((wish.file is not None, wish.within is not None, wish.resume)) > 1:
        raise WrongUse("Give one of FILE, --within FILE and --resume.")
    if wish.resume and wish.expected:
        raise WrongUse("--expect-digest is for a plan; what --resume does was approved already.")


def _chosen(directory: Path, wish: Wish, *, no_color: bool) -> Approved | None:
    if wish.file is not None:
        return from_file(directory, wish.file, expected=wish.expected, no_color=no_color)
    if wish.within is not None:
        return within(directory, wish.within, expected=wish.expected, no_color=no_color)
    if wish.resume:
        return _as_looked_at(resumed(directory, no_color=no_color))
    return Approved(_agreed(directory, wish, no_color=no_color))


def _as_looked_at(chosen: Approved | None) -> Approved | None:
    """What goes on with a run at which nobody has looked is looked at by nobody either (D5e)."""
    if chosen is None or chosen.made.plan.undoing:
        return chosen
    return replace(chosen, standing=chosen.made.plan.world.ledger.unlooked_undo)


def _agreed(directory: Path, wish: Wish, *, no_color: bool) -> Made:
    """Plan, show the plan, and ask.

    Raises:
        WrongUse: There is nobody to ask.
        typer.Abort: The answer was no.
    """
    if not wish.auto_approve and not sys.stdin.isatty():
        raise WrongUse(
            "There is no terminal to ask on. Apply a saved plan (`reconciler plan -o FILE`, then "
            "`reconciler apply FILE`), or give --auto-approve."
        )
    made = make_plan(directory, as_of=None, no_color=no_color)
    show_plan(made.document, made.trainees, console(no_color=no_color), every_name=False)
    expect(made, wish.expected)
    nothing_to_ask = made.document.is_empty or made.document.held == "all"
    if not wish.auto_approve and not nothing_to_ask:
        typer.confirm("\nApply this plan?", abort=True)
    return made


def apply_approved(chosen: Approved, out: Console, *, patience: Patience, no_color: bool) -> int:
    """Apply a plan under the lease of the ledger, and say how it went.

    Raises:
        ReconcilerError: It may not be applied, or nothing could be written.
    """
    made = chosen.made
    lms, ledger = made.workspace.lms(), made.workspace.ledger()
    check_appliable(made.plan, lms, now=now(), expires=made.document.header.expires)
    if not made.is_settled:
        raise Overtaken(
            "A run was at work when this plan was made, and what became of its last rows was not "
            "known yet. Nothing was written; plan again (D8d)."
        )
    if chosen.note:
        out.print(escape(chosen.note), soft_wrap=True)
    person = holder()
    before = ledger.last_apply()
    found = drift(made.plan, before).by if before else {}
    with (
        leased(ledger, person, clock=now, patience=patience) as lease,
        counting("writing", made.row_count, no_color=no_color) as advance,
        stoppable(lambda told: console(no_color=no_color, stderr=True).print(told)) as stop,
    ):
        mandate = replace(_mandate(chosen, person, lease), drift=found)
        outcome = apply(
            made.plan, lms, ledger, clock=now, advance=advance, stop=stop, mandate=mandate
        )
    _report(outcome, made, out)
    if found:
        told = drifted(found)
        out.print(
            f"  Before it others had changed enrollments in the LMS: {told}. Known from now on."
        )
    if outcome.lost_lease:
        return Exit.LOCKED
    if outcome.is_whole and made.document.held != "nothing":
        left = count(made.document.totals.held, "row")
        out.print(f"  [red]A guard holds {left}, which were left.[/red]")
        return Exit.HELD
    return Exit.OK if outcome.is_whole else Exit.PARTLY


def _mandate(chosen: Approved, person: Holder, lease: Lease) -> Mandate:
    header = chosen.made.document.header
    return Mandate(
        fence=lease.fence,
        by=approver(),
        address=person.address,
        commit=header.commit,
        digest=header.digest,
        approved=chosen.digest,
        enrollments=enrollments(chosen.made.observation.snapshot.holdings).frame(),
        standing=chosen.standing,
    )


def _report(outcome: Outcome, made: Made, out: Console) -> None:
    done, already = outcome.counts.get("done", 0), outcome.counts.get("already", 0)
    out.print(f"\n[bold]Applied as run {outcome.serial}:[/bold] {count(done, 'row')} written.")
    if already:
        out.print(f"  {already:,} were so already.")
    for line in _troubles(outcome.troubles):
        out.print(f"  [red]{escape(line)}[/red]")
    if outcome.interruption:
        out.print(f"  [red]It stopped: {escape(outcome.interruption)}[/red]")
    if outcome.unnoted:
        out.print(
            f"  [yellow]{count(outcome.unnoted, 'more row')} sent; what became of it is not noted: "
            "the next run looks for that in the LMS.[/yellow]"
        )
    if not outcome.is_whole:
        left = outcome.remaining + len(outcome.troubles)
        what = f"{count(left, 'row')} not done" if left else "Its end could not be noted"
        undo = made.document.undo
        again = f"`reconciler plan --undo {undo.run}`" if undo else "plan"
        out.print(
            f"  [yellow]{what}. `reconciler apply --resume` goes on; or {again} and apply "
            "again.[/yellow]"
        )


def _troubles(troubles: pl.DataFrame) -> Iterator[str]:
    if troubles.is_empty():
        return
    by = troubles.group_by("result", "detail").agg(
        pl.len().alias("rows"), pl.col("trainee").first()
    )
    for row in by.sort("result", "detail").iter_rows(named=True):
        rows = count(row["rows"], "row")
        yield f"{rows} {row['result']}: {row['detail'] or 'no reason given'} ({row['trainee']}, …)"
