"""What a plan draws attention to: exemptions, oddities in the feed, findings."""

from collections.abc import Callable, Iterator

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from reconciler.review.gate import notes_of_renames
from reconciler.review.guards import notes_of_lifts
from reconciler.review.headcount import Headcount
from reconciler.review.many import first, say_left
from reconciler.review.model import PlanDocument
from reconciler.review.tables import print_line
from reconciler.review.words import Count, count


def show_exemptions(document: PlanDocument, console: Console, *, every: bool) -> None:
    standing = [one for one in document.exemptions if not one.expired]
    if not standing:
        return
    console.print("\n[bold underline]Exemptions[/bold underline]\n")
    shown = first(standing, every=every)
    for one in shown:
        people = count(one.trainees, "person", "people")
        until = f", until {one.until}" if one.until else ""
        print_line(
            console, Text.assemble((one.id, "bold"), f" → {one.source}: {people}{until}"), indent=2
        )
        print_line(console, Text(one.reason, "dim"), indent=4)
    say_left(len(standing) - len(shown), "exemption", console)


def show_notes(document: PlanDocument, console: Console, *, every: bool) -> None:
    told = list(notes(document))
    shown = first(told, every=every)
    if not told:
        return
    console.print("\n[bold underline]To look at[/bold underline]")
    for note in shown:
        console.print(Padding(f"[yellow]•[/yellow] {escape(note)}", (0, 0, 0, 2)))
    say_left(len(told) - len(shown), "thing to look at", console, plural="things to look at")


def notes(document: PlanDocument) -> Iterator[str]:
    if document.header.read_only:
        yield "This LMS is read from an export and cannot be written: no apply of this plan."
    yield from notes_of_people(document.people)
    for one in document.exemptions:
        if one.expired:
            yield f"This exemption has expired: {one.id}, from {one.source}, until {one.until}."
    yield from notes_of_renames(document)
    yield from notes_of_lifts(document)
    yield from document.warnings


def notes_of_people(
    people: Headcount, count: Count = count, shown: Callable[[str], str] = str
) -> Iterator[str]:
    """What is odd about roster and enrollments.

    ``count`` says a number with its noun, ``shown`` the name of an attribute.
    """
    if people.unknown:
        who = count(people.unknown, "person has", "people have")
        yield f"{who} no known activity in the roster: nothing is given to them or taken."
    if people.absent:
        who = count(people.absent, "person was", "people were")
        yield f"{who} in an earlier roster and not in this one: nothing is taken from them."
    if people.long_absent:
        who = count(people.long_absent, "person counts", "people count")
        yield f"{who} as having left: absent for longer than `inactive_after` allows."
    for attribute, number in people.emptied.items():
        who = count(number, "person has", "people have")
        yield (
            f"{who} no {shown(attribute)} any more, and had one before: they neither leave nor "
            "enter by it until it is filled again. Is the feed broken?"
        )
    if people.hired_ahead:
        who = count(people.hired_ahead, "active person has", "active people have")
        yield f"{who} a hire date more than a year from now. Is the year right?"
    if people.strangers:
        enrollments = count(people.strangers, "enrollment")
        yield f"{enrollments} of people whom neither roster nor ledger knows: left alone."
    if people.completed_ahead:
        enrollments = count(people.completed_ahead, "enrollment is", "enrollments are")
        yield (
            f"{enrollments} completed in the future, as the LMS says: they count as completed, and "
            "are renewed accordingly late. Is the year right?"
        )
