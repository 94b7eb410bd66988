"""Show a saved plan again, as it was when it was made."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, Every, Json, NoColor, console, say


def show(
    file: Annotated[Path, typer.Argument(help="A plan that `plan -o` saved.")],
    directory: Directory = Path(),
    json: Json = False,
    every: Every = False,
    no_color: NoColor = False,
) -> None:
    """Show a saved plan again, as it was when it was made.

    Example: reconciler show plan.zip --all
    """
    from reconciler.review.parts import trainees_in
    from reconciler.review.saved import load_plan
    from reconciler.review.terminal import show_plan

    document, actions = load_plan(directory / file)
    if json:
        say(document.model_dump_json(indent=2))
    else:
        show_plan(document, trainees_in(actions), console(no_color=no_color), every_name=every)
