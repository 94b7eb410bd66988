"""Local LMSs that can do less: what each lacks, it refuses for the rows that would need it."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from reconciler.frames import OUTCOMES, WRITES
from reconciler.lms.local.adapter import LocalLms

FAR = datetime(9000, 1, 1, tzinfo=UTC)
NONE, ALL = pl.lit(value=False), pl.lit(value=True)


class NarrowLms(LocalLms):
    """An LMS in a file that lacks one capability."""

    lacks = ""

    @property
    def capabilities(self):
        return replace(super().capabilities, batch_size=1000, **{self.lacks: False})


class NoReassignment(NarrowLms):
    lacks = "reassigns"

    @property
    def capabilities(self):
        return replace(super().capabilities, reassigns_courses=False)

    def reassign(self, writes):
        return refusing(super().reassign, writes, ALL)


class NoParts(NarrowLms):
    lacks = "reassigns_courses"

    def reassign(self, writes):
        return refusing(super().reassign, writes, pl.col("courses").is_not_null())


class NoDueDates(NarrowLms):
    lacks = "due_dates"

    def assign(self, writes):
        return super().assign(_without_due(writes))

    def reassign(self, writes):
        return super().reassign(_without_due(writes))

    def reschedule(self, writes):
        return refusing(super().reschedule, writes, ALL)


class NoRemoval(NarrowLms):
    lacks = "removes"

    @property
    def capabilities(self):
        return replace(super().capabilities, withdraws=False)

    def remove(self, writes):
        return refusing(super().remove, writes, ALL)


class NoWithdrawal(NarrowLms):
    lacks = "withdraws"

    def remove(self, writes):
        held = self.holdings(writes["content"].unique().to_list())
        kept = held.filter(pl.col("completed").is_not_null()).select("trainee", "content")
        pairs = pl.struct("trainee", "content").is_in(kept.to_struct().to_list())
        return refusing(super().remove, writes, pairs if kept.height else NONE)


class NoCredit(NarrowLms):
    lacks = "credits"

    def assign(self, writes):
        return super().assign(writes.with_columns(credit_after=pl.lit(FAR)).pipe(WRITES.cast))


class NoNewAccounts(NarrowLms):
    lacks = "creates_accounts"

    def assign(self, writes):
        known = pl.col("trainee").is_in(sorted(self.accounts()))
        return refusing(super().assign, writes, ~known)


NARROW = (
    NoReassignment, NoParts, NoDueDates, NoRemoval, NoWithdrawal, NoCredit, NoNewAccounts,
)  # fmt: skip


def refusing(write, writes, rows):
    """Write, and refuse those rows that cannot be written."""
    given = WRITES.check(writes).with_columns(refused=rows)
    rest = write(given.filter(~pl.col("refused")).drop("refused"))
    answer = {"result": pl.lit("refused"), "detail": pl.lit("this LMS cannot do that")}
    refused = given.filter("refused").select("trainee", "content", **answer)
    return pl.concat([rest, OUTCOMES.cast(refused)])


def _without_due(writes):
    return WRITES.cast(writes.with_columns(due=None))
