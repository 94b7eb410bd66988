"""What a change of policies does, apart from all else that a plan does (D5)."""

import json
from typing import Any

from pyroaring import BitMap
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reconciler.planner.attribution import Actions, by_place
from reconciler.planner.edits import edits
from reconciler.planner.plan import Plan
from reconciler.policy.source import Policies
from reconciler.review.bounds import change_in_words, sides
from reconciler.review.many import first, say_left
from reconciler.review.model import ChangeReport, PlanDocument, PolicyEdit

LONGEST = 100


def change_of(
    plan: Plan, base: Policies, there: Actions | None, *, revision: str, commit: str
) -> ChangeReport:
    """Describe a change beside the plan of its merge base.

    Args:
        plan: Of what is checked out.
        base: The policies of the merge base.
        there: What they would do; None where they are not valid.
        revision: What was named.
        commit: The merge base.
    """
    here = by_place(plan.decisions)
    return ChangeReport(
        revision=revision,
        base=commit,
        is_known=there is not None,
        does=_beside(here, there) if there is not None else {},
        prevents=_beside(there, here) if there is not None else {},
        edits=tuple(
            PolicyEdit(
                policy=one.policy,
                key=one.key,
                before=one.before,
                after=one.after,
                classes=one.classes,
                more=one.more,
                fewer=one.fewer,
            )
            for one in (edits(base, plan.policies, plan.world) if there is not None else ())
        ),
    )


def _beside(these: Actions, those: Actions) -> dict[str, int]:
    """How many rows of each action the first have and the others have not."""
    numbers: dict[str, int] = {}
    for (action, content), members in sorted(these.items()):
        if more := len(members - those.get((action, content), BitMap())):
            numbers[action] = numbers.get(action, 0) + more
    return numbers


def show_change(document: PlanDocument, console: Console, *, every: bool) -> None:
    """Print what a change does, before the plan that it is a part of."""
    change = document.change
    if change is None:
        return
    console.print()
    console.print(f"[bold]{escape(change_in_words(change.model_dump()))}[/bold]")
    beside = f"Beside {change.revision}, from commit {change.base[:12]} on."
    console.print(f"[dim]{escape(beside)}[/dim]")
    shown = first(change.edits, every=every)
    for one in shown:
        console.print(Padding(_edited(one), (0, 0, 0, 2)))
    say_left(len(change.edits) - len(shown), "edit", console)
    console.print("\n[dim]With all that is to be done besides:[/dim]")


def _edited(one: PolicyEdit) -> str:
    classes = f"[magenta]{', '.join(one.classes)}[/magenta]"
    gained = f", {one.more:,} more and {one.fewer:,} fewer" if one.key == "target" else ""
    if not one.key:
        what = "new" if one.before is None else "taken out"
        return f"{escape(one.policy)}: {what} ({classes})"
    before, after = sides(one.model_dump())
    shown = f"{_shown(before)} → {_shown(after)}"
    return f"{escape(f'{one.policy} {one.key}: {shown}{gained}')} ({classes})"


def _shown(value: Any) -> str:  # noqa: ANN401 a JSON value
    if value is None:
        return "not written"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
