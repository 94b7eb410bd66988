"""The names that the ledger knows, and what has become of them: renamed (A15) or forgotten."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, select

from reconciler.ledger.tables import AUTOMATIONS, INTENTS, INVENTORY, LOG, ORDERS, RUNS

Step: TypeAlias = Mapping[str, str] | str
"""The renames of a run, or the name that was forgotten."""


class Bearer(NamedTuple):
    """A rule by the last of its names; ``forgotten`` is the step that took it out, if one did."""

    name: str
    forgotten: int | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """Which rules a name asks for; by the last name of each: others, with the run until which."""

    meant: frozenset[Bearer]
    once: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Names:
    """What the log tells of names, the first first; ``known`` is how many a run began with."""

    steps: tuple[Step, ...]
    known: Mapping[int, int]

    def since(self, serial: int) -> tuple[Step, ...]:
        """The steps of after a run began; every one for a run of before there was a log."""
        return self.steps[self.known.get(serial, 0) :]

    def bearer(self, name: str, serial: int) -> Bearer:
        """Which rule it is that a run knew by a name."""
        return _fate(name, self.steps, since=self.known.get(serial, 0))

    def bearers(self, name: str) -> dict[Bearer, int | None]:
        """Every rule that was ever called so, with the run that renamed it, if one did."""
        found: dict[Bearer, int | None] = {Bearer(name): None}
        for number, step in enumerate(self.steps):
            if step == name or (not isinstance(step, str) and name in step):
                one = _fate(name, self.steps, since=number)
                found[one] = None if one.name == name else self._run_of(number)
        return found

    def _run_of(self, number: int) -> int:
        return min(serial for serial, known in self.known.items() if known > number)


def read_names(connection: Connection) -> Names:
    happened = select(LOG).where(LOG.c.kind.in_(("begin", "forget"))).order_by(LOG.c.number)
    steps: list[Step] = []
    known: dict[int, int] = {}
    for row in connection.execute(happened):
        body = json.loads(row.body)
        if step := body["owner"] if row.kind == "forget" else body.get("renamed"):
            steps.append(step)
        if row.kind == "begin":
            known[row.serial] = len(steps)
    return Names(tuple(steps), known)


def name_after(name: str, steps: Iterable[Step]) -> str | None:
    """What a name has become; None where it was forgotten."""
    bearer = _fate(name, tuple(steps))
    return bearer.name if bearer.forgotten is None else None


def _fate(name: str, steps: Sequence[Step], *, since: int = 0) -> Bearer:
    for number, step in enumerate(steps[since:], since):
        if step == name:
            return Bearer(name, number)
        name = name if isinstance(step, str) else step.get(name, name)
    return Bearer(name)


def read_called(connection: Connection, name: str) -> Called:
    """Who is asked for by a name (A15b): whose name it was to the last, else all who had it."""
    bearers = read_names(connection).bearers(name)
    known = {Bearer(one) for one in _recorded(connection)}
    last = {
        one for one in bearers if one.name == name and (one.forgotten is not None or one in known)
    }
    once = {one.name: run for one, run in bearers.items() if run is not None}
    return Called(frozenset(last or bearers), once if last or len(once) > 1 else {})


def known_contents(connection: Connection) -> frozenset[str]:
    """Every content that the ledger tells anything of."""
    columns = (INTENTS.c.content, AUTOMATIONS.c.content, ORDERS.c.content, INVENTORY.c.content)
    return frozenset(
        chain.from_iterable(
            connection.execute(select(column).distinct()).scalars() for column in columns
        )
    )


def known_owners(connection: Connection) -> frozenset[str]:
    """Every automation and order that the ledger tells anything of, under all their names."""
    causes = connection.execute(select(INTENTS.c.causes)).scalars()
    steps = read_names(connection).steps
    renamed = ([step] if isinstance(step, str) else [*step, *step.values()] for step in steps)
    return frozenset(chain(_recorded(connection), *causes, *renamed))


def _recorded(connection: Connection) -> Iterator[str]:
    for table in (AUTOMATIONS, ORDERS):
        yield from connection.execute(select(table.c.id)).scalars()


def told_runs(connection: Connection) -> str:
    """Which runs there are, as a sentence with a leading space."""
    serials = connection.execute(select(RUNS.c.serial).order_by(RUNS.c.serial)).scalars().all()
    if not serials:
        return " Nothing has been applied yet."
    listed = f"run {serials[0]}" if len(serials) == 1 else f"runs {serials[0]} to {serials[-1]}"
    return f" The ledger has {listed}; `reconciler state history` tells what they did."
