"""The contract, for an LMS that lacks a capability: the tests that need it are left out."""

from functools import partial

import pytest

from tests.lms.contract import FIRE, KNIFE, ONBOARDING, LmsContract, everything, results, writes
from tests.lms.contract_effects import OPEN, LmsCredits, LmsReassigns, LmsWithdraws
from tests.lms.narrow import (
    NARROW,
    NoDueDates,
    NoNewAccounts,
    NoParts,
    NoReassignment,
    NoRemoval,
    NoWithdrawal,
)
from tests.lms.school import execute, learned, new_lms

ADA = ("ada", ONBOARDING)


@pytest.fixture
def kind(request):
    return getattr(request, "param", None)


@pytest.fixture
def lms(tmp_path, kind):
    made = new_lms(tmp_path, kind)
    for trainee in ("ada", "bob", "cleo", "dan"):
        execute(made.path, "INSERT INTO trainee VALUES (?)", trainee)
    return made


@pytest.fixture
def learn(lms):
    return partial(learned, lms.path)


@pytest.mark.parametrize("kind", NARROW, indirect=True)
class TestNarrowLms(LmsContract, LmsReassigns, LmsCredits, LmsWithdraws):
    @pytest.fixture
    def blind(self, lms):
        lms.path.unlink()
        return lms


# What an LMS without it is asked nonetheless, of ada's completed and bob's open enrollment.
ASKED = {
    "to reassign": (NoReassignment, "reassign", {"status": "completed", **OPEN}),
    "to reassign a part": (
        NoParts,
        "reassign",
        {"status": "completed", "courses": [FIRE], **OPEN},
    ),
    "to move a due date": (NoDueDates, "reschedule", {}),
    "to remove": (NoRemoval, "remove", {"status": "completed"}),
}


@pytest.mark.parametrize(
    ("kind", "verb", "asked"), ASKED.values(), ids=ASKED.keys(), indirect=["kind"]
)
def test_what_it_cannot_do_is_refused_and_changes_nothing(lms, learn, verb, asked):
    lms.assign(writes(ADA, ("bob", KNIFE)))
    learn(*ADA, "completed")
    before = everything(lms)

    assert results(getattr(lms, verb)(writes(ADA, **asked))) == {ADA: "refused"}
    assert everything(lms) == before


@pytest.mark.parametrize("kind", [NoWithdrawal], indirect=True)
def test_an_open_retake_stays_where_it_cannot_be_withdrawn(lms, learn):
    lms.assign(writes(ADA, ("bob", KNIFE)))
    learn(*ADA, "completed")
    lms.reassign(writes(ADA, status="completed", **OPEN))
    before = lms.progress([ONBOARDING]).rows()

    outcomes = lms.remove(writes(ADA, ("bob", KNIFE), status="not_started"))
    assert results(outcomes) == {ADA: "refused", ("bob", KNIFE): "done"}
    assert lms.progress([ONBOARDING]).rows() == before


@pytest.mark.parametrize("kind", [NoNewAccounts], indirect=True)
def test_who_has_no_account_is_refused_and_gets_none(lms):
    assert results(lms.assign(writes(("eve", KNIFE)))) == {("eve", KNIFE): "refused"}
    assert "eve" not in lms.accounts()
