"""The workspace file, reconciler.yaml: what may be written in it."""

from datetime import date
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from reconciler.documents.model import Document, OddKey
from reconciler.documents.scalars import Duration, Flag, Name, PathText, Span, Text
from reconciler.errors import WrongUse, slip_of
from reconciler.frames import ATTRIBUTES
from reconciler.ledger.place import check_place
from reconciler.lms.settings import LmsSettings
from reconciler.policy.guards import RosterGate, StandingApproval, WorkspaceGuards
from reconciler.roster.settings import DATES, RosterSettings

KEYS = ("id", *ATTRIBUTES, *DATES, "active")
"""What a column of the roster may be by itself; anything else is an attribute of one's own."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is not a time zone; write a name such as America/Chicago or UTC"
        ) from None
    return name


def _ledger(url: str) -> str:
    try:
        check_place(url)
    except WrongUse as error:
        raise ValueError(str(error).removeprefix("ledger: ")) from None
    return url


def _bounded(span: Duration) -> Duration:
    if span.after(ANY_DAY) > Duration(100, "year").after(ANY_DAY):
        raise ValueError(f"{span} is too long; at most 100 years")
    return span


Bounded = Annotated[Span, AfterValidator(_bounded)]
ANY_DAY = date(2000, 1, 1)


class AttributeSettings(Document):
    """A custom attribute, or more about a built-in one (P1, P6)."""

    required: Flag = Field(
        False, description="Whether an empty value leaves undecided who is compared by it."
    )


class AbsentSettings(Document):
    """What long absence from the roster means (P5)."""

    inactive_after: Bounded = Field(
        description="Absent for so many days or weeks, a trainee counts as inactive: '90 days'."
    )


class Settings(Document):
    """The workspace: where people, organization, content and memory are."""

    timezone: Annotated[Text, AfterValidator(_zone)] = Field(
        description="The time zone of all days and times written without an offset."
    )
    policies: PathText = Field("policies", description="The folder of the policy files.")
    roster: RosterSettings = Field(description="Where the people come from.")
    attributes: dict[Name, AttributeSettings] = Field(
        {}, description="Custom attributes, and which attributes are required."
    )
    organization: PathText | None = Field(
        None, description="The file that says what locations, roles and departments belong to."
    )
    lms: LmsSettings = Field(description="The LMS that holds the enrollments.")
    ledger: Annotated[Text, AfterValidator(_ledger)] = Field(
        "sqlite:///.reconciler/ledger.db", description="What is remembered between runs."
    )
    lineage: Text | None = Field(
        None, description="Which ledger belongs here; written by `reconciler state init` (D9)."
    )
    absent: AbsentSettings | None = Field(None, description="What long absence means.")
    plans_expire_after: Bounded = Field(
        Duration(1, "day"), description="How long after its as-of a plan may be applied."
    )
    guards: WorkspaceGuards = Field(
        WorkspaceGuards(), description="The most that one plan may do (G1 to G4)."
    )
    roster_gate: RosterGate = Field(
        RosterGate(), description="What makes a roster unfit to plan from (A3)."
    )
    standing_approval: StandingApproval | None = Field(
        None, description="What `apply --standing` may do without a review."
    )

    @model_validator(mode="after")
    def _says_what_it_means(self) -> Self:
        for name in sorted(self.roster.columns.custom - self.attributes.keys()):
            if (meant := slip_of(name, KEYS)) is not None:
                raise OddKey(
                    f"{name!r} is no key here. Did you mean {meant!r}? An attribute of your own "
                    "with such a name has to stand under 'attributes' too.",
                    "roster", "columns", name,
                )  # fmt: skip
        return self
