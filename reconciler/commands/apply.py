"""Carry out a plan: a saved one as it is, or a new one after showing it and asking."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


def apply(
    file: Annotated[
        Path | None, typer.Argument(help="A plan that `plan -o` saved. Without: plan now.")
    ] = None,
    directory: Directory = Path(),
    auto_approve: Annotated[
        bool, typer.Option("--auto-approve", help="Do not ask. For pipelines.")
    ] = False,
    standing: Annotated[
        bool,
        typer.Option(
            "--standing", help="Only what `standing_approval` in reconciler.yaml covers; not asked."
        ),
    ] = False,
    no_color: NoColor = False,
) -> int:
    """Carry out a plan: a saved one as it is, or a new one after showing it and asking.

    The exit status is 4 where a guard holds it, or --standing does not cover it.

    Example: reconciler apply plan.zip
    """
    from reconciler.commands.applying import approved, carry_out, matching
    from reconciler.commands.planning import make_plan
    from reconciler.commands.unattended import carry_out_standing
    from reconciler.review.saved import load_plan

    if standing:
        return carry_out_standing(directory, file, no_color=no_color)
    if file is None:
        made = approved(directory, auto_approve=auto_approve, no_color=no_color)
    else:
        saved, actions = load_plan(directory / file)
        made = make_plan(directory, as_of=saved.header.as_of, no_color=no_color)
        matching(saved, actions, made)
    return carry_out(made, console(no_color=no_color), no_color=no_color)
