"""A snapshot encoded as sets, for one instant: what every part of the planner looks at."""

from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from pyroaring import BitMap

from reconciler.background import arrived, begun
from reconciler.enrollments import enrollments
from reconciler.frames import Capabilities, Content
from reconciler.planner.holdings import Holdings
from reconciler.planner.index import Index
from reconciler.planner.progress import Progress
from reconciler.planner.settle import settled
from reconciler.policy.target import Aliases
from reconciler.records import ORDER_KINDS, LedgerState, SetChange, SetKey, gathered
from reconciler.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant that a plan is computed for, and the local day that it falls on."""

    as_of: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.day_of(self.as_of)

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class World:
    """Trainees, enrollments and memory of one run as sets of positions.

    Attributes:
        moment: The instant to plan for.
        as_of: That of the run, also where another moment is imagined (D5b).
        index: The trainees by what they bear.
        holdings_arriving: The enrollments by content and status, which are still being encoded.
        ledger: What is remembered, with automations under their present ids (A15).
        grants: The stored sets gave, held, ended and taken, by kind and content, all owners
            together.
        by_orders: By content, who has it from an order, or holds it by one (A12).
        aliases: The values that have moved (A15).
        without_account: Who has no account, where the LMS makes none by itself (P8).
        settlement: What the ledger learns of writes whose outcome a run did not note; in ``ledger``
            it is done already.
        settled: For each intent that a run left open, by its number, whom it was done for.
        new_to_lms: Who has no account, where the LMS makes one with the first assignment (P8).
        catalog: Contents by id.
        progress_arriving: The course progress in the modules that were read, on its way as well.
        capabilities: What the LMS can do.
        is_fit: Whether the roster has passed the gate; from another one nobody exits, and no
            automation begins (A3).
    """

    moment: Moment
    as_of: datetime
    index: Index
    holdings_arriving: Future[Holdings]
    ledger: LedgerState
    grants: Mapping[tuple[str, str], BitMap]
    by_orders: Mapping[str, BitMap]
    aliases: Aliases
    without_account: BitMap
    settlement: Mapping[SetKey, SetChange]
    settled: Mapping[int, BitMap]
    new_to_lms: BitMap
    catalog: Mapping[str, Content]
    progress_arriving: Future[Progress]
    capabilities: Capabilities
    is_fit: bool = True

    @property
    def holdings(self) -> Holdings:
        """The enrollments by content and status."""
        return self.holdings_arriving.result()

    @property
    def progress(self) -> Progress:
        """The course progress in the modules that were read."""
        return self.progress_arriving.result()

    def given(self, content: str) -> BitMap:
        """To whom the reconciler gave this content and has not taken it back."""
        return self.grants.get(("gave", content), BitMap())

    def taken_from(self, content: str) -> BitMap:
        """From whom removals took this content, and no later order gave it again (M3)."""
        return self.grants.get(("taken", content), BitMap())

    def ever_had(self, content: str) -> BitMap:
        """Who ever had this content, by LMS or ledger (M4c)."""
        held = self.grants.get(("held", content), BitMap())
        ended = self.grants.get(("ended", content), BitMap())
        return self.holdings.of(content).enrolled | self.given(content) | held | ended


def _versions(catalog: Mapping[str, Content]) -> dict[str, int]:
    return {content.id: content.version for content in catalog.values()}


def _grants(ledger: LedgerState) -> dict[tuple[str, str], BitMap]:
    return gathered(
        ((key.kind, key.content), members)
        for key, members in ledger.sets.items()
        if key.kind in ("gave", "held", "ended", "taken")
    )


def _by_orders(ledger: LedgerState) -> dict[str, BitMap]:
    return gathered(
        (key.content, members)
        for key, members in ledger.sets.items()
        if key.kind in ("gave", "held") and key.owner.partition(".")[0] in ORDER_KINDS
    )


def encode(
    snapshot: Snapshot,
    ledger: LedgerState,
    aliases: Aliases,
    contents: Collection[str],
    *,
    moment: Moment,
) -> World:
    """Turn the frames of a snapshot into sets; the only step that looks at every row.

    Nothing waits for the enrollments here, unless a run was cut off.
    """
    index = Index(snapshot, aliases, as_of=moment.as_of)
    without = BitMap()
    if snapshot.accounts is not None:
        without = index.roster - index.positions(snapshot.accounts)
    versions = _versions(snapshot.catalog)
    makes = snapshot.capabilities.creates_accounts
    arriving = begun(lambda: Holdings(enrollments(snapshot.holdings), index, contents))
    settlement: Mapping[SetKey, SetChange] = {}
    found: Mapping[int, BitMap] = {}
    if ledger.intents:
        precision = snapshot.capabilities.precision
        ledger, settlement, found = settled(ledger, arriving.result(), precision=precision)
    return World(
        moment=moment,
        as_of=moment.as_of,
        index=index,
        holdings_arriving=arriving,
        ledger=ledger,
        grants=_grants(ledger),
        by_orders=_by_orders(ledger),
        aliases=aliases,
        without_account=BitMap() if makes else without,
        settlement=settlement,
        settled=found,
        new_to_lms=without if makes else BitMap(),
        catalog=snapshot.catalog,
        progress_arriving=begun(lambda: Progress(arrived(snapshot.progress), index, versions)),
        capabilities=snapshot.capabilities,
    )
