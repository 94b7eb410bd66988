"""What the automations that want one enrollment say together about its due date and its credit."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tests.properties.naive_automations import Standing, wants
from tests.properties.naive_effects import Credit
from tests.properties.naive_people import Person
from tests.properties.naive_scene import Scene


def earliest(instants: Iterable[datetime | None]) -> datetime | None:
    """The earliest due instant; those without one do not count (A8a)."""
    return min((instant for instant in instants if instant is not None), default=None)


def wanting(
    standings: Sequence[Standing], person: Person, content: str, scene: Scene
) -> list[Standing]:
    """The automations that want a content for somebody, acting or not (A2)."""
    mine = [each for each in standings if each.content == content]
    return [each for each in mine if wants(each, person, scene)]


def due_of_wanting(
    standings: Sequence[Standing], person: Person, content: str, assigned: datetime, scene: Scene
) -> datetime | None:
    """The due instant of what starts over without one of its own (R2)."""
    return earliest(
        scene.due(each.rule.due, each.rule.window, person, assigned)
        for each in wanting(standings, person, content, scene)
    )


def credit_of(wanted_by: Iterable[Standing]) -> Credit:
    """Which completions give no credit, for what these automations would have redone (C7, C7a)."""
    rules = [each.rule for each in wanted_by]
    return Credit(
        renewals=tuple(rule.renew for rule in rules if rule.renew),
        current=any(
            rule.on_new_version is not None and rule.on_new_version.completed == "retake"
            for rule in rules
        ),
    )
