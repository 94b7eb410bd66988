"""The bounds that a story sets: guards and the roster gate."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

from reconciler.policy.guards import UNITS, RosterGate, WorkspaceGuards


class Bounded:
    """A story whose plans have limits; it holds them as ``limits``."""

    __slots__ = ()

    def gated(self, age: timedelta | None = None, **keys: Any) -> Self:
        """The roster gate, as it is written."""
        gate = RosterGate.model_validate(keys)
        return replace(self, limits=replace(self.limits, gate=gate, roster_age=age))

    def guarded(self, **keys: Any) -> Self:
        """Guards of the workspace, as they are written; what is not written is not bounded."""
        wide = {"assign": "unlimited", "remove": "unlimited", "restart_and_retake": "unlimited"}
        units = {unit: {"remove": "unlimited"} for unit in UNITS}
        written = WorkspaceGuards.model_validate({"all": wide, **units, **keys})
        return replace(self, limits=replace(self.limits, guards=written))
