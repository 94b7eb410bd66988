"""What somebody has approved, and what a plan made now would do or note beyond it (D7b to D7d)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from reconciler.errors import StalePlan
from reconciler.frames import INSTANT
from reconciler.planner.learned import (
    LASTING,
    Learned,
    LearnedRecord,
    LearnedSet,
    learned,
)
from reconciler.planner.plan import Plan
from reconciler.records import Intent, LedgerState, SetChange, SetKey
from reconciler.review.model import DecisionReport, PlanDocument
from reconciler.review.words import count

INSTANTS = ("assigned", "due", "credit_after")
SAID: dict[str, pl.DataType | type[pl.DataType]] = {
    "effect": pl.String,
    "causes": pl.String,
    "why": pl.String,
    "status": pl.String,
    "courses": pl.String,
    "resets": pl.String,
    "credited": pl.Int64,
    "credit_after": INSTANT,
    "credit_current": pl.Boolean,
}
"""What a decision says for each of its rows."""
STARTS_OVER = ("courses", "resets")
"""Of that, what a run notes of what starts over, beside content, action and effect."""
NOT_COMPARED = ("decision", "location", "because")
# The kinds of sets that may change more than was approved, for then less is done.
MAY_GROW, MAY_SHRINK = ("held",), ("redue", "open")


class Extent(NamedTuple):
    """What a plan does and has the ledger note, or what of it was approved.

    ``rows`` are those that an apply writes, each with its trainee, its content and what its
    decision says of it, as far as that is known; ``learns`` comes before them (D8).
    """

    rows: pl.DataFrame
    learns: Learned


class Measure(NamedTuple):
    """How closely a plan is held to what was approved: all but some columns; its sets, or not."""

    apart: tuple[str, ...]
    sets: bool


EXACTLY = Measure(apart=(), sets=True)
WITHIN = Measure(apart=("causes", "why", *INSTANTS), sets=False)


class Beyond(NamedTuple):
    """What was not approved: rows, and in words what the ledger would note."""

    rows: pl.DataFrame
    notes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(len(self.rows) or self.notes)

    def lines(self) -> Iterator[str]:
        """All of it, the rows counted by rule and action."""
        by = [name for name in ("content", "causes", "action", "effect") if name in self.rows]
        for *causes, action, effect, rows in self.rows.group_by(by).len().sort(by).iter_rows():
            yield f"{' by '.join(causes)}: {action} ({effect}) {rows:,} more"
        yield from self.notes


def learned_in(saved: PlanDocument) -> Learned:
    """What a plan file says that the ledger learns.

    Raises:
        StalePlan: It says nothing of that, so its digest cannot be checked.
    """
    if saved.records is None:
        raise StalePlan("This plan was made by an older version of the program. Plan again.")
    records = (LearnedRecord(**one.model_dump()) for one in saved.records)
    sets = (LearnedSet(**one.model_dump()) for one in saved.ledger)
    return Learned(saved.renamed, tuple(records), tuple(sets))


def approved_in(saved: PlanDocument, actions: pl.DataFrame) -> Extent:
    """What was approved with a saved plan: nothing that a guard holds in it (G4, D7f)."""
    rows = rows_of(saved.decisions, actions)
    if saved.is_stopped:
        return Extent(rows.clear(), Learned())
    return Extent(rows, learned_in(saved))


def renamed(approved: Extent, names: Mapping[str, str]) -> Extent:
    """What was approved, under the names that its rules have got since."""
    rows, learns = approved
    causes = {
        text: " ".join(sorted(names.get(name, name) for name in text.split()))
        for text in rows["causes"].unique()
    }
    return Extent(
        rows.with_columns(pl.col("causes").replace(causes)),
        Learned(
            {**learns.renamed, **names},
            tuple(one._replace(id=names.get(one.id, one.id)) for one in learns.records),
            tuple(one._replace(owner=names.get(one.owner, one.owner)) for one in learns.sets),
        ),
    )


def set_out_by(
    planned: Iterable[Intent], again: Mapping[str, Mapping[str, Any]] | None, ids: pl.Series
) -> Extent:
    """What a run set out to do. It has noted all before, so it learns no more.

    Args:
        planned: As the ledger keeps it.
        again: What starts over in it, by number; None where that was not noted.
        ids: Those of the ledger's trainees, by number.
    """
    noted = STARTS_OVER if again is not None else ()
    columns = ("trainee", "content", "action", "effect", *noted)
    rows = [pl.DataFrame(schema=dict.fromkeys(columns, pl.String))]
    for number, one in enumerate(planned):
        over = (again or {}).get(str(number), {})
        courses = over.get("courses")
        said = {
            "content": one.content,
            "action": one.action,
            "effect": one.effect,
            "courses": None if courses is None else " ".join(courses),
            "resets": over.get("resets"),
        }
        who = pl.DataFrame({"trainee": ids.gather(list(one.trainees))})
        texts = (pl.lit(value, pl.String).alias(name) for name, value in said.items())
        rows.append(who.with_columns(texts).select(columns))
    return Extent(pl.concat(rows), Learned())


def rows_of(decisions: Iterable[DecisionReport], actions: pl.DataFrame) -> pl.DataFrame:
    """The rows that an apply writes, with what their decisions say."""
    shown = [decision for decision in decisions if decision.blocked is None]
    said = pl.DataFrame(
        [
            {
                **decision.model_dump(include=set(SAID)),
                "causes": " ".join(decision.causes),
                "why": " ".join(decision.why),
                "courses": None if decision.courses is None else " ".join(decision.courses),
                "written": decision.is_carried_out,
            }
            for decision in shown
        ],
        schema={**SAID, "written": pl.Boolean},
    )
    rows = actions.drop(NOT_COMPARED, strict=False).hstack(said[actions["decision"]])
    texts = pl.col("content", "action").cast(pl.String)
    return rows.filter("written").drop("written").with_columns(texts)


def beyond(plan: Plan, rows: pl.DataFrame, approved: Extent, measure: Measure) -> Beyond:
    """What a plan made now would do or note that was not approved.

    Args:
        plan: The plan of now.
        rows: Its rows, from ``rows_of``.
        approved: What may be done and noted.
        measure: How closely to look.
    """
    names = [name for name in rows.columns if name in approved.rows.columns]
    on = [name for name in names if name not in measure.apart]
    more = rows.join(approved.rows, on=on, how="anti", nulls_equal=True)
    learns = learned(plan)
    notes = [*_records(learns, approved.learns, plan.world.ledger)]
    if measure.sets:
        notes += _sets(learns, approved.learns, plan)
    return Beyond(more, tuple(notes))


def _records(now: Learned, approved: Learned, ledger: LedgerState) -> Iterator[str]:
    """The records that were not approved. That an order has come to its end needs no approval."""
    known = {*approved.records, *(one._replace(state="done") for one in approved.records)}
    for record in now.records:
        if record not in known and not _ends(record, ledger):
            yield _in_words(record, approved.records, ledger)
    for old, new in sorted(now.renamed.items() - approved.renamed.items()):
        yield f"{old}: would be called {new}"


def _ends(record: LearnedRecord, ledger: LedgerState) -> bool:
    """Whether all that a record says is that an order of before has come to its end."""
    return record.state == "done" and any(order.id == record.id for order in ledger.orders)


def _in_words(record: LearnedRecord, approved: Iterable[LearnedRecord], ledger: LedgerState) -> str:
    """What would become of a rule, an order or a lift."""
    if any(one[:4] == record[:4] for one in approved):
        return f"{record.id}: its text is not the one that was approved"
    match record.kind, record.state:
        case "lift", _:
            return f"lift.{record.id}: would be used up"
        case "order", "cancelled":
            left = count(len(ledger.members("open", record.id)), "row")
            return f"{record.id}: would be cancelled, with {left} not done"
        case "exemption" | "moved", "gone":
            return f"{record.id}: would be gone"
        case "exemption" | "moved", _:
            return f"{record.id}: is new, or says something else"
        case _, "retired" | "replaced":
            return f"{record.id}: would end for {record.content}"
    known = {(one.id, one.content) for one in ledger.automations}
    if (record.id, record.content) in known:
        return f"{record.id}: would be recorded with another text, or begin (again)"
    return f"{record.id}: is new"


def _sets(now: Learned, approved: Learned, plan: Plan) -> Iterator[str]:
    """The sets that would change otherwise.

    What is recorded once and decides from then on has to be just as it was approved, save where it
    has been recorded since. Of the others less may change. Where somebody got the content
    meanwhile, the automation becomes a holder instead (A7), and rows without effect are closed
    (A9b, M4). What a run that was cut off had written, and could not note, was approved with it.
    """
    mine, theirs = _by_key(now.sets), _by_key(approved.sets)
    # Of what goes, the sets stay as they are.
    noted = {
        one.id
        for one in now.records
        if one.state in ("live", "open") and not _ends(one, plan.world.ledger)
    }
    for key in sorted(mine.keys() | theirs.keys()):
        one, other = mine.get(key), theirs.get(key)
        if key.kind in LASTING:
            if one != other and (one is not None or key.owner in noted):
                yield f"{key.owner}: the {key.kind} would be made of other people"
        elif one is not None:
            settled = plan.world.settlement.get(key, SetChange())
            if not _is_less(key.kind, plan.changes.sets[key], other, settled):
                yield f"{key.owner or key.content}: {key.kind!r} would change for more people"


def _by_key(sets: Iterable[LearnedSet]) -> Mapping[SetKey, LearnedSet]:
    return {one.key: one for one in sets}


def _is_less(kind: str, change: SetChange, approved: LearnedSet | None, settled: SetChange) -> bool:
    add, remove = (approved.add, approved.remove) if approved else (0, 0)
    grows = len(change.add - settled.add) > add and kind not in MAY_GROW
    shrinks = len(change.remove - settled.remove) > remove and kind not in MAY_SHRINK
    return not (grows or shrinks)
