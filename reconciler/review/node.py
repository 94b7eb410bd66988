"""What all parts of a plan's document have in common."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


def _countable(instant: datetime) -> datetime:
    if not FIRST_YEAR < instant.year < LAST_YEAR:
        raise ValueError("beyond all calendars")
    return instant.astimezone(UTC)


def _of_a_calendar(written: str) -> str:
    datetime.fromisoformat(written)
    return written


FIRST_YEAR, LAST_YEAR = 1, 9999
Instant = Annotated[AwareDatetime, AfterValidator(_countable)]
Moment = Annotated[str, AfterValidator(_of_a_calendar)]
"""A day, or an instant of the workspace's zone, as it was written."""


class Part(BaseModel):
    """A node of the document. Unknown keys are errors, so that nothing is misread."""

    model_config = ConfigDict(extra="forbid", frozen=True)
