"""New versions, courses that come into a module and leave it, and catalog files taken over (V)."""

import pytest

from reconciler.errors import InvalidWorkspace, WrongUse
from reconciler.lms.local.learning import complete, start
from reconciler.lms.local.publishing import load_catalog, publish
from reconciler.lms.local.show import of_trainee
from tests.lms.contract import FIRE, JUNE, KNIFE, MAY, ONBOARDING, REFRESHER, writes
from tests.lms.contract_effects import OPEN, held, inside
from tests.lms.school import CATALOG, new_lms

ADA, BOB, CLEO = (("ada", ONBOARDING), ("bob", ONBOARDING), ("cleo", ONBOARDING))
LABELS = "course/labels"
MORE = CATALOG.replace("modules:", "  labels: {title: Labels, version: 2}\nmodules:")


@pytest.fixture
def lms(tmp_path):
    """Of onboarding ada has completed all, bob has completed knife and cleo has started nothing."""
    lms = new_lms(tmp_path)
    lms.assign(writes(ADA, BOB, CLEO))
    complete(lms.path, *ADA, course=None, at=JUNE)
    complete(lms.path, *BOB, course=KNIFE, at=JUNE)
    return lms


@pytest.fixture
def load(lms, tmp_path):
    """Takes a catalog over that is given as text."""

    def load(text):
        (tmp_path / "new.yaml").write_text(text)
        return load_catalog(lms.path, tmp_path / "new.yaml")

    return load


def course_statuses(lms, pair):
    return {one["course"]: one["status"] for one in inside(lms, *pair)}


def test_a_new_version_changes_no_enrollment(lms):
    before = lms.holdings([ONBOARDING]).rows(), lms.progress([ONBOARDING]).rows()

    assert (publish(lms.path, KNIFE), publish(lms.path, ONBOARDING)) == (4, 3)
    assert {id_: lms.catalog()[id_].version for id_ in (KNIFE, ONBOARDING, FIRE)} == {
        KNIFE: 4,
        ONBOARDING: 3,
        FIRE: 1,
    }
    assert (lms.holdings([ONBOARDING]).rows(), lms.progress([ONBOARDING]).rows()) == before, "V3"


def test_a_course_that_comes_into_a_module_is_to_be_taken_in_open_enrollments(lms, load):
    load(MORE)
    publish(lms.path, ONBOARDING, courses=[LABELS, KNIFE, FIRE])

    assert lms.catalog()[ONBOARDING].courses == (LABELS, KNIFE, FIRE)
    assert course_statuses(lms, ADA) == {FIRE: "completed", KNIFE: "completed"}, "V2"
    assert course_statuses(lms, BOB) == {
        FIRE: "not_started",
        KNIFE: "completed",
        LABELS: "not_started",
    }, "V1"
    assert inside(lms, *CLEO)[2]["version"] == 2
    assert held(lms, *BOB)["version"] == 2, "V3"


def test_a_course_that_leaves_a_module_is_dropped_from_open_enrollments(lms):
    start(lms.path, *CLEO, course=FIRE, at=JUNE)
    publish(lms.path, ONBOARDING, courses=[KNIFE])

    assert course_statuses(lms, ADA) == {FIRE: "completed", KNIFE: "completed"}, "V2"
    assert course_statuses(lms, CLEO) == {KNIFE: "not_started"}, "V1"
    row = held(lms, *BOB)
    assert (row["status"], row["completed"], row["version"]) == ("completed", JUNE, 3)


def test_a_completion_in_a_course_that_left_is_kept_as_history(lms):
    publish(lms.path, ONBOARDING, courses=[FIRE])

    assert held(lms, *BOB)["status"] == "in_progress"
    assert course_statuses(lms, BOB) == {FIRE: "not_started", KNIFE: "completed"}
    record = of_trainee(lms, "bob")
    assert record.progress["course"].to_list() == [FIRE]
    assert record.history.rows() == [(ONBOARDING, KNIFE, 3, JUNE)], "R3"
    lms.assign(writes(("bob", REFRESHER)))
    assert held(lms, "bob", REFRESHER)["completed"] == JUNE, "C1a"


def test_a_retake_of_a_course_that_leaves_ends_with_it(lms):
    lms.reassign(writes(ADA, status="completed", courses=[KNIFE], **OPEN))
    publish(lms.path, ONBOARDING, courses=[FIRE])

    row = held(lms, *ADA)
    assert (row["status"], row["completed"], row["version"]) == ("completed", JUNE, 3)
    assert course_statuses(lms, ADA) == {FIRE: "completed", KNIFE: "completed"}


def test_a_course_that_comes_back_begins_anew(lms):
    publish(lms.path, ONBOARDING, courses=[FIRE])
    publish(lms.path, ONBOARDING, courses=[FIRE, KNIFE])

    knife = inside(lms, *BOB)[1]
    assert (knife["status"], knife["completed"]) == ("not_started", JUNE), "V1"


def test_another_order_of_the_courses_is_a_new_version_and_no_more(lms):
    before = lms.progress([ONBOARDING]).rows()
    assert publish(lms.path, ONBOARDING, courses=[FIRE, KNIFE]) == 3
    assert lms.progress([ONBOARDING]).rows() == before


