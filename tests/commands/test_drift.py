"""`drift`: what others changed in the LMS since the last apply, and nothing that we did (A13e-A13h)."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.__main__ import run
from reconciler.commands.clock import now
from reconciler.execution.process import this_process
from reconciler.review.drift import DriftReport
from reconciler.workspace import open_workspace
from tests.commands.desk import POLICY, WITHOUT_BOUNDS, Desk, furnish

RULES = f"""{POLICY}\
    on_exit: remove
  fire:
    assign: course/fire-safety
    target: {{role: server}}
    scope: future-and-existing
    on_removed: respect
"""
KNIFE, FIRE = "course/knife-safety", "course/fire-safety"
MODULE = "module/onboarding"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """E1, E3 and E4 are to learn about knives, E2 and E3 about fire; the ledger knows it."""
    folder = furnish(tmp_path_factory.mktemp("prepared") / "site", policy=RULES)
    assert run(["apply", "--auto-approve", "-C", str(folder)]) == 0
    return folder


@pytest.fixture
def applied(prepared, tmp_path, capsys):
    return Desk(Path(shutil.copytree(prepared, tmp_path / "site")), capsys)


def by_others(statement, *values):
    """What somebody does in the LMS behind our back."""

    def does(desk):
        with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
            assert lms.execute(statement, values).rowcount, "something has changed"

    return does


def removes(who, what=KNIFE):
    return by_others("DELETE FROM enrollment WHERE trainee = ? AND content = ?", who, what)


def enrolls(who, what=KNIFE):
    row = (
        "INSERT INTO enrollment (trainee, content, status, version) VALUES (?, ?, 'not_started', 1)"
    )
    return by_others(row, who, what)


def moves(who, what=KNIFE):
    due = "UPDATE enrollment SET due = due + 86400 WHERE trainee = ? AND content = ?"
    return by_others(due, who, what)


def reopens(who, what=KNIFE):
    again = "UPDATE enrollment SET status = 'not_started' WHERE trainee = ? AND content = ?"
    return by_others(again, who, what)


def types(*arguments):
    def does(desk):
        answer = desk.types(*arguments)
        assert answer.status == 0, answer.err

    return does


def edits(file, old, new):
    return lambda desk: desk.replace(file, old, new)


def adds(text):
    return lambda desk: desk.write("policies/more.yaml", text)


def wrote(line):
    return edits("policies/rules.yaml", "automations:\n", line + "automations:\n")


apply = types("apply", "--auto-approve")
completes = types("lms", "complete", "E1", KNIFE)
E2_COOKS = edits("roster.csv", "E2,austin-1,server", "E2,austin-1,cook|server")
TAKES = "removals:\n  old: {content: course/knife-safety, target: {trainees: [E2]}}\n"
AGAIN = (
    "reassignments:\n  again: {content: course/knife-safety, target: {trainees: [E1]},"
    " in_progress: restart, completed: retake}\n"
)
STRICT = WITHOUT_BOUNDS.replace("all: {assign: unlimited", "all: {assign: 0")
CASES = {
    # the story: what happens after an apply, and what is drift then
    "nothing": ([], []),
    "an apply that changes nothing": ([apply], []),
    "somebody learns": ([types("lms", "start", "E1", KNIFE), types("lms", "complete", "E3", KNIFE)], []),
    "removed, and wanted": ([removes("E1")], [("missing", KNIFE, "E1", "given back")]),
    "removed, which is respected": ([removes("E2", FIRE)], [("missing", FIRE, "E2", "respected")]),
    "removed, and not wanted any more": (
        [edits("roster.csv", "E1,austin-1,cook", "E1,austin-1,server"), removes("E1")],
        [("missing", KNIFE, "E1", "left")],
    ),
    "removed, and given back": ([removes("E1"), apply], []),
    "removed, and marked": ([removes("E2", FIRE), apply], []),
    "removed, and a guard holds all": (
        [removes("E1"), edits("reconciler.yaml", WITHOUT_BOUNDS, STRICT)],
        [("missing", KNIFE, "E1", "held")],
    ),
    "enrolled by somebody": ([enrolls("E2")], [("extra", KNIFE, "E2", "left")]),
    "enrolled by somebody, and known since": ([enrolls("E2"), apply], []),
    "enrolled by somebody and wanted": (
        [E2_COOKS, enrolls("E2")], [("extra", KNIFE, "E2", "counts")],
    ),
    "enrolled by somebody and to be removed": (
        [enrolls("E2"), adds(TAKES)], [("extra", KNIFE, "E2", "taken away")],
    ),
    "enrolled and removed again": ([enrolls("E2"), removes("E2")], []),
    "what nobody manages": ([enrolls("E2", MODULE)], []),
    "a due date": ([moves("E1")], [("changed due date", KNIFE, "E1", "left")]),
    "a due date, there and back": (
        [moves("E1"), by_others("UPDATE enrollment SET due = due - 86400 WHERE trainee = 'E1'")], [],
    ),
    "a due date, known since": ([moves("E1"), apply], []),
    "a due date that an edit moves": (
        [moves("E1"), edits("policies/rules.yaml", "{days: 14}", "{days: 20, update_existing: true}")],
        [("changed due date", KNIFE, "E1", "moved")],
    ),
    "a due date that we moved": (
        [edits("policies/rules.yaml", "{days: 14}", "{days: 20, update_existing: true}"), apply], [],
    ),
    "a due date that we moved, and somebody after us": (
        [
            edits("policies/rules.yaml", "{days: 14}", "{days: 20, update_existing: true}"),
            apply, moves("E3"),
        ],
        [("changed due date", KNIFE, "E3", "left")],
    ),
    "a due date that was given": (
        [by_others("UPDATE enrollment SET due = 1800000000 WHERE trainee = 'E2'")],
        [("changed due date", FIRE, "E2", "left")],
    ),
    "a due date of what is completed": ([completes, apply, moves("E1")], []),
    "reopened": ([completes, apply, reopens("E1")], [("reopened", KNIFE, "E1", "left")]),
    "reopened, and known since": ([completes, apply, reopens("E1"), apply], []),
    "reopened by an order of ours": ([completes, apply, adds(AGAIN), apply], []),
    "begun again by somebody, and an order starts it over": (
        [
            completes, apply,
            by_others("UPDATE enrollment SET status = 'in_progress' WHERE trainee = 'E1'"), adds(AGAIN),
        ],
        [("reopened", KNIFE, "E1", "taken again")],
    ),
    "given by an order of ours": (
        [adds("assignments:\n  more: {assign: course/knife-safety, target: {trainees: [E2]}}\n"), apply],
        [],
    ),
    "removed by an exit of ours": (
        [edits("roster.csv", "E1,austin-1,cook", "E1,austin-1,server"), apply], [],
    ),
    "given again by somebody after our exit": (
        [edits("roster.csv", "E1,austin-1,cook", "E1,austin-1,server"), apply, enrolls("E1")],
        [("extra", KNIFE, "E1", "left")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "found"), CASES.values(), ids=CASES)
def test_what_is_drift(steps, found, applied):
    for step in steps:
        step(applied)
    before = applied.files()
    answer = applied.types("drift", "--json")

    assert told(answer) == found
    assert answer.status == (2 if found else 0)
    assert applied.files() == before, "nothing is written"


def told(answer):
    report = DriftReport.model_validate_json(answer.out)
    return [
        (one.change.value, one.content, row.trainee, row.next.value)
        for one in report.findings
        for row in one.enrollments
    ]


def test_what_a_person_reads(applied):
    clean = applied.types("drift")
    assert clean.status == 0
    assert "No drift: the LMS is as run 1 left it, but for what people learned." in clean.out

    for step in (removes("E1"), removes("E4"), removes("E2", FIRE), enrolls("E2"), moves("E3")):
        step(applied)
    answer = applied.types("drift", "--no-color")
    said = " ".join(answer.out.split())
    assert answer.status == 2
    assert said.startswith(
        "Others changed 5 enrollments in the LMS since run 1: 3 missing, 1 extra and 1 changed due "
        "date. Run 1 began"
    )
    assert "course/knife-safety (Knife safety) Enrollments 2 E1, E4 ours 2" in said
    assert "The next plan 2 gives back" in said
    assert "The next plan 1 leaves out: a rule respects removals (A13)" in said
    assert "The next plan 1 leaves: what is not ours is not removed (A16)" in said
    due = (now() + timedelta(days=14)).astimezone(open_workspace(applied.folder).zone)
    assert f"E3 {due:%Y-%m-%d} → {due + timedelta(days=1):%Y-%m-%d}" in said


def test_a_few_names_or_all_and_none_where_many_read(applied):
    applied.write("roster.csv", (applied.folder / "roster.csv").read_text() + more_cooks(6))
    apply(applied)
    for number in range(6):
        removes(f"N{number}")(applied)
    few, every = (applied.types("drift", *arguments).out for arguments in ((), ("--all",)))
    assert "N0, N1, N2, and 3 more" in few
    assert "N0, N1, N2, N3, N4, N5" in every
    enrolls("E2")(applied)
    page = applied.types("drift", "--markdown")
    assert page.status == 2
    assert "| Missing | `course/knife-safety` Knife safety | gives back | 6 |" in page.out
    assert "fewer than 5 extra" in page.out
    assert not {"E2", *(f"N{number}" for number in range(6))} & set(page.out.split())


def more_cooks(count):
    return "".join(f"N{number},austin-1,cook,2020-01-01,A\n" for number in range(count))


def test_some_contents(applied):
    removes("E1")(applied)
    assert told(applied.types("drift", "--content", KNIFE, "--json"))
    assert applied.types("drift", "--content", FIRE).status == 0
    assert applied.types("drift", "--content", FIRE, "--content", KNIFE).status == 2
    wrong = applied.types("drift", "--content", "course/knife-safty")
    assert wrong.status == 1
    assert "Did you mean 'course/knife-safety'?" in wrong.err


def test_it_is_kept_in_a_file(applied):
    removes("E1")(applied)
    path = applied.folder / "drift.json"
    assert applied.types("drift", "-o", path).status == 2
    assert json.loads(path.read_text())["findings"][0]["change"] == "missing"
    assert applied.types("drift", "-o", path).status == 2, "written over by its kind"
    other = applied.types("drift", "-o", applied.folder / "roster.csv")
    assert (other.status, "not written over" in other.err) == (1, True)
    both = applied.types("drift", "--json", "--markdown")
    assert (both.status, "Give one of" in both.err) == (1, True)


UNTOLD = {
    # the story: what is in the file, how the look ended; the status and a word
    "no file": (None, 2, 1, "cannot be read"),
    "something else": ("{}", 0, 5, "nothing that `reconciler drift -o` has kept"),
    "a plan's document": ('{"format_version": 1, "header": {}}', 2, 5, "nothing that"),
    "cut off": ('{"format_version": 1, "as_of"', 2, 5, "nothing that"),
    "not text": ("\x00\x01", 0, 5, "nothing that"),
}


@pytest.mark.parametrize(("text", "ended", "status", "word"), UNTOLD.values(), ids=UNTOLD)
def test_what_cannot_be_told(text, ended, status, word, bare):
    if text is not None:
        bare.write("drift.json", text)
    arguments = ("--github", "drift.json", "--ended", ended, "--issue", "--name", "drift")
    answer = bare.types("comment", *arguments)
    assert (answer.status, word in answer.err) == (status, True), answer.err


def test_before_the_first_apply_nobody_knows(desk):
    answer = desk.types("drift")
    assert answer.status == 8
    assert answer.err.startswith("Nothing was applied yet")
    assert "from the next apply on" in answer.err


def test_a_content_that_was_not_looked_at_then(applied):
    wrote(f"assignments:\n  all: {{assign: {MODULE}, target: {{role: cook}}}}\n")(applied)
    enrolls("E1", MODULE)(applied)
    answer = applied.types("drift")
    assert answer.status == 0
    assert "Not known from before: module/onboarding." in answer.out
    only = applied.types("drift", "--content", MODULE)
    assert (only.status, "It is known from the next apply on" in only.err) == (8, True)
    removes("E1")(applied)
    assert applied.types("drift").status == 2


def test_a_ledger_that_was_brought_up_knows_from_the_next_apply_on(applied):
    with closing(sqlite3.connect(applied.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("DROP TABLE inventory")
        ledger.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
    assert "state upgrade" in applied.types("drift").err
    types("state", "upgrade")(applied)
    answer = applied.types("drift")
    assert (answer.status, "at the last apply, run 1" in answer.err) == (8, True)
    apply(applied)
    assert applied.types("drift").status == 0


def test_people_whom_the_last_apply_did_not_know_are_not_compared(applied):
    applied.write("roster.csv", (applied.folder / "roster.csv").read_text() + more_cooks(1))
    by_others("INSERT INTO trainee (id) VALUES ('N0')")(applied)
    enrolls("N0")(applied)
    answer = applied.types("drift")
    assert answer.status == 0
    assert "1 enrollment of people whom run 1 did not know: not compared" in answer.out
    apply(applied)
    removes("N0")(applied)
    assert applied.types("drift").status == 2


def test_an_apply_tells_what_it_takes_for_known(applied):
    """And the log keeps it: from then on it is no drift any more."""
    for step in (removes("E1"), removes("E4"), moves("E3")):
        step(applied)
    answer = applied.types("apply", "--auto-approve")
    told = "others had changed enrollments in the LMS: 2 missing and 1 changed due date."
    assert told in " ".join(answer.out.split())
    assert applied.types("drift").status == 0
    again = applied.types("apply", "--auto-approve")
    assert "others had changed" not in again.out
    history = " ".join(applied.types("state", "history", "--run", 2).out.split())
    assert "before it others had changed enrollments: 2 missing and 1 changed due date" in history
    lines = applied.types("state", "export", "--format", "jsonl").out.splitlines()
    runs = {one["run"]: one for one in map(json.loads, lines) if one["kind"] == "run"}
    assert runs[2]["drift"] == {"missing": 2, "changed due date": 1}
    assert runs[1]["drift"] == runs[3]["drift"] == {}
    assert applied.types("state", "verify").status == 0


def test_other_statuses(applied):
    """As those of a plan: nothing is said of drift where the rest cannot be trusted."""
    applied.replace("policies/rules.yaml", "role: cook", "roll: cook")
    assert applied.types("drift").status == 3
    applied.replace("policies/rules.yaml", "roll: cook", "role: cook")
    ledger = open_workspace(applied.folder).ledger()
    lease = ledger.take_lease(
        this_process(owner="ada", address=""), now=now(), ended=lambda _: False
    )
    busy = applied.types("drift")
    assert (busy.status, "ada" in busy.err) == (7, True)
    ledger.give_back(lease)
    assert applied.types("drift").status == 0
    (applied.folder / "lms.db").unlink()
    assert applied.types("drift").status == 8
