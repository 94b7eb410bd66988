"""The names that the ledger knows, and what has become of them: renamed (A15) or forgotten."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from sqlalchemy import Connection, select

from reconciler.ledger.tables import AUTOMATIONS, INTENTS, INVENTORY, LOG, ORDERS, RUNS

Step: TypeAlias = Mapping[str, str] | str
"""The renames of a run, or the name that was forgotten."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the log tells of names, the first first; ``known`` is how many a run began with."""

    steps: tuple[Step, ...]
    known: Mapping[int, int]

    def since(self, serial: int) -> tuple[Step, ...]:
        """The steps of after a run began; every one for a run of before there was a log."""
        return self.steps[self.known.get(serial, 0) :]


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
    for step in steps:
        if step == name:
            return None
        name = name if isinstance(step, str) else step.get(name, name)
    return name


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
    recorded = (connection.execute(select(table.c.id)).scalars() for table in (AUTOMATIONS, ORDERS))
    causes = connection.execute(select(INTENTS.c.causes)).scalars()
    steps = read_names(connection).steps
    renamed = ([step] if isinstance(step, str) else [*step, *step.values()] for step in steps)
    return frozenset(chain(*recorded, *causes, *renamed))


def told_runs(connection: Connection) -> str:
    """Which runs there are, as a sentence with a leading space."""
    serials = connection.execute(select(RUNS.c.serial).order_by(RUNS.c.serial)).scalars().all()
    if not serials:
        return " Nothing has been applied yet."
    listed = f"run {serials[0]}" if len(serials) == 1 else f"runs {serials[0]} to {serials[-1]}"
    return f" The ledger has {listed}; `reconciler state history` tells what they did."
