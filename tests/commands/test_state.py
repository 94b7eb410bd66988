"""`state`: a ledger is made on purpose, looked at, and forgotten from (D9)."""

import json
import sqlite3
from contextlib import closing

import pytest

from reconciler.ledger.open import open_ledger
from tests.commands.desk import LINEAGE, POLICY

ORDER = "assignments:\n  recall:\n    assign: course/fire-safety\n    target: {everyone: true}\n"


def without_ledger(desk):
    """The file is lost, and the workspace names none any more."""
    (desk.folder / "ledger.db").unlink()
    lines = (desk.folder / "reconciler.yaml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("lineage:")]
    desk.write("reconciler.yaml", "\n".join([*kept, ""]))


def test_init_makes_a_ledger_and_names_it_in_the_workspace(desk):
    without_ledger(desk)
    desk.replace("reconciler.yaml", "policies: policies", "policies: policies  # all of them")
    assert desk.types("plan").status == 8
    answer = desk.types("state", "init")

    assert answer.status == 0
    text = (desk.folder / "reconciler.yaml").read_text()
    lineage = text.rpartition("lineage: ")[2].strip()
    assert lineage in answer.out
    assert "# all of them" in text
    assert open_ledger("sqlite:///ledger.db", desk.folder, lineage=lineage)
    assert desk.types("plan").status == 0


def test_init_twice_changes_nothing(desk):
    before = desk.files()
    answer = desk.types("state", "init")
    assert answer.status == 1
    assert "already" in answer.err
    assert desk.files() == before


def test_orders_that_stand_there_already_are_done(desk):
    without_ledger(desk)
    desk.write("policies/orders.yaml", ORDER)
    answer = desk.types("state", "init")
    assert "1 order in the files will not be carried out again." in answer.out
    desk.types("apply", "--auto-approve")

    assert not [pair for pair in desk.enrolled() if pair[1] == "course/fire-safety"], "D9"


def test_orders_that_are_still_pending_are_carried_out(desk):
    without_ledger(desk)
    desk.write("policies/orders.yaml", ORDER)
    desk.types("state", "init", "--pending")
    desk.types("apply", "--auto-approve")

    assert [who for who, what in sorted(desk.enrolled()) if what == "course/fire-safety"] == [
        "E1", "E2", "E3", "E4",
    ]  # fmt: skip


def test_list_and_show(desk):
    desk.write("policies/orders.yaml", ORDER)
    assert desk.types("state", "list").status == 0
    desk.types("apply", "--auto-approve")

    listed = desk.types("state", "list").out
    assert "complete" in listed
    shown = desk.types("state", "show", "automation.knives")
    assert shown.status == 0
    assert all(trainee in shown.out for trainee in ("E1", "E3", "E4"))
    assert desk.types("state", "show", "assignment.recall").status == 0


def test_forget_begins_anew_and_leaves_the_lms(desk):
    desk.types("apply", "--auto-approve")
    enrolled = desk.enrolled()
    assert desk.types("state", "forget", "automation.knives").status == 0
    assert desk.enrolled() == enrolled
    assert desk.types("state", "show", "automation.knives").status == 1
    assert "new" in desk.types("plan").out


def test_a_name_that_nobody_has(desk):
    desk.types("apply", "--auto-approve")
    for command in ("show", "forget"):
        answer = desk.types("state", command, "automation.knivs")
        assert answer.status == 1
        assert "'automation.knives'" in answer.err


GROUPS = {
    "unknown": ("", "2:49: Unknown group"),
    "of itself": ("groups:\n  cooks: {group: cooks}\n", "2:11: Circle of groups"),
    "in a circle": (
        "groups:\n  cooks: {group: chefs}\n  chefs: {group: cooks}\n", "3:11: Circle of groups",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("groups", "finding"), GROUPS.values(), ids=GROUPS.keys())
def test_init_refuses_orders_that_are_not_valid(desk, groups, finding):
    """An order's audience cannot be recorded from a group that is none (T2, D9)."""
    without_ledger(desk)
    text = "assignments:\n  recall: {assign: course/fire-safety, target: {group: cooks}}\n"
    desk.write("policies/orders.yaml", groups + text)
    before = desk.files()
    answer = desk.types("state", "init")

    assert answer.status == 3
    assert f"policies/orders.yaml:{finding}" in answer.err
    assert desk.files() == before


def test_init_keeps_the_ends_of_lines(desk):
    without_ledger(desk)
    path = desk.folder / "reconciler.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    assert desk.types("state", "init").status == 0

    after = path.read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == after.count(b"\r\n") == before.count(b"\n") + 1
    assert desk.types("plan").status == 0


@pytest.mark.parametrize("command", ["plan", "state list", "state init"])
def test_a_lineage_that_was_lost_is_told(desk, command):
    """A merge that drops the line must not cost the memory of all runs."""
    desk.types("apply", "--auto-approve")
    desk.replace("reconciler.yaml", f"lineage: {LINEAGE}\n", "")
    answer = desk.types(*command.split())
    assert answer.status == (1 if command == "state init" else 8)
    assert f"write this line back, and all goes on. lineage: {LINEAGE}" in answer.err
    with (desk.folder / "reconciler.yaml").open("a") as file:
        file.write(f"\nlineage: {LINEAGE}\n")
    assert desk.types("plan", "--detailed-exitcode").status == 0


@pytest.mark.parametrize("key", ["lineage", '"lineage"', "'lineage'", "lineage "])
def test_init_replaces_a_lineage_however_it_is_written(desk, key):
    without_ledger(desk)
    text = (desk.folder / "reconciler.yaml").read_text()
    desk.write("reconciler.yaml", f"{key}: fedcba9876543210\n{text}")
    assert desk.types("state", "init").status == 0

    after = (desk.folder / "reconciler.yaml").read_text()
    assert "fedcba9876543210" not in after
    assert after.startswith(text)
    assert desk.types("plan").status == 0


def test_of_an_order_only_what_it_gave_is_forgotten(desk):
    """M4e: it never runs again, and its name is never free again (M4)."""
    desk.write("policies/orders.yaml", ORDER)
    desk.types("apply", "--auto-approve")
    enrolled, listed = desk.enrolled(), desk.types("state", "show", "assignment.recall").out
    answer = desk.types("state", "forget", "assignment.recall")

    assert (answer.status, answer.err) == (0, "")
    assert "never runs again" in " ".join(answer.out.split())
    assert desk.enrolled() == enrolled
    shown = desk.types("state", "show", "assignment.recall").out
    assert "given an enrollment" in listed
    assert "given an enrollment" not in shown
    assert [line for line in listed.splitlines() if "udience" in line] == [
        line for line in shown.splitlines() if "udience" in line
    ]
    (desk.folder / "lms.db").unlink()
    desk.types("lms", "init")
    desk.types("apply", "--auto-approve")
    assert not [pair for pair in desk.enrolled() if pair[1] == "course/fire-safety"], "M4"
    assert desk.types("state", "verify").status == 0
    assert "assignment.recall" in desk.types("state", "history").out.rpartition("forget")[2]


def test_a_removal_that_is_forgotten_binds_nobody(desk):
    """M4e: the rule gives again what it took."""
    desk.types("apply", "--auto-approve")
    enrolled = desk.enrolled()
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("UPDATE enrollment SET assigned = assigned - 60")
    off = "removals:\n  off: {content: course/knife-safety, target: {role: cook}}\n"
    desk.write("policies/orders.yaml", off)
    desk.types("apply", "--auto-approve")
    assert desk.enrolled() == {}
    assert desk.types("plan", "--detailed-exitcode").status == 0
    assert desk.types("state", "forget", "removal.off").status == 0
    desk.types("apply", "--auto-approve")
    assert desk.enrolled() == enrolled


def test_several_are_forgotten_at_once_or_none(desk):
    desk.write("policies/orders.yaml", ORDER)
    desk.types("apply", "--auto-approve")
    before = desk.files()
    assert desk.types("state", "forget", "knives", "assignment.x").status == 1
    assert desk.files() == before
    assert desk.types("state", "forget", "knives", "assignment.recall", "knives").status == 0
    assert desk.types("state", "show", "knives").status == 1
    assert "gave" not in desk.types("state", "show", "assignment.recall").out


UNREADABLE = {
    "without a word that it needs": {"target": {"everyone": True}},
    "with a word that is gone": {"assign": "course/fire-safety", "people": {"role": ["cook"]}},
    "with a target that is none": {
        "assign": "course/fire-safety", "target": {"hire_date": {"since": "2020-01-01"}},
    },
}  # fmt: skip
MOVED = "moved:\n  - {from: role.waiter, to: role.server}\n"


def recorded(desk, text, state):
    """The order is there, as another version of the program has written it."""
    desk.write("policies/orders.yaml", ORDER + MOVED)
    desk.types("apply", "--auto-approve")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE orders SET text = ?, state = ?", (json.dumps(text), state))
        if state == "open":
            ledger.execute(
                "INSERT INTO members SELECT 'open', owner, content, block, bitmap "
                "FROM members WHERE kind = 'audience'"
            )


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_the_text_of_an_order_that_is_over_may_be_of_another_version(desk, text, state):
    """M4f: it never runs again, so nobody needs it."""
    recorded(desk, text, state)
    for command in ("plan", "plan --json", "apply --auto-approve"):
        assert desk.types(*command.split()).status == 0, command
    desk.write("policies/orders.yaml", MOVED)
    assert desk.types("plan", "--detailed-exitcode").status == 0


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_the_text_of_an_open_order_of_another_version(desk, text):
    """M4f: nobody knows what is left to do, and taking it out of the files cancels it."""
    recorded(desk, text, "open")
    answer = desk.types("plan")
    said = " ".join(answer.err.split())

    assert answer.status == 8
    assert "assignment.recall was recorded by another version of reconciler" in said
    assert "take it out of the files" in said
    desk.write("policies/orders.yaml", MOVED)
    for command in ("plan", "plan --json", "apply --auto-approve"):
        assert desk.types(*command.split()).status == 0, command
    assert "cancelled" in desk.types("state", "list").out


OF_ANOTHER_VERSION = {
    "on_exit": {"on_exit": "archive"},
    "guards": {"guards": {"remove": "a third"}},
    "target": {"target": {"team": ["blue"], "hire_date": {"around": "2026-01-01"}}},
    "all of it": {
        "target": "nobody knows",
        "scope": "past",
        "due": [],
        "window": {"start": "soon"},
    },
}


@pytest.mark.parametrize("words", OF_ANOTHER_VERSION.values(), ids=OF_ANOTHER_VERSION)
@pytest.mark.parametrize("policy", ["automations: {}\n", POLICY], ids=["gone", "here"])
def test_the_text_of_an_automation_of_another_version(desk, words, policy):
    """A14: of a rule that has gone, words that nobody knows take nothing."""
    assert desk.types("apply", "--auto-approve").status == 0
    before = desk.enrolled()
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger, ledger:
        (text,) = ledger.execute("SELECT text FROM automations").fetchone()
        ledger.execute("UPDATE automations SET text = ?", (json.dumps(json.loads(text) | words),))
    desk.write("policies/rules.yaml", policy)
    for command in (
        "plan",
        "plan --json",
        "explain E1 course/knife-safety",
        "apply --auto-approve",
    ):
        answer = desk.types(*command.split())
        assert answer.status == 0, answer.err
    assert desk.enrolled() == before
