"""Every example is read, is formatted, and plans: policies/, the example company, the documents."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reconciler.__main__ import run
from reconciler.policy.format import formatted
from reconciler.policy.model import Policy
from reconciler.policy.source import survey_policies
from reconciler.review.saved import load_plan

PROJECT = Path(__file__).parents[1]
RESTAURANT = PROJECT / "examples/restaurant"
POLICIES = sorted((PROJECT / "policies").glob("*.yaml"))
DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
SECTIONS = {field.alias or name for name, field in Policy.model_fields.items()}
GENERATED = ("roster.csv", "organization.yaml", "catalog.yaml", "enrollments.csv", "progress.csv")
FIRST_DAY = "2026-11-23T12:00"

# The steps of examples/demo.sh, which `make demo` runs: what is typed, and the status.
DEMO = (
    (
        "lms init --catalog catalog.yaml --enrollments enrollments.csv --progress progress.csv",
        0,
    ),
    ("state init --pending", 0),
    ("validate", 0),
    ("plan -o plan.zip", 0),
    ("apply plan.zip", 0),
    ("plan --detailed-exitcode", 0),
)


def name(path):
    return str(path.relative_to(PROJECT))


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A copy of the example company with its LMS and a ledger, before any apply."""
    root = tmp_path_factory.mktemp("example company")
    shutil.copytree(PROJECT / "policies", root / "policies")
    shutil.copytree(RESTAURANT, root / "examples/restaurant")
    folder = root / "examples/restaurant"
    for typed, status in DEMO[:2]:
        assert run([*typed.split(), "-C", str(folder)]) == status
    return folder


@pytest.fixture
def copy(company, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(company.parents[1], root)
    return root / "examples/restaurant"


def test_the_steps_of_the_demo(copy, capsys, monkeypatch):
    monkeypatch.chdir(copy)
    for typed, status in DEMO[2:]:
        assert run(typed.split()) == status, typed
        said = capsys.readouterr()
        assert said.err == ""
    assert said.out.strip().startswith("No changes"), "D2"


def test_the_demo_has_these_steps():
    script = (PROJECT / "examples/demo.sh").read_text(encoding="utf-8")
    assert re.findall(r"^say (?!\()(.*)$", script, re.MULTILINE) == [typed for typed, _ in DEMO]


def test_the_plan_of_the_example_is_carried_out_row_by_row(copy, capsys):
    """What an apply writes was in its plan, and what is completed stays as it is (D3)."""
    saved = copy / "plan.zip"
    before = enrollments(copy)
    assert run(["plan", "-o", str(saved), "-C", str(copy)]) == 0
    assert run(["apply", str(saved), "-C", str(copy)]) == 0
    after = enrollments(copy)
    capsys.readouterr()

    document, actions = load_plan(saved)
    rows = actions.select("trainee", "content", "action").cast({"content": str, "action": str})
    by = {
        action: set(part.select("trainee", "content").rows())
        for (action,), part in rows.partition_by("action", as_dict=True).items()
    }
    again = by["restart"] | by["retake"]
    assert set(by) == {"assign", "restart", "retake", "remove"}
    left = {key: row for key, row in before.items() if key not in again | by["remove"]}
    assert {key: after[key] for key in left} == left
    assert before.keys() - after.keys() == by["remove"]
    assert after.keys() - before.keys() == by["assign"]
    assert len(by["assign"]) == document.totals.assign > 100
    assert all(after[key][4] == before[key][4] for key in again), "R3"
    written = {key: after[key][3] for key in after.keys() - before.keys()}
    assigned = actions.filter(actions["action"] == "assign")
    for row in assigned.with_columns(content=assigned["content"].cast(str)).iter_rows(named=True):
        due = row["due"] and int(row["due"].timestamp())
        assert written[row["trainee"], row["content"]] == due


def enrollments(folder):
    query = "SELECT trainee, content, status, version, assigned, due, completed FROM enrollment"
    with closing(sqlite3.connect(folder / ".reconciler/lms.db")) as lms:
        return {row[:2]: row[2:] for row in lms.execute(query)}


@pytest.mark.parametrize("path", POLICIES, ids=name)
def test_each_policy_is_formatted(path):
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text, "run `reconciler fmt`"


def test_each_policy_is_planned(company, capsys):
    """Every rule and order of the files has its place in the plan."""
    assert run(["plan", "--json", "-C", str(company), "--as-of", FIRST_DAY]) == 0
    document = json.loads(capsys.readouterr().out)
    planned = {one["id"] for one in (*document["automations"], *document["orders"])}
    for path in POLICIES:
        policy = YAML(typ="safe", pure=True).load(path)
        for section in ("automations", "assignments", "reassignments", "removals"):
            for rule in policy.get(section, ()):
                assert f"{section.removesuffix('s')}.{rule}" in planned, path


def test_the_policies_are_formatted_for_the_command_too(company, capsys):
    assert run(["fmt", "--check", "-C", str(company)]) == 0
    assert capsys.readouterr().out == ""


def test_the_example_validates_without_a_warning(company, capsys):
    assert run(["validate", "-C", str(company)]) == 0
    assert "warning" not in capsys.readouterr().out


EXPLAINED = re.findall(
    r"^reconciler (explain \S+ \S+)", (RESTAURANT / "README.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize("typed", EXPLAINED)
def test_what_the_readme_of_the_example_explains(typed, company, capsys):
    assert run([*typed.split(), "-C", str(company), "--as-of", FIRST_DAY]) == 0
    assert typed.split()[1] in capsys.readouterr().out


def test_the_generator_writes_the_committed_bytes(tmp_path):
    made = subprocess.run(
        [sys.executable, str(RESTAURANT / "generate.py"), str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    for file in GENERATED:
        assert (tmp_path / file).read_bytes() == (RESTAURANT / file).read_bytes(), file


def blocks():
    """Every fenced YAML block of the documents that is a policy: its place and its text."""
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for match in re.finditer(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            line = text[: match.start()].count("\n") + 2
            keys = YAML(typ="safe", pure=True).load(match[1])
            if (isinstance(keys, dict) and keys.keys() & SECTIONS - {"groups"}) or is_groups(keys):
                yield pytest.param(match[1], id=f"{name(document)}:{line}")


def is_groups(keys):
    return isinstance(keys, dict) and set(keys) == {"groups"}


@pytest.mark.parametrize("text", list(blocks()))
def test_each_policy_of_the_documents_is_read(text, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/block.yaml").write_text(text, encoding="utf-8")
    _, findings, _ = survey_policies(tmp_path, tmp_path / "policies")
    assert [str(finding) for finding in findings] == []


def test_the_documents_hold_policies():
    assert len(list(blocks())) > 10
