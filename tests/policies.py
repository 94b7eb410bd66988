"""Policies made from values instead of files, by the way that files go."""

from reconciler.documents.source import Source
from reconciler.errors import InvalidPolicies
from reconciler.policy.source import joined


def policies_of(*documents):
    """Make policies, one document for each file.

    Raises:
        InvalidPolicies: With every finding.
    """
    sources = [Source(f"policies-{n}", dict(document)) for n, document in enumerate(documents, 1)]
    policies, findings, _ = joined(sources)
    if findings:
        raise InvalidPolicies(findings)
    return policies
