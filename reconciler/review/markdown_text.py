"""Text of others inside Markdown: whatever is in it, it is read as text and as nothing else.

Two layers read a comment. The Markdown parser takes entities for text, so every sign that could
mean something is written as one. Then the hosting service looks through the text that came out for
people, numbers, labels and addresses to link; a space of no width behind the sign stops that, which
entities would not. In a code span and in a code block neither happens.
"""

import re
import unicodedata

LONGEST = 160
NO_WIDTH = "&#8203;"
PLAIN = frozenset(" ,().-'/")
LINKS = frozenset("@#!~%$&:^*[")
"""What begins a mention, a reference or an address, on one service or another."""

WORDS_THAT_LINK = re.compile(r"(?i)(?<![^\W_])(www|gh)(?=[.-])")
BLANK = re.compile(r"\s+")


def one_line(text: str, longest: int = LONGEST) -> str:
    """A text without line breaks and invisible signs, cut where it goes on and on."""
    kept = (
        " " if character in "\t\n\r\v\f" or unicodedata.category(character) in ("Zl", "Zp") else
        "" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") else character
        for character in text[: longest * 8]
    )  # fmt: skip
    line = BLANK.sub(" ", "".join(kept)).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def prose(text: str, longest: int = LONGEST) -> str:
    """A text of others as words in a paragraph, a list or a cell of a table."""
    line = one_line(text, longest)
    broken = WORDS_THAT_LINK.sub("\\1\0", line)
    return "".join(_sign(character, number) for number, character in enumerate(broken)) or "–"


def _sign(character: str, number: int) -> str:
    if character == "\0":
        return NO_WIDTH
    if character.isalpha() or (number and character.isalnum()):
        return character
    if character in PLAIN and number:
        return character
    if ord(character) > 127:  # noqa: PLR2004 beyond ASCII no sign has a meaning
        return character
    return f"&#{ord(character)};{NO_WIDTH if character in LINKS else ''}"


def code(text: str, longest: int = LONGEST) -> str:
    """A text of others as a code span: a name, an id."""
    line = one_line(text, longest).replace("`", "ʼ").replace("|", "¦").replace("\\", "⧵")
    return f"`{line}`" if line else "–"


def block(*lines: str) -> str:
    """Lines in a fenced block; each begins with a word of ours, so that none closes it."""
    shown = []
    for line in lines:
        kept = line.lstrip(" ")
        shown.append(" " * (len(line) - len(kept)) + one_line(kept, 1000))
    return "\n".join([f"```{'sh' if len(lines) == 1 else 'yaml'}", *shown, "```"])


def picture_label(text: str, longest: int = 60) -> str:
    """A text of others as a label of Mermaid, between quotes: plain signs and codes.

    The ligature is what Mermaid itself writes codes with, and it may not be empty.
    """
    return "".join(
        character if character.isascii() and (character.isalnum() or character in " -.,") else
        f"#{ord(character)};"
        for character in one_line(text, longest).replace("ﬂ", "fl") or "–"
    )  # fmt: skip


def table(columns: list[str], rows: list[list[str]], *, numbers: int) -> tuple[str, list[str]]:
    """A table: its head, and its lines; the last ``numbers`` columns are numbers."""
    aligned = ["---"] * (len(columns) - numbers) + ["---:"] * numbers
    head = [f"| {' | '.join(columns)} |", f"| {' | '.join(aligned)} |"]
    return "\n".join(head), [f"| {' | '.join(row)} |" for row in rows]
