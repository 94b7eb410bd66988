"""The `lms` section of reconciler.yaml: one model for each kind of LMS."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from reconciler.address import checked_address
from reconciler.documents.model import Document
from reconciler.documents.scalars import Count, Prose, Seconds
from reconciler.errors import WrongUse

TOKEN = "RECONCILER_LMS_TOKEN"  # noqa: S105 the name of a variable
"""The variable of the environment that holds the token."""


def _address(text: str) -> str:
    try:
        return checked_address(text).rstrip("/")
    except WrongUse as error:
        raise ValueError(str(error)) from None


Address = Annotated[Prose, AfterValidator(_address)]


class LocalSettings(Document):
    """The embedded LMS: one SQLite file, made by `reconciler lms init`."""

    adapter: Literal["local"] = Field(description="The embedded LMS.")
    path: Prose = Field(
        ".reconciler/lms.db", description="Its file, relative to the workspace folder."
    )


class ExportSettings(Document):
    """What another LMS exported, as files. It can be planned from, and not be written."""

    adapter: Literal["export"] = Field(description="Files that an LMS exports, to be read only.")
    catalog: Prose = Field("catalog.yaml", description="The courses and modules, as YAML.")
    enrollments: Prose = Field(description="The enrollments, as CSV or Parquet.")
    progress: Prose | None = Field(
        None, description="The progress of each course in a module, as CSV or Parquet."
    )


class HttpSettings(Document):
    """An LMS that speaks the protocol of docs/lms-over-http.md, itself or by way of a bridge."""

    adapter: Literal["http"] = Field(description="An LMS, or a bridge to one, over HTTP.")
    address: Address = Field(
        description=f"Where it answers: https://HOST/PATH. The token is taken from {TOKEN}."
    )
    batch_size: Annotated[Count, Field(ge=1, le=10_000)] = Field(
        100, description="The most rows in one write; the LMS may ask for fewer."
    )
    page_size: Annotated[Count, Field(ge=1, le=100_000)] = Field(
        5_000, description="The most rows on one page of a reading; the LMS may give fewer."
    )
    calls_per_second: Annotated[Count, Field(ge=1, le=1_000)] = Field(
        10, description="The budget of calls, all of them together."
    )
    concurrency: Annotated[Count, Field(ge=1, le=32)] = Field(
        4, description="How many calls may be under way at once."
    )
    timeout: Annotated[Seconds, Field(ge=0.001, le=3_600)] = Field(
        60.0, description="How many seconds an answer may keep silent."
    )
    patience: Annotated[Seconds, Field(ge=0, le=86_400)] = Field(
        300.0, description="How many seconds one call may wait in all, to be tried again."
    )
    settles_after: Annotated[Seconds, Field(ge=0, le=86_400)] = Field(
        60.0,
        description=(
            "So many seconds after a run broke off, the LMS has ended what it was sent, and shows "
            "it. Until then a plan waits."
        ),
    )


def settling_time(settings: LocalSettings | ExportSettings | HttpSettings) -> timedelta:
    """How long after a call that broke off its outcome may still change (D8d)."""
    if isinstance(settings, HttpSettings):
        return timedelta(seconds=settings.settles_after)
    return timedelta(0)


LmsSettings = Annotated[
    LocalSettings | ExportSettings | HttpSettings,
    Field(discriminator="adapter", description="The LMS that holds the enrollments."),
]
