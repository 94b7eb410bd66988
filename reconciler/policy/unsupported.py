"""Words of the grammar that are not carried out yet: they are refused, never ignored."""

from collections.abc import Iterator

from reconciler.errors import Diagnostic
from reconciler.policy.source import Policies

SUMMARY = "Not supported yet"

KEYS = {"automations": ("guards",)}


def check_supported(policies: Policies) -> Iterator[Diagnostic]:
    """Find what would have to be ignored."""
    for section, keys in KEYS.items():
        for name, entry in getattr(policies, section).items():
            for key in keys:
                if key in entry.model_fields_set:
                    detail = f"This version does not carry out {key!r}. Leave the key out."
                    yield Diagnostic(policies.place(section, name, key), SUMMARY, detail)
