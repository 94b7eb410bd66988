"""What a plan can do to an enrollment, and what an LMS may be unable to do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pyroaring import BitMap

from reconciler.frames import Capabilities
from reconciler.planner.reasons import Reason


class Action(StrEnum):
    ASSIGN = "assign"
    RESCHEDULE = "reschedule"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Decision:
    """One action with one reason for a set of trainees.

    Attributes:
        content: Its id.
        action: What is done.
        effect: Tells variants of an action apart: ``new`` or ``restored`` for an assignment, the
            status (``not_started``, ``in_progress``) for a removal, ``moved`` for a due date.
        causes: The automations and orders behind it, sorted (A8).
        trainees: For whom. Disjoint from every other decision about the content, blocked ones
            apart: who is barred for one cause may get it for another.
        assigned: The assigned instant that an assignment writes (D7).
        blocked: Why it cannot be carried out; None where it can.
        held: Whether a guard holds it (G4): it is shown, and not carried out.
    """

    content: str
    action: Action
    effect: str
    causes: tuple[str, ...]
    trainees: BitMap
    assigned: datetime | None = None
    blocked: Reason | None = None
    held: bool = False

    @property
    def is_carried_out(self) -> bool:
        """Whether an apply of the plan writes it."""
        return self.blocked is None and not self.held


def incapable(capabilities: Capabilities, action: Action, content: str) -> bool:
    """Whether an LMS cannot do this to this content at all (D6)."""
    match action:
        case Action.ASSIGN:
            return content.startswith("module/") and not capabilities.modules
        case Action.RESCHEDULE:
            return not capabilities.due_dates
        case Action.REMOVE:
            return not capabilities.removes
