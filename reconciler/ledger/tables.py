"""The tables of the ledger, for SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine.interfaces import Dialect

FORMAT = "1"
"""The format of the tables below. A program opens no other one."""


class Instant(TypeDecorator[datetime]):
    """An instant as whole seconds since 1970 in UTC (D7a)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 SQLAlchemy passes it
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant has a time zone"
        return int(value.timestamp() // 1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 SQLAlchemy passes it
        return None if value is None else datetime.fromtimestamp(value, UTC)


def canonical(value: object) -> str:
    """Write JSON values so that equal ones are equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# Texts are in the order of their bytes in every database, whatever its language.
WORD = Text().with_variant(Text(collation="C"), "postgresql")

METADATA = MetaData()

META = Table(
    "meta",
    METADATA,
    Column("key", WORD, primary_key=True),
    Column("value", WORD, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("as_of", Instant, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("state", WORD, nullable=False),
    Column("digest", WORD, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("tool_version", WORD, nullable=False),
)

# Numbers are dense from 0, in the order in which the ids were first seen; none is ever taken away.
TRAINEES = Table(
    "trainees",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", WORD, nullable=False, unique=True),
)

ABSENCES = Table(
    "absences",
    METADATA,
    Column("number", Integer, ForeignKey(TRAINEES.c.number), primary_key=True, autoincrement=False),
    Column("last_seen", Instant, nullable=False),
)

AUTOMATIONS = Table(
    "automations",
    METADATA,
    Column("id", WORD, primary_key=True),
    Column("content", WORD, primary_key=True),
    Column("state", WORD, nullable=False),
    Column("started", Instant),
    Column("present", Instant, nullable=False),
    Column("text", JSON, nullable=False),
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("id", WORD, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("content", WORD, nullable=False),
    Column("state", WORD, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("text", JSON, nullable=False),
)

# What a run has sent to the LMS and not yet seen the end of; settled by the next plan.
INTENTS = Table(
    "intents",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("serial", Integer, ForeignKey(RUNS.c.serial), nullable=False),
    Column("content", WORD, nullable=False),
    Column("action", WORD, nullable=False),
    Column("causes", JSON, nullable=False),
    Column("assigned", Instant),
    Column("bitmap", LargeBinary, nullable=False),
)

# One row holds the members with ``number >> 16 == block``, so that a small change writes little.
MEMBERS = Table(
    "members",
    METADATA,
    Column("kind", WORD, primary_key=True),
    Column("owner", WORD, primary_key=True),
    Column("content", WORD, primary_key=True),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("bitmap", LargeBinary, nullable=False),
)
