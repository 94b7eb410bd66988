"""Work that goes on in threads of its own while something else is done."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def begun(work: Callable[[], T]) -> Future[T]:
    """Begin some work; who asks for its result waits for its end, and gets its error."""
    worker = ThreadPoolExecutor(max_workers=1)
    future = worker.submit(work)
    worker.shutdown(wait=False)
    return future


def arrived(value: T | Future[T]) -> T:
    """The value, which may be the result of work that goes on."""
    return value.result() if isinstance(value, Future) else value


def together(work: Callable[[T], R], items: Sequence[T], *, at_once: int) -> list[R]:
    """Do some work for each item, so many at once; the results in the order of the items.

    After an error nothing more is begun, and what is under way is not waited for, nor is it when
    the program ends: so this is for work that may break off anywhere, such as calls to a service.
    """
    if min(at_once, len(items)) < 2:  # noqa: PLR2004 one after the other needs no thread
        return [work(item) for item in items]
    futures: list[Future[R]] = [Future() for _ in items]
    turns = count()

    def take_turns() -> None:
        while (turn := next(turns)) < len(items) and futures[turn].set_running_or_notify_cancel():
            try:
                futures[turn].set_result(work(items[turn]))
            except BaseException as error:  # noqa: BLE001 whoever asks for the result gets it
                futures[turn].set_exception(error)

    for _ in range(min(at_once, len(items))):
        threading.Thread(target=take_turns, daemon=True).start()
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
