"""The steps of moving a ledger, bringing one up to date, and forgetting in one."""

import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from reconciler.commands.clock import now
from reconciler.commands.person import approver, holder
from reconciler.commands.starting import write_key
from reconciler.errors import FILE_NAME, WrongUse
from reconciler.execution.lease import leased
from reconciler.ledger.migrate import Mover, migrate, upgrade_ledger
from reconciler.ledger.place import check_place
from reconciler.ledger.write import Forgotten
from reconciler.review.words import count
from reconciler.workspace import open_workspace


def move_ledger(directory: Path, url: str, out: Console) -> None:
    """Move the ledger of a workspace, and name its new place in the workspace file.

    Raises:
        LedgerLocked: Somebody is applying.
        WrongUse: It is there already, or another ledger is.
    """
    workspace = open_workspace(directory)
    check_place(url)
    if url == workspace.settings.ledger:
        raise WrongUse(f"The ledger is at {url} already.")
    if not os.access(directory / FILE_NAME, os.W_OK):
        raise WrongUse(f"{directory / FILE_NAME} cannot be written; the ledger is named in it.")
    source = workspace.ledger()
    with leased(source, holder(), clock=now) as lease:
        mover = Mover(by=approver(), now=now(), fence=lease.fence)
        sent = migrate(source, url, workspace.root, mover=mover)
    write_key(directory / FILE_NAME, "ledger", url)
    out.print(f"Moved to {url}, every row compared:", markup=False)
    for name, rows in sorted(sent.rows.items()):
        if rows:
            out.print(f"  {name:<12} {count(rows, 'row')}  {sent.digests[name][:12]}", markup=False)
    out.print(
        f"{FILE_NAME} names it now. Commit that file. The old place only tells where it went."
    )


def upgrade_ledger_of(directory: Path, out: Console) -> None:
    """Bring the ledger of a workspace up to the present format."""
    workspace = open_workspace(directory)
    lineage = workspace.settings.lineage
    if lineage is None:
        raise WrongUse(f"{FILE_NAME} names no ledger yet. `reconciler state init` starts one.")
    done = upgrade_ledger(workspace.settings.ledger, workspace.root, lineage=lineage)
    workspace.ledger()
    now = "has the present format now" if done else "is up to date already"
    out.print(f"The ledger {now}.")


def forget_in(directory: Path, names: Sequence[str]) -> dict[str, Forgotten]:
    """Forget automations, and what orders did, under the lease of the ledger.

    Raises:
        LedgerLocked: Somebody is applying.
        WrongUse: Nothing is recorded under one of the names; none is forgotten.
    """
    ledger = open_workspace(directory).ledger()
    for name in names:
        ledger.listing(name)
    with leased(ledger, holder(), clock=now) as lease:
        return {
            name: ledger.forget(name, by=approver(), now=now(), fence=lease.fence)
            for name in dict.fromkeys(names)
        }
