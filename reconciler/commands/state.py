"""Look at the ledger and look after it."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.commands.options import Directory, NoColor, console
from reconciler.commands.state_care import migrate, unlock, upgrade
from reconciler.commands.state_history import export, history, verify

state = typer.Typer(help="Look at the ledger and look after it.", no_args_is_help=True)
Forgotten = Annotated[
    list[str], typer.Argument(metavar="NAME", help="automation.NAME or assignment.NAME.")
]
Owner = Annotated[str, typer.Argument(metavar="NAME", help="automation.NAME or assignment.NAME.")]

for command in (history, export, verify, unlock, migrate, upgrade):
    state.command(command.__name__)(command)


@state.command("init")
def init(
    directory: Directory = Path(),
    pending: Annotated[
        bool, typer.Option("--pending", help="Orders that stand in the files are still to be done.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Start a new ledger on purpose, and write its lineage into the workspace file (D9).

    Orders that stand in the files already are taken as done, unless --pending is given.

    Example: reconciler state init
    """
    from reconciler.commands.starting import start_ledger

    start_ledger(directory, pending=pending, out=console(no_color=no_color))


@state.command("list")
def list_(directory: Directory = Path(), no_color: NoColor = False) -> None:
    """List what the ledger remembers: automations, orders, runs.

    Example: reconciler state list
    """
    from reconciler.review.memory import show_listing
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    ledger = workspace.ledger()
    show_listing(ledger.listing(), ledger.runs(), workspace.zone, console(no_color=no_color))


@state.command("show")
def show(
    name: Owner,
    directory: Directory = Path(),
    every: Annotated[bool, typer.Option("--all", help="Every id, not the first ten.")] = False,
    no_color: NoColor = False,
) -> None:
    """Show what the ledger remembers of one automation or order, with trainees by id.

    Example: reconciler state show automation.knife-safety
    """
    from reconciler.review.memory import show_memory
    from reconciler.workspace import open_workspace

    workspace = open_workspace(directory)
    out = console(no_color=no_color)
    show_memory(workspace.ledger(), _whole(name), workspace.zone, out, every_name=every)


@state.command("forget")
def forget(names: Forgotten, directory: Directory = Path(), no_color: NoColor = False) -> None:
    """Forget an automation, or what an order did. The LMS is not touched.

    An automation loses its baseline and grants. If it still stands in the
    files it begins anew, and what it gave is nobody's from then on: `on_exit`
    takes none of that away.

    Of an order goes what it gave, and whom a removal binds: rules may give
    that again. The order itself stays, for it never runs again (M4); one that
    is not finished goes on with the rows that it has left.

    Example: reconciler state forget automation.knives
    """
    from reconciler.commands.moving import forget_in
    from reconciler.review.words import count

    out = console(no_color=no_color)
    for name, forgotten in forget_in(directory, [_whole(one) for one in names]).items():
        records, sets = count(forgotten.records, "record"), count(forgotten.sets, "set")
        if name.startswith("automation."):
            out.print(f"Forgotten: {name}, {records} and {sets}.")
        else:
            out.print(
                f"Forgotten: what {name} did, {sets}. The order stays and never runs again (M4); "
                "if it is not finished, take it out of the files to cancel what is left of it."
            )


def _whole(name: str) -> str:
    """A name alone is an automation's, as `state list` shows them."""
    return name if "." in name else f"automation.{name}"
