"""Make and look at the local LMS."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console

lms = typer.Typer(help="Make and look at the local LMS.", no_args_is_help=True)


@lms.command("init")
def init(
    directory: Directory = Path(),
    catalog: Annotated[
        Path, typer.Option(help="The courses and modules, as YAML.", metavar="FILE")
    ] = Path("catalog.yaml"),
    enrollments: Annotated[
        Path | None, typer.Option(help="Enrollments, as CSV or Parquet.", metavar="FILE")
    ] = None,
    progress: Annotated[
        Path | None, typer.Option(help="Progress in modules, as CSV or Parquet.", metavar="FILE")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="In the place of one there is.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Make the local LMS of the workspace from a catalog, and from enrollments if there are.

    Example: reconciler lms init --catalog catalog.yaml --enrollments enrollments.csv
    """
    from reconciler.lms.local.load import create
    from reconciler.workspace import local_lms_path, open_workspace

    workspace = open_workspace(directory)
    path = local_lms_path(workspace)
    create(
        path,
        catalog=directory / catalog,
        enrollments=enrollments and directory / enrollments,
        progress=progress and directory / progress,
        replace=replace,
    )
    console(no_color=no_color).print(f"Made the local LMS {path}.")


@lms.command("show")
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
