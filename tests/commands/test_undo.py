"""`plan --undo`: the inverse of a run, as far as all is as that run left it (U)."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from reconciler.__main__ import run
from reconciler.commands.clock import now
from reconciler.errors import LmsUnfit
from reconciler.ledger.lease import Holder
from reconciler.lms.local.adapter import LocalLms
from reconciler.records import SetKey
from reconciler.review.saved import load_plan
from reconciler.workspace import open_workspace
from tests.commands.desk import POLICY, Desk, furnish
from tests.execution.site import learn

KNIVES, START = "course/knife-safety", "module/onboarding"
ALL = {"E1", "E3", "E4"}
ORDER = "assignments:\n  again: {assign: course/knife-safety, target: {trainees: [E3]}}\n"


def sql(desk, statement, *values, file="lms.db"):
    with closing(sqlite3.connect(desk.folder / file)) as database, database:
        return database.execute(statement, values).fetchall()


def row(desk, trainee, content=KNIVES):
    found = sql(
        desk,
        "SELECT status, version, assigned, due, completed FROM enrollment "
        "WHERE trainee = ? AND content = ?",
        trainee,
        content,
    )
    return found[0] if found else None


def day(desk, number):
    """Plan and apply for a day of March 2024."""
    saved = f"{number}.zip"
    as_of = f"2024-03-{number:02}T12:00"
    answer = desk.types("plan", "--as-of", as_of, "-o", desk.folder / saved)
    assert answer.status == 0, answer.err
    answer = desk.types("apply", saved)
    assert answer.status == 0, answer.err + answer.out


def undo(desk, serial, *arguments):
    """Plan the undo of a run and apply it; what the plan said."""
    said = desk.types("plan", "--undo", serial, "-o", desk.folder / "undo.zip", *arguments)
    assert said.status == 0, said.err
    answer = desk.types("apply", "undo.zip")
    assert answer.status == 0, answer.err + answer.out
    return " ".join(said.out.split())


def stored(desk, kind, owner="", content=KNIVES):
    state = open_workspace(desk.folder).ledger().state()
    return {state.trainees[number] for number in state.members(*SetKey(kind, owner, content))}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A desk where old plans stay good, after one run: three trainings given on March 2."""
    folder = tmp_path_factory.mktemp("prepared") / "site"
    furnish(folder, policy=POLICY.replace("    due:", "    on_exit: remove\n    due:"))
    workspace = folder / "reconciler.yaml"
    workspace.write_text(workspace.read_text() + "plans_expire_after: 90 years\n")
    first = ["plan", "--as-of", "2024-03-02T12:00", "-o", "2.zip", "-C", str(folder)]
    assert run(first) == run(["apply", "2.zip", "-C", str(folder)]) == 0
    return folder


@pytest.fixture
def site(prepared, tmp_path, capsys):
    shutil.copytree(prepared, tmp_path / "site")
    return Desk(tmp_path / "site", capsys)


def order_finds_it(desk):
    desk.write("policies/order.yaml", ORDER)
    day(desk, 3)


def later_run_moves_it(desk):
    desk.replace("roster.csv", "E1,austin-1,cook", "E1,austin-1,server")
    desk.replace("roster.csv", "E4,boston-1,cook", "E4,boston-1,server")
    desk.replace("policies/rules.yaml", "{days: 14}", "{days: 28, update_existing: true}")
    day(desk, 3)


# the story: what happens after three were given it, who has it after the undo, what is said of it
GIVEN = {
    "nothing": (lambda _: None, set(), "Remove 3 given by run 1, and not started since: E1, E3, E4"),
    "one has started": (
        lambda desk: learn(desk.folder, "E3", KNIVES, "in_progress"),
        {"E3"},
        "1 course/knife-safety (Knife safety), assigned: started since: undoing it would lose",
    ),
    "one has completed it": (
        lambda desk: learn(desk.folder, "E3", KNIVES, "completed"),
        {"E3"},
        "assigned: completed; that stays",
    ),
    "one was removed by hand": (
        lambda desk: sql(desk, "DELETE FROM enrollment WHERE trainee = 'E3'"),
        set(),
        "assigned: not enrolled any more",
    ),
    "a due date was changed by hand": (
        lambda desk: sql(desk, "UPDATE enrollment SET due = due + 60 WHERE trainee = 'E3'"),
        {"E3"},
        "assigned: given anew or changed since",
    ),
    "one was given anew by hand": (
        lambda desk: sql(desk, "UPDATE enrollment SET assigned = assigned + 60 "
                         "WHERE trainee = 'E3'"),
        {"E3"},
        "assigned: given anew or changed since",
    ),
    "an order found it since": (order_finds_it, {"E3"}, "another rule found it there since"),
    "a later run has moved one and taken two": (later_run_moves_it, {"E3"}, "changed since"),
}  # fmt: skip


