"""What guards say of a plan: as parts of its document, and as text for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reconciler.planner.guards import Finding, active_lifts
from reconciler.planner.plan import Plan
from reconciler.review.model import GuardReport, LiftReport, PlanDocument
from reconciler.review.tables import print_table
from reconciler.review.words import count

MOST_SHOWN = 20
REVIEW = timedelta(days=7)
"""For how long a proposed lift lifts: long enough to be reviewed."""
KINDS = {
    "assign": "assignments",
    "remove": "removals",
    "restart": "restarts",
    "retake": "retakes",
    "restart_and_retake": "restarts and retakes",
}


def held_by_guards(plan: Plan) -> Literal["nothing", "a part", "all"]:
    if plan.guarded.holds_all:
        return "all"
    breached = any(finding.is_breached for finding in plan.guarded.findings)
    return "a part" if breached else "nothing"


def guard_reports(plan: Plan) -> Iterator[GuardReport]:
    """The breached guards first, then those that were lifted, then the others."""
    return map(guard_report, sorted(plan.guarded.findings, key=_order))


def guard_report(one: Finding) -> GuardReport:
    return GuardReport(
        guard=one.guard.kind,
        policy=one.guard.policy,
        unit=one.guard.unit,
        count=one.count,
        base=one.guard.base,
        limit=str(one.guard.limit),
        ceiling=one.ceiling,
        loses_all=one.loses_all,
        breached=one.is_breached,
        lifts=one.lifts,
    )


def _order(one: Finding) -> tuple[object, ...]:
    guard = one.guard
    return not one.is_breached, not one.lifts, guard.unit != "all", guard.unit, guard.kind


def lift_reports(plan: Plan) -> Iterator[LiftReport]:
    world, needed = plan.world, {record.id for record in plan.changes.lifts}
    active = active_lifts(plan.policies.lifts, world)
    for name, lift in sorted(plan.policies.lifts.items()):
        state: Literal["needed", "not needed", "used", "expired"] = "not needed"
        if name in world.ledger.lifts:
            state = "used"
        elif name not in active:
            state = "expired"
        elif name in needed:
            state = "needed"
        yield LiftReport(
            id=name,
            guard=lift.guard,
            policy=lift.policy,
            unit=lift.unit,
            ceiling=str(lift.ceiling),
            reason=lift.reason,
            until=lift.until.isoformat(),
            state=state,
        )


def show_held(document: PlanDocument, console: Console) -> None:
    """Print which guards hold a plan, and the lifts that would let it through."""
    breached = [one for one in document.guards if one.breached]
    if not breached:
        return
    by = f"Held by {count(len(breached), 'guard')}"
    what = {
        "nothing": "an apply goes on all the same.",
        "all": "an apply writes nothing.",
        "a part": f"an apply leaves {count(document.totals.held, 'row')} and writes the others.",
    }[document.held]
    console.print(f"\n[bold red]{by}: {what}[/bold red]\n")
    rows = [(*_named(one), one.count, _ceiling(one)) for one in breached[:MOST_SHOWN]]
    print_table(
        console, ("guard", "policy", "unit", "in this plan", "lets through"), rows, numbers=2
    )
    if len(breached) > MOST_SHOWN:
        console.print(f"    and {len(breached) - MOST_SHOWN:,} more")
    text = (
        "If that is meant, have it reviewed: put this into a policy file with a reason of yours. "
        "It works once."
    )
    console.print(Padding(text, (1, 0, 0, 2)))
    for line in lift_lines(breached[:MOST_SHOWN], document):
        console.print(f"    [dim]{escape(line)}[/dim]", soft_wrap=True)


def _named(one: GuardReport) -> tuple[str, str, str]:
    return KINDS.get(one.guard, one.guard), one.policy.removeprefix("automation."), one.unit


def _ceiling(one: GuardReport) -> str:
    if one.loses_all and one.count <= one.ceiling:
        return "not all of a unit"
    share = f" ({one.limit} of {one.base:,})" if one.limit.endswith("%") else ""
    return f"{one.ceiling:,}{share}"


def lift_lines(
    breached: Sequence[GuardReport], document: PlanDocument, *, least: int = 0
) -> Iterator[str]:
    """The section of a policy file that lets a held plan through; no ceiling below ``least``."""
    yield "lifts:"
    day = document.header.as_of.date() + REVIEW
    taken = {one.id for one in document.lifts}
    for one in breached:
        name = _free_name(one, document, taken)
        taken.add(name)
        yield f"  {name}:"
        yield f"    guard: {one.guard}"
        yield f"    policy: {one.policy}"
        yield f"    unit: {_quoted(one.unit)}"
        yield f"    ceiling: {max(one.count, least)}"
        yield "    reason: Say why this is meant"
        yield f"    until: {day}"


def _quoted(unit: str) -> str:
    plain = all(letter.isalnum() or letter in "._-/" for letter in unit)
    return unit if plain else "'" + unit.replace("'", "''") + "'"


def _free_name(one: GuardReport, document: PlanDocument, taken: set[str]) -> str:
    unit = one.unit if one.unit != "all" else one.policy
    words = f"{one.guard}-{unit.removeprefix('automation.')}-{document.header.as_of:%Y-%m-%d}"
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in words)[:60]
    number = 2
    base = name
    while name in taken:
        name, number = f"{base}-{number}"[:63], number + 1
    return name


def notes_of_lifts(document: PlanDocument) -> Iterator[str]:
    """What to tell about lifts: those that are needed now, and those that do nothing any more."""
    for one in document.lifts:
        what = f"{one.id} ({KINDS.get(one.guard, one.guard)}, at most {one.ceiling}: {one.reason})"
        if one.state == "needed":
            yield f"This plan uses a lift, which then lifts nothing more: {what}"
        elif one.state == "expired":
            yield f"This lift has expired: {what}, until {one.until}."
        elif one.state == "not needed" and any(_is_meant(one, guard) for guard in document.guards):
            yield f"This lift does not suffice, so nothing goes by it: {what}"


def _is_meant(lift: LiftReport, guard: GuardReport) -> bool:
    same = (lift.guard, lift.unit) == (guard.guard, guard.unit)
    return guard.breached and same and guard.policy in ("all", lift.policy)
