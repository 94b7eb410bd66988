"""`lms show`: what the LMS holds."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


def show(
    trainee: Annotated[
        str | None, typer.Argument(help="One trainee's enrollments. Without: every content.")
    ] = None,
    directory: Directory = Path(),
    no_color: NoColor = False,
) -> None:
    """Show what the LMS holds: every content in numbers, or one trainee in full.

    Works with every adapter; what was completed earlier is told of the local LMS alone.

    Example: reconciler lms show E00042
    """
    from reconciler.review.school import show_contents, show_trainee
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    lms, out = workspace.lms(), console(no_color=no_color)
    if trainee is None:
        show_contents(lms, out)
    else:
        show_trainee(lms, trainee, workspace.zone, out)
