"""What an LMS may be unable to do (D6)."""

import pytest

from reconciler.frames import Capabilities
from reconciler.planner.actions import Action, incapable


@pytest.mark.parametrize(
    ("missing", "action", "content", "cannot"),
    [
        (None, Action.ASSIGN, "module/start", False),
        (None, Action.REMOVE, "course/knife", False),
        (None, Action.RESCHEDULE, "course/knife", False),
        ("modules", Action.ASSIGN, "module/start", True),
        ("modules", Action.ASSIGN, "course/knife", False),
        ("removes", Action.REMOVE, "course/knife", True),
        ("removes", Action.ASSIGN, "course/knife", False),
        ("due_dates", Action.RESCHEDULE, "course/knife", True),
        ("due_dates", Action.REMOVE, "course/knife", False),
    ],
)
def test_what_an_lms_cannot_do(missing, action, content, cannot):
    capabilities = Capabilities(**({missing: False} if missing else {}))

    assert incapable(capabilities, action, content) is cannot
