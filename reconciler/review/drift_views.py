"""Drift for people: on a terminal with names, as Markdown with none."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from reconciler.planner.drift import DriftClass, Prospect
from reconciler.review.drift import DriftFinding, DriftReport, DriftRow
from reconciler.review.markdown_text import code, prose, table
from reconciler.review.parts import FEW, new_grid
from reconciler.review.people import few, few_of
from reconciler.review.tables import moment, print_line
from reconciler.review.words import Count, count, drifted, local

CLASSES = {
    DriftClass.MISSING: ("Missing", "were in the LMS, and are not any more"),
    DriftClass.EXTRA: ("Extra", "were not in the LMS, and are now"),
    DriftClass.DUE: ("Changed due date", "are due at another time than before"),
    DriftClass.REOPENED: ("Reopened", "were completed, and are open again"),
}
BECOMES = {
    Prospect.GIVEN: "gives back",
    Prospect.TAKEN: "takes away",
    Prospect.AGAIN: "has taken again",
    Prospect.MOVED: "moves to another due date",
    Prospect.WAITS: "would change, but a guard or the roster gate holds it",
    Prospect.BLOCKED: "would change, but the LMS cannot",
    Prospect.RESPECTED: "leaves out: a rule respects removals (A13)",
    Prospect.COUNTS: "leaves, and counts for the rules that want them (A7)",
}
LEAVES = {
    DriftClass.MISSING: "leaves out: no rule gives them now",
    DriftClass.EXTRA: "leaves: what is not ours is not removed (A16)",
    DriftClass.DUE: "leaves as they are now",
    DriftClass.REOPENED: "leaves open",
}
NEXT = "The next plan"


def show_drift(report: DriftReport, console: Console, *, every_name: bool) -> None:
    """Print what others have changed: a verdict, then by class and content."""
    zone = ZoneInfo(report.timezone)
    console.print(f"\n[bold]{escape(drift_verdict(report))}[/bold]")
    began, as_of = local(report.run_started, report.timezone), local(report.as_of, report.timezone)
    console.print(f"[dim]Run {report.run} began {began}; now is {as_of} ({report.timezone}).[/dim]")
    for change, (label, meaning) in CLASSES.items():
        several = [one for one in report.findings if one.change is change]
        if several:
            number = f"{report.by[change.value]:,}"
            console.print(f"\n[bold underline]{label}[/bold underline]: {number} {meaning}")
        for one in several:
            _show_finding(one, zone, console, every_name=every_name)
    notes = list(_notes(report))
    if notes:
        console.print("\n[bold underline]To look at[/bold underline]")
    for note in notes:
        console.print(Padding(f"[yellow]•[/yellow] {escape(note)}", (0, 0, 0, 2)))


def drift_verdict(report: DriftReport, count: Count = count) -> str:
    """The drift in one sentence; ``count`` says its numbers."""
    if not report.findings:
        return f"No drift: the LMS is as run {report.run} left it, but for what people learned."
    changed = count(report.count, "enrollment")
    return (
        f"Others changed {changed} in the LMS since run {report.run}: {drifted(report.by, count)}."
    )


def _show_finding(one: DriftFinding, zone: ZoneInfo, console: Console, *, every_name: bool) -> None:
    title = f" ({one.title})" if one.title and one.title != one.content else ""
    console.print()
    print_line(console, Text.assemble((one.content, "bold"), title), indent=2)
    grid, rows = new_grid(), one.enrollments
    shown = rows if every_name else rows[:FEW]
    named = ", ".join(_named(row, one.change, zone) for row in shown)
    more = f", and {len(rows) - len(shown):,} more" if len(rows) > len(shown) else ""
    grid.add_row("Enrollments", f"{len(rows):,}", escape(named + more), style="yellow")
    if one.given:
        grid.add_row("  ours", f"{one.given:,}", "of these, given by the reconciler")
    for prospect, number in one.next.items():
        grid.add_row(NEXT, f"{number:,}", _does(prospect, one.change))
    grid.print(console)


def _named(row: DriftRow, change: DriftClass, zone: ZoneInfo) -> str:
    if change is not DriftClass.DUE:
        return row.trainee
    return f"{row.trainee} {_day(row.due_before, zone)} → {_day(row.due_now, zone)}"


def _day(due: datetime | None, zone: ZoneInfo) -> str:
    """A due date as its day where it is at its end, as those that we write (A9)."""
    told = moment(due, zone)
    return told.removesuffix(" 23:59") if told else "none"


def _does(prospect: Prospect, change: DriftClass) -> str:
    return LEAVES[change] if prospect is Prospect.LEFT else BECOMES[prospect]


def _notes(report: DriftReport) -> Iterator[str]:
    if report.unseen:
        contents = ", ".join(report.unseen)
        yield f"Not known from before: {contents}. It is from the next apply on (A13g)."
    if report.newcomers:
        number = count(report.newcomers, "enrollment")
        yield f"{number} of people whom run {report.run} did not know: not compared (A13g)."


def drift_markdown(report: DriftReport) -> str:
    """The same for a page that many read: it names nobody, and small groups as such."""
    began = local(report.run_started, report.timezone)
    lines = [f"### {drift_verdict(report, few_of)}", ""]
    lines += [f"Run {report.run} began {began} ({prose(report.timezone)}).", ""]
    if report.findings:
        columns = ["class", "training", NEXT.lower(), "enrollments"]
        head, rows = table(columns, [_cells(one) for one in report.findings], numbers=1)
        lines += [head, *rows, "", "`reconciler drift --all` names the people.", ""]
    if report.unseen:
        lines.append(f"Not known from before: {', '.join(map(code, report.unseen))} (A13g).")
    return "\n".join(lines).rstrip() + "\n"


def _cells(one: DriftFinding) -> list[str]:
    training = f"{code(one.content)} {prose(one.title)}" if one.title else code(one.content)
    does = [(_does(prospect, one.change), few(number)) for prospect, number in one.next.items()]
    several = len(does) > 1
    told = "; ".join(f"{what} ({number})" if several else what for what, number in does)
    return [CLASSES[one.change][0], training, told, few(len(one.enrollments))]
