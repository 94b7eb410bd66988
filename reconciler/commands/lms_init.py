"""`lms init`: make the local LMS from files."""

import sys
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
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before enrollments are lost by --replace.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Make the local LMS of the workspace from a catalog, and from enrollments if there are.

    With --replace, every enrollment and completion of the one that is there is lost.

    Example: reconciler lms init --catalog catalog.yaml --enrollments enrollments.csv
    """
    from rich.markup import escape

    from reconciler.lms.local.load import create
    from reconciler.workspace import local_lms_path, open_workspace

    workspace = open_workspace(directory)
    path = local_lms_path(workspace)
    if replace and not yes:
        _ask(path)
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


def _ask(path: Path) -> None:
    """Tell what would be lost, and ask whoever sits there.

    Raises:
        WrongUse: Something would be lost, and nobody sits there.
    """
    from reconciler.errors import WrongUse
    from reconciler.lms.local.load import held_in
    from reconciler.review.words import count

    if not path.exists() or (held := held_in(path)) == (0, 0):
        return
    told = f"{path} cannot be read, so nobody knows what is in it."
    if held is not None:
        enrollments = count(held.enrollments, "enrollment")
        told = f"{path} holds {enrollments}, {held.completed:,} of them completed."
    if not sys.stdin.isatty():
        raise WrongUse(f"{told} All of it would be lost. If it is to be, add --yes.")
    typer.confirm(f"{told} All of it will be lost. Replace it?", abort=True)