@pytest.mark.parametrize(("since", "left", "said"), GIVEN.values(), ids=GIVEN)
def test_what_was_given_is_taken_away(site, since, left, said):
    since(site)
    told = undo(site, 1)

    assert said in told
    again = site.types("plan", "--undo", 1, "--detailed-exitcode")
    assert again.status == 0, f"D2: {again.out}"
    assert {who for who, content in site.enrolled() if content == KNIVES} == left
    assert not stored(site, "ended") - {"E1", "E4"}, "U2: as if they had never had it"
    assert stored(site, "gave", "automation.knives") - {"E3"} == left - {"E3"}


def test_what_the_policies_give_again_is_said(site):
    told = undo(site, 1)
    assert "3 course/knife-safety (Knife safety): automation.knives assigns it" in told
    assert "Revert the rules too, or the next plan does this." in told
    assert "assigns 3 trainings" in site.types("plan").out


def test_reverted_first_nothing_comes_again(site):
    site.write("policies/rules.yaml", "automations: {}\n")
    told = undo(site, 1)
    assert "What the next plan does" not in told
    assert site.enrolled() == {}
    site.types("apply", "--auto-approve")
    assert site.enrolled() == {}


RULES = "policies/rules.yaml"
LIFT = "{guard: remove, policy: all, unit: all, ceiling: 9, reason: spring, until: 2099-01-01}"
MEANWHILE = {
    "the rule is gone": lambda desk: desk.write(RULES, "automations: {}\n"),
    "it has another name": lambda desk: (
        desk.replace(RULES, "  knives:", "  blades:"),
        desk.write(
            "policies/moved.yaml",
            "moved:\n- {from: automation.knives, to: automation.blades}\n",
        ),
    ),
    "another due date": lambda desk: desk.replace(RULES, "days: 14", "days: 28"),
    "a lift that nothing needs": lambda desk: desk.write(
        "policies/l.yaml", f"lifts: {{l: {LIFT}}}"
    ),
}


@pytest.mark.parametrize("option", [[], ["--within"]], ids=["file", "within"])
@pytest.mark.parametrize("change", MEANWHILE.values(), ids=MEANWHILE.keys())
def test_the_policies_may_change_between_plan_and_apply(site, change, option):
    """U11."""
    site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")
    change(site)
    answer = site.types("apply", *option, "undo.zip")
    assert answer.status == 0, answer.err
    assert site.enrolled() == {}


WAYS = {
    "file": ([], "Less than was approved: 1 row not needed any more."),
    "within": (["--within"], "The approved plan has all of the plan of now: 2 rows."),
}


@pytest.mark.parametrize(("option", "word"), WAYS.values(), ids=WAYS.keys())
def test_who_has_started_between_plan_and_apply_is_left(site, option, word):
    """U11."""
    site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")
    learn(site.folder, "E3", KNIVES, "in_progress")
    answer = site.types("apply", *option, "undo.zip")
    assert answer.status == 0, answer.err
    assert word in answer.out
    assert site.enrolled() == {("E3", KNIVES): "in_progress"}


def taken(desk, status="not_started"):
    """E4 has left the kitchen, and lost the training on March 3."""
    learn(desk.folder, "E4", KNIVES, status)
    before = row(desk, "E4")
    desk.replace("roster.csv", "E4,boston-1,cook", "E4,boston-1,server")
    day(desk, 3)
    assert row(desk, "E4") is None
    return before


def test_what_was_taken_is_given_again_with_its_due_date(site):
    before = taken(site)
    told = undo(site, 2, "--as-of", "2024-03-04T12:00")

    after = row(site, "E4")
    assert after[3] == before[3], "U3: the due date of before"
    assert after[0] == "not_started"
    assert stored(site, "gave", "automation.knives") == ALL
    assert not stored(site, "ended")
    # The rule takes it again: it is ours, and E4 is out of the audience.
    assert "automation.knives removes it" in told
    day(site, 5)
    assert row(site, "E4") is None


