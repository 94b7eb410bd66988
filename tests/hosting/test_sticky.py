"""What fits into a comment, and how it is cut."""

import pytest

from reconciler.hosting.sticky import CUT, fitting

PARAGRAPH = "A line of thirty bytes or so.\n"

# the story: a text that is too long for 400 bytes, and how it ends before the note
CUTS = {
    "between two paragraphs": (f"{PARAGRAPH}\n" * 40, f"{PARAGRAPH.rstrip()}\n\n\n{CUT}\n"),
    "in the only paragraph": (PARAGRAPH * 40, CUT),
    "in the midst of a sign": ("ä" * 400, CUT),
    "in a picture": ("Look:\n\n```mermaid\n" + "a --> b\n\n" * 90 + "```\n", f"\n```\n\n{CUT}\n"),
    "behind a picture": (
        "Look:\n\n```mermaid\na\n```\n\n" + f"{PARAGRAPH}\n" * 40, f"so.\n\n\n{CUT}\n",
    ),
    "what is no text": ("\ud800" * 500, CUT),
}  # fmt: skip


@pytest.mark.parametrize(("text", "end"), CUTS.values(), ids=CUTS.keys())
def test_too_long(text, end):
    cut = fitting(text, 400)
    assert len(cut.encode()) <= 400
    assert cut.rstrip().endswith(end.rstrip())
    assert cut[:20] == text.encode(errors="replace").decode()[:20]
    assert cut.count("```") % 2 == 0


def test_what_fits_stays():
    text = "ä" * 200
    assert fitting(text, 400) == text
