"""Writes what was proven into docs/reliability.md, between its markers."""

from tests.commands.desk import PROJECT

FILE = PROJECT / "docs" / "reliability.md"


def note(section, text):
    """Replace one figure by a new one."""
    before, _, after = _around(section)
    FILE.write_text(f"{before}{text}{after}", encoding="utf-8")


def noted(section):
    """A figure as it stands there."""
    return _around(section)[1]


def _around(section):
    begin, end = f"<!-- {section} begins -->", f"<!-- {section} ends -->"
    before, found, rest = FILE.read_text(encoding="utf-8").partition(begin)
    text, found_too, after = rest.partition(end)
    assert found, section
    assert found_too, section
    return before + begin, text, end + after
