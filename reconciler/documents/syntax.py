"""What is wrong with a text that is no YAML, in plain words."""

import re

from reconciler.errors import Diagnostic, Location

TAB = "Tab in the indentation"
SYNTAX = "Not valid YAML"

FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
ODD_SPACE = re.compile("[\xa0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]")
"""What looks like a space, or like nothing, and separates nothing in YAML."""
LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

# What the parser says, and what it means to a person. {line} is where the unfinished part begins.
SENTENCES = {
    "mapping values are not allowed in this context": (
        "A ':' stands where none is expected. Indent the line like its neighbors, put a space after"
        " each ':', and put quotes around a text that holds ': '."
    ),
    "did not find expected ',' or ']'": (
        "The list that begins in line {line} lacks a ',' or its ']'."
    ),
    "did not find expected ',' or '}'": (
        "The mapping that begins in line {line} lacks a ',' or its '}}'."
    ),
    "found unexpected end of stream": "The quotes that open in line {line} are not closed.",
    "found unexpected ':'": "Between {{ }} or [ ] a value that holds a ':' has to stand in quotes.",
    "found unexpected document indicator": "The quotes that open in line {line} are not closed.",
    "did not find expected key": (
        "The indentation fits no line above. Indent it like the other keys of its mapping, the"
        " first of which is in line {line}."
    ),
    "did not find expected '-' indicator": (
        "This is no item of the list that begins in line {line}. Begin it with '- ' or indent it"
        " like the keys above the list."
    ),
    "block sequence entries are not allowed in this context": (
        "A list begins on a line of its own. Put the '- ' on the next line, or write [a, b]."
    ),
    "could not find expected ':'": "A key needs ': ' and a value behind it.",
    "found unknown escape character": (
        "In double quotes a backslash has a meaning of its own. Use single quotes instead."
    ),
    "did not find expected alphabetic or numeric character": (
        "A value that begins with '*' or '&' has to stand in quotes."
    ),
    "did not find expected node content": (
        "A value is wanted here. Look for a bracket or a comma too many."
    ),
    "did not find expected <document start>": (
        "Something stands behind the end of the content. Look for a bracket too many."
    ),
    "found incompatible YAML document": "Only YAML 1 can be read. Take the %YAML line out.",
    "found undefined tag handle": "A value that begins with '!' has to stand in quotes.",
    "did not find expected tag URI": "A value that begins with '!' has to stand in quotes.",
}


def syntax_finding(error: Exception, text: str, file: str) -> Diagnostic:
    """Explain what ruamel.yaml's parser raised while it read ``text``."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or ""
    if mark is None:
        return Diagnostic(Location(file), SYNTAX, "The file cannot be read as YAML.")
    context = getattr(error, "context_mark", None) or mark
    at = Location(file, mark.line + 1, mark.column + 1)
    character = _character(text, mark.line, mark.column)
    if character == "\t" or "tab character" in problem:
        return Diagnostic(at, TAB, "YAML is indented with spaces. Replace the tab by spaces.")
    for line in (context.line, mark.line):
        if odd := ODD_SPACE.search(_line(text, line)):
            return Diagnostic(Location(file, line + 1, odd.start() + 1), SYNTAX, no_space(odd[0]))
    if "cannot start any token" in problem:
        detail = f"A value that begins with {character!r} has to stand in quotes."
    else:
        sentence = SENTENCES.get(problem, "YAML does not allow this here: {problem}.")
        detail = sentence.format(line=context.line + 1, problem=problem)
    return Diagnostic(at, SYNTAX, detail)


def no_space(character: str) -> str:
    """What to say of a character that YAML takes for a letter."""
    return (
        f"The character U+{ord(character):04X} looks like a space and is none. Replace it by one."
    )


def undecodable(data: bytes, file: str) -> Diagnostic | None:
    """Find what keeps bytes from being a text in UTF-8, if anything does."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        detail = "The file is in UTF-16. Save it in UTF-8."
        return Diagnostic(Location(file), "Not UTF-8", detail)
    if b"\0" in data:
        detail = "The file holds zero bytes, so it is no text. Is it another kind of file?"
        return Diagnostic(Location(file), "Binary file", detail)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        found = f"byte {data[error.start]:#04x} is not UTF-8"
        detail = f"The {found}. Save the file in UTF-8."
        return Diagnostic(_end_of(before, file), "Not UTF-8", detail)
    if odd := FORBIDDEN.search(text.removeprefix("\ufeff")):
        detail = f"The character U+{ord(odd[0]):04X} is not allowed. Take it out."
        before = text.removeprefix("\ufeff")[: odd.start()]
        return Diagnostic(_end_of(before, file), "Control character", detail)
    return None


def _end_of(text: str, file: str) -> Location:
    lines = LINE.split(text)
    return Location(file, len(lines), len(lines[-1]) + 1)


def _character(text: str, line: int, column: int) -> str:
    return _line(text, line)[column : column + 1]


def _line(text: str, number: int) -> str:
    lines = LINE.split(text)
    return lines[number] if number < len(lines) else ""
