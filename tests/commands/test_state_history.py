"""Evidence: for every enrollment that was touched, who, when, why, and what it was before."""

import csv
import json
import re
import sqlite3
from contextlib import closing
from io import StringIO

import pytest

from reconciler.ledger.open import create_ledger
from tests.commands.desk import LINEAGE

KNIVES = "course/knife-safety"


@pytest.fixture
def told(desk, monkeypatch):
    """Two runs by two people: three trainings given; one taken away, the due date of two moved."""
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    for name, value in (
        ("GITHUB_SERVER_URL", "https://git.example.com"),
        ("GITHUB_REPOSITORY", "acme/training"),
        ("GITHUB_RUN_ID", "17"),
    ):
        monkeypatch.setenv(name, value)
    desk.replace("policies/rules.yaml", "{days: 14}", "{days: 14}\n    on_exit: remove")
    assert desk.types("apply", "--auto-approve").status == 0
    monkeypatch.setenv("RECONCILER_APPROVED_BY", "grace")
    desk.replace("policies/rules.yaml", "{days: 14}", "{days: 28, update_existing: true}")
    desk.replace("roster.csv", "E4,boston-1,cook", "E4,boston-1,server")
    assert desk.types("apply", "--auto-approve").status == 0
    return desk


def rows(desk, *arguments):
    return list(csv.DictReader(StringIO(desk.types("state", "export", *arguments).out)))


def test_every_enrollment_that_was_touched(told):
    found = [(r["run"], r["trainee"], r["action"], r["result"]) for r in rows(told)]
    assert found == [
        ("1", "E1", "assign", "done"), ("1", "E3", "assign", "done"), ("1", "E4", "assign", "done"),
        ("2", "E1", "reschedule", "done"), ("2", "E3", "reschedule", "done"),
        ("2", "E4", "remove", "done"),
    ]  # fmt: skip


def test_what_is_told_of_each(told):
    first, *_, removal = rows(told)
    assert first["by"] == "ada"
    assert removal["by"] == "grace"
    assert first["address"] == "https://git.example.com/acme/training/actions/runs/17"
    assert (first["held_status"], removal["held_status"]) == ("", "not_started")
    assert removal["held_assigned"] == first["assigned"] == first["as_of"]
    assert removal["held_due"] == first["due"]
    assert removal["held_version"] == "1"
    ours = "gave automation.knives, redue automation.knives"
    assert (first["remembered"], removal["remembered"]) == ("", ours)
    assert first["plan"] != removal["plan"]
    assert first["texts"] != removal["texts"]


def test_the_texts_are_in_the_lines_for_programs(told):
    lines = [
        json.loads(one)
        for one in told.types("state", "export", "--format", "jsonl").out.splitlines()
    ]
    texts = {one["digest"]: one["text"] for one in lines if one["kind"] == "text"}
    runs = {one["run"]: one for one in lines if one["kind"] == "run"}
    touched = [one for one in lines if one["kind"] == "row"]
    assert len(touched) == 6
    for row in touched:
        text = texts[runs[row["run"]]["texts"][row["causes"]]]
        assert text["assign"] == KNIVES
        assert text["due"]["days"] == (14 if row["run"] == 1 else 28)


FILTERS = {
    "by trainee": (["--trainee", "E4"], {"E4"}, 2),
    "by run": (["--run", "2"], {"E1", "E3", "E4"}, 3),
    "by content": (["--content", KNIVES], {"E1", "E3", "E4"}, 6),
    "by another content": (["--content", "course/fire-safety"], set(), 0),
    "by rule": (["--automation", "knives"], {"E1", "E3", "E4"}, 6),
    "by a module of which nothing was done": (["--content", "module/onboarding"], set(), 0),
    "by a rule of which nothing was done": (["--automation", "fires"], set(), 0),
    "by two": (["--run", "1", "--trainee", "E1"], {"E1"}, 1),
}


