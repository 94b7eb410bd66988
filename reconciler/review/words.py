"""The words in which a plan speaks to people who have never seen one."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from reconciler.review.dues import DueDates
from reconciler.review.model import AutomationReport, Edit, OrderReport, PastReport

REASONS = {
    "assigned": ("Assigned now", "will be enrolled"),
    "reassigned": ("Starts over", "are to take it again, or lose their progress in it"),
    "satisfied": ("Enrolled already", "left as they are"),
    "baseline": ("Existing", "were here before this rule began, so it is not for them"),
    "not enrolled": ("Not enrolled", "do not have it, so there is nothing to do"),
    "exempt": ("Exempt", "left out by an exemption"),
    "removed by order": ("Taken away", "a removal took it, or takes it now"),
    "undecided": ("Undecided", "cannot be told, because a value is missing"),
    "inactive": ("Inactive", "do not work here any more"),
    "activity unknown": ("Unknown", "have no status that says whether they work here"),
    "removal respected": (
        "Left out",
        "somebody removed it in the LMS, and this rule respects that",
    ),
    "paused": ("Paused", "would be looked at if the rule were not paused"),
    "window not open": ("Not now", "match, but the window is not open"),
    "no account": ("No account", "cannot be enrolled: no account in the LMS"),
    "blocked by capability": ("Blocked", "the LMS cannot do this"),
    "held by guard": ("Held", "would get it or lose it, but a guard holds that"),
}
"""Reason code of D4 to a label and what it means, in the order in which a plan shows them."""

TOO_NEAR = "the day that the rule says is over, or too near"
POSTPONED = f"of the assigned: {TOO_NEAR}"
HELD = {"reassignment": "would start over", "removal": "would be removed"}
"""What a guard holds of an order, by its kind; of an automation it may be either (D4)."""
SOME_HOURS = 2
WHY = {
    "new version": "a new version was published",
    "order": "an order says so",
    "renewal": "a completion has come to its renewal",
}
SCOPES = {
    "future-only": "for people who join from its start on",
    "future-and-existing": "for everybody, people here already included",
}
RELEASED = "keep what they have; this rule answers for it no more"
ON_EXIT = {
    "keep": "is kept",
    "remove-not-started": "is removed where not started",
    "remove": "is removed unless completed",
}


DRIFTS = {
    "missing": "missing",
    "extra": "extra",
    "changed due date": "changed due dates",
    "reopened": "reopened",
}
"""The classes of drift in the order in which they are told, with what several are called (A13f)."""


class Reasoned(NamedTuple):
    """Why some people do or do not get what a rule gives."""

    code: str
    label: str
    meaning: str
    people: int


def reasons_in_words(one: AutomationReport | OrderReport) -> Iterator[Reasoned]:
    """The reasons of a rule in their order, and behind them those that are not known here."""
    for code, (label, meaning) in REASONS.items():
        if number := one.reasons.get(code):
            said = _held(one) if code == "held by guard" else meaning
            yield Reasoned(code, label, said, number)
    for code in sorted(one.reasons.keys() - REASONS.keys()):
        yield Reasoned(code, code, "", one.reasons[code])


def _held(one: AutomationReport | OrderReport) -> str:
    again = " or start over" if one.losses.restart or one.losses.retake else ""
    what = HELD.get(one.id.partition(".")[0], f"would be enrolled{again}")
    return f"{what}, but a guard holds it"


class Count(Protocol):
    """Says a number with its noun."""

    def __call__(self, number: int, singular: str, plural: str | None = None) -> str: ...


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: 1 person, 1,200 people."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def enumerated(parts: Sequence[str]) -> str:
    """Some things in a sentence: one, two and three."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def drifted(by: Mapping[str, int], count: Count = count) -> str:
    """What others changed, by class: 3 missing, 1 extra and 2 changed due dates."""
    told = [count(by[one], one, several) for one, several in DRIFTS.items() if by.get(one)]
    return enumerated(told)


