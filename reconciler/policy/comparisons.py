"""Comparisons of the hire date: with fixed days, or with the time that has passed since (T3)."""

from types import MappingProxyType
from typing import Self

from pydantic import Field, model_validator

from reconciler.documents.model import Document
from reconciler.documents.scalars import SOME_DAYS, Day, Span


class HireDate(Document):
    """Compares the hire date with fixed days; a missing one leaves undecided (T3, P6)."""

    meant = MappingProxyType(
        dict.fromkeys(("from", "since"), "on_or_after")
        | dict.fromkeys(("until", "to"), "on_or_before")
    )

    on_or_after: Day | None = Field(None, description="Hired on this day or later.")
    after: Day | None = Field(None, description="Hired later than this day.")
    before: Day | None = Field(None, description="Hired earlier than this day.")
    on_or_before: Day | None = Field(None, description="Hired on this day or earlier.")

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an empty comparison selects nobody; give on_or_after or before")
        first = (self.on_or_after, 0), (self.after, 1)
        last = (self.before, 0), (self.on_or_before, 1)
        begins, ends = ([day.toordinal() + n for day, n in one if day] for one in (first, last))
        if begins and ends and max(begins) >= min(ends):
            raise ValueError("no day is so late and so early, so it selects nobody")
        return self


class Tenure(Document):
    """Compares the time since the hire date; matches appear as time passes (T3, P7)."""

    meant = MappingProxyType(
        dict.fromkeys(("more_than", "longer_than", "over", "min"), "at_least")
        | dict.fromkeys(("at_most", "under", "max"), "less_than")
    )

    at_least: Span | None = Field(None, description="Employed this long or longer.")
    less_than: Span | None = Field(None, description="Employed for less than this long.")

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an empty comparison selects nobody; give at_least or less_than")
        if (
            self.at_least
            and self.less_than
            and not any(self.at_least.after(day) < self.less_than.after(day) for day in SOME_DAYS)
        ):
            raise ValueError("nobody is employed for so long and for less, so it selects nobody")
        return self
