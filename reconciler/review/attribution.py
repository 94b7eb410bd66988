"""Whose doing a plan is: as parts of its document, and as text for a terminal (D5)."""

from collections.abc import Iterator

from pyroaring import BitMap
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from reconciler.planner.actions import Decision
from reconciler.planner.attribution import Attributed, Attribution
from reconciler.review.model import PlanDocument

MEANINGS = {
    Attribution.UNDO: "undo: an earlier run is undone, whatever the policies say",
    Attribution.CHANGE: "this change: the policies at its base do not do it",
    Attribution.DRIFT: "drift: somebody undid in the LMS what a rule had given",
    Attribution.POLICY: "policy: what was last applied does not do it",
    Attribution.TIME: "time: a window, a date, a length of service",
    Attribution.PEOPLE: "people: who came, moved or left, or a new version was published",
}


def attribution_of(found: Attributed) -> dict[str, dict[str, int]]:
    """Attribution to action to rows, in the order of D5."""
    numbers: dict[str, dict[str, int]] = {}
    for attribution in Attribution:
        for (action, _), shares in found.items():
            if attribution in shares:
                by_action = numbers.setdefault(attribution.value, {})
                by_action[action] = by_action.get(action, 0) + len(shares[attribution])
    return numbers


def because_of(decision: Decision, found: Attributed) -> dict[str, int]:
    """Attribution to trainees of one decision, in the order of D5."""
    if decision.blocked is not None:
        return {}
    shares = found.get((decision.action.value, decision.content), {})
    return {
        attribution.value: size
        for attribution in Attribution
        if (size := decision.trainees.intersection_cardinality(shares.get(attribution, BitMap())))
    }


def show_attribution(document: PlanDocument, console: Console) -> None:
    """Print whose doing a plan is; what this change does comes first."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right")
    grid.add_column()
    for style, number, text in _lines(document):
        grid.add_row(f"{number:,}", text, style=style)
    if grid.row_count:
        console.print("\n  Whose doing it is")
        console.print(Padding(grid, (0, 0, 0, 4)))


def _lines(document: PlanDocument) -> Iterator[tuple[str, int, str]]:
    for attribution in Attribution:
        by_action = document.attribution.get(attribution.value, {})
        total = sum(by_action.values())
        if total:
            listed = ", ".join(f"{action} {number:,}" for action, number in by_action.items())
            style = "bold" if attribution is Attribution.CHANGE else ""
            yield style, total, f"{MEANINGS[attribution]} ({listed})"
