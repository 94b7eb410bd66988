"""Writes what was proven into docs/reliability.md, between its markers."""

from tests.commands.desk import PROJECT

FILE = PROJECT / "docs" / "reliability.md"


def note(section, text):
    """Replace one figure by a new one."""
    begin, end = f"<!-- {section} begins -->", f"<!-- {section} ends -->"
    before, found, rest = FILE.read_text(encoding="utf-8").partition(begin)
    _, found_too, after = rest.partition(end)
    assert found, section
    assert found_too, section
    FILE.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
