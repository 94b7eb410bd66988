"""Moves a ledger to another place; afterwards the old one only tells where it has gone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from reconciler.errors import LedgerUnfit, WrongUse
from reconciler.ledger.connect import Database
from reconciler.ledger.lease import check_fence
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.move import (
    MOVED,
    Picture,
    copy,
    empty,
    fence_after,
    fence_now,
    mark_moved,
    note_arrival,
    picture,
    upgrade,
)
from reconciler.ledger.open import create_ledger, database_of
from reconciler.ledger.tables import LOG, META


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves a ledger, when, and under which lease."""

    by: str
    now: datetime
    fence: int


def migrate(
    source: Ledger,
    url: str,
    root: Path,
    *,
    mover: Mover,
    environment: Mapping[str, str] = os.environ,
) -> Picture:
    """Copy a ledger to another place, compare every row, and retire the old one.

    The new place may hold nothing, or what is left of this ledger when it moved away from there.

    Raises:
        WrongUse: Another ledger is there.
        LedgerUnfit: What has arrived is not what was sent; then nothing is kept of it.
    """
    database = _prepared(url, root, source.database.lineage, environment)
    with database.unchecked() as target, source.database.reading() as here:
        empty(target)
        copy(here, target)
        sent, arrived = picture(here), picture(target)
        if sent != arrived:
            raise LedgerUnfit(
                f"{database.shown}: what has arrived there is not what was sent. Nothing was "
                "kept of it, and the ledger stays where it is."
            )
        fence_after(target, fence_now(here))
        note_arrival(target, source.database.shown, by=mover.by, now=mover.now)
    with source.database.writing() as here:
        check_fence(here, mover.fence)
        mark_moved(here, database.shown, by=mover.by, now=mover.now)
    return sent


def upgrade_ledger(
    url: str, root: Path, *, lineage: str, environment: Mapping[str, str] = os.environ
) -> bool:
    """Bring a ledger of an older format up to this one; whether there was anything to do.

    Raises:
        LedgerUnfit: It is missing, or has a format that cannot be brought up.
    """
    with database_of(url, root, lineage=lineage, environment=environment).unchecked() as here:
        return upgrade(here)


def _prepared(url: str, root: Path, lineage: str, environment: Mapping[str, str]) -> Database:
    """A place for a ledger of this lineage: a new one, or one that it has left."""
    try:
        return create_ledger(url, root, lineage=lineage, environment=environment).database
    except WrongUse:
        database = database_of(url, root, lineage=lineage, environment=environment)
        with database.unchecked() as there:
            if _is_left(there, lineage):
                return database
        raise


def _is_left(connection: Connection, lineage: str) -> bool:
    known = {row.key: row.value for row in connection.execute(select(META))}
    if known.get("lineage") != lineage:
        return False
    entries = connection.execute(select(func.count()).select_from(LOG)).scalar_one()
    return MOVED in known or not entries
