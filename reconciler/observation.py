"""What one run reads of a workspace, checked together."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

import polars as pl

from reconciler.background import begun
from reconciler.enrollments import Enrollments
from reconciler.errors import (
    FILE_NAME,
    Diagnostic,
    InvalidPolicies,
    Location,
    ReconcilerError,
    did_you_mean,
)
from reconciler.frames import PROGRESS, Content, Organization
from reconciler.inputs import Inputs, inputs_of
from reconciler.lms.contract import Lms
from reconciler.lookup import places_among
from reconciler.policy.check import check
from reconciler.policy.modules import looked_into
from reconciler.policy.source import Policies, survey_policies
from reconciler.policy.walk import targets, written_orders
from reconciler.records import LedgerState
from reconciler.roster.oddities import lost_zeros, oddities, values_borne
from reconciler.roster.organization import slips
from reconciler.roster.read import RosterFile
from reconciler.snapshot import Placed, Snapshot
from reconciler.workspace import Remembered, Workspace

T = TypeVar("T")
Stage = Callable[[str], None]
"""Told what is being read now, for people who wait."""


def silent(_: str) -> None:
    """A stage that tells nobody."""


class Asked(NamedTuple):
    """What policies name, and what is asked for by name beside: a content, a run to undo."""

    named: frozenset[str]
    also: str
    undo: int | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What a run has read, checked together: the planner's arguments and what goes into a header.

    ``roster_written`` is when the file of the roster was last written; ``odd`` are warnings that
    are still looked for.
    """

    policies: Policies
    snapshot: Snapshot
    found: tuple[Diagnostic, ...]
    odd: Future[list[Diagnostic]]
    roster_written: datetime

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Of the policies, and of people and organization."""
        return (*self.found, *self.odd.result())

    @property
    def inputs(self) -> Inputs:
        """The digest and the number of rows or entries of each input (D1)."""
        return inputs_of(self.policies, self.snapshot)


def observe(
    workspace: Workspace,
    *,
    as_of: datetime,
    also: str | None = None,
    beside: Policies | None = None,
    undo: int | None = None,
    stage: Stage = silent,
) -> Observation:
    """Read everything once, and check the policies against it.

    Args:
        workspace: Whose world.
        as_of: For when activity is decided.
        also: A content to read the enrollments of, though nothing names it.
        beside: Other policies whose contents are read as well.
        undo: A run of which all is read that undoing it needs.
        stage: Told what is being read.

    Raises:
        InvalidPolicies: With every finding, of all files.
        InvalidWorkspace: The organization cannot be used.
        NotFit: Roster, LMS or ledger cannot be trusted.
        WrongUse: There is no such run to undo.
    """
    remembered = workspace.remembered or workspace.begin_to_remember(undo=undo)
    policies, findings, legible = survey_policies(workspace.root, workspace.policies)
    asked = Asked(_contents(policies) | _contents(beside or Policies()), also or "", undo)
    try:
        snapshot, file = _read(workspace, policies, asked, remembered, as_of=as_of, stage=stage)
    except ReconcilerError:
        if findings:
            raise InvalidPolicies(findings) from None
        raise
    roster, organization, known = snapshot.roster, snapshot.organization, snapshot.ledger.trainees
    borne = values_borne(roster)
    odd = begun(lambda: _oddities(workspace, file, roster, organization, borne=borne, known=known))
    protected = _unknown_protected(workspace, snapshot.catalog)
    errors, warnings = check(
        legible,
        attributes=workspace.attributes,
        vocabulary=_vocabulary(roster, organization, borne),
        trainees=_known(legible, roster["trainee"], known),
        contents=snapshot.catalog,
    )
    if findings or errors or protected:
        raise InvalidPolicies([*findings, *errors, *protected], warnings)
    return Observation(policies, snapshot, tuple(warnings), odd, roster_written=file.written)


def _oddities(
    workspace: Workspace,
    file: RosterFile,
    roster: pl.DataFrame,
    organization: Organization,
    *,
    borne: Callable[[str], pl.Series],
    known: pl.Series | None,
) -> list[Diagnostic]:
    """What is odd about people and organization; ``known`` are those whom the ledger knows."""
    settings = workspace.settings
    files = FILE_NAME, str(settings.organization)
    at = Location(settings.roster.path)
    return [
        *slips(organization, files[1]),
        *oddities(file, roster, settings.roster, organization, borne=borne, files=files),
        *(lost_zeros(roster["trainee"], known, at) if known is not None else []),
    ]


def _unknown_protected(workspace: Workspace, catalog: Mapping[str, Content]) -> list[Diagnostic]:
    """What guards protect and nobody knows: a slip of the pen would protect nothing (G1b)."""
    unknown = sorted(set(workspace.settings.guards.protected) - set(catalog))
    return [
        Diagnostic(
            Location(FILE_NAME),
            "Unknown content",
            f"guards.protected: the LMS has no {one!r}."
            f"{did_you_mean(one, catalog) or ' Correct it, or take it out.'}",
        )
        for one in unknown
    ]


def validate(
    workspace: Workspace, *, as_of: datetime, stage: Stage = silent
) -> tuple[Policies, list[str]]:
    """Check the policies against as much of the world as can be read; return the warnings too.

    Raises:
        InvalidPolicies: With every finding, of all files.
    """
    unread: list[str] = []
    organization = workspace.organization()

    def readable(what: str, read: Callable[[], T]) -> T | None:
        stage(f"reading {what}")
        try:
            return read()
        except ReconcilerError as reason:
            unread.append(f"not checked against {what}: {reason}")
            return None

    def read_roster() -> tuple[RosterFile, pl.DataFrame]:
        file = workspace.roster_file()
        return file, workspace.people(file, as_of=as_of)

    policies, findings, legible = survey_policies(workspace.root, workspace.policies)
    if (workspace.root / workspace.settings.roster.path).exists():
        stage("reading the roster")
        try:
            read: tuple[RosterFile, pl.DataFrame] | None = read_roster()
        except ReconcilerError:
            if findings:
                raise InvalidPolicies(findings) from None
            raise
    else:
        read = readable("the roster", read_roster)
    file, roster = read or (None, None)
    borne = None if roster is None else values_borne(roster)
    catalog = readable("the LMS", lambda: workspace.lms().catalog())
    ids: pl.Series | None = None
    known = None
    if roster is not None and workspace.settings.lineage is not None:
        ids = readable("the ledger", lambda: workspace.ledger().state().trainees)
        known = _known(legible, roster["trainee"], ids) if ids is not None else None
    errors, warnings = check(
        legible,
        attributes=workspace.attributes,
        vocabulary=(
            None if roster is None or borne is None else _vocabulary(roster, organization, borne)
        ),
        trainees=known,
        contents=catalog,
    )
    protected = _unknown_protected(workspace, catalog) if catalog else []
    if findings or errors or protected:
        raise InvalidPolicies([*findings, *errors, *protected], warnings)
    if file is not None and roster is not None and borne is not None:
        warnings += _oddities(workspace, file, roster, organization, borne=borne, known=ids)
    return policies, [*unread, *map(str, warnings)]


def _read(
    workspace: Workspace,
    policies: Policies,
    asked: Asked,
    remembered: Remembered,
    *,
    as_of: datetime,
    stage: Stage,
) -> tuple[Snapshot, RosterFile]:
    """Read the ledger, the roster and the LMS, all at once; the enrollments arrive last.

    The snapshot, and the file of the roster.

    What is wrong with the first of them is told first, so that it does not depend on who is faster.
    """
    settings = workspace.settings
    stage("reading the ledger")
    # First of all: what is noted after it may be in what is read, or not, and is no part of a plan.
    remembered.head.result()
    ledger = remembered.ledger.result()
    contents = asked.named | {asked.also} | ledger.contents(undo=asked.undo)
    before = ledger.last_as_of()
    offer = begun(lambda: _offer(workspace.lms()))
    holdings = begun(lambda: _holdings(*offer.result(), contents))
    if _looks_at_dates(policies):
        begun(lambda: holdings.result().dated)
    file = begun(workspace.roster_file)
    roster_read = begun(lambda: workspace.people(file.result(), as_of=as_of, before=before))
    state = remembered.state.result()
    placed = begun(lambda: places_among(roster_read.result()["trainee"], state.trainees))
    stage("reading the roster")
    roster, organization = roster_read.result(), workspace.organization()
    stage("reading the LMS")
    lms, catalog = offer.result()
    looked = {order.content for order in state.orders if order.state == "open"} | _exits(state)
    again = {deed.content for run in state.past.values() for deed in run.deeds}
    modules = sorted(looked_into(policies, {*looked, asked.also}, catalog, again=again))
    today = as_of.astimezone(workspace.zone).date()
    absent = settings.absent
    snapshot = Snapshot(
        zone=workspace.zone,
        roster=roster,
        catalog=catalog,
        holdings=holdings,
        progress=begun(lambda: lms.progress(modules)) if modules else PROGRESS.of(),
        ledger=state,
        organization=organization,
        custom=workspace.custom,
        required=frozenset(n for n, one in settings.attributes.items() if one.required),
        accounts=lms.accounts(),
        capabilities=lms.capabilities,
        placed=Placed(roster, state.trainees, placed),
        inactive_after=(absent.inactive_after.after(today) - today).days if absent else None,
    )
    return snapshot, file.result()


def _exits(ledger: LedgerState) -> set[str]:
    """What automations take away once they have gone, as far as somebody has it of them (A14a)."""
    return {
        one.content
        for one in ledger.automations
        if one.on_exit != "keep"
        and any(ledger.members(kind, one.id, one.content) for kind in ("gave", "held"))
    }


def _offer(lms: Lms) -> tuple[Lms, Mapping[str, Content]]:
    return lms, lms.catalog()


def _holdings(lms: Lms, catalog: Mapping[str, Content], contents: frozenset[str]) -> Enrollments:
    return lms.enrollments(sorted(contents & frozenset(catalog)))


def _looks_at_dates(policies: Policies) -> bool:
    """Whether a rule looks at versions or instants of enrollments; something else may as well."""
    return bool(written_orders(policies)) or any(
        one.renew is not None or one.on_new_version is not None
        for one in policies.automations.values()
    )


def _known(policies: Policies, *known: pl.Series) -> Callable[[str], bool]:
    """Tells whether a trainee whom the policies name is among some ids."""
    named = {trainee for _, target in targets(policies) for trainee in target.trainees or ()}
    wanted = pl.Series(sorted(named), dtype=pl.String).implode()
    found = {trainee for ids in known for trainee in ids.filter(ids.is_in(wanted))} if named else ()
    return frozenset(found).__contains__


def _vocabulary(
    roster: pl.DataFrame, organization: Organization, borne: Callable[[str], pl.Series]
) -> Callable[[str], Collection[str]]:
    """Gives all values of an attribute that a trainee or the organization bears (T5)."""

    def values(attribute: str) -> Collection[str]:
        here = borne(attribute) if attribute in roster.columns else ()
        return frozenset(organization.values(attribute)).union(here)

    return values


def _contents(policies: Policies) -> frozenset[str]:
    automations = (automation.assign for automation in policies.automations.values())
    orders = (order.content for order in written_orders(policies).values())
    return frozenset(content for content in (*automations, *orders) if content)
