"""Policy files in one manner of writing, with comments kept and not a word of meaning changed."""

from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from reconciler.documents.folder import survey_folder
from reconciler.documents.lines import Layout, column_of, is_blank, is_comment, layout_of
from reconciler.documents.source import Unreadable, parse
from reconciler.errors import Diagnostic, Location
from reconciler.policy.model import Policy

WIDTH = 100
PASSES = 6
ORDER = {name: position for position, name in enumerate(Policy.model_fields)}


class _Texts(VersionedResolver):
    """Takes every plain scalar for a text, so that 0042 and NO are written as they were (P4)."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:  # noqa: ANN401 ruamel's own
        return super().resolve(kind, value, (False, True) if kind is ScalarNode else implicit)


def formatted(text: str, *, file: str = "policy") -> str:
    """Write a policy file anew: order of sections, indentation, blank lines, ends of lines.

    Args:
        text: As read, with any ends of lines and with or without a byte-order mark.
        file: The name that findings show.

    Raises:
        Unreadable: It is no YAML that can be understood, or cannot be formatted with its comments.
    """
    source = parse(text.encode(errors="surrogatepass"), file)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    before, passed = layout_of(text), text
    for _ in range(PASSES):
        last, passed = passed, _pass(passed, file)
        if passed == last:
            break
    else:
        raise _unable(file)
    after = layout_of(passed)
    if parse(passed.encode(), file).data != source.data:
        raise _unable(file)
    if sorted(after.comments) != sorted(before.comments):
        raise _unable(file)
    return passed


def _unable(file: str) -> Unreadable:
    detail = "Its comments stand where they cannot be kept. Put each on a line of its own."
    return Unreadable([Diagnostic(Location(file), "Cannot be formatted", detail)])


def _pass(text: str, file: str) -> str:
    if not parse(text.encode(), file).data:
        return _tidy(layout_of(text))
    ordered = _ordered(layout_of(text))
    dumped = _dumped(ordered, file)
    indented = _comments_indented(layout_of(dumped), layout_of(ordered))
    return _tidy(_spaced(layout_of(indented)))


def _dumped(text: str, file: str) -> str:
    yaml = YAML()
    yaml.Resolver = _Texts
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.explicit_start = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    try:
        yaml.dump(yaml.load(text), out)
    except (YAMLError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
        raise _unable(file) from error
    return out.getvalue()


def _ordered(layout: Layout) -> str:
    """Sections in the order of the model, each with the comments right above it."""
    heads = layout.sections
    if not layout.is_block:
        return "\n".join(layout.lines)
    starts = [_first_comment(layout, line, least=0, most=0) for _, line in heads]
    if all(map(is_comment, layout.lines[: heads[0][1]])):
        starts[0] = heads[0][1]  # a comment on top, with no blank line below, is the file's
    ends = [*starts[1:], len(layout.lines)]
    parts = [
        (ORDER.get(name, len(ORDER)), layout.lines[start:end])
        for (name, _), start, end in zip(heads, starts, ends, strict=True)
    ]
    head = layout.lines[: starts[0]]
    body = [line for _, part in sorted(parts, key=lambda part: part[0]) for line in (*part, "")]
    return "\n".join([*head, *body])


def _first_comment(layout: Layout, line: int, *, least: int, most: int) -> int:
    """The line where the comments right above ``line`` begin, of those columns."""
    while (
        line > 0
        and is_comment(layout.lines[line - 1])
        and line - 1 not in layout.inside
        and least <= column_of(layout.lines[line - 1]) <= most
    ):
        line -= 1
    return line


def _comments_indented(after: Layout, before: Layout) -> str:
    """Indent each comment like what it belongs to, as far as its place before tells."""
    lines = list(after.lines)
    for line, was in zip(after.comment_lines, before.comment_lines, strict=False):
        following = after.next_content(line)
        if following is not None and before.above_next(was):
            column = column_of(after.lines[following])
        else:
            outer, written = before.outer_columns(was), column_of(before.lines[was])
            level = sum(column > written for column in outer)
            column = next(iter(after.outer_columns(line)[level:]), 0)
        lines[line] = " " * column + after.lines[line].lstrip()
    return "\n".join(lines)


def _spaced(layout: Layout) -> Layout:
    """One blank line before each section and between the entries of one."""
    if not layout.is_block:
        return layout
    lines = list(layout.lines)
    for line, wanted in sorted(_blanks(layout).items(), reverse=True):
        first = line
        while first > 0 and is_blank(lines[first - 1]) and first - 1 not in layout.inside:
            first -= 1
        if first > 0 and first - 1 not in layout.kept:
            lines[first:line] = [""] * wanted
    return layout_of("\n".join(lines))


def _blanks(layout: Layout) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for _, line in layout.sections:
        wanted[_first_comment(layout, line, least=0, most=0)] = 1
    for _, group in groupby(layout.entries, key=lambda entry: entry[0]):
        for position, (_, line) in enumerate(group):
            column = column_of(layout.lines[line])
            first = _first_comment(layout, line, least=1, most=column)
            wanted[first] = 1 if position else 0
    return wanted


def _tidy(layout: Layout) -> str:
    """No spaces at the ends of lines, no two blank lines together, one end of line at the end."""
    lines: list[str] = []
    for position, line in enumerate(layout.lines):
        if position in layout.inside:
            lines.append(line)
        elif line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    keeps = bool(layout.kept) and max(layout.kept) >= len(layout.lines) - 2
    text = "\n".join(lines)
    text = text if keeps else text.rstrip("\n")
    return f"{text}\n" if text and not text.endswith("\n") else text


def format_folder(root: Path, folder: Path, *, write: bool) -> list[str]:
    """Format every policy file of a folder; return the names of those that change.

    Nothing is written unless every file can be formatted.

    Raises:
        Unreadable: With every finding of every file.
    """
    changed: dict[Path, str] = {}
    findings: list[Diagnostic] = []
    sources, unread = survey_folder(root, folder)
    findings += unread
    for source in sources:
        path = root / source.file
        text = path.read_bytes().decode()
        try:
            if (better := formatted(text, file=source.file)) != text:
                changed[path] = better
        except Unreadable as unreadable:
            findings += unreadable.findings
    if findings:
        raise Unreadable(findings)
    if write:
        for path, text in changed.items():
            path.write_bytes(text.encode())
    return [
        path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        for path in changed
    ]
