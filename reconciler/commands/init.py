"""Start a workspace in a folder: commented files, a ledger, hints for editors."""

from pathlib import Path

from reconciler.commands.options import Directory, NoColor, console


def init(directory: Directory = Path(), no_color: NoColor = False) -> None:
    """Start a workspace in a folder: commented files, a ledger, hints for editors.

    Example: reconciler init -C training
    """
    from reconciler.commands.starting import start_workspace

    start_workspace(directory, console(no_color=no_color))
