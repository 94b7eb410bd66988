"""Readings of an LMS over HTTP: page by page, whole or not at all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import polars as pl
from pydantic import ValidationError

from reconciler.background import together
from reconciler.errors import LmsUnfit, ServiceRefused, ServiceTrouble
from reconciler.lms.http.messages import Message, Page, Reading
from reconciler.rest import Service

M = TypeVar("M", bound=Message)
READINGS = 3
"""So often a reading is begun whose pages do not stay together."""
MOST_PAGES = 100_000
"""No reading has more: some hundreds of millions of rows, at the usual size of a page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a reading: where, of which contents, at least how new, in which pages."""

    path: str
    contents: Sequence[str] = ()
    at_least: int | None = None
    page_size: int = 5_000
    at_once: int = 1

    @property
    def query(self) -> dict[str, str | int | Sequence[str]]:
        query: dict[str, str | int | Sequence[str]] = {}
        if self.contents:
            query["content"] = self.contents
        if self.at_least is not None:
            query["at_least"] = self.at_least
        return query


class _Gone(Exception):
    """The pages of a reading do not stay together: it was dropped, or begun anew."""


@contextmanager
def seeing() -> Iterator[None]:
    """Tell trouble with the service as what it is to a plan: an LMS that cannot be read.

    Raises:
        LmsUnfit: It could not be read.
    """
    try:
        yield
    except ServiceTrouble as trouble:
        raise LmsUnfit(f"The LMS cannot be read. {trouble}") from None


def message(kind: type[M], data: object) -> M:
    """An answer as the message that it should be.

    Raises:
        ValueError: It is none; with the first place that is wrong, and nothing of what it says.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise ValueError(f"Not as the protocol says: {place}: {first['msg']}.") from None


def fresh(reading: Reading, at_least: int | None) -> None:
    """Require that a reading is not older than what was asked for.

    Raises:
        ValueError: It is.
    """
    if at_least is not None and (reading.revision is None or reading.revision < at_least):
        told = "none" if reading.revision is None else f"{reading.revision:,}"
        raise ValueError(f"It shows revision {told}, and {at_least:,} was asked for.")


def in_full_view(reading: Reading, path: str) -> None:
    """Require that the token sees everything: less looks as if nobody were enrolled.

    Raises:
        LmsUnfit: It does not.
    """
    if reading.scope != "all":
        raise LmsUnfit(
            f"The LMS shows only a part of {path} to this token (scope {reading.scope[:40]!r}). "
            "Nothing is planned from that: whoever is not shown would look as if not enrolled. "
            "Give the token the right to read everything."
        )


def rows_of(service: Service, kind: type[Page], asked: Asked) -> pl.DataFrame:
    """All rows of a reading, with the columns of the message, none missing and none twice.

    Raises:
        LmsUnfit: They cannot all be had.
    """
    for _ in range(READINGS):
        try:
            with seeing():
                return _whole(service, kind, asked)
        except _Gone:
            continue
    raise LmsUnfit(
        f"The LMS does not keep {asked.path} still until its pages are read: {READINGS} times it "
        "had gone on to another reading in between. It has to keep a reading for some minutes."
    )


def _whole(service: Service, kind: type[Page], asked: Asked) -> pl.DataFrame:
    first = _page(service, kind, asked, after=None, first=0)
    in_full_view(first, asked.path)
    size = _length(first)
    frames = [_frame(first)]
    if size < first.total:
        places = range(size, first.total, size)
        _refuse_without_end(places, asked.path)
        rest = together(
            lambda place: _page(service, kind, asked, after=first, first=place),
            places,
            at_once=asked.at_once,
        )
        frames += [_frame(page) for page in rest]
    return pl.concat(frames)


def _refuse_without_end(places: range, path: str) -> None:
    """Require that the pages that follow are not more than anybody could wait for.

    Raises:
        LmsUnfit: They are.
    """
    if len(places) >= MOST_PAGES:
        raise LmsUnfit(
            f"The LMS says that {path} has {places.stop:,} rows, {places.step:,} on a page, and no "
            f"more than {MOST_PAGES:,} pages are read. Correct that number in the LMS, or let it "
            "give more rows on each page."
        )


def _page(
    service: Service, kind: type[Page], asked: Asked, *, after: Page | None, first: int
) -> Page:
    query = {**asked.query, "first": first}
    query["limit"] = asked.page_size if after is None else _length(after)
    if after is not None:
        query["reading"] = after.reading
    try:
        page: Page = service.read(
            asked.path, query=query, understood=_understood(kind, asked, after, first)
        )
    except ServiceRefused as refusal:
        if after is not None and refusal.code == HTTPStatus.GONE:
            raise _Gone from None
        raise
    if after is not None and (page.reading, page.total) != (after.reading, after.total):
        raise _Gone
    return page


def _understood(
    kind: type[Page], asked: Asked, after: Page | None, first: int
) -> Callable[[Any], Page]:
    """What makes a page of an answer, and sees whether it is the one that was asked for."""

    def understood(data: object) -> Page:
        page = message(kind, data)
        fresh(page, asked.at_least)
        size = _length(page)
        if page.first != first:
            raise ValueError(f"It gave the rows from {page.first:,}, not those from {first:,}.")
        wanted = asked.page_size if after is None else _length(after)
        most = min(wanted, max(page.total - first, 0))
        # The LMS chooses the size of a page with the first one; it may be none of many.
        if size > most or (size < most and (after is not None or not size)):
            raise ValueError(
                f"A page is missing or cut: of {page.total:,} rows it gave {size:,} from "
                f"{first:,}, where {most:,} are due."
            )
        return page

    return understood


def _columns(page: Page) -> Mapping[str, list[Any]]:
    return dict(page.columns)  # type: ignore[attr-defined]


def _length(page: Page) -> int:
    lengths = {len(column) for column in _columns(page).values()}
    if len(lengths) != 1:
        raise ValueError("Its columns are not of one length.")
    return lengths.pop()


def _frame(page: Page) -> pl.DataFrame:
    columns = _columns(page)
    numbers = ("version", "completed_version")
    kinds = {name: pl.Int64 if name in numbers else pl.String for name in columns}
    return pl.DataFrame(columns, schema=kinds)
