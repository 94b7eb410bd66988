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
from sqlalchemy.types import TypeEngine

FORMAT = "3"
"""That of the tables below. A program opens no other one; `state upgrade` brings up OLDER ones."""
OLDER = ("1", "2")


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


class Word(TypeDecorator[str]):
    """A text. A column of SQLite keeps whatever it is given, so what is no text is refused."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        # In the order of its bytes in every database, whatever its language.
        return Text(collation="C" if dialect.name == "postgresql" else None)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy passes it
        if value is not None and not isinstance(value, str):
            raise ValueError("something else where a text should be")
        return value


def canonical(value: object) -> str:
    """Write JSON values so that equal ones are equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


METADATA = MetaData()

META = Table(
    "meta",
    METADATA,
    Column("key", Word, primary_key=True),
    Column("value", Word, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("as_of", Instant, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("state", Word, nullable=False),
    Column("digest", Word, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("tool_version", Word, nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
)

# Numbers are dense from 0, in the order in which the ids were first seen; none is ever taken away.
TRAINEES = Table(
    "trainees",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Word, nullable=False, unique=True),
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
    Column("id", Word, primary_key=True),
    Column("content", Word, primary_key=True),
    Column("state", Word, nullable=False),
    Column("started", Instant),
    Column("present", Instant, nullable=False),
    Column("text", JSON, nullable=False),
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("id", Word, primary_key=True),
    Column("kind", Word, nullable=False),
    Column("content", Word, nullable=False),
    Column("state", Word, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("text", JSON, nullable=False),
)

# What the last apply saw in its roster: the people of each value, packed by attribute.
CENSUS = Table(
    "census",
    METADATA,
    Column("attribute", Word, primary_key=True),
    Column("people", LargeBinary, nullable=False),
)

# What the last apply saw in the LMS before its first write (A13e), in blocks as those of MEMBERS. A
# content that it looked at has its block 0, though nobody holds it. ``due`` are those of who had
# not completed it, in the order of numbers. Plans do not read it.
INVENTORY = Table(
    "inventory",
    METADATA,
    Column("content", Word, primary_key=True),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("enrolled", LargeBinary, nullable=False),
    Column("completed", LargeBinary, nullable=False),
    Column("due", LargeBinary, nullable=False),
    Column("digest", Word, nullable=False),
)

# Texts last applied that are in no record, by section.
APPLIED = Table(
    "applied",
    METADATA,
    Column("section", Word, primary_key=True),
    Column("text", JSON, nullable=False),
)

# Lifts of guards by name, and the as-of of the apply that used each.
LIFTS = Table(
    "lifts",
    METADATA,
    Column("id", Word, primary_key=True),
    Column("used", Instant, nullable=False),
)

# Who applies now. There is one row; its fence grows with every taking, and is never given twice.
LEASE = Table(
    "lease",
    METADATA,
    Column("name", Word, primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("id", Word, nullable=False),
    Column("owner", Word, nullable=False),
    Column("address", Word, nullable=False),
    Column("machine", Word, nullable=False),
    Column("process", Word, nullable=False),
    Column("taken", Instant, nullable=False),
    Column("renewed", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
)

# What happened, each entry with a hash over itself and the one before. Nothing here ever changes.
LOG = Table(
    "log",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Word, nullable=False),
    Column("serial", Integer),
    Column("at", Instant, nullable=False),
    Column("body", Word, nullable=False),
    Column("hash", Word, nullable=False),
)

# The texts of rules that runs acted on, by their digest.
TEXTS = Table(
    "texts",
    METADATA,
    Column("digest", Word, primary_key=True),
    Column("text", Word, nullable=False),
)

# What a run set out to do: one row for each decision, whatever the number of trainees.
PLANNED = Table(
    "planned",
    METADATA,
    Column("serial", Integer, ForeignKey(RUNS.c.serial), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Word, nullable=False),
    Column("action", Word, nullable=False),
    Column("effect", Word, nullable=False),
    Column("causes", Word, nullable=False),
    Column("bitmap", LargeBinary, nullable=False),
)

# What was sent to the LMS, a row for each decision in a batch; its entry is that of the sending.
# ``state``: open (no outcome noted yet), unsure (some rows without one), closed. An open or unsure
# one is settled by the next plan. ``details`` is a table of what differs from row to row.
INTENTS = Table(
    "intents",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("serial", Integer, ForeignKey(RUNS.c.serial), nullable=False),
    Column("entry", Integer, ForeignKey(LOG.c.number), nullable=False),
    Column("state", Word, nullable=False, index=True),
    Column("content", Word, nullable=False),
    Column("action", Word, nullable=False),
    Column("effect", Word, nullable=False),
    Column("causes", JSON, nullable=False),
    Column("assigned", Instant),
    Column("due", Instant),
    Column("bitmap", LargeBinary, nullable=False),
    Column("details", LargeBinary),
)

# What became of rows of an intent, where that is not simply "done"; the last entry counts.
OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("intent", Integer, ForeignKey(INTENTS.c.number), nullable=False),
    Column("entry", Integer, ForeignKey(LOG.c.number), nullable=False),
    Column("result", Word, nullable=False),
    Column("detail", Word),
    Column("bitmap", LargeBinary, nullable=False),
)

# One row holds the members with ``number >> 16 == block``, so that a small change writes little.
MEMBERS = Table(
    "members",
    METADATA,
    Column("kind", Word, primary_key=True),
    Column("owner", Word, primary_key=True),
    Column("content", Word, primary_key=True),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("bitmap", LargeBinary, nullable=False),
)
