"""Tables at any width: what a row is about is always there, and readable."""

from io import StringIO

import pytest
from rich.console import Console

from reconciler.review.tables import Numbers, print_table

COLUMNS = ("automation", "", "audience", "enrolled", "existing")
ROWS = [
    ("knife-safety-for-everybody-in-the-kitchen (window not open)", "new", 1400, 11, 0),
    ("pms", "", 14, 11, 3),
]


def printed(width, columns=COLUMNS, rows=ROWS, numbers=3):
    out = StringIO()
    print_table(Console(file=out, width=width), columns, rows, numbers=numbers)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    "width", [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 40, 50, 60, 80, 100, 120]
)
def test_nothing_is_lost_or_too_wide(width):
    lines = printed(width)
    squeezed = "".join("".join(lines).split())
    assert max(map(len, lines)) <= width
    for text in ("1,400", "pms", "audience", "enrolled", "existing"):
        assert text in squeezed


@pytest.mark.parametrize("width", [30, 40, 50])
def test_a_narrow_terminal_gets_a_paragraph_for_each_row(width):
    text = "\n".join(printed(width))
    assert "knife-safety-for-everybody" in text
    assert "existing 0" not in text, "what there is none of is left out"
    assert (
        " ".join(text.split()).replace(":", "").endswith("pms audience 14, enrolled 11, existing 3")
    )


def test_a_paragraph_is_one_line_where_there_is_room():
    assert printed(50)[-1] == "pms: audience 14, enrolled 11, existing 3"
    assert printed(30)[-3:] == ["pms", "  audience 14, enrolled 11,", "  existing 3"]


def test_in_between_names_are_folded():
    lines = printed(66)
    assert lines[0].split() == ["automation", "audience", "enrolled", "existing"]
    assert lines[1].endswith("  new     1,400        11         0")
    assert "".join(line.split()[0] for line in lines[1:]).startswith("knife-safety-for-every")
    assert lines[-1].split() == ["pms", "14", "11", "3"]


def test_wide_enough_is_one_line_a_row():
    assert len(printed(120)) == 3


def test_signs_of_markup_are_signs():
    assert printed(80, ("a", "b"), [("[red]x", ":smile: \\[b]")], 0)[1] == "[red]x  :smile: \\[b]"


def test_a_value_of_several_lines():
    """As a memory of enrollments has them: what of which content."""
    rows = [("knives\n  → course/fire", 4)]
    table = [f"{'rule':17}given", f"{'knives':17}    4", "  → course/fire"]
    assert printed(80, ("rule", "given"), rows, 1) == table
    paragraph = ["knives", "  → course/fire", "  given 4"]
    assert printed(18, ("rule", "given"), rows, 1) == paragraph


@pytest.mark.parametrize("width", [30, 36, 40, 50, 80])
def test_what_a_number_counts_is_never_a_column_of_letters(width):
    out = StringIO()
    grid = Numbers(indent=4, least=16)
    grid.add_row("In the audience", "1,400", "active, and the target matches")
    grid.add_row("Due", "", "")
    grid.print(Console(file=out, width=width))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("    In the audience   1,400")
    assert "active, and the" in " ".join(" ".join(lines).split())
    assert len(lines) <= 4
