"""The file of a roster as columns, before anything is made of them."""

import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from reconciler.errors import RosterUnfit, did_you_mean
from reconciler.roster.faults import Faults, unusable


@dataclass(frozen=True, slots=True)
class Table:
    """The columns asked for, in the file's order of rows.

    Attributes:
        frame: By name, those that are there; text, or days where the file has such a type.
        header_row: The row of the header; 0 where the file has none.
        rows: From positions in ``frame`` to rows of the file.
        header: Every column of the file.
        faults: What was found on the way. Rows with such faults are not in ``frame``.
    """

    frame: pl.DataFrame
    header_row: int
    rows: Callable[[Sequence[int]], list[int]]
    header: tuple[str, ...] = ()
    faults: tuple[Faults, ...] = ()


def check_file(path: Path, shown: str) -> None:
    """Require a regular file.

    Raises:
        RosterUnfit: There is none, or it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise _no_file(path, shown) from None
    except (OSError, ValueError) as failure:
        raise unusable(shown, f"It cannot be read: {failure}.") from failure
    if stat.S_ISDIR(mode):
        raise unusable(shown, "This is a folder. Name a file in `roster.path`.")
    if not stat.S_ISREG(mode):
        raise unusable(shown, "This is no regular file. Name one in `roster.path`.")


def _no_file(path: Path, shown: str) -> RosterUnfit:
    try:
        near = did_you_mean(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        near = ""
    return unusable(shown, f"There is no such file. Correct `roster.path`.{near}")
