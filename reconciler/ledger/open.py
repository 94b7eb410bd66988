"""The ledger opened or made: what the rest of the program holds of it (D9)."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from reconciler.errors import LedgerUnfit, WrongUse
from reconciler.ledger.connect import WAY_OUT, Database, postgresql_database, sqlite_database
from reconciler.ledger.lease import (
    free_lease,
)
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.place import Address, address_of_ledger, ledger_path
from reconciler.ledger.tables import FORMAT, LEASE, META, METADATA
from reconciler.ledger.write import (
    put_records,
)
from reconciler.records import (
    OrderRecord,
)

PATIENCE = 10.0
"""For how many seconds a reader or writer waits for others to finish writing."""
THERE_ALREADY = (
    "{}: a ledger is there already, and it is what knows who was assigned what. "
    "To start anew all the same, {} first."
)


def create_ledger(
    url: str,
    root: Path,
    *,
    lineage: str,
    done_orders: Iterable[OrderRecord] = (),
    environment: Mapping[str, str] = os.environ,
) -> Ledger:
    """Make a new ledger, in which these orders are done (D9).

    Raises:
        WrongUse: There is one already, or the URL is none of a ledger.
        LedgerUnfit: It cannot be written there.
    """
    address = address_of_ledger(url, environment)
    orders = [replace(order, state="done") for order in done_orders]
    if address.is_postgresql:
        database = postgresql_database(address, environment, lineage=lineage, patience=PATIENCE)
        _fill_on_server(database, orders)
        return Ledger(database)
    path = ledger_path(address.url, root)
    _make_file(path, address)
    database = sqlite_database(path, address=address, lineage=lineage, patience=PATIENCE)
    try:
        _fill(database, orders)
    except BaseException:
        path.unlink()
        raise
    return Ledger(database)


def _make_file(path: Path, address: Address) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
    except FileExistsError:
        raise WrongUse(THERE_ALREADY.format(address.shown, "move that file away")) from None
    except OSError as failure:
        raise LedgerUnfit(
            f"{address.shown}: no ledger can be made here: {failure.strerror}."
        ) from failure


def _fill_on_server(database: Database, orders: Iterable[OrderRecord]) -> None:
    there = WrongUse(THERE_ALREADY.format(database.shown, "name another database or schema"))
    try:
        with database.making() as connection:
            is_there = database.engine.dialect.has_table(connection, META.name)
        if is_there:
            raise there
        _fill(database, orders)
    except IntegrityError:
        raise there from None  # made by somebody else at the same moment


def _fill(database: Database, orders: Iterable[OrderRecord]) -> None:
    with database.making() as connection:
        METADATA.create_all(connection, checkfirst=False)
        identity = {"format": FORMAT, "lineage": database.lineage}
        rows = [{"key": key, "value": value} for key, value in identity.items()]
        connection.execute(insert(META), rows)
        connection.execute(insert(LEASE), [free_lease()])
        put_records(connection, orders=orders)


def open_ledger(
    url: str,
    root: Path,
    *,
    lineage: str,
    patience: float = PATIENCE,
    environment: Mapping[str, str] = os.environ,
) -> Ledger:
    """Open the ledger of a workspace; never make one (D9).

    Args:
        url: As in the workspace file: ``sqlite:///PATH``, relative to ``root`` or absolute, or
            ``postgresql://…``.
        root: The workspace's folder.
        lineage: As in the workspace file.
        patience: For how many seconds to wait for others to finish writing.
        environment: Holds the password, and what the address names of it.

    Raises:
        LedgerUnfit: It is missing, no ledger, of another lineage or format, or locked.
        WrongUse: The URL is none of a ledger.
    """
    database = database_of(url, root, lineage=lineage, patience=patience, environment=environment)
    with database.reading():
        return Ledger(database)


def lineage_of(url: str, root: Path, *, environment: Mapping[str, str] = os.environ) -> str | None:
    """That of the ledger that is there; None where there is none, or it cannot be read."""
    try:
        with database_of(url, root, lineage="", environment=environment).unchecked() as here:
            return here.execute(select(META.c.value).where(META.c.key == "lineage")).scalar()
    except (LedgerUnfit, WrongUse, ValueError):
        return None


def database_of(
    url: str,
    root: Path,
    *,
    lineage: str,
    patience: float = PATIENCE,
    environment: Mapping[str, str] = os.environ,
) -> Database:
    """The database of a ledger that is there, whatever is in it; as ``open_ledger``."""
    address = address_of_ledger(url, environment)
    if address.is_postgresql:
        return postgresql_database(address, environment, lineage=lineage, patience=patience)
    path = ledger_path(address.url, root)
    _check_file(path, address)
    return sqlite_database(path, address=address, lineage=lineage, patience=patience)


def _check_file(path: Path, address: Address) -> None:
    shown = address.shown
    try:
        exists, is_file = path.exists(), path.is_file()
    except OSError as failure:
        raise LedgerUnfit(f"{shown}: this cannot be read: {failure.strerror}.") from failure
    if not exists:
        raise LedgerUnfit(
            f"{shown}: there is no ledger, so nobody knows who was there before a rule began, or "
            f"which orders have run. {WAY_OUT}"
        )
    if not is_file:
        raise LedgerUnfit(f"{shown}: this is not a file. {WAY_OUT}")
