"""`plan`: shows, saves, and changes nothing."""

import json
import sqlite3
from contextlib import chdir, closing

import pytest

from reconciler.review.saved import load_plan

EMPTY = "No changes: nothing is to be assigned, removed or moved."


def test_a_plan_changes_nothing(desk):
    before = desk.files()
    answer = desk.types("plan")

    assert (answer.status, answer.err) == (0, "")
    assert "assigns 3 trainings" in answer.out
    assert desk.files() == before


def test_detailed_exit_status(desk):
    assert desk.types("plan", "--detailed-exitcode").status == 2
    desk.types("apply", "--auto-approve")
    answer = desk.types("plan", "--detailed-exitcode")
    assert answer.status == 0
    assert EMPTY in answer.out


def test_json_is_the_document_and_nothing_else(desk):
    answer = desk.types("plan", "--json")
    made = json.loads(answer.out)
    assert made["totals"]["assign"] == 3
    assert made["format_version"] == 2


def test_all_names_everybody(desk):
    people = "".join(f"N{number},austin-1,cook,2024-01-01,A\n" for number in range(20))
    desk.write("roster.csv", "id,store,jobs,hired,status\n" + people)
    few, every = desk.types("plan").out, desk.types("plan", "--all").out
    assert "and 17 more" in " ".join(few.split())
    assert all(f"N{number}" in every for number in range(20))


def test_save_and_show(desk):
    saved = desk.folder / "plan.zip"
    made = desk.types("plan", "-o", saved, "--all")

    document, actions = load_plan(saved)
    assert document.totals.assign == len(actions) == 3
    assert desk.types("show", saved, "--all").out == made.out
    shown = desk.types("show", saved, "--json")
    assert json.loads(shown.out) == document.model_dump(mode="json")


def test_the_same_plan_is_the_same_file(desk):
    first, second = desk.folder / "1.zip", desk.folder / "2.zip"
    for path in (first, second):
        desk.types("plan", "-o", path, "--as-of", "2026-03-02T09:00")
    assert first.read_bytes() == second.read_bytes(), "D1"


def test_a_plan_saved_by_a_name_is_shown_and_applied_by_it(desk, tmp_path):
    """Every command reads the path of a plan from the same folder."""
    with chdir(tmp_path):
        assert desk.types("plan", "-o", "plan.zip").status == 0
        assert desk.types("show", "plan.zip").status == 0
        assert desk.types("apply", "plan.zip").status == 0


def test_an_earlier_instant_is_a_what_if(desk):
    desk.types("apply", "--auto-approve")
    answer = desk.types("plan", "--as-of", "2020-01-01")
    assert answer.status == 0
    assert "What if" in answer.out


def test_a_plan_is_80_columns_wide_in_a_pipe(desk):
    desk.replace("policies/rules.yaml", "due:", f"description: {'long words ' * 20}\n    due:")
    for line in desk.types("plan", "--all").out.splitlines():
        assert len(line.rstrip()) <= 80, line


def test_no_color_in_a_pipe(desk):
    for option in ([], ["--no-color"]):
        assert "\x1b" not in desk.types("plan", *option).out


def test_the_parts_of_a_plan(desk):
    desk.write(
        "policies/orders.yaml",
        "assignments:\n  recall:\n    assign: course/fire-safety\n    target: {everyone: true}\n",
    )
    words = " ".join(desk.types("plan").out.split())
    for part in (
        "automation.knives → course/knife-safety (Knife safety) new",
        "In the audience 3",
        "Assigned now 3 E1, E3, E4",
        "assignment.recall → course/fire-safety (Fire safety) new",
        "not started 0",
        "in progress 0",
        "completed 0",
        "Assigned now 4",
    ):
        assert part in words, part


FAR = {
    "a window without an end": "window: {end: 9999-12-31}",
    "a window from the first day": "window: {start: 0001-01-01}",
    "a window from before the first day": 'window: {start: "0001-01-01T00:00+14:00"}',
    "a window from the last day": "window: {start: 9999-12-31}",
    "a window to the last second": 'window: {end: "9999-12-31T23:59:59-12:00"}',
    "a due date on the last day": "due: 9999-12-31",
}


@pytest.mark.parametrize("key", FAR.values(), ids=FAR.keys())
def test_days_at_the_ends_of_time(desk, key):
    """A1, A9: what people write for "always" is no bug."""
    desk.replace("policies/rules.yaml", "due: {days: 14}", key)
    for command in (
        ["validate"], ["plan"], ["explain", "E1", "course/knife-safety"],
        ["apply", "--auto-approve"], ["plan"],
    ):  # fmt: skip
        answer = desk.types(*command)
        assert (answer.status, answer.err) == (0, ""), command


def test_an_exemption_until_the_last_day(desk):
    """M6."""
    desk.write(
        "policies/away.yaml",
        "exemptions:\n  away:\n    target: {trainees: [E3]}\n    from: automation.knives\n"
        "    reason: on leave\n    until: 9999-12-31\n",
    )
    assert desk.types("validate").status == 0
    answer = desk.types("plan")
    assert (answer.status, answer.err) == (0, "")
    assert "Exempt 1" in " ".join(answer.out.split())
    assert "expired" not in answer.out


def test_the_folder_may_be_named_from_here(desk):
    """-C with a relative path: from the folder above, and from inside."""
    above, name = desk.folder.parent, desk.folder.name
    for here, path in ((above, name), (above, f"./{name}/"), (desk.folder, "."),
                       (desk.folder / "policies", "..")):  # fmt: skip
        with chdir(here):
            answer = desk.says("plan", "-C", path)
            assert (answer.status, answer.err) == (0, ""), path
            assert "assigns 3 trainings" in answer.out, path
    with chdir(above):
        assert desk.says("plan", "-C", name, "-o", "plan.zip").status == 0
        assert desk.says("apply", "-C", name, "plan.zip").status == 0
    assert len(desk.enrolled()) == 3


GONE = {
    "it stays": ("", ""),
    "out of the files": ("automations:", None),
    "retired": ("    on_new_version: {completed: retake}", "    retire: true"),
    "with another content": ("module/onboarding", "course/fire-safety"),
}


@pytest.mark.parametrize(("old", "new"), GONE.values(), ids=GONE)
def test_what_is_lost_with_a_retake_is_known_of_a_rule_that_has_gone(desk, old, new):
    """R1b: no course of the open retake is in progress, so nothing that was done is lost."""
    rule = """\
automations:
  onb:
    assign: module/onboarding
    target: {role: cook}
    scope: future-and-existing
    on_exit: remove
    on_new_version: {completed: retake}
"""
    desk.write("policies/rules.yaml", rule)
    assert desk.types("apply", "--auto-approve").status == 0
    assert desk.types("lms", "complete", "E1", "module/onboarding").status == 0
    assert desk.types("lms", "publish", "course/knife-safety").status == 0
    with closing(sqlite3.connect(desk.folder / "lms.db")) as lms, lms:
        lms.execute("UPDATE enrollment SET assigned = assigned - 86400")  # not of this very second
    assert desk.types("apply", "--auto-approve").status == 0

    desk.replace("roster.csv", "E1,austin-1,cook", "E1,austin-1,server")
    written = "automations: {}\n" if new is None else rule.replace(old, new)
    desk.write("policies/rules.yaml", written)
    said = desk.types("plan").out
    assert "1 withdrawn: a retake ends" in said
    assert "removed while in progress" not in said
