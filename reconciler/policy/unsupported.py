"""Words of the grammar that are not carried out yet: they are refused, never ignored."""

from collections.abc import Iterator

from reconciler.errors import Diagnostic
from reconciler.policy.source import Policies

SUMMARY = "Not supported yet"

KEYS = {
    "automations": ("renew", "on_new_version"),
    "assignments": ("courses", "in_progress", "completed"),
}
SECTIONS = ("reassignments", "removals")


def check_supported(policies: Policies) -> Iterator[Diagnostic]:
    """Find what would have to be ignored."""
    for section, keys in KEYS.items():
        for name, entry in getattr(policies, section).items():
            for key in keys:
                if key in entry.model_fields_set:
                    detail = f"This version does not carry out {key!r}. Leave the key out."
                    yield Diagnostic(policies.place(section, name, key), SUMMARY, detail)
    for name, order in policies.assignments.items():
        if order.if_assigned == "reassign":
            place = policies.place("assignments", name, "if_assigned")
            detail = "This version carries out 'if_assigned: skip' alone. Leave the key out."
            yield Diagnostic(place, SUMMARY, detail)
    for section in SECTIONS:
        for name in getattr(policies, section):
            detail = f"This version does not carry out {section!r}. Delete the entry."
            yield Diagnostic(policies.place(section, name), SUMMARY, detail)
