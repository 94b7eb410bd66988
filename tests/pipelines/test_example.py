"""`examples/review.sh`, by which this project's own pull requests show what they would do."""

import shutil
import subprocess
import sys
from pathlib import Path

from reconciler.review.saved import load_plan

PROJECT = Path(__file__).parents[2]
GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false"]


def test_what_a_change_of_the_policies_would_do(tmp_path):
    repository = tmp_path / "a clone"
    for folder in ("policies", "examples"):
        shutil.copytree(PROJECT / folder, repository / folder)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*GIT, *arguments], cwd=repository, check=True)
    rule = "automations:\n  new:\n    assign: course/knife-safety\n    target: {everyone: true}\n"
    (repository / "policies/99-new.yaml").write_text(rule + "    scope: future-and-existing\n")

    done = subprocess.run(
        ["sh", "examples/review.sh", "HEAD", sys.executable],
        cwd=repository, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (4, ""), "held: a new course for everybody"
    document, _ = load_plan(repository / "build/review/plan.zip")
    changed = [one.id for one in document.automations if one.change != "unchanged"]
    assert changed == ["automation.new"]
    assert document.totals.assign > 0
    assert document.header.commit
