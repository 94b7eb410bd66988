"""Comments and blank lines, taken out of a YAML text and put back where they belong.

ruamel.yaml keeps most comments when it writes a text anew, and loses some: one above an item of a
list that has another comment behind it. So it never sees them here.
"""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.documents.lines import Layout, column_of, is_blank


class _Line(NamedTuple):
    """A comment or a blank line, to be put before a line of the text."""

    before: int
    text: str


def bare(layout: Layout) -> str:
    """The text without its comments and blank lines."""
    lines = []
    for number, line in enumerate(layout.lines):
        if number in layout.behind:
            lines.append(line[: layout.behind[number]].rstrip(" \t"))
        elif number in layout.inside or not _is_extra(layout, number):
            lines.append(line)
    return "\n".join([*lines, ""])


def noted(written: Layout, anew: Layout) -> str:
    """Put what ``bare`` took out of ``written`` into the same content written anew.

    Raises:
        ValueError: The two do not hold the same nodes.
    """
    if len(written.nodes) != len(anew.nodes):
        raise ValueError("the content is not the same")
    lines = list(anew.lines)
    extra: list[_Line] = []
    for number in range(_end(written)):
        if number in written.behind:
            extra += _put_behind(written, number, anew, lines)
        elif _is_extra(written, number) and number not in written.inside:
            extra.append(_moved(written, number, anew))
    return "\n".join(_merged(lines, extra))


def _end(layout: Layout) -> int:
    """How many lines there are; what follows the last end of line is none."""
    return len(layout.lines) - (not layout.lines[-1])


def _is_extra(layout: Layout, number: int) -> bool:
    return number in layout.comment_lines or is_blank(layout.lines[number])


def _moved(written: Layout, number: int, anew: Layout) -> _Line:
    """Where a line of its own goes, indented like what it belongs to."""
    following = next((i for i, node in enumerate(written.nodes) if node.line > number), None)
    before = _end(anew) if following is None else anew.nodes[following].line
    while before in anew.inside:
        before -= 1
    text = written.lines[number].strip()
    if not text:
        return _Line(before, "")
    if following is not None and written.above_next(number):
        column = column_of(anew.lines[before])
    else:
        own = column_of(written.lines[number])
        level = sum(column > own for column in written.outer_columns(number))
        column = next(iter(anew.outer_columns(before)[level:]), 0)
    return _Line(before, " " * column + text)


def _put_behind(written: Layout, number: int, anew: Layout, lines: list[str]) -> Iterator[_Line]:
    """Write a comment behind its line; before it, where there is one behind already."""
    position = written.behind[number]
    text = written.lines[number][position:].strip()
    last = max(i for i, node in enumerate(written.nodes) if node.line <= number)
    node = anew.nodes[last]
    line = node.line if node.is_block else node.end_line
    while not node.is_block and line + 1 in anew.inside:
        line += 1
    if lines[line] != anew.lines[line]:
        while line in anew.inside:
            line -= 1
        yield _Line(line, " " * column_of(anew.lines[line]) + text)
        return
    shift = column_of(written.lines[number]) - column_of(anew.lines[line])
    lines[line] = f"{lines[line].ljust(position - shift - 1)} {text}"


def _merged(lines: list[str], extra: list[_Line]) -> Iterator[str]:
    by_line: dict[int, list[str]] = {}
    for note in extra:
        by_line.setdefault(note.before, []).append(note.text)
    for number, line in enumerate(lines):
        yield from by_line.get(number, ())  # the last line is empty: what stands at the end, too
        yield line
