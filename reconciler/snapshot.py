"""What one run has read of the world: the planner's only input beside the policies and as-of."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import NamedTuple

import polars as pl

from reconciler.enrollments import Enrollments, Holds
from reconciler.frames import PROGRESS, Capabilities, Content, Organization
from reconciler.lookup import Places, places_among
from reconciler.records import LedgerState


class Placed(NamedTuple):
    """The places of a roster's trainees among those that are known, on their way."""

    roster: pl.DataFrame
    known: pl.Series
    places: Future[Places]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Roster, organization, catalog, holdings and ledger as they were read, once.

    Attributes:
        zone: The workspace's time zone.
        roster: One row a trainee, in any order: ``trainee`` (String, unique, not null),
            ``activity`` (ACTIVITY), ``hire_date`` (Date or null), and one column for each
            attribute that the workspace maps: String or Categorical (one value or null), or
            List(String).
            Termination dates are settled into ``activity`` already; ``activity_before`` is the same
            at the as-of of the last apply, and ``termination_date`` (Date or null) tells of those
            to come. Both may be missing.
        custom: The custom attributes that the workspace declares.
        required: The attributes whose emptiness leaves undecided (P6); ``hire_date`` always does.
        organization: What a location, role or department says about other attributes (P2).
        catalog: Content by id.
        accounts: The ids that have an account; None where the LMS cannot tell (P8a).
        holdings: Enrollments, at least of every content that policies or ledger name; or HOLDINGS.
        progress: PROGRESS, of the modules whose courses a rule looks at; empty where there is none.
            Both may still be on their way: the targets are evaluated while an LMS is read.
        capabilities: What the LMS can do.
        inactive_after: Days of absence after which an absent trainee counts as inactive (P5).
        ledger: What is remembered.
        placed: Where the roster's trainees stand in the ledger, which may be looked up ahead.
    """

    zone: tzinfo
    roster: pl.DataFrame
    catalog: Mapping[str, Content]
    holdings: Holds | Future[Enrollments]
    ledger: LedgerState
    organization: Organization = field(default_factory=Organization)
    custom: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    accounts: frozenset[str] | None = None
    progress: pl.DataFrame | Future[pl.DataFrame] = field(default_factory=PROGRESS.of)
    capabilities: Capabilities = field(default_factory=Capabilities)
    inactive_after: int | None = None
    placed: Placed | None = None

    def places(self) -> Places:
        """Of each row of the roster, the place of its trainee among those of the ledger."""
        roster, known, placed = self.roster, self.ledger.trainees, self.placed
        if placed and placed.roster is roster and placed.known is known:
            return placed.places.result()
        return places_among(roster["trainee"], known)
