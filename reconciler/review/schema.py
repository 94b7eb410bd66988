"""The JSON Schema of a plan's document, with a sentence for every key."""

from typing import Any

from reconciler.review.model import PlanDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"

GUARD = {
    "count": "How many the plan does.",
    "ceiling": "The most that it lets through.",
    "breached": "Whether it holds something.",
}
DESCRIPTIONS = {
    "PlanDocument": {
        "guards": "Every guard that has something to say about this plan (G1, G2).",
        "lifts": "What the files let through, once (G4a).",
        "renames": "Values that look as if they had been renamed (A3f).",
        "format_version": "Grows when a reader of this format would misread a newer one.",
        "header": "What the plan was computed from, and for when.",
        "totals": "The plan in numbers.",
        "people": "The roster in numbers.",
        "automations": "Every automation of the files, by id.",
        "orders": "Every order that files or ledger know, by id.",
        "past": "Automations that have gone from the files, and act in this plan.",
        "renamed": "Old id to new id, by an entry in `moved`.",
        "decisions": "All actions, blocked ones included, in canonical order.",
        "ledger": "The sets of the ledger that change before the first write.",
        "exemptions": "Every exemption of the files, by name.",
        "warnings": "What looks wrong in the files, each with its place.",
    },
    "Totals": {
        "assign": "Enrollments that are made.",
        "reschedule": "Enrollments that get another due date.",
        "remove": "Enrollments that are taken away.",
        "trainees": "The different people whom the plan touches.",
    },
    "Headcount": {
        "active": "Who works here.",
        "inactive": "In the roster, and does not work here any more.",
        "unknown": "In the roster, without a status that says whether they work here.",
        "first_seen": "Whom no earlier apply has seen.",
    },
    "Edit": {
        "key": "Which key, with dots for nesting.",
        "before": "As last applied; null where it was not written.",
        "after": "As it is now; null where it is not written.",
    },
    "Baseline": {
        "size": "How many it holds.",
        "joins": "Who become existing by an edit.",
        "leaves": "Who left; should they come back, they count as new.",
    },
    "AutomationReport": {
        "id": "automation.NAME.",
        "content": "course/NAME or module/NAME.",
        "title": "What the LMS calls the content.",
        "description": "As the author describes it.",
        "owner": "Who answers for it.",
        "change": "What has become of it since the last apply.",
        "scope": "future-only or future-and-existing.",
        "window_start": "When its window opens; null for always.",
        "window_end": "When its window closes; null for never.",
        "is_open": "Whether the window is open at the plan's as-of.",
        "paused": "Whether it neither creates nor removes.",
        "baseline": "Null for future-and-existing.",
        "restores": "Of the assigned, whose enrollment somebody had removed.",
        "removes": "Enrollments that it takes away.",
        "reschedules": "Enrollments that it gives another due date.",
        "edits": "What its text says otherwise than when it was last applied.",
    },
    "OrderReport": {
        "id": "Section and name, as assignment.NAME.",
        "content": "course/NAME or module/NAME.",
        "title": "What the LMS calls the content.",
        "state": "New, with rows open, done, or cancelled.",
        "as_of": "When it was recorded; for a new one, the plan's as-of.",
        "audience": "Whom it found when it was recorded.",
        "reasons": "Reason code to trainees (D4).",
        "undecided_by": "Attribute to undecided trainees (P6).",
    },
    "UndoLeft": {
        "content": "course/NAME or module/NAME.",
        "trainees": "Whose enrollments are left as they are.",
    },
    "UndoAgain": {
        "rule": "automation.NAME, or an order.",
        "content": "course/NAME or module/NAME.",
        "action": "What it would do.",
        "trainees": "With whose enrollments.",
    },
    "UndoReport": {
        "run": "Its number.",
        "left": "What is not undone.",
        "again": "What comes again, unless the policies are reverted too.",
    },
    "PastReport": {
        "id": "automation.NAME.",
        "content": "What it assigned.",
        "state": "Gone from the files, or assigning something else now.",
        "on_exit": "As last applied.",
        "releases": "Enrollments that it gave and that stay.",
        "removes": "Enrollments that it takes away.",
    },
    "DecisionReport": {
        "content": "course/NAME or module/NAME.",
        "action": "What is done.",
        "effect": "Tells variants of an action apart.",
        "causes": "The automations and orders behind it.",
        "trainees": "For how many.",
        "blocked": "The reason code why it cannot be carried out; null where it can.",
    },
    "ExemptionReport": {
        "id": "Its name.",
        "reason": "As its author gives it.",
        "until": "Its last day or instant; null for no end.",
        "expired": "Whether it is over at the plan's as-of.",
    },
    "GuardReport": GUARD,
    "OverReport": GUARD,
    "RenameReport": {
        "attribute": "Of which attribute.",
        "old": "The value that nobody bears any more.",
        "new": "The value that all of them bear now.",
        "trainees": "How many.",
    },
    "PolicyEdit": {
        "before": "At the merge base; null where it was not written.",
        "after": "As it is now; null where it is not written.",
    },
    "ChangeReport": {"edits": "Field by field."},
    "LiftReport": {
        "id": "The name of the lift.",
        "guard": "Which guard.",
        "policy": "Whose guard: an automation, or all.",
        "unit": "Where: ATTRIBUTE.VALUE, a protected content, or all.",
        "ceiling": "The most that it lets through instead.",
        "reason": "As its author gives it.",
        "until": "Its last day or instant.",
        "state": "What it does to this plan.",
    },
    "LedgerChange": {
        "kind": "Which kind of set.",
        "owner": "Of which automation or order.",
        "content": "About which content; empty where the set is of the owner alone.",
        "add": "How many join.",
        "remove": "How many leave.",
    },
    "RecordChange": {
        "kind": "What it is the record of.",
        "id": "automation.NAME, of an order, or the name of a lift.",
    },
}
"""By part and key, where the model itself does not say."""


def plan_schema() -> dict[str, Any]:
    """The schema of plan.json in a plan file."""
    schema = PlanDocument.model_json_schema(mode="serialization")
    parts = {"PlanDocument": schema, **schema["$defs"]}
    for name, sentences in DESCRIPTIONS.items():
        for key, sentence in sentences.items():
            parts[name]["properties"][key].setdefault("description", sentence)
    untitled: dict[str, Any] = _without_titles(schema)
    return {"$schema": DIALECT, "title": "reconciler plan", **untitled}


def _without_titles(node: Any) -> Any:  # noqa: ANN401 a JSON value
    """Without the names that are made from the keys, which say nothing more."""
    match node:
        case {"type": _} | {"$ref": _} | {"anyOf": _} | {"description": _} | {"const": _}:
            return {
                key: _without_titles(value)
                for key, value in node.items()
                if key != "title" or not isinstance(value, str)
            }
        case dict():
            return {key: _without_titles(value) for key, value in node.items()}
        case list():
            return [_without_titles(part) for part in node]
        case _:
            return node
