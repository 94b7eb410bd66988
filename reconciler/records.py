"""What the ledger remembers, as frozen values: read by the planner, written by the ledger.

Trainees are numbers here: the ledger's own integers, 0 … n−1, one for every id that it has ever
seen. The planner uses the same numbers as its positions, so that a stored set is used as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

K = TypeVar("K")


class SetKey(NamedTuple):
    """The name of one stored set of trainees.

    ==========  ======================  ==========================================================
    kind        owner                   who is in it
    ==========  ======================  ==========================================================
    baseline    automation.NAME         existing when the automation began (A3); by content
    gave        automation or order     whose present enrollment it gave (A12); by content
    held        automation or order     whose enrollment it found and holds (A7, A8b); by content
    redue       automation.NAME         whose due date an edit has yet to move (A9, D8); by content
    audience    an order                whom the order found when it was recorded (M4)
    open        an order                whose row of the order is not finished (M4)
    taken       removal.NAME            from whom it took something, whom it binds (M3); by content
    freed       automation.NAME         bound, and seen not matching it since (M3); by content
    ended       ""                      from whom the reconciler took the content (M1); by content
    missing     ""                      given, and removed by somebody; wanted by nobody (A13)
    present     ""                      who was in the roster at the last apply (P5)
    filled      attribute               for whom the attribute has been filled (A4, A4d)
    because     ATTRIBUTION.ACTION      whose unfinished row keeps that attribution (D8); by content
    because     ATTRIBUTION.held.ACTION whose row that a guard held keeps it (D8, D5e); by content
    today       DAY.ACTION              for whom standing approval did it that day; by content
    lifted      GUARD.ACTION            whose unfinished row a lift let through (G4b); by content
    ==========  ======================  ==========================================================

    GUARD is POLICY.KIND.UNIT. In sets of an earlier version it is missing; they lift nothing.
    """

    kind: str
    owner: str = ""
    content: str = ""

    def renamed(self, names: Mapping[str, str]) -> "SetKey":
        """The set once automations have new names (A15): the owner's, or of the owner's guard."""
        words = self.owner.split(".")
        whose, rest = ".".join(words[:2]), words[2:]
        return self._replace(owner=".".join((names.get(whose, whose), *rest)))


REMEMBERED = ("gave", "held", "redue", "taken", "freed", "ended", "missing")
"""The kinds of sets that are about enrollments: what a write changes and an undo gives back."""
UNDO = "undo."
"""How the cause of an undo begins; the number of the run that is undone follows."""


def undone_run(causes: Iterable[str]) -> int | None:
    """The run that is undone, among the causes of an action."""
    named = (cause.removeprefix(UNDO) for cause in causes if cause.startswith(UNDO))
    return next((int(number) for number in named), None)


AutomationState = Literal["live", "retired", "replaced"]
OrderState = Literal["open", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class AutomationRecord:
    """An automation as last applied. One for each content that it ever had (A14).

    ``state``: live; ``retired`` when it has gone from the files; ``replaced`` when its ``assign``
    changed. ``text`` is canonical, its groups expanded. ``started`` is the effective start (A3).
    ``present`` is the as-of of the last apply that found it in the files.
    """

    id: str
    content: str
    text: Mapping[str, Any]
    state: AutomationState
    started: datetime | None
    present: datetime

    @property
    def on_exit(self) -> str:
        """What its ``on_exit`` does once it has gone: as last applied; paused, it keeps (A14).

        What another version of the language calls otherwise keeps, too: nothing is taken by it.
        """
        written = self.text.get("on_exit")
        takes = written in ("remove", "remove-not-started") and not self.text.get("paused")
        return str(written) if takes else "keep"


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """A one-off order as recorded before its first write (M4)."""

    id: str
    content: str
    text: Mapping[str, Any]
    state: OrderState
    as_of: datetime


@dataclass(frozen=True, slots=True)
class LiftRecord:
    """A lift of a guard that an apply has used; it lifts nothing any more (G4a)."""

    id: str
    used: datetime


ORDER_KINDS = ("assignment", "reassignment", "removal")
"""With what the ids of orders begin."""
ActionName = Literal["assign", "restart", "retake", "reschedule", "remove"]


@dataclass(frozen=True, slots=True)
class Intent:
    """Part of a batch that is sent to the LMS: the rows of one decision.

    The ledger gives back those whose outcome was not noted: a run was cut off. ``action``,
    ``effect``, ``causes`` and ``assigned`` are those of the decision; ``number`` is the ledger's.
    ``due`` is what is written for all rows; or ``details`` tell for each, as DETAILS in the order
    of the trainees' numbers. A rule that was forgotten since is no cause any more (A16a); of its
    orders the ``disowned`` were, so it closes their rows and gives nothing to them (M4e).
    """

    content: str
    action: str
    causes: tuple[str, ...]
    trainees: BitMap
    assigned: datetime | None = None
    effect: str = ""
    number: int = 0
    due: datetime | None = None
    details: pl.DataFrame | None = None
    disowned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an apply saw of one content in the LMS, before its first write.

    ``due`` are the due instants of who was enrolled and had not completed it, in the order of the
    trainees' numbers, in UTC; NaT for none.
    """

    enrolled: BitMap
    completed: BitMap
    due: NDArray[np.datetime64]

    @property
    def open(self) -> BitMap:
        return self.enrolled - self.completed


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an intent: done, so already as it was asked, or nobody has noted yet."""

    intent: Intent
    done: BitMap
    already: BitMap
    doubtful: BitMap


@dataclass(frozen=True, slots=True)
class LastApply:
    """The last run, what it saw in the LMS by content, and what it sent there after that."""

    serial: int
    as_of: datetime
    started: datetime
    seen: Mapping[str, Seen]
    written: tuple[Written, ...] = ()


def gathered(named: Iterable[tuple[K, BitMap]]) -> dict[K, BitMap]:
    """All who stand under each name, in the order in which the names first come.

    Not to be changed in place: what alone has its name is taken as it is.
    """
    found: dict[K, BitMap] = {}
    for name, who in named:
        found[name] = found[name] | who if name in found else who
    return found


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Deed:
    """What a run did by one decision.

    ``rows`` are the trainees for whom it was done, or may be, by ``number``, with DETAILS.
    """

    content: str
    action: str
    effect: str
    causes: tuple[str, ...]
    assigned: datetime | None
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that an undo is about, as the journal tells.

    ``later``: by content, whom a later run gave it or took it from. ``remembered``: the sets of its
    enrollments before it wrote them; ``restored``: those that it gave back, being an undo itself.
    ``undone_by``: the runs that undid it, or a part of it. ``disowned``: by content, who had it
    from nobody but rules and orders that were forgotten since.
    """

    serial: int
    as_of: datetime
    state: str
    by: str
    deeds: tuple[Deed, ...]
    later: Mapping[str, BitMap]
    remembered: Mapping[SetKey, BitMap]
    restored: Mapping[SetKey, BitMap]
    undone_by: tuple[int, ...]
    disowned: Mapping[str, BitMap] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class LedgerState:
    """All that a plan needs of the ledger.

    ``trainees``: the ids by number, in order. ``last_seen``: number to the as-of of the last apply
    that saw the trainee, for those who were absent at the last apply. ``serial``: how many runs.
    ``head``: the hash of the last entry of the log, from before ledger and LMS were read.
    ``intents``: what the last run sent and did not see the end of. ``lifts``: when each was used.
    ``census``: what the last apply saw in its roster, by attribute and value (A3).
    ``applied``: the texts last applied that are in no record: by name the exemptions (D5), and the
    values that have moved (A15).
    ``last_as_of`` is that of the last run that was no undo, ``undone_as_of`` of an undo since.
    ``unlooked_undo``: since the last undo nothing was applied that somebody has looked at (D5e).
    ``past``: the runs that an undo is about, by serial.
    """

    lineage: str
    serial: int = 0
    head: str = ""
    last_as_of: datetime | None = None
    trainees: pl.Series = field(default_factory=lambda: pl.Series("trainee", [], dtype=pl.String))
    last_seen: Mapping[int, datetime] = field(default_factory=_nothing)
    automations: tuple[AutomationRecord, ...] = ()
    orders: tuple[OrderRecord, ...] = ()
    sets: Mapping[SetKey, BitMap] = field(default_factory=_nothing)
    intents: tuple[Intent, ...] = ()
    lifts: Mapping[str, datetime] = field(default_factory=_nothing)
    census: Mapping[str, Mapping[str, BitMap]] = field(default_factory=_nothing)
    applied: Mapping[str, Any] = field(default_factory=_nothing)
    undone_as_of: datetime | None = None
    unlooked_undo: bool = False
    past: Mapping[int, PastRun] = field(default_factory=_nothing)

    @property
    def latest_as_of(self) -> datetime | None:
        """The as-of of the last run, an undo or not."""
        return self.undone_as_of or self.last_as_of

    def members(self, kind: str, owner: str = "", content: str = "") -> BitMap:
        """A stored set; empty where there is none. Not to be changed in place."""
        return self.sets.get(SetKey(kind, owner, content), BitMap())


