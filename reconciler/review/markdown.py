"""A plan as Markdown, for a comment that everybody reads: counts, reasons, and nobody's name.

A comment begins with what must be read and is cut from its end: the summary always stands, then
come guards and edits, the policies, what to look at, the picture, examples, places, and each policy
in full.
"""

import shlex
from collections import Counter
from collections.abc import Iterator

import polars as pl

from reconciler.review.bounds import may_be_applied
from reconciler.review.deeds import CHIEF, by_action, by_cause, by_location, deed, titles
from reconciler.review.markdown_bounds import bounds, headline, standing, unapproved
from reconciler.review.markdown_examples import examples
from reconciler.review.markdown_parts import Section, Told, fitted
from reconciler.review.markdown_picture import picture
from reconciler.review.markdown_policies import acts, policy_sections
from reconciler.review.markdown_text import block, code, prose, table
from reconciler.review.markdown_undo import undo_sections
from reconciler.review.model import AutomationReport, PlanDocument
from reconciler.review.notes import notes_of_people
from reconciler.review.people import few, few_of, without_ids
from reconciler.review.words import count, local, without_effect

COMMENT = 60_000
SUMMARY = 1024 * 1024
MOST_PLACES = 20
"""How many locations are listed, in a comment and in a longer text alike."""

UNKNOWN_TRAINEE = "Unknown trainee"
"""The summary of the one finding whose detail is a person's id (P4)."""


def markdown(
    document: PlanDocument,
    actions: pl.DataFrame,
    *,
    file: str,
    key: bytes | None,
    long: bool = False,
    to_look: bool = False,
) -> str:
    """Write a plan as Markdown, without a name or an id of anybody.

    Args:
        document: The plan in numbers.
        actions: Its rows, as a plan file holds them.
        file: What the plan file is called, for the command that applies it.
        key: Of the pseudonyms; None for none.
        long: For the summary of a job, at most 1 MiB; else for a comment, at most 60,000 bytes.
        to_look: For whoever must look after a run without a review: what it may not do, and whose
            rules that concerns.
    """
    told = Told(document, actions, key, without_ids(document, actions["trainee"]))
    sections = (
        *undo_sections(document, told.hidden),
        *(unapproved(document, told.hidden) if to_look else ()),
        *bounds(document, told.hidden),
        _overview(told),
        _notes(told),
        picture(document, told.hidden, most=80 if long else 25),
        examples(told, most=40 if long else 8),
        _places(actions),
        *policy_sections(document, told.hidden, every=long),
        _quiet(document, every=long),
    )
    return fitted(
        _summary(told, file), [s for s in sections if s is not None], SUMMARY if long else COMMENT
    )


def _summary(told: Told, file: str) -> str:
    header = told.document.header
    lines = [
        f"### {headline(told.document)}",
        "",
        *_state(told.document),
        *standing(told.document),
        *_numbers(told.document),
        "",
        (
            f"As of {local(header.as_of, header.timezone)} ({prose(header.timezone)}), for "
            f"{few_of(told.document.people.active, 'active person', 'active people')}. "
            f"{_until(told.document)}"
        ),
        "",
        *(
            [block(f"reconciler apply {shlex.quote(file)}"), ""]
            if may_be_applied(told.document)
            else []
        ),
        f"Plan {code(header.digest)}"
        + (f", policies at {code(header.commit[:12])}." if header.commit else "."),
    ]
    return "\n".join(lines)


def _until(document: PlanDocument) -> str:
    expires = local(document.header.expires, document.header.timezone)
    if may_be_applied(document):
        return f"**May be applied until {expires}**, with:"
    return "**An apply writes nothing as it is.**"


def _state(document: PlanDocument) -> Iterator[str]:
    """What stands in the way of an apply, in front of everything else."""
    if document.header.what_if:
        yield "> **What if:** a plan for a later time has been applied already."
        yield "> This one can only be looked at."
        yield ""
    if document.header.read_only:
        yield "> **Read only:** this LMS is read from an export, so this plan is never applied."
        yield ""


def _numbers(document: PlanDocument) -> Iterator[str]:
    """The four numbers, and below them what else the plan does."""
    counted, totals = by_action(document), document.totals
    values = [f"**{few(n)}**" if (n := counted[action]) else "0" for action in CHIEF]
    head, rows = table([deed(action).title for action in CHIEF], [values], numbers=len(CHIEF))
    yield head
    yield rows[0]
    also = [
        (counted["reschedule"], "due date moved", "due dates moved"),
        (totals.restore, "of the assignments gives back what somebody had removed",
         "of the assignments give back what somebody had removed"),
        (totals.new_accounts, "account made in the LMS", "accounts made in the LMS"),
        (totals.blocked, "action **blocked**: cannot be carried out",
         "actions **blocked**: cannot be carried out"),
    ]  # fmt: skip
    said = [few_of(number, one, several) for number, one, several in also if number]
    if said:
        yield ""
        yield f"Also: {'; '.join(said)}."


