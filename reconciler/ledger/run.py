"""Runs of an apply, as the ledger keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from pyroaring import BitMap

from reconciler.records import Intent, Seen

RunState = Literal["running", "complete", "partial", "failed"]
"""``running`` is also what a run is that was killed; ``failed``, once another has begun since."""


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run about to begin.

    Attributes:
        expected_head: The hash of the last entry of the log when its plan read the ledger.
        as_of: The instant of its plan.
        started: When it begins.
        digest: That of its plan.
        tool_version: Of the program.
        fence: Of the lease under which it writes; 0 in a ledger that was never leased.
        planned: All that it sets out to do, one for each decision.
        texts: The text of each rule that acts in it.
        evidence: What the log is to tell of it: who, for which commit, what was approved.
        undoes: The run that it undoes; None for a run of the policies.
        after_undo: Nobody has looked at it, nor at any since the last undo (D5e).
        seen: What its plan saw in the LMS, by content (A13e).
    """

    expected_head: str
    as_of: datetime
    started: datetime
    digest: str
    tool_version: str
    fence: int = 0
    planned: tuple[Intent, ...] = ()
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=_nothing)
    evidence: Mapping[str, Any] = field(default_factory=_nothing)
    undoes: int | None = None
    after_undo: bool = False
    seen: Mapping[str, Seen] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Intents that go to the LMS in one call: rows ``first`` to ``last`` of the run's actions."""

    intents: tuple[Intent, ...]
    first: int
    last: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Rows of an intent of a batch that did not end as done; ``place`` is its place there."""

    place: int
    result: str
    detail: str | None
    trainees: BitMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the LMS said to a batch. ``entry`` is the entry of its sending in the log."""

    entry: int
    counts: Mapping[str, int]
    troubles: tuple[Trouble, ...]
    at: datetime


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
