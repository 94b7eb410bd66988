"""An LMS over HTTP as an adapter: it speaks the protocol of docs/lms-over-http.md."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import polars as pl

from reconciler.answers import Answer, Trouble, by_status, said
from reconciler.background import together
from reconciler.errors import LmsUnfit, WrongUse
from reconciler.frames import HOLDINGS, OUTCOMES, PROGRESS, STATUS, WRITES, Capabilities, Content
from reconciler.lms.contract import Lms
from reconciler.lms.files import Table
from reconciler.lms.http.messages import (
    PROTOCOL,
    About,
    Accounts,
    Catalog,
    Enrollments,
    Page,
    Progress,
)
from reconciler.lms.http.reading import Asked, fresh, in_full_view, message, rows_of, seeing
from reconciler.lms.http.writing import as_rows, frame_of, send
from reconciler.lms.rows import enrollments_of, progress_of
from reconciler.lms.settings import TOKEN, HttpSettings
from reconciler.rest import Clockwork, Manners, Service

CONTENTS_AT_ONCE = 50
"""So many contents are named in one address, which gateways cut at some thousand signs."""
BUSY = (HTTPStatus.CONFLICT, HTTPStatus.LOCKED)
CLOCKWORK = Clockwork()


def judge(answer: Answer) -> Trouble | None:
    """Judge an answer as the protocol means it: busy with the same rows is nothing done yet."""
    if answer.status in BUSY:
        return Trouble(said(answer) or "It is busy with the same rows.", again=True)
    return by_status(answer)


def opened(
    settings: HttpSettings, environment: Mapping[str, str], clockwork: Clockwork | None = None
) -> "HttpLms":
    """The LMS of some settings, with the token that the environment holds.

    Raises:
        WrongUse: There is none, or it cannot be sent.
    """
    token = environment.get(TOKEN, "").strip()
    if not token:
        raise WrongUse(
            f"{TOKEN} is not set. The token of the LMS is taken from the environment alone."
        )
    return HttpLms(settings, token=token, clockwork=clockwork or CLOCKWORK)


class HttpLms(Lms):
    """An LMS, or a bridge to one, behind an address. Nothing is called before it is needed."""

    def __init__(self, settings: HttpSettings, *, token: str, clockwork: Clockwork) -> None:
        """Open a session; nothing is sent yet."""
        self._settings = settings
        self._host = urlsplit(settings.address).netloc
        self._service = Service(
            settings.address,
            token=token,
            judge=judge,
            clockwork=clockwork,
            manners=Manners(
                patience=settings.patience,
                calls_per_second=settings.calls_per_second,
                writes_per_second=settings.calls_per_second,
                at_once=settings.concurrency,
                connect_timeout=min(settings.timeout, Manners().connect_timeout),
                read_timeout=settings.timeout,
            ),
        )
        self._known: About | None = None
        self._revision: int | None = None
        self._batch_size = settings.batch_size

    @property
    def about(self) -> About:
        """What the LMS says of itself, as it said it first.

        Raises:
            LmsUnfit: It cannot be read, or speaks another protocol.
        """
        return self._known or self._ask_about()

    @property
    def capabilities(self) -> Capabilities:
        told = self.about.capabilities
        same = {one.name for one in fields(Capabilities)} - {"precision", "batch_size"}
        return Capabilities(
            precision=timedelta(seconds=told.precision),
            # What the program sends at once is spread over the calls that may be under way.
            batch_size=min(self._batch_size, told.batch_size) * self._settings.concurrency,
            **{name: getattr(told, name) for name in same},
        )

    def catalog(self) -> Mapping[str, Content]:
        at_least = self._newest()

        def understood(data: object) -> Catalog:
            catalog = message(Catalog, data)
            fresh(catalog, at_least)
            if catalog.total != len(catalog.contents):
                raise ValueError(
                    f"It gave {len(catalog.contents):,} of {catalog.total:,} contents."
                )
            return catalog

        query = {} if at_least is None else {"at_least": at_least}
        with seeing():
            catalog = self._service.read("/catalog", query=query, understood=understood)
        in_full_view(catalog, "/catalog")
        return _offered(catalog)

    def accounts(self) -> frozenset[str] | None:
        if not self.about.capabilities.lists_accounts:
            return None
        return frozenset(self._rows(Accounts, "/accounts", [])["trainee"])

    def holdings(self, contents: Collection[str]) -> pl.DataFrame:
        wanted = sorted(set(contents))
        if not wanted:
            return HOLDINGS.of()
        held, faults = enrollments_of(
            self._shown(Enrollments, "/enrollments", wanted, by="content"),
            catalog=_named(wanted),
            statuses=STATUS.categories,
            unique=True,
        )
        faults.refuse()
        return HOLDINGS.check(held)

    def progress(self, modules: Collection[str]) -> pl.DataFrame:
        wanted = sorted(one for one in set(modules) if one.startswith("module/"))
        if not wanted or not self.about.capabilities.modules:
            return PROGRESS.of()
        learned, faults = progress_of(
            self._shown(Progress, "/progress", wanted, by="module"),
            catalog=_named(wanted),
            statuses=STATUS.categories,
            former=True,
        )
        faults.refuse()
        return PROGRESS.check(learned)

    def assign(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out("assign", writes)

    def reassign(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out("reassign", writes)

    def reschedule(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out("reschedule", writes)

    def remove(self, writes: pl.DataFrame) -> pl.DataFrame:
        return self._carry_out("remove", writes)

    def _ask_about(self) -> About:
        with seeing():
            told = self._service.read("/", understood=lambda data: message(About, data))
        assert isinstance(told, About)
        if told.protocol != PROTOCOL:
            raise LmsUnfit(
                f"{self._host} speaks {told.protocol[:40]!r}, and this version {PROTOCOL!r}. Bring "
                "the older of the two up to date."
            )
        self._known = told
        return told

    def _newest(self) -> int | None:
        """The revision that a reading from now on must show: what was ever written is in it."""
        self._note(self._ask_about().revision)
        return self._revision

    def _note(self, revision: int | None) -> None:
        if revision is not None:
            self._revision = max(revision, self._revision or 0)

    def _rows(self, kind: type[Page], path: str, contents: list[str]) -> pl.DataFrame:
        at_least = self._newest()
        settings = self._settings
        parts = [
            contents[start : start + CONTENTS_AT_ONCE]
            for start in range(0, max(len(contents), 1), CONTENTS_AT_ONCE)
        ]
        asked = [
            Asked(path, part, at_least, settings.page_size, settings.concurrency) for part in parts
        ]
        return pl.concat(rows_of(self._service, kind, one) for one in asked)

    def _shown(self, kind: type[Page], path: str, wanted: list[str], *, by: str) -> Table:
        """The rows about some contents, with their place in the reading for messages.

        Raises:
            LmsUnfit: They cannot all be had, or are about another content.
        """
        rows = self._rows(kind, path, wanted)
        if odd := sorted(set(rows[by].unique()) - set(wanted)):
            raise LmsUnfit(
                f"The LMS was asked for some contents and showed {odd[0]} as well. Whether it shows"
                " all of what it was asked for cannot be known, so nothing is planned from it."
            )
        few = rows.with_columns(pl.col("status", by).cast(pl.Categorical))
        return Table(f"{self._host}{path}", few, lambda some: [row + 1 for row in some])

    def _carry_out(self, verb: str, writes: pl.DataFrame) -> pl.DataFrame:
        asked = WRITES.check(writes)
        if asked.is_empty():
            return OUTCOMES.of()
        size = min(self._batch_size, self.about.capabilities.batch_size)
        several = together(
            lambda part: send(self._service, verb, as_rows(part)),
            list(asked.iter_slices(size)),
            at_once=self._settings.concurrency,
        )
        for told in several:
            self._note(told.revision)
            # Who takes fewer rows than it was sent, and does not say so, gets fewer from now on.
            self._batch_size = min(self._batch_size, told.fewest or self._batch_size)
        outcomes = OUTCOMES.check(frame_of(several))
        if all(told.out_of_reach for told in several) and (outcomes["result"] == "failed").all():
            raise LmsUnfit(f"The LMS takes nothing. {several[0].out_of_reach}")
        return outcomes


def _named(contents: list[str]) -> dict[str, Content]:
    """Contents of which nothing but the names is looked at."""
    return {one: Content(one, one) for one in contents}


def _offered(catalog: Catalog) -> dict[str, Content]:
    """The contents by id.

    Raises:
        LmsUnfit: There is none, one stands twice, or a module has a course that there is not.
    """
    offered = {
        one.id: Content(one.id, one.title, one.version, one.minutes, tuple(one.courses))
        for one in catalog.contents
    }
    if not offered:
        raise LmsUnfit("The LMS shows an empty catalog. There is nothing to assign from it.")
    if len(offered) < len(catalog.contents):
        raise LmsUnfit("The LMS shows a content twice in its catalog. Put that right there.")
    for content in offered.values():
        odd = [course for course in content.courses if course not in offered]
        if odd or content.is_module != bool(content.courses):
            what = f"has {odd[0]}, which" if odd else "and its list of courses"
            raise LmsUnfit(
                f"The catalog of the LMS makes no sense: {content.id} {what} is not in it. Put "
                "that right in the LMS."
            )
    return offered
