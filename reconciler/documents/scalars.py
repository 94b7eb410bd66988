"""The smallest parts of the language: texts, names, days, instants and durations.

Scalars arrive as their source text (P4), so each type reads text and says what it wants.
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticKnownError

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
DURATION = re.compile(r"(\d{1,4}) *(day|week|month|year)s?")
SO_LONG = re.compile(r"(\d{1,4}) *(days?|weeks?)?")
SECONDS = re.compile(r"\d{1,6}(\.\d{1,3})?")
NAME, MOST_SIGNS = r"^[^\W_][\w-]*$", 63
"""Of what a name consists, and of how many signs."""
HERE = "<key>"
"""Stands in a message for the key of the value."""
ONE_DAY = timedelta(days=1)
SOME_DAYS = tuple(date(year, month, 1) for year in (2023, 2024) for month in range(1, 13))
"""Days from which durations are compared: months and years of every length are among them."""
LONGEST_NAME, LONGEST_PATH = 255, 2_000
"""Bytes of one name and of a path that every system takes."""
FIRST_INSTANT = datetime(1, 1, 3, tzinfo=UTC)
LAST_INSTANT = datetime(9999, 12, 29, tzinfo=UTC)


def clean(text: str) -> str:
    """Trim and normalize a text to NFC, so that what looks the same is the same (P4)."""
    return unicodedata.normalize("NFC", text).strip()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a single text is wanted here")  # noqa: TRY004 pydantic reports it
    cleaned = clean(value)
    if not cleaned:
        raise ValueError("an empty text says nothing; write something here")
    return cleaned


def _path(value: object) -> str:
    written = _text(value)
    parts = written.encode().split(b"/")
    if max(map(len, parts)) > LONGEST_NAME or sum(map(len, parts)) > LONGEST_PATH:
        raise ValueError("this is too long for the name of a file")
    return written


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError("an empty list says nothing; name something or leave the key out")
        return tuple(_text(item) for item in value)
    return (_text(value),)


def _selected(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and not value:
        raise ValueError("an empty list selects nobody; write 'everyone: true' for all (T4)")
    if isinstance(value, dict):
        raise ValueError(  # noqa: TRY004 pydantic reports it
            f"a name or a list of names is wanted here, not a mapping; 'not: {{{HERE}: …}}' leaves "
            "some out"
        )
    return _texts(value)


def _flag(value: object) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def _count(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,9}", value):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _seconds(value: object) -> object:
    if isinstance(value, str):
        if not SECONDS.fullmatch(value):
            raise ValueError(f"{value!r} is not a number of seconds; write it as 30 or 0.5")
        return float(value)
    return value


def read_day(value: object) -> date:
    """Read a calendar day written as YYYY-MM-DD."""
    if type(value) is date:
        return value
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError(f"{value!r} is not a date; write it as 2026-03-31")
    year, month, day = (int(part) for part in value.split("-"))
    if month not in range(1, 13):
        raise ValueError(f"{value} is not a date; months go from 01 to 12")
    if year < 1:
        raise ValueError(f"{value} is not a date; years go from 0001")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        month_name = calendar.month_name[month]
        raise ValueError(f"{value} is not a date; {month_name} {year} has {last} days")
    return date(year, month, day)


def read_due_day(value: object) -> date:
    """As ``read_day``; to whoever writes a number of days it is told how that is written."""
    found = SO_LONG.fullmatch(value.strip()) if isinstance(value, str) else None
    if found:
        days = int(found[1]) * (7 if (found[2] or "").startswith("week") else 1)
        raise ValueError(
            f"{value!r} is not a date; write it as 2026-03-31, or as {{days: {days}}} for so many "
            "days after the assignment"
        )
    return read_day(value)


def read_moment(value: object) -> date | datetime:
    """Read a day, or an instant such as 2026-03-31T09:00 with or without an offset (A1)."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) > len("2026-03-31"):
        try:
            return datetime.fromisoformat(value).replace(microsecond=0)
        except ValueError:
            if DAY.match(value):
                raise ValueError(
                    f"{value!r} is no instant; write it as 2026-03-31T09:00 or as 2026-03-31"
                ) from None
    return read_day(value)


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of days, weeks, months or years. Months and years are calendar ones (P7)."""

    number: int
    unit: Literal["day", "week", "month", "year"]

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    def after(self, day: date) -> date:
        """The day this long after ``day``, cut to the month's last day; never past year 9999."""
        return self._away(day, self.number) or date.max

    def later(self, instant: datetime, zone: tzinfo) -> datetime:
        """The same time of the local day this long after that of ``instant``, in UTC (P7)."""
        local = instant.astimezone(zone)
        day = self.after(local.date())
        return _in_utc(local.replace(year=day.year, month=day.month, day=day.day))

    def before(self, day: date) -> date:
        """The day this long before ``day``, cut to the month's last day; never before year 1."""
        return self._away(day, -self.number) or date.min

    def _away(self, day: date, number: int) -> date | None:
        try:
            if self.unit in ("day", "week"):
                return day + timedelta(days=number * (7 if self.unit == "week" else 1))
            months = number * (12 if self.unit == "year" else 1)
            year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
            last = calendar.monthrange(year, month + 1)[1]
            return date(year, month + 1, min(day.day, last))
        except (OverflowError, ValueError):
            return None

    def latest_start(self, day: date) -> date | None:
        """The latest day from which this duration has passed on ``day``; none before year 1."""
        start = self.before(day)
        if self.after(start) > day:
            return None
        while start < date.max and self.after(start + ONE_DAY) <= day:
            start += ONE_DAY
        return start


