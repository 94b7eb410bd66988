"""`plan --base`: what a change does, apart from all else (D5)."""

import json
import os
import subprocess

import pytest

NEW = """\
  fire:
    assign: course/fire-safety
    target: {role: server}
    scope: future-and-existing
"""
PEOPLE = "E9,austin-1,cook,2020-01-01,A\n"


def git(folder, *arguments):
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
    identity |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    settings = ["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *settings, "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull},
    )
    return done.stdout.strip()


def commit(desk, message="edit"):
    git(desk.folder, "add", "reconciler.yaml", "organization.yaml", "policies")
    git(desk.folder, "commit", "-q", "-m", message)


@pytest.fixture
def repository(desk):
    """A workspace in git, applied on main, with a branch checked out."""
    git(desk.folder, "init", "-q")
    commit(desk, "begin")
    assert desk.types("apply", "--auto-approve").status == 0
    git(desk.folder, "checkout", "-q", "-b", "change")
    return desk


def append(desk, name, text):
    path = desk.folder / name
    path.write_text(path.read_text() + text)


def planned(desk, *arguments):
    answer = desk.types("plan", "--base", "main", "--json", *arguments)
    assert (answer.status, answer.err) == (0, "")
    return json.loads(answer.out)


def test_the_first_number_is_what_this_change_does(repository):
    append(repository, "policies/rules.yaml", NEW)
    append(repository, "roster.csv", PEOPLE)
    commit(repository)
    made = planned(repository)

    assert made["change"]["does"] == {"assign": 2}
    assert made["change"]["prevents"] == {}
    assert made["attribution"] == {"this change": {"assign": 2}, "people": {"assign": 1}}
    assert made["change"]["base"] == git(repository.folder, "rev-parse", "main")
    told = repository.types("plan", "--base", "main").out.strip()
    assert told.startswith("This change assigns 2 trainings.")
    assert "automation.fire: new (widening, retroactive)" in told
    assert "This plan assigns 3 trainings" in told


def test_what_main_has_and_nobody_has_applied_is_not_this_change(repository):
    git(repository.folder, "checkout", "-q", "main")
    append(repository, "policies/rules.yaml", NEW)
    commit(repository)
    git(repository.folder, "checkout", "-q", "-B", "change")
    repository.write("policies/other.yaml", NEW.replace("  fire:", "automations:\n  more:"))
    repository.replace("policies/other.yaml", "role: server", "role: cook")
    commit(repository)
    assert planned(repository)["attribution"] == {
        "this change": {"assign": 2},
        "policy": {"assign": 2},
    }


def test_what_main_did_since_is_of_no_account(repository):
    git(repository.folder, "checkout", "-q", "main")
    append(repository, "policies/rules.yaml", NEW)
    commit(repository)
    git(repository.folder, "checkout", "-q", "change")
    assert planned(repository)["change"]["does"] == {}


def test_what_a_change_prevents(repository):
    append(repository, "roster.csv", PEOPLE)
    repository.replace("policies/rules.yaml", "role: cook", "role: cook, trainees: [E1]")
    commit(repository)
    change = planned(repository)["change"]
    assert (change["does"], change["prevents"]) == ({}, {"assign": 1})


def test_edits_are_listed_field_by_field(repository):
    repository.replace(
        "policies/rules.yaml", "due: {days: 14}", "due: {days: 9}\n    owner: kitchen"
    )
    repository.replace("policies/rules.yaml", "role: cook", "role: [cook, server]")
    commit(repository)
    found = {
        (one["policy"], one["key"], tuple(one["classes"]), one["more"])
        for one in planned(repository)["change"]["edits"]
    }
    assert found == {
        ("automation.knives", "due.days", ("retiming",), 0),
        ("automation.knives", "owner", ("cosmetic",), 0),
        ("automation.knives", "target", ("widening", "retroactive"), 1),
    }


def test_a_plan_beside_a_base_can_be_applied(repository):
    append(repository, "policies/rules.yaml", NEW)
    commit(repository)
    assert repository.types("plan", "--base", "main", "-o", "plan.zip").status == 0
    assert repository.types("apply", "plan.zip").status == 0


def test_a_standing_approval_says_nothing_of_a_plan_that_was_reviewed(repository):
    """It calls this change what an apply calls policy, and may be edited in between."""
    approval = "standing_approval: {all: {assign: 0}}\n"
    repository.replace("reconciler.yaml", "lineage:", f"{approval}lineage:")
    append(repository, "policies/rules.yaml", NEW)
    commit(repository)
    made = planned(repository, "-o", "plan.zip")
    assert made["standing"]["uncovered"][0]["attribution"] == "this change"
    repository.replace("reconciler.yaml", "assign: 0", "assign: 9")
    answer = repository.types("apply", "plan.zip")
    assert (answer.status, answer.err) == (0, "")


