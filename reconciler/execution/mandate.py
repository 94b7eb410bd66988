"""By whom and for what an apply acts: what the log is to tell of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from reconciler.frames import HOLDINGS
from reconciler.ledger.run import NewRun
from reconciler.planner.digest import plan_digest
from reconciler.planner.left import seen_of
from reconciler.planner.plan import Plan
from reconciler.planner.rows import Rows
from reconciler.records import Intent
from reconciler.version import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Under which lease an apply writes, and what it can show for it.

    ``enrollments`` are those that its plan saw, as HOLDINGS: what is told of those that it
    changes. ``digest`` is that of its plan, where it is known already; ``approved`` that of the
    plan that was approved, where that was a larger one. ``drift`` is what others had changed before
    it, by class: from this apply on it is known, and none any more (A13e). ``standing``: nobody has
    looked at the plan, a standing approval covers it (D5e).
    """

    fence: int = 0
    by: str = ""
    address: str = ""
    commit: str | None = None
    digest: str | None = None
    approved: str | None = None
    enrollments: pl.DataFrame = field(default_factory=HOLDINGS.of)
    drift: Mapping[str, int] = field(default_factory=dict)
    standing: bool = False


def new_run(plan: Plan, mandate: Mandate, *, started: datetime) -> NewRun:
    """The run that carries out a plan."""
    causes = {cause for rows in plan.carried_out for cause in rows.decision.causes}
    texts = _texts(plan)
    return NewRun(
        expected_head=plan.world.ledger.head,
        as_of=plan.world.moment.as_of,
        started=started,
        digest=mandate.digest or plan_digest(plan),
        tool_version=VERSION,
        fence=mandate.fence,
        planned=tuple(_planned(rows) for rows in plan.carried_out),
        texts={cause: texts[cause] for cause in sorted(causes & texts.keys())},
        evidence={
            "by": mandate.by,
            "address": mandate.address,
            "commit": mandate.commit,
            "approved": mandate.approved,
            "again": dict(_again(plan)),
            **({"drift": dict(mandate.drift)} if mandate.drift else {}),
        },
        undoes=plan.undoing.run.serial if plan.undoing else None,
        after_undo=mandate.standing and plan.world.ledger.unlooked_undo,
        seen=seen_of(plan),
    )


def _planned(rows: Rows) -> Intent:
    decision = rows.decision
    return Intent(
        decision.content,
        decision.action.value,
        decision.causes,
        decision.trainees,
        effect=decision.effect,
    )


def _again(plan: Plan) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """By number of what is planned: which courses start over, and in which state (R)."""
    for number, rows in enumerate(plan.carried_out):
        one = rows.decision
        if one.courses is not None or one.resets is not None:
            yield number, {"courses": one.courses, "resets": one.resets}


def _texts(plan: Plan) -> dict[str, Mapping[str, Any]]:
    """The text of every rule that may act: in the files, or as last applied."""
    return {
        **{record.id: record.text for record in plan.lifecycle.past},
        **{order.id: order.record.text for order in plan.orders},
        **{standing.rule.id: standing.rule.text for standing in plan.standings},
    }
