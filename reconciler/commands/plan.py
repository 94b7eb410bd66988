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
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes.")
    ] = False,
    json: Json = False,
    every: Every = False,
    no_color: NoColor = False,
) -> int:
    """Show what an apply would do, and why. Changes nothing, anywhere.

    Example: reconciler plan -o plan.zip
    """
    from reconciler.commands.planning import make_plan
    from reconciler.commands.saving import saving
    from reconciler.errors import Exit
    from reconciler.review.terminal import show_plan

    with saving(output and directory / output) as save:
        made = make_plan(directory, as_of=as_of, no_color=no_color)
        save(made)
        if json:
            say(made.document.model_dump_json(indent=2))
        else:
            show_plan(made.document, made.trainees, console(no_color=no_color), every_name=every)
    return Exit.CHANGES if detailed_exitcode and not made.document.is_empty else Exit.OK