def read_duration(value: object) -> Duration:
    """Read a duration such as '90 days' or '12 months'."""
    if isinstance(value, Duration):
        return value
    found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is not a duration; write it as '90 days' or '12 months'")
    return Duration(int(found[1]), found[2])  # type: ignore[arg-type]


def first_instant(day: date, zone: tzinfo) -> datetime:
    """The first instant of a local day, in UTC (A1)."""
    return _in_utc(datetime.combine(day, time(), zone))


def last_second(day: date, zone: tzinfo) -> datetime:
    """23:59:59 of a local day, in UTC (A9)."""
    return _in_utc(datetime.combine(day, time(23, 59, 59), zone))


def _in_utc(instant: datetime) -> datetime:
    """An instant in UTC; what people write for "for ever" stays within what can be counted."""
    try:
        return min(max(instant.astimezone(UTC), FIRST_INSTANT), LAST_INSTANT)
    except OverflowError:
        return LAST_INSTANT if instant.year == MAXYEAR else FIRST_INSTANT


def starts(moment: date | datetime, zone: tzinfo) -> datetime:
    """When a written moment begins, in UTC; without an offset it is local (A1)."""
    if isinstance(moment, datetime):
        return _in_utc(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    return first_instant(moment, zone)


def ends(moment: date | datetime, zone: tzinfo) -> datetime:
    """When a written moment has passed, in UTC: a bare day ends after its last instant (A1)."""
    if isinstance(moment, datetime):
        return starts(moment, zone)
    return LAST_INSTANT if moment == date.max else first_instant(moment + ONE_DAY, zone)


def _short(name: str) -> str:
    # The bound in the pattern would make every start of the program longer by 20 ms.
    if len(name) > MOST_SIGNS:
        raise PydanticKnownError("string_pattern_mismatch", {"pattern": NAME})
    return name


def _iso(value: date) -> str:
    return value.isoformat()


TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(TEXT_SCHEMA)]
PathText = Annotated[str, BeforeValidator(_path), WithJsonSchema(TEXT_SCHEMA)]
TEXTS_SCHEMA = {"anyOf": [TEXT_SCHEMA, {"type": "array", "items": TEXT_SCHEMA, "minItems": 1}]}
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts), WithJsonSchema(TEXTS_SCHEMA)]
Selected = Annotated[tuple[str, ...], BeforeValidator(_selected), WithJsonSchema(TEXTS_SCHEMA)]
Prose = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Count = Annotated[int, BeforeValidator(_count)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Days = Annotated[Count, Field(ge=0, le=3650)]
Name = Annotated[str, BeforeValidator(_text), Field(pattern=NAME), AfterValidator(_short)]
Day = Annotated[
    date,
    BeforeValidator(read_day),
    PlainSerializer(_iso),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Moment = Annotated[
    date | datetime,
    BeforeValidator(read_moment),
    PlainSerializer(_iso),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([T ].+)?$"}),
]
Span = Annotated[
    Duration,
    BeforeValidator(read_duration),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,4} *(day|week|month|year)s?$"}),
]
