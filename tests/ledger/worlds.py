"""Small ledgers and what a run writes into them."""

from datetime import UTC, datetime, timedelta

import polars as pl
from pyroaring import BitMap

from reconciler.ledger.open import create_ledger
from reconciler.ledger.run import NewRun
from reconciler.records import (
    AutomationRecord,
    LedgerChanges,
    OrderRecord,
    SetChange,
    SetKey,
    Sighting,
)

URL = "sqlite:///.reconciler/ledger.db"
LINEAGE = "5f0c"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASELINE = SetKey("baseline", "automation.knives", "course/knife-safety")
GAVE = SetKey("gave", "automation.knives", "course/knife-safety")


def new_ledger(root, url=URL, **options):
    return create_ledger(url, root, lineage=LINEAGE, **options)


def day(number):
    return MONDAY + timedelta(days=number)


def run(ledger, serial, *, as_of=None):
    """A run whose plan has just read the ledger."""
    return NewRun(
        expected_head=ledger.head(),
        as_of=as_of or day(serial),
        started=day(serial),
        digest=f"digest {serial}",
        tool_version="0.1.0",
    )


def sighting(*newcomers, present=(), **filled):
    return Sighting(
        newcomers=pl.Series(newcomers, dtype=pl.String),
        present=BitMap(present),
        filled={attribute: BitMap(numbers) for attribute, numbers in filled.items()},
    )


def change(add=(), remove=()):
    return SetChange(add=BitMap(add), remove=BitMap(remove))


def automation(name="knives", content="course/knife-safety", **fields):
    return AutomationRecord(
        **{
            "id": f"automation.{name}",
            "content": content,
            "text": {"assign": content, "target": {"role": ["cook", "größe"]}},
            "state": "live",
            "started": MONDAY,
            "present": MONDAY,
        }
        | fields
    )


def order(name="recall", **fields):
    return OrderRecord(
        **{
            "id": f"assignment.{name}",
            "content": "course/recall",
            "text": {"assign": "course/recall"},
            "state": "open",
            "as_of": MONDAY,
        }
        | fields
    )


def begun(ledger, *, people=4, **changes):
    """The first run: this many people, all present, and these changes."""
    ids = [f"E{number}" for number in range(people)]
    return ledger.begin(
        LedgerChanges(**changes), sighting(*ids, present=range(people)), run=run(ledger, 0)
    )


def sets_of(state):
    return {key: set(members) for key, members in state.sets.items()}
