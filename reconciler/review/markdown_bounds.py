"""What bounds a plan as Markdown: what this change does, guards, edits, whose doing it is."""

from collections.abc import Iterator

from reconciler.review.approval import listed, objections_in_words, owners_to_look
from reconciler.review.bounds import (
    DOING,
    HELD,
    UNFIT,
    Bounds,
    bounds_of,
    change_in_words,
    classes_in_words,
    sides,
)
from reconciler.review.deeds import deed
from reconciler.review.gate import liftable, moved_lines
from reconciler.review.guards import MOST_SHOWN, lift_lines
from reconciler.review.markdown_parts import Hidden, Section
from reconciler.review.markdown_policies import edited
from reconciler.review.markdown_text import block, code, prose, table
from reconciler.review.model import PlanDocument
from reconciler.review.people import FEWEST, few, few_of
from reconciler.review.words import verdict


def headline(document: PlanDocument) -> str:
    """What this change does, where that is told apart; else what the plan does."""
    told = bounds_of(document)
    if told.change:
        return change_in_words(told.change, few_of)
    if document.undo:
        whole = verdict(document.totals.model_dump(), few_of)
        return f"Undo of run {document.undo.run}. {whole}"
    return verdict(document.totals.model_dump(), few_of)


def standing(document: PlanDocument) -> Iterator[str]:
    """What holds the plan, and what the whole of it does beside this change."""
    told = bounds_of(document)
    if told.held in HELD:
        yield f"> **Held.** {HELD[told.held]}"
        yield ""
    if not told.fit:
        yield f"> **{UNFIT}**"
        yield ""
    if told.change:
        whole = verdict(document.totals.model_dump(), few_of)
        yield f"With what people, time and the LMS bring about: {whole[0].lower()}{whole[1:]}"
        yield ""


def bounds(document: PlanDocument, hidden: Hidden) -> Iterator[Section]:
    """A section for each part that the document has."""
    told = bounds_of(document)
    if told.guards:
        yield _guards(told, hidden)
    yield from _way_out(document, hidden)
    if told.renames:
        rows = tuple(
            f"- {code(one['attribute'])}: everybody who had {prose(one['old'])} has "
            f"{prose(one['new'])} now. If it was renamed, write it under `moved`."
            for one in told.renames
        )
        yield Section("Renamed?", "", rows, "", "values")
    if told.change and told.change["edits"]:
        yield _edits(told.change["edits"], hidden)
    if told.attribution:
        yield _attribution(told.attribution)


def unapproved(document: PlanDocument, hidden: Hidden) -> Iterator[Section]:
    """What a standing approval does not cover, and who must look at it or at what is held."""
    if document.standing and not document.standing.covers_all:
        lines = objections_in_words(
            document.standing, named=lambda name: code(hidden(name)), count=few_of
        )
        rows = tuple(f"- {line}" for line in lines)
        yield Section("Outside of the standing approval", "", rows, "", "reasons")
    owners = owners_to_look(document)
    if owners:
        rows = tuple(
            f"- {prose(hidden(owner))}: {listed(rules, lambda rule: code(hidden(rule)))}"
            for owner, rules in owners.items()
        )
        yield Section("Who must look", "", rows, "", "owners")


def _way_out(document: PlanDocument, hidden: Hidden) -> Iterator[Section]:
    """What to write where the plan is held and meant, or the roster is right as it is."""
    breached = [one for one in document.guards if one.breached]
    meant = [*breached, *(() if document.fit else liftable(document))][:MOST_SHOWN]
    parts = []
    if document.renames and not document.fit:
        lines = [hidden(line) for line in moved_lines(document, few_of)]
        parts.append(f"If a value was renamed, this in a policy file says so:\n\n{block(*lines)}")
    if meant:
        # A lift of fewer would tell how many they are.
        lines = [hidden(line) for line in lift_lines(meant, document, least=FEWEST - 1)]
        text = "If it is right as it is, this lets it through, once. Say why, and have it reviewed:"
        parts.append(f"{text}\n\n{block(*lines)}")
    if parts:
        yield Section("If it is meant", "\n\n".join(parts), (), "")


def _guards(told: Bounds, hidden: Hidden) -> Section:
    lines = [
        [
            code(one["guard"]) + (" **holds**" if one["breached"] else " _lifted_"),
            code(hidden(one["policy"])),
            prose(one["unit"]) + (" **loses all**" if one.get("loses_all") else ""),
            few(one["count"]),
            few(one["base"]),
            f"{prose(one['limit'])} = {one['ceiling']:,}",
        ]
        for one in told.guards
    ]
    columns = ["Guard", "Policy", "Unit", "Would be", "Of", "At most"]
    head, rows = table(columns, lines, numbers=3)
    return Section("Guards", head, tuple(rows), "", "guards")


def _edits(edits: list[dict[str, object]], hidden: Hidden) -> Section:
    lines = [
        [
            code(hidden(str(one["policy"]))),
            code(str(one["key"])) if one["key"] else "_whole_",
            _edit(one, hidden),
            ", ".join(map(str, one["classes"])) if isinstance(one["classes"], list) else "",
            *(_of_target(one, side) for side in ("more", "fewer")),
        ]
        for one in edits
    ]
    columns = ["Policy", "Field", "Edit", "Class", "People more", "People fewer"]
    head, rows = table(columns, lines, numbers=2)
    return Section("What this change edits", head, tuple(rows), classes_in_words(edits), "edits")


def _edit(edit: dict[str, object], hidden: Hidden) -> str:
    if not edit["key"]:
        return "taken out" if edit["after"] is None else "new"
    return " → ".join(edited(side, str(edit["key"]), hidden) for side in sides(edit))


def _of_target(edit: dict[str, object], side: str) -> str:
    """How many people an edit of a target gains or loses; no other edit is counted in people."""
    return few(int(str(edit[side]))) if edit["key"] == "target" else "–"


def _attribution(attribution: dict[str, dict[str, int]]) -> Section:
    used = list(dict.fromkeys(action for counts in attribution.values() for action in counts))
    lines = [
        [DOING.get(name, prose(name)), *(few(counts.get(action, 0)) for action in used)]
        for name, counts in attribution.items()
    ]
    columns = ["Whose doing", *(prose(deed(action).title) for action in used)]
    head, rows = table(columns, lines, numbers=len(used))
    return Section("Whose doing it is", head, tuple(rows), "", "causes")
