"""A workspace opened: what it names is found, and what a run reads of it goes together."""

from datetime import UTC, datetime

import pytest

from reconciler.errors import InvalidPolicies, InvalidWorkspace, LedgerUnfit, NotFit, WrongUse
from reconciler.observation import observe, validate
from reconciler.workspace import local_lms_path, open_workspace
from tests.commands.desk import POLICY, furnish

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return furnish(tmp_path / "workspace")


def edit(folder, old, new, name="reconciler.yaml"):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return open_workspace(folder)


def test_opened(folder):
    workspace = open_workspace(folder)
    assert workspace.zone.key == "America/Chicago"
    assert str(workspace.plans_expire_after) == "1 day"
    assert local_lms_path(workspace) == folder / "lms.db"
    assert workspace.custom == frozenset()


def test_no_workspace(tmp_path):
    with pytest.raises(InvalidWorkspace, match="reconciler init"):
        open_workspace(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    id: id\n", "    id: id\n    language: tongue\n"),
        ("policies: policies\n", "policies: policies\nattributes: {language: {required: true}}\n"),
    ],
    ids=["mapped", "declared"],
)
def test_custom_attributes(folder, old, new):
    workspace = edit(folder, old, new)
    assert workspace.custom == {"language"}
    assert {"language", "role", "location"} <= workspace.attributes


def test_what_a_run_observes(folder):
    seen = observe(open_workspace(folder), as_of=NOON)

    assert sorted(seen.policies.automations) == ["knives"]
    assert sorted(seen.snapshot.roster["trainee"]) == ["E1", "E2", "E3", "E4", "E5"]
    assert set(seen.snapshot.catalog) >= {"course/knife-safety", "module/onboarding"}
    assert seen.snapshot.organization.regions["austin-1"] == ("south",)
    assert seen.inputs["roster"]["rows"] == 5
    assert seen.warnings == ()


def test_the_stages_are_told(folder):
    told = []
    observe(open_workspace(folder), as_of=NOON, stage=told.append)
    assert told == ["reading the ledger", "reading the roster", "reading the LMS"]


def test_digests_depend_on_what_is_said_and_not_on_its_order(folder):
    first = observe(open_workspace(folder), as_of=NOON).inputs
    head, *rows = (folder / "roster.csv").read_text().splitlines(keepends=True)
    (folder / "roster.csv").write_text(head + "".join(reversed(rows)))
    (folder / "policies/rules.yaml").rename(folder / "policies/other.yaml")
    assert observe(open_workspace(folder), as_of=NOON).inputs == first, "D1"

    (folder / "roster.csv").write_text(head + "".join(rows[:-1]))
    assert observe(open_workspace(folder), as_of=NOON).inputs != first


def test_custom_absence(folder):
    workspace = edit(
        folder, "policies: policies\n", "policies: policies\nabsent: {inactive_after: 3 weeks}\n"
    )
    assert observe(workspace, as_of=NOON).snapshot.inactive_after == 21


def test_findings_of_policies_come_before_a_ledger_that_is_missing(folder):
    (folder / "ledger.db").unlink()
    with pytest.raises(LedgerUnfit):
        observe(open_workspace(folder), as_of=NOON)
    (folder / "policies/rules.yaml").write_text("automations: 3\n")
    with pytest.raises(InvalidPolicies):
        observe(open_workspace(folder), as_of=NOON)


UNFIT = {"ledger.db": "state init", "lms.db": "lms init", "roster.csv": "roster.csv"}


@pytest.mark.parametrize(("name", "word"), UNFIT.items(), ids=UNFIT.keys())
def test_what_is_missing_is_not_fit(folder, name, word):
    (folder / name).unlink()
    with pytest.raises(NotFit, match=word):
        observe(open_workspace(folder), as_of=NOON)


def test_validate_checks_what_can_be_read(folder):
    for name in UNFIT:
        (folder / name).unlink()
    policies, warnings = validate(open_workspace(folder), as_of=NOON)
    assert sorted(policies.automations) == ["knives"]
    assert len([warning for warning in warnings if warning.startswith("not checked")]) == 2

    (folder / "policies/rules.yaml").write_text(POLICY.replace("role: cook", "rol: cook"))
    with pytest.raises(InvalidPolicies, match="role"):
        validate(open_workspace(folder), as_of=NOON)


def test_unknown_trainees_in_policies(folder):
    (folder / "policies/rules.yaml").write_text(
        POLICY.replace("{role: cook}", "{trainees: [E1, E9]}")
    )
    assert "E9" in str(observe(open_workspace(folder), as_of=NOON).warnings[0]), "P4"

    order = "assignments:\n  a:\n    assign: course/fire-safety\n    target: {trainees: [E9]}\n"
    (folder / "policies/rules.yaml").write_text(order)
    with pytest.raises(InvalidPolicies, match="E9"):
        observe(open_workspace(folder), as_of=NOON)


def test_another_lms(folder):
    workspace = edit(
        folder, "{adapter: local, path: lms.db}", "{adapter: export, enrollments: e.csv}"
    )
    with pytest.raises(WrongUse, match="export"):
        local_lms_path(workspace)
