"""Saves a plan while it is described and printed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from reconciler.commands.planning import Made
from reconciler.review.packed import as_parquet, tables_of
from reconciler.review.saved import refuse_another_file, save_plan


@contextmanager
def saving(path: Path | None) -> Iterator[Callable[[Made], None]]:
    """Give a function that starts to save a plan; it is saved when the block ends, even if
    nobody reads what the block prints to its end.

    Args:
        path: Where to; None to save nothing.

    Raises:
        WrongUse: It cannot be written there.
    """
    if path is None:
        yield lambda _: None
        return
    refuse_another_file(path)
    started = []
    with ThreadPoolExecutor(max_workers=1) as worker:

        def start(made: Made) -> None:
            # Put together first: two threads of Python wait for each other again and again.
            tables = tables_of(made.plan)
            started.append((made, worker.submit(partial(as_parquet, tables))))

        try:
            yield start
        finally:
            for made, packed in started:
                save_plan(path, made.document, packed.result())
