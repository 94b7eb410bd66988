"""How long a completion counts, in calendar days (A11, A11a, P7)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.policy.model import Renew
from tests.builders import named

DAYS = st.dates(date(1990, 1, 1), date(2080, 1, 1))
EVERY = st.sampled_from(["12 months", "1 year", "5 years", "3 months", "90 days", "52 weeks"])
OPEN = st.sampled_from(["1 day", "30 days", "1 month", "2 weeks", "0 days"])


@named(
    ("every", "before", "completed", "opens"),
    {
        "a year less a month of days": ("12 months", "30 days", "2025-04-02", "2026-03-03"),
        "a leap day": ("12 months", "30 days", "2024-02-29", "2025-01-29"),
        "into a leap year": ("1 year", "1 day", "2023-03-01", "2024-02-29"),
        "cut to the end of the month, twice": ("3 months", "1 month", "2025-11-30", "2026-01-28"),
        "months of different length": ("1 month", "1 week", "2026-01-31", "2026-02-21"),
    },
)
def test_when_a_renewal_opens(every, before, completed, opens):
    renew = Renew(every=every, open=before)

    assert str(renew.opens(date.fromisoformat(completed))) == opens


@given(EVERY, OPEN, DAYS)
def test_the_latest_completion_that_is_renewed(every, before, today):
    """C7a: all completions up to it are renewed by today, and none after it."""
    renew = Renew(every=every, open=before)
    day = renew.latest_completion(today)

    assert renew.opens(day) <= today < renew.opens(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("every", "before"),
    [("1 month", "1 month"), ("30 days", "31 days"), ("1 month", "30 days"), ("0 days", "0 days")],
)
def test_open_is_shorter_than_every(every, before):
    with pytest.raises(ValidationError, match="must be shorter than every"):
        Renew(every=every, open=before)


def test_nobody_is_renewed_before_the_first_year():
    assert Renew(every="9000 years", open="1 day").latest_completion(date(2026, 1, 1)) is None
