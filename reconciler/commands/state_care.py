"""Looks after the ledger itself: unlock, migrate, upgrade."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console


def unlock(
    id_: Annotated[str, typer.Option("--id", help="The id that the refused apply told.")],
    reason: Annotated[str, typer.Option("--reason", help="For the log: why it has surely ended.")],
    directory: Directory = Path(),
    no_color: NoColor = False,
) -> None:
    """Take the lease from an apply that has surely ended. It can write nothing from then on.

    Example: reconciler state unlock --id 3f2a9c0d --reason "the runner was shut down"
    """
    from reconciler.commands.clock import now
    from reconciler.commands.person import approver
    from reconciler.errors import WrongUse
    from reconciler.workspace import open_workspace

    if not reason.strip():
        raise WrongUse("--reason: say why that apply has surely ended; the log keeps it.")
    ledger = open_workspace(directory).ledger()
    lease = ledger.unlock(id_, by=approver(), reason=reason, now=now())
    console(no_color=no_color).print(f"Unlocked. It was held by {lease.holder}.", markup=False)


def migrate(
    to: Annotated[str, typer.Argument(metavar="URL", help="sqlite:///PATH or postgresql://…")],
    directory: Directory = Path(),
    no_color: NoColor = False,
) -> None:
    """Move the ledger to another place, compare every row, and name it in the workspace file.

    Example: reconciler state migrate postgresql://reconciler@db/training
    """
    from reconciler.commands.moving import move_ledger

    move_ledger(directory, to, console(no_color=no_color))


def upgrade(directory: Directory = Path(), no_color: NoColor = False) -> None:
    """Bring a ledger that an older version wrote up to the present format.

    Example: reconciler state upgrade
    """
    from reconciler.commands.moving import upgrade_ledger_of

    upgrade_ledger_of(directory, console(no_color=no_color))
