"""The people of a plan in numbers, and what is odd about them."""

from dataclasses import replace

from reconciler.review.headcount import headcount
from reconciler.review.notes import notes_of_people
from tests.builders import CHICAGO, named, scene


@named(
    ("hired", "number"),
    {
        "in the past": ("2020-01-01", 0),
        "within a year": ("2027-03-02", 0),
        "after more than a year": ("2027-03-04", 1),
        "in another century": ("2204-01-01", 1),
        "unknown": ("?", 0),
    },
)
def test_hired_long_ahead(hired, number):
    """A date of another year is taken as it is, and told."""
    found = headcount(scene(f"ann role=cook hired={hired}", "bob role=cook").plan())

    assert found.hired_ahead == number
    assert len(list(notes_of_people(found))) == number


def test_who_has_left_is_not_told():
    made = scene("ann role=cook hired=2204-01-01 activity=inactive", "bob role=cook").plan()

    assert headcount(made).hired_ahead == 0


@named(("hours", "number"), {"now": (0, 0), "another zone": (24, 0), "the day after": (25, 2)})
def test_completed_in_the_future(hours, number):
    """Clocks and time zones are no reason to ask; more than a day is."""
    story = scene("ann role=cook", "bob role=cook").later(hours=hours)
    story = story.enroll("ann knife completed", "bob knife completed").later(hours=-hours)
    found = headcount(replace(story, as_of=story.as_of.astimezone(CHICAGO)).plan())

    assert found.completed_ahead == number
    assert ["completed in the future" in one for one in notes_of_people(found)] == [True] * bool(
        number
    )
