"""What bounds a plan: guards, the roster gate, whose doing it is."""

from typing import Any, NamedTuple

from reconciler.review.deeds import deed
from reconciler.review.model import PlanDocument
from reconciler.review.words import Count, count

HELD = {
    "all": "A guard holds this plan: it is shown in full, and nothing of it is applied.",
    "a part": "A guard holds a part of this plan; the rest can be applied.",
}
UNFIT = "The roster looks wrong: nothing is taken away and nothing begins until it is right again."
DOING = {
    "undo": "undoing an earlier run, whatever the policies say",
    "policy": "this change, or an earlier one not yet applied",
    "people": "people who joined, moved or left since the last apply",
    "time": "the passing of time",
    "drift": "what somebody changed in the LMS",
}
"""Attribution (D5) in words."""


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
    told = document.model_dump(mode="json")
    compared = (*told["gate"], *told["guards"])
    return Bounds(
        held=told["held"],
        fit=told["fit"],
        guards=tuple(one for one in compared if one["breached"] or one["lifts"]),
        lifts=tuple(told["lifts"]),
        attribution=told["attribution"],
        change=told["change"],
        renames=tuple(told["renames"]),
    )


def doing(numbers: dict[str, int], count: Count = count) -> str:
    """Actions with their numbers in a line: assign 12 trainings, remove 3 trainings."""
    said = [
        f"{deed(action).title.lower()} {count(number, 'training')}"
        for action, number in numbers.items()
        if number
    ]
    return ", ".join(said) or "nothing"
