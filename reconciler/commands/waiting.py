"""Something to look at while work takes longer than a second; on a terminal only."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.commands.options import console

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds before anything is shown."""


@contextmanager
def waiting(*, no_color: bool) -> Iterator[Callable[[str], None]]:
    """Show the stage that is being worked on; yields what tells the next one."""
    if _nobody_looks():
        yield _unseen
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    out = console(no_color=no_color, stderr=True)
    with _shown_later(Progress(*columns, console=out, transient=True)) as progress:
        task = progress.add_task("reading", total=None)
        yield lambda stage: progress.update(task, description=stage)


@contextmanager
def counting(what: str, total: int, *, no_color: bool) -> Iterator[Callable[[int], None]]:
    """Show how much of a known amount is done; yields what tells how much more is."""
    if _nobody_looks():
        yield _unseen
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"))
    out = console(no_color=no_color, stderr=True)
    with _shown_later(Progress(*columns, console=out, transient=True)) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.update(task, advance=more)


def _nobody_looks() -> bool:
    """Whether there is no terminal; the library to draw on one takes 40 ms to load."""
    # The stream is asked, not the console: FORCE_COLOR makes a pipe look like a terminal to it.
    return not sys.stderr.isatty()


def _unseen(_: object) -> None:
    """Tells nobody."""


@contextmanager
def _shown_later(progress: "Progress") -> Iterator["Progress"]:
    timer = threading.Timer(PATIENCE, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield progress
    finally:
        timer.cancel()
        timer.join()
        progress.stop()