def _overview(told: Told) -> Section | None:
    """A row for each policy that does something, the most weighty first."""
    counted = by_cause(told.document)
    used = [
        action
        for action in (*CHIEF, "reschedule")
        if action == "assign" or any(counts[action] for counts in counted.values())
    ]
    audiences = {one.id: one.audience for one in told.document.automations}
    audiences |= {one.id: one.audience for one in told.document.orders}
    marks = dict(_marks(told.document))
    contents = {
        cause: one.content for one in told.document.decisions for cause in one.causes
    }  # fmt: skip
    called = titles(told.document)
    shown = sorted(counted.keys() | marks.keys(), key=lambda one: _weight(counted, one))
    if not shown:
        return None
    contents |= {one.id: one.content for one in told.document.past}
    contents |= {one.id: one.content for one in told.document.automations}
    contents |= {one.id: one.content for one in told.document.orders}
    lines = [
        [
            told.code(one) + (f" _{marks[one]}_" if marks.get(one) else ""),
            told.prose(called.get(contents[one], contents[one])),
            few(audiences[one]) if one in audiences else "–",
            *(few(counted.get(one, Counter())[action]) for action in used),
        ]
        for one in shown
    ]
    columns = ["Policy", "Training", "Audience", *(deed(action).title for action in used)]
    head, rows = table(columns, lines, numbers=len(used) + 1)
    return Section("What each policy does", head, tuple(rows), "", "policies")


def _quiet(document: PlanDocument, *, every: bool) -> Section | None:
    """How many policies have no section, since nothing changes by them."""
    quiet = 0 if every else sum(not acts(one) for one in document.automations)
    if not quiet:
        return None
    has = count(quiet, "automation has", "automations have")
    return Section("Nothing to do", f"{has} nothing to do; the report tells of them.", (), "")


def _marks(document: PlanDocument) -> Iterator[tuple[str, str]]:
    """What is new about a policy, for those about which something is."""
    for one in document.automations:
        if one.change != "unchanged" or _begins(one):
            paused = ", paused" if one.paused else ""
            yield one.id, ("begins" if one.change == "unchanged" else one.change) + paused
    for order in document.orders:
        if order.state in ("new", "cancelled"):
            yield order.id, order.state
    for past in document.past:
        yield past.id, past.state


def _begins(one: AutomationReport) -> bool:
    return one.baseline is not None and one.baseline.starts


def _weight(counted: dict[str, Counter[str]], one: str) -> tuple[int, int, str]:
    counts = counted.get(one, Counter())
    lost = sum(number for action, number in counts.items() if deed(action).loses)
    return -lost, -counts["assign"], one


def _notes(told: Told) -> Section | None:
    rows = [f"- {note}" for note in _each_note(told)]
    return Section("To look at", "", tuple(rows), "", "notes") if rows else None


def _each_note(told: Told) -> Iterator[str]:
    document = told.document
    yield from notes_of_people(document.people, few_of, prose)
    expired = sum(one.expired for one in document.exemptions)
    if expired:
        yield f"{count(expired, 'exemption has', 'exemptions have')} expired and can be deleted."
    for order in document.orders:
        if order.state in ("done", "cancelled") and (why := without_effect(order)):
            yield f"{told.code(order.id)}: {why}"
    for warning in document.warnings:
        yield _warning(warning, told)


def _warning(text: str, told: Told) -> str:
    summary, _, detail = text.partition("\n")
    place, _, finding = summary.rpartition(": ")
    if finding == UNKNOWN_TRAINEE:
        detail = "The roster and the ledger know nobody with this id."
    return f"{told.code(place)} **{told.prose(finding)}**: {told.prose(detail)}"


def _places(actions: pl.DataFrame) -> Section | None:
    found = by_location(actions)
    if found.is_empty():
        return None
    used = [name for name in (*CHIEF, "reschedule") if name in found.columns]
    lines = [
        [prose(row["location"]), few(row["people"]), *(few(row[action]) for action in used)]
        for row in found.head(MOST_PLACES).iter_rows(named=True)
    ]
    columns = ["Location", "People", *(deed(action).title for action in used)]
    head, rows = table(columns, lines, numbers=len(used) + 1)
    left = len(found) - len(lines)
    foot = f"And {count(left, 'location')} with fewer actions." if left else ""
    return Section("Where", head, tuple(rows), foot, "locations")
