"""Each policy of a plan in full, as Markdown that opens where it is clicked."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from reconciler.review.deeds import by_cause
from reconciler.review.markdown_parts import Hidden, Section
from reconciler.review.markdown_text import code, prose, table
from reconciler.review.model import AutomationReport, Edit, OrderReport, PastReport, PlanDocument
from reconciler.review.people import few
from reconciler.review.words import (
    RELEASED,
    SCOPES,
    due_in_words,
    leaves,
    reasons_in_words,
    without_effect,
)

LONGEST_EDIT = 120


def policy_sections(document: PlanDocument, hidden: Hidden, *, every: bool) -> Iterator[Section]:
    """A section for each policy that changes something; ``every``: also for those that do not."""
    held = by_cause(document, held=True)
    for one in sorted(document.automations, key=lambda one: (not acts(one), one.id)):
        if acts(one) or (every and one.reasons):
            yield _automation(one, held.get(one.id, Counter())["remove"], hidden)
    for past in document.past:
        yield _past(past, held.get(past.id, Counter())["remove"], hidden)
    for order in document.orders:
        if order.state in ("new", "open"):
            yield _order(order, hidden)


def acts(one: AutomationReport) -> bool:
    """Whether anything changes by an automation."""
    again = one.losses.restart or one.losses.retake or one.blocked
    done = _GIVING & one.reasons.keys() or one.removes or one.reschedules or again
    return bool(done) or one.change != "unchanged" or bool(_baseline(one))


_GIVING = {"assigned", "no account", "blocked by capability", "held by guard"}


def _automation(one: AutomationReport, held: int, hidden: Hidden) -> Section:
    said = [f"{prose(hidden(one.description))}"] if one.description else []
    said.append(f"For whom: {prose(hidden(one.target), 400)}; {SCOPES[one.scope]}.")
    said.extend(due_in_words(one.due, few))
    said.extend(_edits(one.edits, hidden))
    counts = _reasons(one)
    effects = (
        ("Removed", one.removes, "have left the audience"),
        ("Held", held, "of the removed, by a guard"),
        ("Due date moved", one.reschedules, "get another due date"),
        ("Blocked", one.blocked, "the LMS cannot do it"),
        ("No due date", one.without_due, "of the assigned; their hire date is missing"),
        ("Late", one.late_rows, "first seen now, though hired before this rule began"),
        ("Baseline", _baseline(one), "are noted as existing, then left alone"),
    )
    counts += [[label, text, few(number)] for label, number, text in effects if number]
    return _section(one.id, one.title, said, counts, hidden)


def _baseline(one: AutomationReport) -> int:
    return one.baseline.size if one.baseline and one.baseline.starts else 0


def _past(one: PastReport, held: int, hidden: Hidden) -> Section:
    counts = [["Released", RELEASED, few(one.releases)]]
    if one.removes:
        counts.append(["Removed", "lose it", few(one.removes)])
    if held:
        counts.append(["Held", "of the removed, by a guard", few(held)])
    return _section(one.id, one.content, [leaves(one)], counts, hidden)


def _order(one: OrderReport, hidden: Hidden) -> Section:
    said = [f"An order, carried out once, for whom: {prose(hidden(one.target), 400)}."]
    if why := without_effect(one):
        said.append(why)
    said.extend(due_in_words(one.due, few))
    states = (
        ("Not started", one.not_started),
        ("In progress", one.in_progress),
        ("Completed", one.completed),
    )
    counts = [[label, "of the audience", few(number)] for label, number in states if number]
    return _section(one.id, one.title, said, counts + _reasons(one), hidden)


def _reasons(one: AutomationReport | OrderReport) -> list[list[str]]:
    return [[prose(why.label), why.meaning, few(why.people)] for why in reasons_in_words(one)]


def _section(
    name: str, title: str, said: list[str], counts: list[list[str]], hidden: Hidden
) -> Section:
    head, rows = table(["", "", "People"], counts, numbers=1)
    body = "\n\n".join([*said, "\n".join([head, *rows])])
    # Inside HTML a code span is not one, so the name is written as prose is.
    return Section(f"{prose(hidden(name))} → {prose(title)}", body, (), "", folded=True)


def _edits(edits: tuple[Edit, ...], hidden: Hidden) -> Iterator[str]:
    if edits:
        yield "\n".join(
            f"- {code(edit.key)}: {edited(edit.before, edit.key, hidden)} → "
            f"{edited(edit.after, edit.key, hidden)}"
            for edit in edits
        )


def edited(value: Any, key: str, hidden: Hidden) -> str:  # noqa: ANN401 a JSON value
    """A value that an edit took out or put in, without the ids of people."""
    if value is None:
        return "–"
    if "trainees" in key.split("."):
        return "_other people_"
    text = value if isinstance(value, str) else json.dumps(_uncounted(value), ensure_ascii=False)
    return code(hidden(text), LONGEST_EDIT)


def _uncounted(value: Any) -> Any:  # noqa: ANN401 a JSON value
    """A value in which the ids of named people are only counted."""
    match value:
        case dict():
            return {
                key: f"{len(part)} named" if key == "trainees" else _uncounted(part)
                for key, part in value.items()
            }
        case list():
            return [_uncounted(part) for part in value]
        case _:
            return value
