"""What the ledger knows of enrollments just before they are written: evidence, and for an undo."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from pyroaring import BitMap

from reconciler.planner.plan import Plan
from reconciler.planner.sets import by_causes, numbers_of
from reconciler.records import REMEMBERED, SetKey


class Memory:
    """The sets of the ledger that are about enrollments, right after a run has begun."""

    def __init__(self, sets: Mapping[SetKey, BitMap]) -> None:
        self._by_content: dict[str, list[tuple[str, BitMap]]] = {}
        for key, members in sorted(sets.items()):
            if key.kind in REMEMBERED and members:
                named = f"{key.kind} {key.owner}".strip()
                self._by_content.setdefault(key.content, []).append((named, members))

    def of(self, content: str, who: BitMap) -> pl.Series | None:
        """The names of the sets that each is in, in the order of positions; None where in none."""
        parts = [(name, share) for name, members in self._by_content.get(content, ())
                 if (share := members & who)]  # fmt: skip
        if not parts:
            return None
        texts, positions = [""], numbers_of(who)
        codes = np.zeros(len(positions), dtype=np.uint32)
        for names, cell in by_causes(parts):
            codes[np.searchsorted(positions, numbers_of(cell))] = len(texts)
            texts.append(", ".join(names))
        return pl.Series("remembered", texts, dtype=pl.String).gather(pl.Series(codes))


def memory_of(plan: Plan) -> Memory:
    """What the ledger knows once a run of this plan has begun (D8)."""
    sets = dict(plan.world.ledger.sets)
    for key, change in plan.changes.sets.items():
        sets[key] = change.applied_to(sets.get(key, BitMap()))
    return Memory(sets)
