"""`lms init`: make the local LMS from files."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


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
    from rich.markup import escape

    from reconciler.lms.local.load import create
    from reconciler.workspace import local_lms_path, open_workspace

    workspace = open_workspace(directory)
    path = local_lms_path(workspace)
    odd = create(
        path,
        catalog=directory / catalog,
        enrollments=enrollments and directory / enrollments,
        progress=progress and directory / progress,
        replace=replace,
    )
    out = console(no_color=no_color)
    for warning in odd:
        out.print(f"[yellow]warning[/yellow] {escape(str(warning))}", soft_wrap=True)
    out.print(f"Made the local LMS {path}.")
