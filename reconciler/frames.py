"""The data frames that cross modules: their columns, types and keys, checked at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.errors import FrameMismatch

INSTANT = pl.Datetime("us", "UTC")
ACTIVITY = pl.Enum(["active", "inactive", "unknown"])
STATUS = pl.Enum(["not_started", "in_progress", "completed", "unknown"])
RESULT = pl.Enum(["done", "already", "refused", "failed", "unknown", "skipped"])
RESETS = pl.Enum(["in_progress", "completed", "both"])

BEYOND_SIGNS = "[^!-~]"
"""What is no sign of ASCII that is seen: spaces, too."""

ATTRIBUTES = ("location", "role", "brand", "department", "franchise", "region")


@dataclass(frozen=True)
class FrameType:
    """What a frame holds: columns with their types, and the columns that name a row.

    Texts in a ``few`` column may come as a Categorical: few values in millions of rows.
    """

    name: str
    schema: Mapping[str, pl.DataType | type[pl.DataType]]
    key: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    few: tuple[str, ...] = ()

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return ``frame`` with exactly these columns, in this order.

        Raises:
            FrameMismatch: A column is missing, of another type or null where it may not be, or
                the key repeats.
        """
        self._check_columns(frame)
        frame = frame.select(list(self.schema))
        for column in (*self.key, *self.required):
            if frame[column].null_count():
                raise FrameMismatch(f"{self.name}: {column} is empty in some rows.")
        if self.key and frame.select(pl.struct(self.key).is_duplicated().any()).item():
            raise FrameMismatch(f"{self.name}: {' and '.join(self.key)} repeat.")
        return frame

    def _check_columns(self, frame: pl.DataFrame) -> None:
        for column, kind in self.schema.items():
            if column not in frame.columns:
                raise FrameMismatch(f"{self.name}: column {column} is missing.")
            found = frame.schema[column]
            if found != kind and not (column in self.few and found == pl.Categorical):
                raise FrameMismatch(f"{self.name}: column {column} is {found}, not {kind}.")

    def of(self, *rows: tuple[Any, ...]) -> pl.DataFrame:
        """Make a frame from tuples in the order of the columns."""
        return pl.DataFrame(rows, schema=dict(self.schema), orient="row")

    def cast(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of this type, converted to its types."""
        return frame.select(pl.col(name).cast(kind) for name, kind in self.schema.items())


def distinct(column: pl.Series) -> pl.Series:
    """The different texts of a column, in any order, without null; at once where it has few."""
    if not isinstance(column.dtype, pl.Categorical):
        return column.unique().drop_nulls()
    return _texts(column, _borne(column.to_physical().drop_nulls().to_numpy()))


def numbered(column: pl.Series) -> tuple[NDArray[np.integer], pl.Series]:
    """The place of each row's text in a list of the different ones, and that list, in any order.

    Null has the place behind the last.
    """
    if not isinstance(column.dtype, pl.Categorical):
        texts = distinct(column)
        places = column.cast(pl.Enum(texts)).to_physical()
        return places.cast(pl.UInt32).fill_null(len(texts)).to_numpy(), texts
    codes = column.to_physical()
    borne = _borne(codes.drop_nulls().to_numpy())
    nothing = int(borne.max(initial=0)) + 1
    place = np.full(nothing + 1, len(borne), dtype=np.uint32)
    place[borne] = np.arange(len(borne), dtype=np.uint32)
    return place[codes.cast(pl.UInt32).fill_null(nothing).to_numpy()], _texts(column, borne)


def _borne(codes: NDArray[np.integer]) -> NDArray[np.integer]:
    """The different ones of some codes."""
    is_borne = np.zeros(int(codes.max(initial=0)) + 1, dtype=bool)
    is_borne[codes] = True
    return np.flatnonzero(is_borne).astype(codes.dtype)


def _texts(column: pl.Series, codes: NDArray[np.integer]) -> pl.Series:
    """What some codes of a Categorical stand for."""
    return pl.Series(column.name, codes).cat.to(column.dtype).cast(pl.String)


def is_clean(texts: pl.Series) -> bool:
    """Whether texts are trimmed and in NFC (P4)."""
    if not texts.str.contains(BEYOND_SIGNS).any():
        return True
    trimmed = texts.str.strip_chars()
    is_ascii = texts.str.len_bytes().sum() == texts.str.len_chars().sum()
    cleaned = trimmed if is_ascii else trimmed.str.normalize("NFC")
    return bool((cleaned == texts).all())


HOLDINGS = FrameType(
    "enrollments of the LMS",
    {
        "trainee": pl.String,
        "content": pl.String,
        "status": STATUS,
        "version": pl.Int64,
        "assigned": INSTANT,
        "due": INSTANT,
        "completed": INSTANT,
    },
    key=("trainee", "content"),
    required=("status",),
    few=("content",),
)
"""One row per enrollment. ``completed`` is the latest completion, kept while a retake is open."""

PROGRESS = FrameType(
    "course progress of the LMS",
    {
        "trainee": pl.String,
        "module": pl.String,
        "course": pl.String,
        "status": STATUS,
        "version": pl.Int64,
        "completed": INSTANT,
        "completed_version": pl.Int64,
    },
    key=("trainee", "module", "course"),
    required=("status",),
)
"""One row per course of each enrollment in a module.

``completed`` is the latest completion and ``completed_version`` its version, both kept while a
retake is open (R3). A completed course outlives the removal of its enrollment, so that it counts
(C1a): such rows are here too.
"""

WRITES = FrameType(
    "writes to the LMS",
    {
        "trainee": pl.String,
        "content": pl.String,
        "assigned": INSTANT,
        "due": INSTANT,
        "status": STATUS,
        "courses": pl.List(pl.String),
        "resets": RESETS,
        "credit_after": INSTANT,
        "credit_current": pl.Boolean,
    },
    key=("trainee", "content"),
)
"""What an apply asks of an LMS. ``status`` is what the plan saw; null where nobody was enrolled.

For a reassignment ``courses`` are the chosen courses of a module, null for the whole content, and
``resets`` tells which of the chosen ones start over in a module in progress: those in progress,
those completed, or both (R, A10). For an assignment ``credit_after`` and ``credit_current`` tell
which completions give no credit: those at or before that instant, and, where true, those of an
older version than the catalog's (C7); null means that all do.
"""

OUTCOMES = FrameType(
    "outcomes of writes",
    {"trainee": pl.String, "content": pl.String, "result": RESULT, "detail": pl.String},
    key=("trainee", "content"),
    required=("result",),
)

DETAILS = FrameType(
    "details of what was sent",
    {
        "due": INSTANT,
        "held_status": STATUS,
        "held_version": pl.Int64,
        "held_assigned": INSTANT,
        "held_due": INSTANT,
        "held_completed": INSTANT,
        "remembered": pl.String,
    },
)
"""What is written for each row, and what the enrollment held before; nulls where there was none.

``remembered`` are the ledger's sets that the enrollment was in, where the write may change that.
"""
HELD = tuple(name.removeprefix("held_") for name in DETAILS.schema if name.startswith("held_"))
"""The columns of HOLDINGS that are kept in DETAILS."""


@dataclass(frozen=True, slots=True)
class Content:
    """A course or a module of the catalog; ``courses`` are a module's, in their order."""

    id: str
    title: str
    version: int = 1
    minutes: int | None = None
    courses: tuple[str, ...] = ()

    @property
    def is_module(self) -> bool:
        return self.id.startswith("module/")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an LMS can do, as data. What it cannot is blocked in the plan, with the reason (D6)."""

    writes: bool = True
    creates_accounts: bool = False
    removes: bool = True
    withdraws: bool = True
    reassigns: bool = True
    reassigns_courses: bool = True
    credits: bool = True
    modules: bool = True
    due_dates: bool = True
    precision: timedelta = timedelta(seconds=1)
    batch_size: int = 1000


@dataclass(frozen=True, slots=True)
class Organization:
    """What a value says about other values (P2).

    ``brand``, ``franchise`` and ``regions`` by location; ``department`` by role; ``parent`` by
    department, without cycles (P3). ``values`` are all entries by attribute, for T5.
    """

    brand: Mapping[str, str] = field(default_factory=dict)
    franchise: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    department: Mapping[str, str] = field(default_factory=dict)
    parent: Mapping[str, str] = field(default_factory=dict)
    locations: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    def values(self, attribute: str) -> frozenset[str]:
        """Every value of one attribute that the organization names."""
        regions = frozenset(region for several in self.regions.values() for region in several)
        named = {
            "location": self.locations,
            "role": self.roles,
            "department": self.departments
            | frozenset(self.department.values())
            | frozenset(self.parent.values()),
            "brand": frozenset(self.brand.values()),
            "franchise": frozenset(self.franchise.values()),
            "region": regions,
        }
        return named.get(attribute, frozenset())
