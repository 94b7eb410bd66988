"""A small workspace that is planned and applied in the process, with LMSs that go wrong."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import polars as pl

from reconciler.commands.planning import make_plan
from reconciler.execution.apply import apply
from reconciler.frames import OUTCOMES, Capabilities
from reconciler.ledger.ledger import Ledger
from reconciler.lms.local.adapter import LocalLms
from tests.commands.desk import furnish

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
HEADER = "id,store,jobs,hired,status\n"
COOKS = HEADER + "".join(f"E{n},austin-1,cook,2020-01-0{n},A\n" for n in range(1, 6))
POLICY = """\
automations:
  future:
    assign: course/fire-safety
    target: {role: cook}
    scope: future-only
    on_exit: remove
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    due: {days: 14}
    on_exit: remove
assignments:
  welcome:
    assign: module/onboarding
    target: {role: cook}
"""


class Killed(BaseException):
    """What a test throws in the place of a signal: nothing in the program catches it."""


class SmallLms(LocalLms):
    """Takes two rows at once, and remembers what it was asked."""

    batch = 2

    def __init__(self, path):
        super().__init__(path)
        self.asked = []

    @property
    def capabilities(self):
        return Capabilities(creates_accounts=True, batch_size=self.batch)

    def _carry_out(self, write, writes):
        self.asked.append(writes)
        return super()._carry_out(write, writes)


class RefusingLms(SmallLms):
    """Says no to one trainee, for a reason of its own."""

    def _carry_out(self, write, writes):
        outcomes = super()._carry_out(write, writes.filter(pl.col("trainee") != "E3"))
        refused = writes.filter(pl.col("trainee") == "E3").select(
            "trainee", "content", result=pl.lit("refused"), detail=pl.lit("the seat is taken")
        )
        return pl.concat([outcomes, OUTCOMES.cast(refused)])


class FailingLms(SmallLms):
    """Raises at one of its calls: before it writes, or after."""

    def __init__(self, path, *, call, error, after=False):
        super().__init__(path)
        self.call, self.error, self.after = call, error, after

    def _carry_out(self, write, writes):
        due = len(self.asked) + 1 == self.call
        if due and not self.after:
            raise self.error
        outcomes = super()._carry_out(write, writes)
        if due:
            raise self.error
        return outcomes


class DyingLedger(Ledger):
    """Dies at one of its calls: before it writes, or after."""

    def __init__(self, ledger, *, call, after):
        super().__init__(ledger.database)
        object.__setattr__(self, "plan", {"left": call, "after": after})

    __slots__ = ("plan",)

    def _written(self, write):
        self.plan["left"] -= 1
        if self.plan["left"] == 0 and not self.plan["after"]:
            raise Killed
        result = write()
        if self.plan["left"] == 0:
            raise Killed
        return result

    def begin(self, *arguments):
        return self._written(lambda: Ledger.begin(self, *arguments))

    def record(self, *arguments, **named):
        return self._written(lambda: Ledger.record(self, *arguments, **named))

    def finish(self, *arguments, **named):
        return self._written(lambda: Ledger.finish(self, *arguments, **named))


class LockedLedger(Ledger):
    """Cannot note one of the answers of the LMS."""

    def __init__(self, ledger, *, answer, error):
        super().__init__(ledger.database)
        object.__setattr__(self, "plan", {"left": answer, "error": error})

    __slots__ = ("plan",)

    def record(self, *arguments, **named):
        self.plan["left"] -= "answer" in named
        if self.plan["left"] == 0 and "answer" in named:
            raise self.plan["error"]
        super().record(*arguments, **named)


def site(folder, *, policy=POLICY, roster=COOKS):
    return furnish(folder, policy=policy, roster=roster)


def planned(folder, *, day=0):
    return make_plan(folder, as_of=NOON + timedelta(days=day), no_color=True)


def carry_out(made, *, lms=None, ledger=None):
    return apply(
        made.plan,
        lms or made.workspace.lms(),
        ledger or made.workspace.ledger(),
        clock=lambda: made.plan.world.moment.as_of,
    )


def converge(folder, *, day=0):
    """Plan and apply until nothing is left; three times are enough for anything."""
    for _ in range(3):
        made = planned(folder, day=day)
        if made.document.is_empty:
            return
        carry_out(made)
    assert planned(folder, day=day).document.is_empty


def held(folder):
    """Every enrollment as the LMS has it, sorted."""
    query = "SELECT trainee, content, status, version, assigned, due, completed FROM enrollment"
    with closing(sqlite3.connect(folder / "lms.db")) as lms:
        return sorted(lms.execute(query).fetchall())


def learn(folder, trainee, content, status):
    """What a trainee does in the LMS."""
    completed = int(NOON.timestamp()) if status == "completed" else None
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        changed = lms.execute(
            "UPDATE enrollment SET status = ?, completed = ? WHERE trainee = ? AND content = ?",
            (status, completed, trainee, content),
        )
        assert changed.rowcount == 1


def remembered(made):
    """What the ledger knows, in words: records, and sets as ids; runs are of no account."""
    state = made.workspace.ledger().state()
    ids = state.trainees.to_list()
    sets = {key: sorted(ids[number] for number in members) for key, members in state.sets.items()}
    return (
        sorted((one.id, one.content, one.state, one.started) for one in state.automations),
        sorted((one.id, one.content, one.state, one.as_of) for one in state.orders),
        {key: members for key, members in sets.items() if members},
    )
