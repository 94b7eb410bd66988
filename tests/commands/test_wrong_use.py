"""Whatever is typed gets an answer with a way out: never a traceback, and 2 means changes alone."""

import os
import re
from io import StringIO

import pytest

from tests.commands.desk import LINEAGE, POLICY, WORKSPACE

# the story: what is typed, the status, and a word of the answer
TYPED = {
    "no such command": (["pla"], 1, "'plan'"),
    "no such option": (["plan", "--now"], 1, "--now"),
    "an argument too many": (["validate", "extra"], 1, "extra"),
    "an argument too few": (["explain", "E1"], 1, "content"),
    "a day that is none": (["plan", "--as-of", "2026-02-30"], 1, "28 days"),
    "a word for a day": (["plan", "--as-of", "tomorrow"], 1, "2026-03-31"),
    "nothing for a day": (["plan", "--as-of", ""], 1, "2026-03-31"),
    "the last day": (["plan", "--as-of", "9999-12-31"], 1, "--as-of"),
    "a day after the last": (["plan", "--as-of", "12026-01-01"], 1, "2026-03-31"),
    "no such plan file": (["apply", "none.zip"], 1, "none.zip"),
    "a folder as plan file": (["apply", os.curdir], 1, "directory"),
    "a folder to show": (["show", os.curdir], 1, "directory"),
    "no such schema": (["schema", "nothing"], 1, "'policy'"),
    "a typo in an id": (["explain", "EE1", "course/knife-safety"], 1, "'E1'"),
    "a typo in a content": (["explain", "E1", "course/knive-safety"], 1, "'course/knife-safety'"),
    "a word for a number": (
        ["plan", "--undo", "x"],
        1,
        "'--undo': write a whole number. See `reconciler plan --help`.",
    ),
    "a word for a number, deeper": (
        ["state", "history", "--run", "x"],
        1,
        "write a whole number. See `reconciler state history --help`.",
    ),
    "a command that is nearly one": (["plann"], 1, "'explain'? See `reconciler --help`."),
    "no such host": (["init", "--ci", "x"], 1, "'--ci': 'x' is not one of 'github', 'gitlab'. See"),
    "no courses": (
        ["lms", "publish", "module/onboarding", "--courses", " "],
        1,
        "needs at least one course",
    ),
    "the roster for a plan": (["apply", "roster.csv"], 1, "no plan file"),
    "nobody to ask": (["apply"], 1, "--auto-approve"),
    "a ledger is there": (["state", "init"], 1, "already"),
    "an LMS is there": (["lms", "init"], 1, "--replace"),
    "a workspace is there": (["init"], 1, "already"),
    "the plan cannot be written": (["plan", "-o", os.curdir], 1, "cannot be written"),
    "no folder to write into": (["plan", "-o", "none/plan.zip"], 1, "cannot be written"),
    "unknown in the ledger": (["state", "show", "automation.x"], 1, "state list"),
}


