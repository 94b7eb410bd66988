"""The same assignments with Polars: lazy joins on text keys, written as Parquet.

``python -m benchmarks.peer_polars WORLD FILE``. The targets are a table of conditions: people are
joined to rules by role, then tested by region or brand, franchise and hire date.
"""

import sys
from pathlib import Path

import polars as pl

from benchmarks.rules import BenchRule, read_list
from benchmarks.world import BASELINES, ENROLLMENTS, ROSTER, RULES

RULE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "automation": pl.String,
    "content": pl.String,
    "role": pl.List(pl.String),
    "regions": pl.List(pl.String),
    "brands": pl.List(pl.String),
    "franchises": pl.List(pl.String),
    "since": pl.String,
}


def assignments(world: Path) -> pl.LazyFrame:
    """Who is to be assigned what: trainee and content, each pair once."""
    rules = _rules(read_list(world / RULES))
    roster = pl.scan_parquet(world / ROSTER)
    profile = ["role", "region", "brand", "franchise"]
    # Far fewer profiles than people: who has the same one matches the same rules but for dates.
    matching = (
        roster.select(profile)
        .unique()
        .with_columns(one_role=pl.col("role").str.split("|"))
        .explode("one_role")
        .join(rules.explode("role"), left_on="one_role", right_on="role")
        .filter(
            pl.col("regions").list.contains(pl.col("region"))
            | pl.col("brands").list.contains(pl.col("brand")),
            ~pl.col("franchises").list.contains(pl.col("franchise")),
        )
        .select(*profile, "automation", "content", "since")
        .unique([*profile, "automation"])
    )
    return (
        roster.select("trainee", "hire_date", *profile)
        .join(matching, on=profile)
        .filter(pl.col("since").is_null() | (pl.col("hire_date") >= pl.col("since")))
        .select("trainee", "automation", "content")
        .join(pl.scan_parquet(world / BASELINES), on=["trainee", "automation"], how="anti")
        .select("trainee", "content")
        .unique()
        .join(pl.scan_parquet(world / ENROLLMENTS), on=["trainee", "content"], how="anti")
    )


def _rules(rules: list[BenchRule]) -> pl.LazyFrame:
    rows = [
        (one.name, one.content, one.roles, one.regions, one.brands, one.franchises, one.since)
        for one in rules
    ]
    frame = pl.LazyFrame(rows, schema=RULE_SCHEMA, orient="row")
    return frame.with_columns(pl.col("since").str.to_date())


if __name__ == "__main__":
    assignments(Path(sys.argv[1])).sink_parquet(sys.argv[2])
