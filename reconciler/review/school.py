"""What an LMS holds, for people."""

from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console

from reconciler.lms.contract import Lms
from reconciler.lms.local import show as local
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.publishing import CatalogChanges
from reconciler.lms.show import of_trainee, summary
from reconciler.review.tables import moment, print_table

STATUSES = ("not_started", "in_progress", "completed")
INSIDE = ("module", "course", "status", "version", "completed")


def show_contents(lms: Lms, console: Console) -> None:
    """Print every content with its version and how many have which status."""
    found = local.summary(lms) if isinstance(lms, LocalLms) else summary(lms)
    some = "unknown" in found.columns and found["unknown"].sum() > 0
    statuses = (*STATUSES, "unknown") if some else STATUSES
    rows = found.select("content", "title", "version", *statuses).rows()
    words = (status.replace("_", " ") for status in statuses)
    print_table(console, ("content", "title", "version", *words), rows, numbers=1 + len(statuses))


def show_trainee(lms: Lms, trainee: str, zone: ZoneInfo, console: Console) -> None:
    """Print one trainee's enrollments, the courses of modules, and what was completed earlier.

    Only the local LMS tells the earlier completions.

    Raises:
        WrongUse: The LMS knows no such trainee.
    """
    if isinstance(lms, LocalLms):
        held, learned, history = local.of_trainee(lms, trainee)
    else:
        (held, learned), history = of_trainee(lms, trainee), pl.DataFrame()
    if held.is_empty():
        console.print(f"{trainee} has an account and no enrollment.")
        return
    rows = (
        (
            one["content"],
            one["status"],
            one["version"],
            *(moment(one[instant], zone) for instant in ("assigned", "due", "completed")),
        )
        for one in held.iter_rows(named=True)
    )
    columns = ("content", "status", "version", "assigned", "due", "completed")
    print_table(console, columns, rows)
    if not learned.is_empty():
        console.print()
        _print_instants(learned.select(*INSIDE), zone, console)
    if not history.is_empty():
        console.print("\nearlier completions")
        _print_instants(history, zone, console)


def show_changes(changes: CatalogChanges, console: Console) -> None:
    """Print what taking a catalog file over has changed."""
    for word, ids in (("New", changes.added), ("Edited", changes.edited)):
        if ids:
            console.print(f"{word}: {', '.join(ids)}.")
    for content, version in changes.published.items():
        console.print(f"Published {content}, version {version}.")
    if changes.withdrawn:
        console.print(f"Withdrawn: {', '.join(changes.withdrawn)}.")
    for content, version in changes.newer.items():
        console.print(f"{content} stays at version {version}, which is newer than the file's.")
    if not any(changes):
        console.print("The catalog is as in the file.")


def _print_instants(rows: pl.DataFrame, zone: ZoneInfo, console: Console) -> None:
    told = ((*row[:-1], moment(row[-1], zone)) for row in rows.rows())
    print_table(console, rows.columns, told)
