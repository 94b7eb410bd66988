"""Holds the lease of a ledger while an apply works: waits for it, renews it, gives it back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from reconciler.errors import LeaseLost, LedgerLocked, ReconcilerError
from reconciler.execution.process import has_ended
from reconciler.ledger.lease import LASTS, Ended, Holder, Lease
from reconciler.ledger.ledger import Ledger

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]
RENEWED_EVERY = LASTS / 4
ASKED_AGAIN_AFTER = 2.0


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


def wait_until_free(
    ledger: Ledger,
    *,
    clock: Clock,
    wait: timedelta,
    sleep: Sleep = _sleep,
    ended: Ended = has_ended,
) -> None:
    """Wait for whoever holds the lease, so long; writes nothing.

    Raises:
        LedgerLocked: Somebody still holds it.
    """
    waited = 0.0
    while True:
        try:
            return ledger.check_free(now=clock(), ended=ended)
        except LedgerLocked:
            if waited >= wait.total_seconds():
                raise
        sleep(ASKED_AGAIN_AFTER)
        waited += ASKED_AGAIN_AFTER


@contextmanager
def leased(
    ledger: Ledger, holder: Holder, *, clock: Clock, ended: Ended = has_ended
) -> Iterator[Lease]:
    """Hold the lease of a ledger while the block lasts.

    Args:
        ledger: Whose lease.
        holder: Who asks.
        clock: What time it is.
        ended: Tells whether a holder has surely ended.

    Raises:
        LedgerLocked: Somebody else holds it.
    """
    lease = ledger.take_lease(holder, now=clock(), ended=ended)
    done = threading.Event()
    heart = threading.Thread(target=_beat, args=(ledger, lease, clock, done), daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        done.set()
        heart.join()
        # Whoever cannot give it back leaves it to expire.
        with suppress(ReconcilerError):
            ledger.give_back(lease)


def _beat(ledger: Ledger, lease: Lease, clock: Clock, done: threading.Event) -> None:
    """Renew a lease until the work is done. Who has lost it learns so at the next write."""
    while not done.wait(RENEWED_EVERY.total_seconds()):
        try:
            ledger.renew(lease, now=clock())
        except LeaseLost:
            return
        except ReconcilerError:
            continue  # the ledger may be back before the lease has expired
