"""The language: what may be written in a policy file, one pydantic model per node.

The models hold numbers in the hundreds; ``schemas/policy.schema.json`` is generated from them.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from reconciler.documents.model import Document
from reconciler.documents.scalars import (
    ONE_DAY,
    SOME_DAYS,
    Day,
    Days,
    Flag,
    Moment,
    Name,
    Prose,
    Selected,
    Span,
    Text,
    Texts,
    ends,
    read_due_day,
    starts,
)
from reconciler.policy.comparisons import HireDate, Tenure
from reconciler.policy.guards import Guards, Lift

CONTENT_ID = r"^(course|module)/[^\s/]+$"
ContentId = Annotated[
    Text,
    Field(pattern=CONTENT_ID),
    WithJsonSchema({"type": "string", "pattern": CONTENT_ID}),
]


class Scope(StrEnum):
    FUTURE_ONLY = "future-only"
    FUTURE_AND_EXISTING = "future-and-existing"


class OnExit(StrEnum):
    KEEP = "keep"
    REMOVE_NOT_STARTED = "remove-not-started"
    REMOVE = "remove"


class Target(Document):
    """A selector over trainees. All its keys are required together (T1).

    Keys that are not listed are the workspace's custom attributes.
    """

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)
    __pydantic_extra__: dict[str, Selected]

    all: tuple["Target", ...] | None = Field(
        None, min_length=1, description="Every one of these targets (T2)."
    )
    any: tuple["Target", ...] | None = Field(
        None, min_length=1, description="At least one of these targets (T2)."
    )
    not_: "Target | None" = Field(None, alias="not", description="Not this target (T2).")
    group: Name | None = Field(None, description="A named target from `groups` (T2).")
    trainees: Selected | None = Field(None, description="Trainees by their ids (T4).")
    everyone: Annotated[Flag, Field(description="All trainees; only `true` (T4).")] | None = None
    location: Selected | None = Field(None, description="Works at one of these locations.")
    role: Selected | None = Field(None, description="Holds one of these roles.")
    brand: Selected | None = Field(None, description="Belongs to one of these brands (P2).")
    department: Selected | None = Field(
        None, description="Belongs to one of these departments or a part of one (P3)."
    )
    franchise: Selected | None = Field(None, description="Works for one of these franchises (P2).")
    region: Selected | None = Field(None, description="Works in one of these regions (P2).")
    hire_date: HireDate | None = Field(None, description="Compares the hire date with days.")
    tenure: Tenure | None = Field(None, description="Compares the time since the hire date.")

    @model_validator(mode="after")
    def _selects(self) -> Self:
        if not self.model_fields_set and not self.__pydantic_extra__:
            raise ValueError("an empty target selects nobody; write 'everyone: true' for all (T4)")
        if self.everyone is False:
            raise ValueError("'everyone' takes only true; leave the key out")
        return self

    @property
    def custom(self) -> dict[str, tuple[str, ...]]:
        """The keys that are no words of the language: custom attributes with their values."""
        return self.__pydantic_extra__ or {}


def _has_offset(moment: date | datetime) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is not None


class Window(Document):
    """When an automation creates enrollments: start <= as-of < end (A1)."""

    start: Moment | None = Field(
        None, description="A day (from its first instant) or an instant. Without it: since ever."
    )
    end: Moment | None = Field(
        None, description="A day (to its last instant) or an instant. Without it: for ever."
    )

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.start is not None and self.end is not None:
            # Where only one has an offset, the zone that decides is not known here.
            mixed = _has_offset(self.start) != _has_offset(self.end)
            leeway = timedelta(days=1) if mixed else timedelta()
            if ends(self.end, UTC) + leeway <= starts(self.start, UTC):
                raise ValueError("end is before start, so the window never opens")
        return self

    def opens(self, zone: tzinfo) -> datetime | None:
        """The first instant of the window, in UTC."""
        return None if self.start is None else starts(self.start, zone)

    def closes(self, zone: tzinfo) -> datetime | None:
        """The first instant after the window, in UTC."""
        return None if self.end is None else ends(self.end, zone)

    def is_open(self, as_of: datetime, zone: tzinfo) -> bool:
        opens, closes = self.opens(zone), self.closes(zone)
        return (opens is None or opens <= as_of) and (closes is None or as_of < closes)


class RelativeDue(Document):
    """A due day that depends on the trainee (A9)."""

    days: Days = Field(description="Calendar days after the day named in `after`.")
    after: Literal["assignment", "hire_date", "window_start"] = Field(
        "assignment", description="The day to count from."
    )
    no_earlier_than: Days = Field(
        1, description="At least so many days after the run that writes it."
    )
    update_existing: Flag = Field(
        False,
        description="When this text is edited, move the due dates of open enrollments, once.",
    )


class FixedDue(Document):
    """A due day that is the same for all (A9)."""

    date: Day = Field(description="Due at 23:59:59 of this day.")
    no_earlier_than: Days = Field(
        1, description="At least so many days after the run that writes it."
    )
    update_existing: Flag = Field(
        False,
        description="When this text is edited, move the due dates of open enrollments, once.",
    )


def _read_due(value: object) -> object:
    match value:
        case FixedDue() | RelativeDue() | None:
            return value
        case {"date": _, "days": _} | {"date": _, "after": _}:
            raise ValueError("date is one day for all, days are counted for each; keep one of them")
        case dict() if "date" in value:
            return FixedDue.model_validate(value)
        case dict():
            return RelativeDue.model_validate(value)
        case _:
            return FixedDue(date=read_due_day(value))


Due = Annotated[
    FixedDue | RelativeDue,
    BeforeValidator(
        _read_due,
        json_schema_input_type=Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
        | FixedDue
        | RelativeDue,
    ),
]


class Renew(Document):
    """Completed training is taken again (A11)."""

    every: Span = Field(description="How long a completion counts.")
    open: Span = Field(description="How long before the end of that the renewal is assigned.")

    @model_validator(mode="after")
    def _opens_after_the_completion(self) -> Self:
        if any(self.opens(day) <= day for day in SOME_DAYS):
            raise ValueError(
                f"open ({self.open}) must be shorter than every ({self.every}), or training would "
                "be renewed as soon as it is completed (A11)"
            )
        return self

    def opens(self, completion: date) -> date:
        """The day from which a completion of this day is renewed, calendar days (A11, P7)."""
        return self.open.before(self.every.after(completion))

    def latest_completion(self, today: date) -> date | None:
        """The latest day whose completions are renewed today or before; None before year 1."""
        day = self.every.latest_start(self.open.after(today))
        while day is not None and self.opens(day) > today:
            day = None if day == date.min else day - ONE_DAY
        while day is not None and self.opens(day + ONE_DAY) <= today:
            day += ONE_DAY
        return day


class OnNewVersion(Document):
    """What a newly published version does to those who hold the content (A10)."""

    completed: Literal["keep", "retake"] = Field("keep", description="Completed work.")
    in_progress: Literal["keep", "restart"] = Field("keep", description="Work in progress.")
    courses: Literal["changed", "all"] = Field("changed", description="Which courses of a module.")


class Described(Document):
    """What every rule may say about itself."""

    description: Prose | None = Field(None, description="What the rule is for, for people.")
    owner: Prose | None = Field(None, description="Who answers for the rule: a team.")


class Automation(Described):
    """A standing rule: this content, for this target, in this window, with this scope (A1)."""

    assign: ContentId | None = Field(None, description="The course or module to assign.")
    target: Target | None = Field(None, description="For whom.")
    scope: Scope = Field(
        Scope.FUTURE_ONLY,
        description="Only those who enter the audience from now on, or those in it already too.",
    )
    window: Window = Field(Window(), description="When it assigns. Closing removes nothing.")
    due: Due | None = Field(None, description="Until when: a day, or days after another day.")
    renew: Renew | None = Field(None, description="Completed training is taken again.")
    on_new_version: OnNewVersion | None = Field(None, description="What a new version does.")
    on_exit: OnExit = Field(
        OnExit.KEEP, description="What happens to the enrollment of who leaves the audience."
    )
    on_removed: Literal["restore", "respect"] = Field(
        "restore", description="What happens when somebody removes the enrollment in the LMS."
    )
    late_rows: Literal["enter", "existing"] = Field(
        "enter",
        description="Whether who is first seen late with an earlier hire date enters (A3).",
    )
    paused: Flag = Field(False, description="Neither creates nor removes anything.")
    retire: Flag = Field(False, description="Gone on purpose; the entry may be deleted later.")
    guards: Guards | None = Field(None, description="The most that one plan may do by this rule.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.retire:
            for key in ("assign", "target"):
                if getattr(self, key) is None:
                    raise ValueError(f"an automation needs '{key}'")
        if (
            isinstance(self.due, RelativeDue)
            and self.due.after == "window_start"
            and self.window.start is None
        ):
            raise ValueError("due counts from window_start, and the window has no start (A9)")
        return self


class Assignment(Described):
    """A one-off order: assign a content now (M1)."""

    assign: ContentId = Field(description="The course or module to assign.")
    target: Target = Field(description="For whom. Who matches later is not included.")
    due: Due | None = Field(None, description="Until when.")
    if_assigned: Literal["skip", "reassign"] = Field(
        "skip", description="What happens to people who ever had it."
    )
    courses: Texts | None = Field(None, description="Chosen courses of a module.")
    in_progress: Literal["keep", "restart"] = Field("restart", description="Work in progress.")
    completed: Literal["keep", "retake"] = Field("retake", description="Completed work.")

    @property
    def content(self) -> str:
        return self.assign

    @model_validator(mode="after")
    def _has_no_window(self) -> Self:
        if isinstance(self.due, RelativeDue) and self.due.after == "window_start":
            raise ValueError("due counts from window_start, and an order has no window (A9)")
        return self


class Reassignment(Described):
    """A one-off order: give content again to those who hold it (M2)."""

    content: ContentId = Field(description="The course or module to give again.")
    target: Target = Field(description="For whom, of those who hold it.")
    courses: Texts | None = Field(None, description="Chosen courses of a module.")
    in_progress: Literal["keep", "restart"] = Field("restart", description="Work in progress.")
    completed: Literal["keep", "retake"] = Field("retake", description="Completed work.")
    due: Due | None = Field(None, description="Until when.")


class Removal(Described):
    """A one-off order: take an enrollment away (M3)."""

    content: ContentId = Field(description="The course or module to take away.")
    target: Target = Field(description="From whom.")
    in_progress: Literal["keep", "remove"] = Field("keep", description="Work in progress.")


Order = Assignment | Reassignment | Removal
"""A one-off order (M)."""


class Exemption(Described):
    """Who is not to be assigned something, and why (M6)."""

    target: Target = Field(description="Who is exempt.")
    from_: Text = Field(alias="from", description="A content, or automation.NAME.")
    reason: Prose = Field(description="Why, for those who read the plan.")
    until: Moment | None = Field(None, description="A day (to its last instant) or an instant.")


class Move(Document):
    """A new name for an automation or for a value of an attribute (A15)."""

    from_: Text = Field(alias="from", description="automation.OLD or ATTRIBUTE.OLD.")
    to: Text = Field(description="automation.NEW or ATTRIBUTE.NEW.")


class Policy(Document):
    """One policy file: what is owned and reviewed together."""

    groups: dict[Name, Target] = Field({}, description="Named targets, for use by `group`.")
    automations: dict[Name, Automation] = Field({}, description="Standing rules.")
    assignments: dict[Name, Assignment] = Field({}, description="Orders: assign now, once.")
    reassignments: dict[Name, Reassignment] = Field({}, description="Orders: give again, once.")
    removals: dict[Name, Removal] = Field({}, description="Orders: take away, once.")
    exemptions: dict[Name, Exemption] = Field({}, description="Who is left out, and why.")
    lifts: dict[Name, Lift] = Field({}, description="Ceilings of guards, raised once.")
    moved: tuple[Move, ...] = Field((), description="New names for automations and values.")


def canonical(rule: Document) -> dict[str, Any]:
    """What a rule says, as JSON values: no defaults, no prose, keys as they are written."""
    return rule.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude={"description", "owner"}
    )
