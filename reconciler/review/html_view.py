"""What a report shows above its table of actions: numbers, bars and notes, ready to be laid out."""

import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from reconciler.review.bounds import (
    DOING,
    HELD,
    UNFIT,
    bounds_of,
    change_in_words,
    classes_in_words,
    doing,
    may_be_applied,
    sides,
)
from reconciler.review.deeds import CHIEF, by_action, by_cause, by_location, deed, titles
from reconciler.review.html_rows import MOST_ROWS
from reconciler.review.model import AutomationReport, OrderReport, PlanDocument
from reconciler.review.notes import notes
from reconciler.review.undo import undo_parts
from reconciler.review.words import (
    RELEASED,
    SCOPES,
    due_in_words,
    edited,
    leaves,
    local,
    reasons_in_words,
    value,
    verdict,
    window,
    without_effect,
)

MOST_PLACES = 200
KINDS = ("gain", "shift", "loss")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of up to three parts, each from ``start`` on, in hundredths of the longest bar."""

    name: str
    total: int
    parts: tuple[tuple[str, float, float], ...]
    says: str


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """A policy with its bar, and what opens below it."""

    bar: Bar
    title: str
    mark: str
    said: tuple[str, ...]
    reasons: tuple[tuple[str, int, str, float], ...]
    edits: tuple[str, ...]


def view(document: PlanDocument, actions: pl.DataFrame, *, file: str) -> dict[str, Any]:
    """Everything that the template lays out, by name."""
    header, counted = document.header, by_action(document)
    places = by_location(actions)
    return {
        "document": document,
        "verdict": _verdict(document),
        "undo": list(undo_parts(document)),
        "numbers": list(_numbers(document, counted)),
        "cards": list(_cards(document)),
        "quiet": [one for one in document.automations if not _acts(one, document)],
        "places": _place_bars(places.head(MOST_PLACES)),
        "places_left": max(0, len(places) - MOST_PLACES),
        "notes": list(notes(document)),
        "bounds": bounds_of(document),
        "held": HELD.get(bounds_of(document).held, ""),
        "unfit": "" if bounds_of(document).fit else UNFIT,
        "doing": doing,
        "whose": DOING,
        "edited": value,
        "sides": sides,
        "change_in_words": change_in_words,
        "classes_in_words": classes_in_words,
        "exemptions": [one for one in document.exemptions if not one.expired],
        "as_of": local(header.as_of, header.timezone),
        "expires": local(header.expires, header.timezone),
        "appliable": may_be_applied(document),
        "command": f"reconciler apply {shlex.quote(file)}",
        "rows": len(actions),
        "most_rows": MOST_ROWS,
        "actions": sorted(counted, key=lambda name: (name not in CHIEF, deed(name).title)),
        "titles_of_actions": {name: deed(name).title for name in counted},
    }


def _verdict(document: PlanDocument) -> str:
    whole = verdict(document.totals.model_dump())
    return f"Undo of run {document.undo.run}. {whole}" if document.undo else whole


def _numbers(document: PlanDocument, counted: Counter[str]) -> Iterator[dict[str, Any]]:
    """The four numbers, and the others that are not nought."""
    for name in (*CHIEF, *sorted(counted.keys() - set(CHIEF))):
        yield {
            "label": deed(name).title,
            "value": counted[name],
            "text": deed(name).done,
            "kind": _kind(name),
        }
    if document.totals.blocked:
        text = "cannot be carried out"
        yield {"label": "Blocked", "value": document.totals.blocked, "text": text, "kind": "loss"}


def _kind(action: str) -> str:
    if deed(action).loses:
        return "loss"
    return "gain" if action == "assign" else "shift"


def _acts(one: AutomationReport, document: PlanDocument) -> bool:
    caused = any(one.id in decision.causes for decision in document.decisions)
    return caused or one.change != "unchanged"


def _cards(document: PlanDocument) -> Iterator[PolicyCard]:
    counted, held = by_cause(document), by_cause(document, held=True)
    longest = max((counts.total() for counts in counted.values()), default=0)
    told: list[PolicyCard] = []
    for one in document.automations:
        if _acts(one, document):
            bar = _bar(one.id, counted.get(one.id, Counter()), longest)
            told.append(_automation(one, held.get(one.id, Counter())["remove"], bar))
    for order in document.orders:
        if order.state != "done" or order.text_changed or order.id in counted:
            bar = _bar(order.id, counted.get(order.id, Counter()), longest)
            told.append(_order(order, bar, document))
    called = titles(document)
    if document.undo:
        told += _undone_cards(document, counted, longest)
    for past in document.past:
        bar = _bar(past.id, counted.get(past.id, Counter()), longest)
        said = [leaves(past), f"Released: {past.releases:,} {RELEASED}."]
        said += _held(held.get(past.id, Counter())["remove"])
        title = called.get(past.content, past.content)
        told.append(PolicyCard(bar, title, past.state, tuple(said), (), ()))
    yield from sorted(told, key=lambda card: (-_lost(card.bar), -card.bar.total, card.bar.name))


def _undone_cards(
    document: PlanDocument, counted: dict[str, Counter[str]], longest: int
) -> Iterator[PolicyCard]:
    """The rules whose doing is undone."""
    contents = {cause: one.content for one in document.decisions for cause in one.causes}
    called = titles(document)
    for rule, counts in sorted(counted.items()):
        title = called.get(contents[rule], contents[rule])
        yield PolicyCard(_bar(rule, counts, longest), title, "undone", (), (), ())


def _lost(bar: Bar) -> float:
    return sum(width for kind, _, width in bar.parts if kind == "loss")


def _bar(name: str, counts: Counter[str], longest: int) -> Bar:
    by_kind: Counter[str] = Counter()
    for action, number in counts.items():
        by_kind[_kind(action)] += number
    parts, start = [], 0.0
    for kind in KINDS:
        if by_kind[kind]:
            width = max(0.6, round(by_kind[kind] / longest * 100, 2))
            parts.append((kind, start, width))
            start += width
    said = ", ".join(f"{deed(action).title.lower()} {n:,}" for action, n in sorted(counts.items()))
    return Bar(name, counts.total(), tuple(parts), said or "nothing now")


def _place_bars(places: pl.DataFrame) -> list[Bar]:
    names = [name for name in places.columns if name not in ("location", "people", "rows")]
    longest = int(places["rows"].max() or 0) if len(places) else 0  # type: ignore[arg-type]
    return [
        _bar(row["location"], Counter({n: row[n] for n in names if row[n]}), longest)
        for row in places.iter_rows(named=True)
    ]


def _automation(one: AutomationReport, held: int, bar: Bar) -> PolicyCard:
    said = [one.description] if one.description else []
    said.append(f"For: {one.target}.")
    said.append(f"{SCOPES[one.scope].capitalize()}. {window(one).capitalize()}.")
    if one.owner:
        said.append(f"Owner: {one.owner}.")
    said += due_in_words(one.due)
    said += [f"{label}: {number:,} {text}" for label, number, text in _effects(one) if number]
    said += _held(held)
    marks = [] if one.change == "unchanged" else [one.change]
    mark = ", ".join([*marks, *(["paused"] if one.paused else [])])
    edits = tuple(edited(edit) for edit in one.edits)
    return PolicyCard(bar, one.title, mark, tuple(said), _reasons(one), edits)


def _held(removed: int) -> list[str]:
    return [f"Held: {removed:,} of the removed, by a guard."] if removed else []


def _effects(one: AutomationReport) -> Iterator[tuple[str, int, str]]:
    yield "Removed", one.removes, "have left its audience."
    yield "Given back", one.restores, "of the assigned had it, and somebody removed it in the LMS."
    yield "Due date moved", one.reschedules, "get another due date."
    yield "Blocked", one.blocked, "to be removed or moved, which the LMS cannot do."
    yield "No due date", one.without_due, "of the assigned, whose hire date is missing."
    yield "Late", one.late_rows, "first seen now, though hired before this rule began."
    if one.baseline and one.baseline.starts:
        yield "Baseline", one.baseline.size, "noted as existing by this apply, then left alone."


def _order(one: OrderReport, bar: Bar, document: PlanDocument) -> PolicyCard:
    said = [f"An order, carried out once, for: {one.target}."]
    if one.state != "new":
        said.append(f"Recorded {local(one.as_of, document.header.timezone)}.")
    if one.state == "cancelled":
        said.append("It was gone from the files." if one.is_back else "Gone from the files.")
    if one.cancelled_rows:
        said.append(f"Not carried out for {one.cancelled_rows:,}.")
    if why := without_effect(one):
        said.append(why)
    said += due_in_words(one.due)
    return PolicyCard(bar, one.title, one.state, tuple(said), _reasons(one), ())


def _reasons(one: AutomationReport | OrderReport) -> tuple[tuple[str, int, str, float], ...]:
    whole = sum(one.reasons.values()) or 1
    return tuple(
        (why.label, why.people, why.meaning, round(why.people / whole * 100, 2))
        for why in reasons_in_words(one)
    )
