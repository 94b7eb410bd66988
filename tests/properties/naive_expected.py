"""What the naive planner decides, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from reconciler.records import SetKey
from tests.properties.naive_scene import Memory, Scene


class OrdersClash(Exception):
    """One order gives what another takes, in one plan (A8)."""


@dataclass(frozen=True)
class Action:
    """What is to be written for one enrollment, with all its causes (A8).

    ``courses``: which start over, all where None. ``credited``: each course's completion (C);
    ``credit_after`` and ``credit_current``: which completions give none (C7a).
    """

    kind: Literal["assign", "restart", "retake", "reschedule", "remove"]
    causes: frozenset[str]
    due: datetime | None = None
    assigned: datetime | None = None
    restored: bool = False
    withdrawn: bool = False
    courses: frozenset[str] | None = None
    credited: Mapping[str, tuple[datetime, int | None]] = field(default_factory=dict)
    credit_after: datetime | None = None
    credit_current: bool = False


@dataclass
class Expected:
    """What a plan holds. ``ledger``, ``records`` and ``orders`` are as D8's transaction leaves them.

    ``actions`` by (trainee, content); ``blocked`` by (trainee, content, cause); ``reasons`` by
    automation or order, over the rows of the roster, with nobody left out who is in a target
    or undecided (D4).
    """

    actions: dict[tuple[str, str], Action] = field(default_factory=dict)
    blocked: dict[tuple[str, str, str], str] = field(default_factory=dict)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)
    ledger: dict[SetKey, frozenset[str]] = field(default_factory=dict)
    records: dict[tuple[str, str], tuple[str, datetime | None]] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    memory: Memory | None = field(default=None, repr=False, compare=False)
    scene: Scene | None = field(default=None, repr=False, compare=False)
