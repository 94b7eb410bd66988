"""The names that the ledger knows, and what has become of them: renamed (A15) or forgotten."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select

from reconciler.ledger.tables import AUTOMATIONS, INTENTS, INVENTORY, LOG, ORDERS, RUNS

Step: TypeAlias = Mapping[str, str] | str
"""The renames of a run, or the name that was forgotten."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the log tells of names, the first first: the run, and what it renamed; None forgot."""

    steps: tuple[tuple[int | None, Step], ...]

    def since(self, serial: int) -> tuple[Step, ...]:
        """The steps of after a run; every one for a run of before there was a log."""
        begun = [place for place, (run, _) in enumerate(self.steps) if run == serial]
        return tuple(step for _, step in self.steps[begun[0] + 1 if begun else 0 :])


def read_names(connection: Connection) -> Names:
    happened = select(LOG).where(LOG.c.kind.in_(("begin", "forget"))).order_by(LOG.c.number)
    return Names(tuple(_steps(connection.execute(happened).all())))


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
    steps = (step for _, step in read_names(connection).steps)
    renamed = ([step] if isinstance(step, str) else [*step, *step.values()] for step in steps)
    return frozenset(chain(*recorded, *causes, *renamed))


def told_runs(connection: Connection) -> str:
    """Which runs there are, as a sentence with a leading space."""
    serials = connection.execute(select(RUNS.c.serial).order_by(RUNS.c.serial)).scalars().all()
    if not serials:
        return " Nothing has been applied yet."
    listed = f"run {serials[0]}" if len(serials) == 1 else f"runs {serials[0]} to {serials[-1]}"
    return f" The ledger has {listed}; `reconciler state history` tells what they did."


def _steps(rows: Iterable[Row[Any]]) -> Iterator[tuple[int | None, Step]]:
    for row in rows:
        body = json.loads(row.body)
        if row.kind == "forget":
            yield None, body["owner"]
        else:
            yield row.serial, body.get("renamed", {})
