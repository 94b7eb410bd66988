"""Carry out a plan: a saved one as it is, or a new one after showing it and asking."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, Wait, console


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
    within: Annotated[
        Path | None,
        typer.Option("--within", metavar="FILE", help="Plan now; go on if all is in this plan."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last run.")] = False,
    expect_digest: Annotated[
        str | None,
        typer.Option("--expect-digest", metavar="DIGEST", help="Of the plan that was approved."),
    ] = None,
    wait: Wait = None,
    no_color: NoColor = False,
) -> int:
    """Carry out a plan: a saved one as it is, or a new one after showing it and asking.

    The exit status is 4 where a guard holds it, or --standing does not cover it.

    Example: reconciler apply plan.zip
    """
    from reconciler.commands.applying import Wish, carry_out
    from reconciler.commands.unattended import carry_out_standing

    out = console(no_color=no_color)
    wish = Wish(
        file, within, resume=resume, standing=standing, expected=expect_digest,
        auto_approve=auto_approve,
    )  # fmt: skip
    carried_out = carry_out_standing if standing else carry_out
    return carried_out(directory, wish, out, wait=wait, no_color=no_color)
