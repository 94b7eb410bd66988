"""The digest of a plan: over its decisions, actions and ledger changes in canonical form (D1)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from pyroaring import BitMap

from reconciler.planner.actions import Decision, canonical
from reconciler.planner.plan import Plan
from reconciler.planner.sets import numbers_of
from reconciler.records import LedgerChanges


def plan_digest(plan: Plan) -> str:
    """SHA-256 over what the plan does, whatever its header, commit and as-of.

    Trainees enter by their ids: the sorted ids of all whom the plan names, and each set as the
    ranks of its members among them.
    """
    sets = [decision.trainees for decision in plan.decisions if decision.blocked]
    for change in plan.changes.sets.values():
        sets += [change.add, change.remove]
    carried = (rows.decision.trainees for rows in plan.rows)
    index = plan.world.index
    named = np.sort(index.places[numbers_of(BitMap.union(BitMap(), *sets, *carried))])
    digest = hashlib.sha256(_canonical(_facts(plan)))
    ids = index.sorted_ids.gather(named)
    digest.update(ids.str.len_bytes().to_numpy().tobytes())
    digest.update(ids.str.join("").item().encode())
    number = np.zeros(index.size, dtype=np.uint32)
    number[named] = np.arange(len(named), dtype=np.uint32)
    for rows in plan.rows:
        digest.update(number[rows.places].tobytes())
        digest.update(rows.due.astype("datetime64[s]").astype(np.int64).tobytes())
    for members in sets:
        digest.update(number[np.sort(index.places[numbers_of(members)])].tobytes())
    return digest.hexdigest()


def _facts(plan: Plan) -> dict[str, Any]:
    return {
        "decisions": [[*_written(d), len(d.trainees)] for d in plan.decisions],
        "changes": _changed(plan.changes),
    }


def _written(decision: Decision) -> tuple[object, ...]:
    """All that a decision says but its trainees and its assigned instant (D1)."""
    return *canonical(replace(decision, assigned=None)), decision.held


def _changed(changes: LedgerChanges) -> dict[str, Any]:
    lifts = {"lifts": [record.id for record in changes.lifts]} if changes.lifts else {}
    return {
        **lifts,
        "renamed": dict(changes.renamed),
        "automations": [[r.id, r.content, r.state, r.text] for r in changes.automations],
        "orders": [[r.id, r.content, r.state, r.text] for r in changes.orders],
        "sets": [
            [*key, len(change.add), len(change.remove)] for key, change in changes.sets.items()
        ],
    }


def _canonical(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> Any:  # noqa: ANN401 a JSON value
    if isinstance(value, Iterable):
        return dict(value)  # a mapping proxy
    raise TypeError(type(value))
