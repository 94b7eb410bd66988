"""What a plan was made from, as digests over canonical content (D1)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from reconciler.enrollments import DATED, Enrollments, enrollments
from reconciler.frames import STATUS, Content
from reconciler.policy.source import Policies
from reconciler.snapshot import Snapshot

ODD = np.uint64(0x9E3779B97F4A7C15)
"""A multiplier that carries every bit to many others."""

Inputs = dict[str, dict[str, str | int]]


def inputs_of(policies: Policies, snapshot: Snapshot) -> Inputs:
    """The digest and the number of rows or entries of each input."""
    holdings = enrollments(snapshot.holdings)
    roster = snapshot.roster.drop("activity_before", "termination_date", strict=False)
    return {
        "policies": {"digest": policies.digest, "files": len(policies.files)},
        "roster": {"digest": _digest(roster), "rows": len(roster)},
        "holdings": {"digest": _digest_held(holdings), "rows": len(holdings)},
        "catalog": {"digest": _told(snapshot.catalog), "contents": len(snapshot.catalog)},
        "organization": {
            "digest": _told(asdict(snapshot.organization)),
            "locations": len(snapshot.organization.locations),
        },
    }


def _told(value: object) -> str:
    """A digest of what is no frame: mappings and sets in order (D1)."""

    def plain(part: object) -> object:
        if isinstance(part, Mapping):
            return {str(key): plain(one) for key, one in sorted(part.items())}
        if isinstance(part, frozenset):
            return sorted(part)
        return asdict(part) if isinstance(part, Content) else part

    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _digest(frame: pl.DataFrame) -> str:
    """A digest of the rows of a frame, whatever their order (D1)."""
    if frame.is_empty():
        return f"{0:016x}"
    several = [name for name in sorted(frame.columns) if frame.schema[name] == pl.List]
    single = frame.select(sorted(set(frame.columns) - set(several)))
    parts = [single, *(frame.select("trainee", name).explode(name) for name in several)]
    total = sum(int(part.hash_rows(seed=seed).sum()) for seed, part in enumerate(parts))
    return f"{total % 2**64:016x}"


def _digest_held(held: Enrollments) -> str:
    """A digest of enrollments, whatever their order; of what is dated, if a rule looked at it."""
    trainee, content = (column.hash().to_numpy() for column in (held.trainees, held.contents))
    status = STATUS.categories.hash().to_numpy()
    dated = held.dated.select(DATED) if held.is_dated else None
    total = 0
    for some in held.blocks():
        rows = _mixed(trainee[held.trainee[some]], content[held.content[some]])
        rows = _mixed(rows, status[held.status[some]])
        if dated is not None:
            rows = _mixed(rows, dated[some].hash_rows().to_numpy())
        total += int(rows.sum())
    return f"{total % 2**64:016x}"


def _mixed(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number from each two, in which every bit of both counts."""
    mixed = (some ^ (some >> np.uint64(32))) * ODD + others
    return mixed ^ (mixed >> np.uint64(29))
