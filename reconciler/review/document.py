"""From a plan to its document: sets become numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

from pyroaring import BitMap

from reconciler.background import arrived, begun
from reconciler.documents.scalars import Duration
from reconciler.planner.actions import WITHDRAWN, Action, Decision, Why
from reconciler.planner.audience import cautious_verdict
from reconciler.planner.digest import actions_digest, people_digest, together
from reconciler.planner.due import unknown_due
from reconciler.planner.learned import Learned, learned
from reconciler.planner.lifecycle import on_exit_of
from reconciler.planner.order_rows import chosen_courses
from reconciler.planner.orders import OrderStanding
from reconciler.planner.plan import Plan
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import union
from reconciler.planner.wanted import Standing, covered, is_expired, prospective_baseline
from reconciler.policy.guards import StandingApproval
from reconciler.policy.target import Clause, attributes_of
from reconciler.policy.walk import written_orders
from reconciler.records import AutomationRecord, SetChange, SetKey
from reconciler.review.approval import standing_report
from reconciler.review.attribution import attribution_of, because_of
from reconciler.review.dues import DueDates, due_dates
from reconciler.review.gate import gate_reports, rename_reports
from reconciler.review.guards import guard_reports, held_by_guards, lift_reports
from reconciler.review.headcount import headcount
from reconciler.review.losses import losses
from reconciler.review.model import (
    AutomationReport,
    Baseline,
    ChangeReport,
    DecisionReport,
    Edit,
    ExemptionReport,
    Header,
    LedgerChange,
    OrderReport,
    PastReport,
    PlanDocument,
    RecordChange,
    Totals,
)
from reconciler.review.targets import target_in_words
from reconciler.review.undo import undo_report
from reconciler.version import VERSION

Inputs = dict[str, dict[str, str | int]]


def document(
    plan: Plan,
    *,
    expires_after: Duration,
    inputs: Inputs | Future[Inputs],
    warnings: Iterable[object],
    commit: str | None,
    change: ChangeReport | None = None,
    approval: StandingApproval | None = None,
) -> PlanDocument:
    """Describe a plan in numbers; the same plan gives the same document (D1)."""
    digesting = begun(lambda: (actions_digest(plan), people_digest(plan)))
    learns, dues = learned(plan), due_dates(plan)
    return PlanDocument(
        totals=_totals(plan),
        people=headcount(plan),
        automations=tuple(_automation(standing, plan, dues) for standing in plan.standings),
        orders=tuple(_order(order, plan, dues) for order in plan.orders),
        past=tuple(_past(record, plan) for record in plan.lifecycle.past if _acts(record, plan)),
        renamed=dict(sorted(plan.changes.renamed.items())),
        decisions=tuple(_decision(decision, plan) for decision in plan.decisions),
        ledger=tuple(LedgerChange(**one._asdict()) for one in learns.sets),
        records=tuple(RecordChange(**one._asdict()) for one in learns.records),
        exemptions=tuple(_exemptions(plan)),
        held=held_by_guards(plan),
        guards=tuple(guard_reports(plan)),
        lifts=tuple(lift_reports(plan)),
        attribution=attribution_of(plan.attributions),
        change=change,
        undo=undo_report(plan),
        standing=standing_report(plan, approval) if approval else None,
        fit=plan.gate.is_open,
        gate=tuple(gate_reports(plan)),
        renames=tuple(rename_reports(plan)),
        warnings=tuple(str(warning) for warning in warnings),
        # Last, for it waits for the digests of millions of rows.
        header=_header(
            plan,
            digesting,
            learns,
            expires_after=expires_after,
            inputs=arrived(inputs),
            commit=commit,
        ),
    )


def _header(
    plan: Plan,
    digesting: Future[tuple[str, str]],
    learns: Learned,
    *,
    expires_after: Duration,
    inputs: Inputs,
    commit: str | None,
) -> Header:
    world, (actions, people) = plan.world, digesting.result()
    return Header(
        as_of=world.moment.as_of,
        timezone=str(world.moment.zone),
        expires=expires_after.later(world.moment.as_of, world.moment.zone),
        what_if=plan.is_what_if,
        read_only=not world.capabilities.writes,
        tool_version=VERSION,
        lineage=world.ledger.lineage,
        serial=world.ledger.serial,
        commit=commit,
        inputs=inputs,
        digest=together(actions, learns.digest, people, is_stopped=plan.is_stopped),
        changes_digest=people,
    )


def _totals(plan: Plan) -> Totals:
    carried = [d for d in plan.decisions if d.blocked is None]
    counts = {action: _size(d for d in carried if d.action is action) for action in Action}
    changes, new_to_lms = plan.changes, plan.world.new_to_lms
    assigned = (d.trainees for d in carried if d.action is Action.ASSIGN)
    return Totals(
        assign=counts[Action.ASSIGN],
        restore=_size(d for d in carried if d.effect == "restored"),
        losses=losses(carried, plan.world),
        reschedule=counts[Action.RESCHEDULE],
        remove=counts[Action.REMOVE],
        withdrawn=_size(d for d in carried if d.effect == WITHDRAWN),
        blocked=_size(d for d in plan.decisions if d.blocked is not None),
        held=_size(d for d in plan.decisions if d.held),
        trainees=len(plan.people.ids),
        new_accounts=len(union(who & new_to_lms for who in assigned)),
        ledger_changes=len(changes.renamed)
        + len(plan.noted)
        + len(changes.automations)
        + len(changes.orders)
        + len(changes.lifts)
        + sum(map(bool, changes.sets.values())),
    )


def _automation(one: Standing, plan: Plan, dues: Mapping[str, DueDates]) -> AutomationReport:
    rule, automation = one.rule, one.rule.automation
    reasons = plan.reasons[rule.id]
    caused = [d for d in plan.decisions if rule.id in d.causes and d.content == rule.content]
    mine = [d for d in caused if d.blocked is None]
    held = plan.changes.sets.get(SetKey("held", rule.id, rule.content), SetChange())
    window = automation.window
    return AutomationReport(
        id=rule.id,
        content=rule.content,
        title=_title(rule.content, plan),
        description=automation.description,
        owner=automation.owner,
        change=rule.change.value,
        scope=automation.scope.value,
        target=target_in_words(rule.text["target"]),
        window_start=window.start.isoformat() if window.start else None,
        window_end=window.end.isoformat() if window.end else None,
        is_open=rule.is_open,
        paused=automation.paused,
        audience=one.verdict.yes.intersection_cardinality(plan.world.index.activity.active),
        reasons={code.value: len(who) for code, who in reasons.items()},
        undecided_by=_undecided_by(rule.clause, reasons, plan),
        baseline=_baseline(one, plan),
        late_rows=len(one.late),
        becomes_holder=len(held.add),
        foreign=plan.contents[rule.content].foreign.intersection_cardinality(
            reasons.get(Reason.SATISFIED, BitMap())
        ),
        blocked=_size(d for d in caused if d.blocked and d.action is not Action.ASSIGN),
        losses=losses(mine, plan.world),
        why=_why(mine),
        credited=_credited(mine),
        courses=_courses(rule.content, plan),
        withdrawn=_size(d for d in mine if d.effect == WITHDRAWN),
        restores=_size(d for d in mine if d.effect == "restored"),
        removes=_size(d for d in mine if d.action is Action.REMOVE),
        reschedules=_size(d for d in mine if d.action is Action.RESCHEDULE),
        without_due=sum(
            len(unknown_due(automation.due, d.trainees, plan.world))
            for d in mine
            if d.action is Action.ASSIGN
        ),
        due=dues.get(rule.id),
        edits=tuple(_edits(rule.record.text, rule.text)) if rule.record else (),
    )


def _baseline(one: Standing, plan: Plan) -> Baseline | None:
    rule = one.rule
    if not rule.is_future_only:
        return None
    if one.started is None:
        today = plan.world.moment.today
        cautious = cautious_verdict(rule.clause, plan.world.index, one.verdict, today=today)
        size = len(prospective_baseline(rule, cautious.maybe, plan.world))
        return Baseline(size=size, starts=False, prospective=True)
    key = SetKey("baseline", rule.id, rule.content)
    change = plan.changes.sets.get(key, SetChange())
    began = rule.record.started if rule.record else None
    return Baseline(
        size=len(one.baseline),
        starts=began is None,
        prospective=False,
        joins=len(change.add) if began else 0,
        leaves=len(change.remove) if began else 0,
    )


def _undecided_by(
    clause: Clause,
    reasons: Mapping[Reason, BitMap],
    plan: Plan,
) -> dict[str, int]:
    undecided = reasons.get(Reason.UNDECIDED, BitMap())
    by = {
        attribute: len(undecided & plan.world.index.undecided_by(attribute, cautious=False))
        for attribute in sorted(attributes_of(clause))
    }
    return {attribute: count for attribute, count in by.items() if count}


def _order(order: OrderStanding, plan: Plan, dues: Mapping[str, DueDates]) -> OrderReport:
    held = plan.world.holdings.of(order.content)
    was_open = plan.world.ledger.members("open", order.id)
    cancelled = order.record.state == "cancelled"
    written = written_orders(plan.policies).get(order.id)
    mine = [d for d in plan.decisions if order.id in d.causes and d.blocked is None]
    return OrderReport(
        id=order.id,
        content=order.content,
        title=_title(order.content, plan),
        owner=written.owner if written else None,
        state="new" if order.is_new else order.record.state,
        target=target_in_words(order.record.text["target"]) if order.order else "cannot be read",
        as_of=order.as_of,
        audience=len(order.audience),
        reasons={code.value: len(who) for code, who in plan.reasons[order.id].items()},
        undecided_by=_undecided_by(order.clause, order.reasons, plan) if order.clause else {},
        chosen=chosen_courses(order.order, plan.world),
        losses=losses(mine, plan.world),
        removes=_size(d for d in mine if d.action is Action.REMOVE),
        withdrawn=_size(d for d in mine if d.effect == WITHDRAWN),
        credited=_credited(mine),
        courses=_courses(order.content, plan),
        due=dues.get(order.id),
        not_started=len(order.audience & held.not_started),
        in_progress=len(order.audience & held.in_progress),
        completed=len(order.audience & held.completed),
        cancelled_rows=len(was_open) if cancelled else 0,
        text_changed=order.text_changed,
        is_back=cancelled and written is not None,
    )


def _acts(record: AutomationRecord, plan: Plan) -> bool:
    """Whether a former automation goes in this plan, or still takes something (A14a)."""
    return record in plan.lifecycle.retired or any(
        record.id in d.causes and d.content == record.content for d in plan.decisions
    )


def _past(record: AutomationRecord, plan: Plan) -> PastReport:
    given = plan.world.ledger.members("gave", record.id, record.content)
    mine = (d for d in plan.decisions if record.id in d.causes and d.content == record.content)
    removed = _size(d for d in mine if d.action is Action.REMOVE and d.blocked is None)
    assert record.state != "live"
    return PastReport(
        id=record.id,
        content=record.content,
        state=record.state,
        on_exit=on_exit_of(record).value,
        releases=len(given) - removed,
        removes=removed,
    )


def _why(decisions: Iterable[Decision]) -> dict[Why, int]:
    found: Counter[Why] = Counter()
    for decision in decisions:
        found.update(dict.fromkeys(decision.why, len(decision.trainees)))
    return dict(sorted(found.items()))


def _credited(decisions: Iterable[Decision]) -> dict[int, int]:
    """How many trainees are credited with how many courses, of those with any (C6)."""
    found: Counter[int] = Counter()
    for decision in decisions:
        if decision.credited:
            found[decision.credited] += len(decision.trainees)
    return dict(sorted(found.items()))


def _courses(content: str, plan: Plan) -> int:
    found = plan.world.catalog.get(content)
    return len(found.courses) if found else 0


def _decision(decision: Decision, plan: Plan) -> DecisionReport:
    return DecisionReport(
        content=decision.content,
        action=decision.action.value,
        effect=decision.effect,
        causes=decision.causes,
        trainees=len(decision.trainees),
        assigned=decision.assigned,
        blocked=decision.blocked.value if decision.blocked else None,
        why=decision.why,
        status=decision.status,
        courses=decision.courses,
        resets=decision.resets,
        credited=decision.credited,
        credit_after=decision.credit_after,
        credit_current=decision.credit_current,
        minutes=losses([decision], plan.world).minutes,
        because=because_of(decision, plan.attributions),
        held=decision.held,
    )


def _exemptions(plan: Plan) -> Iterator[ExemptionReport]:
    for name, exemption in sorted(plan.policies.exemptions.items()):
        expired = is_expired(exemption, plan.world.moment)
        yield ExemptionReport(
            id=name,
            source=exemption.from_,
            reason=exemption.reason,
            until=exemption.until.isoformat() if exemption.until else None,
            expired=expired,
            trainees=0 if expired else len(covered(exemption, plan.policies, plan.world)),
        )


def _edits(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    """What an automation says otherwise than when it was last applied, key by key."""
    if before == after:
        return
    from deepdiff import DeepDiff  # noqa: PLC0415 it is slow to load, and most plans need none

    difference = DeepDiff(dict(before), dict(after), ignore_order=True, view="tree")
    edits = [
        Edit(key=_path(change), before=_shown(change.t1), after=_shown(change.t2))
        for several in difference.values()
        for change in several
    ]
    # Their order would differ from process to process (D1).
    yield from sorted(edits, key=lambda edit: (edit.key, str(edit.before), str(edit.after)))


def _path(change: Any) -> str:  # noqa: ANN401 a node of the library's
    keys = change.path(output_format="list")
    return ".".join(str(key) for key in keys if not isinstance(key, int))


def _shown(value: Any) -> Any:  # noqa: ANN401 a JSON value
    return None if type(value).__name__ == "NotPresent" else value


def _title(content: str, plan: Plan) -> str:
    found = plan.world.catalog.get(content)
    return found.title if found else content


def _size(decisions: Iterable[Decision]) -> int:
    return sum(len(decision.trainees) for decision in decisions)
