"""Runs each story of tests/scenarios, step by step; ``GOLDEN=write`` rewrites the expected plans."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from reconciler.__main__ import run
from reconciler.commands.planning import make_plan
from reconciler.execution.apply import apply, check_appliable
from reconciler.ledger.open import create_ledger
from reconciler.workspace import open_workspace

STORIES = sorted(path.parent for path in (Path(__file__).parent / "scenarios").glob("*/story.md"))
ANSWERS = ("plan.txt", "plan.json")
UNSTABLE = ("tool_version", "inputs")
"""Keys of the header that differ between versions of the program and of its parts."""

EVENTS = {
    "removed": "DELETE FROM enrollment WHERE trainee = :trainee AND content = :content",
    "in_progress": (
        "UPDATE enrollment SET status = 'in_progress' "
        "WHERE trainee = :trainee AND content = :content"
    ),
    "completed": (
        "UPDATE enrollment SET status = 'completed', completed = :at "
        "WHERE trainee = :trainee AND content = :content"
    ),
}


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_story(story, tmp_path, capsys):
    folder = tmp_path / "workspace"
    start(story, folder)
    for step in YAML(typ="safe", pure=True).load(story / "steps.yaml"):
        arrive(story / step["step"], folder)
        instant = as_of(folder, step)
        for event in step.get("in_the_lms", ()):
            happen(folder, event, instant)
        answers = planned(folder, instant, step, capsys)
        compare(story / step["step"], answers)
        if not step.get("status"):
            carried_out(folder, instant)


def start(story, folder):
    folder.mkdir()
    for path in story.glob("*.*"):
        shutil.copy(path, folder)
    (folder / "policies").mkdir()
    shutil.copytree(min(story.glob("*/policies")), folder / "policies", dirs_exist_ok=True)
    settings = open_workspace(folder).settings
    create_ledger(settings.ledger, folder, lineage=settings.lineage)
    enrollments = ["--enrollments", "enrollments.csv"] * (folder / "enrollments.csv").exists()
    assert run(["lms", "init", "-C", str(folder), *enrollments]) == 0


def arrive(step, folder):
    """Put what is new in this step in the place of what was there."""
    for path in step.iterdir():
        if path.is_dir():
            shutil.rmtree(folder / path.name)
            shutil.copytree(path, folder / path.name)
        elif path.name not in ANSWERS:
            shutil.copy(path, folder)


def as_of(folder, step):
    moment = datetime.fromisoformat(str(step["as_of"]))
    zone = ZoneInfo(open_workspace(folder).settings.timezone)
    return moment.replace(tzinfo=zone).astimezone(UTC)


def happen(folder, event, instant):
    """What somebody does in the LMS: typed at the shell, or by hand."""
    if "typed" in event:
        moment = f"{instant:%Y-%m-%dT%H:%M:%SZ}"
        at = () if "publish" in event["typed"] else ("--at", moment)
        assert run([*event["typed"].split(), *at, "-C", str(folder)]) == 0, event
        return
    values = {**event, "at": int(instant.timestamp())}
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        if event["what"] == "removed":
            lms.execute(
                "DELETE FROM progress WHERE trainee = :trainee AND module = :content", values
            )
        assert lms.execute(EVENTS[event["what"]], values).rowcount == 1, event


def planned(folder, instant, step, capsys):
    """What the command line says, as the two files."""
    arguments = ["plan", "-C", str(folder), "--as-of", f"{instant:%Y-%m-%dT%H:%M:%SZ}"]
    capsys.readouterr()
    status = run([*arguments, "--all"])
    told = capsys.readouterr()
    assert status == step.get("status", 0), told.err
    if status:
        return {"plan.txt": told.err.replace(f"{folder}{os.sep}", "")}
    assert told.err == ""
    run([*arguments, "--json"])
    document = json.loads(capsys.readouterr().out)
    for key in UNSTABLE:
        del document["header"][key]
    text = "".join(f"{line.rstrip()}\n" for line in told.out.splitlines())
    return {"plan.txt": text, "plan.json": json.dumps(document, indent=2) + "\n"}


def compare(step, answers):
    for name, answer in answers.items():
        if os.environ.get("GOLDEN") == "write":
            (step / name).write_text(answer, encoding="utf-8")
        assert answer == (step / name).read_text(encoding="utf-8"), step / name


def carried_out(folder, instant):
    """Apply by a clock that stands still, and plan again: empty (D2)."""
    made = make_plan(folder, as_of=instant, no_color=True)
    lms, ledger = made.workspace.lms(), made.workspace.ledger()
    check_appliable(made.plan, lms, now=instant, expires=made.document.header.expires)
    assert apply(made.plan, lms, ledger, clock=lambda: instant).is_whole
    again = make_plan(folder, as_of=instant, no_color=True)
    assert again.document.is_empty, again.document.decisions
