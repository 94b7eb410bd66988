"""Examples of why: one person of each larger group, by a pseudonym."""

from typing import Protocol

import polars as pl

from reconciler.review.deeds import deed, targets, titles, why
from reconciler.review.markdown_parts import Section
from reconciler.review.model import DecisionReport, PlanDocument
from reconciler.review.people import FEWEST, few_of, pseudonym
from reconciler.review.words import count


class Telling(Protocol):
    """A plan, and how its people and its policies' texts may be told."""

    @property
    def document(self) -> PlanDocument: ...
    @property
    def actions(self) -> pl.DataFrame: ...
    @property
    def key(self) -> bytes | None: ...
    def prose(self, text: str) -> str: ...
    def code(self, text: str) -> str: ...


def examples(told: Telling, *, most: int) -> Section | None:
    """An example of each of the ``most`` weightiest groups that are not small."""
    carried = [one for one in told.document.decisions if one.blocked is None]
    starts = _starts(carried)
    order = sorted(
        (number for number, one in enumerate(carried) if one.trainees >= FEWEST),
        key=lambda number: (not deed(carried[number].action).loses, -carried[number].trainees),
    )
    rows = [_example(carried[number], starts[number], told) for number in order[:most]]
    if not rows:
        return None
    return Section("Why: examples", "", tuple(rows), "", "examples")


def _starts(decisions: list[DecisionReport]) -> list[int]:
    starts, total = [], 0
    for one in decisions:
        starts.append(total)
        total += one.trainees
    return starts


def _example(one: DecisionReport, start: int, told: Telling) -> str:
    title = titles(told.document).get(one.content, one.content)
    causes = " and ".join(told.code(cause) for cause in one.causes)
    line = f"- **{deed(one.action).title}** {told.prose(title)}, by {causes}: "
    wanted = targets(told.document).get(one.causes[0], "") if one.causes else ""
    if one.action == "assign" and wanted:
        line += f"{told.prose(wanted)}; "
    line += f"{why(one.action, one.effect)}. {few_of(one.trainees, 'person', 'people')}"
    if told.key is None:
        return f"{line}."
    who = told.actions["trainee"][start + one.trainees // 2]
    due = told.actions["due"][start + one.trainees // 2]
    until = f", due {due:%Y-%m-%d}" if due is not None and one.action != "remove" else ""
    more = told.actions.filter(pl.col("trainee") == who).height
    others = f"; {count(more, 'action')} of this plan in all" if more > 1 else ""
    return f"{line}, for example {pseudonym(who, told.key)}{until}{others}."
