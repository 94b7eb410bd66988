"""`validate`: every finding at once, and what could not be checked."""

import pytest

BROKEN = """\
automations:
  knives:
    assign: course/knife-safty
    target: {rol: cook}
    colour: red
  fires:
    assign: course/fire-safety
    target: {}
    window: {start: 2026-02-30}
"""


def test_valid(desk):
    answer = desk.types("validate")
    assert answer.status == 0
    assert "1 automation and 0 orders in 1 file" in answer.out
    assert answer.err == ""


def test_a_folder_without_policies_is_warned_of(desk):
    """Nothing is wrong with it, and it is hardly what was meant."""
    desk.write("empty/rules.txt", BROKEN)
    desk.replace("reconciler.yaml", "policies: policies", "policies: empty")
    for command in ("validate", "plan"):
        answer = desk.types(command)
        assert answer.status == 0
        assert "reconciler.yaml: No policies" in answer.out, command
        assert "its name ends with .yaml or .yml" in " ".join(answer.out.split())


ORDERS = """assignments:
  now: {assign: course/fire-safety, target: {role: cook}}
reassignments:
  again: {content: course/knife-safety, target: {role: cook}}
removals:
  gone: {content: module/onboarding, target: {role: cook}}
"""


def test_orders_of_every_kind_are_counted(desk):
    desk.write("policies/orders.yaml", ORDERS)
    assert "1 automation and 3 orders in 2 files" in desk.types("validate").out


def test_every_finding_of_all_files_at_once(desk):
    desk.write("policies/broken.yaml", BROKEN.replace("knives", "blades"))
    desk.write("policies/more.yaml", "automations: [\n")
    answer = desk.types("validate")

    assert answer.status == 3
    for finding in (
        "policies/broken.yaml:5:",
        "policies/broken.yaml:8:",
        "policies/broken.yaml:9:",
        "policies/more.yaml:",
        "2026-02-30",
    ):
        assert finding in answer.err, finding


AT_FAULT_TWICE = """\
automations:
  blades:
    assign: course/knife-safty
    taget: {role: cok}
    scope: future
  fires:
    assign: course/fire-safety
    target: {rol: cook, not: {trainees: [nobody]}}
    days: 14
"""


def test_what_is_wrong_with_names_is_told_beside_what_is_wrong_with_keys(desk):
    """One run tells all of it, so that nobody mends a file again and again."""
    desk.write("policies/broken.yaml", AT_FAULT_TWICE)
    answer = desk.types("validate")
    assert answer.status == 3
    assert [
        line.partition("policies/")[2] for line in answer.err.splitlines() if line[0] != " "
    ] == [
        "broken.yaml:3:5: Unknown content",
        "broken.yaml:4:5: Unknown key",
        "broken.yaml:5:5: Invalid value",
        "broken.yaml:8:14: Unknown attribute",
        "broken.yaml:9:5: Unknown key",
        "broken.yaml:2:3: Value that nobody bears",
        "broken.yaml:8:42: Unknown trainee",
    ]
    assert "warning policies/broken.yaml:2:3: Value that nobody bears" in answer.err
    assert "Did you mean 'cook'?" in answer.err
    assert "'days' is no key here. It belongs into 'due': 'due: {days: …}'." in answer.err
    planned = desk.types("plan")
    assert (planned.status, planned.err) == (3, answer.err)


def test_findings_are_in_the_order_of_their_places(desk):
    desk.write("policies/rules.yaml", BROKEN)
    findings = [line for line in desk.types("validate").err.splitlines() if line[0] != " "]
    places = [(name, int(line)) for name, line, *_ in (f.split(":") for f in findings)]
    assert places == sorted(places)
    assert len(places) >= 3


def test_unknown_content_attribute_and_value_come_with_the_nearest(desk):
    desk.replace("policies/rules.yaml", "role: cook", "role: cok, rol: cook")
    desk.replace("policies/rules.yaml", "knife-safety", "knife-safty")
    answer = desk.types("validate")

    assert answer.status == 3
    assert "'course/knife-safety'" in answer.err
    assert "'role'" in answer.err


def test_a_value_that_nobody_bears_is_a_warning(desk):
    desk.replace("policies/rules.yaml", "role: cook", "role: cok")
    answer = desk.types("validate")

    assert answer.status == 0
    assert "'cook'" in answer.out


def test_what_cannot_be_read_is_said_and_the_rest_is_checked(desk):
    (desk.folder / "roster.csv").unlink()
    (desk.folder / "lms.db").unlink()
    answer = desk.types("validate")
    assert answer.status == 0
    assert "not checked against the roster" in answer.out
    assert "not checked against the LMS" in answer.out

    desk.replace("policies/rules.yaml", "role: cook", "rol: cook")
    assert desk.types("validate").status == 3


