"""Exactly the plan: the same, less of it, or what lies within it; anything else is refused (D7)."""

import sqlite3
from contextlib import closing

import polars as pl
import pytest

from reconciler.commands import approving
from reconciler.commands.clock import now
from reconciler.review.model import LedgerChange
from reconciler.review.saved import load_plan, save_plan
from tests.commands.test_apply import typed_for
from tests.execution.site import learn
from tests.execution.test_apply import enroll_by_hand
from tests.review.packing import packed_rows

from datetime import timedelta  # isort: skip

KNIVES = "course/knife-safety"


def digest(path):
    return load_plan(path)[0].header.digest


def test_less_of_it_goes_on_and_says_so(desk, saved):
    enroll_by_hand(desk.folder, "E3", KNIVES)
    answer = desk.types("apply", saved)

    assert answer.status == 0, answer.err
    assert "Less than was approved: 1 row not needed any more." in answer.out
    assert "2 rows written" in answer.out
    assert set(desk.enrolled()) == {("E1", KNIVES), ("E3", KNIVES), ("E4", KNIVES)}
    history = desk.types("state", "history").out
    assert f"of the approved plan {digest(saved)[:12]}" in " ".join(history.split())


HELD = """\
guards:
  on_breach: ON_BREACH
  all: {assign: unlimited, remove: 1, restart_and_retake: unlimited}
  location: {remove: unlimited}
"""


def held(desk, on_breach):
    """A saved plan in which a guard holds both removals, and nothing would be removed twice."""
    desk.replace("policies/rules.yaml", "    due: {days: 14}\n", "    on_exit: remove\n")
    assert desk.types("apply", "--auto-approve").status == 0
    settings = (desk.folder / "reconciler.yaml").read_text()
    bounds = HELD.replace("ON_BREACH", on_breach)
    desk.write("reconciler.yaml", f"{settings[: settings.index('guards:')]}{bounds}{GATE}")
    desk.replace("roster.csv", "boston-1,cook|server", "boston-1,server")
    desk.replace("roster.csv", "boston-1,cook,,A", "boston-1,server,,A")
    desk.replace("roster.csv", "E2,austin-1,server", "E2,austin-1,cook")
    assert desk.types("plan", "-o", "held.zip").status == 4


GATE = """\
roster_gate:
  head_count: {all: unlimited, location: unlimited}
  empty: unlimited
  renamed: tell
"""


@pytest.mark.parametrize("on_breach", ["hold", "hold_removals"])
@pytest.mark.parametrize("option", [[], ["--within"]], ids=["file", "within"])
def test_what_a_guard_held_was_not_approved(desk, option, on_breach):
    """G4, D7b: one of two comes back, so that what is left is under the ceiling."""
    held(desk, on_breach)
    desk.replace("roster.csv", "boston-1,server,,A", "boston-1,cook,,A")
    before = desk.files()
    answer = desk.types("apply", *option, "held.zip")
    assert (answer.status, desk.files()) == (5, before)
    assert "automation.knives: remove" in answer.err


@pytest.mark.parametrize("option", [[], ["--within"]], ids=["file", "within"])
def test_what_no_guard_held_goes_on_without_the_rest(desk, option):
    """G4, D7b."""
    held(desk, "hold_removals")
    enroll_by_hand(desk.folder, "E2", KNIVES)
    answer = desk.types("apply", *option, "held.zip")
    assert answer.status == 4, answer.err
    assert "A guard holds 2 rows, which were left." in answer.out
    assert len(desk.enrolled()) == 4


FUTURE = "automations:\n  future: {assign: course/fire-safety, target: {role: cook}}\n"
ORDER = "assignments:\n  recall: {assign: course/fire-safety, target: {role: cook}}\n"


@pytest.mark.parametrize("policy", [FUTURE, ORDER], ids=["baseline", "order"])
def test_who_was_to_be_recorded_for_good_may_not_be_fewer(desk, policy):
    """A feed that has lost roles would make existing people future, and use an order up."""
    desk.write("policies/rules.yaml", policy)
    desk.types("plan", "-o", "plan.zip")
    desk.replace("roster.csv", "E4,boston-1,cook", "E4,boston-1,")
    before = desk.files()
    answer = desk.types("apply", "plan.zip")
    assert (answer.status, desk.files()) == (5, before)
    assert "in the plan, " in answer.err


