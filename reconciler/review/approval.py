"""What a standing approval does not cover, and who must look: in a document, on a terminal."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reconciler.planner.actions import Action
from reconciler.planner.approval import Uncovered, done_already, objections
from reconciler.planner.attribution import Attribution
from reconciler.planner.plan import Plan
from reconciler.policy.guards import StandingApproval
from reconciler.review.bounds import doing
from reconciler.review.guards import KINDS, guard_report
from reconciler.review.model import OverReport, PlanDocument, StandingReport, UncoveredReport
from reconciler.review.words import Count, count

MOST_SHOWN = 20
MOST_NAMES = 5
WHOSE = {
    Attribution.UNDO: "undoing an earlier run",
    Attribution.CHANGE: "the edit of a rule",
    Attribution.POLICY: "the edit of a rule",
    Attribution.DRIFT: "what somebody changed in the LMS",
    Attribution.TIME: "the passing of time",
    Attribution.PEOPLE: "people who came, moved or left, or a new version",
}
ONE_OF = {
    "assign": "assignment",
    "remove": "removal",
    "restart": "restart",
    "retake": "retake",
    "restart_and_retake": "restart or retake",
}


def standing_report(plan: Plan, approval: StandingApproval) -> StandingReport:
    """What of a plan needs somebody to look at it before it is applied."""
    found = objections(plan, approval)
    return StandingReport(
        edited=found.edited,
        uncovered=tuple(map(_uncovered, found.uncovered)),
        over=tuple(
            OverReport(**guard_report(one).model_dump(), already=done_already(one, plan))
            for one in found.over
        ),
        after_undo=found.after_undo,
    )


def _uncovered(one: Uncovered) -> UncoveredReport:
    return UncoveredReport(
        action=Action(one.action),
        attribution=one.attribution,
        rows=one.trainees,
        causes=one.causes,
    )


def objections_in_words(
    found: StandingReport, *, named: Callable[[str], str] = str, count: Count = count
) -> Iterator[str]:
    """Why somebody must look, a line for each; ``named`` writes ids, ``count`` says numbers."""
    if found.after_undo:
        yield "Nobody has looked since an undo, and this plan may do again what it undid."
    if found.edited:
        rules = listed(found.edited, named)
        yield f"New, edited, renamed or gone, which an apply would record: {rules}."
    for one in found.uncovered:
        done = doing({one.action.value: one.rows}, count)
        whose = WHOSE[one.attribution]
        yield f"Not approved in advance: {done}, by {whose}{_of(one, named)}."
    for guard in found.over:
        done = count(guard.count, ONE_OF[guard.guard], KINDS[guard.guard])
        where = "in all" if guard.unit == "all" else f"in {named(guard.unit)}"
        share = f" ({named(guard.limit)} of {guard.base:,})" if "%" in guard.limit else ""
        already = f", {count(guard.already, 'of them', 'of them')} already" if guard.already else ""
        yield f"{done} {where} on one day{already}; approved are at most {guard.ceiling:,}{share}."


def _of(one: UncoveredReport, named: Callable[[str], str]) -> str:
    return f" ({listed(one.causes, named)})" if one.causes else ""


def listed(names: Sequence[str], named: Callable[[str], str]) -> str:
    """The first names of several, and how many more there are."""
    left = len(names) - MOST_NAMES
    more = f", and {left:,} more" if left > 0 else ""
    return ", ".join(map(named, names[:MOST_NAMES])) + more


def owners_to_look(document: PlanDocument) -> dict[str, list[str]]:
    """Owner to rules of theirs that a guard holds, or that are outside of the standing approval."""
    owners = {one.id: one.owner for one in document.automations} | {
        one.id: one.owner for one in document.orders
    }
    found: dict[str, list[str]] = {}
    for rule in sorted(set(_concerned(document))):
        if owner := owners.get(rule):
            found.setdefault(owner, []).append(rule)
    return dict(sorted(found.items()))


def _concerned(document: PlanDocument) -> Iterator[str]:
    standing = document.standing or StandingReport()
    passed = {kind for guard in standing.over for kind in guard.guard.split("_and_")}
    yield from standing.edited
    for uncovered in standing.uncovered:
        yield from uncovered.causes
    for one in document.decisions:
        if one.held or (one.blocked is None and one.action in passed):
            yield from one.causes


def show_objections(document: PlanDocument, console: Console) -> None:
    """Print why somebody must look at a plan, and who."""
    assert document.standing is not None
    console.print("\n[bold red]Outside of the standing approval: nothing was written.[/bold red]")
    lines = list(objections_in_words(document.standing))
    for line in lines[:MOST_SHOWN]:
        console.print(Padding(f"[red]•[/red] {escape(line)}", (0, 0, 0, 2)))
    if len(lines) > MOST_SHOWN:
        console.print(f"  and {len(lines) - MOST_SHOWN:,} more")
    owners = owners_to_look(document)
    if owners:
        named = ", ".join(f"{owner} ({listed(of, str)})" for owner, of in owners.items())
        console.print(f"  Who must look: {escape(named)}.")
    console.print("  If it is right, apply it after a review: `reconciler apply`.")