@pytest.mark.parametrize(("arguments", "who", "number"), FILTERS.values(), ids=FILTERS.keys())
def test_what_is_asked_for(told, arguments, who, number):
    fires = "automations: {fires: {assign: course/fire-safety, target: {role: cook}}}\n"
    told.write("policies/fires.yaml", fires)
    found = rows(told, *arguments)
    assert ({row["trainee"] for row in found}, len(found)) == (who, number)
    shown = told.types("state", "history", *arguments)
    assert shown.status == 0
    assert ("Nothing of that kind" in shown.out) is (number == 0)


MISTYPED = {
    "a content without its kind": (["--content", "knife-safety"], "Did you mean 'course/knife-safety'?"),
    "a content": (["--content", "course/knife-safty"], "Did you mean 'course/knife-safety'?"),
    "a content unlike any": (["--content", "course/zzzzzz"], "Neither ledger nor LMS knows 'course/zzzzzz'."),
    "a rule": (["--automation", "knive"], "Did you mean 'automation.knives'?"),
    "a rule unlike any": (["--automation", "zzz"], "Neither ledger nor policies know 'automation.zzz'."),
    "a run": (["--run", "99"], "There is no run 99. The ledger has runs 1 to 2"),
    "a run, of a rule": (["--run", "0", "--automation", "knives"], "There is no run 0."),
    "a trainee": (["--trainee", "E44"], "Did you mean 'E4'?"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "says"), MISTYPED.values(), ids=MISTYPED)
@pytest.mark.parametrize("command", ["history", "export"])
def test_a_mistyped_question_is_not_answered_with_nothing(told, command, arguments, says):
    answer = told.types("state", command, *arguments)
    assert (answer.status, answer.out) == (1, "")
    assert says in " ".join(answer.err.split())


def test_a_mistyped_question_where_the_lms_cannot_be_asked(told):
    (told.folder / "lms.db").unlink()
    assert told.types("state", "history", "--content", KNIVES).status == 0
    assert "LMS knows 'course/x'" in told.types("state", "history", "--content", "course/x").err


@pytest.mark.parametrize("name", ["knives", "blades"])
def test_the_history_of_a_renamed_rule(told, name):
    """A15: it is one rule, under whichever of its names it is asked for."""
    told.replace("policies/rules.yaml", "  knives:", "  blades:")
    told.replace("policies/rules.yaml", "days: 28", "days: 35")
    told.write("policies/moved.yaml", "moved: [{from: automation.knives, to: automation.blades}]\n")
    assert told.types("apply", "--auto-approve").status == 0
    assert {row["run"] for row in rows(told, "--automation", name)} == {"1", "2", "3"}
    said = " ".join(told.types("state", "history", "--automation", name).out.split())
    assert said.count("for automation.knives (now automation.blades)") == 3
    assert said.count("for automation.blades") == 1


def rename(desk, old, new, *, days):
    """Give a rule another name and other due dates, so that its run sends something."""
    desk.replace("policies/rules.yaml", f"  {old}:", f"  {new}:")
    text = (desk.folder / "policies/rules.yaml").read_text(encoding="utf-8")
    desk.write("policies/rules.yaml", re.sub(r"days: \d+", f"days: {days}", text, count=1))
    move = f"{{from: automation.{old}, to: automation.{new}}}"
    desk.write("policies/moved.yaml", f"moved: [{move}]\n")
    assert desk.types("apply", "--auto-approve").status == 0


def write_another(desk, name):
    """A new rule, and the run in which it begins."""
    rule = f"  {name}: {{assign: course/fire-safety, target: {{role: cook}}, scope: future-and-existing}}\n"
    (desk.folder / "policies/moved.yaml").unlink()
    text = (desk.folder / "policies/rules.yaml").read_text(encoding="utf-8")
    desk.write("policies/rules.yaml", text + rule)
    assert desk.types("apply", "--auto-approve").status == 0


