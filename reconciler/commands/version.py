"""Print the version."""

from pathlib import Path

import typer

from reconciler.commands.options import Directory, NoColor
from reconciler.version import VERSION


def version(directory: Directory = Path(), no_color: NoColor = False) -> None:  # noqa: ARG001 as every command
    """Print the version of the program.

    Example: reconciler version
    """
    typer.echo(f"reconciler {VERSION}")
