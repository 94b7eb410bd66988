"""What the local LMS holds, for people."""

from zoneinfo import ZoneInfo

from rich.console import Console

from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.show import of_trainee, summary
from reconciler.review.tables import moment, print_table

STATUSES = ("not_started", "in_progress", "completed")


def show_contents(lms: LocalLms, console: Console) -> None:
    """Print every content with its version and how many have which status."""
    rows = summary(lms).select("content", "title", "version", *STATUSES).rows()
    columns = ("content", "title", "version", "not started", "in progress", "completed")
    print_table(console, columns, rows, numbers=4)


def show_trainee(lms: LocalLms, trainee: str, zone: ZoneInfo, console: Console) -> None:
    """Print one trainee's enrollments, and the courses of modules.

    Raises:
        WrongUse: The LMS knows no such trainee.
    """
    record = of_trainee(lms, trainee)
    if record.enrollments.is_empty():
        console.print(f"{trainee} has an account and no enrollment.")
        return
    rows = (
        (
            one["content"],
            one["status"],
            one["version"],
            *(moment(one[instant], zone) for instant in ("assigned", "due", "completed")),
        )
        for one in record.enrollments.iter_rows(named=True)
    )
    columns = ("content", "status", "version", "assigned", "due", "completed")
    print_table(console, columns, rows)
    if not record.progress.is_empty():
        console.print()
        chosen = record.progress.select("module", "course", "status", "version")
        print_table(console, chosen.columns, chosen.rows())
