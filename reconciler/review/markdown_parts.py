"""The sections of a Markdown text, and how many of them fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from reconciler.review.markdown_text import code, prose
from reconciler.review.model import PlanDocument
from reconciler.review.words import count

ROOM = 400
"""What is kept free for saying what was left out."""


Hidden = Callable[[str], str]
"""Takes the ids of people out of a text."""


@dataclass(frozen=True, slots=True)
class Told:
    """A plan, and how its people and its policies' texts may be told."""

    document: PlanDocument
    actions: pl.DataFrame
    key: bytes | None
    hidden: Hidden

    def prose(self, text: str) -> str:
        return prose(self.hidden(text))

    def code(self, text: str) -> str:
        return code(self.hidden(text))


@dataclass(frozen=True, slots=True)
class Section:
    """A part under a heading: a head, rows that can be cut from the end, a foot.

    ``noun`` is what the rows are, in the plural; without one the section is whole or not there.
    A section that is ``folded`` opens where its title is clicked.
    """

    title: str
    head: str
    rows: tuple[str, ...]
    foot: str
    noun: str = ""
    folded: bool = False

    def text(self, rows: int | None = None) -> str:
        """The section with so many of its rows, or all."""
        shown = self.rows if rows is None else self.rows[:rows]
        lines = [line for line in (self.head, *shown) if line]
        left = len(self.rows) - len(shown)
        notes = [f"_And {left:,} more {self.noun}._"] if left else []
        if self.foot:
            notes.append(self.foot)
        body = "\n\n".join(["\n".join(lines), *notes])
        if self.folded:
            return f"<details><summary>{self.title}</summary>\n\n{body}\n\n</details>"
        return f"#### {self.title}\n\n{body}"

    def most_rows(self, room: int) -> int:
        """How many rows fit into so many bytes."""
        free = room - len(self.text(0).encode())
        for number, row in enumerate(self.rows):
            free -= len(row.encode()) + 1
            if free < 0:
                return number
        return len(self.rows)


def fitted(summary: str, sections: Sequence[Section], limit: int) -> str:
    """Put a text together of at most ``limit`` bytes: the summary, and what fits, in this order.

    The first section that does not fit loses its last rows, the ones behind it go altogether.
    """
    parts = [summary]
    free = limit - ROOM - len(summary.encode())
    for number, section in enumerate(sections):
        text = section.text()
        if len(text.encode()) + 2 > free:
            rows = section.most_rows(free - 2) if section.noun else 0
            if rows:
                parts.append(section.text(rows))
            parts.append(_left_out(len(sections) - number - bool(rows)))
            break
        parts.append(text)
        free -= len(text.encode()) + 2
    return "\n\n".join(part for part in parts if part) + "\n"


def _left_out(sections: int) -> str:
    if not sections:
        return "_Cut for its length; the report and the saved plan have all of it._"
    parts = count(sections, "part is", "parts are")
    return f"_{parts} left out for their length; the report and the saved plan have them._"
