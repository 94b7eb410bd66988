"""Ctrl-C and SIGTERM during an apply: the first lets the batch finish, the second stops at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Stopping:
    """Who has asked to stop; called, it tells why."""

    asked: str | None = None
    at_once: bool = False

    def __call__(self) -> str | None:
        return self.asked


@contextmanager
def stoppable(told: Callable[[str], None]) -> Iterator[Stopping]:
    """Take the signals while the block lasts.

    The second one raises KeyboardInterrupt; later ones leave the rest of the block alone, which
    notes how far the run has come.

    Args:
        told: Told what the first one has asked for.
    """
    stopping = Stopping()

    def take(number: int, _: FrameType | None) -> None:
        name = signal.Signals(number).name
        if stopping.asked is None:
            stopping.asked = f"asked to by {name}"
            told("Finishing the batch under way; once more stops at once.")
        elif not stopping.at_once:
            stopping.at_once = True
            raise KeyboardInterrupt(f"stopped at once by {name}")

    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = {number: signal.signal(number, take) for number in SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
