"""Tables of rows that people read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GAP = 2


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


class Numbers:
    """Labels with a number and what it counts, under each other.

    A plan may hold thousands of such lines, and a table of the library takes milliseconds for
    each few of them; so these are laid out here.
    """

    def __init__(self, *, indent: int, least: int) -> None:
        """Begin at column ``indent``; labels are at least ``least`` columns wide."""
        self._indent, self._least = indent, least
        self._rows: list[tuple[str, str, str, str]] = []

    def add_row(self, label: str, number: str, text: str, *, style: str | None = None) -> None:
        """Add a line; ``text`` is markup."""
        self._rows.append((label, number, text, style or ""))

    def print(self, console: Console) -> None:
        labels = max([self._least, *(len(label) for label, *_ in self._rows)])
        numbers = max(len(number) for _, number, *_ in self._rows)
        begins = self._indent + labels + numbers + 2 * GAP
        width = max(console.width - begins, 1)
        every = Text()
        for label, number, text, style in self._rows:
            first, *more = _wrapped(text, style, console, width)
            head = f"{'':{self._indent}}{label:{labels}}{'':{GAP}}{number:>{numbers}}{'':{GAP}}"
            every.append(head, style).append(first).append("\n")
            for line in more:
                every.append(" " * begins).append(line).append("\n")
        console.print(every, soft_wrap=True, end="")


def _wrapped(markup: str, style: str, console: Console, width: int) -> list[Text]:
    text = Text.from_markup(markup, style=style) if "[" in markup else Text(markup, style)
    return [text] if text.cell_len <= width else list(text.wrap(console, width, overflow="fold"))


def print_line(console: Console, text: Text, *, indent: int) -> None:
    """Print a text from a column on; what does not fit goes on in the next line, from there too."""
    if text.cell_len <= console.width - indent:
        console.print(Text(" " * indent).append_text(text), soft_wrap=True)
    else:
        console.print(Padding(text, (0, 0, 0, indent)))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value).replace("[", r"\[")


def moment(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant to the minute, as local clocks show it."""
    return None if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
