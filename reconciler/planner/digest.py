"""The digest of a plan: over its decisions, actions and ledger changes in canonical form (D1)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.planner.actions import Decision, canonical
from reconciler.planner.learned import as_json, in_bytes, learned
from reconciler.planner.plan import Plan
from reconciler.planner.rows import people_of
from reconciler.planner.sets import Instants, numbers_of

Ranks = NDArray[np.uint32]
BLOCK = 1 << 16
Fact = tuple[object, ...]
"""What one decision says."""


def plan_digest(plan: Plan) -> str:
    """SHA-256 over what the plan does, whatever its header, commit and as-of.

    It is put together from three, so that a saved plan can be checked without the ledger.
    """
    parts = actions_digest(plan), learned(plan).digest, people_digest(plan)
    return together(*parts, is_stopped=plan.is_stopped)


def together(actions: str, learns: str, people: str, *, is_stopped: bool) -> str:
    """The digest of a plan from those of its actions, what the ledger learns, and about whom."""
    stopped = " stopped" if is_stopped else ""
    return hashlib.sha256(f"{actions} {learns} {people}{stopped}".encode()).hexdigest()


def actions_digest(plan: Plan) -> str:
    """Over the decisions and their rows: the sorted ids of all, each row as a rank among them."""
    facts = [fact_of(decision, len(decision.trainees)) for decision in plan.decisions]
    return _over(facts, plan.people.ids, ((rows.ranks, rows.due) for rows in plan.rows))


def actions_digest_of_rows(facts: Sequence[Fact], actions: pl.DataFrame) -> str:
    """The same for a saved plan: the facts of its decisions, and its rows as ACTIONS."""
    ids = actions["trainee"].unique().sort()
    rank = pl.DataFrame({"trainee": ids}).with_row_index("rank")
    rows = actions.select("trainee", "decision", "due").join(
        rank, on="trainee", how="left", maintain_order="left"
    )
    return _over(facts, ids, (_saved_rows(part) for part in _by_decision(rows)))


def fact_of(decision: Decision, trainees: int) -> Fact:
    """All that a decision says but who its trainees are and its assigned instant (D1)."""
    return (*canonical(replace(decision, assigned=None)), decision.held, trainees)


def people_digest(plan: Plan) -> str:
    """Over who joins and leaves sets of the ledger first, and who is blocked."""
    sets = [decision.trainees for decision in plan.decisions if decision.blocked]
    for change in plan.changes.sets.values():
        sets += [change.add, change.remove]
    people = people_of(sets, plan.world.index)
    digest = hashlib.sha256()
    for part in in_bytes(people.ids):
        digest.update(part)
    for members in sets:
        digest.update(np.sort(people.ranks[numbers_of(members)]).data)
    return digest.hexdigest()


def _over(facts: Sequence[Fact], ids: pl.Series, rows: Iterable[tuple[Ranks, Instants]]) -> str:
    digest = hashlib.sha256(as_json([list(fact) for fact in facts]))
    for part in in_bytes(ids):
        digest.update(part)
    # Ranks ascend: their lower halves, and how many there are of each upper one, are all of them.
    blocks = np.arange(BLOCK, len(ids), BLOCK, dtype=np.uint32)
    for ranks, due in rows:
        seconds = due.astype("datetime64[s]").astype(np.int64)
        alike = bool((seconds == seconds[0]).all())
        digest.update(np.searchsorted(ranks, blocks).astype(np.uint32).data)
        digest.update(ranks.astype(np.uint16).data)
        digest.update((seconds[:1] if alike else seconds).data)
    return digest.hexdigest()


def _by_decision(rows: pl.DataFrame) -> list[pl.DataFrame]:
    return rows.partition_by("decision", maintain_order=True)


def _saved_rows(part: pl.DataFrame) -> tuple[Ranks, Instants]:
    ranks = part["rank"].to_numpy().astype(np.uint32)
    return ranks, part["due"].dt.replace_time_zone(None).to_numpy()
