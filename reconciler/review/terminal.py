"""A plan as text for a terminal: a verdict, the totals, each rule, what to look at."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from reconciler.review.attribution import show_attribution
from reconciler.review.change import show_change
from reconciler.review.gate import notes_of_renames, show_unfit
from reconciler.review.guards import notes_of_lifts, show_held
from reconciler.review.model import AutomationReport, Edit, OrderReport, PastReport, PlanDocument
from reconciler.review.tables import print_table
from reconciler.review.words import ON_EXIT, REASONS, SCOPES, count, local, verdict

STYLES = {
    "assigned": "green",
    "no account": "red",
    "blocked by capability": "red",
    "held by guard": "red",
}
NOTABLE = {"undecided": "yellow", "activity unknown": "yellow", "removal respected": "yellow"}
FEW = 3


def show_plan(
    document: PlanDocument, actions: pl.DataFrame, console: Console, *, every_name: bool
) -> None:
    """Print a plan.

    Args:
        document: The plan in numbers.
        actions: Its rows, as ACTIONS.
        console: Where to.
        every_name: Name all trainees of each action, not a few.
    """
    header, totals = document.header, document.totals
    show_change(document, console)
    console.print()
    console.print(f"[bold]{escape(verdict(totals.model_dump()))}[/bold]")
    console.print(
        f"[dim]As of {local(header.as_of, header.timezone)} ({header.timezone}), "
        f"{count(document.people.active, 'active person', 'active people')} in the roster.[/dim]"
    )
    if header.what_if:
        console.print(
            "[yellow]What if: a plan for a later time has been applied already, so this one "
            "can only be looked at.[/yellow]"
        )
    _show_totals(document, console)
    show_attribution(document, console)
    show_unfit(document, console)
    show_held(document, console)
    names = _Names(document, actions, every_name=every_name)
    quiet = [one for one in document.automations if _is_quiet(one)]
    if len(document.automations) > len(quiet) or document.past:
        console.print("\n[bold underline]Automations[/bold underline]")
    for automation in document.automations:
        if automation not in quiet:
            _show_automation(automation, names, console)
    for past in document.past:
        _show_past(past, names, console)
    if quiet:
        _show_quiet(quiet, console)
    for old, new in document.renamed.items():
        console.print(f"\n[bold]{escape(old)}[/bold] is now called [bold]{escape(new)}[/bold].")
    if document.orders:
        console.print("\n[bold underline]Orders[/bold underline]")
    for order in document.orders:
        _show_order(order, document, names, console)
    _show_exemptions(document, console)
    _show_notes(document, console)
    _show_footer(document, console)


def _show_totals(document: PlanDocument, console: Console) -> None:
    totals = document.totals
    rows = [
        ("green", "+", totals.assign - totals.restore, "assigned: new training"),
        ("green", "+", totals.restore, "given back: somebody had removed it in the LMS"),
        ("cyan", "~", totals.reschedule, "moved to another due date"),
        ("red", "-", totals.remove, "removed: has left the audience, or the rule has gone"),
        ("red", "!", totals.blocked, "blocked: cannot be carried out, see below"),
        ("red", "!", totals.held, "of these held by a guard"),
        ("", " ", totals.new_accounts, "made an account in the LMS, with the first training"),
        (
            "",
            " ",
            totals.ledger_changes,
            "noted in the ledger: what rules say, who was here before",
        ),
    ]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    grid.add_column()
    for style, sign, number, text in rows:
        if number:
            grid.add_row(sign, f"{number:,}", text, style=style)
    if grid.row_count:
        console.print()
        console.print(Padding(grid, (0, 0, 0, 2)))


class _Names:
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


def _is_quiet(one: AutomationReport) -> bool:
    """Whether a plan has nothing to tell about an automation but its numbers."""
    baseline = one.baseline
    moves = baseline is not None and (baseline.starts or baseline.joins or baseline.leaves)
    changes = one.restores or one.removes or one.reschedules or one.blocked
    effects = changes or one.late_rows or moves
    return one.change == "unchanged" and not effects and not _TELLING & one.reasons.keys()


_TELLING = {"assigned", "no account", "blocked by capability", "removal respected", "held by guard"}


def _show_quiet(several: Sequence[AutomationReport], console: Console) -> None:
    console.print("\n[bold underline]Automations with nothing to do[/bold underline]\n")
    columns = ("automation", "audience", "enrolled", "existing", "exempt", "undecided")
    codes = ("satisfied", "baseline", "exempt", "undecided")
    rows = [
        (
            one.id.removeprefix("automation.") + _standstill(one),
            one.audience,
            *(one.reasons.get(code, 0) for code in codes),
        )
        for one in several
    ]
    print_table(console, columns, rows, numbers=5)


def _standstill(one: AutomationReport) -> str:
    if one.paused:
        return " (paused)"
    return "" if one.is_open else " (window not open)"


def _show_automation(one: AutomationReport, names: _Names, console: Console) -> None:
    _title(one.id, one.content, one.title, _mark(one), console)
    lines = [f"{SCOPES[one.scope].capitalize()}; {_window(one)}."]
    if one.description:
        lines.insert(0, one.description)
    for line in lines:
        console.print(Padding(f"[dim]{escape(line)}[/dim]", (0, 0, 0, 4)))
    grid = _grid()
    grid.add_row("In the audience", f"{one.audience:,}", "active, and the target matches")
    _add_reasons(grid, one.reasons, one.undecided_by, names.of(one.id, "assign"))
    for number, label, text in _effects(one, names):
        if number:
            grid.add_row(label, f"{number:,}", escape(text), style="cyan")
    _print_grid(grid, console)
    for edit in one.edits:
        console.print(Padding(f"[cyan]{escape(_edited(edit))}[/cyan]", (0, 0, 0, 4)))


def _effects(one: AutomationReport, names: _Names) -> Iterator[tuple[int, str, str]]:
    yield one.removes, "Removed", f"have left: {names.of(one.id, 'remove')}"
    yield one.reschedules, "Due date moved", names.of(one.id, "reschedule")
    yield one.blocked, "Blocked", "to be removed or moved, which the LMS cannot do"
    yield one.restores, "Given back", "of the assigned; somebody had removed it in the LMS"
    yield one.without_due, "No due date", "of the assigned; their hire date is missing"
    yield one.late_rows, "Late", "first seen now, though hired before this rule began"
    if one.baseline is None:
        return
    if one.baseline.starts:
        yield one.baseline.size, "Baseline", "noted as existing by this apply, then left alone"
    if one.baseline.prospective:
        yield one.baseline.size, "Baseline", "would be existing if it began now"
    yield one.baseline.joins, "Baseline +", "become existing by an edit"
    yield one.baseline.leaves, "Baseline -", "left; should they come back, they count as new"


def _show_past(one: PastReport, names: _Names, console: Console) -> None:
    what = (
        "retired: gone from the files" if one.state == "retired" else "assigns something else now"
    )
    _title(one.id, one.content, "", what, console)
    grid = _grid()
    grid.add_row("Released", f"{one.releases:,}", f"its enrollments {ON_EXIT[one.on_exit]}")
    if one.removes:
        grid.add_row("Removed", f"{one.removes:,}", escape(names.of(one.id, "remove")), style="red")
    _print_grid(grid, console)


def _show_order(one: OrderReport, document: PlanDocument, names: _Names, console: Console) -> None:
    states = {
        "new": "new: carried out once, for who matches now",
        "open": "not finished yet",
        "done": "done",
        "cancelled": "cancelled: gone from the files",
    }
    recorded = local(one.as_of, document.header.timezone)
    since = "" if one.state == "new" else f", recorded {recorded}"
    _title(one.id, one.content, one.title, states[one.state] + since, console)
    if one.state == "cancelled":
        console.print(Padding(f"Not carried out for {one.cancelled_rows:,}.", (0, 0, 0, 4)))
    if one.text_changed:
        console.print(
            Padding(
                "[yellow]Its text was changed after it was recorded. That has no effect; for "
                "something new, write it under a new name.[/yellow]",
                (0, 0, 0, 4),
            )
        )
    if one.state in ("done", "cancelled"):
        return
    grid = _grid()
    grid.add_row("In the audience", f"{one.audience:,}", "recorded; who matches later is not in it")
    grid.add_row("  not started", f"{one.not_started:,}", "")
    grid.add_row("  in progress", f"{one.in_progress:,}", "")
    grid.add_row("  completed", f"{one.completed:,}", "")
    _add_reasons(grid, one.reasons, one.undecided_by, names.of(one.id, "assign"))
    _print_grid(grid, console)


def _add_reasons(
    grid: Table, reasons: dict[str, int], undecided_by: dict[str, int], assigned: str
) -> None:
    for code, (label, meaning) in REASONS.items():
        number = reasons.get(code, 0)
        if not number:
            continue
        text = meaning
        if code == "assigned":
            text = assigned
        if code == "undecided" and undecided_by:
            missing = ", ".join(f"no {name}: {n:,}" for name, n in undecided_by.items())
            text = f"cannot be told ({missing})"
        grid.add_row(
            label, f"{number:,}", escape(text), style=STYLES.get(code) or NOTABLE.get(code)
        )


def _show_exemptions(document: PlanDocument, console: Console) -> None:
    standing = [one for one in document.exemptions if not one.expired]
    if not standing:
        return
    console.print("\n[bold underline]Exemptions[/bold underline]\n")
    rows = [(one.id, one.source, one.until or "", one.reason, one.trainees) for one in standing]
    print_table(console, ("exemption", "from", "until", "reason", "people"), rows, numbers=1)


def _show_notes(document: PlanDocument, console: Console) -> None:
    notes = list(_notes(document))
    if not notes:
        return
    console.print("\n[bold underline]To look at[/bold underline]")
    for note in notes:
        console.print(Padding(f"[yellow]•[/yellow] {escape(note)}", (0, 0, 0, 2)))


def _notes(document: PlanDocument) -> Iterator[str]:
    people = document.people
    if document.header.read_only:
        yield "This LMS is read from an export and cannot be written: no apply of this plan."
    if people.unknown:
        who = count(people.unknown, "person has", "people have")
        yield f"{who} no known activity in the roster: nothing is given to them or taken."
    if people.absent:
        who = count(people.absent, "person was", "people were")
        yield f"{who} in an earlier roster and not in this one: nothing is taken from them."
    if people.long_absent:
        who = count(people.long_absent, "person counts", "people count")
        yield f"{who} as having left: absent for longer than `inactive_after` allows."
    for attribute, number in people.emptied.items():
        who = count(number, "person has", "people have")
        yield (
            f"{who} no {attribute} any more, and had one before: they neither leave nor enter by "
            "it until it is filled again. Is the feed broken?"
        )
    if people.strangers:
        enrollments = count(people.strangers, "enrollment")
        yield f"{enrollments} of people whom neither roster nor ledger knows: left alone."
    for one in document.exemptions:
        if one.expired:
            yield f"This exemption has expired: {one.id}, from {one.source}, until {one.until}."
    yield from notes_of_renames(document)
    yield from notes_of_lifts(document)
    yield from document.warnings


def _show_footer(document: PlanDocument, console: Console) -> None:
    header = document.header
    console.print(
        f"\n[dim]Plan {header.digest[:12]}, good until "
        f"{local(header.expires, header.timezone)}. Nothing is written before an apply.[/dim]",
        highlight=False,
    )


def _title(name: str, content: str, title: str, mark: str, console: Console) -> None:
    named = f" ({escape(title)})" if title and title != content else ""
    marked = f"  [magenta]{escape(mark)}[/magenta]" if mark else ""
    console.print()
    console.print(
        Padding(f"[bold]{escape(name)}[/bold] → {escape(content)}{named}{marked}", (0, 0, 0, 2))
    )


def _mark(one: AutomationReport) -> str:
    marks = [] if one.change == "unchanged" else [one.change]
    return ", ".join([*marks, *(["paused"] if one.paused else [])])


def _window(one: AutomationReport) -> str:
    if one.window_start is None and one.window_end is None:
        return "no end date"
    start = f"from {_moment(one.window_start)}" if one.window_start else ""
    end = f"until {_moment(one.window_end)}" if one.window_end else ""
    state = "open" if one.is_open else "not open now"
    return f"{' '.join(filter(None, (start, end)))}, {state}"


def _moment(written: str) -> str:
    """A day as it is; an instant to the minute, with its offset if it has one."""
    if "T" not in written:
        return written
    return f"{datetime.fromisoformat(written):%Y-%m-%d %H:%M %z}".strip()


def _edited(edit: Edit) -> str:
    if edit.before is None:
        return f"{edit.key}: {edit.after} added"
    if edit.after is None:
        return f"{edit.key}: {edit.before} taken out"
    return f"{edit.key}: {edit.before} → {edit.after}"


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(min_width=16, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _print_grid(grid: Table, console: Console) -> None:
    console.print(Padding(grid, (0, 0, 0, 4)))