def test_other_people_are_no_less(desk, saved):
    """D7b: a baseline of the same size, of another person, would leave out the one approved."""
    desk.write("policies/new.yaml", FUTURE.replace("role: cook", "role: server"))
    desk.replace("roster.csv", "E3,boston-1,cook|server", "E3,boston-1,cook")
    desk.types("plan", "-o", saved)
    enroll_by_hand(desk.folder, "E3", KNIVES)
    desk.replace("roster.csv", "E2,austin-1,server", "E2,austin-1,host")
    desk.replace("roster.csv", "E5,boston-1,cook,2019-01-01,T", "E5,boston-1,server,2019-01-01,A")
    before = desk.files()
    answer = desk.types("apply", saved)
    assert (answer.status, desk.files()) == (5, before)
    assert "automation.future: the baseline would be made of other people" in answer.err


def another_policy(desk):
    desk.replace("policies/rules.yaml", "days: 14", "days: 7")


def another_person(desk):
    desk.replace("roster.csv", "E4,", "E9,")


def one_more(desk):
    desk.replace("roster.csv", "E2,austin-1,server", "E2,austin-1,cook")


def another_rule(desk):
    enroll_by_hand(desk.folder, "E3", KNIVES)
    desk.write(
        "policies/new.yaml",
        "automations:\n  fire:\n    assign: course/fire-safety\n    target: {role: cook}\n",
    )


OTHERS = {
    "another due date": (another_policy, "automation.knives: its text is not the one"),
    "another person": (another_person, "the same numbers, but for other trainees"),
    "one more": (one_more, "assign 3 in the plan, 4 now"),
    "by reason": (one_more, "people with the reason 'assigned': 3 in the plan, 4 now"),
    "a baseline more": (another_rule, "automation.fire: people with the reason"),
}


@pytest.mark.parametrize(("change", "word"), OTHERS.values(), ids=OTHERS.keys())
def test_anything_new_or_different_is_refused_with_the_difference(desk, saved, change, word):
    change(desk)
    before = desk.files()
    answer = desk.types("apply", saved)
    assert answer.status == 5
    assert word in answer.err
    assert desk.files() == before


def rows_added(path):
    """The file says more than was approved, under the digest that was."""
    document, actions = load_plan(path)
    more = actions.head(1).with_columns(trainee=pl.lit("E2"))
    first, *others = document.decisions
    larger = first.model_copy(update={"trainees": first.trainees + 1})
    save_plan(
        path,
        document.model_copy(update={"decisions": (larger, *others)}),
        packed_rows(pl.concat([actions, more]).sort("decision", "trainee")),
    )


@pytest.mark.parametrize("how", ["apply", "--within"])
def test_rows_that_were_added_to_the_file_are_not_approved(desk, saved, how):
    rows_added(saved)
    one_more(desk)
    answer = desk.types("apply", *([how] if how == "--within" else []), saved)
    assert answer.status == 5
    assert "altered" in answer.err


def test_within_an_approved_plan_a_later_one_is_applied(desk):
    """The way of a pipeline that runs after the merge: the instants are other ones."""
    path = desk.folder / "approved.zip"
    desk.types("plan", "-o", path, "--as-of", typed_for(timedelta(hours=-30)))
    assert desk.types("apply", path).status == 5, "expired"
    answer = desk.types("apply", "--within", path, "--expect-digest", digest(path))

    assert answer.status == 0, answer.err
    assert "The approved plan has all of the plan of now: 3 rows." in answer.out
    assert len(desk.enrolled()) == 3


RULES = "automations:\n  fire: {assign: course/fire-safety, target: {role: server}}\n"
RECALL = "assignments:\n  recall: {assign: course/fire-safety, target: {role: cook}}\n"


def half_done(desk, policy):
    """A run that had no seat for anybody."""
    desk.write("policies/more.yaml", policy)
    full(desk, 0)
    assert desk.types("apply", "--auto-approve").status == 6
    full(desk, None)


def test_an_old_checkout_ends_no_rule_and_cancels_no_order(desk, saved):
    """D7c: the job of an older commit is run again, with its plan."""
    half_done(desk, RECALL + RULES)
    (desk.folder / "policies/more.yaml").unlink()
    before = desk.files()
    answer = desk.types("apply", "--within", saved)
    assert (answer.status, desk.files()) == (5, before)
    assert "automation.fire: would end for course/fire-safety" in answer.err
    assert "assignment.recall: would be cancelled, with 3 rows not done" in answer.err


def renamed(desk):
    desk.replace("policies/rules.yaml", "knives:", "blades:")
    moved = "moved: [{from: automation.knives, to: automation.blades}]\n"
    desk.write("policies/moved.yaml", moved)


