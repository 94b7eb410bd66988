"""Writes to an LMS over HTTP: in calls of some rows each, every row with an outcome of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import polars as pl

from reconciler.errors import OutcomeUnknown, ServiceRefused, ServiceUnavailable
from reconciler.frames import OUTCOMES
from reconciler.lms.http.messages import Written
from reconciler.lms.http.reading import message
from reconciler.rest import Service

INSTANTS = ("assigned", "due", "credit_after")
SECOND = "%Y-%m-%dT%H:%M:%SZ"
SILENCE = (
    "the LMS has said nothing about it; it may take fewer rows at once than `lms.batch_size` says"
)
OF_THE_BATCH = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""A refusal of a whole batch with one of these may be about some of its rows."""
MOST_IN_VAIN = 10
"""So many rows are tried alone before the LMS is taken to refuse whatever it is sent."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Told:
    """What became of some rows, as rows of OUTCOMES.

    ``out_of_reach`` is why, where the LMS took none of them for a reason that is not theirs;
    ``fewest`` how many rows it spoke of, where it spoke of fewer than it was sent.
    """

    outcomes: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    revision: int | None = None
    out_of_reach: str | None = None
    fewest: int | None = None

    def add(self, other: "Told") -> None:
        self.outcomes += other.outcomes
        self.revision = max(filter(None, (self.revision, other.revision)), default=None)
        self.out_of_reach = self.out_of_reach or other.out_of_reach
        self.fewest = min(filter(None, (self.fewest, other.fewest)), default=None)


@dataclass(slots=True)
class _Search:
    """How the search for the rows goes for which a batch was refused."""

    refused: int = 0
    taken: bool = False

    @property
    def is_in_vain(self) -> bool:
        return self.refused >= MOST_IN_VAIN and not self.taken


def as_rows(writes: pl.DataFrame) -> list[dict[str, Any]]:
    """WRITES as they are sent: instants in whole seconds, as text."""
    return writes.with_columns(pl.col(INSTANTS).dt.strftime(SECOND)).to_dicts()


def frame_of(told: Iterable[Told]) -> pl.DataFrame:
    """What became of rows, as OUTCOMES."""
    return OUTCOMES.of(*(row for one in told for row in one.outcomes))


def send(service: Service, verb: str, rows: Rows) -> Told:
    """Send some rows in one call; where they are refused as a whole, look for those it is about."""
    return _send(service, verb, rows, _Search())


def _send(service: Service, verb: str, rows: Rows, search: _Search) -> Told:
    if search.is_in_vain:
        return _all(rows, "failed", "not tried: the LMS refused all before it, one by one")
    key = uuid4().hex
    try:
        written = service.write(
            "POST",
            f"/{verb}",
            {"key": key, "rows": rows},
            repeatable=True,  # the key makes it so
            understood=lambda data: _confirmed(data, key, rows),
        )
    except ServiceRefused as refusal:
        return _refused(service, verb, rows, search, refusal)
    except OutcomeUnknown as unknown:
        return _all(rows, "unknown", str(unknown))
    except ServiceUnavailable as down:
        told = _all(rows, "failed", str(down))
        told.out_of_reach = str(down)
        return told
    search.taken = True
    return _outcomes(service, written, rows)


def _confirmed(data: object, key: str, rows: Rows) -> Written:
    """The answer to a write, which must speak of the rows that were sent, and of no other.

    Raises:
        ValueError: It is the answer to something else, or contradicts itself.
    """
    written = message(Written, data)
    if written.key != key:
        raise ValueError("It gave the answer to another write.")
    sent = {(row["trainee"], row["content"]) for row in rows}
    told = [(one.trainee, one.content) for one in written.results]
    if len(set(told)) != len(told) or not sent.issuperset(told):
        raise ValueError("It speaks of rows that were not sent, or of one row twice.")
    return written


def _outcomes(service: Service, written: Written, rows: Rows) -> Told:
    outcomes: list[tuple[str, str, str, str | None]] = [
        (one.trainee, one.content, one.result, one.detail and service.cleaned(one.detail))
        for one in written.results
    ]
    fewest = None
    if len(outcomes) < len(rows):
        heard = {(trainee, content) for trainee, content, *_ in outcomes}
        silent = [row for row in rows if (row["trainee"], row["content"]) not in heard]
        fewest = max(len(outcomes), 1)
        outcomes += _all(silent, "unknown", SILENCE).outcomes
    return Told(outcomes, written.revision, fewest=fewest)


def _refused(
    service: Service, verb: str, rows: Rows, search: _Search, refusal: ServiceRefused
) -> Told:
    if refusal.maybe_done:
        return _all(rows, "unknown", f"refused now, and maybe done before: {refusal}")
    if refusal.code not in OF_THE_BATCH:
        told = _all(rows, "failed", str(refusal))
        told.out_of_reach = str(refusal)
        return told
    if len(rows) == 1:
        search.refused += 1
        return _all(rows, "refused", refusal.reason or str(refusal))
    half = len(rows) // 2
    told = _send(service, verb, rows[:half], search)
    told.add(_send(service, verb, rows[half:], search))
    return told


def _all(rows: Rows, result: str, detail: str) -> Told:
    return Told([(row["trainee"], row["content"], result, detail) for row in rows])
