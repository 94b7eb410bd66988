"""Examples of why: one person of each larger group, by a pseudonym."""

import polars as pl

from reconciler.review.deeds import deed, targets, titles, why
from reconciler.review.markdown_parts import Section, Told
from reconciler.review.model import DecisionReport
from reconciler.review.people import FEWEST, few_of, pseudonym


def examples(told: Told, *, most: int) -> Section | None:
    """An example of each of the ``most`` weightiest groups that are not small."""
    carried = [one for one in told.document.decisions if one.blocked is None]
    starts = _starts(carried)
    order = sorted(
        (number for number, one in enumerate(carried) if one.trainees >= FEWEST),
        key=lambda number: (not deed(carried[number].action).loses, -carried[number].trainees),
    )
    shown = [(carried[number], starts[number]) for number in order[:most]]
    if not shown:
        return None
    counted = _counted([_middle(one, start) for one, start in shown], told.actions)
    rows = [_example(one, start, counted, told) for one, start in shown]
    return Section("Why: examples", "", tuple(rows), "", "examples")


def _starts(decisions: list[DecisionReport]) -> list[int]:
    starts, total = [], 0
    for one in decisions:
        starts.append(total)
        total += one.trainees
    return starts


def _middle(one: DecisionReport, start: int) -> int:
    return start + one.trainees // 2


def _counted(rows: list[int], actions: pl.DataFrame) -> dict[str, int]:
    """How many rows the trainees of some rows have."""
    wanted = actions["trainee"].gather(rows).unique()
    found = actions["trainee"].filter(actions["trainee"].is_in(wanted.implode()))
    return dict(found.value_counts().iter_rows())


def _example(one: DecisionReport, start: int, counted: dict[str, int], told: Told) -> str:
    title = titles(told.document).get(one.content, one.content)
    causes = " and ".join(told.code(cause) for cause in one.causes)
    line = f"- **{deed(one.action).title}** {told.prose(title)}, by {causes}: "
    wanted = targets(told.document).get(one.causes[0], "") if one.causes else ""
    if one.action == "assign" and wanted:
        line += f"{told.prose(wanted)}; "
    line += f"{why(one)}. {few_of(one.trainees, 'person', 'people')}"
    if told.key is None:
        return f"{line}."
    who, due = (told.actions[name][_middle(one, start)] for name in ("trainee", "due"))
    until = f", due {due:%Y-%m-%d}" if due is not None and one.action != "remove" else ""
    others = f"; {counted[who]:,} actions of this plan in all" if counted[who] > 1 else ""
    return f"{line}, for example {pseudonym(who, told.key)}{until}{others}."
