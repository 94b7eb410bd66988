"""What a standing approval does not cover (D5e)."""

import pytest

from reconciler.planner.approval import objections
from reconciler.policy.guards import StandingApproval
from tests.builders import scene
from tests.planner.rules import EXISTING

ANN, BOB = "ann role=cook hired=2026-01-01", "bob role=cook hired=2026-01-01"
YOUNG = {"role": "cook", "tenure": {"less_than": "90 days"}}
PEOPLE = StandingApproval(attributions=["people"])


def grown():
    """Two cooks who are not new any more, so that they lose it: by time."""
    rule = {**EXISTING, "target": YOUNG, "on_exit": "remove"}
    return scene(ANN, BOB, **rule).apply().later(days=60)


HELD = {"all": {"remove": "1"}, "on_breach": "hold_removals"}


@pytest.mark.parametrize("guards", [{}, HELD], ids=["not held", "held by a guard"])
def test_an_attribution_that_is_not_approved(guards):
    """Held or not: an apply would remember whose doing it is, as if somebody had looked."""
    found = objections(grown().guarded(**guards).plan(), PEOPLE)
    assert [(one.attribution, one.action, one.trainees) for one in found.uncovered] == [
        ("time", "remove", 2)
    ]


def test_what_a_reviewed_apply_has_begun_is_approved_already():
    after = grown().guarded(**HELD).apply().later(days=1)
    assert not objections(after.plan(), PEOPLE)
