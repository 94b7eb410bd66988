"""An undo as people read it: what becomes of a run's rows, what stays lost, what comes again."""

from collections.abc import Iterator
from typing import NamedTuple

from pyroaring import BitMap
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from reconciler.planner.actions import Action
from reconciler.planner.plan import Plan
from reconciler.planner.undoing import Kept, Undoing
from reconciler.records import UNDO
from reconciler.review.deeds import deed, why
from reconciler.review.model import DecisionReport, PlanDocument
from reconciler.review.model_undo import UndoAgain, UndoLeft, UndoReport
from reconciler.review.parts import Names, new_grid, show_title
from reconciler.review.tables import print_line
from reconciler.review.words import Count, count, local

KEPT = {
    Kept.LOST: "started over: the progress that they had cannot come back",
    Kept.NO_CONTENT: "not in the catalog any more",
    Kept.GONE: "not enrolled any more",
    Kept.BACK: "enrolled again already",
    Kept.COMPLETED: "completed; that stays",
    Kept.CHANGED: "given anew or changed since",
    Kept.STARTED: "started since: undoing it would lose their progress",
    Kept.HELD: "another rule found it there since, and counts on it",
    Kept.PASSED: "the old due date has passed",
    Kept.COURSES: "were at work in a retake, and nobody knows in which of its courses",
    Kept.INACTIVE: "do not work here any more",
    Kept.ACTIVITY_UNKNOWN: "have no status that says whether they work here",
    Kept.EXEMPT: "exempt from it now",
}
"""Why a row of a run is left, for people."""
DID = {
    "assign": "assigned",
    "remove": "removed",
    "restart": "restarted",
    "retake": "to be taken again",
    "reschedule": "due date moved",
}
DOES = {
    "assign": "assigns it",
    "remove": "removes it",
    "restart": "lets it start over",
    "retake": "lets it be taken again",
    "reschedule": "moves its due date",
}


class UndoPart(NamedTuple):
    """A part of what is told: rows with their numbers, and what follows from them."""

    title: str
    rows: tuple[tuple[int | None, str], ...]
    foot: str = ""


def undo_report(plan: Plan) -> UndoReport | None:
    """What a plan that undoes a run tells of it; None for any other plan."""
    found = plan.undoing
    if found is None:
        return None
    contents = {deed.content for deed in found.run.deeds}
    catalog = plan.world.catalog
    return UndoReport(
        run=found.run.serial,
        as_of=found.run.as_of,
        by=found.run.by,
        complete=found.run.state == "complete",
        wrote=sum(len(one.rows) for one in found.run.deeds),
        left=tuple(_left(found)),
        without_progress=sum(map(len, found.poorer.values())),
        later_due=sum(map(len, found.later.values())),
        disowned=sum(
            len(one.trainees & found.run.disowned.get(one.content, BitMap()))
            for one in plan.decisions
            if one.action is Action.ASSIGN and one.blocked is None
        ),
        again=tuple(
            UndoAgain(
                rule=one.rule,
                content=one.content,
                action=one.action.value,
                trainees=len(one.trainees),
            )
            for one in found.again
        ),
        orders=tuple(sorted(_orders(found))),
        undone_by=found.run.undone_by,
        titles={one: catalog[one].title for one in sorted(contents) if one in catalog},
    )


def _left(found: Undoing) -> Iterator[UndoLeft]:
    sizes: dict[tuple[Kept, str, str], int] = {}
    for one in found.left:
        place = one.kept, one.content, one.action
        sizes[place] = sizes.get(place, 0) + len(one.trainees)
    for kept in Kept:
        for (code, content, action), trainees in sorted(sizes.items()):
            if code is kept:
                yield UndoLeft(content=content, action=action, reason=kept.value, trainees=trainees)


def _orders(found: Undoing) -> set[str]:
    return {
        cause
        for one in found.run.deeds
        for cause in one.causes
        if not cause.startswith(("automation.", UNDO))
    }


