"""A workspace opened: reconciler.yaml, and all that it names, read once for a run."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from reconciler.background import begun
from reconciler.documents.source import read_source
from reconciler.documents.validation import validated
from reconciler.errors import (
    Diagnostic,
    InvalidPolicies,
    InvalidWorkspace,
    LedgerUnfit,
    Location,
    ReconcilerError,
    WrongUse,
    did_you_mean,
)
from reconciler.frames import ATTRIBUTES, PROGRESS, Content, Organization
from reconciler.inputs import Inputs, inputs_of
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.open import open_ledger
from reconciler.lms.contract import Lms
from reconciler.lms.open import open_lms
from reconciler.lms.settings import LocalSettings
from reconciler.policy.check import check
from reconciler.policy.modules import looked_into
from reconciler.policy.source import Policies, survey_policies
from reconciler.policy.walk import targets, written_orders
from reconciler.roster.organization import read_organization
from reconciler.roster.read import read_roster
from reconciler.settings import FILE_NAME, Settings
from reconciler.snapshot import Snapshot

T = TypeVar("T")
ANY_DAY = date(2000, 1, 1)
Stage = Callable[[str], None]
"""Told what is being read now, for people who wait."""


def silent(_: str) -> None:
    """A stage that tells nobody."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a workspace file; nothing else is read yet."""

    root: Path
    settings: Settings

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)

    @property
    def attributes(self) -> frozenset[str]:
        """Every attribute that a target may name."""
        return frozenset(ATTRIBUTES) | self.custom

    @property
    def custom(self) -> frozenset[str]:
        mapped = self.settings.roster.columns.custom
        return frozenset(self.settings.attributes) - frozenset(ATTRIBUTES) | frozenset(mapped)

    @property
    def policies(self) -> Path:
        """The folder of the policy files, relative to the workspace unless it is absolute."""
        return Path(self.settings.policies)

    @property
    def plans_expire_after(self) -> timedelta:
        return self.settings.plans_expire_after.after(ANY_DAY) - ANY_DAY

    def lms(self) -> Lms:
        return open_lms(self.settings.lms, self.root)

    def ledger(self) -> Ledger:
        """Open the ledger; never make one (D9)."""
        if self.settings.lineage is None:
            raise LedgerUnfit(
                f"{FILE_NAME} names no ledger of its own yet (no `lineage`). Start one on purpose "
                "with `reconciler state init`; it remembers who was there before a rule began and "
                "which orders have run."
            )
        return open_ledger(self.settings.ledger, self.root, lineage=self.settings.lineage)

    def survey_policies(self) -> tuple[Policies, list[Diagnostic]]:
        """Read what is valid in the policy files, with every finding about the rest."""
        return survey_policies(self.root, self.policies)

    def roster(self, *, as_of: datetime, before: datetime | None = None) -> pl.DataFrame:
        """The people; with ``before``, who was active then as well."""
        settings = self.settings.roster
        return read_roster(settings, self.root, as_of=as_of, zone=self.zone, before=before)

    def roster_written(self) -> datetime:
        """When the roster's file was last written."""
        written = (self.root / self.settings.roster.path).stat().st_mtime
        return datetime.fromtimestamp(written, UTC).replace(microsecond=0)

    def organization(self) -> Organization:
        path = self.settings.organization
        return read_organization(self.root / path, path) if path else Organization()


def open_workspace(root: Path) -> Workspace:
    """Read the workspace file of a folder.

    Raises:
        InvalidWorkspace: It is missing, or says what it may not; with every finding.
    """
    path = root / FILE_NAME
    if not path.exists():
        raise InvalidWorkspace(
            [
                Diagnostic(
                    Location(str(path)),
                    "No workspace here",
                    f"There is no {FILE_NAME} in {root.absolute()}. Start one with "
                    "`reconciler init`, or name its folder with -C.",
                )
            ]
        )
    source = read_source(path, FILE_NAME)
    settings, findings = validated(Settings, source)
    if settings is None:
        raise InvalidWorkspace(findings)
    return Workspace(root, settings)


