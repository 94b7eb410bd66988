"""Start a workspace in a folder: commented files, a ledger, hints for editors, pipelines."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


class Host(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"


def init(
    directory: Directory = Path(),
    ci: Annotated[
        Host | None, typer.Option("--ci", help="Pipelines too; alone where a workspace is.")
    ] = None,
    no_color: NoColor = False,
) -> None:
    """Start a workspace in a folder: commented files, a ledger, hints for editors, pipelines.

    Example: reconciler init --ci github
    """
    from reconciler.commands.starting import start_workspace

    out = console(no_color=no_color)
    if ci is None:
        return start_workspace(directory, out)

    from reconciler.commands.pipelines import check_place, write_pipelines
    from reconciler.errors import FILE_NAME
    from reconciler.hosting.environment import Kind

    kind = Kind.GITHUB if ci is Host.GITHUB else Kind.GITLAB
    check_place(directory, kind)
    if not (directory / FILE_NAME).exists():
        start_workspace(directory, out)
    return write_pipelines(directory, kind, out)
