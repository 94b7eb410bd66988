"""The ledger as the rest of the program holds it: each method is one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.ledger.connect import Database
from reconciler.ledger.evidence import (
    Act,
    Notice,
    Question,
    RunEvidence,
    read_acts,
    read_notices,
    read_run_evidence,
    read_texts,
)
from reconciler.ledger.inventory import read_last_apply
from reconciler.ledger.journal import last_sign, note, read_planned, send
from reconciler.ledger.lease import (
    Ended,
    Holder,
    Lease,
    check_fence,
    check_free,
    give_back,
    renew,
    take,
    unlock,
)
from reconciler.ledger.log import append, head
from reconciler.ledger.names import known_contents, known_owners, read_called
from reconciler.ledger.read import (
    Listing,
    last_applied,
    read_contents,
    read_ids,
    read_listing,
    read_runs,
    read_state,
)
from reconciler.ledger.run import Answer, NewRun, RunRecord, RunState, Sent
from reconciler.ledger.verify import Proof, verify
from reconciler.ledger.write import (
    Forgotten,
    begin_run,
    change_sets,
    check_under_way,
    finish_run,
    forget,
    put_records,
)
from reconciler.records import (
    Intent,
    LastApply,
    LedgerChanges,
    LedgerState,
    OrderRecord,
    SetChange,
    SetKey,
    Sighting,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is remembered between runs. Each method is one transaction: all of it, or nothing.

    Every method raises LedgerUnfit when the database can no longer be used.
    """

    database: Database

    def last_as_of(self) -> datetime | None:
        """The as-of of the last run that was no undo; None before the first."""
        with self.database.reading() as connection:
            return last_applied(connection)

    def head(self) -> str:
        """The hash of the last entry of the log."""
        with self.database.reading() as connection:
            return head(connection)[1]

    def state(self, *, undo: int | None = None) -> LedgerState:
        """All that a plan needs, or an undo of a run, of one moment.

        Raises:
            WrongUse: There is no such run to undo.
        """
        with self.database.reading() as connection:
            return read_state(connection, undo=undo)

    def contents(self, *, undo: int | None = None) -> frozenset[str]:
        """The contents that some stored set is about, and those of a run that is to be undone."""
        with self.database.reading() as connection:
            return read_contents(connection, undo=undo)

    def begin(self, changes: LedgerChanges, sighting: Sighting, run: NewRun) -> int:
        """Write what an apply changes before its first write to the LMS; return its serial (D8).

        Raises:
            Overtaken: Something has been noted in the ledger since the plan read it.
        """
        with self.database.writing() as connection:
            return begin_run(connection, changes, sighting, run=run)

    def intend(self, batch: Sent, *, serial: int) -> int:
        """Note what is about to be sent to the LMS, before it is; return the entry in the log.

        Raises:
            LeaseLost: Another run holds the lease now. So with every method that takes a run.
        """
        with self.database.writing() as connection:
            check_under_way(connection, serial)
            return send(connection, serial, batch)

    def record(
        self,
        sets: Mapping[SetKey, SetChange],
        *,
        serial: int,
        orders: Iterable[OrderRecord] = (),
        answer: Answer | None = None,
    ) -> None:
        """Write what a batch of writes to the LMS has done, in the run that ``begin`` returned.

        Args:
            sets: What changes.
            serial: The run.
            orders: Orders that have another state now.
            answer: What the LMS said to a batch that ``intend`` noted.
        """
        with self.database.writing() as connection:
            check_under_way(connection, serial)
            if answer is not None:
                note(connection, serial, answer)
            put_records(connection, orders=orders)
            change_sets(connection, sets)

    def finish(
        self, serial: int, *, state: RunState, counts: Mapping[str, int], finished: datetime
    ) -> None:
        """Close a run that is under way."""
        with self.database.writing() as connection:
            finish_run(connection, serial, state=state, counts=counts, finished=finished)

    def runs(self) -> list[RunRecord]:
        """Every run, the first first."""
        with self.database.reading() as connection:
            return read_runs(connection)

    def listing(self, owner: str | None = None) -> Listing:
        """The records and the sizes of sets: all, or those of ``automation.NAME`` or an order.

        Raises:
            WrongUse: Nothing is recorded under that name.
        """
        with self.database.reading() as connection:
            return read_listing(connection, owner)

    def ids(self, key: SetKey, *, start: int = 0, count: int = 1000) -> list[str]:
        """One page of the trainees in a set, in the order in which they were first seen."""
        with self.database.reading() as connection:
            return read_ids(connection, key, start=start, count=count)

    def planned(self, serial: int) -> tuple[Intent, ...]:
        """What a run set out to do, one for each decision."""
        with self.database.reading() as connection:
            return read_planned(connection, serial)

    def last_apply(self) -> LastApply | None:
        """What the last run saw in the LMS and sent there; None before the first."""
        with self.database.reading() as connection:
            return read_last_apply(connection)

    def at_rest(self, *, now: datetime, ended: Ended) -> tuple[str, datetime | None]:
        """The hash of the last entry of the log, of a moment at which nobody is applying.

        And when a run that left something without an outcome was last heard of; None: none has.

        Raises:
            LedgerLocked: Somebody is.
        """
        with self.database.reading() as connection:
            check_free(connection, now=now, ended=ended)
            return head(connection)[1], last_sign(connection)

    def check_free(self, *, now: datetime, ended: Ended) -> None:
        """Require that the lease could be taken; write nothing.

        Raises:
            LedgerLocked: Somebody holds it.
        """
        with self.database.reading() as connection:
            check_free(connection, now=now, ended=ended)

    def take_lease(self, holder: Holder, *, now: datetime, ended: Ended) -> Lease:
        """Take the right to write, for one apply at a time.

        Raises:
            LedgerLocked: Somebody holds it, has renewed it lately, and has not surely ended.
        """
        with self.database.writing() as connection:
            return take(connection, holder, now=now, ended=ended)

    def renew(self, lease: Lease, *, now: datetime) -> None:
        """Tell that the holder is still at work.

        Raises:
            LeaseLost: Somebody else has taken the lease.
        """
        with self.database.writing() as connection:
            renew(connection, lease, now=now)

    def give_back(self, lease: Lease) -> None:
        """Free a lease, if it is still the one held."""
        with self.database.writing() as connection:
            give_back(connection, lease)

    def unlock(self, id_: str, *, by: str, reason: str, now: datetime) -> Lease:
        """Take the lease from its holder, who can write nothing from then on.

        Raises:
            WrongUse: No lease with this id is held.
        """
        with self.database.writing() as connection:
            return unlock(connection, id_, by=by, reason=reason, now=now)

    def forget(self, owner: str, *, by: str, now: datetime, fence: int = 0) -> Forgotten:
        """Take out the records and sets of ``automation.NAME``, or what an order did (M4e).

        The log tells who did that.

        Raises:
            WrongUse: Nothing is recorded under that name.
            LeaseLost: The lease of this fence is not the one held.
        """
        with self.database.writing() as connection:
            check_fence(connection, fence)
            forgotten = forget(connection, owner)
            append(connection, "forget", {"owner": owner, "by": by}, at=now)
            return forgotten

    def acts(self, question: Question) -> Iterator[Act]:
        """What was done, as far as it is asked for, the first first.

        Raises:
            WrongUse: The ledger has never seen that trainee.
        """
        with self.database.reading() as connection:
            yield from read_acts(connection, question)

    def knows(self) -> tuple[frozenset[str], frozenset[str]]:
        """The contents, and the automations and orders, that it tells anything of."""
        with self.database.reading() as connection:
            return known_contents(connection), known_owners(connection)

    def once_called(self, name: str) -> Mapping[str, int]:
        """What else had a name, by its last one, with the run until which it had it (A15b)."""
        with self.database.reading() as connection:
            return read_called(connection, name).once

    def notices(self) -> list[Notice]:
        """What happened beside runs: leases unlocked, names forgotten, moves."""
        with self.database.reading() as connection:
            return read_notices(connection)

    def run_evidence(self) -> dict[int, RunEvidence]:
        """Who ran what, by serial."""
        with self.database.reading() as connection:
            return read_run_evidence(connection)

    def texts(self) -> dict[str, Any]:
        """The texts of the rules that runs acted on, by their digest."""
        with self.database.reading() as connection:
            return read_texts(connection)

    def verify(self, *, head: str | None = None) -> Proof:
        """Look at every entry of the log; ``head`` is a hash that has to be in it."""
        with self.database.reading() as connection:
            return verify(connection, head=head)
