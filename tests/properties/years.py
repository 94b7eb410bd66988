"""A workplace with a real LMS and a real ledger, whose applies are made by the program itself."""

import shutil
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from reconciler.errors import InvalidPolicies
from reconciler.execution.apply import Outcome, apply
from reconciler.execution.mandate import Mandate
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.open import create_ledger, open_ledger
from reconciler.planner.plan import Plan, plan
from reconciler.planner.undo import undo
from tests.execution.site import DyingLedger, Killed
from tests.policies import policies_of
from tests.properties.naive_lms import NaiveLms
from tests.properties.twins import Twins
from tests.properties.valid import settle

LINEAGE = "0123456789abcdef"


@dataclass
class Years(Twins):
    """Everything is read from the files again, after everything that happens."""

    book: Ledger = field(kw_only=True)

    def refresh(self) -> None:
        catalog = self.local.catalog()
        held = self.local.holdings(catalog).iter_rows(named=True)
        modules = [content for content in catalog if content.startswith("module/")]
        learned = self.local.progress(modules).iter_rows(named=True)
        self.lms = NaiveLms(
            dict(catalog),
            {(row["trainee"], row["content"]): row for row in held},
            {(row["trainee"], row["module"], row["course"]): row for row in learned},
        )
        self.ledger = self.book.state()

    def make(self) -> Plan:
        """What the program plans now."""
        return plan(self.snapshot(), policies_of(self.policy), as_of=self.as_of)

    def make_undo(self, serial: int) -> Plan:
        """What undoes a run now."""
        snapshot = replace(self.snapshot(), ledger=self.book.state(undo=serial))
        return undo(snapshot, policies_of(self.policy), serial, as_of=self.as_of)

    def make_valid(self) -> None:
        """Take out what cannot be planned: names of nothing, and orders that clash (A8)."""
        settle(self)
        try:
            self.make()
        except InvalidPolicies:
            self.policy["removals"] = {}

    def carry_out(self, made: Plan, *, dies_at: int = 0, after: bool = False) -> Outcome | None:
        """Apply; with ``dies_at``, until that call of the ledger. None where it was cut off."""
        book = DyingLedger(self.book, call=dies_at, after=after) if dies_at else self.book
        try:
            mandate = Mandate(enrollments=self.lms.holdings())
            return apply(made, self.local, book, clock=lambda: self.as_of, mandate=mandate)
        except Killed:
            return None
        finally:
            self.refresh()


@cache
def _empty(folder: Path) -> Path:
    create_ledger("sqlite:///empty-ledger.db", folder, lineage=LINEAGE)
    return folder / "empty-ledger.db"


def ledger_in(folder: Path) -> Ledger:
    """A ledger that remembers nothing yet, in the place of the one before."""
    for end in ("", "-wal", "-shm"):
        (folder / f"ledger.db{end}").unlink(missing_ok=True)
    shutil.copy(_empty(folder), folder / "ledger.db")
    return open_ledger("sqlite:///ledger.db", folder, lineage=LINEAGE)
