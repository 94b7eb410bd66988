"""Why work of one trainee starts over by a rule, or is kept by it: in sentences (R, A10, A11)."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pyroaring import BitMap

from reconciler.planner.demands import Part, newer
from reconciler.planner.orders import OrderStanding
from reconciler.planner.outlook import renewal_of
from reconciler.planner.plan import Plan
from reconciler.planner.reasons import Reason
from reconciler.planner.wanted import Standing
from reconciler.planner.world import World
from reconciler.policy.model import OnNewVersion, Removal

Key = Literal["in_progress", "completed"]
EVERYTHING = OnNewVersion(completed="retake", in_progress="restart", courses="changed")
ONE_BY_ONE: tuple[tuple[OnNewVersion, Key, str], ...] = (
    (OnNewVersion(in_progress="restart"), "in_progress", "in progress"),
    (OnNewVersion(completed="retake"), "completed", "completed"),
)
"""What restarts the courses of one status alone, the key that governs them, and the status."""


def automation_notes(one: Standing, position: int, plan: Plan) -> Iterator[str]:
    """What an automation does about completed work and new versions, for one trainee."""
    renewal = renewal_of(one, position, plan)
    if renewal and position in one.wants:
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
    words = one.rule.automation.on_new_version or OnNewVersion()
    begun = position in plan.world.holdings.of(content).in_progress
    if begun and plan.world.catalog[content].is_module:
        yield from _of_a_begun_module(content, words, me, plan.world)
        return
    whole, parts = newer(content, EVERYTHING, me, plan.world)
    changed = _courses(parts)
    if whole or changed:
        named = f" of {', '.join(changed)}" if changed else ""
        yield f"new version{named}: {_by('in_progress' if begun else 'completed', words)}"


def _of_a_begun_module(
    content: str, words: OnNewVersion, me: BitMap, world: World
) -> Iterator[str]:
    """Each of the two keys governs courses of its own in a module in progress (A10)."""
    progress = world.progress.of(content)
    for only, key, status in ONE_BY_ONE:
        _, parts = newer(content, only, me, world)
        changed = [one for one in _courses(parts) if me & progress[one].begun(key)]
        if changed:
            yield f"new version of {', '.join(changed)}, {status}: {_by(key, words)}"


def _courses(parts: Iterable[Part]) -> list[str]:
    return [course for part in parts if part.who for course in part.courses]


def _by(key: Key, words: OnNewVersion) -> str:
    word = words.in_progress if key == "in_progress" else words.completed
    return f"on_new_version has `{key}: {word}`{': it is kept' if word == 'keep' else ''}"


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
