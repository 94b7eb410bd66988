"""A plan as text for a terminal: a verdict, the totals, each rule, what to look at."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reconciler.review.attribution import show_attribution
from reconciler.review.change import show_change
from reconciler.review.gate import show_unfit
from reconciler.review.guards import show_held
from reconciler.review.many import divided, first, say_left, show_lines
from reconciler.review.model import (
    AutomationReport,
    Losses,
    PastReport,
    PlanDocument,
)
from reconciler.review.notes import show_exemptions, show_notes
from reconciler.review.orders import show_orders
from reconciler.review.parts import (
    Names,
    Trainees,
    add_credit,
    add_due,
    add_losses,
    add_reasons,
    new_grid,
    show_title,
)
from reconciler.review.tables import print_line, print_table
from reconciler.review.undo import show_undo, show_undo_of
from reconciler.review.words import (
    RELEASED,
    SCOPES,
    WHY,
    count,
    edited,
    hours,
    leaves,
    local,
    verdict,
    window,
)


def show_plan(
    document: PlanDocument, trainees: Trainees, console: Console, *, every_name: bool
) -> None:
    """Print a plan.

    Args:
        document: The plan in numbers.
        trainees: Whom each of its decisions is for.
        console: Where to.
        every_name: Name all trainees of each action and show every rule, not a few.
    """
    header, totals = document.header, document.totals
    show_change(document, console, every=every_name)
    show_undo_of(document, console)
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
    names = Names(document, trainees, every_name=every_name)
    show_undo(document, names, console)
    _show_automations(document, names, console, every=every_name)
    for old, new in document.renamed.items():
        console.print(f"\n[bold]{escape(old)}[/bold] is now called [bold]{escape(new)}[/bold].")
    show_orders(document, names, console, every=every_name)
    show_exemptions(document, console, every=every_name)
    show_notes(document, console, every=every_name)
    _show_footer(document, console)


def _show_automations(
    document: PlanDocument, names: Names, console: Console, *, every: bool
) -> None:
    """Those that do something, each in full or in a line, then those that do nothing."""
    quiet = [one for one in document.automations if _is_quiet(one)]
    full, brief = divided([one for one in document.automations if not _is_quiet(one)], every=every)
    if brief:
        title = f"The {len(full):,} automations of {len(full) + len(brief):,} that weigh most"
        console.print(f"\n[bold underline]{title}[/bold underline]")
    elif full or document.past:
        console.print("\n[bold underline]Automations[/bold underline]")
    for automation in full:
        _show_automation(automation, names, console)
    shown = first(document.past, every=every)
    for past in shown:
        _show_past(past, names, console)
    say_left(len(document.past) - len(shown), "retired automation", console)
    if brief:
        show_lines(brief, console)
    if quiet:
        _show_quiet(quiet, console, every=every)


def _show_totals(document: PlanDocument, console: Console) -> None:
    totals = document.totals
    rows = [
        ("green", "+", totals.assign - totals.restore, "assigned: new training"),
        ("green", "+", totals.restore, "given back: somebody had removed it in the LMS"),
        ("cyan", "~", totals.reschedule, "moved to another due date"),
        ("red", "-", totals.remove - totals.withdrawn, _removed(document)),
        ("red", "-", totals.withdrawn, "withdrawn: a retake ends, what was completed stays"),
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
    _show_losses(totals.losses, console)


def _removed(document: PlanDocument) -> str:
    if document.undo:
        return f"removed: what run {document.undo.run} had given"
    return "removed: left the audience, or ordered"


def _show_losses(losses: Losses, console: Console) -> None:
    """What people lose or are to do again, apart from all that costs nobody anything (R1)."""
    rows = [
        (losses.restart, "restart: work in progress begins again, wholly or in part"),
        (losses.retake, "retake: completed work is to be done again"),
        (losses.removed_in_progress, "removed while in progress: what was done of it is lost"),
    ]
    if not any(number for number, _ in rows):
        return
    console.print("\n  [bold yellow]What this costs people[/bold yellow]")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    grid.add_column()
    for number, text in rows:
        if number:
            grid.add_row("!", f"{number:,}", text, style="yellow")
    if losses.minutes:
        grid.add_row("", "", f"up to {hours(losses.minutes)} of training to do again")
    console.print(Padding(grid, (0, 0, 0, 2)))


def _is_quiet(one: AutomationReport) -> bool:
    """Whether a plan has nothing to tell about an automation but its numbers."""
    baseline = one.baseline
    moves = baseline is not None and (baseline.starts or baseline.joins or baseline.leaves)
    changes = one.restores or one.removes or one.reschedules or one.blocked
    again = one.losses.restart or one.losses.retake
    effects = changes or again or one.late_rows or moves
    return one.change == "unchanged" and not effects and not _TELLING & one.reasons.keys()


QUIET = {
    "enrolled": ("satisfied",),
    "existing": ("baseline",),
    "exempt": ("exempt",),
    "taken away": ("removed by order",),
    "not now": ("paused", "window not open"),
    "undecided": ("undecided",),
}
"""The columns for the reasons that an automation with nothing to do may have (D4e).