class Named(NamedTuple):
    """What is asked for by name, beside what the policies name: a content, a run to undo."""

    also: str | None
    undo: int | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What a run has read, checked together: the planner's arguments and what goes into a header.

    ``digesting`` works out ``inputs`` while the plan is made; ``roster_written`` is when the file
    of the roster was last written.
    """

    policies: Policies
    snapshot: Snapshot
    warnings: tuple[Diagnostic, ...]
    digesting: Future[Inputs]
    roster_written: datetime

    @property
    def inputs(self) -> Inputs:
        """The digest and the number of rows or entries of each input (D1)."""
        return self.digesting.result()


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
    policies, findings = workspace.survey_policies()
    named = Named(also, undo)
    try:
        wanted = _contents(policies) | _contents(beside or Policies()) | {also or ""}
        snapshot = _snapshot(workspace, policies, wanted, named, as_of=as_of, stage=stage)
    except ReconcilerError:
        if findings:
            raise InvalidPolicies(findings) from None
        raise
    _check_protected(workspace, snapshot)
    borne, trainees = (
        _vocabulary(snapshot.roster, snapshot.organization),
        _known(policies, snapshot.roster["trainee"], snapshot.ledger.trainees),
    )
    errors, warnings = check(
        policies,
        attributes=workspace.attributes,
        vocabulary=borne,
        trainees=trainees,
        contents=snapshot.catalog,
    )
    if findings or errors:
        raise InvalidPolicies([*findings, *errors])
    digesting = begun(lambda: inputs_of(policies, snapshot))
    return Observation(
        policies, snapshot, tuple(warnings), digesting, roster_written=workspace.roster_written()
    )


def _check_protected(workspace: Workspace, snapshot: Snapshot) -> None:
    """Require that what guards protect exists: a slip of the pen would protect nothing (G1b)."""
    unknown = sorted(set(workspace.settings.guards.protected) - set(snapshot.catalog))
    if unknown:
        raise InvalidWorkspace(
            Diagnostic(
                Location(FILE_NAME),
                "Unknown content",
                f"guards.protected: the LMS has no {one!r}."
                f"{did_you_mean(one, snapshot.catalog) or ' Correct it, or take it out.'}",
            )
            for one in unknown
        )


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

    policies, findings = workspace.survey_policies()
    if (workspace.root / workspace.settings.roster.path).exists():
        stage("reading the roster")
        try:
            roster: pl.DataFrame | None = workspace.roster(as_of=as_of)
        except ReconcilerError:
            if findings:
                raise InvalidPolicies(findings) from None
            raise
    else:
        roster = readable("the roster", lambda: workspace.roster(as_of=as_of))
    catalog = readable("the LMS", lambda: workspace.lms().catalog())
    known = None
    if roster is not None and workspace.settings.lineage is not None:
        ledger = readable("the ledger", lambda: workspace.ledger().state())
        known = _known(policies, roster["trainee"], ledger.trainees) if ledger else None
    errors, warnings = check(
        policies,
        attributes=workspace.attributes,
        vocabulary=(None if roster is None else _vocabulary(roster, organization)),
        trainees=known,
        contents=catalog,
    )
    if findings or errors:
        raise InvalidPolicies([*findings, *errors])
    return policies, [*unread, *map(str, warnings)]


def _snapshot(
    workspace: Workspace,
    policies: Policies,
    wanted: frozenset[str],
    named: Named,
    *,
    as_of: datetime,
    stage: Stage,
) -> Snapshot:
    """Read the ledger, the roster and the LMS, all at once; the enrollments arrive last.

    What is wrong with the first of them is told first, so that it does not depend on who is faster.
    """
    settings = workspace.settings
    stage("reading the ledger")
    ledger = workspace.ledger()
    contents, before = wanted | ledger.contents(undo=named.undo), ledger.last_as_of()
    offer = begun(lambda: _offer(workspace.lms()))
    holdings = begun(lambda: _holdings(*offer.result(), contents))
    state_read, roster_read = (
        begun(lambda: ledger.state(undo=named.undo)),
        begun(lambda: workspace.roster(as_of=as_of, before=before)),
    )
    state = state_read.result()
    stage("reading the roster")
    roster, organization = roster_read.result(), workspace.organization()
    stage("reading the LMS")
    lms, catalog = offer.result()
    looked = [order.content for order in state.orders if order.state == "open"]
    again = {deed.content for run in state.past.values() for deed in run.deeds}
    modules = sorted(looked_into(policies, {*looked, named.also or ""}, catalog, again=again))
    today = as_of.astimezone(workspace.zone).date()
    absent = settings.absent
    return Snapshot(
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
        inactive_after=(absent.inactive_after.after(today) - today).days if absent else None,
    )


def _offer(lms: Lms) -> tuple[Lms, Mapping[str, Content]]:
    return lms, lms.catalog()


def _holdings(lms: Lms, catalog: Mapping[str, Content], contents: frozenset[str]) -> pl.DataFrame:
    return lms.holdings(sorted(contents & frozenset(catalog)))


def _known(policies: Policies, *known: pl.Series) -> Callable[[str], bool]:
    """Tells whether a trainee whom the policies name is among some ids."""
    named = {trainee for _, target in targets(policies) for trainee in target.trainees or ()}
    wanted = pl.Series(sorted(named), dtype=pl.String).implode()
    found = {trainee for ids in known for trainee in ids.filter(ids.is_in(wanted))} if named else ()
    return frozenset(found).__contains__


def _vocabulary(
    roster: pl.DataFrame, organization: Organization
) -> Callable[[str], Collection[str]]:
    """Gives all values of an attribute that a trainee or the organization bears (T5)."""

    @cache
    def borne(attribute: str) -> Collection[str]:
        values = set(organization.values(attribute))
        if attribute in roster.columns:
            column = roster[attribute]
            single = column.explode() if column.dtype == pl.List else column
            values |= set(single.unique().drop_nulls())
        return frozenset(values)

    return borne


def _contents(policies: Policies) -> frozenset[str]:
    automations = (automation.assign for automation in policies.automations.values())
    orders = (order.content for order in written_orders(policies).values())
    return frozenset(content for content in (*automations, *orders) if content)


def local_lms_path(workspace: Workspace) -> Path:
    """Where the local LMS of a workspace is, or is to be.

    Raises:
        WrongUse: The workspace uses another LMS.
    """
    settings = workspace.settings.lms
    if not isinstance(settings, LocalSettings):
        raise WrongUse(
            f"This workspace has `lms: {{adapter: {settings.adapter}}}`; this command is for "
            "`adapter: local`."
        )
    return workspace.root / settings.path