def test_progress_does_not_come_back_and_is_listed(site):
    taken(site, "in_progress")
    told = undo(site, 2, "--as-of", "2024-03-04T12:00")
    assert "1 get it again without the progress that they had in it" in told
    assert row(site, "E4")[0] == "not_started"


def test_nobody_is_given_it_past_due(site):
    taken(site)
    told = undo(site, 2, "--as-of", "2024-05-01T12:00")
    assert "1 get a later due date than they had: that one has passed" in told
    (due,) = sql(site, "SELECT datetime(due, 'unixepoch') FROM enrollment WHERE trainee = 'E4'")
    assert due == ("2024-05-03 04:59:59",), "A9: the last second of tomorrow in Chicago"


def somebody_enrolls(desk):
    sql(
        desk,
        "INSERT INTO enrollment (trainee, content, status, version, assigned) "
        "VALUES ('E4', ?, 'not_started', 1, 1)",
        KNIVES,
    )


def exempt(desk):
    desk.write(
        "policies/leave.yaml",
        "exemptions:\n  leave: {target: {trainees: [E4]}, from: course/knife-safety, reason: x}\n",
    )


KEPT_FROM = {
    "given again": (somebody_enrolls, "removed: enrolled again already"),
    "inactive": (
        lambda desk: desk.replace("roster.csv", "E4,boston-1,server,,A", "E4,boston-1,server,,T"),
        "removed: do not work here any more",
    ),
    "absent": (
        lambda desk: desk.replace("roster.csv", "E4,boston-1,server,,A\n", ""),
        "removed: have no status that says whether they work here",
    ),
    "exempt": (exempt, "removed: exempt from it now"),
}


@pytest.mark.parametrize(("since", "said"), KEPT_FROM.values(), ids=KEPT_FROM)
def test_to_whom_nothing_is_given_again(site, since, said):
    taken(site)
    since(site)
    before = row(site, "E4")
    assert said in undo(site, 2, "--as-of", "2024-03-04T12:00")
    assert row(site, "E4") == before


def test_a_removal_ends_its_bond_with_it(site):
    site.write(
        "policies/order.yaml",
        "removals:\n  old: {content: course/knife-safety, target: {trainees: [E1]}}\n",
    )
    day(site, 3)
    assert stored(site, "taken", "removal.old") == {"E1"}
    told = undo(site, 2, "--as-of", "2024-03-04T12:00")

    assert not stored(site, "taken", "removal.old"), "U8"
    assert stored(site, "gave", "automation.knives") == ALL
    assert "removal.old An order is carried out once for each trainee" in told
    site.write("policies/order.yaml", "")
    assert site.types("plan", "--detailed-exitcode").status == 0, "and nothing is to be done"


def moved(desk):
    before = {who: row(desk, who)[3] for who in ALL}
    desk.replace("policies/rules.yaml", "{days: 14}", "{days: 28, update_existing: true}")
    day(desk, 3)
    assert all(row(desk, who)[3] > due for who, due in before.items())
    return before


def test_a_due_date_is_moved_back(site):
    before = moved(site)
    learn(site.folder, "E3", KNIVES, "in_progress")
    told = undo(site, 2, "--as-of", "2024-03-04T12:00")

    assert "Reschedule 3 given another due date by run 2: E1, E3, E4" in told
    assert {who: row(site, who)[3] for who in ALL} == before
    assert "What the next plan does" not in told, "A9: an edit moves each once"
    assert site.types("plan", "--detailed-exitcode").status == 0


