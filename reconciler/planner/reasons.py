"""Why each trainee does or does not get something: the coded reasons of D4, in their order."""

from collections.abc import Mapping
from enum import StrEnum

from pyroaring import BitMap


class Reason(StrEnum):
    """The codes of D4 and D4c. The order of the members is the order in which they apply."""

    INACTIVE = "inactive"
    ACTIVITY_UNKNOWN = "activity unknown"
    UNDECIDED = "undecided"
    REASSIGNED = "reassigned"
    SATISFIED = "satisfied"
    NOT_ENROLLED = "not enrolled"
    EXEMPT = "exempt"
    REMOVED = "removed by order"
    RESPECTED = "removal respected"
    PAUSED = "paused"
    CLOSED = "window not open"
    BASELINE = "baseline"
    NO_ACCOUNT = "no account"
    NOT_CAPABLE = "blocked by capability"
    HELD = "held by guard"
    ASSIGNED = "assigned"


def moved(
    found: Mapping[Reason, BitMap], members: BitMap, source: Reason, to: Reason
) -> dict[Reason, BitMap]:
    """The same reasons, but for some members who have another one instead of ``source``."""
    share = found.get(source, BitMap()) & members
    if not share:
        return dict(found)
    rest = {**found, source: found[source] - share, to: found.get(to, BitMap()) | share}
    return {code: rest[code] for code in Reason if rest.get(code)}
