"""A small workspace on disk, and what a person types in it."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.__main__ import run
from reconciler.ledger.open import create_ledger

LINEAGE = "0123456789abcdef"
PROJECT = Path(__file__).parents[2]

WITHOUT_BOUNDS = """\
guards:
  all: {assign: unlimited, remove: unlimited, restart_and_retake: unlimited}
  location: {remove: unlimited}
  franchise: {remove: unlimited}
  brand: {remove: unlimited}
  region: {remove: unlimited}
roster_gate:
  head_count: {all: unlimited, location: unlimited}
  empty: unlimited
  renamed: tell
"""
"""The people of these tests are few: a share of them says nothing."""

WORKSPACE = f"""\
timezone: America/Chicago
policies: policies
roster:
  source: csv
  path: roster.csv
  columns:
    id: id
    location: store
    role: {{column: jobs, separator: "|"}}
    hire_date: hired
    active: {{column: status, is: [A], is_not: [T]}}
organization: organization.yaml
lms: {{adapter: local, path: lms.db}}
ledger: sqlite:///ledger.db
lineage: {LINEAGE}
{WITHOUT_BOUNDS}"""
ORGANIZATION = """\
locations:
  austin-1: {brand: grill, regions: [south]}
  boston-1: {brand: grill, regions: [east]}
roles:
  cook: {department: kitchen}
  server: {department: floor}
"""
CATALOG = """\
courses:
  knife-safety: {title: Knife safety, version: 1, minutes: 20}
  fire-safety: {title: Fire safety, version: 1, minutes: 20}
modules:
  onboarding: {title: Onboarding, version: 1, courses: [knife-safety, fire-safety]}
"""
ROSTER = """\
id,store,jobs,hired,status
E1,austin-1,cook,2020-01-01,A
E2,austin-1,server,2021-01-01,A
E3,boston-1,cook|server,2022-01-01,A
E4,boston-1,cook,,A
E5,boston-1,cook,2019-01-01,T
"""
POLICY = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    due: {days: 14}
"""


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    out: str
    err: str


def typed(desk, *arguments, shell='exec "$@"', without=(), options=None, **environment):
    """Type a command in a shell, the real program in a process of its own."""
    known = {name: value for name, value in os.environ.items() if name not in without}
    command = ["sh", "-c", shell, "sh", sys.executable, "-m", "reconciler", *map(str, arguments)]
    return subprocess.run(
        command, cwd=desk.folder, capture_output=True, check=False, timeout=120,
        env={**known, "PYTHONPATH": str(PROJECT), **environment}, **(options or {}),
    )  # fmt: skip


def furnish(folder, *, policy=POLICY, roster=ROSTER, catalog=CATALOG):
    """Write a workspace with a ledger and a local LMS into a folder."""
    (folder / "policies").mkdir(parents=True)
    files = {
        "reconciler.yaml": WORKSPACE,
        "organization.yaml": ORGANIZATION,
        "catalog.yaml": catalog,
        "roster.csv": roster,
        "policies/rules.yaml": policy,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    create_ledger("sqlite:///ledger.db", folder, lineage=LINEAGE)
    assert run(["lms", "init", "-C", str(folder)]) == 0
    return folder


class Desk:
    """A folder, and what is typed in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture) -> None:
        self.folder = folder
        self._capsys = capsys

    def types(self, *arguments) -> Answer:
        return self.says(*arguments, "-C", str(self.folder))

    def says(self, *arguments) -> Answer:
        self._capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        return Answer(status, said.out, said.err)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def replace(self, name, old, new):
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def enrolled(self):
        return enrollments(self.folder / "lms.db")

    def files(self):
        """Every file but the ones that SQLite keeps beside its own, with its bytes."""
        return {
            path.relative_to(self.folder): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        }


def enrollments(path):
    """Trainee and content to status, as the local LMS has them."""
    query = "SELECT trainee, content, status FROM enrollment"
    with closing(sqlite3.connect(path)) as database:
        return {(who, what): status for who, what, status in database.execute(query)}


def spawn(*arguments, **options):
    """Run the program in a process of its own."""
    command = [sys.executable, "-m", "reconciler", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **options.pop("env", {})}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, **options
    )