def test_a_workspace_below_the_top_of_the_repository(repository, tmp_path, capsys):
    top = tmp_path / "top"
    (top / "training").parent.mkdir()
    repository.folder.rename(top / "training")
    object.__setattr__(repository, "folder", top / "training")
    (top / "training/.git").rename(top / ".git")
    commit(repository, "move")
    git(top, "branch", "-f", "main")
    append(repository, "policies/rules.yaml", NEW)
    commit(repository)
    assert planned(repository)["change"]["does"] == {"assign": 2}


def test_no_policies_on_the_base_at_all(repository):
    git(repository.folder, "checkout", "-q", "main")
    git(repository.folder, "mv", "policies", "elsewhere")
    git(repository.folder, "commit", "-q", "-m", "none")
    git(repository.folder, "checkout", "-q", "-B", "change")
    git(repository.folder, "mv", "elsewhere", "policies")
    commit(repository)
    # The ledger was applied with the rule, so its plan at the base would only retire it.
    assert planned(repository)["change"]["is_known"] is True


def test_a_change_that_repairs_what_is_not_valid_is_planned(repository):
    git(repository.folder, "checkout", "-q", "main")
    repository.replace("policies/rules.yaml", "role: cook", "rolle: cook")
    commit(repository)
    git(repository.folder, "checkout", "-q", "-B", "change")
    repository.replace("policies/rules.yaml", "rolle: cook", "role: cook")
    commit(repository)
    assert planned(repository)["change"]["is_known"] is False
    assert "cannot be told apart" in " ".join(
        repository.types("plan", "--base", "main").out.split()
    )


def deleted_on_main(desk, *, edited):
    git(desk.folder, "checkout", "-q", "main")
    git(desk.folder, "rm", "-q", "policies/rules.yaml")
    git(desk.folder, "commit", "-q", "-m", "delete")
    git(desk.folder, "checkout", "-q", "change")
    desk.write("policies/other.yaml", NEW.replace("  fire:", "automations:\n  more:"))
    if edited:
        desk.replace("policies/rules.yaml", "days: 14", "days: 9")
    commit(desk)


def test_a_policy_that_was_deleted_on_the_base(repository):
    deleted_on_main(repository, edited=False)
    made = planned(repository)
    assert made["change"]["does"] == {"assign": 2}
    assert any("policies/rules.yaml was deleted on main" in line for line in made["warnings"])


def shallow(desk):
    append(desk, "policies/rules.yaml", NEW)
    commit(desk)
    here = desk.folder
    there = here.parent / "clone"
    git(here.parent, "clone", "-q", "--depth", "1", "--branch", "change", f"file://{here}", there)
    git(there, "fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main")
    for name in ("roster.csv", "ledger.db", "lms.db"):
        (here / name).rename(there / name)
    object.__setattr__(desk, "folder", there)


def unrelated(desk):
    git(desk.folder, "checkout", "-q", "--orphan", "alone")
    commit(desk)


def no_repository(desk):
    (desk.folder / ".git").rename(desk.folder / "git")


# the story: what is so, what is named, the status, what is said
WRONG = {
    "no repository": (no_repository, "main", 1, "is in no git repository"),
    "an unknown revision": (lambda d: None, "nowhere", 1, "git knows no revision 'nowhere'"),
    "a revision like an option": (lambda d: None, "--all", 1, "git knows no revision '--all'"),
    "no common history": (unrelated, "main", 1, "have no commit in common"),
    "a shallow clone": (shallow, "origin/main", 1, "This clone is shallow"),
    "a dirty tree": (
        lambda d: append(d, "policies/rules.yaml", NEW), "main", 1,
        "policies/rules.yaml: not committed",
    ),
    "a file that is not committed": (
        lambda d: d.write("policies/new.yaml", "groups: {}\n"), "main", 1,
        "policies/new.yaml: not committed",
    ),
    "a policy that was deleted on the base and edited here": (
        lambda d: deleted_on_main(d, edited=True), "main", 5, "was deleted on main meanwhile",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("happens", "named", "status", "said"), WRONG.values(), ids=WRONG)
def test_what_stands_in_the_way(repository, happens, named, status, said):
    happens(repository)
    answer = repository.types("plan", f"--base={named}")
    assert (answer.status, said in answer.err) == (status, True), answer.err
    assert answer.out == ""