NOT_WITHIN = {
    "another text": (
        lambda desk: desk.replace("policies/rules.yaml", "days: 14", "days: 7"),
        "automation.knives: its text is not the one that was approved",
    ),
    "a rule": (
        lambda desk: desk.write("policies/more.yaml", RULES),
        "automation.fire: is new",
    ),
    "an order for nobody": (
        lambda desk: desk.write("policies/more.yaml", RECALL.replace("cook", "server")),
        "assignment.recall: is new",
    ),
}


@pytest.mark.parametrize(("change", "word"), NOT_WITHIN.values(), ids=NOT_WITHIN.keys())
def test_what_would_be_recorded_must_be_in_it_too(desk, saved, change, word):
    """D7c."""
    for server in ("E2", "E3"):
        enroll_by_hand(desk.folder, server, "course/fire-safety")
    change(desk)
    before = desk.files()
    answer = desk.types("apply", "--within", saved)
    assert (answer.status, desk.files()) == (5, before)
    assert word in answer.err


def test_what_others_have_merged_and_applied_meanwhile_is_no_hindrance(desk, saved):
    """D7c: the plan of now has nothing of it any more."""
    rules = desk.folder / "policies/rules.yaml"
    approved = rules.read_text()
    rules.write_text(RULES.replace("fire:", "other:"))
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("policies/other.yaml", rules.read_text())
    rules.write_text(approved)
    answer = desk.types("apply", "--within", saved)
    assert answer.status == 0, answer.err
    assert len(desk.enrolled()) == 3


def test_an_approval_is_used_once(desk, saved):
    """D7c: by a file, within it, or by a run that finished what it had begun."""
    full(desk, 1)
    assert desk.types("apply", "--within", saved).status == 6
    full(desk, None)
    assert desk.types("apply", "--within", saved).status == 0
    for option in ([], ["--within"]):
        answer = desk.types("apply", *option, saved)
        assert (answer.status, "applied already, as run 2" in answer.err) == (5, True)


def test_what_is_not_within_it_is_refused(desk, saved):
    one_more(desk)
    answer = desk.types("apply", "--within", saved)
    assert answer.status == 5
    assert "automation.knives: assign (new) 1 more" in answer.err
    assert desk.enrolled() == {}


def test_less_loss_was_approved(desk, saved):
    """A removal of what is not started is no leave to remove what somebody has begun (D3)."""
    rule = "    on_exit: remove\n"
    (desk.folder / "policies/rules.yaml").write_text(
        (desk.folder / "policies/rules.yaml").read_text() + rule
    )
    desk.types("apply", "--auto-approve")
    desk.replace("roster.csv", "E4,boston-1,cook", "E4,boston-1,server")
    path = desk.folder / "removal.zip"
    assert desk.types("plan", "-o", path).status == 0
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("UPDATE enrollment SET status = 'in_progress' WHERE trainee = 'E4'")
    answer = desk.types("apply", "--within", path)
    assert answer.status == 5
    assert "remove (in_progress) 1 more" in answer.err


def test_expected_digests(desk, saved):
    whole = digest(saved)
    assert desk.types("apply", saved, "--expect-digest", "0" * 64).status == 5
    assert desk.types("apply", "--within", saved, "--expect-digest", "f" * 12).status == 5
    assert desk.types("apply", "--auto-approve", "--expect-digest", "0" * 64).status == 5
    short = desk.types("apply", saved, "--expect-digest", whole[:6])
    assert (short.status, "12 digits" in short.err) == (1, True)
    assert desk.enrolled() == {}
    assert desk.types("apply", saved, "--expect-digest", whole[:12].upper()).status == 0


def test_an_empty_plan_has_a_digest_too(desk, saved):
    desk.types("apply", saved)
    empty = desk.folder / "empty.zip"
    out = desk.types("plan", "-o", empty).out
    assert digest(empty)[:12] in out
    assert desk.types("apply", "--auto-approve", "--expect-digest", digest(empty)).status == 0


TYPED = {
    "two plans": (["apply", "plan.zip", "--within", "plan.zip"], "one of"),
    "a file and resume": (["apply", "plan.zip", "--resume"], "one of"),
    "resume and a digest": (["apply", "--resume", "--expect-digest", "0" * 12], "--expect-digest"),
    "nothing to resume": (["apply", "--resume"], "Nothing has been applied yet"),
    "no time to wait": (["apply", "--auto-approve", "--wait", "soon"], "10m"),
}


@pytest.mark.parametrize(("arguments", "word"), TYPED.values(), ids=TYPED.keys())
def test_typed_wrongly(desk, arguments, word):
    answer = desk.types(*arguments)
    assert answer.status == 1
    assert word in answer.err


