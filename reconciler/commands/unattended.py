"""An apply that nobody has reviewed: inside of the standing approval, or not at all."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from reconciler.commands.applying import Wish, apply_approved, check_wish, in_turn
from reconciler.commands.approving import Approved, expect, from_file
from reconciler.commands.planning import make_plan
from reconciler.errors import FILE_NAME, Exit, WrongUse
from reconciler.execution.lease import Patience
from reconciler.planner.approval import todays_marks
from reconciler.review.approval import show_objections
from reconciler.review.terminal import show_plan
from reconciler.workspace import open_workspace


def carry_out_standing(
    directory: Path, wish: Wish, out: Console, *, wait: str | None, no_color: bool
) -> int:
    """Plan, or take a saved plan; apply it if the approval covers all of it, else say what not.

    Raises:
        WrongUse: The workspace approves nothing without a review.
        ReconcilerError: It may not be applied, or nothing could be written.
    """
    if open_workspace(directory).settings.standing_approval is None:
        raise WrongUse(
            f"--standing: {FILE_NAME} has no `standing_approval`, so nothing may be applied "
            "without a review. Write one (docs/guards.md), or apply a plan that was looked at."
        )
    check_wish(wish)

    def attempt(patience: Patience) -> int:
        return _carry_out(directory, wish, out, patience=patience, no_color=no_color)

    return in_turn(attempt, directory, out, wait=wait)


def _carry_out(
    directory: Path, wish: Wish, out: Console, *, patience: Patience, no_color: bool
) -> int:
    if wish.file is None:
        chosen = Approved(make_plan(directory, as_of=None, no_color=no_color))
        expect(chosen.made, wish.expected)
    else:
        chosen = from_file(directory, wish.file, expected=wish.expected, no_color=no_color)
    made = chosen.made
    show_plan(made.document, made.trainees, out, every_name=False)
    standing = made.document.standing
    if standing and not standing.covers_all and made.document.fit:
        show_objections(made.document, out)
        return Exit.HELD
    marks = {**made.plan.sighting.marks, **todays_marks(made.plan)}
    plan = replace(made.plan, sighting=replace(made.plan.sighting, marks=marks))
    approved = replace(chosen, made=replace(made, plan=plan), standing=True)
    return apply_approved(approved, out, patience=patience, no_color=no_color)
