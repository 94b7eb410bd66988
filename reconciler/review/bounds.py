"""What bounds a plan: guards, the roster gate, whose doing it is."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from reconciler.review.deeds import DEEDS, deed
from reconciler.review.gate import renamed
from reconciler.review.model import PlanDocument
from reconciler.review.targets import target_in_words
from reconciler.review.words import Count, count

HELD = {
    "all": "A guard holds this plan: it is shown in full, and nothing of it is applied.",
    "a part": "A guard holds a part of this plan; the rest can be applied.",
}
UNFIT = "The roster looks wrong: nothing is taken away and nothing begins until it is right again."
DOING = {
    "undo": "undoing an earlier run, whatever the policies say",
    "this change": "this change of the policies",
    "policy": "a change of the policies that was not applied yet",
    "people": "people who came, moved or left, or a new version",
    "time": "the passing of time",
    "drift": "what somebody changed in the LMS",
}
"""Attribution (D5) in words."""


DOES = {
    "assign": ("assigns {}", "training"),
    "remove": ("removes {}", "training"),
    "restart": ("restarts {} in progress", "training"),
    "retake": ("has {} taken again", "completed training"),
    "reschedule": ("moves {}", "due date"),
}
"""What a change does by its actions, in the order in which it is told."""
PREVENTED = {
    "assign": "assignment",
    "remove": "removal",
    "restart": "restart",
    "retake": "retake",
    "reschedule": "new due date",
}


CLASSES = {
    "widening": "more people get it, or they keep more",
    "narrowing": "fewer people get it, or more is taken away",
    "retiming": "windows, due dates, renewals",
    "retroactive": "it reaches people who are here already",
    "cosmetic": "words for people, and names",
}


class Bounds(NamedTuple):
    """The parts of a document about what bounds the plan, as JSON values."""

    held: str
    fit: bool
    guards: tuple[dict[str, Any], ...]
    lifts: tuple[dict[str, Any], ...]
    attribution: dict[str, dict[str, int]]
    change: dict[str, Any] | None
    renames: tuple[dict[str, Any], ...]


def bounds_of(document: PlanDocument) -> Bounds:
    """Read them; of guards and gate, those that hold something or were lifted."""
    told = document.model_dump(mode="json", include={*Bounds._fields, "gate"})
    renames = (one.model_dump(mode="json") for one in renamed(document))
    compared = (*told["gate"], *renames, *told["guards"])
    return Bounds(
        held=told["held"],
        fit=told["fit"],
        guards=tuple(one for one in compared if one["breached"] or one["lifts"]),
        lifts=tuple(told["lifts"]),
        attribution=told["attribution"],
        change=told["change"],
        renames=tuple(told["renames"]),
    )


def may_be_applied(document: PlanDocument) -> bool:
    """Whether an apply of a plan would write anything, as far as the plan itself knows."""
    header = document.header
    return document.fit and document.held != "all" and not (header.what_if or header.read_only)


def doing(numbers: dict[str, int], count: Count = count) -> str:
    """Actions with their numbers in a line: assign 12 trainings, remove 3 trainings."""
    said = [
        f"{deed(action).title.lower()} {count(number, 'training')}"
        for action, number in sorted(numbers.items(), key=lambda one: _place(one[0]))
        if number
    ]
    return ", ".join(said) or "nothing"


def _place(action: str) -> tuple[int, str]:
    known = list(DEEDS)
    return (known.index(action) if action in known else len(known)), action


def change_in_words(change: Mapping[str, Any], count: Count = count) -> str:
    """What a change of policies does, in one sentence; ``count`` says its numbers."""
    if not change["is_known"]:
        return "What this change does cannot be told apart: the policies at its base are not valid."
    does, prevents = change["does"], change["prevents"]
    parts = [
        form.format(count(does[action], noun))
        for action, (form, noun) in DOES.items()
        if does.get(action)
    ]
    spared = [count(prevents[one], noun) for one, noun in PREVENTED.items() if prevents.get(one)]
    if spared:
        parts.append(f"prevents {_joined(spared)}")
    return f"This change {_joined(parts)}." if parts else "This change does nothing to anybody now."


def classes_in_words(edits: Iterable[Mapping[str, Any]]) -> str:
    """What the classes that some edits have mean."""
    used = {name for edit in edits for name in edit["classes"]}
    return " ".join(
        f"{name.capitalize()}: {said}." for name, said in CLASSES.items() if name in used
    )


def _joined(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def sides(edit: Mapping[str, Any]) -> tuple[Any, Any]:
    """What a policy said before an edit, and says after it; a target in words, naming nobody."""
    before, after = edit["before"], edit["after"]
    if edit["key"] != "target" or not (isinstance(before, dict) and isinstance(after, dict)):
        return before, after
    was, now = target_in_words(before), target_in_words(after)
    return was, (f"{now}, others" if now == was else now)
