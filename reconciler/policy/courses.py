"""What is wrong with the chosen courses of orders: of no module, or not in it."""

from collections.abc import Iterator, Mapping

from reconciler.errors import Diagnostic, did_you_mean
from reconciler.frames import Content
from reconciler.policy.model import Assignment, Removal
from reconciler.policy.source import Policies
from reconciler.policy.walk import written_orders

REASSIGNING = ("courses", "in_progress", "completed")


def check_courses(
    policies: Policies, catalog: Mapping[str, Content] | None
) -> Iterator[Diagnostic]:
    """Find chosen courses that mean nothing, and words that only a reassignment has."""
    for owner, order in written_orders(policies).items():
        kind, _, name = owner.partition(".")
        path = f"{kind}s", name
        if isinstance(order, Assignment) and order.if_assigned == "skip":
            for key in REASSIGNING:
                if key in order.model_fields_set:
                    detail = (
                        f"{key!r} says what happens to people who have it already, and "
                        "'if_assigned: skip' leaves them alone (M1). Add 'if_assigned: reassign', "
                        "or leave the key out."
                    )
                    yield Diagnostic(policies.place(*path, key), "Word without effect", detail)
        if isinstance(order, Removal) or order.courses is None:
            continue
        if not order.content.startswith("module/"):
            detail = f"{order.content} is no module, so it has no courses to choose (M2)."
            yield Diagnostic(policies.place(*path, "courses"), "Invalid value", detail)
        elif catalog is not None and order.content in catalog:
            module = catalog[order.content].courses
            yield from _strange(policies, (*path, "courses"), order.courses, order.content, module)


def _strange(
    policies: Policies,
    path: tuple[str, ...],
    chosen: tuple[str, ...],
    module: str,
    courses: tuple[str, ...],
) -> Iterator[Diagnostic]:
    names = [course.removeprefix("course/") for course in courses]
    for position, course in enumerate(chosen):
        name = course.removeprefix("course/")
        if name not in names:
            hint = did_you_mean(name, names) or f" It has {', '.join(names)}."
            detail = f"{module} has no course {name!r} (M2).{hint}"
            yield Diagnostic(policies.place(*path, position), "Unknown course", detail)
