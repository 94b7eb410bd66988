"""The words of a plan: the verdict, numbers with their nouns, and a word for every reason."""

import pytest

from reconciler.planner.reasons import Reason
from reconciler.review.words import REASONS, count, hours, verdict

NOTHING = dict.fromkeys(
    ("assign", "restore", "reschedule", "remove", "withdrawn", "trainees", "ledger_changes"), 0
) | {"losses": {"restart": 0, "retake": 0}}

VERDICTS = {
    "nothing": ({}, "No changes: nothing is to be assigned, removed or moved."),
    "notes alone": (
        {"ledger_changes": 3},
        "This plan changes nobody's training; it only notes what the rules say now.",
    ),
    "one": ({"assign": 1, "trainees": 1}, "This plan assigns 1 training, for 1 person in all."),
    "all kinds": (
        {
            "assign": 1200,
            "restore": 200,
            "losses": {"restart": 3, "retake": 1},
            "remove": 5,
            "withdrawn": 4,
            "reschedule": 2,
            "trainees": 900,
        },
        (
            "This plan assigns 1,000 trainings, gives back 200 removed trainings, restarts 3 trainings "
            "in progress, has 1 completed training taken again, removes 1 training, withdraws 4 "
            "retakes and moves 2 due dates, for 900 people in all."
        ),
    ),
}


@pytest.mark.parametrize(("totals", "text"), VERDICTS.values(), ids=VERDICTS.keys())
def test_verdict(totals, text):
    assert verdict(NOTHING | totals) == text


def test_hours():
    assert [hours(n) for n in (1, 119, 120, 90_000)] == [
        "1 minute",
        "119 minutes",
        "2 hours",
        "1,500 hours",
    ]


def test_count():
    assert [count(n, "person", "people") for n in (0, 1, 2)] == ["0 people", "1 person", "2 people"]
    assert count(1200, "row") == "1,200 rows"


def test_every_reason_has_its_words():
    assert set(REASONS) == {str(reason) for reason in Reason}, "D4"


def test_every_attribution_has_words_of_its_own():
    """One that is new must be said everywhere, or a plan with it could not be shown."""
    from reconciler.planner.attribution import Attribution
    from reconciler.review.approval import WHOSE
    from reconciler.review.attribution import MEANINGS

    assert set(WHOSE) == set(MEANINGS) == set(Attribution)
