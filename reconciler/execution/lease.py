"""Holds the lease of a ledger while an apply works: waits for it, renews it, gives it back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TypeVar

from reconciler.errors import LeaseLost, LedgerLocked, ReconcilerError
from reconciler.execution.process import has_ended
from reconciler.ledger.lease import LASTS, Ended, Holder, Lease
from reconciler.ledger.ledger import Ledger

T = TypeVar("T")
Clock = Callable[[], datetime]
Sleep = Callable[[float], None]
RENEWED_EVERY = LASTS / 4
ASKED_AGAIN_AFTER = 2.0


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


class Patience:
    """For how long somebody still waits for others to finish; whoever waits uses it up."""

    def __init__(self, wait: timedelta = timedelta(0), *, sleep: Sleep = _sleep) -> None:
        self._left = wait.total_seconds()
        self._sleep = sleep

    def try_until_free(self, attempt: Callable[[], T]) -> T:
        """Do what needs a lease that nobody holds, once nobody does.

        Raises:
            LedgerLocked: Somebody still holds it.
        """
        while True:
            try:
                return attempt()
            except LedgerLocked:
                if self._left <= 0:
                    raise
            self._sleep(ASKED_AGAIN_AFTER)
            self._left -= ASKED_AGAIN_AFTER


def wait_until_free(
    ledger: Ledger, patience: Patience, *, clock: Clock, ended: Ended = has_ended
) -> None:
    """Wait for whoever holds the lease; writes nothing.

    Raises:
        LedgerLocked: Somebody still holds it.
    """
    patience.try_until_free(lambda: ledger.check_free(now=clock(), ended=ended))


@contextmanager
def leased(
    ledger: Ledger,
    holder: Holder,
    *,
    clock: Clock,
    ended: Ended = has_ended,
    patience: Patience | None = None,
) -> Iterator[Lease]:
    """Hold the lease of a ledger while the block lasts.

    Args:
        ledger: Whose lease.
        holder: Who asks.
        clock: What time it is.
        ended: Tells whether a holder has surely ended.
        patience: For how long to wait for another holder; without, not at all.

    Raises:
        LedgerLocked: Somebody else holds it.
    """
    lease = (patience or Patience()).try_until_free(
        lambda: ledger.take_lease(holder, now=clock(), ended=ended)
    )
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
