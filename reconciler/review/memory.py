"""What the ledger remembers, for people."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from reconciler.ledger.ledger import Ledger
from reconciler.ledger.read import Listing
from reconciler.ledger.run import RunRecord
from reconciler.records import SetKey
from reconciler.review.tables import moment, print_table
from reconciler.review.words import count

FEW = 10
PAGE = 10_000
KINDS = {
    "baseline": "existing when it began",
    "gave": "given an enrollment",
    "held": "enrolled by others, held as well",
    "redue": "due date yet to be moved",
    "audience": "in the audience when it was recorded",
    "open": "not finished yet",
    "taken": "something was taken from, and who is bound by that (M3)",
    "freed": "bound no more, having left the audience (M3)",
}


def show_listing(
    listing: Listing, runs: Sequence[RunRecord], zone: ZoneInfo, console: Console
) -> None:
    """Print every automation, order and run that the ledger knows."""
    if not (listing.automations or listing.orders or runs):
        console.print("The ledger is new: nothing has been applied yet.")
        return

    def size(kind: str, owner: str, content: str = "") -> int:
        return listing.sizes.get(SetKey(kind, owner, content), 0)

    if listing.automations:
        rows = [
            (
                *(_named(one.id, one.content), one.state, moment(one.started, zone)),
                *(size(kind, one.id, one.content) for kind in ("baseline", "gave", "held")),
            )
            for one in listing.automations
        ]
        columns = ("automation and content", "state", "began", "baseline", "gave", "holds")
        print_table(console, columns, rows, numbers=3)
    if listing.orders:
        console.print()
        orders = [
            (
                *(_named(one.id, one.content), one.state, moment(one.as_of, zone)),
                size("audience", one.id),
                size("gave", one.id, one.content),
                size("open", one.id),
            )
            for one in listing.orders
        ]
        columns = ("order and content", "state", "recorded", "audience", "gave", "open")
        print_table(console, columns, orders, numbers=3)
    if runs:
        console.print()
        print_table(
            console, ("run", "as of", "state", "plan", "rows"), _runs(runs, zone), numbers=1
        )


def _named(owner: str, content: str) -> str:
    return f"{owner.partition('.')[2]}\n  → {content}"


def _runs(runs: Sequence[RunRecord], zone: ZoneInfo) -> Iterator[tuple[object, ...]]:
    for run in runs:
        written = run.counts.get("done", 0)
        yield str(run.serial), moment(run.as_of, zone), run.state, run.digest[:12], written


def show_memory(
    ledger: Ledger, owner: str, zone: ZoneInfo, console: Console, *, every_name: bool
) -> None:
    """Print one automation or order: its records, and its trainees by id.

    Raises:
        WrongUse: Nothing is recorded under that name.
    """
    listing = ledger.listing(owner)
    for automation in listing.automations:
        began = f", began {moment(automation.started, zone)}" if automation.started else ""
        console.print(f"[bold]{owner}[/bold] → {automation.content}: {automation.state}{began}")
    for order in listing.orders:
        recorded = moment(order.as_of, zone)
        console.print(f"[bold]{owner}[/bold] → {order.content}: {order.state}, recorded {recorded}")
    for key, size in listing.sizes.items():
        about = f" ({key.content})" if key.content else ""
        console.print(f"\n{KINDS[key.kind]}{about}: {count(size, 'trainee')}")
        for page in _pages(ledger, key, size if every_name else min(size, FEW)):
            console.print(escape("  " + ", ".join(page)))
        if not every_name and size > FEW:
            console.print(f"  and {size - FEW:,} more; --all shows them")


def _pages(ledger: Ledger, key: SetKey, wanted: int) -> Iterator[list[str]]:
    for start in range(0, wanted, PAGE):
        yield ledger.ids(key, start=start, count=min(PAGE, wanted - start))
