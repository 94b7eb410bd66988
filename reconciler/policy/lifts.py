"""What is wrong with `lifts`: guards, policies and units that nobody knows (G4a)."""

from collections.abc import Collection, Iterator

from reconciler.errors import Diagnostic, did_you_mean
from reconciler.policy.guards import EVERYTHING, UNITS, Lift
from reconciler.policy.source import Policies
from reconciler.policy.vocabulary import Vocabulary

GATE = ("head_count", "empty", "renamed")
"""The kinds of the roster gate, which knows no policies."""
OWNERS = {
    "automation": "automations",
    "assignment": "assignments",
    "reassignment": "reassignments",
    "removal": "removals",
}
SUMMARY = "Invalid value"


def check_lifts(policies: Policies, contents: Collection[str] | None) -> Iterator[Diagnostic]:
    """Find lifts that can lift nothing."""
    for name, lift in policies.lifts.items():
        for key, problem in (("policy", _policy(lift)), ("unit", _unit(lift, contents))):
            if problem:
                place = policies.place("lifts", name, key)
                yield Diagnostic(place, SUMMARY, f"{key}: {problem} (G4a).")


def suspicious_lifts(policies: Policies) -> Iterator[Diagnostic]:
    """Find lifts for policies that are not in the files; they may have been retired (A14)."""
    for name, lift in policies.lifts.items():
        kind, _, rest = lift.policy.partition(".")
        section = OWNERS.get(kind)
        if section and (section, rest) not in policies.places and not _stands(policies, lift):
            hint = did_you_mean(rest, getattr(policies, section))
            detail = f"{lift.policy!r} stands in no file (G4a).{hint}"
            yield Diagnostic(policies.place("lifts", name, "policy"), "Unknown policy", detail)


def unborne_units(policies: Policies, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """Find lifts for a unit to which nobody belongs; it may have been closed (G4a)."""
    for name, lift in policies.lifts.items():
        attribute, _, value = lift.unit.partition(".")
        if (
            attribute in UNITS
            and lift.guard != "renamed"
            and not vocabulary.bears(attribute, value)
        ):
            hint = vocabulary.hint(attribute, value)
            detail = f"{value!r} is no {attribute} of a trainee or of the organization (T5).{hint}"
            place = policies.place("lifts", name, "unit")
            yield Diagnostic(place, "Value that nobody bears", detail)


def _stands(policies: Policies, lift: Lift) -> bool:
    kind, _, rest = lift.policy.partition(".")
    return rest in getattr(policies, OWNERS[kind])


def _policy(lift: Lift) -> str | None:
    if lift.policy == EVERYTHING:
        return None
    if lift.guard in GATE:
        return f"{lift.guard} is about the roster, so 'all' is wanted here, not {lift.policy!r}"
    kind, _, name = lift.policy.partition(".")
    if kind in OWNERS and name:
        return None
    return f"{lift.policy!r}: write all, automation.NAME, or assignment.NAME"


def _unit(lift: Lift, contents: Collection[str] | None) -> str | None:
    if lift.unit == EVERYTHING or lift.guard in ("empty", "renamed"):
        return None
    if lift.unit.startswith(("course/", "module/")):
        if contents is None or lift.unit in contents:
            return None
        return f"the LMS has no {lift.unit!r}.{did_you_mean(lift.unit, contents)}".rstrip(".")
    attribute, _, value = lift.unit.partition(".")
    if attribute in UNITS and value:
        return None
    units = ", ".join(f"{one}.VALUE" for one in UNITS)
    return f"{lift.unit!r}: write all, {units}, or a protected content"
