"""Why work of one trainee starts over by a rule, or is kept by it: in sentences (R, A10, A11)."""

from collections.abc import Iterator

from pyroaring import BitMap

from reconciler.planner.demands import newer
from reconciler.planner.orders import OrderStanding
from reconciler.planner.outlook import renewal_of
from reconciler.planner.plan import Plan
from reconciler.planner.reasons import Reason
from reconciler.planner.wanted import Standing
from reconciler.policy.model import OnNewVersion, Removal

EVERYTHING = OnNewVersion(completed="retake", in_progress="restart", courses="changed")


def automation_notes(one: Standing, position: int, plan: Plan) -> Iterator[str]:
    """What an automation does about completed work and new versions, for one trainee."""
    if renewal := renewal_of(one, position, plan):
        opens, due = renewal
        today, renew = plan.world.moment.today, one.rule.automation.renew
        assert renew is not None
        state = "is open" if opens <= today else f"opens on {opens}"
        yield f"renewal: every {renew.every}; {state}, {'was ' if due < today else ''}due on {due}"
    yield from _versions(one, position, plan)


def _versions(one: Standing, position: int, plan: Plan) -> Iterator[str]:
    content, me = one.rule.content, BitMap([position])
    if content not in plan.world.catalog or not me & one.wants:
        return
    whole, parts = newer(content, EVERYTHING, me, plan.world)
    changed = [course for part in parts if part.who for course in part.courses]
    if not whole and not changed:
        return
    named = f" of {', '.join(changed)}" if changed else ""
    words = one.rule.automation.on_new_version or OnNewVersion()
    begun = me & plan.world.holdings.of(content).in_progress
    key, word = ("in_progress", words.in_progress) if begun else ("completed", words.completed)
    kept = ": it is kept" if word == "keep" else ""
    yield f"new version{named}: on_new_version has `{key}: {word}`{kept}"


def order_notes(order: OrderStanding, position: int, plan: Plan) -> Iterator[str]:
    """Why an order leaves what it finds, for one trainee (R, M3, M4)."""
    held = plan.world.holdings.of(order.content)
    words = order.order
    if words is None or position not in order.reasons.get(Reason.SATISFIED, BitMap()):
        return
    if position in held.completed:
        if isinstance(words, Removal):
            yield "what was completed stays (D3)"
        elif words.completed == "keep":
            yield "kept: the order has `completed: keep`"
    elif position in held.in_progress and words.in_progress == "keep":
        yield "kept: the order has `in_progress: keep`"
    elif position in held.not_started and not isinstance(words, Removal):
        yield "not started, so there is nothing to start over"