def test_a_protected_content_that_nobody_knows(desk):
    """G1b: a slip of the pen would protect nothing."""
    desk.write("policies/rules.yaml", BROKEN)
    before = desk.types("validate").err
    desk.replace("reconciler.yaml", "guards:\n", "guards:\n  protected: [fire-safety]\n")
    answer = desk.types("validate")
    assert answer.status == 3
    assert "guards.protected: the LMS has no 'fire-safety'." in answer.err
    assert set(before.splitlines()) < set(answer.err.splitlines()), "beside all else"


def test_what_the_organization_has_in_another_spelling_is_told(desk):
    """P2, P3: what it says of those people would be missed in silence."""
    text = (desk.folder / "roster.csv").read_text()
    desk.write("roster.csv", text.replace("austin-1", "Austin 1", 1))
    organization = (desk.folder / "organization.yaml").read_text()
    assert "austin-1" in organization
    answer = desk.types("validate")
    assert answer.status == 0
    assert "under `locations`: 'Austin 1' (1, is it 'austin-1'?)." in answer.out
    assert "'Austin 1' (1, is it 'austin-1'?)" in " ".join(desk.types("plan").out.split())


# The story: what was replaced in the roster by what, and what is told of it.
ODD_ROSTERS = {
    "another separator": ("cook|server", "cook;server", "no cell holds the `separator` '|'"),
    "a title that is new": (",server,", ",waiter,", "under `roles`: 'waiter' (1)"),
    "another status": (
        ",A\n",
        ",Active\n",
        "nor in `is_not` of roster.columns.active: 'Active' (4)",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), ODD_ROSTERS.values(), ids=ODD_ROSTERS.keys())
def test_values_that_are_listed_nowhere(desk, old, new, said):
    """P2, P5: nobody is selected by them, which nothing else would say."""
    desk.replace("roster.csv", old, new)
    for command in ("validate", "plan"):
        answer = desk.types(command)
        assert answer.status == 0
        assert said in " ".join(answer.out.split()), command


def test_ids_that_lost_their_zeros(desk):
    """P4: without a word they would be new people, and the others gone."""
    text = (desk.folder / "roster.csv").read_text()
    desk.write("roster.csv", text.replace("\nE", "\n000"))
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("roster.csv", text.replace("\nE", "\n"))
    for command in ("validate", "plan"):
        out = " ".join(desk.types(command).out.split())
        assert "'1' is new, and the ledger knows '0001'" in out, command


def test_markup_in_a_policy_is_text(desk):
    desk.replace("policies/rules.yaml", "role: cook", 'role: "[/x]", location: "[red]"')
    answer = desk.types("validate")

    assert (answer.status, answer.err) == (0, "")
    assert "'[/x]' is no role" in answer.out
    assert "'[red]' is no location" in answer.out


def test_a_missing_organization_is_an_error(desk):
    """Not something left unread: the workspace file names it."""
    (desk.folder / "organization.yaml").unlink()
    answer = desk.types("validate")

    assert answer.status == 3
    assert "organization.yaml: No such file" in answer.err


def test_an_unknown_trainee_in_the_group_of_an_order(desk):
    """P4: in the end it is the order that names them."""
    group = "groups:\n  few: {trainees: [E1, E9]}\n"
    desk.write("policies/few.yaml", group)
    assert desk.types("validate").status == 0
    order = "assignments:\n  o: {assign: course/fire-safety, target: {group: few}}\n"
    desk.write("policies/few.yaml", group + order)
    for command in ("validate", "plan"):
        answer = desk.types(command)
        assert answer.status == 3, command
        assert "policies/few.yaml:2:24: Unknown trainee" in answer.err, command


def test_an_unfit_roster_hides_no_finding_of_the_policies(desk):
    desk.write("roster.csv", "id,store\nE1\n")
    desk.write("policies/wrong.yaml", "automations:\n  a: {assign: knives, target: {role: cook}}\n")
    answer = desk.types("validate")

    assert answer.status == 3
    assert "policies/wrong.yaml:2:7" in answer.err


def test_findings_that_need_the_roster_come_with_the_others(desk):
    """Every finding of a run at once: the trainee whom nobody knows beside the course (P4)."""
    orders = "assignments:\n  o: {assign: course/knife-safety, target: {trainees: [E99]}}\n"
    wrong = "automations:\n  a: {assign: knives, target: {role: cook}}\n"
    desk.write("policies/wrong.yaml", wrong + orders)
    answer = desk.types("validate")

    assert answer.status == 3
    assert "knives" in answer.err
    assert "E99" in answer.err
