"""What the ledger learns from writes that the LMS carried out (A7, A12, A13, M4)."""

from collections.abc import Iterator

from pyroaring import BitMap

from reconciler.planner.actions import Action, Decision
from reconciler.records import SetChange, SetKey


def consequences(decision: Decision, done: BitMap) -> dict[SetKey, SetChange]:
    """The changes of the ledger's sets after a decision was carried out for ``done``."""
    return dict(_consequences(decision, done)) if done else {}


def _consequences(decision: Decision, done: BitMap) -> Iterator[tuple[SetKey, SetChange]]:
    content, added, taken = decision.content, SetChange(add=done), SetChange(remove=done)
    match decision.action:
        case Action.ASSIGN:
            for cause in decision.causes:
                yield SetKey("gave", cause, content), added
                if cause.startswith("automation."):
                    yield SetKey("held", cause, content), taken
                else:
                    yield SetKey("open", cause), taken
            yield SetKey("missing", "", content), taken
        case Action.RESCHEDULE:
            for cause in decision.causes:
                yield SetKey("redue", cause, content), taken
        case Action.REMOVE:
            for cause in decision.causes:
                for kind in ("gave", "held", "redue"):
                    yield SetKey(kind, cause, content), taken
            yield SetKey("ended", "", content), added
