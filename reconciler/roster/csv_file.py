"""Reads a roster from CSV: all columns as text (P4), each row as wide as the header."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from reconciler.documents.scalars import clean
from reconciler.roster.faults import Fault, told, unusable
from reconciler.roster.settings import RosterSettings
from reconciler.roster.table import Table, check_file

NOBODY = "It holds no trainee, so nothing is planned from it (A3). Export it again."
QUOTED = r'(?:"[^"]*")+'
BROKEN = "A quotation mark that opens here is not closed, or closes within a field."


def read_csv_file(settings: RosterSettings, root: Path, *, columns: Collection[str]) -> Table:
    """Read the columns asked for; rows that are wholly blank are passed over.

    Raises:
        RosterUnfit: The file is no CSV in this encoding, or holds nobody (A3).
    """
    shown = settings.path
    check_file(root / shown, shown)
    header, body = _split_header(_decoded(_bytes(root / shown, shown), settings), settings)
    places = {name: header.index(name) for name in sorted(columns) if name in header}
    frame = _split(body)
    if frame is None or _looks_unusual(body, frame):
        table = _read_exactly(body, places)
    else:
        table = _filled(frame, body, places)
    twice = [
        Fault(1, f"The header names {name!r} twice. Give each column its own name.")
        for name in places
        if header.count(name) > 1
    ]
    if table.frame.is_empty() and places and not any(kind.count for kind in table.faults):
        raise unusable(shown, NOBODY)
    return replace(table, header=header, faults=(*table.faults, told(twice)))


@dataclass(frozen=True, slots=True)
class _Body:
    """What stands below a header of ``width`` fields; ``first`` is the row that it begins with."""

    text: str
    first: int
    width: int
    delimiter: str

    def records(self) -> Iterator[tuple[int, list[str] | None]]:
        """Each record with the row that it begins in; None for one that cannot be read, at last.

        Slow, and exact about rows: only for files in which something is wrong or unusual.
        """
        reader = csv.reader(_lines(self.text), delimiter=self.delimiter, strict=True)
        begin = self.first
        try:
            for record in reader:
                yield begin, record if any(cell.strip() for cell in record) else []
                begin = self.first + reader.line_num
        except csv.Error:
            yield begin, None

    def rows(self, positions: Sequence[int]) -> list[int]:
        """The rows in which the records at these positions begin."""
        if '"' not in self.text:
            return [self.first + position for position in positions]
        begins = [begin for begin, _ in self.records()]
        return [begins[position] for position in positions]


def _filled(frame: pl.DataFrame, body: _Body, places: Mapping[str, int]) -> Table:
    """The rows in which something stands."""
    numbered = frame.with_row_index("position")
    if frame.select(_is_blank(pl.first()).any()).item():
        numbered = numbered.filter(~pl.all_horizontal(_is_blank(pl.exclude("position"))))
    positions = numbered["position"]
    return Table(
        frame=numbered.select(pl.col(str(place)).alias(name) for name, place in places.items()),
        header_row=1,
        rows=lambda chosen: body.rows([positions[one] for one in chosen]),
    )


def _is_blank(columns: pl.Expr) -> pl.Expr:
    return columns.str.strip_chars().fill_null("") == ""


def _read_exactly(body: _Body, places: Mapping[str, int]) -> Table:
    """The rows that have the header's number of fields, with a fault for each other one."""
    faults: list[Fault] = []
    begins: list[int] = []
    cells: dict[str, list[str]] = {name: [] for name in places}
    for begin, record in body.records():
        if record is None:
            faults.append(Fault(begin, BROKEN))
        elif len(record) == body.width:
            begins.append(begin)
            for name, place in places.items():
                cells[name].append(record[place])
        elif record:
            count = f"It has {len(record)} field{'s' if len(record) > 1 else ''}"
            faults.append(Fault(begin, f"{count}, and the header has {body.width}."))
    return Table(
        frame=pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String())),
        header_row=1,
        rows=lambda chosen: [begins[position] for position in chosen],
        faults=(told(faults),),
    )


def _split(body: _Body) -> pl.DataFrame | None:
    """The fields as columns 0, 1, …; None where they cannot be told apart quickly."""
    header = body.delimiter.join(str(place) for place in range(body.width))
    # Without its line end, a last row with a field too many would pass.
    end = "" if body.text.endswith("\n") else "\n"
    try:
        return pl.read_csv(
            f"{header}\n{body.text}{end}".encode(), separator=body.delimiter, infer_schema=False
        )
    except pl.exceptions.PolarsError:
        return None


def _looks_unusual(body: _Body, frame: pl.DataFrame) -> bool:
    """Whether a row may have another number of fields; a quick look that errs to yes.

    ``frame`` was split from it, so no row has too many fields: a count shows if any has too few.
    """
    bare = body.text
    if bare.count("\r") != bare.count("\r\n"):
        return True
    if '"' in bare:
        whole = pl.Series([bare]).str.replace_all(QUOTED, "\0")
        edge = f"[{re.escape(body.delimiter)}\r\n\0]"
        if whole.str.contains(f'"|[^{edge[1:]}\0|\0[^{edge[1:]}').item():
            return True
        bare = whole.item()
    if bare.count(body.delimiter) == (body.width - 1) * frame.height:
        return False
    lines = pl.Series([bare]).str.split("\n").explode()
    uneven = lines.str.count_matches(body.delimiter, literal=True) != body.width - 1
    return bool((uneven & (lines.str.strip_chars() != "")).any())


def _bytes(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise unusable(shown, f"It cannot be read: {failure.strerror}.") from failure


def _decoded(data: bytes, settings: RosterSettings) -> str:
    encoding = "utf-8-sig" if settings.encoding == "utf-8" else settings.encoding
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as failure:
        row = data.count(b"\n", 0, failure.start) + 1
        raise unusable(
            settings.path,
            f"Byte {failure.start + 1:,} of the file is no {settings.encoding}. Save it as UTF-8, "
            "or name its encoding in `roster.encoding`, such as cp1252.",
            row=row,
        ) from None
    if (at := text.find("\0")) >= 0:
        raise unusable(
            settings.path,
            "A NUL byte stands here: this is no text, or text in another encoding, such as utf-16 "
            "(`roster.encoding`).",
            row=text.count("\n", 0, at) + 1,
        )
    if not text or text.isspace():
        raise unusable(settings.path, "The file is empty. Its first row has to name the columns.")
    return text.replace("\r", "\n") if "\n" not in text else text


def _split_header(text: str, settings: RosterSettings) -> tuple[tuple[str, ...], _Body]:
    lines = _lines(text[: _end_of_first(text)])
    reader = csv.reader(lines, delimiter=settings.delimiter, strict=True)
    try:
        header = tuple(clean(cell) for cell in next(reader))
    except csv.Error:
        raise unusable(settings.path, BROKEN, row=1) from None
    if not any(header):
        raise unusable(settings.path, "The first row is blank. It has to name the columns.", row=1)
    body = text[lines.tell() :]
    if not body or body.isspace():
        raise unusable(settings.path, NOBODY)
    return header, _Body(body, reader.line_num + 1, len(header), settings.delimiter)


def _end_of_first(text: str) -> int:
    """Where the first record ends, at the latest: at a line end with every quotation closed."""
    end = quotes = 0
    while end < len(text):
        start, end = end, text.find("\n", end) + 1 or len(text)
        quotes += text.count('"', start, end)
        if quotes % 2 == 0:
            break
    return end


def _lines(text: str) -> io.StringIO:
    """The lines of a text with their ends, as the csv module wants them."""
    return io.StringIO(text, newline="")
