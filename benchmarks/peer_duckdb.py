"""The same assignments as one hand-written DuckDB query, written as Parquet.

``python -m benchmarks.peer_duckdb WORLD FILE [VARIANT]``. The variants were written to find the
fastest; each says the targets as a table of conditions that people are joined with. A branch of
UNION ALL for each rule was tried as well, and took more than fifty times as long at 100,000.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.rules import BRANDS, REGIONS, ROLES, BenchRule, read_list
from benchmarks.world import BASELINES, ENROLLMENTS, ROSTER, RULES

THREADS = 2

TEXTS = """
    WITH roster AS (SELECT * FROM '{roster}'),
    rules(automation, content, roles, regions, brands, franchises, since) AS (VALUES {values}),
    matches AS (
        SELECT DISTINCT trainee, automation, content
        FROM (SELECT *, unnest(string_split(role, '|')) AS one FROM roster) p
        JOIN (SELECT *, unnest(roles) AS one FROM rules) r USING (one)
        WHERE (list_contains(regions, region) OR list_contains(brands, brand))
          AND NOT list_contains(franchises, franchise)
          AND (since IS NULL OR hire_date >= since)
    )
    SELECT DISTINCT trainee, content
    FROM matches
    ANTI JOIN '{baselines}' USING (trainee, automation)
    ANTI JOIN '{enrollments}' USING (trainee, content)"""

# Places are few beside people: the targets are tested on them, once for each place and rule.
PLACES = """
    WITH roster AS (SELECT * FROM '{roster}'),
    rules(automation, content, roles, regions, brands, franchises, since) AS (VALUES {values}),
    places AS (SELECT DISTINCT region, brand, franchise FROM roster),
    role_rules AS (
        SELECT DISTINCT role, automation
        FROM (SELECT role, unnest(string_split(role, '|')) AS one
              FROM (SELECT DISTINCT role FROM roster)) p
        JOIN (SELECT automation, unnest(roles) AS one FROM rules) r USING (one)
    ),
    matching AS (
        SELECT role, region, brand, franchise, automation, content, since
        FROM places
        JOIN rules ON (list_contains(regions, region) OR list_contains(brands, brand))
                  AND NOT list_contains(franchises, franchise)
        JOIN role_rules USING (automation)
    )
    SELECT DISTINCT trainee, content
    FROM (
        SELECT trainee, automation, content
        FROM roster JOIN matching USING (role, region, brand, franchise)
        WHERE since IS NULL OR hire_date >= since
    )
    ANTI JOIN '{baselines}' USING (trainee, automation)
    ANTI JOIN '{enrollments}' USING (trainee, content)"""

# Bits in place of texts; no pair is made twice, but for contents with two rules.
NUMBERS = """
    WITH people AS MATERIALIZED (
        SELECT trainee, hire_date, franchise,
               list_bit_or(list_transform(string_split(role, '|'),
                           lambda one: 1 << (list_position({role_names}, one) - 1))) AS held,
               (1::BIGINT << (list_position({region_names}, region) - 1))
               | (1::BIGINT << (list_position({brand_names}, brand) + 31)) AS place
        FROM '{roster}'
    ),
    rules(automation, content, wanted, places, franchises, since) AS (VALUES {numbers}),
    excluded AS (SELECT automation, unnest(franchises) AS franchise FROM rules),
    held_rules AS MATERIALIZED (
        SELECT held, automation, content, places, since
        FROM (SELECT DISTINCT held FROM people) JOIN rules ON held & wanted <> 0
    ),
    matches AS (
        SELECT trainee, automation, content
        FROM people JOIN held_rules USING (held)
        ANTI JOIN excluded USING (automation, franchise)
        WHERE place & places <> 0 AND hire_date >= since
    )
    SELECT DISTINCT trainee, content
    FROM matches
    ANTI JOIN '{baselines}' USING (trainee, automation)
    ANTI JOIN '{enrollments}' USING (trainee, content)"""

VARIANTS = {"texts": TEXTS, "places": PLACES, "numbers": NUMBERS}
FASTEST = "numbers"


def query(world: Path, file: Path, variant: str) -> str:
    """The whole query: matches, less baselines, less enrollments, each pair once."""
    rules = read_list(world / RULES)
    select = VARIANTS[variant].format(
        roster=world / ROSTER,
        baselines=world / BASELINES,
        enrollments=world / ENROLLMENTS,
        values=_rows(rules, _texts),
        numbers=_rows(rules, _numbers),
        role_names=ROLES,
        region_names=REGIONS,
        brand_names=BRANDS,
    )
    return f"COPY ({select}\n) TO '{file}' (FORMAT parquet)"


def _rows(rules: list[BenchRule], row: Callable[[BenchRule], str]) -> str:
    return ",\n".join(f"('{rule.name}', '{rule.content}', {row(rule)})" for rule in rules)


def _texts(rule: BenchRule) -> str:
    since = f"DATE '{rule.since}'" if rule.since else "NULL::DATE"
    return f"{rule.roles}, {rule.regions}, {rule.brands}, {rule.franchises}, {since}"


def _numbers(rule: BenchRule) -> str:
    places = _bits(REGIONS, rule.regions) | _bits(BRANDS, rule.brands) << 32
    wanted, since = _bits(ROLES, rule.roles), rule.since or "1900-01-01"
    return f"{wanted}, {places}::BIGINT, {rule.franchises}, DATE '{since}'"


def _bits(names: list[str], chosen: list[str]) -> int:
    return sum(1 << names.index(name) for name in chosen)


if __name__ == "__main__":
    connection = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})
    named = sys.argv[3] if len(sys.argv) > 3 else FASTEST
    connection.execute(query(Path(sys.argv[1]), Path(sys.argv[2]), named))
