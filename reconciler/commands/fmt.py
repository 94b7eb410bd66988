"""Write policy files in their one format, comments kept."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, say


def fmt(
    directory: Directory = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 2 where a file would change.")
    ] = False,
    no_color: NoColor = False,  # noqa: ARG001 as every command
) -> int:
    """Write policy files in their one format, comments kept.

    Example: reconciler fmt --check
    """
    from reconciler.errors import Exit
    from reconciler.policy.format import format_folder
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    changed = format_folder(workspace.root, workspace.policies, write=not check)
    for file in changed:
        say(file)
    return Exit.CHANGES if check and changed else Exit.OK
