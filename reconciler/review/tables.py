"""Tables of rows that people read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table


def print_table(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int = 0
) -> None:
    """Print rows under their columns; the last ``numbers`` columns are numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for position, column in enumerate(columns):
        is_number = position >= len(columns) - numbers
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number,
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value).replace("[", r"\[")


def moment(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant to the minute, as local clocks show it."""
    return None if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
