"""What a standing approval does not cover, as text for a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reconciler.planner.approval import Objections
from reconciler.planner.plan import Plan
from reconciler.review.guards import KINDS
from reconciler.review.words import count

MOST_SHOWN = 20


def show_objections(found: Objections, plan: Plan, console: Console) -> None:
    """Print why somebody must look at a plan, and who."""
    console.print("\n[bold red]Outside of the standing approval: nothing was written.[/bold red]")
    lines = list(_lines(found))
    for line in lines[:MOST_SHOWN]:
        console.print(Padding(f"[red]•[/red] {escape(line)}", (0, 0, 0, 2)))
    if len(lines) > MOST_SHOWN:
        console.print(f"  and {len(lines) - MOST_SHOWN:,} more")
    owners = sorted(_owners(found, plan))
    if owners:
        console.print(f"  Who must look: {escape(', '.join(owners))}.")
    console.print("  If it is right, apply it after a review: `reconciler apply`.")


def _lines(found: Objections) -> Iterator[str]:
    for name in found.edited:
        yield f"{name} is new, edited, renamed or gone; an apply would record that."
    for one in found.uncovered:
        rows = count(one.trainees, "row")
        yield f"{one.action}: {rows} by {one.attribution.value}, for {', '.join(one.causes)}."
    for finding in found.over:
        guard = finding.guard
        where = "in all" if guard.unit == "all" else f"in {guard.unit}"
        yield (
            f"{finding.count:,} {KINDS[guard.kind]} {where} on one day; "
            f"{finding.ceiling:,} are approved ({guard.limit})."
        )


def _owners(found: Objections, plan: Plan) -> Iterator[str]:
    concerned = {*found.edited, *(cause for one in found.uncovered for cause in one.causes)}
    for name in concerned:
        kind, _, rest = name.partition(".")
        section = {"automation": plan.policies.automations}.get(kind, plan.policies.assignments)
        owner = getattr(section.get(rest), "owner", None)
        if owner:
            yield f"{owner} ({name})"
