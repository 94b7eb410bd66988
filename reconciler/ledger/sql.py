"""What SQLite and PostgreSQL say in different words."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql import FromClause


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def elements(connection: Connection, values: Iterable[int] | Iterable[str]) -> FromClause:
    """Many values as one parameter: a table with ``key`` (from 0) and ``value``."""
    listed = list(values)
    if not is_postgresql(connection):
        return func.json_each(json.dumps(listed)).table_valued("key", "value")
    kind = Text() if listed and isinstance(listed[0], str) else Integer()
    array = bindparam(None, listed, type_=ARRAY(kind))
    given = func.unnest(array).table_valued("value", with_ordinality="number").render_derived()
    return select((given.c.number - 1).label("key"), given.c.value).subquery()


def same_key(table: Table) -> list[ColumnElement[bool]]:
    """The condition that a row has the key that ``old_key`` gives."""
    return [column == bindparam(f"old_{column.name}") for column in table.primary_key.columns]


def old_key(table: Table, row: Mapping[str, object]) -> dict[str, object]:
    """The key of a row that is to go or to be replaced, as parameters of ``same_key``."""
    return {f"old_{column.name}": row[column.name] for column in table.primary_key.columns}


def lines(
    connection: Connection, column: ColumnElement[str], order: ColumnElement[int]
) -> pl.Series:
    """A column of texts without line breaks, in the order of another.

    One long text is several times as fast as a million rows. In SQLite its order is the subquery's:
    it is kept for an aggregate that depends on it.
    """
    query: Select[tuple[str]]
    if is_postgresql(connection):
        # It brings every driver of that server, which takes longer than to open a file.
        from sqlalchemy.dialects.postgresql import aggregate_order_by  # noqa: PLC0415

        query = select(
            func.string_agg(column, aggregate_order_by(literal_column("chr(10)"), order))
        )
    else:
        ordered = select(column.label("text")).order_by(order).subquery()
        query = select(func.group_concat(ordered.c.text, "\n"))
    text = connection.execute(query).scalar_one()
    texts = pl.Series([] if text is None else [text], dtype=pl.String)
    return texts.str.split("\n").explode()


def gathered(connection: Connection, column: ColumnElement[int]) -> ColumnElement[Any]:
    """An aggregate of numbers; ``numbers_in`` reads it."""
    return func.array_agg(column) if is_postgresql(connection) else func.json_group_array(column)


def numbers_in(value: object) -> list[int]:
    return list(json.loads(value)) if isinstance(value, str) else list(value)  # type: ignore[call-overload]
