"""A plan depends on what is said, not on the order in which it is said (D1)."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.documents.scalars import Duration
from reconciler.inputs import inputs_of
from reconciler.planner.plan import plan
from reconciler.review.document import document
from reconciler.review.packed import as_parquet, tables_of
from reconciler.review.saved import save_plan
from tests.properties.strategies import worlds

SECTIONS = (
    *("groups", "automations", "exemptions"),
    *("assignments", "reassignments", "removals"),
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(world=worlds(), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_entries_rows_and_values_is_of_no_account(world, shuffle):
    snapshot, policies, as_of = world
    turned = replace(
        snapshot,
        roster=turned_rows(snapshot.roster, shuffle),
        holdings=turned_rows(snapshot.holdings, shuffle),
        progress=turned_rows(snapshot.progress, shuffle),
        catalog=dict(reversed(snapshot.catalog.items())),
    )
    entries = {name: turned_entries(getattr(policies, name), shuffle) for name in SECTIONS}

    assert saved(turned, replace(policies, **entries), as_of) == saved(snapshot, policies, as_of)


def turned_rows(frame, shuffle):
    order = list(range(len(frame)))
    shuffle.shuffle(order)
    several = [name for name, kind in frame.schema.items() if kind == pl.List]
    return frame[order].with_columns(pl.col(name).list.reverse() for name in several)


def turned_entries(entries, shuffle):
    items = list(entries.items())
    shuffle.shuffle(items)
    return dict(items)


def saved(snapshot, policies, as_of):
    """The bytes of the plan file."""
    made = plan(snapshot, policies, as_of=as_of)
    told = document(
        made,
        expires_after=Duration(1, "day"),
        inputs=inputs_of(policies, snapshot),
        warnings=(),
        commit=None,
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "plan.zip"
        save_plan(file, told, as_parquet(tables_of(made)))
        return file.read_bytes()
