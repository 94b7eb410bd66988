"""What the roster gate says: as parts of a plan's document, and as text for a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reconciler.planner.plan import Plan
from reconciler.review.guards import MOST_SHOWN, lift_lines
from reconciler.review.model import GuardReport, PlanDocument, RenameReport
from reconciler.review.tables import print_table
from reconciler.review.words import Count, count

CHECKS = {
    "head_count": "active people gone",
    "empty": "values gone",
    "age": "days old",
    "renamed": "under a new value",
}


def gate_reports(plan: Plan) -> Iterator[GuardReport]:
    """Every comparison in all, and those of locations and attributes that found too much."""
    for one in plan.gate.checks:
        yield GuardReport(
            guard=one.guard,
            policy="all",
            unit=one.unit,
            count=one.count,
            base=one.base,
            limit=one.limit,
            ceiling=one.ceiling,
            loses_all=one.loses_all,
            breached=one.fails,
            lifts=one.lifts,
        )


def rename_reports(plan: Plan) -> Iterator[RenameReport]:
    for one in plan.gate.renames:
        yield RenameReport(
            attribute=one.attribute,
            old=one.old,
            new=one.new,
            trainees=one.trainees,
            fails=one.fails,
        )


def show_unfit(document: PlanDocument, console: Console) -> None:
    """Print why a roster is not planned from, and what to do about it."""
    if document.fit:
        return
    console.print(
        "\n[bold red]This roster looks wrong beside that of the last apply: nobody leaves by "
        "it, no rule begins, and an apply writes nothing.[/bold red]"
    )
    failed = [one for one in document.gate if one.breached]
    failed += renamed(document)
    if failed:
        console.print()
        rows = [
            (CHECKS.get(one.guard, one.guard), one.unit, one.count, _allowed(one))
            for one in failed[:MOST_SHOWN]
        ]
        print_table(console, ("found", "where", "number", "allowed"), rows, numbers=2)
        if len(failed) > MOST_SHOWN:
            console.print(f"    and {len(failed) - MOST_SHOWN:,} more")
    _show_renames(document, console)
    _show_way_out(document, console)


def _show_renames(document: PlanDocument, console: Console) -> None:
    if not document.renames:
        return
    text = "These left one value and came back under another. If it was renamed, write:"
    console.print(Padding(text, (1, 0, 0, 2)))
    for line in moved_lines(document):
        console.print(f"    [dim]{escape(line)}[/dim]", soft_wrap=True)


def moved_lines(document: PlanDocument, said: Count = count) -> Iterator[str]:
    """The section of a policy file that says which values were renamed."""
    if document.renames:
        yield "moved:"
    for one in document.renames:
        who = said(one.trainees, "person", "people")
        move = f"from: {one.attribute}.{one.old}, to: {one.attribute}.{one.new}"
        yield f"  - {{{move}}}  # {who}"


def liftable(document: PlanDocument) -> list[GuardReport]:
    """What of the roster gate a lift can let through: not the age of a file."""
    failed = [one for one in document.gate if one.breached and one.guard != "age"]
    return [*failed, *renamed(document)]


def renamed(document: PlanDocument) -> list[GuardReport]:
    """The renamed values that make a roster fail, as findings of its gate."""
    return [_as_guard(one) for one in document.renames if one.fails]


def _as_guard(one: RenameReport) -> GuardReport:
    return GuardReport(
        guard="renamed",
        policy="all",
        unit=f"{one.attribute}.{one.old}",
        count=one.trainees,
        base=one.trainees,
        limit="0",
        ceiling=0,
        breached=one.fails,
    )


def _show_way_out(document: PlanDocument, console: Console) -> None:
    text = "Is the export whole? Have it made again, then plan again."
    console.print(Padding(text, (1, 0, 0, 2)))
    meant = liftable(document)[:MOST_SHOWN]
    if meant:
        text = "If it is right as it is, put this into a policy file and have it reviewed:"
        console.print(Padding(text, (0, 0, 0, 2)))
        for line in lift_lines(meant, document):
            console.print(f"    [dim]{escape(line)}[/dim]", soft_wrap=True)


def _allowed(one: GuardReport) -> str:
    if one.guard == "age":
        return one.limit
    if one.guard == "renamed":
        return "none"
    if one.loses_all and one.count <= one.ceiling:
        return "not all of a location"
    share = f" ({one.limit} of {one.base:,})" if one.limit.endswith("%") else ""
    return f"{one.ceiling:,}{share}"


def notes_of_renames(document: PlanDocument) -> Iterator[str]:
    """Renamed values that no target names, from a roster that is fit."""
    for one in document.renames if document.fit else ():
        who = count(one.trainees, "person", "people")
        yield (
            f"{who} left {one.attribute} {one.old} for {one.new}. If it was renamed, add to "
            f"`moved`: {{from: {one.attribute}.{one.old}, to: {one.attribute}.{one.new}}}"
        )
