"""Print the version."""

from pathlib import Path

from reconciler.commands.options import Directory, NoColor, say
from reconciler.version import VERSION


def version(directory: Directory = Path(), no_color: NoColor = False) -> None:  # noqa: ARG001 as every command
    """Print the version of the program.

    Example: reconciler version
    """
    say(f"reconciler {VERSION}")