def without_effect(one: OrderReport) -> str | None:
    """Why what the files say of an order has no effect (M4); None where it has, or says nothing."""
    if one.is_back:
        what = "It was cancelled, and stands in the files again"
    elif one.text_changed:
        what = "Its text was changed after it was recorded"
    else:
        return None
    return f"{what}. That has no effect; for something new, write it under a new name."


def hours(minutes: int) -> str:
    """Minutes as people say them: 45 minutes, 1,200 hours."""
    if minutes < SOME_HOURS * 60:
        return count(minutes, "minute")
    return f"{minutes / 60:,.0f} hours"


def local(instant: datetime, timezone: str) -> str:
    """An instant as the workspace's clocks show it."""
    return f"{instant.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def verdict(document_totals: Mapping[str, Any], count: Count = count) -> str:
    """The plan in one sentence; ``count`` says its numbers."""
    parts = []
    if new := document_totals["assign"] - document_totals["restore"]:
        parts.append(f"assigns {count(new, 'training')}")
    if restored := document_totals["restore"]:
        parts.append(f"gives back {count(restored, 'removed training')}")
    losses = document_totals["losses"]
    if restarted := losses["restart"]:
        parts.append(f"restarts {count(restarted, 'training')} in progress")
    if retaken := losses["retake"]:
        parts.append(f"has {count(retaken, 'completed training')} taken again")
    if removed := document_totals["remove"] - document_totals["withdrawn"]:
        parts.append(f"removes {count(removed, 'training')}")
    if withdrawn := document_totals["withdrawn"]:
        parts.append(f"withdraws {count(withdrawn, 'retake')}")
    if moved := document_totals["reschedule"]:
        parts.append(f"moves {count(moved, 'due date')}")
    if not parts and document_totals["ledger_changes"]:
        return "This plan changes nobody's training; it only notes what the rules say now."
    if not parts:
        return "No changes: nothing is to be assigned, removed or moved."
    touched = count(document_totals["trainees"], "person", "people")
    return f"This plan {enumerated(parts)}, for {touched} in all."


def window(one: AutomationReport) -> str:
    """When a rule's window is open, and whether it is now."""
    if one.window_start is None and one.window_end is None:
        return "no end date"
    start = f"from {_moment(one.window_start)}" if one.window_start else ""
    end = f"until {_moment(one.window_end)}" if one.window_end else ""
    state = "open" if one.is_open else "not open now"
    return f"{' '.join(filter(None, (start, end)))}, {state}"


def leaves(one: PastReport) -> str:
    """What becomes of the enrollments of a rule that has gone."""
    gone = "Gone from the files" if one.state == "retired" else "Assigns something else now"
    return f"{gone}; what it gave {ON_EXIT[one.on_exit]}."


def due_days(dues: DueDates) -> str:
    """The day on which all is due, or the first and the last."""
    return str(dues.first) if dues.first == dues.last else f"{dues.first} to {dues.last}"


def due_in_words(dues: DueDates | None, number: Callable[[int], str] = "{:,}".format) -> list[str]:
    """When that is due what a rule gives, as a sentence; nothing where nothing is due."""
    if dues is None:
        return []
    late = f"; postponed for {number(dues.postponed)} {POSTPONED}" if dues.postponed else ""
    return [f"Due: {due_days(dues)}{late}."]


def _moment(written: str) -> str:
    """A day as it is; an instant to the minute, with its offset if it has one."""
    if "T" not in written:
        return written
    return f"{datetime.fromisoformat(written):%Y-%m-%d %H:%M %z}".strip()


def edited(edit: Edit) -> str:
    """What has become of one key of a rule."""
    if edit.before is None:
        return f"{edit.key}: {value(edit.after)} added"
    if edit.after is None:
        return f"{edit.key}: {value(edit.before)} taken out"
    return f"{edit.key}: {value(edit.before)} → {value(edit.after)}"


def value(written: Any) -> str:  # noqa: ANN401 a JSON value
    """A value of a policy as one line; a dash for none."""
    if written is None:
        return "–"
    return written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)
