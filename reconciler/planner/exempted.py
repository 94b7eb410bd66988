"""Which exemptions cover one trainee, today or with time (M6)."""

from collections.abc import Collection
from datetime import date

from reconciler.planner.alone import Alone
from reconciler.planner.audience import verdict
from reconciler.planner.lifecycle import moves_of
from reconciler.planner.world import World
from reconciler.policy.model import Exemption
from reconciler.policy.source import Policies
from reconciler.policy.target import AllOf, AnyOf, Clause, Employed, Not, clause_of, counts_time


def exemptions_of(
    one: Alone, sources: Collection[str], policies: Policies, world: World
) -> dict[str, Exemption]:
    """The exemptions from some contents and automations that cover one trainee, or may with time.

    Each is looked at for this trainee alone, however many others it names.
    """
    moves, today = moves_of(policies), world.moment.today
    return {
        label: exemption
        for label, exemption in sorted(policies.exemptions.items())
        if moves.get(exemption.from_, exemption.from_) in sources
        and _may_match(
            clause_of(exemption.target, policies.groups, world.aliases), one, today=today
        )
    }


def _may_match(clause: Clause, one: Alone, *, today: date) -> bool:
    """Whether a clause matches one trainee, or may do so as their tenure grows."""
    match clause:
        case AllOf(parts):
            return all(_may_match(part, one, today=today) for part in parts)
        case AnyOf(parts):
            return any(_may_match(part, one, today=today) for part in parts)
        case Employed():
            return True
        case Not(part) if counts_time(part):
            return True
        case _:
            return one.position in verdict(clause, one, today=today).yes
