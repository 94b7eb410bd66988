"""Drift as a document: what is printed, and read by other programs."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime

import numpy as np
from pydantic import AwareDatetime, Field

from reconciler.errors import LedgerUnfit, StalePlan, WrongUse, did_you_mean
from reconciler.planner.drift import Drift, DriftClass, Drifted, Prospect, drift
from reconciler.planner.plan import Plan
from reconciler.planner.sets import Instants, numbers_of
from reconciler.records import LastApply
from reconciler.review.node import Part

FROM_THEN_ON = "It is known from the next apply on (A13g)."


class DriftRow(Part):
    """One enrollment that somebody else changed."""

    trainee: str
    next: Prospect = Field(description="What the next plan does about it (A13h).")
    due_before: AwareDatetime | None = Field(None, description="The due date that it had.")
    due_now: AwareDatetime | None = Field(None, description="The one that it has now.")


class DriftFinding(Part):
    """One class of drift in one content; its enrollments are sorted by trainee."""

    change: DriftClass = Field(description="The class (A13f).")
    content: str
    title: str
    given: int = Field(description="Of the enrollments, those that the reconciler had given.")
    enrollments: list[DriftRow]

    @property
    def next(self) -> dict[Prospect, int]:
        """How many the next plan does what about."""
        does = [row.next for row in self.enrollments]
        return {one: does.count(one) for one in Prospect if one in does}


class DriftReport(Part):
    """What others have changed in the LMS since the last apply."""

    format_version: int = 1
    as_of: AwareDatetime
    timezone: str
    run: int = Field(description="The last apply.")
    run_as_of: AwareDatetime
    run_started: AwareDatetime = Field(description="What changed since then is looked for.")
    findings: list[DriftFinding]
    unseen: list[str] = Field(description="Contents that the last apply did not look at (A13g).")
    newcomers: int = Field(
        description="Enrollments of people whom the last apply did not know (A13g)."
    )

    @property
    def by(self) -> dict[str, int]:
        """How many enrollments, by class."""
        told = {change.value: 0 for change in DriftClass}
        for one in self.findings:
            told[one.change.value] += len(one.enrollments)
        return told

    @property
    def count(self) -> int:
        return sum(self.by.values())


def drift_report(plan: Plan, last: LastApply | None, contents: Collection[str]) -> DriftReport:
    """Tell what others have changed, in all contents or in some.

    Args:
        plan: Made now.
        last: What the ledger knows of the last apply.
        contents: Which ones are asked for; none of them: all.

    Raises:
        WrongUse: A content that is asked for is not managed here.
        LedgerUnfit: Nothing that is asked for is known from before.
        StalePlan: An apply has begun meanwhile.
    """
    world = plan.world
    if last is None:
        raise LedgerUnfit(
            "Nothing was applied yet, so there is nothing to compare the LMS with. " + FROM_THEN_ON
        )
    if last.serial != world.ledger.serial:
        raise StalePlan("An apply has begun while the LMS was read. Ask again when it has ended.")
    known = drift(plan, last)
    asked = frozenset(contents) or frozenset(world.holdings.contents)
    for content in sorted(asked - set(world.holdings.contents)):
        near = did_you_mean(content, world.holdings.contents)
        raise WrongUse(f"--content: neither policies nor ledger name {content!r}.{near}")
    if asked and asked <= set(known.unseen):
        raise LedgerUnfit(
            f"The ledger does not know what the LMS held at the last apply, run {last.serial}, of "
            f"{', '.join(sorted(asked)[:3])}{', …' if len(asked) > 3 else ''}. {FROM_THEN_ON}"  # noqa: PLR2004 a few
        )
    return _report(known, plan, last, asked)


def _report(known: Drift, plan: Plan, last: LastApply, asked: Collection[str]) -> DriftReport:
    moment = plan.world.moment
    return DriftReport(
        as_of=moment.as_of,
        timezone=str(moment.zone),
        run=last.serial,
        run_as_of=last.as_of,
        run_started=last.started,
        findings=[_finding(one, plan) for one in known.findings if one.content in asked],
        unseen=[content for content in known.unseen if content in asked],
        newcomers=sum(known.newcomers.get(content, 0) for content in asked),
    )


def _finding(found: Drifted, plan: Plan) -> DriftFinding:
    offered = plan.world.catalog.get(found.content)
    return DriftFinding(
        change=found.change,
        content=found.content,
        title=offered.title if offered else "",
        given=len(found.given),
        enrollments=sorted(_rows(found, plan), key=_trainee),
    )


def _rows(found: Drifted, plan: Plan) -> Iterator[DriftRow]:
    ids = plan.world.index.ids
    numbers = numbers_of(found.trainees)
    before, now = _instants(found.before), _instants(found.now)
    does = {number: one for one, who in found.prospects.items() for number in who}
    for place, (number, trainee) in enumerate(zip(numbers, ids.gather(numbers), strict=True)):
        yield DriftRow(
            trainee=trainee, next=does[int(number)], due_before=before(place), due_now=now(place)
        )


def _instants(several: Instants | None) -> Callable[[int], datetime | None]:
    """Gives an instant by its place; None for none, and where there are none at all."""

    def told(place: int) -> datetime | None:
        if several is None or np.isnat(several[place]):
            return None
        return datetime.fromtimestamp(int(several[place].astype(np.int64)), UTC)

    return told


def _trainee(row: DriftRow) -> str:
    return row.trainee