@dataclass(frozen=True, slots=True)
class SetChange:
    """Who joins and who leaves one stored set."""

    add: BitMap = field(default_factory=BitMap)
    remove: BitMap = field(default_factory=BitMap)

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)

    def then(self, later: "SetChange") -> "SetChange":
        """Both changes as one: this first, ``later`` after it."""
        return SetChange(
            add=(self.add - later.remove) | later.add,
            remove=(self.remove - later.add) | later.remove,
        )

    def applied_to(self, members: BitMap) -> BitMap:
        return (members - self.remove) | self.add


@dataclass(frozen=True, slots=True)
class LedgerChanges:
    """What an apply writes into the ledger before its first write to the LMS (D8).

    ``renamed``: old automation id to new (A15), carried out first. Records are put in place of
    those with the same key. An empty value changes nothing beside the run. ``settled`` tells for
    each intent that a run left open, by its number, whom the LMS shows it to be done for.
    """

    renamed: Mapping[str, str] = field(default_factory=_nothing)
    automations: tuple[AutomationRecord, ...] = ()
    orders: tuple[OrderRecord, ...] = ()
    sets: Mapping[SetKey, SetChange] = field(default_factory=_nothing)
    lifts: tuple[LiftRecord, ...] = ()
    settled: Mapping[int, BitMap] = field(default_factory=_nothing)

    def __bool__(self) -> bool:
        records = self.automations or self.orders or self.lifts
        return bool(self.renamed or records or any(self.sets.values()))


@dataclass(frozen=True, slots=True)
class Sighting:
    """Whom the roster of a run showed (P5); every apply writes it, an empty one too.

    ``newcomers`` are ids without a number yet: they get the next ones, in this order. ``marks`` are
    what is remembered of rows until they are finished (G4b, D8). ``census`` is worked out when it
    is written: a plan that is only shown needs none.
    """

    newcomers: pl.Series
    present: BitMap
    filled: Mapping[str, BitMap]
    census: Callable[[], Mapping[str, Mapping[str, BitMap]]] = _nothing
    applied: Mapping[str, Any] = field(default_factory=_nothing)
    marks: Mapping[SetKey, SetChange] = field(default_factory=_nothing)
