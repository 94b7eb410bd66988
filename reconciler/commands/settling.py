"""Waits until an LMS has ended what it was sent by a run that broke off (D8d)."""

import time
from contextlib import suppress
from datetime import datetime, timedelta

from reconciler.commands.options import console
from reconciler.errors import LedgerLocked, ReconcilerError
from reconciler.execution.process import has_ended
from reconciler.ledger.ledger import Ledger
from reconciler.lms.settings import settling_time
from reconciler.workspace import Workspace

pause = time.sleep
ROUNDING = timedelta(seconds=1)
"""Instants are kept in whole seconds."""


def let_settle(workspace: Workspace, *, now: datetime, no_color: bool) -> None:
    """Wait, where a run has left something without an outcome that may still change.

    A call that broke off may be carried out seconds later, and be seen later still: a reading
    before that would say that it was not done, and after it nobody would know whose it is. So an
    adapter with a settling time must begin no reading ahead of this.
    """
    span = settling_time(workspace.settings.lms)
    # What is wrong with the ledger is told by whoever reads all of it.
    with suppress(ReconcilerError):
        left = _left(workspace.ledger(), span, now) if span else timedelta(0)
        if left > timedelta(0):
            seconds = left.total_seconds()
            console(no_color=no_color, stderr=True).print(
                f"A run broke off. Waiting {seconds:,.0f} s, until the LMS has ended what it was "
                "sent."
            )
            pause(seconds)


def _left(ledger: Ledger, span: timedelta, now: datetime) -> timedelta:
    sign = ledger.last_sign()
    if sign is None:
        return timedelta(0)
    try:
        ledger.check_free(now=now, ended=has_ended)
    except LedgerLocked:
        return timedelta(0)  # that run is at work, and this plan may look while it is
    # A clock that was set back must not make anybody wait for longer than it can matter.
    return min(sign + span + ROUNDING - now, span + ROUNDING)
