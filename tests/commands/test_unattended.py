"""`apply --standing`: inside of the standing approval, or not at all."""

import sqlite3
from contextlib import closing

import pytest

from reconciler.workspace import open_workspace

APPROVAL = """\
standing_approval:
  attributions: [people, time]
  all: {assign: 5, remove: 2}
  location: {assign: 3}
"""
EXITS = "    on_exit: remove\n"


@pytest.fixture
def nightly(desk):
    """A desk with a standing approval, after a reviewed apply."""
    desk.replace("reconciler.yaml", "lineage:", APPROVAL + "lineage:")
    desk.replace("policies/rules.yaml", "    due:", f"{EXITS}    due:")
    desk.write("roster.csv", roster())
    assert desk.types("apply", "--auto-approve").status == 0
    return desk


def roster(*, austin=0, boston=0, left=0):
    """Six cooks of whom some have left, and newcomers at two locations."""
    head = "id,store,jobs,hired,status\n"
    crew = [
        f"C{n},austin-1,{'server' if n <= left else 'cook'},2020-01-01,A\n" for n in range(1, 7)
    ]
    new = [f"A{n},austin-1,cook,2026-01-01,A\n" for n in range(austin)]
    new += [f"B{n},boston-1,cook,2026-01-01,A\n" for n in range(boston)]
    return head + "".join([*crew, *new])


# the story: what happens to the roster, the status, how many are enrolled then, what is said
PEOPLE = {
    "nothing": ({}, 0, 6, "No changes"),
    "a few come": ({"austin": 3, "boston": 2}, 0, 11, "5 rows written"),
    "two leave": ({"left": 2}, 0, 4, "2 rows written"),
    "too many come": ({"austin": 3, "boston": 3}, 4, 6, "6 assignments in all on one day; approved are at most 5"),
    "too many come to one location": (
        {"austin": 4}, 4, 6, "4 assignments in location.austin-1 on one day; approved are at most 3",
    ),
    "too many leave": ({"left": 3}, 4, 6, "3 removals in all on one day; approved are at most 2."),
}  # fmt: skip


@pytest.mark.parametrize(("people", "status", "enrolled", "said"), PEOPLE.values(), ids=PEOPLE)
def test_people(nightly, people, status, enrolled, said):
    nightly.write("roster.csv", roster(**people))
    before = nightly.files()
    answer = nightly.types("apply", "--standing")

    assert answer.status == status, answer.err
    assert said in " ".join(answer.out.split())
    assert len(nightly.enrolled()) == enrolled
    if status:
        assert "Outside of the standing approval: nothing was written." in answer.out
        assert nightly.files() == before


def test_a_ceiling_is_of_a_day_and_not_of_a_run(nightly):
    nightly.write("roster.csv", roster(austin=3))
    assert nightly.types("apply", "--standing").status == 0
    nightly.write("roster.csv", roster(austin=3, boston=2))
    assert nightly.types("apply", "--standing").status == 0
    nightly.write("roster.csv", roster(austin=3, boston=3))
    answer = nightly.types("apply", "--standing")
    assert answer.status == 4
    assert "assigns 1 training," in answer.out
    assert "6 assignments in all on one day, 5 of them already; approved" in answer.out
    assert nightly.types("apply", "--auto-approve").status == 0


def test_the_next_day_begins_anew(nightly):
    nightly.write("roster.csv", roster(austin=3, boston=2))
    assert nightly.types("apply", "--standing").status == 0
    day = nightly_day(nightly)
    assert [key.owner for key in day] == [f"{day[0].owner[:10]}.assign"]
    forget_a_day(nightly)
    nightly.write("roster.csv", roster(austin=3, boston=5))
    assert nightly.types("apply", "--standing").status == 0
    assert len(nightly_day(nightly)) == 1, "the day before is forgotten"


def nightly_day(desk):
    state = open_workspace(desk.folder).ledger().state()
    return [key for key in state.sets if key.kind == "today"]


def forget_a_day(desk):
    """What was done today was done the day before."""
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE members SET owner = '2020-01-01.assign' WHERE kind = 'today'")


NEW = """\
  fire:
    assign: course/fire-safety
    target: {role: cook}
    scope: future-and-existing
"""


def test_a_policy_is_never_applied_unreviewed(nightly):
    nightly.replace("policies/rules.yaml", "automations:\n", f"automations:\n{NEW}")
    nightly.replace("policies/rules.yaml", "    due:", "    owner: kitchen-training\n    due:")
    nightly.replace("policies/rules.yaml", "days: 14", "days: 9")
    answer = nightly.types("apply", "--standing")
    said = " ".join(answer.out.split())

    assert answer.status == 4
    assert "New, edited, renamed or gone" in said
    assert "would record: automation.fire, automation.knives." in said
    assert "assign 6 trainings, by the edit of a rule (automation.fire)." in said
    assert "Who must look: kitchen-training (automation.knives)." in said
    assert nightly.types("apply", "--auto-approve").status == 0
    assert nightly.types("apply", "--standing").status == 0


