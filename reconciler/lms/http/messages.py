"""What is said between the program and an LMS over HTTP, message by message."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL = "reconciler-lms/1"

Status = Literal["not_started", "in_progress", "completed", "unknown"]
Resets = Literal["in_progress", "completed", "both"]
Outcome = Literal["done", "already", "refused", "failed", "unknown", "skipped"]
MOST = 2**63 - 1
Number = Annotated[int, Field(ge=0, le=MOST)]
Positive = Annotated[int, Field(ge=1, le=MOST)]
Trainee = Annotated[str, Field(min_length=1, description="The id that the roster uses.")]
ContentId = Annotated[
    str,
    Field(pattern=r"^(course|module)/[^\s/\x00-\x1f]+$", description="course/NAME or module/NAME."),
]
Instant = Annotated[
    str, Field(description="ISO 8601 with an offset, in whole seconds: 2026-03-31T09:00:00Z.")
]
Revision = Annotated[
    Number,
    Field(
        description=(
            "Grows with every change to what can be read, and never goes back. Null where the LMS "
            "has none."
        )
    ),
]


class Message(BaseModel):
    """A message. Keys that a later version adds are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Abilities(Message):
    """What the LMS can do. What it cannot is blocked in the plan, with the reason."""

    writes: bool = Field(description="Anything can be written at all.")
    lists_accounts: bool = Field(description="`/accounts` tells who has an account.")
    creates_accounts: bool = Field(description="Assigning makes an account for who has none.")
    modules: bool = Field(description="There are modules, with progress in each course.")
    credits: bool = Field(description="A new module begins with the credit of rules C1 to C7.")
    due_dates: bool = Field(description="An enrollment has a due instant of its own.")
    reassigns: bool = Field(description="A whole content can start over.")
    reassigns_courses: bool = Field(description="Chosen courses of a module can start over.")
    removes: bool = Field(description="An enrollment that was never completed can be removed.")
    withdraws: bool = Field(description="An open retake can be withdrawn.")
    precision: Positive = Field(description="To how many seconds instants are kept.")
    batch_size: Positive = Field(description="How many rows one write takes.")


class About(Message):
    """What answers at `/`: who this is, and how far it has come. Never from a cache."""

    protocol: str = Field(description=f"{PROTOCOL!r}.")
    name: str = Field(description="What people call this LMS.")
    revision: Revision | None = Field(
        description="That of the newest change: no reading may show less than this from now on."
    )
    capabilities: Abilities = Field(description="What this LMS can do.")


class Reading(Message):
    """What every reading says of itself."""

    scope: str = Field(
        description=(
            "'all' where the token may see everything that the reading is about. Anything else is "
            "refused: lost rights must never look as if nobody were enrolled."
        )
    )
    revision: Revision | None = Field(description="The state of the LMS that it shows, or newer.")
    total: Number = Field(description="How many rows the whole reading has, on all its pages.")


class Content(Message):
    """A course or a module."""

    id: ContentId
    title: str = Field(description="What people call it.")
    version: Positive = Field(description="Grows whenever it is published again.")
    minutes: Number | None = Field(None, description="How long it takes.")
    courses: list[ContentId] = Field([], description="Of a module: its courses, in order.")


class Catalog(Reading):
    """What answers at `/catalog`: every content, on one page."""

    contents: list[Content] = Field(description="All of them; `total` is their number.")


class Page(Reading):
    """A page of a reading. All pages of one reading are of one instant."""

    reading: str = Field(description="Names the reading; the same on all its pages.")
    first: Number = Field(description="The place of the first row of this page, from 0.")


class AccountColumns(Message):
    """People who have an account, column by column."""

    trainee: list[Trainee] = Field(description="Their ids.")


class Accounts(Page):
    """A page of `/accounts`."""

    columns: AccountColumns = Field(description="The rows, as columns of one length.")


class EnrollmentColumns(Message):
    """Enrollments, column by column."""

    trainee: list[Trainee] = Field(description="Whose.")
    content: list[ContentId] = Field(description="In what.")
    status: list[Status] = Field(description="'unknown' where the LMS cannot tell.")
    version: list[Positive | None] = Field(
        description="As assigned or last restarted; after completion as completed."
    )
    assigned: list[Instant | None] = Field(description="When it was given or last started over.")
    due: list[Instant | None] = Field(description="When it is due.")
    completed: list[Instant | None] = Field(
        description="The latest completion, kept while a retake is open."
    )


class Enrollments(Page):
    """A page of `/enrollments`: those in the contents that were asked for."""

    columns: EnrollmentColumns = Field(description="The rows, as columns of one length.")


class ProgressColumns(Message):
    """The courses of enrollments in modules, column by column."""

    trainee: list[Trainee] = Field(description="Whose.")
    module: list[ContentId] = Field(description="In which module.")
    course: list[ContentId] = Field(description="In which of its courses.")
    status: list[Status] = Field(description="'unknown' where the LMS cannot tell.")
    version: list[Positive | None] = Field(description="As for enrollments.")
    completed: list[Instant | None] = Field(
        description="The latest completion; it outlives the removal of the enrollment."
    )
    completed_version: list[Positive | None] = Field(description="The version of that completion.")


class Progress(Page):
    """A page of `/progress`: the courses in the modules that were asked for."""

    columns: ProgressColumns = Field(description="The rows, as columns of one length.")


class Row(Message):
    """One row of a write."""

    trainee: Trainee
    content: ContentId
    assigned: Instant | None = Field(description="The instant to note as assigned.")
    due: Instant | None = Field(description="The due instant; null for none.")
    status: Status | None = Field(
        description=(
            "What the plan saw. Reassign and remove are done only while it is so, else the row is "
            "'skipped'."
        )
    )
    courses: list[ContentId] | None = Field(
        description="Reassign: the courses that start over; null for the whole content."
    )
    resets: Resets | None = Field(
        description="Reassign: of `courses`, in a module in progress, which start over."
    )
    credit_after: Instant | None = Field(
        description="Assign: completions at or before it give no credit (C7)."
    )
    credit_current: bool | None = Field(
        description="Assign: completions of an older version than the catalog's give no credit."
    )


class Write(Message):
    """The body of `/assign`, `/reassign`, `/reschedule` and `/remove`."""

    key: str = Field(
        description=(
            "New for every write. A write that comes with a key once more is the same one: it is "
            "not done again, and gets the first one's answer."
        )
    )
    rows: list[Row] = Field(description="What to write, at most `batch_size` rows.")


class Result(Message):
    """What became of one row."""

    trainee: Trainee
    content: ContentId
    result: Outcome = Field(
        description=(
            "done: it is so now, read back; already: it was so before; refused: the LMS says no; "
            "failed: not written, may be tried again; unknown: only reading will tell; skipped: "
            "the enrollment is not what the plan saw."
        )
    )
    detail: str | None = Field(None, description="Why, for people, where it is not done.")


class Written(Message):
    """The answer to a write: one result for each row that was sent, in any order."""

    key: str = Field(description="That of the write.")
    revision: Revision | None = Field(description="The state of the LMS that holds this write.")
    results: list[Result] = Field(description="What became of each row.")


class Refusal(Message):
    """The body of any answer that is no success."""

    message: str = Field(description="Why, for people.")
