"""The digest of a plan: over its decisions, actions and ledger changes in canonical form (D1)."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from pyroaring import BitMap

from reconciler.planner.plan import Plan
from reconciler.planner.sets import numbers_of, ranks
from reconciler.records import LedgerChanges


def plan_digest(plan: Plan) -> str:
    """SHA-256 over what the plan does, whatever its header, commit and as-of.

    Trainees enter by their ids: the sorted ids of all whom the plan names, and each set as the
    ranks of its members among them.
    """
    sets = [decision.trainees for decision in plan.decisions]
    for change in plan.changes.sets.values():
        sets += [change.add, change.remove]
    named = BitMap.union(BitMap(), *sets)
    ids = plan.world.index.ids.gather(numbers_of(named))
    digest = hashlib.sha256(_canonical(_facts(plan)))
    digest.update("\0".join(ids.sort().to_list()).encode())
    place = np.zeros(plan.world.index.size, dtype=np.uint32)
    place[numbers_of(named)] = ranks(ids)
    for members in sets:
        digest.update(np.sort(place[numbers_of(members)]).tobytes())
    for rows in plan.rows:
        due = rows.due
        if len(due) > 1:
            due = due[np.argsort(place[numbers_of(rows.decision.trainees)])]
        digest.update(due.astype("datetime64[s]").astype(np.int64).tobytes())
    return digest.hexdigest()


def _facts(plan: Plan) -> dict[str, Any]:
    return {
        "decisions": [
            [d.content, d.action, d.effect, d.causes, d.blocked, len(d.trainees)]
            for d in plan.decisions
        ],
        "changes": _changed(plan.changes),
    }


def _changed(changes: LedgerChanges) -> dict[str, Any]:
    return {
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