def test_a_value_that_moves_is_never_applied_unreviewed(nightly):
    """A15: it changes every target that names it, though no text of a rule."""
    nightly.write("roster.csv", roster(left=2))
    assert nightly.types("apply", "--standing").status == 0
    nightly.write("policies/moved.yaml", "moved: [{from: role.server, to: role.cook}]\n")
    before = nightly.files()
    answer = nightly.types("apply", "--standing")
    said = " ".join(answer.out.split())

    assert (answer.status, nightly.files() == before) == (4, True)
    assert "renamed or gone, which an apply would record: moved.role.server." in said
    assert nightly.types("apply", "--auto-approve").status == 0
    assert len(nightly.enrolled()) == 6
    assert nightly.types("apply", "--standing").status == 0, "somebody has looked"

    nightly.write("policies/moved.yaml", "{}\n")
    nightly.write("roster.csv", roster())
    assert nightly.types("apply", "--standing").status == 4, "gone is a change as well"


def test_drift_is_covered_where_the_approval_says_so(nightly):
    with closing(sqlite3.connect(nightly.folder / "lms.db")) as lms, lms:
        lms.execute("DELETE FROM enrollment WHERE trainee = 'C1'")
    answer = nightly.types("apply", "--standing")
    assert (answer.status, "by what somebody changed" in answer.out) == (4, True)
    nightly.replace("reconciler.yaml", "[people, time]", "[people, time, drift]")
    assert nightly.types("apply", "--standing").status == 0


def test_what_a_reviewed_apply_has_begun_may_be_finished(nightly):
    """A row that the LMS refused keeps its attribution, and was reviewed with its plan (D8)."""
    nightly.replace("reconciler.yaml", "{assign: 3}", "{assign: 9}")
    nightly.replace("reconciler.yaml", "{assign: 5, remove: 2}", "{assign: 9}")
    nightly.replace("policies/rules.yaml", "automations:\n", f"automations:\n{NEW}")
    with closing(sqlite3.connect(nightly.folder / "lms.db")) as lms, lms:
        lms.execute(
            "CREATE TRIGGER full BEFORE INSERT ON enrollment WHEN new.trainee = 'C1' "
            "BEGIN SELECT RAISE(ABORT, 'no seat'); END"
        )
    answer = nightly.types("apply", "--auto-approve")
    assert answer.status == 6, answer
    with closing(sqlite3.connect(nightly.folder / "lms.db")) as lms, lms:
        lms.execute("DROP TRIGGER full")
    answer = nightly.types("apply", "--standing")
    assert (answer.status, "6 policy: what was last applied" in answer.out) == (0, True)
    assert ("C1", "course/fire-safety") in nightly.enrolled()


def test_a_saved_plan(nightly):
    nightly.write("roster.csv", roster(austin=2))
    assert nightly.types("plan", "-o", "plan.zip").status == 0
    assert nightly.types("apply", "plan.zip", "--standing").status == 0
    assert len(nightly.enrolled()) == 8


def test_an_unfit_roster_is_status_8_and_a_guard_4(nightly):
    nightly.replace("reconciler.yaml", "  head_count: {all: unlimited, location: unlimited}\n", "")
    nightly.write("roster.csv", roster().replace("C1,", "X1,").replace("C2,", "X2,"))
    assert nightly.types("apply", "--standing").status == 8


def test_without_an_approval_nothing_is_applied(desk):
    answer = desk.types("apply", "--standing")
    assert (answer.status, "has no `standing_approval`" in answer.err) == (1, True)


def test_a_policy_cannot_be_approved_in_advance(desk):
    text = "standing_approval: {attributions: [policy]}\nlineage:"
    desk.replace("reconciler.yaml", "lineage:", text)
    answer = desk.types("plan")
    assert (answer.status, "'policy' is none of people, time, drift" in answer.err) == (3, True)


@pytest.mark.parametrize("more", [["--within", "p.zip"], ["--resume"], ["--auto-approve"]], ids=str)
def test_what_does_not_go_together(nightly, more):
    answer = nightly.types("apply", "--standing", *more)
    assert (answer.status, "--standing takes FILE, --expect-digest" in answer.err) == (1, True)


