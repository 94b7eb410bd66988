"""An undo as Markdown: what becomes of a run's rows beside the numbers."""

from collections.abc import Callable, Iterator

from reconciler.review.markdown_parts import Section
from reconciler.review.markdown_text import prose
from reconciler.review.model import PlanDocument
from reconciler.review.people import few, few_of
from reconciler.review.undo import undo_parts


def undo_sections(document: PlanDocument, hidden: Callable[[str], str]) -> Iterator[Section]:
    """A section for each part of what is told of an undo."""
    for part in undo_parts(document, few_of, by=False):
        rows = tuple(
            f"- {prose(hidden(text))}"
            if number is None
            else f"- {few(number)}: {prose(hidden(text))}"
            for number, text in part.rows
        )
        yield Section(part.title, "", rows, part.foot, "lines")
