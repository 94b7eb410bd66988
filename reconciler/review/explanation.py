"""An explanation as text: the answer first, then each rule with its target, clause by clause."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from reconciler.planner.actions import WITHDRAWN, Action, Decision
from reconciler.planner.explain import Explanation, Node, RuleAnswer
from reconciler.planner.reasons import Reason
from reconciler.review.words import REASONS, SCOPES, TOO_NEAR, WHY

MARKS = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: "[yellow]?[/yellow]"}
VERDICTS = {
    Action.ASSIGN: ("will be assigned", "would be assigned"),
    Action.RESTART: ("will lose the progress in", "would lose the progress in"),
    Action.RETAKE: ("is to take again", "would have to take again"),
    Action.REMOVE: ("will be removed from", "would be removed from"),
    Action.RESCHEDULE: ("will get another due date for", "would get another due date for"),
}
"""What becomes of somebody, and what would if no guard held it (G4)."""

WITHDRAWS = ("will have the open retake withdrawn in", "would have the open retake withdrawn in")
HELD = {
    Action.ASSIGN: "would be enrolled",
    Action.RESTART: "would lose the progress in it",
    Action.RETAKE: "would have to take it again",
    Action.REMOVE: "would be removed",
    Action.RESCHEDULE: "would get another due date",
}


def show_explanation(one: Explanation, console: Console) -> None:
    """Print why a trainee does or does not get a content."""
    console.print(f"\n[bold]{escape(_answer(one))}[/bold]")
    for line in _facts(one):
        console.print(f"  {escape(line)}")
    if not one.answers:
        console.print(f"\nNo automation and no order in the files is about {escape(one.content)}.")
    if one.turn is not None:
        when = f"{one.turn.at.astimezone(one.zone):%Y-%m-%d %H:%M}"
        console.print(f"  {escape(f'changes by itself next on {when}: {one.turn.what}')}")
    for answer in one.answers:
        console.print(f"\n[bold]{escape(answer.id)}[/bold]")
        if answer.tree is not None:
            console.print(_drawn(answer.tree, Tree("target", guide_style="dim")))
        for line in _lines(answer):
            console.print(f"  {escape(line)}")
        console.print(f"  [bold]→ {escape(_conclusion(answer, one))}[/bold]")


def _answer(one: Explanation) -> str:
    decision = one.decision
    if decision is None:
        state = "is enrolled in" if one.status else "is not enrolled in"
        return f"{one.trainee} {state} {one.content}, and this plan leaves it so."
    if decision.blocked is not None:
        return f"{one.trainee} would be changed in {one.content}, but: {decision.blocked}."
    why = f": {' and '.join(WHY[one] for one in decision.why)}" if decision.why else ""
    if decision.effect == "restored":
        why = ": given back; somebody had removed it in the LMS"
    held = " A guard holds it: nothing of that is written." if decision.held else ""
    return f"{one.trainee} {_verdict(one, decision)}, by {_causes(decision)}{why}.{held}"


def _verdict(one: Explanation, decision: Decision) -> str:
    """What becomes of them. Of a module in progress a completed course may start over (A10)."""
    will, would = VERDICTS[decision.action]
    if decision.effect == WITHDRAWN:
        will, would = WITHDRAWS
    named = ", ".join(one.courses)
    if one.goes_on:
        will, would = VERDICTS[Action.RETAKE]
        return f"{would if decision.held else will} {named} in {one.content}"
    parts = f" ({named})" if named else ""
    return f"{would if decision.held else will} {one.content}{parts}"


def _causes(decision: Decision) -> str:
    return ", ".join(decision.causes)


def _facts(one: Explanation) -> Iterator[str]:
    if one.deadline is not None:
        late = f"; {TOO_NEAR}" if one.deadline.is_postponed else ""
        day = one.deadline.at
        yield f"due {day:%Y-%m-%d}{late}" if day else "no due date: the hire date is missing"
    yield f"activity: {one.activity}"
    if one.status is None:
        gone = f"; given by {', '.join(one.given_by)}, and removed in the LMS by somebody"
        yield f"enrollment: none{gone if one.given_by else ''}"
    else:
        by = (
            f"given by {', '.join(one.given_by)}" if one.given_by else "not given by the reconciler"
        )
        instants = (("assigned", one.assigned), ("due", one.due), ("completed", one.completed))
        since = "".join(f", {name} {at:%Y-%m-%d}" for name, at in instants if at)
        yield f"enrollment: {one.status.replace('_', ' ')}{since}, {by}"
    for course, status in one.lessons:
        yield f"  {course}: {status}"
    if one.credited:
        yield f"credited, as completed in another module: {', '.join(one.credited)}"
    if one.removers:
        yield f"taken away by {', '.join(one.removers)}: rules leave it so (M3)"


def _drawn(node: Node, above: Tree) -> Tree:
    value = f"  [dim]({escape(node.value)})[/dim]" if node.value else ""
    branch = above.add(f"{MARKS[node.is_met]} {escape(node.text)}{value}")
    for part in node.parts:
        _drawn(part, branch)
    return above


def _lines(answer: RuleAnswer) -> Iterator[str]:
    if answer.standing is not None:
        automation = answer.standing.rule.automation
        yield f"scope: {automation.scope.value}, {SCOPES[automation.scope.value]}"
        if answer.in_baseline and answer.baseline_starts:
            yield "baseline: will be noted as existing when this rule begins, with the next apply"
        elif answer.in_baseline:
            yield "baseline: was here before this rule began"
        elif answer.baseline_to_come:
            yield "baseline: would be existing when this rule begins"
        window = automation.window
        bounds = [str(bound) for bound in (window.start, window.end) if bound is not None]
        state = "open" if answer.standing.rule.is_open else "not open"
        yield f"window: {' to '.join(bounds) or 'no dates'}, {state}"
        if automation.paused:
            yield "paused"
    yield from answer.notes
    for exemption in answer.exemptions:
        yield f"exempt: {exemption}"


def _conclusion(answer: RuleAnswer, one: Explanation) -> str:
    decision = one.decision
    held = decision is not None and decision.held and answer.id in decision.causes
    holds = f"{HELD[decision.action]}, but a guard holds it" if decision and held else ""
    if answer.reason is not None:
        label, meaning = REASONS[answer.reason.value]
        if answer.reason is Reason.REASSIGNED and one.goes_on:
            label, meaning = "Goes on", "completed courses in it are to be taken again"
        return f"{label.lower()} ({answer.reason.value}): {holds or meaning}"
    said = _without_reason(answer, one)
    return f"{said}: {holds}" if holds else said


def _without_reason(answer: RuleAnswer, one: Explanation) -> str:
    if answer.was_in and one.status is None and answer.id in one.given_by:
        return (
            "was in this order, which gave it; the LMS has it no more, and an order gives once (M4)"
        )
    if answer.was_in:
        return "was in this order, which has nothing left to do for them"
    if answer.tree is None:
        return "not in this order"
    if answer.tree.is_met is None and one.activity.startswith("unknown"):
        return "nobody can tell: absent from the roster"
    return "not in the audience"
