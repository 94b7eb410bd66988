"""What a change of policies edits, field by field, and of which class each edit is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from pyroaring import BitMap

from reconciler.documents.limit import read_limit
from reconciler.documents.model import Document
from reconciler.documents.scalars import read_duration
from reconciler.planner.audience import verdict
from reconciler.planner.world import World
from reconciler.policy.source import Policies, automation_moves
from reconciler.policy.target import Clause, clause_of, document_of

WIDENING, NARROWING = "widening", "narrowing"
RETIMING, RETROACTIVE, COSMETIC = "retiming", "retroactive", "cosmetic"
BOTH = (NARROWING, WIDENING)
SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "automations": "automation",
        "assignments": "assignment",
        "reassignments": "reassignment",
        "removals": "removal",
        "exemptions": "exemption",
        "lifts": "lift",
    }
)
NEW: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "automations": (WIDENING,),
        "assignments": (RETROACTIVE,),
        "reassignments": (RETROACTIVE,),
        "removals": (NARROWING,),
        "exemptions": (NARROWING,),
        "lifts": (WIDENING,),
    }
)
GONE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: (WIDENING,) if name in ("removals", "exemptions") else (NARROWING,) for name in SECTIONS}
)
RANKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "on_exit": ("keep", "remove-not-started", "remove"),
        "on_removed": ("restore", "respect"),
        "late_rows": ("enter", "existing"),
        "paused": ("False", "True"),
        "retire": ("False", "True"),
    }
)
"""Choices, each of which gives less or takes more than the one before; the first is the default."""
REDONE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "on_new_version.completed": ("keep", "retake"),
        "on_new_version.in_progress": ("keep", "restart"),
        "due.update_existing": ("False", "True"),
        "scope": ("future-only", "future-and-existing"),
    }
)
"""Choices of which the second reaches people who are here already; the first is the default."""
TIMES = ("window", "due", "until")
SOME_DAY = date(2001, 1, 1)
"""Durations are compared by where they lead from it."""
PROSE = ("description", "owner", "reason")


@dataclass(frozen=True, slots=True)
class Edit:
    """One field that says something else.

    ``more`` and ``fewer`` are the active people whom a target gains and loses today.
    """

    policy: str
    key: str
    before: Any
    after: Any
    classes: tuple[str, ...]
    more: int = 0
    fewer: int = 0


def edits(before: Policies, after: Policies, world: World) -> Iterator[Edit]:
    """What ``after`` says otherwise than ``before``, groups expanded, in the order of the ids."""
    renamed = automation_moves(after.moved)
    for section, kind in SECTIONS.items():
        names = renamed if section == "automations" else {}
        old = {names.get(n, n): one for n, one in sorted(getattr(before, section).items())}
        new: Mapping[str, Document] = getattr(after, section)
        for name in sorted(old.keys() | new.keys()):
            owner = f"{kind}.{name}"
            if name not in old:
                yield Edit(owner, "", None, "new", _of_new(section, new[name]))
            elif name not in new:
                yield Edit(owner, "", "in the files", None, GONE[section])
            else:
                texts = _Texts(old[name], before), _Texts(new[name], after)
                yield from _fields(section, owner, *texts, world)
    for move in after.moved:
        if move not in before.moved:
            yield Edit("moved", move.from_, move.from_, move.to, (COSMETIC,))


def _of_new(section: str, entry: Document) -> tuple[str, ...]:
    scope = getattr(entry, "scope", None)
    return (*NEW[section], RETROACTIVE) if scope == "future-and-existing" else NEW[section]


@dataclass(frozen=True, slots=True)
class _Texts:
    """One entry with the policies that it stands in."""

    entry: Document
    policies: Policies

    def clause(self, world: World) -> Clause | None:
        target = getattr(self.entry, "target", None)
        return clause_of(target, self.policies.groups, world.aliases) if target else None

    def fields(self) -> dict[str, Any]:
        """Each key that is written, those of a mapping one by one, the target left out."""
        written = self.entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        flat: dict[str, Any] = {}
        for key, value in written.items():
            if key != "target":
                parts = value.items() if isinstance(value, dict) else [("", value)]
                flat |= {f"{key}.{part}" if part else key: inner for part, inner in parts}
        return flat


def _fields(
    section: str, owner: str, before: _Texts, after: _Texts, world: World
) -> Iterator[Edit]:
    old, new = before.clause(world), after.clause(world)
    if old is not None and new is not None and old != new:
        is_existing = getattr(after.entry, "scope", None) == "future-and-existing"
        yield _target(section, owner, old, new, world, is_existing=is_existing)
    was, now = before.fields(), after.fields()
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            classes = _classes(section, key, was.get(key), now.get(key))
            if key.startswith("due.") and now.get("due.update_existing") and classes == (RETIMING,):
                classes = (RETIMING, RETROACTIVE)
            yield Edit(owner, key, was.get(key), now.get(key), classes)


def _target(
    section: str, owner: str, old: Clause, new: Clause, world: World, *, is_existing: bool
) -> Edit:
    active, today = world.index.activity.active, world.moment.today
    was, now = (verdict(one, world.index, today=today).yes & active for one in (old, new))
    more, fewer = now - was, was - now
    classes = _gained(more, fewer, spares=section in ("exemptions", "removals"))
    if more and (is_existing or section in ("assignments", "reassignments")):
        classes = (*classes, RETROACTIVE)
    texts = document_of(old), document_of(new)
    return Edit(owner, "target", *texts, classes, more=len(more), fewer=len(fewer))


def _gained(more: BitMap, fewer: BitMap, *, spares: bool) -> tuple[str, ...]:
    """By today's people; where they are the same, nobody can tell what it does tomorrow."""
    wider, narrower = (NARROWING, WIDENING) if spares else (WIDENING, NARROWING)
    if not more and not fewer:
        return BOTH
    return tuple(sorted([*([wider] if more else []), *([narrower] if fewer else [])]))