def full(desk, seats):
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("DROP TRIGGER IF EXISTS full")
        if seats is not None:
            lms.execute(
                f"CREATE TRIGGER full BEFORE INSERT ON enrollment WHEN (SELECT count(*) FROM "
                f"enrollment) >= {seats} BEGIN SELECT raise(ABORT, 'no seat'); END"
            )


def test_resume_goes_on_with_what_was_approved(desk, saved):
    full(desk, 0)
    assert desk.types("apply", saved).status == 6
    full(desk, None)
    answer = desk.types("apply", "--resume")
    assert answer.status == 0, answer.err
    assert "Run 1 has left 3 rows." in answer.out
    assert len(desk.enrolled()) == 3
    assert "nothing to resume" in desk.types("apply", "--resume").out


def test_resume_does_no_more_than_was_approved(desk, saved):
    full(desk, 0)
    desk.types("apply", saved)
    full(desk, None)
    one_more(desk)
    answer = desk.types("apply", "--resume")
    assert answer.status == 5
    assert f"{KNIVES} by automation.knives: assign (new) 1 more" in answer.err
    assert desk.enrolled() == {}


def test_a_file_that_was_partly_applied_goes_on_too(desk, saved):
    full(desk, 0)
    assert desk.types("apply", saved).status == 6
    full(desk, None)
    assert desk.types("apply", saved).status == 0
    assert len(desk.enrolled()) == 3


def test_a_file_that_was_resumed_was_applied(desk, saved):
    """D7d."""
    full(desk, 0)
    assert desk.types("apply", saved).status == 6
    assert desk.types("apply", "--resume").status == 6
    full(desk, None)
    assert desk.types("apply", "--resume").status == 0
    answer = desk.types("apply", saved)
    assert (answer.status, "applied already, as run 3" in answer.err) == (5, True)


def test_a_run_of_too_long_ago_is_finished_by_a_new_plan(desk, saved, monkeypatch):
    """D7d."""
    full(desk, 1)
    assert desk.types("apply", saved).status == 6
    full(desk, None)
    monkeypatch.setattr(approving, "now", lambda: now() + timedelta(hours=25))
    answer = desk.types("apply", "--resume")
    assert (answer.status, "A plain `reconciler apply`" in answer.err) == (5, True)
    assert desk.types("apply", "--auto-approve").status == 0
    assert len(desk.enrolled()) == 3


def gone(desk):
    desk.write("policies/more.yaml", RULES)


MEANWHILE = {
    "an order is gone": (gone, "assignment.recall: would be cancelled, with 3 rows not done"),
    "a rule is gone": (
        lambda desk: desk.write("policies/more.yaml", RECALL),
        "automation.fire: would end for course/fire-safety",
    ),
    "a rule is new": (
        lambda desk: desk.write("policies/new.yaml", FUTURE.replace("cook", "server")),
        "automation.future: is new",
    ),
    "an order is new": (
        lambda desk: desk.write(
            "policies/new.yaml",
            RECALL.replace("recall", "nobody").replace("{role: cook}", "{trainees: [E5]}"),
        ),
        "assignment.nobody: is new",
    ),
    "a rule says something else": (
        lambda desk: desk.replace("policies/rules.yaml", "due:", "on_exit: remove\n    due:"),
        "automation.knives: would be recorded with another text",
    ),
    "a rule has another name": (
        renamed,
        "automation.knives: would be called automation.blades",
    ),
}


@pytest.mark.parametrize(("change", "word"), MEANWHILE.values(), ids=MEANWHILE.keys())
def test_resume_notes_nothing_that_is_new(desk, change, word):
    """D7d: what the run has not noted at its beginning, nobody has approved."""
    half_done(desk, RECALL + RULES)
    change(desk)
    before = desk.files()
    answer = desk.types("apply", "--resume")
    assert (answer.status, desk.files()) == (5, before)
    assert word in answer.err


def test_resume_finishes_an_order_that_somebody_has_carried_out(desk):
    """D7d, M4: that an order has come to its end is nothing new."""
    half_done(desk, RECALL)
    for trainee in ("E1", "E3", "E4"):
        enroll_by_hand(desk.folder, trainee, "course/fire-safety")
    answer = desk.types("apply", "--resume")
    assert answer.status == 0, answer.err
    assert "Run 1 has left 3 rows." in answer.out


MODULE = "module/onboarding"
AGAIN = "reassignments:\n  again:\n    content: module/onboarding\n    target: {role: cook}\n"


