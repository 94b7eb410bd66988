"""What every LMS promises, as tests. An adapter's tests inherit one of the two classes.

A guide for the author of the next adapter: ``LmsReads`` for a system that can only be read, and
``LmsContract`` for one that is written too. Give the fixtures that the class names; the tests that
a system cannot pass for want of a capability skip themselves. Never mock: let the fixtures speak
to a real file, or to a fake server that runs in the test.
"""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.errors import FrameMismatch, LmsUnfit
from reconciler.frames import HOLDINGS, OUTCOMES, PROGRESS, WRITES

MAY, JUNE, JULY = (datetime(2025, month, 1, 9, 30, tzinfo=UTC) for month in (5, 6, 7))
FIRE, KNIFE = "course/fire", "course/knife"
ONBOARDING, REFRESHER = "module/onboarding", "module/refresher"
MODULES = [ONBOARDING, REFRESHER]
EVERYTHING = [FIRE, KNIFE, *MODULES]
NONE_SUCH = "course/none-such"
NEEDED = {"reassign": "reassigns", "reschedule": "due_dates", "remove": "removes"}
DONE = {("ada", KNIFE): "done"}
REST = ("courses", "resets", "credit_after", "credit_current")


class LmsReads:
    """Reading. Give ``lms_with`` and ``blind``.

    ``lms_with(*rows)`` is an LMS that offers course/fire (version 1), course/knife (version 3),
    module/onboarding (version 2: course/knife, then course/fire) and module/refresher (version 1:
    course/knife). Each row is (trainee, content, status): that is what it holds, all assigned in
    MAY, due in JULY; completed ones in JUNE. The trainees are among ada, bob, cleo and dan, who
    have accounts.

    ``blind`` is an LMS whose enrollments cannot be seen: no rights, no session, no file.
    """

    def test_the_catalog_has_versions_and_the_courses_of_a_module_in_order(self, lms_with):
        catalog = lms_with(("ada", FIRE, "completed")).catalog()

        assert {id_: content.version for id_, content in catalog.items()} == {
            FIRE: 1,
            KNIFE: 3,
            ONBOARDING: 2,
            REFRESHER: 1,
        }
        assert catalog[ONBOARDING].courses == (KNIFE, FIRE)
        assert all(content.id == id_ for id_, content in catalog.items())

    def test_an_enrollment_is_read_whole(self, lms_with):
        lms = lms_with(("ada", KNIFE, "completed"))
        held = HOLDINGS.check(lms.holdings([KNIFE]))

        row = held.row(0, named=True)
        assert (row["trainee"], row["content"], row["status"]) == ("ada", KNIFE, "completed")
        assert (row["version"], row["completed"]) == (3, JUNE)
        assert (row["assigned"], row["due"]) == (MAY, due_of(lms))

    def test_what_is_not_completed_has_no_completion(self, lms_with):
        rows = (("ada", FIRE, "not_started"), ("bob", FIRE, "in_progress"))
        held = lms_with(*rows).holdings([FIRE])

        assert dict(held.select("trainee", "status").rows()) == {
            "ada": "not_started",
            "bob": "in_progress",
        }
        assert held["completed"].null_count() == 2

    def test_only_what_is_asked_for_is_read(self, lms_with):
        lms = lms_with(("ada", FIRE, "completed"), ("bob", KNIFE, "not_started"))

        assert lms.holdings([FIRE])["trainee"].to_list() == ["ada"]
        assert sorted(lms.holdings([KNIFE, FIRE])["trainee"]) == ["ada", "bob"]

    @pytest.mark.parametrize("contents", [[], [KNIFE], [NONE_SUCH]], ids=str)
    def test_nobody_is_an_empty_frame(self, lms_with, contents):
        lms = lms_with(("ada", FIRE, "completed"))

        assert HOLDINGS.check(lms.holdings(contents)).is_empty()
        assert PROGRESS.check(lms.progress(contents)).is_empty()

    def test_progress_has_every_course_of_every_enrollment_in_a_module(self, lms_with):
        lms = lms_with(("ada", ONBOARDING, "not_started"), ("bob", ONBOARDING, "completed"))
        needs(lms, "modules")

        progress = PROGRESS.check(lms.progress([ONBOARDING]))
        found = progress.sort("trainee", "course").drop("module").rows()
        assert found == [
            ("ada", FIRE, "not_started", 1, None, None),
            ("ada", KNIFE, "not_started", 3, None, None),
            ("bob", FIRE, "completed", 1, JUNE, 1),
            ("bob", KNIFE, "completed", 3, JUNE, 3),
        ]

    def test_a_course_alone_is_no_progress_in_a_module(self, lms_with):
        assert lms_with(("ada", KNIFE, "in_progress")).progress([ONBOARDING]).is_empty()

    def test_who_holds_something_has_an_account(self, lms_with):
        accounts = lms_with(("ada", FIRE, "completed")).accounts()

        assert accounts is None or "ada" in accounts

    def test_not_seeing_is_never_told_as_nobody(self, blind):
        with pytest.raises(LmsUnfit):
            blind.holdings(EVERYTHING)
        with pytest.raises(LmsUnfit):
            blind.progress([ONBOARDING])


