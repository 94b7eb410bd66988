"""Enrollments that are loaded as they are, and asked about."""

import pytest

from reconciler.lms.local.load import create
from tests.lms.contract import KNIFE, ONBOARDING
from tests.lms.test_load import CATALOG, HEADER, M

# Rows that are taken as they are, and what is asked about them.
ODD = {
    "a version to come": (
        f"ada,{KNIFE},not_started,9,{M},,\nbob,{KNIFE},completed,4,{M},,{M}\n",
        f"2 enrollments are of a version that the catalog does not have yet, such as ada's {KNIFE} (",
    ),
    "completed too early": (
        f"ada,{KNIFE},completed,3,{M},,2025-04-30T00:00:00Z\n",
        "1 enrollment is completed before the instant of the assignment, such as ada's",
    ),
    "a retake, which is no oddity": (
        f"ada,{KNIFE},not_started,3,{M},,2025-04-30T00:00:00Z\n",
        None,
    ),
    "by credit (C4), which is none": (
        f"ada,{ONBOARDING},completed,2,{M},,2025-04-30T00:00:00Z\n",
        None,
    ),
    "no version, so that of the catalog": (f"ada,{KNIFE},completed,,{M},,{M}\n", None),
}


@pytest.mark.parametrize(("rows", "asked"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_asked_about(tmp_path, rows, asked):
    """V3: taken as it is, it would be silent for good."""
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    (tmp_path / "held.csv").write_text(HEADER + rows)
    files = {"catalog": tmp_path / "catalog.yaml", "enrollments": tmp_path / "held.csv"}
    found = create(tmp_path / "lms.db", **files)
    assert len(found) == (asked is not None)
    assert all(one.detail.startswith(asked) for one in found)
