"""A ceiling as people write it: a number, a share such as 5%, or none at all (G1)."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

UNLIMITED = "unlimited"
WHOLE = 10_000
"""Shares are counted in hundredths of a percent, so that no ceiling depends on rounding."""
PATTERN = r"^(\d{1,9}|\d{1,4}(\.\d{1,2})?%|unlimited)$"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many, or at most such a share of a base; without either, any number."""

    number: int | None = None
    share: int | None = None

    @property
    def is_unlimited(self) -> bool:
        return self.number is None and self.share is None

    def ceiling(self, base: int) -> int | None:
        """The most that is let through (G2): a share of something lets at least one through."""
        if self.number is not None or not self.share:
            return self.number if self.share is None else 0
        return max(1, -(-self.share * base // WHOLE))

    def __str__(self) -> str:
        if self.share is not None:
            return f"{self.share / 100:g}%"
        return UNLIMITED if self.number is None else str(self.number)


def read_limit(value: object) -> Limit:
    """Read a ceiling such as '500', '5%' or 'unlimited'."""
    if isinstance(value, Limit):
        return value
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not re.fullmatch(PATTERN, text, re.ASCII):
        raise ValueError(f"{value!r} is no ceiling; write a number, a share as 5%, or unlimited")
    if text == UNLIMITED:
        return Limit()
    if not text.endswith("%"):
        return Limit(number=int(text))
    whole, _, part = text.removesuffix("%").partition(".")
    return Limit(share=int(whole) * 100 + int(part.ljust(2, "0") or 0))


Ceiling = Annotated[
    Limit,
    BeforeValidator(read_limit),
    PlainSerializer(str),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"pattern": PATTERN}]}),
]
