"""Every target of the policies, with the keys that lead to it."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from reconciler.documents.source import Keys
from reconciler.policy.model import Order, Target
from reconciler.policy.source import SECTIONS, Policies

Found: TypeAlias = tuple[Keys, Target]

ORDERS = ("assignments", "reassignments", "removals")


def targets(policies: Policies) -> Iterator[Found]:
    """Every target, and every target in it."""
    for section in SECTIONS:
        for name, entry in getattr(policies, section).items():
            path: Keys = (section, name) if section == "groups" else (section, name, "target")
            target = entry if section == "groups" else entry.target
            if target is not None:
                yield from within(target, path)


def within(target: Target, path: Keys) -> Iterator[Found]:
    """A target and every target in it; as deep as a file may be."""
    yield path, target
    for key in ("all", "any"):
        for position, part in enumerate(getattr(target, key) or ()):
            yield from within(part, (*path, key, position))
    if target.not_ is not None:
        yield from within(target.not_, (*path, "not"))


def written_orders(policies: Policies) -> dict[str, Order]:
    """The one-off orders of the files by id, sorted: assignment.NAME and so on."""
    written = {
        f"{section.removesuffix('s')}.{name}": order
        for section in ORDERS
        for name, order in getattr(policies, section).items()
    }
    return dict(sorted(written.items()))


def references(groups: Mapping[str, Target]) -> dict[str, list[str]]:
    """The groups that each group names, itself or in a part."""
    return {
        name: sorted({part.group for _, part in within(group, ()) if part.group is not None})
        for name, group in groups.items()
    }
