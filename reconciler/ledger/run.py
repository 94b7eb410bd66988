"""Runs of an apply, as the ledger keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RunState = Literal["running", "complete", "partial", "failed"]
"""``running`` is also what a run is that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run about to begin. ``expected_serial`` is the serial of the state that its plan read."""

    expected_serial: int
    as_of: datetime
    started: datetime
    digest: str
    tool_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as recorded. ``counts`` are those given when it finished."""

    serial: int
    as_of: datetime
    started: datetime
    finished: datetime | None
    state: RunState
    digest: str
    counts: Mapping[str, int]
    tool_version: str
