"""An order as a plan shows it."""

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reconciler.review.many import first, say_left
from reconciler.review.model import OrderReport, PlanDocument
from reconciler.review.parts import (
    Names,
    add_credit,
    add_due,
    add_losses,
    add_reasons,
    new_grid,
    show_title,
)
from reconciler.review.words import local, without_effect


def show_orders(document: PlanDocument, names: Names, console: Console, *, every: bool) -> None:
    """Print each order; of many that are over and have nothing to tell, the number."""
    over = [one for one in document.orders if one.state == "done" and not one.text_changed]
    shown = first(over, every=every)
    if document.orders:
        console.print("\n[bold underline]Orders[/bold underline]")
    for order in document.orders:
        if order not in over or order in shown:
            _show_order(order, document, names, console)
    say_left(len(over) - len(shown), "order that is done", console, plural="orders that are done")


def _show_order(one: OrderReport, document: PlanDocument, names: Names, console: Console) -> None:
    states = {
        "new": "new: carried out once, for who matches now",
        "open": "not finished yet",
        "done": "done",
        "cancelled": f"cancelled: {'was ' if one.is_back else ''}gone from the files",
    }
    recorded = local(one.as_of, document.header.timezone)
    since = "" if one.state == "new" else f", recorded {recorded}"
    show_title(one.id, one.content, one.title, states[one.state] + since, console)
    if one.cancelled_rows:
        console.print(Padding(f"Not carried out for {one.cancelled_rows:,}.", (0, 0, 0, 4)))
    if why := without_effect(one):
        console.print(Padding(f"[yellow]{why}[/yellow]", (0, 0, 0, 4)))
    if one.state in ("done", "cancelled"):
        return
    grid = new_grid()
    grid.add_row("In the audience", f"{one.audience:,}", "recorded; who matches later is not in it")
    if one.chosen is not None:
        grid.add_row("Courses", f"{len(one.chosen):,}", escape(", ".join(one.chosen)))
    grid.add_row("  not started", f"{one.not_started:,}", "")
    grid.add_row("  in progress", f"{one.in_progress:,}", "")
    grid.add_row("  completed", f"{one.completed:,}", "")
    add_reasons(grid, one, names)
    if one.withdrawn:
        grid.add_row(
            "Withdrawn", f"{one.withdrawn:,}", "of these, retakes; what was completed stays"
        )
    add_losses(
        grid,
        one.losses,
        restarted=names.of(one.id, "restart"),
        retaken=names.of(one.id, "retake"),
    )
    add_due(grid, one.due)
    add_credit(grid, one.credited, one.courses)
    grid.print(console)