MOVED = {
    "moved by hand since": (
        lambda desk: sql(desk, "UPDATE enrollment SET due = due + 60 WHERE trainee = 'E3'"),
        "2024-03-04T12:00", "1 course/knife-safety (Knife safety), due date moved: given anew",
    ),
    "completed since": (
        lambda desk: learn(desk.folder, "E3", KNIVES, "completed"),
        "2024-03-04T12:00", "1 course/knife-safety (Knife safety), due date moved: completed",
    ),
    "both dates have passed": (
        lambda _: None,
        "2024-05-01T12:00", "3 course/knife-safety (Knife safety), due date moved: the old due",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("since", "as_of", "said"), MOVED.values(), ids=MOVED)
def test_a_due_date_that_is_left(site, since, as_of, said):
    moved(site)
    since(site)
    before = row(site, "E3")
    assert said in undo(site, 2, "--as-of", as_of)
    assert row(site, "E3") == before


def ordered_again(desk, content=KNIVES, **keys):
    said = "".join(f", {key}: {value}" for key, value in keys.items())
    desk.write(
        "policies/audit.yaml",
        f"reassignments:\n  audit: {{content: {content}, target: {{role: cook}}{said}}}\n",
    )
    day(desk, 3)


def test_a_retake_is_withdrawn_and_a_restart_is_lost(site):
    for who, status in (("E1", "completed"), ("E3", "in_progress")):
        learn(site.folder, who, KNIVES, status)
    sql(site, "UPDATE enrollment SET completed = assigned + 60 WHERE trainee = 'E1'")
    before = row(site, "E1")
    ordered_again(site)
    assert row(site, "E1")[0] == "not_started"
    told = undo(site, 2, "--as-of", "2024-03-04T12:00")

    assert row(site, "E1") == before, "D3b"
    assert "restarted: started over: the progress that they had cannot come back" in told
    assert not stored(site, "gave", "reassignment.audit") - {"E3"}


def test_one_that_was_cut_off_goes_on_with_the_same_file(site, monkeypatch):
    """What it has begun itself is no reason to refuse it."""
    site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")

    def gone(*_):
        raise LmsUnfit("gone")

    with monkeypatch.context() as patch:
        patch.setattr(LocalLms, "remove", gone)
        assert site.types("apply", site.folder / "undo.zip").status == 6
    answer = site.types("apply", site.folder / "undo.zip")
    assert (answer.status, answer.err) == (0, "")
    assert site.types("plan", "--undo", 1, "--detailed-exitcode").status == 0


def test_a_retake_that_was_begun_is_kept(site):
    learn(site.folder, "E1", KNIVES, "completed")
    sql(site, "UPDATE enrollment SET completed = assigned + 60 WHERE trainee = 'E1'")
    ordered_again(site)
    sql(site, "UPDATE enrollment SET status = 'in_progress' WHERE trainee = 'E1'")
    before = row(site, "E1")
    assert "to be taken again: started since" in undo(site, 2, "--as-of", "2024-03-04T12:00")
    assert row(site, "E1") == before


def test_an_undo_is_undone_in_turn(site):
    taken(site)
    undo(site, 2, "--as-of", "2024-03-04T12:00")
    told = undo(site, 3, "--as-of", "2024-03-04T12:00")

    assert row(site, "E4") is None
    assert "given by run 3, and not started since: E4" in told
    history = " ".join(site.types("state", "history").out.split())
    assert "undoes run 2" in history
    assert "undoes run 3" in history
    lines = site.types("state", "export", "--format", "jsonl").out.splitlines()
    runs = [json.loads(one) for one in lines if json.loads(one)["kind"] == "run"]
    assert [one["undoes"] for one in runs] == [None, None, 2, 3]
    assert site.types("state", "verify").status == 0
    assert "Undone before, by run 3" in site.types("plan", "--undo", 2).out


def test_an_undo_notes_nothing_of_the_policies_or_the_people(site):
    """What changes beside it is for the next plan: a new rule's baseline, who has come (U9)."""
    site.write(
        "policies/new.yaml",
        "automations:\n  fire: {assign: course/fire-safety, target: {role: cook}}\n",
    )
    site.replace("roster.csv", "E5,", "E9,boston-1,cook,2024-03-03,A\nE5,")
    before = site.types("plan", "--json", "--as-of", "2024-03-06T12:00").out
    seen = open_workspace(site.folder).ledger().state()
    undo(site, 1, "--as-of", "2024-03-05T12:00")
    ledger = open_workspace(site.folder).ledger().state()

    assert (ledger.last_seen, ledger.census) == (seen.last_seen, seen.census)
    assert {key: who for key, who in ledger.sets.items() if not key.content} == {
        key: who for key, who in seen.sets.items() if not key.content
    }

    assert "E9" not in ledger.trainees.to_list()
    assert [one.id for one in ledger.automations] == ["automation.knives"]
    assert ledger.automations[0].present == ledger.last_as_of
    assert f"{ledger.last_as_of:%Y-%m-%d}" == "2024-03-02"
    after = json.loads(site.types("plan", "--json", "--as-of", "2024-03-06T12:00").out)
    fire = [one for one in after["automations"] if one["id"] == "automation.fire"]
    assert fire == [one for one in json.loads(before)["automations"] if one["id"] == fire[0]["id"]]


def test_an_undo_leaves_no_drift(site):
    """Not either of people whom it does not number: they may have another position later."""
    site.replace("roster.csv", "E5,", "E9,boston-1,server,2024-03-03,A\nE5,")
    sql(
        site,
        "INSERT INTO enrollment (trainee, content, status, version, assigned) "
        "VALUES ('E9', ?, 'not_started', 1, 1)",
        KNIVES,
    )
    sql(site, "DELETE FROM enrollment WHERE trainee = 'E3'")
    site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")
    answer = site.types("apply", "undo.zip")
    assert "Before it others had changed enrollments in the LMS" in " ".join(answer.out.split())
    site.replace("roster.csv", "E5,", "E6,boston-1,server,2024-03-03,A\nE5,")
    answer = site.types("drift")
    assert answer.status == 0, answer.out


def test_guards_hold_an_undo(site):
    site.replace("reconciler.yaml", "guards:\n", "guards:\n  protected: [course/knife-safety]\n")
    answer = site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")
    assert answer.status == 4
    assert "Held by 1 guard" in answer.out
    assert site.types("apply", "undo.zip").status == 4
    site.write(
        "policies/lift.yaml",
        "lifts:\n  back: {guard: remove, policy: all, unit: course/knife-safety, ceiling: 3, "
        "reason: A slip, until: 2099-01-01}\n",
    )
    assert site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip").status == 0
    assert site.types("apply", "undo.zip").status == 0
    assert site.enrolled() == {}


def test_an_unfit_roster_holds_it_back(site):
    site.replace("reconciler.yaml", "{all: unlimited, location: unlimited}", "{all: 10%}")
    site.write("roster.csv", "id,store,jobs,hired,status\nE1,austin-1,cook,2020-01-01,A\n")
    answer = site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")
    assert answer.status == 8, answer.out
    assert site.types("apply", "undo.zip").status == 8
    assert len(site.enrolled()) == 3


def test_standing_approval_covers_no_undo(site):
    approval = "standing_approval: {attributions: [people, time, drift], all: {remove: 10}}\n"
    site.replace("reconciler.yaml", "lineage:", f"{approval}lineage:")
    site.types("plan", "--undo", 1, "-o", site.folder / "undo.zip")
    answer = site.types("apply", "--standing", "undo.zip")
    assert answer.status == 4, answer.err
    assert "remove 3 trainings, by undoing an earlier run" in " ".join(answer.out.split())
    assert len(site.enrolled()) == 3


FORMS = {
    "text": ((), "Undo of run 1"),
    "JSON": (("--json",), '"undo": {'),
    "Markdown": (("--markdown",), "### Undo of run 1. This plan removes fewer than 5 trainings"),
    "HTML": (("--html",), "<h1>Undo of run 1. This plan removes 2 trainings"),
}


@pytest.mark.parametrize(("options", "said"), FORMS.values(), ids=FORMS)
def test_it_is_shown_like_any_plan(site, options, said):
    learn(site.folder, "E3", KNIVES, "in_progress")
    path = site.folder / "undo.zip"
    site.types("plan", "--undo", 1, "-o", path)
    shown = site.types("show", path, *options).out

    assert said in shown
    text = " ".join(shown.split())
    assert "started since" in text
    assert options == ("--json",) or "the next plan does" in text
    document, actions = load_plan(path)
    assert document.attribution == {"undo": {"remove": 2}}
    assert set(actions["because"]) == {"undo"}
    if options == ("--markdown",):
        assert "E1" not in shown


def older(desk):
    sql(desk, "DELETE FROM log WHERE kind = 'begin'", file="ledger.db")


def at_work(desk):
    ledger = open_workspace(desk.folder).ledger()
    holder = Holder("ada", "https://ci.example.com/7", "elsewhere", "1")
    ledger.take_lease(holder, now=now(), ended=lambda _: False)
    sql(desk, "UPDATE runs SET state = 'running', finished = NULL", file="ledger.db")


# what was typed, what was done before, the status, what is said
WRONG = {
    "no such run": (lambda _: None, ["--undo", 9], 1, "There is no run 9. The ledger has run 1;"),
    "no number": (lambda _: None, ["--undo", "one"], 1, "write a whole number"),
    "nought": (lambda _: None, ["--undo", 0], 1, "There is no run 0."),
    "beside a base": (
        lambda _: None, ["--undo", 1, "--base", "HEAD"], 1, "Give one of --undo and --base",
    ),
    "older than the journal": (older, ["--undo", 1], 1, "Run 1 is older than this ledger's journal"),
    "under way": (at_work, ["--undo", 1], 7, "https://ci.example.com/7"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "typed", "status", "said"), WRONG.values(), ids=WRONG)
def test_wrong_use(site, before, typed, status, said):
    before(site)
    answer = site.types("plan", *typed)
    assert answer.status == status, answer.out
    assert said in " ".join(answer.err.split())


def test_before_anything_was_applied(desk):
    answer = desk.types("plan", "--undo", 1)
    assert answer.status == 1
    assert "There is no run 1. Nothing has been applied yet." in answer.err


def test_a_run_that_wrote_nothing(site):
    site.write(
        "policies/new.yaml",
        "automations:\n  fire: {assign: course/fire-safety, target: {role: cook}}\n",
    )
    day(site, 3)
    answer = site.types("plan", "--undo", 2, "--detailed-exitcode")
    assert answer.status == 0
    said = " ".join(answer.out.split())
    assert "It wrote nothing to the LMS, so there is nothing to undo." in said


def test_in_the_past_it_only_answers_what_if(site):
    saved = site.folder / "undo.zip"
    said = site.types("plan", "--undo", 1, "--as-of", "2024-03-01T12:00", "-o", saved)
    assert (said.status, "What if" in said.out) == (0, True)
    assert site.types("apply", saved).status == 5
    assert len(site.enrolled()) == 3


def test_a_ledger_that_was_moved_knows_its_runs(site):
    assert site.types("state", "migrate", "sqlite:///moved.db").status == 0
    undo(site, 1)
    assert site.enrolled() == {}


def test_a_run_that_was_cut_off_is_settled_first(site):
    """Killed after the LMS had written: the ledger has no outcome, and the run did it all the same."""
    sql(site, "UPDATE runs SET state = 'running', finished = NULL", file="ledger.db")
    sql(site, "UPDATE intents SET state = 'open'", file="ledger.db")
    sql(site, "DELETE FROM members WHERE kind = 'gave'", file="ledger.db")
    told = undo(site, 1)
    assert "It did not come to its end" in told
    assert site.enrolled() == {}
    assert not stored(site, "gave", "automation.knives")


def server(desk, number):
    """E1 leaves the rule's target, and a run takes the training away."""
    desk.replace("roster.csv", "E1,austin-1,cook", "E1,austin-1,server")
    day(desk, number)


def test_across_a_rename_that_is_over_the_rule_has_it_again(site):
    """U8a: A15 lets the entry be taken out, and the next plan does as the undo says (U10)."""
    server(site, 3)
    rules = (site.folder / "policies/rules.yaml").read_text().replace("knives", "blades")
    moved = "moved:\n  - {from: automation.knives, to: automation.blades}\n"
    site.write("policies/rules.yaml", moved + rules)
    day(site, 4)
    site.write("policies/rules.yaml", rules)
    said = undo(site, 2)

    assert "automation.blades removes it" in said
    assert stored(site, "gave", "automation.blades") == ALL
    assert stored(site, "gave", "automation.knives") == set()
    assert "Removed 1 have left: E1" in " ".join(site.types("plan").out.split())


@pytest.mark.parametrize("name", ["knives", "others"], ids=["the same name", "another"])
def test_what_was_forgotten_stays_forgotten(site, name):
    """U8a: it comes back, as nobody's; a rule of that name takes it from nobody."""
    server(site, 3)
    assert site.types("state", "forget", "knives").status == 0
    said = undo(site, 2)

    assert "1 get it as nobody's: the rule or order that gave it was forgotten since" in said
    assert row(site, "E1") is not None
    assert stored(site, "gave", "automation.knives") == set()
    site.replace("policies/rules.yaml", "knives", name)
    assert site.types("apply", "--auto-approve").status == 0
    assert row(site, "E1") is not None