def _classes(section: str, key: str, before: Any, after: Any) -> tuple[str, ...]:  # noqa: ANN401 JSON
    if key in PROSE:
        return (COSMETIC,)
    if key in RANKS or key in REDONE:
        choices = RANKS.get(key) or REDONE[key]
        was, now = (choices.index(str(one)) if one is not None else 0 for one in (before, after))
        if key in REDONE:
            return (RETROACTIVE,) if now > was else (NARROWING,)
        return (NARROWING,) if now > was else (WIDENING,)
    if key.startswith("guards") or key == "ceiling":
        return _ceiling(before, after)
    if key.startswith("renew"):
        return _renewal(key, before, after)
    if section == "exemptions" and key == "until":
        longer = after is None or (before is not None and str(after) > str(before))
        return (NARROWING,) if longer else (WIDENING,)
    return (RETIMING,) if key.partition(".")[0] in TIMES else BOTH


def _renewal(key: str, before: Any, after: Any) -> tuple[str, ...]:  # noqa: ANN401 JSON
    """Sooner, who has completed it takes it again; never any more, fewer do."""
    if before is None or after is None:
        return (RETIMING, RETROACTIVE) if before is None else (NARROWING, RETIMING)
    was, now = (read_duration(one).after(SOME_DAY) for one in (before, after))
    sooner = now > was if key.endswith("open") else now < was
    return (RETIMING, RETROACTIVE) if sooner else (RETIMING,)


def _ceiling(before: Any, after: Any) -> tuple[str, ...]:  # noqa: ANN401 a ceiling as JSON, or none
    was, now = (read_limit("unlimited" if one is None else one) for one in (before, after))
    if was.is_unlimited or now.is_unlimited:
        return (NARROWING,) if was.is_unlimited else (WIDENING,)
    lower = (now.number or 0, now.share or 0) < (was.number or 0, was.share or 0)
    same_kind = (was.share is None) == (now.share is None)
    return ((NARROWING,) if lower else (WIDENING,)) if same_kind else BOTH
