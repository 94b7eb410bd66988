"""A YAML text as lines: which are comments, which lie inside of a value, where sections begin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from _ruamel_yaml import CParser
from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from reconciler.documents.source import parse

NODES = (AliasEvent, MappingStartEvent, SequenceStartEvent)
BLOCK = ("|", ">")


class Node(NamedTuple):
    """Where a node begins, and where it ends if it is a scalar; a block is one after | or >."""

    line: int
    end_line: int
    is_block: bool


class _Span(NamedTuple):
    """Where a scalar stands; lines and columns from 0, the end not included."""

    line: int
    column: int
    end_line: int
    end_column: int
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Lines count from 0.

    Attributes:
        lines: Without their ends.
        inside: The lines that continue a value, where spaces and blank lines have a meaning.
        kept: Those of them whose blank lines at the end have a meaning too (``|+``).
        comments: Every comment, without spaces around it, in order.
        comment_lines: The lines that hold nothing but a comment.
        behind: The lines with a comment behind something, and where it begins.
        nodes: Every scalar, list, mapping and alias, in the order in which they begin.
        sections: The keys at the top with their lines.
        entries: Each section that is a block mapping, once for each of its entries, with the line.
        is_block: Whether the keys at the top stand on lines of their own.
    """

    lines: tuple[str, ...]
    inside: frozenset[int]
    kept: frozenset[int]
    comments: tuple[str, ...]
    comment_lines: frozenset[int]
    behind: Mapping[int, int]
    nodes: tuple[Node, ...]
    sections: tuple[tuple[str, int], ...]
    entries: tuple[tuple[str, int], ...]
    is_block: bool

    def next_content(self, line: int) -> int | None:
        """The next line that holds more than a comment."""
        for following in range(line + 1, len(self.lines)):
            if not is_blank(self.lines[following]) and following not in self.comment_lines:
                return following
        return None

    def above_next(self, line: int) -> bool:
        """Whether a comment is no deeper than the content that follows it."""
        following = self.next_content(line)
        if following is None:
            return False
        return column_of(self.lines[line]) <= column_of(self.lines[following])

    def outer_columns(self, line: int) -> list[int]:
        """The columns of what ``line`` may belong to, by what stands above it, deepest first."""
        columns: list[int] = []
        for above in range(line - 1, -1, -1):
            content = self.lines[above]
            if is_blank(content) or above in self.comment_lines or above in self.inside:
                continue
            if not columns or column_of(content) < columns[-1]:
                columns.append(column_of(content))
        return columns


def layout_of(text: str) -> Layout:
    """Lay out a text that parses, with line feeds at the ends of its lines."""
    lines = tuple(text.split("\n"))
    spans, nodes = _spans(text)
    inside, kept = _inside(lines, spans)
    found = _comments(lines, spans, inside)
    sections, entries = _heads(text)
    starts = [line for _, line in sections]
    is_block = len(set(starts)) == len(starts) and all(
        line not in inside and column_of(lines[line]) == 0 and lines[line][:1] not in "{%-"
        for line in starts
    )
    return Layout(
        lines=lines,
        inside=inside,
        kept=kept,
        comments=tuple(lines[line][at:].strip() for line, at in found),
        comment_lines=frozenset(line for line, at in found if is_blank(lines[line][:at])),
        behind={line: at for line, at in found if not is_blank(lines[line][:at])},
        nodes=nodes,
        sections=sections,
        entries=tuple((key, line) for key, line in entries if line not in starts),
        is_block=bool(starts) and is_block,
    )


def is_blank(line: str) -> bool:
    return not line.strip()


def is_comment(line: str) -> bool:
    return line.lstrip(" ").startswith("#")


def column_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _spans(text: str) -> tuple[list[_Span], tuple[Node, ...]]:
    spans, nodes = [], []
    parser = CParser(text.encode())
    while parser.check_event():
        event = parser.get_event()
        start, end = event.start_mark, event.end_mark
        if isinstance(event, ScalarEvent):
            span = _Span(start.line, start.column, end.line, end.column, event.style or "")
            spans.append(span)
            nodes.append(Node(start.line, end.line, event.style in BLOCK))
        elif isinstance(event, NODES):
            nodes.append(Node(start.line, start.line, is_block=False))
    return spans, tuple(nodes)


def _inside(lines: tuple[str, ...], spans: list[_Span]) -> tuple[frozenset[int], frozenset[int]]:
    inside: set[int] = set()
    kept: set[int] = set()
    for span in spans:
        last = span.end_line if span.end_column else span.end_line - 1
        own = list(range(span.line + 1, min(last, len(lines) - 1) + 1))
        if span.style not in BLOCK:
            inside.update(own)
        elif "+" in lines[span.line][span.column :].partition("#")[0]:
            inside.update(own)
            kept.update(own)
        else:
            while own and is_blank(lines[own[-1]]):
                own.pop()
            inside.update(own)
    return frozenset(inside), frozenset(kept)


def _comments(
    lines: tuple[str, ...], spans: list[_Span], inside: frozenset[int]
) -> list[tuple[int, int]]:
    by_line: dict[int, list[_Span]] = {}
    for span in spans:
        by_line.setdefault(span.line, []).append(span)
        if span.end_line != span.line and span.style not in BLOCK:
            by_line.setdefault(span.end_line, []).append(span)
    found = []
    for number, line in enumerate(lines):
        ends_here = [span for span in by_line.get(number, ()) if span.end_line == number]
        if "#" not in line or (number in inside and not ends_here):
            continue
        position = _comment_start(line, number, by_line.get(number, []))
        if position is not None:
            found.append((number, position))
    return found


def _comment_start(line: str, number: int, spans: list[_Span]) -> int | None:
    for position, character in enumerate(line):
        if character != "#" or (position and line[position - 1] not in " \t"):
            continue
        if not any(_covers(span, number, position) for span in spans):
            return position
    return None


def _covers(span: _Span, line: int, column: int) -> bool:
    if span.style in BLOCK:
        return False  # what follows the sign in its own line is a comment
    begins = (span.line, span.column) <= (line, column)
    return begins and (line, column) < (span.end_line, span.end_column)


def _heads(text: str) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    source = parse(text.encode(), "")
    sections, entries = [], []
    for path, place in source.places.items():
        if len(path) == 1:
            sections.append((str(path[0]), place.line - 1))
        elif len(path) == 2 and isinstance(path[1], str):  # noqa: PLR2004 section and name
            entries.append((str(path[0]), place.line - 1))
    return tuple(sections), tuple(entries)
