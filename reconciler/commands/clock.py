"""The clock of a run."""

from datetime import UTC, datetime


def now() -> datetime:
    """The clock, read once for a run, in whole seconds (D7a)."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 the one place
