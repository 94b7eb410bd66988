"""What is wrong with groups: unknown ones, circles, and targets too large with them (T2)."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from reconciler.documents.source import Keys
from reconciler.errors import Diagnostic, did_you_mean
from reconciler.policy.model import Target
from reconciler.policy.source import SECTIONS, Policies
from reconciler.policy.walk import references, targets, within

MAX_PARTS = 10_000
MAX_DEPTH = 64


def check_groups(policies: Policies) -> Iterator[Diagnostic]:
    """Find groups that cannot be expanded."""
    for path, target in targets(policies):
        name = target.group
        if name is not None and not _stands(policies, name):
            hint = did_you_mean(name, policies.groups) or " Write it under 'groups'."
            detail = f"No group is called {name!r} (T2).{hint}"
            yield Diagnostic(policies.place(*path, "group"), "Unknown group", detail)
    edges = references(policies.groups)
    order = list(policies.groups)
    if any(edges.values()):
        # Loading the graph library takes longer than reading a hundred files.
        from reconciler.policy.graph import cycles, parts_first  # noqa: PLC0415

        if circles := cycles(edges):
            yield from (_circle(policies, circle) for circle in circles)
            return
        order = parts_first(edges)
    yield from _too_large(policies, order)


def _stands(policies: Policies, name: str) -> bool:
    return name in policies.groups or ("groups", name) in policies.places


def _circle(policies: Policies, circle: tuple[str, ...]) -> Diagnostic:
    first, second = next(pairwise(circle))
    path: Keys = ("groups", first)
    for inner, part in within(policies.groups[first], path):
        if part.group == second:
            path = (*inner, "group")
            break
    detail = f"These groups name each other: {' → '.join(circle)} (T2). Take one step out."
    return Diagnostic(policies.place(*path), "Circle of groups", detail)


def _too_large(policies: Policies, order: list[str]) -> Iterator[Diagnostic]:
    extents: dict[str, tuple[int, int]] = {}
    for name in order:
        if name not in policies.groups:
            continue
        extents[name] = _extent(policies.groups[name], extents)
        if _exceeds(extents[name]):
            yield _large(policies, ("groups", name))
            extents[name] = (1, 1)  # found here, not again in all that use it
    for section in SECTIONS:
        for name, entry in getattr(policies, section).items():
            target = getattr(entry, "target", None)
            if isinstance(target, Target) and _exceeds(_extent(target, extents)):
                yield _large(policies, (section, name, "target"))


def _exceeds(extent: tuple[int, int]) -> bool:
    return extent[0] > MAX_PARTS or extent[1] > MAX_DEPTH


def _large(policies: Policies, path: Keys) -> Diagnostic:
    detail = (
        f"With its groups written out, this has more than {MAX_PARTS:,} parts or is more than"
        f" {MAX_DEPTH} deep. Use fewer groups in groups."
    )
    return Diagnostic(policies.place(*path), "Target too large", detail)


def _extent(target: Target, groups: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """How many parts a target has and how deep it is, with the groups that it names."""
    parts = [_extent(part, groups) for part in (*(target.all or ()), *(target.any or ()))]
    if target.not_ is not None:
        parts.append(_extent(target.not_, groups))
    if target.group is not None:
        parts.append(groups.get(target.group, (1, 1)))
    return 1 + sum(size for size, _ in parts), 1 + max((depth for _, depth in parts), default=0)