def asked(desk, name):
    """Which runs are found under a name, and what is told beside them."""
    history, export = (
        desk.types("state", command, "--automation", name) for command in ("history", "export")
    )
    found = {row["run"] for row in csv.DictReader(StringIO(export.out))}
    assert set(re.findall(r"^Run (\d+)", history.out, re.MULTILINE)) == found
    assert " ".join(history.err.split()) == " ".join(export.err.split())
    return found, " ".join(history.err.split())


def test_a_rule_that_was_renamed_twice_is_found_under_each_name(told):
    """A15b: also under the one in the middle, by which it did nothing itself."""
    for old, new, days in (("knives", "blades", 28), ("blades", "cutters", 35)):
        rename(told, old, new, days=days)
    for name in ("knives", "blades", "cutters"):
        assert asked(told, name) == ({"1", "2", "4"}, "")


def test_a_name_that_another_rule_has_now_is_that_of_the_other(told):
    """A15b: what was called so before is told, and found under its own name."""
    rename(told, "knives", "blades", days=35)
    rename(told, "blades", "cutters", days=42)
    write_another(told, "knives")
    found, said = asked(told, "knives")
    assert found == {"5"}
    assert said == (
        "automation.cutters was called automation.knives until run 3: "
        "`--automation cutters` tells of it alone."
    )
    assert asked(told, "blades") == asked(told, "cutters") == ({"1", "2", "3", "4"}, "")


def test_a_name_that_nobody_has_now_and_two_have_had(told):
    """A15b: both are found, and it is said that they are two."""
    rename(told, "knives", "blades", days=35)
    write_another(told, "knives")
    rename(told, "knives", "fires", days=42)
    found, said = asked(told, "knives")
    assert found == {"1", "2", "3", "4", "5"}
    assert "automation.blades was called automation.knives until run 3:" in said
    assert "automation.fires was called automation.knives until run 5:" in said


def test_a_rule_that_was_renamed_and_then_forgotten(told):
    rename(told, "knives", "blades", days=35)
    assert told.types("state", "forget", "automation.blades").status == 0
    assert asked(told, "knives") == asked(told, "blades") == ({"1", "2", "3"}, "")


def test_a_name_that_was_forgotten_and_begins_anew(told):
    assert told.types("state", "forget", "automation.knives").status == 0
    assert {row["run"] for row in rows(told, "--automation", "knives")} == {"1", "2"}
    assert "(now" not in told.types("state", "history").out


def test_the_history_of_one_person(told):
    said = " ".join(told.types("state", "history", "--trainee", "E4").out.split())
    for word in (
        "by ada",
        "by grace",
        "assign (new)",
        "remove (not_started)",
        "held before: not_started",
    ):
        assert word in said
    assert "E4" in told.types("state", "history", "--trainee", "E44").err


def test_what_the_lms_said(desk):
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute(
            "CREATE TRIGGER full BEFORE INSERT ON enrollment "
            "BEGIN SELECT raise(ABORT, 'the seats are taken'); END"
        )
    assert desk.types("apply", "--auto-approve").status == 6
    assert {row["result"] for row in rows(desk)} == {"failed"}
    assert "the seats are taken" in rows(desk)[0]["detail"]
    assert "3 failed" in desk.types("state", "history").out


def test_a_run_that_only_noted_who_was_here_is_told(desk):
    """When a rule began, and by whom, is asked for when somebody is taken for existing."""
    desk.write(
        "policies/rules.yaml",
        "automations:\n  new: {assign: course/fire-safety, target: {role: cook}}\n",
    )
    desk.types("apply", "--auto-approve")
    told = " ".join(desk.types("state", "history").out.split())
    assert "Run 1 as of" in told
    assert "nothing was sent; what rules say and whom they are for was noted" in told
    assert "Nothing of that kind" in desk.types("state", "history", "--trainee", "E1").out


