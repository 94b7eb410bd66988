"""The lease: who may write the ledger. A number that only grows shuts out whoever has lost it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Row, select, update

from reconciler.errors import LeaseLost, LedgerLocked, WrongUse
from reconciler.ledger.log import append
from reconciler.ledger.tables import LEASE

LASTS = timedelta(seconds=60)
"""How long a lease lasts after it was last renewed."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease, or asks for it.

    ``owner`` is a person or an account, ``address`` where to look the run up. ``machine`` and
    ``process`` tell on that machine whether the process still runs; empty where nobody can tell.
    """

    owner: str
    address: str = ""
    machine: str = ""
    process: str = ""

    def __str__(self) -> str:
        return f"{self.owner} ({self.address})" if self.address else self.owner


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken. Every write to the ledger checks its fence."""

    id: str
    fence: int
    holder: Holder
    taken: datetime
    expires: datetime


Ended = Callable[[Holder], bool]
"""Tells whether the process of a holder has surely ended."""


def check_free(connection: Connection, *, now: datetime, ended: Ended) -> None:
    """Require that the lease could be taken.

    Raises:
        LedgerLocked: Somebody holds it.
    """
    row = _row(connection)
    if row.id and now < row.expires and not ended(_holder(row)):
        raise LedgerLocked(_held(row))


def take(connection: Connection, holder: Holder, *, now: datetime, ended: Ended) -> Lease:
    """Take the lease if it is free, has expired, or its holder has ended.

    Raises:
        LedgerLocked: Somebody holds it.
    """
    check_free(connection, now=now, ended=ended)
    lease = Lease(secrets.token_hex(4), _row(connection).fence + 1, holder, now, now + LASTS)
    connection.execute(
        update(LEASE).values(
            id=lease.id,
            fence=lease.fence,
            owner=holder.owner,
            address=holder.address,
            machine=holder.machine,
            process=holder.process,
            taken=now,
            renewed=now,
            expires=lease.expires,
        )
    )
    return lease


def renew(connection: Connection, lease: Lease, *, now: datetime) -> None:
    """Tell that the holder is still at work.

    Raises:
        LeaseLost: Somebody else has taken it.
    """
    check_fence(connection, lease.fence)
    connection.execute(update(LEASE).values(renewed=now, expires=now + LASTS))


def give_back(connection: Connection, lease: Lease) -> None:
    """Free the lease, if it is still this one."""
    connection.execute(update(LEASE).where(LEASE.c.id == lease.id).values(id=""))


def unlock(connection: Connection, id_: str, *, by: str, reason: str, now: datetime) -> Lease:
    """Take the lease from its holder, who can write nothing from then on; the log tells who did.

    Raises:
        WrongUse: No lease with this id is held.
    """
    row = _row(connection)
    if not row.id:
        raise WrongUse("Nobody holds the lease of this ledger; there is nothing to unlock.")
    if row.id != id_:
        raise WrongUse(f"There is no lease {id_!r}. {_held(row)}")
    connection.execute(update(LEASE).values(id=""))
    told = {"id": row.id, "owner": row.owner, "address": row.address, "by": by, "reason": reason}
    append(connection, "unlock", told, at=now)
    return Lease(row.id, row.fence, _holder(row), row.taken, row.expires)


def check_fence(connection: Connection, fence: int) -> None:
    """Require that a lease is the one held now; a fence of 0 is good before the first.

    Raises:
        LeaseLost: It is not.
    """
    row = _row(connection)
    if row.fence == fence and (row.id or not fence):
        return
    who = f"{_holder(row)} has it since {_told(row.taken)}" if row.id else "it was unlocked"
    raise LeaseLost(
        f"This run has lost the lease of the ledger: {who}. It was paused, or cut off from the "
        "ledger. It writes nothing more; the next plan looks in the LMS for what it had sent."
    )


def free_lease() -> dict[str, object]:
    """The row of a ledger that nobody has leased yet."""
    words = dict.fromkeys(("id", "owner", "address", "machine", "process"), "")
    never = dict.fromkeys(("taken", "renewed", "expires"), datetime.fromtimestamp(0, UTC))
    return {"name": "apply", "fence": 0, **words, **never}


def _row(connection: Connection) -> Row[tuple[object, ...]]:
    return connection.execute(select(LEASE)).one()


def _holder(row: Row[tuple[object, ...]]) -> Holder:
    return Holder(row.owner, row.address, row.machine, row.process)


def _held(row: Row[tuple[object, ...]]) -> str:
    return (
        f"{_holder(row)} is applying since {_told(row.taken)} and was last heard of at "
        f"{_told(row.renewed)}. Wait until that has finished (`apply --wait 10m`). Only if it has "
        f'surely ended: `reconciler state unlock --id {row.id} --reason "..."`.'
    )


def _told(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
