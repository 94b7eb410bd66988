"""A workspace opened: reconciler.yaml, and the roster, LMS and ledger that it names."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from reconciler.background import begun
from reconciler.documents.scalars import Duration
from reconciler.documents.source import read_source
from reconciler.documents.validation import validated
from reconciler.errors import (
    FILE_NAME,
    Diagnostic,
    InvalidWorkspace,
    LedgerUnfit,
    Location,
    WrongUse,
)
from reconciler.frames import ATTRIBUTES, Organization
from reconciler.lms.contract import Lms
from reconciler.lms.open import open_lms
from reconciler.lms.settings import LocalSettings
from reconciler.records import LedgerState
from reconciler.roster.organization import read_organization
from reconciler.roster.read import RosterFile, people_of, read_file
from reconciler.settings import Settings

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger

FORGOTTEN = (
    f"{FILE_NAME} has no `lineage`, and the ledger that it names is there. It remembers who was "
    "there before a rule began and which orders have run: write this line back, and all goes on. "
    "lineage: {}"
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The ledger, and all that a plan needs of it, on their way.

    ``head`` is the hash of the log's last entry, from before ledger and LMS are read (D7h), and
    ``rested`` the one from which on no run was at work, None where one may be (D8d).
    """

    ledger: "Future[Ledger]"
    head: Future[str]
    state: Future[LedgerState]
    rested: str | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a workspace file; nothing else is read yet, but what is on its way."""

    root: Path
    settings: Settings
    roster: Future[RosterFile] | None = None
    remembered: Remembered | None = None

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
    def plans_expire_after(self) -> Duration:
        return self.settings.plans_expire_after

    def lms(self) -> Lms:
        return open_lms(self.settings.lms, self.root)

    def ledger(self) -> "Ledger":
        """Open the ledger; never make one (D9)."""
        # It brings the slowest library of all, which is loaded while the roster is read.
        from reconciler.ledger.open import lineage_of, open_ledger  # noqa: PLC0415 see above

        if self.settings.lineage is None:
            if known := lineage_of(self.settings.ledger, self.root):
                raise LedgerUnfit(FORGOTTEN.format(known))
            raise LedgerUnfit(
                f"{FILE_NAME} names no ledger of its own yet (no `lineage`). Start one on purpose "
                "with `reconciler state init`; it remembers who was there before a rule began and "
                "which orders have run."
            )
        return open_ledger(self.settings.ledger, self.root, lineage=self.settings.lineage)

    def begin_to_remember(self, *, undo: int | None) -> Remembered:
        """Begin to read the ledger; ``undo`` is a run of which all is read."""
        ledger = begun(self.ledger)
        head = begun(lambda: ledger.result().head())

        def state() -> LedgerState:
            before = head.result()
            return replace(ledger.result().state(undo=undo), head=before)

        return Remembered(ledger, head, begun(state))

    def roster_file(self) -> RosterFile:
        return self.roster.result() if self.roster else read_file(self.settings.roster, self.root)

    def people(
        self, file: RosterFile, *, as_of: datetime, before: datetime | None = None
    ) -> pl.DataFrame:
        """The roster; with ``before``, who was active then as well."""
        roster = self.settings.roster
        return people_of(file, roster, as_of=as_of, zone=self.zone, before=before)

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


def open_ahead(root: Path) -> Workspace:
    """Read the workspace file, and begin to read the roster.

    Raises:
        InvalidWorkspace: The workspace file is missing, or says what it may not.
    """
    workspace = open_workspace(root)
    settings = workspace.settings.roster
    return replace(workspace, roster=begun(lambda: read_file(settings, root)))


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
