"""Into which modules a plan must look, course by course."""

from collections.abc import Collection, Iterator, Mapping

from reconciler.frames import Content
from reconciler.policy.model import Assignment, Automation, Removal
from reconciler.policy.source import Policies
from reconciler.policy.walk import written_orders


def looked_into(
    policies: Policies,
    unfinished: Collection[str],
    catalog: Mapping[str, Content],
    *,
    again: Collection[str] = (),
) -> frozenset[str]:
    """The modules whose course progress a rule looks at: credit, chosen courses, new versions.

    Args:
        policies: As read.
        unfinished: The contents of orders that were recorded and are not done, and what automations
            that have gone take away.
        catalog: Contents by id.
        again: Contents that an undo may give again.
    """
    assigned = {content for content in (*_assigned(policies), *again) if content in catalog}
    courses = {course for module in assigned for course in catalog[module].courses}
    sharing = {one.id for one in catalog.values() if courses & frozenset(one.courses)}
    named = {content for content in (*_chosen(policies), *unfinished, *again) if content in catalog}
    return frozenset(one for one in sharing | named if catalog[one].is_module)


def _assigned(policies: Policies) -> Iterator[str]:
    """What somebody may be assigned for the first time, so with credit (C)."""
    for automation in policies.automations.values():
        if automation.assign is not None and not automation.retire:
            yield automation.assign
    for order in policies.assignments.values():
        yield order.assign


def _chosen(policies: Policies) -> Iterator[str]:
    """Whose parts may start over, or be lost (R1b)."""
    for rule in (*policies.automations.values(), *written_orders(policies).values()):
        match rule:
            case Automation():
                if rule.assign is not None and rule.on_new_version is not None:
                    yield rule.assign
            case Assignment() if rule.if_assigned == "skip":
                pass
            case Removal():
                if rule.in_progress == "remove":
                    yield rule.content
            case _:
                if rule.courses is not None:
                    yield rule.content
