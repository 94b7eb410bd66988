"""What any LMS holds, as tables for people, by what every adapter can read."""

import polars as pl

from reconciler.errors import WrongUse, did_you_mean
from reconciler.lms.contract import Lms

STATUSES = ("not_started", "in_progress", "completed", "unknown")


def summary(lms: Lms) -> pl.DataFrame:
    """Each content with its title and version, and how many trainees have each status.

    Raises:
        LmsUnfit: The LMS cannot be read.
    """
    catalog = lms.catalog()
    held = lms.holdings(sorted(catalog)).with_columns(pl.col("content").cast(pl.String))
    counts = {
        (content, status): number
        for content, status, number in held.group_by("content", "status").len().iter_rows()
    }
    rows = [
        (one.id, one.title, one.version, *(counts.get((one.id, word), 0) for word in STATUSES))
        for _, one in sorted(catalog.items())
    ]
    columns = ("content", "title", "version", *STATUSES)
    return pl.DataFrame(rows, schema=columns, orient="row")


def of_trainee(lms: Lms, trainee: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What one trainee holds, as HOLDINGS and PROGRESS, by content.

    Raises:
        LmsUnfit: The LMS cannot be read.
        WrongUse: The LMS knows no such trainee.
    """
    catalog, accounts = lms.catalog(), lms.accounts()
    held = lms.holdings(sorted(catalog))
    known = set(held["trainee"]) if accounts is None else accounts
    if trainee not in known:
        raise WrongUse(f"The LMS knows no trainee {trainee!r}.{did_you_mean(trainee, known)}")
    mine = held.filter(pl.col("trainee") == trainee).sort(pl.col("content").cast(pl.String))
    modules = [one for one in mine["content"].cast(pl.String) if one.startswith("module/")]
    learned = lms.progress(modules).filter(pl.col("trainee") == trainee)
    return mine, learned.sort("module", "course")
