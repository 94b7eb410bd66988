"""`lms show`: what the local LMS holds."""

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
    """Show what the local LMS holds: every content in numbers, or one trainee in full.

    Example: reconciler lms show E00042
    """
    from reconciler.lms.local.adapter import LocalLms
    from reconciler.review.school import show_contents, show_trainee
    from reconciler.workspace import local_lms_path, open_workspace

    workspace = open_workspace(directory)
    local, out = LocalLms(local_lms_path(workspace)), console(no_color=no_color)
    if trainee is None:
        show_contents(local, out)
    else:
        show_trainee(local, trainee, workspace.zone, out)
