"""The parts that each rule of a plan is shown with: its title, its numbers, its people."""

from collections import defaultdict
from collections.abc import Mapping

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from reconciler.review.model import Losses, PlanDocument
from reconciler.review.words import REASONS, hours

STYLES = {
    "assigned": "green",
    "removed by order": "red",
    "no account": "red",
    "blocked by capability": "red",
}
NOTABLE = {"undecided": "yellow", "activity unknown": "yellow", "removal respected": "yellow"}
FEW = 3


class Names:
    """The trainees of each decision, a few or all, for the rule that causes it."""

    def __init__(self, document: PlanDocument, actions: pl.DataFrame, *, every_name: bool) -> None:
        self._actions = actions
        self._every = every_name
        self._slices: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        start = 0
        for decision in document.decisions:
            if decision.blocked is None:
                for cause in decision.causes:
                    self._slices[cause, decision.action].append((start, decision.trainees))
                start += decision.trainees

    def of(self, cause: str, action: str) -> str:
        slices = self._slices[cause, action]
        total = sum(length for _, length in slices)
        shown: list[str] = []
        for start, length in slices:
            wanted = length if self._every else min(length, FEW - len(shown))
            shown.extend(self._actions["trainee"].slice(start, wanted))
        named = ", ".join(sorted(shown))
        return f"{named}, and {total - len(shown):,} more" if total > len(shown) else named


def add_reasons(
    grid: Table,
    reasons: Mapping[str, int],
    undecided_by: Mapping[str, int],
    named: Mapping[str, str],
) -> None:
    """Why how many get it or do not; by ``named``, the people instead of what a code means.

    Who starts over stands apart, with what is lost (R1).
    """
    for code, (label, meaning) in REASONS.items():
        number = reasons.get(code, 0)
        if not number or code == "reassigned":
            continue
        text = named.get(code, meaning)
        if code == "undecided" and undecided_by:
            missing = ", ".join(f"no {name}: {n:,}" for name, n in undecided_by.items())
            text = f"cannot be told ({missing})"
        grid.add_row(
            label, f"{number:,}", escape(text), style=STYLES.get(code) or NOTABLE.get(code)
        )


def show_title(name: str, content: str, title: str, mark: str, console: Console) -> None:
    named = f" ({escape(title)})" if title and title != content else ""
    marked = f"  [magenta]{escape(mark)}[/magenta]" if mark else ""
    console.print()
    console.print(
        Padding(f"[bold]{escape(name)}[/bold] → {escape(content)}{named}{marked}", (0, 0, 0, 2))
    )


def new_grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(min_width=16, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def print_grid(grid: Table, console: Console) -> None:
    console.print(Padding(grid, (0, 0, 0, 4)))


def add_losses(grid: Table, losses: Losses, *, restarted: str, retaken: str) -> None:
    """Name what is lost, with its head-count, apart from what loses nothing (R1)."""
    rows = (
        (losses.restart, "Restart", f"in progress, and begins again: {restarted}"),
        (losses.retake, "Retake", f"completed, and to be done again: {retaken}"),
        (losses.removed_in_progress, "Progress removed", "of the removed, were in progress"),
    )
    for number, label, text in rows:
        if number:
            grid.add_row(label, f"{number:,}", escape(text), style="yellow")
    if losses.minutes:
        grid.add_row("At stake", "", f"up to {hours(losses.minutes)} of training to do again")


def add_credit(grid: Table, credited: dict[int, int], courses: int) -> None:
    """How many are credited with how many courses of a module (C6)."""
    for number, trainees in credited.items():
        whole = "; so completed at once" if number == courses else ""
        text = f"{number} of {courses} courses credited{whole}"
        grid.add_row("Credited", f"{trainees:,}", text, style="green")