def undo_parts(
    document: PlanDocument, count: Count = count, *, by: bool = True
) -> Iterator[UndoPart]:
    """All that is told of an undo beside its numbers, part by part.

    ``count`` says numbers; ``by``: whether it may be told who ran the run.
    """
    undo = document.undo
    if undo is None:
        return
    about = _about(undo, document, count, by=by)
    yield UndoPart(f"Run {undo.run}", tuple((None, line) for line in about))
    if undo.left:
        rows = tuple((one.trainees, _kept(one, undo)) for one in undo.left)
        yield UndoPart("Left as it is", rows)
    lost = [
        (undo.without_progress, "get it again without the progress that they had in it"),
        (undo.later_due, "get a later due date than they had: that one has passed"),
        (undo.disowned, "get it as nobody's: the rule or order that gave it was forgotten since"),
    ]
    if any(number for number, _ in lost):
        rows = tuple((number, text) for number, text in lost if number)
        yield UndoPart("What does not come back", rows)
    if undo.again:
        rows = tuple((one.trainees, _again(one, undo)) for one in undo.again)
        foot = "Revert the rules too, or the next plan does this."
        yield UndoPart("What the next plan does all the same", rows, foot)
    if undo.orders:
        yield UndoPart(
            "Orders",
            tuple((None, one) for one in undo.orders),
            "An order is carried out once for each trainee, and an undo does not change that (M4). "
            "For another try, write it under a new name; to stop the rest of one that is not "
            "finished, take it out of the files.",
        )


def _about(undo: UndoReport, document: PlanDocument, count: Count, *, by: bool) -> Iterator[str]:
    who = f", by {undo.by}" if by and undo.by else ""
    when = local(undo.as_of, document.header.timezone)
    if not undo.wrote:
        yield f"As of {when}{who}. It wrote nothing to the LMS, so there is nothing to undo."
        return
    undone = sum(one.trainees for one in document.decisions if one.blocked is None)
    wrote, here = count(undo.wrote, "row"), count(undone, "is", "are")
    yield f"As of {when}{who}. It wrote {wrote}; of them {here} undone here."
    if not undo.complete:
        yield "It did not come to its end: what it left is planned still, or a later run wrote it."
    if undo.undone_by:
        runs = " and ".join(str(one) for one in undo.undone_by)
        yield f"Undone before, by run {runs}, as far as it went."


def _kept(one: UndoLeft, undo: UndoReport) -> str:
    did = DID.get(one.action, one.action)
    return f"{_titled(one.content, undo)}, {did}: {KEPT[Kept(one.reason)]}"


def _again(one: UndoAgain, undo: UndoReport) -> str:
    return f"{_titled(one.content, undo)}: {one.rule} {DOES.get(one.action, one.action)}"


def _titled(content: str, undo: UndoReport) -> str:
    title = undo.titles.get(content, content)
    return content if title == content else f"{content} ({title})"


def show_undo_of(document: PlanDocument, console: Console) -> None:
    """Print which run is undone, in front of all else."""
    if document.undo is not None:
        console.print(f"\n[bold]Undo of run {document.undo.run}[/bold]")
        for line in _about(document.undo, document, count, by=True):
            console.print(f"[dim]{escape(line)}[/dim]")


def show_undo(document: PlanDocument, names: Names, console: Console) -> None:
    """Print what becomes of the rows of the run that is undone."""
    if document.undo is None:
        return
    rules = _by_rule(document)
    if rules:
        console.print("\n[bold underline]Undone[/bold underline]")
    for (rule, content), by_action in sorted(rules.items()):
        show_title(rule, content, document.undo.titles.get(content, ""), "", console)
        grid = new_grid()
        for action, several in by_action.items():
            size = sum(one.trainees for one in several)
            text = f"{why(several[0])}: {names.of(rule, action)}"
            grid.add_row(deed(action).title, f"{size:,}", escape(text))
        grid.print(console)
    for part in list(undo_parts(document))[1:]:
        _show_part(part, console)


def _by_rule(document: PlanDocument) -> dict[tuple[str, str], dict[str, list[DecisionReport]]]:
    """What is undone by rule and content, and by action."""
    found: dict[tuple[str, str], dict[str, list[DecisionReport]]] = {}
    for one in document.decisions:
        for cause in one.causes if one.blocked is None else ():
            if not cause.startswith(UNDO):
                by_action = found.setdefault((cause, one.content), {})
                by_action.setdefault(one.action, []).append(one)
    return found


def _show_part(part: UndoPart, console: Console) -> None:
    console.print(f"\n[bold underline]{escape(part.title)}[/bold underline]\n")
    width = max(len(f"{number or 0:,}") for number, _ in part.rows)
    for number, text in part.rows:
        shown = "" if number is None else f"{number:>{width},}  "
        print_line(console, Text(f"{shown}{text}"), indent=4)
    if part.foot:
        print_line(console, Text(part.foot, "dim"), indent=4)
