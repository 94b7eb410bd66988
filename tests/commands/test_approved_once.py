"""What may have changed around an approved plan, and when an approval is used up (D7b, D7g, D7i)."""

from datetime import timedelta

import pytest

from reconciler.review.saved import load_plan, save_plan
from tests.commands.test_apply import typed_for
from tests.commands.test_approving import FUTURE, GATE, HELD, KNIVES, full
from tests.execution.site import learn
from tests.execution.test_apply import enroll_by_hand
from tests.review.packing import packed_rows

ORDER = "assignments:\n  recall: {assign: course/fire-safety, target: {role: cook}}\n"


def a_janitor_is_hired(desk):
    desk.replace("roster.csv", "E5,", "E6,austin-1,janitor,2026-01-05,A\nE5,")


def somebody_leaves(desk):
    desk.replace("roster.csv", "E2,austin-1,server,2021-01-01,A", "E2,austin-1,server,2021-01-01,T")


def a_guard_is_wider(desk):
    desk.replace("reconciler.yaml", "assign: unlimited", "assign: 100")


AROUND = {
    "somebody is hired whom nothing is for": (
        a_janitor_is_hired,
        "active people: 4 in the plan, 5",
    ),
    "somebody leaves who has nothing": (somebody_leaves, "active people: 4 in the plan, 3 now"),
    "a guard lets more through": (a_guard_is_wider, "3 rows written"),
}


@pytest.mark.parametrize(("change", "said"), AROUND.values(), ids=AROUND.keys())
def test_what_changes_around_the_same_plan_is_said(desk, saved, change, said):
    """D7: the same actions, so the same plan; what is told beside them may be otherwise by now."""
    change(desk)
    answer = desk.types("apply", saved)

    assert answer.status == 0, answer.err
    assert said in answer.out
    assert len(desk.enrolled()) == 3


def test_progress_that_changes_no_action_is_no_hindrance(desk):
    """M5: an order counts who is in progress, and leaves them as they are."""
    desk.write("policies/order.yaml", ORDER)
    enroll_by_hand(desk.folder, "E3", "course/fire-safety")
    assert desk.types("plan", "-o", "plan.zip").status == 0
    learn(desk.folder, "E3", "course/fire-safety", "in_progress")

    assert desk.types("apply", "plan.zip").status == 0


def test_who_is_bound_by_a_removal_of_before_is_nothing_of_the_file(desk):
    """M3: that somebody is no longer told as bound is no row of this plan."""
    earlier = "--as-of", typed_for(timedelta(hours=-1))
    assert desk.types("plan", "-o", "first.zip", *earlier).status == 0
    assert desk.types("apply", "first.zip").status == 0
    desk.write(
        "policies/more.yaml",
        f"removals:\n  old: {{content: {KNIVES}, target: {{trainees: [E1]}}}}\n",
    )
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("policies/fire.yaml", FUTURE.replace("cook}", "server}, scope: future-and-existing"))
    assert desk.types("plan", "-o", "plan.zip").status == 0
    desk.replace("roster.csv", "E1,austin-1,cook,2020-01-01,A", "E1,austin-1,cook,2020-01-01,X")
    answer = desk.types("apply", "plan.zip")

    assert answer.status == 0, answer.err
    assert "people with the reason 'removed by order': 1 in the plan, 0 now" in answer.out


def test_how_long_plans_are_good_for_is_asked_now(desk, saved):
    desk.write("reconciler.yaml", (desk.folder / "reconciler.yaml").read_text() + LONGER)
    assert desk.types("apply", saved).status == 0


LONGER = "plans_expire_after: 2 days\n"


@pytest.fixture
def stopped(desk):
    """A saved plan of which a guard lets nothing through; then the guard is taken away."""
    desk.replace("reconciler.yaml", "assign: unlimited", "assign: 1")
    assert desk.types("plan", "-o", "plan.zip").status == 4
    assert desk.types("apply", "plan.zip").status == 4
    desk.replace("reconciler.yaml", "assign: 1", "assign: unlimited")
    return desk.folder / "plan.zip"


@pytest.mark.parametrize("option", [[], ["--within"]], ids=["file", "within"])
def test_what_was_stopped_as_a_whole_was_not_approved(desk, stopped, option):
    """D7f: nothing of it was to be applied, so it is another plan where all of it may."""
    answer = desk.types("apply", *option, stopped)
    assert (answer.status, desk.enrolled()) == (5, {})
    assert "assign" in answer.err


def test_a_file_that_hides_that_it_was_stopped_is_altered(desk, stopped):
    """D1a."""
    document, actions = load_plan(stopped)
    free = document.model_copy(update={"held": "nothing"})
    save_plan(stopped, free, packed_rows(actions))
    answer = desk.types("apply", stopped)
    assert (answer.status, "altered" in answer.err) == (5, True)


def leaves(desk, *options):
    """One is to lose it; the plan of that is saved."""
    desk.replace("policies/rules.yaml", "    due:", "    on_exit: remove\n    due:")
    assert desk.types("apply", "--auto-approve").status == 0
    desk.replace("roster.csv", "E1,austin-1,cook", "E1,austin-1,server")
    assert desk.types("plan", "-o", "plan.zip", *options).status == 0


def nothing_to_do(desk, *options):
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("policies/note.yaml", "# nothing\n")
    assert desk.types("plan", "-o", "plan.zip", *options).status == 0


@pytest.mark.parametrize("before", [leaves, nothing_to_do])
def test_what_another_run_did_leaves_nothing_to_do(desk, before):
    """D7g: another plan of the same digest was applied, which uses this approval not up."""
    before(desk, "--as-of", typed_for(timedelta(hours=1)))
    assert desk.types("apply", "--auto-approve").status == 0
    answer = desk.types("apply", "--within", "plan.zip")
    assert (answer.status, "has all of the plan of now: 0 rows" in answer.out) == (0, True)


@pytest.mark.parametrize("option", [[], ["--within"]], ids=["file", "within"])
def test_what_was_undone_since_is_not_done_again(desk, saved, option):
    """D7i: whoever approved it did so before somebody undid a part of it."""
    full(desk, 1)
    assert desk.types("apply", *option, saved).status == 6
    full(desk, None)
    assert desk.types("plan", "--undo", 1, "-o", "undo.zip").status == 0
    assert desk.types("apply", "undo.zip").status == 0
    answer = desk.types("apply", *option, saved)

    assert (answer.status, desk.enrolled()) == (5, {})
    assert "run 2 has undone that" in answer.err or "has been applied since" in answer.err


def test_rows_that_a_guard_holds_now_are_told_apart(desk):
    """G4: they are needed, and a guard holds them."""
    leaves(desk)
    settings = (desk.folder / "reconciler.yaml").read_text()
    bounds = HELD.replace("ON_BREACH", "hold_removals").replace("remove: 1", "remove: 0")
    desk.write("reconciler.yaml", f"{settings[: settings.index('guards:')]}{bounds}{GATE}")
    answer = desk.types("apply", "plan.zip")

    assert answer.status == 4, answer.err
    assert "Less than was approved: 1 row held by a guard." in answer.out
