"""The parts that each rule of a plan is shown with: its title, its numbers, its people."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from reconciler.review.dues import DueDates
from reconciler.review.model import AutomationReport, Losses, OrderReport, PlanDocument
from reconciler.review.tables import Numbers, print_line
from reconciler.review.words import POSTPONED, due_days, hours, reasons_in_words

STYLES = {
    "assigned": "green",
    "removed by order": "red",
    "no account": "red",
    "blocked by capability": "red",
    "held by guard": "red",
}
NOTABLE = {"undecided": "yellow", "activity unknown": "yellow", "removal respected": "yellow"}
FEW = 3
Trainees = Callable[[int, int], Iterable[str]]
"""Gives the first so many trainees of a decision, by its number among those carried out."""


def trainees_in(actions: pl.DataFrame) -> Trainees:
    """The trainees of each decision, from rows as ACTIONS."""
    ids, decisions = actions["trainee"], actions["decision"]

    def first(number: int, wanted: int) -> Iterable[str]:
        return ids.slice(decisions.search_sorted(number), wanted)

    return first


class Names:
    """The trainees of each decision, a few or all, for the rule that causes it."""

    def __init__(self, document: PlanDocument, trainees: Trainees, *, every_name: bool) -> None:
        self._trainees = trainees
        self._every = every_name
        self._decisions: dict[tuple[str, str, bool], list[tuple[int, int]]] = defaultdict(list)
        carried_out = (one for one in document.decisions if one.blocked is None)
        for number, decision in enumerate(carried_out):
            for cause in decision.causes:
                key = cause, decision.action, decision.held
                self._decisions[key].append((number, decision.trainees))

    def of(self, cause: str, action: str) -> str:
        """All whom an action is for, also those for whom a guard holds it."""
        return self._named([*self._of(cause, action, held=False), *self._of(cause, action)])

    def going(self, cause: str, action: str) -> str:
        """Those for whom no guard holds it."""
        return self._named(self._of(cause, action, held=False))

    def held(self, cause: str, *actions: str) -> str:
        """Those for whom a guard holds one of some actions."""
        return self._named([one for action in actions for one in self._of(cause, action)])

    def number_held(self, cause: str, action: str) -> int:
        return sum(size for _, size in self._of(cause, action))

    def _of(self, cause: str, action: str, *, held: bool = True) -> list[tuple[int, int]]:
        return self._decisions.get((cause, action, held), [])

    def _named(self, decisions: Sequence[tuple[int, int]]) -> str:
        total = sum(size for _, size in decisions)
        shown: list[str] = []
        for number, size in decisions:
            wanted = size if self._every else min(size, FEW - len(shown))
            shown.extend(self._trainees(number, wanted))
        named = ", ".join(sorted(shown))
        return f"{named}, and {total - len(shown):,} more" if total > len(shown) else named


def add_reasons(grid: Numbers, one: AutomationReport | OrderReport, names: Names) -> None:
    """Why how many get what a rule gives or do not, and who gets it.

    Who starts over stands apart, with what is lost (R1).
    """
    held = ("remove",) if one.id.startswith("removal.") else ("assign", "restart", "retake")
    named = {
        "assigned": names.going(one.id, "assign"),
        "removed by order": names.going(one.id, "remove"),
        "held by guard": names.held(one.id, *held),
    }
    for code, label, meaning, number in reasons_in_words(one):
        if code == "reassigned":
            continue
        text = named.get(code) or meaning
        if code == "held by guard":
            text = f"{meaning}: {text}"
        if code == "undecided" and one.undecided_by:
            missing = ", ".join(f"no {name}: {n:,}" for name, n in one.undecided_by.items())
            text = f"cannot be told ({missing})"
        grid.add_row(
            label, f"{number:,}", escape(text), style=STYLES.get(code) or NOTABLE.get(code)
        )


def add_due(grid: Numbers, dues: DueDates | None) -> None:
    """When that is due what the rule gives, and for whom later than it says (A9)."""
    if dues is None:
        return
    grid.add_row("Due", "", due_days(dues))
    if dues.postponed:
        grid.add_row("  postponed", f"{dues.postponed:,}", POSTPONED, style="yellow")


def show_title(name: str, content: str, title: str, mark: str, console: Console) -> None:
    named = f" ({title})" if title and title != content else ""
    marked = (f"  {mark}", "magenta") if mark else ""
    console.print()
    print_line(console, Text.assemble((name, "bold"), f" → {content}{named}", marked), indent=2)


def new_grid() -> Numbers:
    return Numbers(indent=4, least=16)


def add_losses(grid: Numbers, losses: Losses, *, restarted: str, retaken: str) -> None:
    """Name what is lost, with its head-count, apart from what loses nothing (R1)."""
    all_go_on = losses.going_on == losses.restart
    what = "completed courses in it are to be taken again" if all_go_on else "begins again"
    rows = (
        (losses.restart, "Restart", f"in progress, and {what}: {restarted}"),
        (
            0 if all_go_on else losses.going_on,
            "  going on",
            "of these: only completed courses in it are to be taken again",
        ),
        (losses.retake, "Retake", f"completed, and to be done again: {retaken}"),
        (losses.removed_in_progress, "Progress removed", "of the removed, were in progress"),
    )
    for number, label, text in rows:
        if number:
            grid.add_row(label, f"{number:,}", escape(text), style="yellow")
    for course, number in losses.courses.items():
        grid.add_row("  of it", f"{number:,}", escape(course))
    if losses.minutes:
        grid.add_row("At stake", "", f"up to {hours(losses.minutes)} of training to do again")


def add_credit(grid: Numbers, credited: dict[int, int], courses: int) -> None:
    """How many are credited with how many courses of a module (C6)."""
    for number, trainees in credited.items():
        whole = "; so completed at once" if number == courses else ""
        text = f"{number} of {courses} courses credited{whole}"
        grid.add_row("Credited", f"{trainees:,}", text, style="green")
