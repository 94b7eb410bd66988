"""`apply`: exactly the plan that was looked at, or nothing."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import polars as pl
import pytest

from reconciler.review.saved import load_plan
from tests.commands.desk import LINEAGE, PROJECT, WORKSPACE, enrollments, furnish
from tests.review.packing import as_table, packed, table_in, unpacked

EXPORT = "{adapter: export, enrollments: enrollments.csv}"
COOKS = {
    ("E1", "course/knife-safety"),
    ("E3", "course/knife-safety"),
    ("E4", "course/knife-safety"),
}


def test_a_saved_plan_is_applied_and_the_next_is_empty(desk, saved):
    answer = desk.types("apply", saved)

    assert answer.status == 0
    assert "Applied as run 1: 3 rows written." in answer.out
    assert set(desk.enrolled()) == COOKS
    assert desk.types("plan", "--detailed-exitcode").status == 0, "D2"


def test_auto_approve_shows_the_plan_too(desk):
    answer = desk.types("apply", "--auto-approve")
    assert answer.status == 0
    assert "assigns 3 trainings" in answer.out
    assert set(desk.enrolled()) == COOKS


def test_without_a_terminal_it_refuses_and_says_the_way_out(desk, monkeypatch):
    monkeypatch.setattr(sys, "stdin", StringIO())
    before = desk.files()
    answer = desk.types("apply")

    assert answer.status == 1
    assert "--auto-approve" in answer.err
    assert desk.files() == before


def test_a_stale_plan_is_refused_with_the_differences(desk, saved):
    roster = (desk.folder / "roster.csv").read_text()
    desk.write("roster.csv", roster + "E9,austin-1,cook,2024-01-01,A\n")
    answer = desk.types("apply", saved)

    assert answer.status == 5
    assert "automation.knives: assign 3 in the plan, 4 now" in answer.err
    assert desk.enrolled() == {}


def test_the_same_numbers_for_others_are_stale_too(desk, saved):
    desk.replace("roster.csv", "E4,", "E8,")
    answer = desk.types("apply", saved)

    assert answer.status == 5
    assert "other trainees" in answer.err


def test_a_plan_is_applied_once(desk, saved):
    desk.types("apply", saved)
    before = desk.files()
    answer = desk.types("apply", saved)

    assert answer.status == 5
    assert desk.files() == before


def typed_for(offset):
    """An instant so far from now, as `--as-of` takes it."""
    instant = datetime.now(UTC) + offset  # noqa: TID251 a plan is applied by the clock
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


REFUSED = {
    "expired": (timedelta(days=-3), "expired"),
    "in the future": (timedelta(days=3), "in the future"),
}


@pytest.mark.parametrize(("offset", "word"), REFUSED.values(), ids=REFUSED.keys())
def test_a_plan_for_another_time_is_refused(desk, offset, word):
    path = desk.folder / "plan.zip"
    desk.types("plan", "-o", path, "--as-of", typed_for(offset))
    answer = desk.types("apply", path)

    assert answer.status == 5, "D7"
    assert word in answer.err
    assert desk.enrolled() == {}


def test_a_plan_for_a_little_while_ago_is_applied(desk):
    path = desk.folder / "plan.zip"
    desk.types("plan", "-o", path, "--as-of", typed_for(timedelta(hours=-1)))
    assert desk.types("apply", path).status == 0


def test_a_what_if_is_refused(desk):
    desk.types("apply", "--auto-approve")
    desk.replace("policies/rules.yaml", "role: cook", "everyone: true")
    path = desk.folder / "what-if.zip"
    desk.types("plan", "-o", path, "--as-of", typed_for(timedelta(hours=-1)))
    answer = desk.types("apply", path)

    assert answer.status == 5, "D7"
    assert "what if" in answer.err
    assert set(desk.enrolled()) == COOKS


def test_a_plan_of_another_workspace_is_refused(desk, saved, tmp_path):
    other = furnish(tmp_path / "other")
    (other / "ledger.db").unlink()
    (other / "reconciler.yaml").write_text(WORKSPACE.replace(f"lineage: {LINEAGE}\n", ""))
    assert desk.says("state", "init", "-C", other).status == 0
    answer = desk.says("apply", saved, "-C", other)

    assert answer.status == 5
    assert "another ledger" in answer.err
    assert enrollments(other / "lms.db") == {}


def test_an_altered_plan_is_refused(desk, saved):
    saved.write_bytes(saved.read_bytes().replace(b'"assign": 3', b'"assign": 9'))
    before = desk.files()
    assert desk.types("apply", saved).status == 5
    assert desk.files() == before


def test_the_plan_of_an_export_cannot_be_applied(desk):
    desk.write(
        "enrollments.csv",
        "trainee,content,status,version,assigned,due,completed\nE3,course/fire-safety,not_started,1,,,\n",
    )
    desk.replace("reconciler.yaml", "{adapter: local, path: lms.db}", EXPORT)
    path = desk.folder / "plan.zip"
    assert desk.types("plan", "-o", path).status == 0
    ledger = (desk.folder / "ledger.db").read_bytes()

    for arguments in (["apply", path], ["apply", "--auto-approve"]):
        answer = desk.types(*arguments)
        assert answer.status == 8, arguments
        assert "export" in answer.err
    assert (desk.folder / "ledger.db").read_bytes() == ledger


ANSWERS = {"n": (1, set()), "": (1, set()), "y": (0, COOKS)}


@pytest.mark.parametrize(("answer", "held"), ANSWERS.items(), ids=["no", "only enter", "yes"])
def test_on_a_terminal_it_asks(desk, answer, held):
    status, wanted = held
    ended, screen = on_a_terminal(desk.folder, "apply", answer=answer)

    assert "Apply this plan?" in screen
    assert "Traceback" not in screen
    assert ended == status
    assert ("Nothing was done." in screen) is (status == 1)
    assert set(desk.enrolled()) == wanted


def test_colors_on_a_terminal_and_how_to_have_none(desk):
    assert "\x1b[1m" in on_a_terminal(desk.folder, "plan")[1]
    plain = on_a_terminal(desk.folder, "plan", environment={"NO_COLOR": "1"})[1]
    assert "\x1b[3" not in plain
    assert "assigns 3 trainings" in plain


def on_a_terminal(folder, *arguments, answer="", environment=()):
    """Run the program on a pseudo-terminal, answer its question, and return status and screen."""
    person, program = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments, "-C", str(folder)],
        stdin=program, stdout=program, stderr=program, close_fds=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "TERM": "xterm", **dict(environment)},
    )  # fmt: skip
    os.close(program)
    screen, deadline = "", time.monotonic() + 120
    while time.monotonic() < deadline:
        if not select.select([person], [], [], 1)[0]:
            continue
        try:
            read = os.read(person, 4096).decode(errors="replace")
        except OSError:
            break
        if "?" in read and "Apply this plan?" in screen + read and "Apply" not in screen:
            os.write(person, f"{answer}\n".encode())
        screen += read
    os.close(person)
    return process.wait(60), screen


def test_the_report_of_a_plan_file_names_who_it_is_for(desk, saved):
    document, actions = load_plan(saved)
    desk.types("apply", saved)
    assert set(zip(actions["trainee"], actions["content"].cast(str), strict=True)) == COOKS
    assert document.totals.assign == len(COOKS)


def nobody(actions):
    return actions.head(0)


def one_less(actions):
    return actions.head(2)


def somebody_else(people):
    return people.with_columns(trainee=pl.col("trainee").str.replace("E4", "E5"))


def one_person_less(people):
    return people.head(2)


def no_due_date(actions):
    return actions.with_columns(due=pl.lit(None, dtype=actions.schema["due"]))


def a_column_less(actions):
    return actions.drop("due")


NOTED = {
    "kind": "baseline", "owner": "automation.knives", "content": "", "add": 3, "remove": 0,
}  # fmt: skip

# the story: the part of the plan file, and what becomes of it; the digest is kept
ALTERED = {
    "the totals": ("plan.json", lambda plan: plan["totals"].update(assign=0, trainees=0)),
    "no decisions": ("plan.json", lambda plan: plan.update(decisions=[])),
    "a decision": ("plan.json", lambda plan: plan["decisions"][0].update(action="remove")),
    "no automations": ("plan.json", lambda plan: plan.update(automations=[])),
    "to how many": (
        "plan.json", lambda plan: plan["automations"][0]["reasons"].update(assigned=1),
    ),
    "the changes of the ledger": ("plan.json", lambda plan: plan["ledger"].append(NOTED)),
    "no rows": ("actions.parquet", nobody),
    "a row less": ("actions.parquet", one_less),
    "a row of somebody else": ("people.parquet", somebody_else),
    "a person less": ("people.parquet", one_person_less),
    "no due dates": ("actions.parquet", no_due_date),
    "a column less": ("actions.parquet", a_column_less),
}  # fmt: skip


@pytest.mark.parametrize(("part", "change"), ALTERED.values(), ids=ALTERED.keys())
def test_a_plan_that_was_altered_under_its_digest_is_refused(desk, saved, part, change):
    """What people have read of it is what is done, or nothing is (D7)."""
    parts = unpacked(saved)
    if part == "plan.json":
        document = json.loads(parts[part])
        change(document)
        parts[part] = json.dumps(document).encode()
    else:
        parts[part] = as_table(change(table_in(parts, part)))
    packed(saved, parts, sealed=True)
    before = desk.files()
    answer = desk.types("apply", saved)

    assert answer.status == 5
    assert "plan again" in answer.err.lower()
    assert desk.files() == before


AROUND = {
    "a reason": (
        lambda plan: plan["automations"][0]["reasons"].update(exempt=9),
        "people with the reason 'exempt': 9 in the plan, 0 now",
    ),
    "the people": (
        lambda plan: plan["people"].update(active=1), "roster: active people: 1 in the plan, 4 now",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), AROUND.values(), ids=AROUND.keys())
def test_numbers_around_what_is_written_are_told_where_they_differ(desk, saved, change, said):
    """They may have changed in the world, or in the file: nothing that is written is by them."""
    parts = unpacked(saved)
    document = json.loads(parts["plan.json"])
    change(document)
    packed(saved, {**parts, "plan.json": json.dumps(document).encode()}, sealed=True)
    answer = desk.types("apply", saved)

    assert (answer.status, said in answer.out) == (0, True)


@pytest.mark.parametrize(("sealed", "status"), [(True, 0), (False, 5)])
def test_a_plan_file_put_together_anew_from_the_same_parts(desk, saved, sealed, status):
    """It is what a plan says that counts, not how it was packed; but whole it must be."""
    parts = unpacked(saved)
    text = json.dumps(json.loads(parts["plan.json"]), indent=4).encode()
    tables = {name: as_table(table_in(parts, name)) for name in parts if name != "plan.json"}
    packed(saved, {"plan.json": text, **tables}, sealed=sealed)

    assert desk.types("apply", saved).status == status
    assert set(desk.enrolled()) == (set() if status else COOKS)
