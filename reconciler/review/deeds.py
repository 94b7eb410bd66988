"""What a plan does, counted by action, by cause and by place, and the words for it."""

from collections import Counter
from typing import NamedTuple

import polars as pl

from reconciler.records import UNDO, undone_run
from reconciler.review.model import DecisionReport, PlanDocument
from reconciler.review.words import WHY


class Deed(NamedTuple):
    """How an action is called: in a heading, and what becomes of people by it."""

    title: str
    done: str
    loses: bool


DEEDS = {
    "assign": Deed("Assign", "get a training", loses=False),
    "remove": Deed("Remove", "lose a training not completed", loses=True),
    "restart": Deed("Restart", "start over and lose their progress", loses=True),
    "retake": Deed("Retake", "take again what they had completed", loses=True),
    "reschedule": Deed("Reschedule", "get another due date", loses=False),
}
"""Every action by its name, in the order in which a report shows them."""

CHIEF = ("assign", "remove", "restart", "retake")
"""The four numbers that every review begins with."""

EFFECTS = {
    "new": "they match and are not enrolled yet",
    "restored": "it was given, and somebody removed it in the LMS",
    "moved": "the due date in the policy was edited",
    "not_started": "they are not meant any more, and had not started",
    "in_progress": "they are not meant any more, and were in progress",
    "whole": "all of it starts over",
    "courses": "chosen courses start over",
    "withdrawn": "the retake is withdrawn; what was completed stays",
}
"""Why an action befalls the people of a decision, by its effect."""


UNDONE = {
    "not_started": "given by run {}, and not started since",
    "withdrawn": "let take it again by run {}, and not begun since; what was completed stays",
    "returned": "taken away by run {}",
    "moved back": "given another due date by run {}",
    "whole": "a retake that run {} ended is open again",
}
"""The same where a run is undone."""


def why(one: DecisionReport) -> str:
    """The reason of a decision in words."""
    if (run := undone_run(one.causes)) is not None:
        return UNDONE.get(one.effect, "done by run {}").format(run)
    said = EFFECTS.get(one.effect, DEEDS[one.action].done if one.action in DEEDS else one.effect)
    causes = " and ".join(WHY.get(cause, cause) for cause in one.why)
    return f"{said}, since {causes}" if causes else said


def deed(action: str) -> Deed:
    """The words of an action, also of one that this table does not know yet."""
    return DEEDS.get(action) or Deed(action.capitalize(), action, loses=True)


def by_action(document: PlanDocument) -> Counter[str]:
    """Action to rows."""
    result: Counter[str] = Counter()
    for decision in document.decisions:
        if decision.blocked is None:
            result[decision.action] += decision.trainees
    return result


def by_cause(document: PlanDocument, *, held: bool = False) -> dict[str, Counter[str]]:
    """Automation or order to action to rows; a row with two causes counts for each.

    ``held``: only what a guard holds.
    """
    result: dict[str, Counter[str]] = {}
    for decision in document.decisions:
        if decision.blocked is None and decision.held >= held:
            for cause in decision.causes:
                if not cause.startswith(UNDO):
                    result.setdefault(cause, Counter())[decision.action] += decision.trainees
    return result


def by_location(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per location: ``location``, ``people``, and a column of rows for each action.

    Who works at two locations counts at both. Sorted by rows, the most first, then by name.
    """
    if "location" not in actions.columns or actions["location"].null_count() == len(actions):
        return pl.DataFrame(schema={"location": pl.String, "people": pl.UInt32, "rows": pl.UInt32})
    names = actions["action"].cast(pl.String).unique().sort().to_list()
    by_person = (
        actions.lazy()
        .drop_nulls("location")
        .group_by("trainee", "location")
        .agg(
            pl.len().alias("rows"),
            *((pl.col("action").cast(pl.String) == name).sum().alias(name) for name in names),
        )
    )
    return (
        by_person.with_columns(pl.col("location").str.split(" | "))
        .explode("location")
        .group_by("location")
        .agg(pl.len().alias("people"), pl.col("rows", *names).sum())
        .sort("rows", "location", descending=[True, False])
        .collect()
    )


def targets(document: PlanDocument) -> dict[str, str]:
    """Automation or order of the files to whom it is for, in words."""
    return {one.id: one.target for one in document.automations} | {
        one.id: one.target for one in document.orders
    }


def titles(document: PlanDocument) -> dict[str, str]:
    """Content to its title, where the document tells one."""
    undone = document.undo.titles if document.undo else {}
    return (
        undone
        | {one.content: one.title for one in document.automations}
        | {one.content: one.title for one in document.orders}
    )
