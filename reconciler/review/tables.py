"""Tables of rows that people read."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

GAP = 2
FOLDED = (16, 10)
"""To so few signs the first column, and any other text, may be folded."""


def print_table(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: int = 0
) -> None:
    """Print rows under their columns; the last ``numbers`` columns are numbers.

    Where there is no room for the numbers beside readable names, each row gets a paragraph. They
    are laid out here for the reason that ``Numbers`` are.
    """
    cells = [[Text(_cell(value)) for value in row] for row in rows]
    texts = len(columns) - numbers
    widest = [
        max([cell_len(name), *(_width(row[at]) for row in cells)])
        for at, name in enumerate(columns)
    ]
    least = [min(width, FOLDED[at > 0]) for at, width in enumerate(widest[:texts])]
    room = console.width - sum(widest[texts:]) - GAP * (len(columns) - 1)
    if sum(least) > room:
        _print_paragraphs(console, columns, cells)
        return
    for at in range(texts):
        widest[at] = min(widest[at], room - sum(least[at + 1 :]))
        room -= widest[at]
    table = Text()
    for style, row in (("bold", [*map(Text, columns)]), *(("", row) for row in cells)):
        folded = [_folded(cell, width, console) for cell, width in zip(row, widest, strict=True)]
        for parts in zip_longest(*folded, fillvalue=""):
            filled = (_filled_up(part, widest[at], at >= texts) for at, part in enumerate(parts))
            table.append((" " * GAP).join(filled) + "\n", style)
    console.print(table, soft_wrap=True, end="")


def _width(cell: Text) -> int:
    return max((cell_len(line) for line in cell.plain.splitlines()), default=0)


def _folded(cell: Text, width: int, console: Console) -> list[str]:
    if cell.cell_len <= width and cell.plain.isprintable():
        return [cell.plain]
    return [line.plain for line in cell.wrap(console, width, overflow="fold")]


def _filled_up(part: str, width: int, before: bool) -> str:
    space = " " * (width - cell_len(part))
    return space + part if before else part + space


def _print_paragraphs(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[Text]]
) -> None:
    """Each row in a line of its own, or more; what is none of is left out."""
    for name, *rest in rows:
        told = [
            Text(f"{column} {value}".strip())
            for column, value in zip(columns[1:], rest, strict=True)
            if value and value.plain != "0"
        ]
        whole = Text(", ").join(told)
        begin = Text(f"{name.plain}: " if told else name.plain)
        if begin.cell_len + whole.cell_len <= console.width and "\n" not in name.plain:
            console.print(begin.append_text(whole), soft_wrap=True)
            continue
        console.print(name, overflow="fold")
        for line in _filled(told, console.width - GAP):
            print_line(console, line, indent=GAP)


def _filled(several: Iterable[Text], width: int) -> Iterator[Text]:
    """Texts one after the other, with a comma between them; a new line where there is no room."""
    line = Text(overflow="fold")
    for text in several:
        if line and line.cell_len + len(", ,") + text.cell_len > width:
            yield line.append(",")
            line = Text(overflow="fold")
        line = line.append(", " if line else "").append_text(text)
    if line:
        yield line


class Numbers:
    """Labels with a number and what it counts, under each other.

    A plan may hold thousands of such lines, and a table of the library takes milliseconds for
    each few of them; so these are laid out here. Where there is no room beside the numbers, what
    they count is below them.
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
        below = console.width - begins < min(
            FOLDED[0], max(len(text) for *_, text, _ in self._rows)
        )
        if below:
            begins = self._indent + GAP
        width = max(console.width - begins, 1)
        every = Text()
        for label, number, text, style in self._rows:
            first, *more = _wrapped(text, style, console, width)
            head = f"{'':{self._indent}}{label:{labels}}{'':{GAP}}{number:>{numbers}}{'':{GAP}}"
            every.append(head, style)
            if below:
                more = [first, *more] if first else []
            else:
                every.append(first)
            every.append("\n")
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
    return f"{value:,}" if isinstance(value, int) else str(value)


def moment(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant to the minute, as local clocks show it."""
    return None if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
