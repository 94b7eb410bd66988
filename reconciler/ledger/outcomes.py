"""How what was sent to the LMS ended, row by row, as the journal has noted it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Row, select

from reconciler.ledger.blocks import join
from reconciler.ledger.tables import INTENTS, OUTCOMES

SENT_ONLY = "open"
"""The result of a row that was sent and whose outcome is not known yet."""
Result: TypeAlias = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the rows of one intent ended, for each trainee the last time that it was noted.

    ``by`` has the trainees of each result with its detail: ``done`` where nothing else was noted.
    """

    by: Mapping[Result, BitMap]

    def among(self, *results: str) -> BitMap:
        """Whose rows ended in one of these ways."""
        found = (who for (result, _), who in self.by.items() if result in results)
        return BitMap.union(BitMap(), *found)


def outcomes_where(
    connection: Connection, *intents: ColumnElement[bool]
) -> Callable[[Row[Any]], Outcomes]:
    """Read the outcomes of all intents that are so; what is returned finds those of a row."""
    query = select(OUTCOMES).join(INTENTS, INTENTS.c.number == OUTCOMES.c.intent).where(*intents)
    noted: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for outcome in connection.execute(query.order_by(OUTCOMES.c.number)):
        noted[outcome.intent].append(outcome)
    return lambda row: _outcomes(row, noted.get(row.number, ()))


def _outcomes(row: Row[Any], noted: Iterable[Row[Any]]) -> Outcomes:
    by: dict[Result, BitMap] = {
        (SENT_ONLY if row.state == "open" else "done", None): join([row.bitmap])
    }
    for outcome in noted:
        who, result = join([outcome.bitmap]), (outcome.result, outcome.detail)
        by = {other: members - who for other, members in by.items()}
        by[result] = by.get(result, BitMap()) | who
    return Outcomes(by)
