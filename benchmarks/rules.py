"""The 300 automations of a benchmark's world: drawn, written as policies, listed for the peers."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROLES = [f"role-{number:02}" for number in range(20)]
REGIONS = [f"region-{number:02}" for number in range(30)]
BRANDS = [f"brand-{number}" for number in range(7)]
FRANCHISES = [f"franchise-{number:03}" for number in range(400)]
COURSES = [f"course/training-{number:03}" for number in range(200)]
AUTOMATIONS, FILES = 300, 30
TODAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class BenchRule:
    """3 roles, and (5 regions or 2 brands), and not 10 franchises; every second one ``since``.

    Every second one is future-only and ``began`` some years ago: whom it found then, and who has
    not left since, is its baseline.
    """

    name: str
    content: str
    roles: list[str]
    regions: list[str]
    brands: list[str]
    franchises: list[str]
    since: str | None
    began: str | None


def draw(count: int, generator: np.random.Generator) -> list[BenchRule]:
    """Draw automations; the seed of the generator fixes them."""
    return [_rule(number, generator) for number in range(count)]


def _rule(number: int, generator: np.random.Generator) -> BenchRule:
    def some(names: Sequence[str], count: int) -> list[str]:
        return sorted(generator.choice(list(names), count, replace=False).tolist())

    def ago(fewest: int, most: int) -> str:
        return (TODAY - timedelta(days=int(generator.integers(fewest, most)))).isoformat()

    hired, began = ago(100, 600), ago(5 * 365, 8 * 365)
    return BenchRule(
        name=f"rule-{number:04}",
        content=COURSES[number % len(COURSES)],
        roles=some(ROLES, 3),
        regions=some(REGIONS, 5),
        brands=some(BRANDS, 2),
        franchises=some(FRANCHISES, 10),
        since=hired if number % 2 else None,
        began=began if number // 2 % 2 else None,
    )


def write_policies(
    rules: Sequence[BenchRule],
    folder: Path,
    *,
    files: int,
    extra: Callable[[BenchRule], Sequence[str]] = lambda _: (),
) -> None:
    """Write the automations, spread over some files; ``extra`` gives more lines of one."""
    folder.mkdir(parents=True)
    for number in range(files):
        texts = [_text(rule, extra(rule)) for rule in rules[number::files]]
        path = folder / f"part-{number:03}.yaml"
        path.write_text("automations:\n" + "".join(texts), encoding="utf-8")


def write_list(rules: Sequence[BenchRule], path: Path) -> None:
    """Write the automations for programs that do not read policies."""
    path.write_text(json.dumps([asdict(rule) for rule in rules], indent=1), encoding="utf-8")


def read_list(path: Path) -> list[BenchRule]:
    return [BenchRule(**rule) for rule in json.loads(path.read_text(encoding="utf-8"))]


def _text(rule: BenchRule, extra: Sequence[str]) -> str:
    lines = [
        f"  {rule.name}:",
        f"    assign: {rule.content}",
        "    target:",
        f"      role: {_listed(rule.roles)}",
        f"      any: [{{region: {_listed(rule.regions)}}}, {{brand: {_listed(rule.brands)}}}]",
        f"      not: {{franchise: {_listed(rule.franchises)}}}",
        *([f"      hire_date: {{on_or_after: {rule.since}}}"] if rule.since else []),
        f"    scope: {'future-only' if rule.began else 'future-and-existing'}",
        *(f"    {line}" for line in extra),
    ]
    return "\n".join(lines) + "\n"


def _listed(values: Sequence[str]) -> str:
    return f"[{', '.join(values)}]"
