"""Policy files in one manner of writing, with comments kept and not a word of meaning changed."""

from collections.abc import Mapping
from io import StringIO
from itertools import groupby
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from reconciler.documents.comments import bare, noted
from reconciler.documents.folder import FilePath, survey_folder
from reconciler.documents.lines import Layout, column_of, is_blank, is_comment, layout_of
from reconciler.documents.source import Unreadable, parse, survey
from reconciler.documents.whole import write_whole
from reconciler.errors import Diagnostic, InvalidPolicies, Location
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
    before = layout_of(text)
    passed = _tidy(before)
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


def format_folder(root: FilePath, folder: FilePath, *, write: bool) -> list[str]:
    """Format every policy file of a folder, or tell which would change.

    Args:
        root: The folder of the workspace file; files are shown relative to it.
        folder: The folder of policies; relative to ``root``, or absolute.
        write: Whether to write the files that change.

    Returns:
        The files that change, as they are shown.

    Raises:
        InvalidPolicies: A file cannot be read, formatted or written. Nothing is written where one
            cannot be read or formatted.
    """
    sources, findings = survey_folder(root, folder)
    unfit = {finding.at.file for finding in findings}
    changed: dict[str, str] = {}
    for file in (source.file for source in sources if source.file not in unfit):
        text = (root / file).read_bytes().decode()
        try:
            if (anew := formatted(text, file=file)) != text:
                changed[file] = anew
        except Unreadable as error:
            findings += error.findings
    if findings:
        raise InvalidPolicies(findings)
    if write:
        _write(root, changed)
    return list(changed)


def _write(root: FilePath, texts: Mapping[str, str]) -> None:
    for file, text in texts.items():
        try:
            write_whole(root / file, text.encode())
        except OSError as error:
            detail = f"The system says: {error.strerror}. Change its rights."
            finding = Diagnostic(Location(file), "Not writable", detail)
            raise InvalidPolicies([finding]) from error


def _unable(file: str) -> Unreadable:
    detail = "Its meaning or comments would change. Write it plainer: one key to a line."
    return Unreadable([Diagnostic(Location(file), "Cannot be formatted", detail)])


def _pass(text: str, file: str) -> str:
    meant = parse(text.encode(), file).data
    if not meant:
        return _tidy(layout_of(text))
    ordered = layout_of(text)
    moved = _ordered(ordered)
    if survey(moved.encode(), file)[0].data == meant:  # not if an alias would precede its anchor
        ordered = layout_of(moved)
    dumped = layout_of(_dumped(bare(ordered), file))
    try:
        return _tidy(_spaced(layout_of(noted(ordered, dumped))))
    except (ValueError, YAMLError) as error:
        raise _unable(file) from error


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
    # What ends with kept blank lines is closed by a mark that nobody wrote.
    return out.getvalue().removesuffix("...\n")


def _ordered(layout: Layout) -> str:
    """Sections in the order of the model, each with the comments right above it."""
    heads = layout.sections
    if not layout.is_block:
        return "\n".join(layout.lines)
    starts = [_first_comment(layout, line, least=0, most=0) for _, line in heads]
    if all(map(is_comment, layout.lines[: heads[0][1]])):
        starts[0] = heads[0][1]  # a comment on top, with no blank line below, is the file's
    ends = [*starts[1:], len(layout.lines) - (layout.lines[-1] == "")]
    lines = list(layout.lines[: starts[0]])
    for _, start, end in sorted(zip(heads, starts, ends, strict=True), key=_rank):
        lines += layout.lines[start:end]
        if not is_blank(lines[-1]) and end - 1 not in layout.kept:
            lines.append("")
    return "\n".join([*lines, ""])


def _rank(part: tuple[tuple[str, int], int, int]) -> int:
    return ORDER.get(part[0][0], len(ORDER))


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
    written = layout.lines[:-1] if is_blank(layout.lines[-1]) else layout.lines
    lines: list[str] = []
    for position, line in enumerate(written):
        if position in layout.inside:
            lines.append(line)
        elif line.strip() or (lines and lines[-1].strip()):
            lines.append(line.rstrip())
    while lines and is_blank(lines[-1]) and len(written) - 1 not in layout.kept:
        lines.pop()
    return "\n".join([*lines, ""]) if lines else ""
