"""What of many rules a terminal shows in full, and the lines that stand for the others."""

from collections.abc import Sequence
from typing import TypeVar

from rich.console import Console

from reconciler.review.model import AutomationReport
from reconciler.review.tables import print_table
from reconciler.review.words import count

MANY = 30
"""Up to so many of a kind, all are shown: a reader can take them in."""
FULL = 20
LINES = 100
Shown = TypeVar("Shown")


def divided(
    several: Sequence[AutomationReport], *, every: bool
) -> tuple[list[AutomationReport], list[AutomationReport]]:
    """Those to show in full, and those for a line each; of many, the most weighty first."""
    if every or len(several) <= MANY:
        return list(several), []
    by_weight = sorted(several, key=_weight)
    return by_weight[:FULL], by_weight[FULL:]


def _weight(one: AutomationReport) -> tuple[int, bool, int, str]:
    """What takes away goes first, then what is new or edited, then what gives most."""
    taken = one.removes + one.losses.restart + one.losses.retake
    given = one.reasons.get("assigned", 0) + one.reschedules
    return -taken, one.change == "unchanged", -given, one.id


def show_lines(several: Sequence[AutomationReport], console: Console) -> None:
    """Print a line for each of several automations."""
    console.print(f"\n[bold underline]{len(several):,} more automations[/bold underline]\n")
    columns = ("automation", "", "audience", "assign", "remove", "restart", "retake", "due moved")
    rows = [
        (
            one.id.removeprefix("automation."),
            "" if one.change == "unchanged" else one.change,
            one.audience,
            one.reasons.get("assigned", 0),
            one.removes,
            one.losses.restart,
            one.losses.retake,
            one.reschedules,
        )
        for one in several[:LINES]
    ]
    print_table(console, columns, rows, numbers=6)
    say_left(len(several) - LINES, "automation", console)


def first(several: Sequence[Shown], *, every: bool) -> Sequence[Shown]:
    """All of them; of many, the first."""
    return several if every or len(several) <= MANY else several[:FULL]


def say_left(number: int, noun: str, console: Console, *, plural: str | None = None) -> None:
    """Say how many were not shown, and where they are."""
    if number > 0:
        left = count(number, f"more {noun}", f"more {plural}" if plural else None)
        console.print(
            f"\n  [dim]And {left}: `--all` shows every rule and names "
            "everybody; `reconciler show FILE --html` has them in a report.[/dim]"
        )