All but the last add up to its audience.
"""

_TELLING = {"assigned", "no account", "blocked by capability", "removal respected", "held by guard"}


def _show_quiet(several: Sequence[AutomationReport], console: Console, *, every: bool) -> None:
    shown = first(several, every=every)
    console.print("\n[bold underline]Automations with nothing to do[/bold underline]\n")
    counts = [(one, _by_column(one)) for one in shown]
    used = [name for name in QUIET if name == "enrolled" or any(by[name] for _, by in counts)]
    rows = [
        (
            one.id.removeprefix("automation.") + _standstill(one),
            one.audience,
            *(by[name] for name in used),
        )
        for one, by in counts
    ]
    print_table(console, ("automation", "audience", *used), rows, numbers=1 + len(used))
    if "undecided" in used:
        console.print("\n  [dim]Who is undecided is in no audience.[/dim]")
    say_left(len(several) - len(shown), "automation", console)


def _by_column(one: AutomationReport) -> dict[str, int]:
    return {name: sum(one.reasons.get(code, 0) for code in codes) for name, codes in QUIET.items()}


def _standstill(one: AutomationReport) -> str:
    if one.paused:
        return " (paused)"
    return "" if one.is_open else " (window not open)"


def _show_automation(one: AutomationReport, names: Names, console: Console) -> None:
    show_title(one.id, one.content, one.title, _mark(one), console)
    lines = [f"{SCOPES[one.scope].capitalize()}; {window(one)}."]
    if one.description:
        lines.insert(0, one.description)
    for line in lines:
        print_line(console, Text(line, "dim"), indent=4)
    grid = new_grid()
    grid.add_row("In the audience", f"{one.audience:,}", "active, and the target matches")
    add_reasons(grid, one, names)
    add_credit(grid, one.credited, one.courses)
    add_losses(
        grid,
        one.losses,
        restarted=names.of(one.id, "restart"),
        retaken=names.of(one.id, "retake"),
    )
    for why, number in one.why.items():
        grid.add_row("  because", f"{number:,}", WHY[why])
    add_due(grid, one.due)
    for number, label, text in _effects(one, names):
        if number:
            grid.add_row(label, f"{number:,}", escape(text), style="cyan")
    grid.print(console)
    for edit in one.edits:
        console.print(Padding(f"[cyan]{escape(edited(edit))}[/cyan]", (0, 0, 0, 4)))


def _effects(one: AutomationReport, names: Names) -> Iterator[tuple[int, str, str]]:
    yield one.removes, "Removed", f"have left: {names.of(one.id, 'remove')}"
    yield names.number_held(one.id, "remove"), "  held", "of these, by a guard"
    yield one.withdrawn, "  withdrawn", "of these, retakes; what was completed stays"
    yield one.reschedules, "Due date moved", names.of(one.id, "reschedule")
    yield one.blocked, "Blocked", "to be changed in a way that the LMS cannot"
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


def _show_past(one: PastReport, names: Names, console: Console) -> None:
    show_title(one.id, one.content, "", one.state, console)
    print_line(console, Text(leaves(one), "dim"), indent=4)
    grid = new_grid()
    grid.add_row("Released", f"{one.releases:,}", RELEASED)
    if one.removes:
        grid.add_row("Removed", f"{one.removes:,}", escape(names.of(one.id, "remove")), style="red")
    if held := names.number_held(one.id, "remove"):
        grid.add_row("  held", f"{held:,}", "of these, by a guard", style="red")
    grid.print(console)


def _show_footer(document: PlanDocument, console: Console) -> None:
    header = document.header
    console.print(
        f"\n[dim]Plan {escape(header.digest[:12])}, good until "
        f"{local(header.expires, header.timezone)}. Nothing is written before an apply.[/dim]",
        highlight=False,
    )


def _mark(one: AutomationReport) -> str:
    marks = [] if one.change == "unchanged" else [one.change]
    return ", ".join([*marks, *(["paused"] if one.paused else [])])