class LmsContract(LmsReads):
    """Reading and writing. Give ``lms``, ``learn`` and ``blind``; ``lms_with`` follows from them.

    ``lms`` is the LMS that ``LmsReads`` describes, with nobody enrolled. ``learn(trainee, content,
    status)`` does what a trainee does there until that enrollment has that status, and in a
    module its courses, "completed" in JUNE.
    """

    @pytest.fixture
    def lms_with(self, lms, learn):
        def make(*rows):
            lms.assign(writes(*(row[:2] for row in rows)))
            for row in rows:
                learn(*row)
            return lms

        return make

    # Assigning

    def test_what_is_assigned_is_held(self, lms):
        outcomes = lms.assign(writes(("ada", KNIFE), ("bob", FIRE)))

        assert results(outcomes) == {("ada", KNIFE): "done", ("bob", FIRE): "done"}
        assert lms.holdings(EVERYTHING).sort("trainee").rows() == [
            ("ada", KNIFE, "not_started", 3, MAY, due_of(lms), None),
            ("bob", FIRE, "not_started", 1, MAY, due_of(lms), None),
        ]

    def test_assigning_without_a_due_date(self, lms):
        lms.assign(writes(("ada", KNIFE), due=None))

        assert lms.holdings([KNIFE])["due"].to_list() == [None]

    def test_assigning_again_changes_nothing(self, lms, learn):
        lms.assign(writes(("ada", KNIFE), ("ada", ONBOARDING)))
        learn("ada", KNIFE, "in_progress")
        before = everything(lms)

        outcomes = lms.assign(writes(("ada", KNIFE), ("ada", ONBOARDING), assigned=JUNE, due=None))
        assert set(results(outcomes).values()) == {"already"}
        assert everything(lms) == before

    def test_a_course_and_a_module_with_it_are_apart(self, lms, learn):
        lms.assign(writes(("ada", KNIFE), ("ada", ONBOARDING)))
        learn("ada", KNIFE, "completed")

        assert statuses(lms) == {("ada", KNIFE): "completed", ("ada", ONBOARDING): "not_started"}
        assert set(lms.progress([ONBOARDING])["status"]) == {"not_started"}

    def test_a_new_module_begins_with_every_course_not_started(self, lms):
        needs(lms, "modules")
        lms.assign(writes(("ada", ONBOARDING)))

        progress = lms.progress([ONBOARDING]).sort("course")
        assert progress.select("course", "status", "version", "completed").rows() == [
            (FIRE, "not_started", 1, None),
            (KNIFE, "not_started", 3, None),
        ]

    def test_a_refused_row_stops_no_other(self, lms):
        outcomes = lms.assign(writes(("ada", NONE_SUCH), ("bob", KNIFE)))

        assert results(outcomes) == {("ada", NONE_SUCH): "refused", ("bob", KNIFE): "done"}
        assert statuses(lms) == {("bob", KNIFE): "not_started"}
        assert NONE_SUCH not in lms.catalog()

    def test_a_refusal_says_why(self, lms):
        outcomes = lms.assign(writes(("ada", NONE_SUCH), ("bob", KNIFE)))

        details = dict(outcomes.select("trainee", "detail").rows())
        assert (bool(details["ada"]), details["bob"]) == (True, None)

    def test_who_has_no_account_gets_one_or_is_refused(self, lms):
        outcomes = lms.assign(writes(("newcomer", KNIFE)))

        if lms.capabilities.creates_accounts:
            assert results(outcomes) == {("newcomer", KNIFE): "done"}
            assert "newcomer" in lms.accounts()
        else:
            assert results(outcomes) == {("newcomer", KNIFE): "refused"}

    def test_ids_are_taken_as_they_are(self, lms):
        if not lms.capabilities.creates_accounts:
            pytest.skip("does not apply: the accounts of this LMS have the ids that it allows")
        odd = [
            "0042", "42", "NO", "0873e5385106", "Zoë", "o'hara", 'a"b', "a,b", "a b", "ADA", "ada",
        ]  # fmt: skip
        lms.assign(writes(*((id_, KNIFE) for id_ in odd)))

        assert sorted(lms.holdings([KNIFE])["trainee"]) == sorted(odd)

    def test_many_are_assigned_at_once(self, lms):
        if not lms.capabilities.creates_accounts:
            pytest.skip("does not apply: this LMS has no accounts for so many")
        many = writes(*((f"E{number}", KNIFE) for number in range(lms.capabilities.batch_size)))

        assert set(OUTCOMES.check(lms.assign(many))["result"]) == {"done"}
        assert lms.holdings([KNIFE]).height == many.height

    # Due dates

    def test_a_due_date_is_moved_and_nothing_else(self, lms, learn):
        needs(lms, "due_dates")
        lms.assign(writes(("ada", KNIFE), ("bob", KNIFE)))
        learn("ada", KNIFE, "in_progress")
        before = lms.holdings([KNIFE]).sort("trainee").drop("due").rows()

        outcomes = lms.reschedule(writes(("ada", KNIFE), assigned=JULY, due=JUNE))
        assert results(outcomes) == {("ada", KNIFE): "done"}
        held = lms.holdings([KNIFE]).sort("trainee")
        assert held["due"].to_list() == [JUNE, JULY]
        assert held.drop("due").rows() == before

    def test_a_due_date_is_taken_away_and_given(self, lms):
        needs(lms, "due_dates")
        lms.assign(writes(("ada", KNIFE)))

        for due in (None, JUNE):
            assert results(lms.reschedule(writes(("ada", KNIFE), due=due))) == DONE
            assert lms.holdings([KNIFE])["due"].to_list() == [due]

    @pytest.mark.parametrize("due", [JULY, None], ids=["a day", "none"])
    def test_a_due_date_that_is_so_already_is_not_written(self, lms, due):
        needs(lms, "due_dates")
        lms.assign(writes(("ada", KNIFE), due=due))

        outcomes = lms.reschedule(writes(("ada", KNIFE), due=due))
        assert results(outcomes) == {("ada", KNIFE): "already"}

    def test_instants_are_compared_at_the_precision_of_the_lms(self, lms):
        needs(lms, "due_dates")
        lms.assign(writes(("ada", KNIFE)))

        near = JULY + lms.capabilities.precision - timedelta(microseconds=1)
        outcomes = lms.reschedule(writes(("ada", KNIFE), due=near))
        assert results(outcomes) == {("ada", KNIFE): "already"}
        assert lms.holdings([KNIFE])["due"].to_list() == [JULY]

    def test_what_is_not_open_has_no_due_date_to_move(self, lms, learn):
        needs(lms, "due_dates")
        lms.assign(writes(("ada", KNIFE)))
        learn("ada", KNIFE, "completed")
        before = everything(lms)

        outcomes = lms.reschedule(writes(("ada", KNIFE), ("bob", KNIFE), due=JUNE))
        assert results(outcomes) == {("ada", KNIFE): "skipped", ("bob", KNIFE): "skipped"}
        assert everything(lms) == before

    # Removing

    def test_what_is_removed_is_gone_and_nothing_else(self, lms):
        needs(lms, "removes")
        lms.assign(writes(("ada", KNIFE), ("ada", FIRE), ("bob", KNIFE)))

        assert results(lms.remove(writes(("ada", KNIFE), status="not_started"))) == DONE
        assert set(statuses(lms)) == {("ada", FIRE), ("bob", KNIFE)}

    def test_what_is_in_progress_is_removed_where_that_was_seen(self, lms, learn):
        needs(lms, "removes")
        lms.assign(writes(("ada", KNIFE)))
        learn("ada", KNIFE, "in_progress")

        assert results(lms.remove(writes(("ada", KNIFE), status="in_progress"))) == DONE
        assert statuses(lms) == {}

    @pytest.mark.parametrize("seen", ["not_started", "unknown", None])
    def test_what_has_changed_since_the_plan_stays(self, lms, learn, seen):
        needs(lms, "removes")
        lms.assign(writes(("ada", KNIFE), ("bob", KNIFE)))
        learn("ada", KNIFE, "in_progress")

        outcomes = lms.remove(writes(("ada", KNIFE), status=seen))
        assert results(outcomes) == {("ada", KNIFE): "skipped"}
        assert statuses(lms)["ada", KNIFE] == "in_progress"

    @pytest.mark.parametrize("seen", ["completed", "not_started", None])
    @pytest.mark.parametrize("content", [KNIFE, ONBOARDING])
    def test_nothing_completed_is_removed(self, lms, learn, content, seen):
        needs(lms, "removes")
        lms.assign(writes(("ada", content), ("bob", content)))
        learn("ada", content, "completed")

        outcomes = lms.remove(writes(("ada", content), ("bob", content), status=seen))
        assert results(outcomes)["ada", content] == "refused", "D3"
        assert statuses(lms)["ada", content] == "completed"

    def test_a_refused_removal_stops_no_other(self, lms, learn):
        needs(lms, "removes")
        lms.assign(writes(("ada", KNIFE), ("bob", KNIFE)))
        learn("ada", KNIFE, "completed")

        rows = writes(("ada", KNIFE), ("bob", KNIFE), ("cleo", KNIFE), status="not_started")
        assert results(lms.remove(rows)) == {
            ("ada", KNIFE): "refused",
            ("bob", KNIFE): "done",
            ("cleo", KNIFE): "already",
        }
        assert set(statuses(lms)) == {("ada", KNIFE)}

    def test_removing_again_changes_nothing(self, lms):
        needs(lms, "removes")
        lms.assign(writes(("ada", KNIFE)))
        lms.remove(writes(("ada", KNIFE), status="not_started"))

        outcomes = lms.remove(writes(("ada", KNIFE), status="not_started"))
        assert results(outcomes) == {("ada", KNIFE): "already"}

    def test_a_module_is_removed_with_its_progress_and_begins_anew(self, lms):
        needs(lms, "removes")
        needs(lms, "modules")
        lms.assign(writes(("ada", ONBOARDING), ("bob", ONBOARDING)))
        lms.remove(writes(("ada", ONBOARDING), status="not_started"))

        assert set(lms.progress([ONBOARDING])["trainee"]) == {"bob"}
        lms.assign(writes(("ada", ONBOARDING)))
        assert lms.progress([ONBOARDING]).height == 4

    # All writes

    @pytest.mark.parametrize("verb", ["assign", "reassign", "reschedule", "remove"])
    def test_every_row_has_one_outcome(self, lms, verb):
        given = writes(("ada", KNIFE), ("bob", FIRE), ("cleo", ONBOARDING), ("dan", KNIFE))
        outcomes = OUTCOMES.check(getattr(lms, verb)(given))

        assert sorted(outcomes.select("trainee", "content").rows()) == sorted(
            given.select("trainee", "content").rows()
        )

    @pytest.mark.parametrize("verb", ["assign", "reassign", "reschedule", "remove"])
    def test_no_rows_are_no_outcomes(self, lms, verb):
        assert OUTCOMES.check(getattr(lms, verb)(writes())).is_empty()
        assert statuses(lms) == {}

    @pytest.mark.parametrize("verb", ["assign", "reassign", "reschedule", "remove"])
    def test_a_row_that_is_asked_for_twice_is_a_mistake_of_the_caller(self, lms, verb):
        with pytest.raises(FrameMismatch):
            getattr(lms, verb)(writes(("ada", KNIFE), ("ada", KNIFE)))
        assert statuses(lms) == {}

    @pytest.mark.parametrize("verb", ["reassign", "reschedule", "remove"])
    def test_unknown_content_is_refused(self, lms, verb):
        needs(lms, NEEDED[verb])
        lms.assign(writes(("ada", KNIFE)))
        given = writes(("ada", NONE_SUCH), ("ada", KNIFE), due=JUNE, status="not_started")
        outcomes = results(getattr(lms, verb)(given))

        assert outcomes.pop(("ada", NONE_SUCH)) == "refused"
        assert outcomes in ({("ada", KNIFE): "done"}, {("ada", KNIFE): "already"})

    def test_the_order_of_rows_is_of_no_account(self, lms):
        given = writes(("ada", KNIFE), ("bob", NONE_SUCH), ("cleo", ONBOARDING))
        forward = results(lms.assign(given.sort("content")))

        assert forward == {
            ("cleo", ONBOARDING): "done",
            ("bob", NONE_SUCH): "refused",
            ("ada", KNIFE): "done",
        }


def writes(*pairs, assigned=MAY, due=JULY, status=None, **rest):
    """WRITES for (trainee, content) pairs that share the rest."""
    shared = (rest.pop(name, None) for name in REST)
    values = (assigned, due, status, *shared)
    assert not rest, f"unknown: {rest}"
    return WRITES.of(*((*pair, *values) for pair in pairs))


def results(outcomes):
    return {(row[0], row[1]): row[2] for row in OUTCOMES.check(outcomes).rows()}


def statuses(lms):
    return {(row[0], row[1]): row[2] for row in HOLDINGS.check(lms.holdings(EVERYTHING)).rows()}


def everything(lms):
    return sorted(lms.holdings(EVERYTHING).rows()), sorted(lms.progress(MODULES).rows())


def due_of(lms):
    """What becomes of a due date of JULY."""
    return JULY if lms.capabilities.due_dates else None


def needs(lms, capability):
    if not getattr(lms.capabilities, capability):
        pytest.skip(f"does not apply: this LMS has not {capability}")
