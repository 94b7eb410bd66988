"""The `roster` section of reconciler.yaml: where trainees come from, and which column says what."""

import codecs
import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from reconciler.documents.model import Document, OddKey
from reconciler.documents.scalars import PathText, Text, Texts
from reconciler.errors import did_you_mean
from reconciler.frames import ATTRIBUTES

DATES = ("hire_date", "termination_date")
RESERVED = (
    "all", "any", "not", "group", "trainees", "everyone", "tenure", "trainee", "activity",
    "activity_before",
)  # fmt: skip
"""Words of the language and of the program, which no custom attribute can have as its name."""

ISO = "%Y-%m-%d"
EXAMPLE = date(2026, 3, 31)
# What a date format has to hold, each by one of its directives.
YEAR, MONTH, DAY = (
    ("%Y", "%y", "%F", "%D"),
    ("%m", "%b", "%B", "%F", "%D"),
    ("%d", "%e", "%F", "%D"),
)


def _separator(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("one or more characters that stand between values are wanted here")
    return value


def _delimiter(value: object) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n' or not value.isascii():
        raise ValueError('a single character is wanted here, such as ";" or "\\t"')
    return value


def _encoding(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a single text is wanted here")  # noqa: TRY004 pydantic reports it
    try:
        "".encode(value)
        return codecs.lookup(value).name
    except (LookupError, ValueError):
        raise ValueError(f"{value!r} is no encoding; write utf-8, or such as cp1252") from None


def _format(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a single text is wanted here")  # noqa: TRY004 pydantic reports it
    if not all(any(part in value for part in parts) for parts in (YEAR, MONTH, DAY)):
        raise ValueError(
            f"{value!r} gives no whole date; write such as %m/%d/%Y, with %Y, %m and %d"
        )
    return value


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _flag_column(value: object) -> object:
    words = {"is": ["true", "True", "TRUE"], "is_not": ["false", "False", "FALSE"]}
    return {"column": value, **words} if isinstance(value, str) else value


Separator = Annotated[str, BeforeValidator(_separator)]
Delimiter = Annotated[str, BeforeValidator(_delimiter)]
Encoding = Annotated[str, BeforeValidator(_encoding)]
DateFormat = Annotated[str, BeforeValidator(_format)]


class ColumnMapping(Document):
    """Where an attribute comes from: a column, or the same value for everybody."""

    column: Text | None = Field(None, description="The column's name in the header.")
    separator: Separator | None = Field(
        None, description="What stands between several values in one cell, such as '|'."
    )
    constant: Text | None = Field(None, description="The value that everybody has.")

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either 'column' or 'constant'")
        if self.separator is not None and self.column is None:
            raise ValueError("'separator' needs a column")
        return self


class DateMapping(Document):
    """A column that holds dates."""

    column: Text = Field(description="The column's name in the header.")
    format: DateFormat = Field(
        ISO, description="How its dates are written: %Y year, %m month, %d day."
    )

    @property
    def example(self) -> str:
        """A date as this format has it."""
        return EXAMPLE.strftime(self.format)


class ActiveMapping(Document):
    """A column that tells who is active (P5). What is in neither list is unknown."""

    column: Text = Field(description="The column's name in the header.")
    is_: Texts = Field((), alias="is", description="The values of active people.")
    is_not: Texts = Field((), description="The values of inactive people.")

    @model_validator(mode="after")
    def _tells_apart(self) -> Self:
        if not self.is_:
            raise ValueError("without 'is' nobody would be active; name the values")
        if both := set(self.is_) & set(self.is_not):
            raise ValueError(f"{min(both)!r} stands in 'is' and in 'is_not'")
        return self


NAME_SCHEMA = {"type": ["string", "number"]}
PlainName = Annotated[str, WithJsonSchema(NAME_SCHEMA)]
AttributeColumn = Annotated[
    ColumnMapping,
    BeforeValidator(_column, json_schema_input_type=PlainName | ColumnMapping),
]
DateColumn = Annotated[
    DateMapping, BeforeValidator(_column, json_schema_input_type=PlainName | DateMapping)
]
ActiveColumn = Annotated[
    ActiveMapping,
    BeforeValidator(_flag_column, json_schema_input_type=PlainName | ActiveMapping),
]


class Columns(Document):
    """Which column says what. A key that is not listed is a custom attribute (P1)."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)
    __pydantic_extra__: dict[str, AttributeColumn]

    id: AttributeColumn = Field(description="The immutable id of a trainee (P4).")
    location: AttributeColumn | None = Field(None, description="Where they work.")
    role: AttributeColumn | None = Field(None, description="The roles that they hold.")
    brand: AttributeColumn | None = Field(None, description="Brands, beside the locations' (P2).")
    department: AttributeColumn | None = Field(
        None, description="Departments, beside the roles' (P2)."
    )
    franchise: AttributeColumn | None = Field(
        None, description="Franchises, beside the locations' (P2)."
    )
    region: AttributeColumn | None = Field(None, description="Regions, beside the locations' (P2).")
    hire_date: DateColumn | None = Field(None, description="The day of hire.")
    termination_date: DateColumn | None = Field(
        None, description="From this day on a trainee is inactive (P5)."
    )
    active: ActiveColumn | None = Field(
        None, description="Who is active; without it all that are listed (P5)."
    )

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.id.column is None or self.id.separator is not None:
            raise ValueError("'id' needs a column with one value in each row")
        for name in self.custom:
            if name in RESERVED:
                raise OddKey(f"{name!r} is a word of the language; choose another name.", name)
            if not re.fullmatch(r"[^\W\d_][\w-]{0,62}", name):
                hint = did_you_mean(name, (*ATTRIBUTES, *DATES, "active"))
                raise OddKey(f"{name!r} is no name for an attribute.{hint}", name)
        return self

    @property
    def custom(self) -> frozenset[str]:
        """The names of the custom attributes."""
        return frozenset(self.__pydantic_extra__ or {})

    @property
    def attributes(self) -> dict[str, ColumnMapping]:
        """The mapped attributes, those of the language first, then the custom ones by name."""
        known = {name: getattr(self, name) for name in ATTRIBUTES}
        extra: dict[str, Any] = self.__pydantic_extra__ or {}
        every = known | {name: extra[name] for name in sorted(extra)}
        return {name: mapping for name, mapping in every.items() if mapping is not None}

    @property
    def few(self) -> frozenset[str]:
        """The columns that nothing but attributes are read from: few values in many rows."""
        read = (*self.dates.values(), self.id, self.active)
        others = {mapping.column for mapping in read if mapping is not None}
        every = {mapping.column for mapping in self.attributes.values()}
        return frozenset(column for column in every - others if column is not None)

    @property
    def dates(self) -> dict[str, DateMapping]:
        """The mapped dates."""
        every = {name: getattr(self, name) for name in DATES}
        return {name: mapping for name, mapping in every.items() if mapping is not None}


class RosterSettings(Document):
    """Where the people come from."""

    source: Literal["csv", "parquet"] = Field(description="The kind of file.")
    path: PathText = Field(description="The file, relative to the workspace's folder.")
    encoding: Encoding = Field("utf-8", description="How the text of a CSV file is encoded.")
    delimiter: Delimiter = Field(",", description="What stands between the fields of a CSV file.")
    columns: Columns = Field(description="Which column says what.")

    @model_validator(mode="after")
    def _fits_the_source(self) -> Self:
        given = self.model_fields_set & {"encoding", "delimiter"}
        if self.source == "parquet" and given:
            raise ValueError(f"{min(given)!r} is for csv; a Parquet file has none")
        return self
