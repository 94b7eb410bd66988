"""What is wrong with `moved`: entries that rename nothing, twice, or in a circle (A15)."""

from collections import Counter
from collections.abc import Iterator

from reconciler.errors import Diagnostic, did_you_mean
from reconciler.frames import ATTRIBUTES
from reconciler.policy.model import Move
from reconciler.policy.source import Policies, automation_moves, rename_aliases

AUTOMATION = "automation"
SUMMARY = "Invalid move"


def check_moves(policies: Policies, attributes: frozenset[str] | None) -> Iterator[Diagnostic]:
    """Find entries of ``moved`` that cannot be carried out."""
    kinds = None if attributes is None else (attributes | {*ATTRIBUTES, AUTOMATION}) - {"hire_date"}
    for position, move in enumerate(policies.moved):
        problems = list(_in_itself(move, kinds)) or list(_among_others(policies, move))
        for key, problem in problems:
            place = policies.place("moved", position, key)
            yield Diagnostic(place, SUMMARY, f"{problem} (A15).")


def _in_itself(move: Move, kinds: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    for key, written in (("from", move.from_), ("to", move.to)):
        kind, _, value = written.partition(".")
        if not kind or not value:
            yield key, f"{written!r}: write automation.NAME or ATTRIBUTE.VALUE"
        elif "*" in value:
            yield key, f"{written!r} has a '*'; only one value at a time can move"
        elif kinds is not None and kind not in kinds:
            hint = did_you_mean(kind, kinds)
            yield key, f"{kind!r} is neither 'automation' nor an attribute.{hint}".rstrip("?.")
    if move.from_ == move.to:
        yield "to", f"{move.to!r} is the name that it has; name another one or take the entry out"
    elif _kind(move.from_) != _kind(move.to):
        yield "to", f"{move.from_!r} can only move to another {_kind(move.from_)}"


def _among_others(policies: Policies, move: Move) -> Iterator[tuple[str, str]]:
    if Counter(other.from_ for other in policies.moved)[move.from_] > 1:
        yield "from", f"{move.from_!r} moves more than once; keep one of these entries"
    kind, _, old = move.from_.partition(".")
    if kind != AUTOMATION:
        if (kind, old) not in rename_aliases(policies.moved):
            yield "from", _circle(move)
        return
    if Counter(other.to for other in policies.moved)[move.to] > 1:
        yield "to", f"several automations move to {move.to!r}; only one can"
    last = automation_moves(policies.moved).get(old)
    if last is None:
        yield "from", _circle(move)
    elif not _stands(policies, last):
        hint = did_you_mean(last, policies.automations) or " Write it, or take the entry out"
        yield "to", f"no automation is called {last!r}.{hint}".rstrip("?")
    if _stands(policies, old):
        yield "from", f"{move.from_!r} still stands in the files; rename it there or take this out"


def _circle(move: Move) -> str:
    return f"{move.from_!r} moves in a circle; take one of these entries out"


def _kind(written: str) -> str:
    return written.partition(".")[0]


def _stands(policies: Policies, automation: str) -> bool:
    return automation in policies.automations or ("automations", automation) in policies.places
