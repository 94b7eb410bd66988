"""Show what an apply would do, and why. Changes nothing, anywhere."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import AsOf, Directory, Every, Json, NoColor, console, say


def plan(
    directory: Directory = Path(),
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Save the plan here.")
    ] = None,
    as_of: AsOf = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="REVISION",
            help="Tell apart what this change does, beside the merge base with this revision.",
        ),
    ] = None,
    undo: Annotated[
        int | None,
        typer.Option(
            "--undo", metavar="RUN", help="Undo this run, as far as all is still as it left it."
        ),
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.")
    ] = False,
    json: Json = False,
    every: Every = False,
    no_color: NoColor = False,
) -> int:
    """Show what an apply would do, and why. Changes nothing, anywhere.

    The exit status is 4 where a guard holds the plan, and 8 where the roster looks wrong.

    Example: reconciler plan -o plan.zip
    """
    from reconciler.errors import Exit, WrongUse
    from reconciler.workspace import open_ahead

    if undo is not None and base is not None:
        raise WrongUse(
            "Give one of --undo and --base: an undo goes by what a run did, not by what the "
            "policies say here or there."
        )
    # The roster is read while the ledger's library is loaded, and the ledger while the rest is.
    workspace = open_ahead(directory)
    from reconciler.commands.settling import remembering

    workspace = remembering(workspace, no_color=no_color, undo=undo)
    from reconciler.commands.planning import make_plan
    from reconciler.commands.saving import saving
    from reconciler.review.terminal import show_plan

    with saving(output and directory / output) as save:
        made = make_plan(workspace, as_of=as_of, no_color=no_color, base=base, undo=undo)
        save(made)
        if json:
            say(made.document.model_dump_json(indent=2))
        else:
            show_plan(made.document, made.trainees, console(no_color=no_color), every_name=every)
    if not made.document.fit:
        return Exit.UNFIT
    if made.document.held != "nothing":
        return Exit.HELD
    return Exit.CHANGES if detailed_exitcode and not made.document.is_empty else Exit.OK
