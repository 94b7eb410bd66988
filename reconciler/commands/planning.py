"""What plan, apply and explain do first: open the workspace, observe, plan."""

import subprocess
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

import polars as pl

from reconciler.background import begun
from reconciler.commands.base import Base, read_base
from reconciler.commands.clock import now
from reconciler.commands.settling import remembering
from reconciler.commands.waiting import waiting
from reconciler.documents.scalars import read_moment, starts
from reconciler.errors import InvalidPolicies, WrongUse
from reconciler.execution.process import has_ended
from reconciler.inputs import Inputs
from reconciler.observation import Observation, observe
from reconciler.planner.attribution import Actions, by_place
from reconciler.planner.plan import Limits, Plan
from reconciler.planner.plan import plan as make
from reconciler.planner.undo import undo as make_undo
from reconciler.policy.check import check
from reconciler.review.change import change_of
from reconciler.review.document import document
from reconciler.review.model import ChangeReport, PlanDocument
from reconciler.review.packed import rows_in, tables_of
from reconciler.workspace import Workspace, open_ahead

FIRST_YEAR, LAST_YEAR = 1900, 9000


@dataclass(frozen=True)
class Made:
    """A plan with the workspace that it was made in; the commit of that and the digests of the
    plan's inputs are on their way.
    """

    workspace: Workspace
    observation: Observation
    plan: Plan
    commit: Future[str | None]
    digesting: Future[Inputs]
    base: Base | None = None
    before: Actions | None = None

    @property
    def is_settled(self) -> bool:
        """Whether what was sent and has no outcome was at its end when the LMS was read (D8d)."""
        ledger, remembered = self.observation.snapshot.ledger, self.workspace.remembered
        return not ledger.intents or ledger.head == (remembered and remembered.rested)

    @cached_property
    def document(self) -> PlanDocument:
        return document(
            self.plan,
            expires_after=self.workspace.plans_expire_after,
            inputs=self.digesting,
            warnings=(
                *map(str, self.observation.warnings),
                *(self.base.warnings if self.base else ()),
            ),
            commit=self.commit.result(),
            change=self._change(),
            approval=self.workspace.settings.standing_approval,
        )

    def _change(self) -> ChangeReport | None:
        base = self.base
        if base is None:
            return None
        return change_of(
            self.plan, base.policies, self.before, revision=base.revision, commit=base.commit
        )

    @property
    def row_count(self) -> int:
        """How many actions an apply carries out."""
        return sum(len(rows.ranks) for rows in self.plan.carried_out)

    @cached_property
    def saved_actions(self) -> pl.DataFrame:
        """All the actions as ``load_plan`` gives them."""
        return rows_in(tables_of(self.plan), [rows.decision for rows in self.plan.rows])

    def trainees(self, number: int, wanted: int) -> Iterable[str]:
        """The first so many trainees of a decision, by its number among those carried out."""
        return self.plan.people.ids.gather(self.plan.rows[number].ranks[:wanted])


def make_plan(
    where: Path | Workspace,
    *,
    as_of: str | datetime | None,
    no_color: bool,
    also: str | None = None,
    base: str | None = None,
    undo: int | None = None,
) -> Made:
    """Plan in a workspace or its folder, for an instant as typed, or for now.

    ``also`` is a content to read the enrollments of, though nothing names it; ``base`` a revision
    whose merge base the plan is compared with (D5); ``undo`` a run to undo, instead of what the
    policies ask for (U).

    Raises:
        ReconcilerError: Whatever stands in the way.
    """
    workspace = where if isinstance(where, Workspace) else open_ahead(where)
    if workspace.remembered is None:
        workspace = remembering(workspace, no_color=no_color, undo=undo)
    instant = as_of if isinstance(as_of, datetime) else instant_of(as_of, workspace)
    if undo is not None:
        _refuse_a_run_under_way(workspace, undo)
    compared = read_base(workspace, base) if base is not None else None
    commit = begun(lambda: _commit(workspace.root))
    with waiting(no_color=no_color) as stage:
        observation = observe(
            workspace,
            as_of=instant,
            also=also,
            undo=undo,
            beside=compared.policies if compared else None,
            stage=stage,
        )
        stage("planning")
        before = _planned_there(compared, workspace, observation, instant) if compared else None
        how = make if undo is None else partial(make_undo, serial=undo)
        plan = how(
            observation.snapshot,
            observation.policies,
            as_of=instant,
            limits=_limits(workspace, observation, before),
        )
    # Not earlier, when enrollments become sets: the plan waits for those.
    digesting = begun(lambda: observation.inputs)
    return Made(workspace, observation, plan, commit, digesting, compared, before)


def _refuse_a_run_under_way(workspace: Workspace, serial: int) -> None:
    """Require that a run which has not come to its end is not at work.

    Raises:
        LedgerLocked: It may be; naming who is at work.
    """
    ledger = workspace.ledger()
    if any(run.serial == serial and run.state == "running" for run in ledger.runs()):
        ledger.check_free(now=now(), ended=has_ended)


def _limits(workspace: Workspace, observation: Observation, before: Actions | None) -> Limits:
    settings = workspace.settings
    return Limits(
        guards=settings.guards,
        gate=settings.roster_gate,
        roster_age=now() - observation.roster_written,
        base=before,
    )


def _planned_there(
    base: Base, workspace: Workspace, observation: Observation, as_of: datetime
) -> Actions | None:
    """What the policies of the merge base would do; None where they are not valid."""
    contents = observation.snapshot.catalog
    errors, _ = check(base.policies, attributes=workspace.attributes, contents=contents)
    if base.findings or errors:
        return None
    try:
        return by_place(make(observation.snapshot, base.policies, as_of=as_of).decisions)
    except InvalidPolicies:
        return None


def instant_of(text: str | None, workspace: Workspace, *, option: str = "--as-of") -> datetime:
    """An instant as typed behind an option, or now where nothing was.

    Raises:
        WrongUse: It is none.
    """
    if text is None:
        return now()
    try:
        instant = starts(read_moment(text), workspace.zone)
    except (ValueError, OverflowError) as error:
        raise WrongUse(f"{option}: {error}. With a time: 2026-03-31T09:00.") from None
    if not FIRST_YEAR <= instant.year < LAST_YEAR:
        raise WrongUse(f"{option}: {text} is too far away.")
    return instant


def _commit(root: Path) -> str | None:
    """The commit that is checked out where the policies are; None where git does not know."""
    try:
        found = subprocess.run(  # noqa: S603 no shell, and nothing of the user's in it
            ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607 git is found as the shell finds it
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
