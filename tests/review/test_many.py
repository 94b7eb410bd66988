"""A plan of a large company: what weighs most in full, a line for the rest, and a way to all of it."""

import re
from io import StringIO

import pytest
from rich.console import Console

from reconciler.__main__ import run
from reconciler.commands.planning import make_plan
from reconciler.review.many import FULL, LINES, MANY
from reconciler.review.terminal import show_plan
from tests.commands.desk import CATALOG, furnish

PEOPLE = [f"P{n:04},austin-1,cook,2020-01-01,A" for n in range(6)]
ROSTER = "\n".join(["id,store,jobs,hired,status", *PEOPLE, ""])


def company(folder, *, acting, quiet=0, orders=0, exemptions=0, role="server"):
    """So many rules, each with a course of its own and so many people as its number says."""
    courses = "".join(
        f"  c{n}: {{title: Course {n}, version: 1}}\n" for n in range(acting + orders)
    )
    rules = [
        f"  rule-{n:03}:\n    assign: course/c{n}\n    scope: future-and-existing\n"
        f"    target: {{trainees: [{', '.join(one[:5] for one in PEOPLE[: n % 6 + 1])}]}}\n"
        for n in range(acting)
    ]
    rules += [
        f"  still-{n:03}:\n    assign: course/c0\n    target: {{role: {role}}}\n"
        for n in range(quiet)
    ]
    given = [
        f"  order-{n:03}:\n    assign: course/c{acting + n}\n    target: {{role: cook}}\n"
        for n in range(orders)
    ]
    spared = [
        f"  spared-{n:03}:\n    target: {{trainees: [P0000]}}\n    from: course/fire-safety\n"
        "    reason: meant\n"
        for n in range(exemptions)
    ]
    parts = {"automations": rules, "assignments": given, "exemptions": spared}
    policy = "".join(f"{name}:\n{''.join(of)}" for name, of in parts.items() if of)
    catalog = CATALOG.replace("modules:", f"{courses}modules:")
    return furnish(folder, policy=policy, roster=ROSTER, catalog=catalog)


def shown(folder, *, every=False):
    made = make_plan(folder, as_of=None, no_color=True)
    text = StringIO()
    show_plan(made.document, made.trainees, Console(file=text, width=100), every_name=every)
    return text.getvalue()


def in_full(text):
    return re.findall(r"^  automation\.(\S+) → ", text, re.MULTILINE)


@pytest.mark.parametrize("acting", [MANY, MANY + 1, MANY + 40], ids=["few", "many", "more"])
def test_automations(tmp_path, acting):
    text = shown(company(tmp_path / "co", acting=acting))
    names = in_full(text)
    if acting <= MANY:
        assert names == [f"rule-{n:03}" for n in range(acting)]
        assert "--all" not in text
        return
    assert len(names) == FULL
    assert f"The {FULL} automations of {acting} that weigh most" in text
    assert f"{acting - FULL} more automations\n" in text
    lines = re.findall(r"^(rule-\d+) +new +(\d) +(\d)", text, re.MULTILINE)
    assert len(lines) == acting - FULL, "each of the others has a line"
    assert {name for name, *_ in lines}.isdisjoint(names)
    assert all(audience == assigned for _, audience, assigned in lines)
    sizes = [int(name[-3:]) % 6 for name in names]
    assert sizes == sorted(sizes, reverse=True), "those that give most come first"
    assert min(sizes) >= max(int(audience) - 1 for _, audience, _ in lines)

    whole = shown(tmp_path / "co", every=True)
    assert len(in_full(whole)) == acting
    assert "more automations" not in whole


def test_even_the_lines_have_an_end(tmp_path):
    text = shown(company(tmp_path / "co", acting=FULL + LINES + 7))
    assert len(re.findall(r"^rule-\d+ +new", text, re.MULTILINE)) == LINES
    assert "And 7 more automations: `--all` shows every rule" in " ".join(text.split())


def test_what_has_nothing_to_do_is_counted(tmp_path):
    folder = company(
        tmp_path / "co", acting=1, quiet=MANY + 5, orders=MANY + 2, exemptions=MANY + 3
    )
    apply(folder)
    text = " ".join(shown(folder).split())
    assert text.count("still-") == FULL - 1, "the rule that has done its work is among them"
    assert f"And {MANY + 6 - FULL} more automations: `--all`" in text
    assert text.count("assignment.order-") == FULL
    assert f"And {MANY + 2 - FULL} more orders that are done: `--all`" in text
    assert text.count("spared-") == FULL
    assert f"And {MANY + 3 - FULL} more exemptions: `--all`" in text
    whole = shown(folder, every=True)
    numbers = {"still-": MANY + 5, "assignment.order-": MANY + 2, "spared-": MANY + 3}
    assert {name: whole.count(name) for name in numbers} == numbers


def test_what_to_look_at_is_counted(tmp_path):
    folder = company(tmp_path / "co", acting=1, quiet=MANY + 5, role="nobody")
    text = " ".join(shown(folder).split())
    assert text.count("Value that nobody bears") == FULL
    assert f"And {MANY + 5 - FULL} more things to look at: `--all`" in text
    assert shown(folder, every=True).count("Value that nobody bears") == MANY + 5


def test_what_takes_away_is_never_among_the_lines(tmp_path):
    """However little it is: who loses something is looked at first."""
    folder = company(tmp_path / "co", acting=MANY + 10)
    rules = folder / "policies/rules.yaml"
    goes = rules.read_text().replace("  rule-000:\n", "  rule-000:\n    on_exit: remove\n")
    rules.write_text(goes)
    apply(folder)
    first, rest = goes.split("  rule-001:", 1)
    everybody = re.sub(r"\{trainees: .*\}", "{everyone: true}", rest)
    rules.write_text(f"{first.replace('P0000', 'P0001')}  rule-001:{everybody}")

    text = shown(folder)
    assert len(in_full(text)) == FULL
    assert in_full(text)[0] == "rule-000"
    assert re.search(r"Removed +1 +have left: P0000", text)


def apply(folder):
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 0
