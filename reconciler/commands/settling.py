"""Waits until an LMS has ended what it was sent by a run that broke off (D8d)."""

import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.commands.clock import now
from reconciler.commands.options import console
from reconciler.errors import ReconcilerError
from reconciler.execution.process import has_ended
from reconciler.lms.settings import settling_time
from reconciler.workspace import Workspace

pause = time.sleep
ROUNDING = timedelta(seconds=1)
"""Instants are kept in whole seconds."""


def remembering(workspace: Workspace, *, no_color: bool, undo: int | None) -> Workspace:
    """Begin to read the ledger, when what a broken run has left may change no more.

    Args:
        workspace: As opened.
        no_color: For what is told while it waits.
        undo: A run of which all is read.
    """
    rested = let_settle(workspace, now=now(), no_color=no_color)
    remembered = replace(workspace.begin_to_remember(undo=undo), rested=rested)
    return replace(workspace, remembered=remembered)


def let_settle(workspace: Workspace, *, now: datetime, no_color: bool) -> str | None:
    """Wait, where a run has left something without an outcome that may still change.

    A call that broke off may be carried out seconds later, and be seen later still: a reading
    before that would say that it was not done, and after it nobody would know whose it is. So an
    adapter with a settling time must begin no reading ahead of this.

    Returns:
        The head of the log from which on nobody was at work; None where somebody is, whose writes
        are still on their way.
    """
    # What is wrong with the ledger is told by whoever reads all of it.
    with suppress(ReconcilerError):
        head, sign = workspace.ledger().at_rest(now=now, ended=has_ended)
        left = _left(sign, settling_time(workspace.settings.lms), now)
        if left > timedelta(0):
            seconds = left.total_seconds()
            console(no_color=no_color, stderr=True).print(
                f"A run broke off. Waiting {seconds:,.0f} s, until the LMS has ended what it was "
                "sent."
            )
            pause(seconds)
        return head
    return None


def _left(sign: datetime | None, span: timedelta, now: datetime) -> timedelta:
    if sign is None or not span:
        return timedelta(0)
    # A clock that was set back must not make anybody wait for longer than it can matter.
    return min(sign + span + ROUNDING - now, span + ROUNDING)