def test_a_file_is_not_written_over(told):
    path = told.folder / "evidence.csv"
    assert told.types("state", "export", "-o", path).status == 0
    assert len(path.read_text().splitlines()) == 7
    again = told.types("state", "export", "-o", path)
    assert (again.status, "already" in again.err) == (1, True)


def test_of_what_cannot_be_told_no_file_is_left(told):
    path = told.folder / "evidence.csv"
    answer = told.types("state", "export", "--trainee", "nobody", "-o", path)
    assert (answer.status, path.exists()) == (1, False)


def test_verify(told):
    answer = told.types("state", "verify")
    assert answer.status == 0
    head = "".join(answer.out.split()).partition("lasthashis")[2][:64]
    assert told.types("state", "verify", "--head", head).status == 0
    assert told.types("state", "verify", "--head", f"{head[:12].upper()} ").status == 0
    assert told.types("state", "verify", "--head", "0" * 64).status == 8
    for nothing in ("", "a", head[:11], "x" * 64):
        answer = told.types("state", "verify", "--head", nothing)
        assert (answer.status, answer.out) == (1, "")
        assert "--head: give a hash, or at least its first 12 digits." in answer.err
    with closing(sqlite3.connect(told.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE intents SET causes = '[]' WHERE number = 1")
    broken = told.types("state", "verify")
    assert broken.status == 8
    assert "The log is broken: entry" in broken.out


def test_forgetting_is_told(told):
    assert told.types("state", "forget", "automation.knives").status == 0
    assert "automation.knives" in told.types("state", "history").out.rpartition("forget")[2]


def test_a_ledger_moves_to_a_server_and_back(told, server):
    before = told.types("state", "export").out
    address = server.new_address()
    answer = told.types("state", "migrate", address)
    assert answer.status == 0, answer.err
    assert server.password not in answer.out
    assert f"ledger: {address}" in (told.folder / "reconciler.yaml").read_text()
    assert told.types("state", "export").out == before
    assert told.types("apply", "--auto-approve").status == 0

    assert told.types("state", "migrate", address).status == 1
    assert told.types("state", "migrate", "sqlite:///ledger.db").status == 0
    assert told.types("state", "verify").status == 0
    assert "ledger: sqlite:///ledger.db" in (told.folder / "reconciler.yaml").read_text()
    assert told.types("plan").status == 0


WRITTEN = {
    "on two lines": "ledger:\n  sqlite:///ledger.db\n",
    "before the end of the document": "ledger: sqlite:///ledger.db\n...\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_a_workspace_file_that_cannot_be_changed_by_a_line(told, text):
    path = told.folder / "reconciler.yaml"
    path.write_text(path.read_text().replace("ledger: sqlite:///ledger.db\n", "") + text)
    before = path.read_bytes()
    answer = told.types("state", "migrate", "sqlite:///other.db")
    assert (answer.status, path.read_bytes()) == (1, before)
    assert "put this line into it by hand: ledger: sqlite:///other.db" in answer.err


def test_a_whole_life_on_a_server_and_no_password_anywhere(desk, server, tmp_path):
    """What is planted is found nowhere: output, plan, ledger, evidence, errors."""
    address = server.new_address()
    create_ledger(address, desk.folder, lineage=LINEAGE)
    desk.replace("reconciler.yaml", "sqlite:///ledger.db", address)
    said = ""
    for arguments in (
        ["plan", "-o", "plan.zip"], ["apply", "plan.zip"], ["state", "list"], ["state", "history"],
        ["state", "export"], ["state", "verify"], ["validate"], ["plan", "--json"],
    ):  # fmt: skip
        answer = desk.types(*arguments)
        assert answer.status == 0, answer.err
        said += answer.out + answer.err
    assert len(desk.enrolled()) == 3
    desk.replace("reconciler.yaml", "127.0.0.1", "127.0.0.2")
    said += desk.types("plan").err
    everything = said.encode() + b"".join(desk.files().values())
    everything += repr(server.execute("SELECT * FROM log", url=address)).encode()
    assert server.password.encode() not in everything
