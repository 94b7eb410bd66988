"""What a plan can do to an enrollment, and what an LMS may be unable to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pyroaring import BitMap

from reconciler.frames import Capabilities
from reconciler.planner.reasons import Reason

WITHDRAWN = "withdrawn"
"""The effect of a removal that ends an open retake and leaves the last completion (D3)."""

Why = Literal["new version", "order", "renewal"]
Resets = Literal["in_progress", "completed", "both"]


class Action(StrEnum):
    ASSIGN = "assign"
    RESTART = "restart"
    RETAKE = "retake"
    RESCHEDULE = "reschedule"
    REMOVE = "remove"


AGAIN = (Action.RESTART, Action.RETAKE)
"""What starts over work that was begun or done: the losses that a plan names (R1)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One action with one reason for a set of trainees.

    Attributes:
        content: Its id.
        action: What is done.
        effect: Tells variants of an action apart: ``new``, ``restored`` or ``returned`` (U) for an
            assignment, ``whole`` or ``courses`` for a restart or retake, ``moved`` or
            ``moved back`` (U) for a due date; for a removal the status (``not_started``,
            ``in_progress``), or ``withdrawn`` (D3).
        causes: The automations and orders behind it, sorted (A8).
        trainees: For whom. Disjoint from every other decision about the content, blocked ones
            apart: who is barred for one cause may get it for another.
        assigned: The assigned instant that is written (D7).
        blocked: Why it cannot be carried out; None where it can.
        why: What makes a restart or retake due, sorted (R).
        status: The status that the plan saw, where the write depends on it.
        courses: The chosen courses of a module that start over; None for the whole content.
        resets: Which of them do in a module in progress (R, A10).
        credited: How many courses of a module an assignment credits (C6).
        credit_after: Completions at or before it give no credit (C7); None: all may.
        credit_current: Whether only completions at the catalog's version give credit (C7).
        held: Whether a guard holds it (G4): it is shown, and not carried out.
    """

    content: str
    action: Action
    effect: str
    causes: tuple[str, ...]
    trainees: BitMap
    assigned: datetime | None = None
    blocked: Reason | None = None
    why: tuple[Why, ...] = ()
    status: str | None = None
    courses: tuple[str, ...] | None = None
    resets: Resets | None = None
    credited: int = 0
    credit_after: datetime | None = None
    credit_current: bool = False
    held: bool = False

    @property
    def is_carried_out(self) -> bool:
        """Whether an apply of the plan writes it."""
        return self.blocked is None and not self.held


def canonical(decision: Decision) -> tuple[object, ...]:
    """The order in which a plan holds its decisions, whatever they were made from first (D1)."""
    none = ""
    return (
        decision.content,
        decision.action,
        decision.effect,
        decision.causes,
        decision.blocked or none,
        decision.why,
        decision.status or none,
        decision.courses or (),
        decision.resets or none,
        decision.credited,
        decision.credit_after.isoformat() if decision.credit_after else none,
        decision.credit_current,
        decision.assigned.isoformat() if decision.assigned else none,
    )


def incapable(
    capabilities: Capabilities, action: Action, content: str, *, effect: str = ""
) -> bool:
    """Whether an LMS cannot do this to this content at all (D6)."""
    match action:
        case Action.ASSIGN:
            return content.startswith("module/") and not capabilities.modules
        case Action.RESTART | Action.RETAKE:
            return not (
                capabilities.reassigns and (effect != "courses" or capabilities.reassigns_courses)
            )
        case Action.RESCHEDULE:
            return not capabilities.due_dates
        case Action.REMOVE:
            return not (capabilities.withdraws if effect == WITHDRAWN else capabilities.removes)
