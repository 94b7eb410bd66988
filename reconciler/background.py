"""Work that goes on in a thread of its own while something else is done."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def begun(work: Callable[[], T]) -> Future[T]:
    """Begin some work; who asks for its result waits for its end, and gets its error."""
    worker = ThreadPoolExecutor(max_workers=1)
    future = worker.submit(work)
    worker.shutdown(wait=False)
    return future


def arrived(value: T | Future[T]) -> T:
    """The value, which may be the result of work that goes on."""
    return value.result() if isinstance(value, Future) else value