@pytest.mark.parametrize(("arguments", "status", "word"), TYPED.values(), ids=TYPED.keys())
def test_typed_wrongly(desk, arguments, status, word, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    before = desk.files()
    answer = desk.types(*arguments)

    assert answer.status == status
    assert_told(answer, word)
    assert desk.files() == before


def without(name):
    return lambda desk: (desk.folder / name).unlink()


def written(name, text):
    return lambda desk: desk.write(name, text)


def binary(name):
    return lambda desk: (desk.folder / name).write_bytes(bytes(range(256)) * 20)


def folder(name):
    def spoil(desk):
        (desk.folder / name).unlink()
        (desk.folder / name).mkdir()

    return spoil


def replaced(name, old, new):
    return lambda desk: desk.replace(name, old, new)


BOTH = "E1,austin-1,cook,2020-01-01,A\n"

# the story: what is wrong in the workspace, the status of a plan, and a word of the answer
WORKSPACES = {
    "no workspace file": (without("reconciler.yaml"), 3, "reconciler init"),
    "a workspace file that is no YAML": (written("reconciler.yaml", "a: [\n"), 3, ":"),
    "an unknown key": (replaced("reconciler.yaml", "ledger:", "ledgr:"), 3, "'ledger'"),
    "an unknown time zone": (replaced("reconciler.yaml", "Chicago", "Chicgo"), 3, "Chicgo"),
    "a binary workspace file": (binary("reconciler.yaml"), 3, "reconciler.yaml"),
    "an empty workspace file": (written("reconciler.yaml", ""), 3, "reconciler.yaml"),
    "broken policies": (written("policies/rules.yaml", "automations: 3\n"), 3, "rules.yaml:1:"),
    "binary policies": (binary("policies/rules.yaml"), 3, "rules.yaml"),
    "a list as organization": (written("organization.yaml", "- a\n"), 3, "such as 'locations:'"),
    "a broken organization": (written("organization.yaml", "locations: 3\n"), 3, "organization"),
    "no organization": (without("organization.yaml"), 3, "organization.yaml"),
    "no ledger": (without("ledger.db"), 8, "state init"),
    "an empty ledger": (written("ledger.db", ""), 8, "ledger.db"),
    "a ledger that is none": (binary("ledger.db"), 8, "ledger.db"),
    "a folder as ledger": (folder("ledger.db"), 8, "not a file"),
    "a ledger of another lineage": (
        replaced("reconciler.yaml", LINEAGE, "fedcba9876543210"), 8, "lineage",
    ),
    "no lineage": (
        replaced("reconciler.yaml", f"lineage: {LINEAGE}\n", ""), 8, f"lineage: {LINEAGE}",
    ),
    "no LMS": (without("lms.db"), 8, "lms init"),
    "an LMS that is none": (binary("lms.db"), 8, "lms.db"),
    "a folder as LMS": (folder("lms.db"), 8, "lms.db"),
    "no roster": (without("roster.csv"), 8, "roster.csv"),
    "a folder as roster": (folder("roster.csv"), 8, "roster.csv"),
    "an empty roster": (written("roster.csv", "id,store,jobs,hired,status\n"), 8, "roster"),
    "a binary roster": (binary("roster.csv"), 8, "roster.csv"),
    "one person twice": (replaced("roster.csv", BOTH, BOTH * 2), 8, "roster.csv:"),
    "a column is missing": (replaced("roster.csv", "jobs", "job"), 8, "'job'"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "status", "word"), WORKSPACES.values(), ids=WORKSPACES.keys())
def test_a_workspace_that_is_wrong(desk, spoil, status, word):
    spoil(desk)
    before = desk.files()
    for arguments in (["plan"], ["apply", "--auto-approve"]):
        answer = desk.types(*arguments)
        assert answer.status == status, arguments
        assert_told(answer, word)
    assert desk.files() == before


EVERY_OTHER = (
    ["validate"], ["fmt", "--check"], ["explain", "E1", "course/knife-safety"], ["state", "list"],
    ["state", "forget", "automation.x"], ["lms", "show"],
)  # fmt: skip


@pytest.mark.parametrize(("spoil", "_", "__"), WORKSPACES.values(), ids=WORKSPACES.keys())
def test_no_other_command_breaks_on_it(desk, spoil, _, __):
    spoil(desk)
    for arguments in EVERY_OTHER:
        answer = desk.types(*arguments)
        assert answer.status in (0, 1, 2, 3, 8), arguments
        assert "bug" not in answer.err, arguments


def test_a_folder_that_is_not_there(bare):
    answer = bare.says("plan", "-C", bare.folder / "nowhere")
    assert answer.status == 3
    assert_told(answer, "-C")


def test_the_workspace_and_the_policies_tell_all_their_findings(desk):
    desk.write("policies/a.yaml", POLICY.replace("role: cook", ""))
    desk.write("policies/b.yaml", POLICY.replace("knives", "blades").replace("14", "-1"))
    answer = desk.types("plan")
    assert answer.status == 3
    for place in ("policies/a.yaml:4:", "policies/b.yaml:6:", "policies/rules.yaml:2:"):
        assert place in answer.err, place


def assert_told(answer, word):
    said = " ".join(answer.err.split())
    assert word in said
    assert "Traceback" not in said
    assert "This is a bug" not in said
    assert not re.search(r"\b(None|Errno|object at 0x)\b", said), "words of the machine"


LEDGER = WORKSPACE[: WORKSPACE.index("ledger:")].count("\n") + 1

# the story: what is written instead of what in the workspace file, the place, and a word
SETTINGS = {
    "a ledger that is no SQLite": (
        "sqlite:///ledger.db", "mysql://x/y", f"{LEDGER}:1", "sqlite:///",
    ),
    "a ledger in memory": ("sqlite:///ledger.db", "'sqlite:///:memory:'", f"{LEDGER}:1", "sqlite:///"),
    "plans that hardly expire": (
        "timezone:", "plans_expire_after: 9000 years\ntimezone:", "1:1", "100 years",
    ),
    "absence that hardly counts": (
        "timezone:", "absent: {inactive_after: 3000 years}\ntimezone:", "1:10", "100 years",
    ),
    "absence of many weeks": (
        "timezone:", "absent: {inactive_after: 9999 weeks}\ntimezone:", "1:10", "100 years",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "word"), SETTINGS.values(), ids=SETTINGS.keys())
def test_a_setting_that_cannot_be_used_is_found_at_its_place(desk, old, new, place, word):
    desk.replace("reconciler.yaml", old, new)
    for command in ("validate", "plan"):
        answer = desk.types(command)
        assert answer.status == 3, command
        assert f"reconciler.yaml:{place}: Invalid value" in answer.err, command
        assert_told(answer, word)