# What cannot be published.
REFUSED = {
    "unknown content": (("module/onbording", None), "Did you mean 'module/onboarding'"),
    "courses of a course": ((KNIFE, [FIRE]), "is a course"),
    "no courses": ((ONBOARDING, []), "at least one"),
    "unknown course": ((ONBOARDING, ["course/knive"]), "Did you mean 'course/knife'"),
    "a module in a module": ((ONBOARDING, [REFRESHER]), "no module/refresher"),
    "a course twice": ((ONBOARDING, [KNIFE, KNIFE]), "twice"),
}


@pytest.mark.parametrize(("asked", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_published_is_told(lms, asked, message):
    before = lms.catalog()
    with pytest.raises(WrongUse, match=message):
        publish(lms.path, asked[0], courses=asked[1])
    assert lms.catalog() == before


def test_the_same_file_changes_nothing(lms, load):
    before = lms.catalog()
    assert not any(load(CATALOG))
    assert lms.catalog() == before


def test_what_is_new_renamed_or_withdrawn_in_a_file_is_taken_over(lms, load):
    file = MORE.replace("title: Fire drill", "title: Fire, minutes: 5").replace(
        "  refresher: {title: Refresher, courses: [knife]}\n", ""
    )
    changes = load(file)

    assert (changes.added, changes.edited, changes.withdrawn) == ((LABELS,), (FIRE,), (REFRESHER,))
    assert changes.published == {}
    catalog = lms.catalog()
    assert set(catalog) == {FIRE, KNIFE, LABELS, ONBOARDING}
    assert (catalog[FIRE].title, catalog[FIRE].minutes, catalog[LABELS].version) == ("Fire", 5, 2)


# What a file says of versions and courses, and what is published then.
FILES = {
    "a higher version": (CATALOG.replace("version: 3", "version: 6"), {KNIFE: 6}),
    "other courses": (CATALOG.replace("[knife, fire]", "[knife]"), {ONBOARDING: 3}),
    "other courses, and the version that gives": (
        CATALOG.replace("2, courses: [knife, fire]", "3, courses: [knife]"),
        {ONBOARDING: 3},
    ),
    "a lower version": (CATALOG.replace("version: 3", "version: 2"), {}),
}


@pytest.mark.parametrize(("file", "published"), FILES.values(), ids=FILES.keys())
def test_a_higher_version_and_other_courses_publish(lms, load, file, published):
    before = {id_: content.version for id_, content in lms.catalog().items()}

    assert load(file).published == published
    after = {id_: content.version for id_, content in lms.catalog().items()}
    assert after == before | published


def test_a_version_that_is_newer_than_the_files_is_told(load):
    assert load(CATALOG.replace("version: 3", "version: 2")).newer == {KNIFE: 3}


def test_other_courses_in_a_file_have_the_effects_of_publishing(lms, load):
    load(MORE.replace("[knife, fire]", "[fire, labels]"))

    assert course_statuses(lms, CLEO) == {FIRE: "not_started", LABELS: "not_started"}
    assert inside(lms, *CLEO)[1]["version"] == 2


def test_what_somebody_is_enrolled_in_is_not_withdrawn(lms, load):
    lms.assign(writes(("ada", KNIFE), assigned=MAY))
    before = lms.catalog()
    file = "courses: {fire: {title: Fire drill}}\n"

    with pytest.raises(WrongUse) as error:
        load(file)
    assert "course/knife is not in" in str(error.value)
    assert "module/onboarding is not in" in str(error.value)
    assert "Enrolled in it: 3." in str(error.value)
    assert "module/refresher" not in str(error.value)
    assert lms.catalog() == before


def test_a_module_whose_courses_still_give_credit_is_not_withdrawn(tmp_path):
    lms = new_lms(tmp_path)
    lms.assign(writes(BOB))
    complete(lms.path, *BOB, course=KNIFE, at=JUNE)
    lms.remove(writes(BOB, status="in_progress"))
    (tmp_path / "new.yaml").write_text(CATALOG.replace("onboarding", "welcome"))

    with pytest.raises(WrongUse, match=r"module/onboarding is not in .* Credited .*: 1"):
        load_catalog(lms.path, tmp_path / "new.yaml")
    assert ONBOARDING in lms.catalog()


def test_a_course_goes_although_it_was_completed_in_a_module_once(lms, load):
    publish(lms.path, ONBOARDING, courses=[FIRE])
    publish(lms.path, REFRESHER, courses=[FIRE])
    file = "courses: {fire: {title: Fire drill}}\nmodules:\n" + "".join(
        f"  {name}: {{title: {name.title()}, courses: [fire]}}\n"
        for name in ("onboarding", "refresher")
    )

    assert load(file).withdrawn == (KNIFE,)
    assert of_trainee(lms, "bob").history.rows() == [(ONBOARDING, KNIFE, 3, JUNE)]


def test_a_broken_file_changes_nothing(lms, load):
    before = lms.catalog()
    with pytest.raises(InvalidWorkspace):
        load("courses: {knife: {}}\n")
    assert lms.catalog() == before