@pytest.fixture
def restarts(desk):
    """A saved plan in which one course of a module starts over for two people."""
    order = f"assignments:\n  welcome: {{assign: {MODULE}, target: {{role: cook}}}}\n"
    desk.write("policies/welcome.yaml", order)
    assert desk.types("apply", "--auto-approve").status == 0
    for trainee in ("E1", "E3"):
        learn(desk.folder, trainee, MODULE, "completed")
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("UPDATE enrollment SET assigned = assigned - 86400")  # not of this very second
    desk.write("policies/again.yaml", f"{AGAIN}    courses: [fire-safety]\n")
    path = desk.folder / "again.zip"
    assert desk.types("plan", "-o", path).status == 0
    return path


def instants(desk):
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms:
        return lms.execute("SELECT * FROM enrollment ORDER BY trainee, content").fetchall()


@pytest.mark.parametrize("how", ["file", "within"])
def test_what_starts_over_is_as_approved(desk, restarts, how):
    """R: the digest of the file is over the courses that start over, too."""
    option = ["--within"] if how == "within" else []
    answer = desk.types("apply", *option, restarts, "--expect-digest", digest(restarts)[:12])
    assert answer.status == 0, answer.err
    assert "2 rows written" in answer.out
    history = desk.types("state", "history", "--content", MODULE).out
    assert f"retake (courses)  {MODULE}  2 people: 2 done" in history


@pytest.mark.parametrize("courses", ["    courses: [knife-safety]\n", ""], ids=["another", "whole"])
@pytest.mark.parametrize("how", ["file", "within"])
def test_other_courses_are_not_what_was_approved(desk, restarts, how, courses):
    desk.write("policies/again.yaml", AGAIN + courses)
    before = instants(desk)
    option = ["--within"] if how == "within" else []
    assert desk.types("apply", *option, restarts).status == 5
    assert instants(desk) == before


def test_a_file_that_says_other_courses_is_altered(desk, restarts):
    """Sealed anew: the digest that was approved is not that of what the file says."""
    document, actions = load_plan(restarts)
    changed = tuple(one.model_copy(update={"courses": None}) for one in document.decisions)
    save_plan(
        restarts,
        document.model_copy(update={"decisions": changed}),
        packed_rows(actions),
    )
    answer = desk.types("apply", "--within", restarts, "--expect-digest", digest(restarts))
    assert answer.status == 5
    assert "altered" in answer.err


@pytest.mark.parametrize(("published", "status"), [([], 0), (["knife-safety"], 5)])
def test_resume_lets_start_over_what_the_run_set_out_to(desk, published, status):
    """D7d, V3: another course of the module has a new version by then."""
    rule = f"{{assign: {MODULE}, target: {{role: cook}}, scope: future-and-existing"
    again = "on_new_version: {completed: retake}}"
    desk.write("policies/rules.yaml", f"automations:\n  kitchen: {rule}, {again}\n")
    assert desk.types("apply", "--auto-approve").status == 0
    for trainee in ("E1", "E3"):
        learn(desk.folder, trainee, MODULE, "completed")
    desk.types("lms", "publish", "course/fire-safety")
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("UPDATE enrollment SET assigned = assigned - 86400")  # not of this very second
        lms.execute(
            "CREATE TRIGGER stays BEFORE UPDATE ON enrollment BEGIN SELECT raise(ABORT, 'no'); END"
        )
    assert desk.types("apply", "--auto-approve").status == 6
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("DROP TRIGGER stays")
    for course in published:
        desk.types("lms", "publish", f"course/{course}")
    answer = desk.types("apply", "--resume")
    assert answer.status == status, answer.err
    assert ("retake (courses) 2 more" in answer.err) is (status == 5)


@pytest.mark.parametrize("key", ["records", "ledger"])
def test_a_file_that_has_the_ledger_note_something_else_is_altered(desk, saved, key):
    """Sealed anew: the digest that was approved is over what the ledger learns (D1)."""
    document, actions = load_plan(saved)
    records = tuple(one.model_copy(update={"digest": "0" * 64}) for one in document.records)
    change = LedgerChange(kind="missing", owner="", content=KNIVES, add=9, remove=0)
    told = {"records": records, "ledger": (change,)}[key]
    save_plan(
        saved,
        document.model_copy(update={key: told}),
        packed_rows(actions),
    )
    one_more(desk)
    answer = desk.types("apply", "--within", saved, "--expect-digest", digest(saved))
    assert (answer.status, "altered" in answer.err) == (5, True)


def test_a_file_of_before_records_were_kept_is_planned_again(desk, saved):
    document, actions = load_plan(saved)
    save_plan(
        saved,
        document.model_copy(update={"records": None}),
        packed_rows(actions),
    )
    assert desk.types("show", saved).status == 0
    answer = desk.types("apply", saved)
    assert (answer.status, "made by an older version" in answer.err) == (5, True)