def test_another_digest_than_expected(nightly):
    nightly.write("roster.csv", roster(austin=2))
    answer = nightly.types("apply", "--standing", "--expect-digest", "0" * 12)
    assert (answer.status, len(nightly.enrolled())) == (5, 6)


# the story: who had left before the undo and who has come, the nights that write nothing, the last
UNDONE = {
    "at once": ({"austin": 2}, [], {"austin": 2}),
    "a night on which they are not in the file": ({"austin": 2}, [{}], {"austin": 2}),
    "three such nights": ({"austin": 2}, [{}, {}, {}], {"austin": 2}),
    "who had left were back": ({"left": 2}, [{}], {"left": 2}),
}  # fmt: skip


@pytest.mark.parametrize(("people", "nights", "last"), UNDONE.values(), ids=UNDONE)
def test_nights_that_write_nothing_are_no_look_at_what_was_undone(nightly, people, nights, last):
    """D5e: what follows upon an undo is never covered, however many empty nights are between."""
    undone(nightly, roster(**people))
    for night in nights:
        nightly.write("roster.csv", roster(**night))
        assert nightly.types("apply", "--standing").status == 0
    before = nightly.enrolled()
    nightly.write("roster.csv", roster(**last))
    answer = nightly.types("apply", "--standing")
    assert (answer.status, "this plan may do again what it undid" in answer.out) == (4, True)
    assert nightly.enrolled() == before

    assert nightly.types("apply", "--auto-approve").status == 0
    nightly.write("roster.csv", roster(boston=1, **last))
    assert nightly.types("apply", "--standing").status == 0, "somebody has looked"


def test_what_a_guard_holds_after_an_undo_is_no_empty_plan(nightly):
    undone(nightly, roster(left=4))
    guards = "guards:\n  on_breach: hold_removals\n  all: {assign: unlimited, remove: 2,"
    nightly.replace(
        "reconciler.yaml", "guards:\n  all: {assign: unlimited, remove: unlimited,", guards
    )
    for left in (4, 2):
        nightly.write("roster.csv", roster(left=left))
        answer = nightly.types("apply", "--standing")
        assert (answer.status, "this plan may do again what it undid" in answer.out) == (4, True)
    assert len(nightly.enrolled()) == 6


def test_to_resume_such_a_night_is_no_look_either(nightly):
    """D5e: an order that waits for somebody leaves a night that is empty and not complete."""
    waiting(nightly)
    two_more = without_c1(austin=2)
    undone(nightly, two_more, run=3)
    nightly.write("roster.csv", without_c1())
    assert nightly.types("apply", "--standing").status == 0
    for _ in range(2):
        answer = nightly.types("apply", "--resume")
        assert (answer.status, "Applied as run" in answer.out) == (0, True)
    nightly.write("roster.csv", two_more)
    answer = nightly.types("apply", "--standing")
    assert (answer.status, "this plan may do again what it undid" in answer.out) == (4, True)

    assert nightly.types("apply", "--auto-approve").status == 0
    assert nightly.types("apply", "--resume").status == 0
    nightly.write("roster.csv", without_c1(austin=2, boston=1))
    assert nightly.types("apply", "--standing").status == 0, "somebody has looked"


def waiting(desk):
    """An order for somebody for whom the LMS has refused it, and who is in no file any more (M4)."""
    desk.write(
        "policies/orders.yaml",
        "assignments:\n  fire: {assign: course/fire-safety, target: {trainees: [C1]}}\n",
    )
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute(
            "CREATE TRIGGER full BEFORE INSERT ON enrollment WHEN new.content LIKE '%fire%' "
            "BEGIN SELECT RAISE(ABORT, 'no seat'); END"
        )
    assert desk.types("apply", "--auto-approve").status == 6


def without_c1(**people):
    return roster(**people).replace("C1,austin-1,cook,2020-01-01,A\n", "")


def undone(desk, people, *, run=2):
    """A reviewed apply for the people of this file, and its undo."""
    desk.write("roster.csv", people)
    assert desk.types("apply", "--auto-approve").status == 0
    desk.types("plan", "--undo", run, "-o", "undo.zip")
    assert desk.types("apply", "undo.zip").status == 0


def test_what_was_undone_is_not_done_again_unreviewed(nightly):
    nightly.write("roster.csv", roster(austin=2))
    assert nightly.types("apply", "--standing").status == 0
    nightly.types("plan", "--undo", "2", "-o", "undo.zip")
    assert nightly.types("apply", "undo.zip").status == 0
    answer = nightly.types("apply", "--standing")
    assert (answer.status, "this plan may do again what it undid" in answer.out) == (4, True)
    assert nightly.types("apply", "--auto-approve").status == 0
    assert nightly.types("apply", "--standing").status == 0
