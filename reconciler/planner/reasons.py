"""Why each trainee does or does not get something: the coded reasons of D4, in their order."""

from collections.abc import Iterable
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
    ASSIGNED = "assigned"


def shares(
    everyone: BitMap, rows: Iterable[tuple[Reason, BitMap]], rest: Reason
) -> dict[Reason, BitMap]:
    """Share out a set among reasons, first come, first served; who is left over gets ``rest``."""
    found: dict[Reason, BitMap] = {}
    left = everyone
    for reason, members in rows:
        if share := left & members:
            found[reason] = share
            left = left - share
    if left:
        found[rest] = left
    return found
