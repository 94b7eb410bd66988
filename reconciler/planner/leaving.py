"""What a rule does with the enrollment of somebody it does not match, in sentences (A4, A12)."""

from collections.abc import Iterator

from reconciler.planner.actions import Action
from reconciler.planner.lifecycle import on_exit_of
from reconciler.planner.plan import Plan
from reconciler.planner.wanted import Standing
from reconciler.policy.model import OnExit
from reconciler.policy.target import attributes_of


def leaving_notes(one: Standing, position: int, plan: Plan) -> Iterator[str]:
    """What ``on_exit`` does for one trainee, or why nobody takes it for an exit."""
    content, world = one.rule.content, plan.world
    if position in one.leavers:
        owners = set(_owners(position, content, plan))
        if one.rule.id in owners and position in world.holdings.of(content).enrolled:
            word = one.rule.automation.on_exit
            yield f"has left the audience, and on_exit is `{word}`{_kept(one, position, plan)}"
    elif position in one.verdict.no:
        attributes = sorted(attributes_of(one.rule.clause))
        lost = [name for name in attributes if position in world.index.emptied.get(name, ())]
        if lost:
            was, now = ("was", "is") if len(lost) == 1 else ("were", "are")
            named = " and ".join(lost)
            yield f"{named} {was} filled when last seen, and {now} empty: that is no exit (A4, A12)"


def _kept(one: Standing, position: int, plan: Plan) -> str:
    """Why the enrollment stays all the same; nothing where it goes."""
    content = one.rule.content
    held, word = plan.world.holdings.of(content), one.rule.automation.on_exit
    if _is_taken(position, content, plan):
        return ""
    if position in held.completed:
        return ": what was completed stays (D3)"
    if word is OnExit.KEEP:
        return ": it is kept"
    if one.rule.automation.paused:
        return ": not while the rule is paused"
    if _spares(word, position, content, plan):
        return ": it is in progress, and so kept"
    if position not in plan.world.given(content):
        return ": the reconciler did not give it, so it is kept (A16)"
    owners = sorted(set(_owners(position, content, plan)) - {one.rule.id})
    keeping = [owner for owner in owners if _keeps(owner, position, content, plan)]
    return f": kept for {' and '.join(keeping)}" if keeping else ""


def _is_taken(position: int, content: str, plan: Plan) -> bool:
    return any(
        one.action is Action.REMOVE and one.content == content and position in one.trainees
        for one in plan.decisions
    )


def _owners(position: int, content: str, plan: Plan) -> Iterator[str]:
    """Who gave or holds the enrollment, or comes to hold it with this plan (A7)."""
    for key, members in plan.world.ledger.sets.items():
        if key.kind in ("gave", "held") and key.content == content and position in members:
            yield key.owner
    for key, change in plan.contents[content].changes.items():
        if key.kind == "held" and position in change.add:
            yield key.owner


def _keeps(owner: str, position: int, content: str, plan: Plan) -> bool:
    """Whether one who gave or holds an enrollment keeps it where it is: an order always does."""
    for one in plan.standings:
        if (one.rule.id, one.rule.content) == (owner, content):
            word, paused = one.rule.automation.on_exit, one.rule.automation.paused
            return paused or position not in one.leavers or _holds(word, position, content, plan)
    for record in plan.lifecycle.past:
        if (record.id, record.content) == (owner, content):
            return _holds(on_exit_of(record), position, content, plan)
    return True


def _holds(word: OnExit, position: int, content: str, plan: Plan) -> bool:
    return word is OnExit.KEEP or _spares(word, position, content, plan)


def _spares(word: OnExit, position: int, content: str, plan: Plan) -> bool:
    in_progress = position in plan.world.holdings.of(content).in_progress
    return word is OnExit.REMOVE_NOT_STARTED and in_progress
