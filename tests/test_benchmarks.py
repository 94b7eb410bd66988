"""The benchmark's programs still run, and all decide the same, on a small world."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
AS_OF = "2026-11-23T12:00:00-06:00"


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "world"
    run("benchmarks.world", folder, 500, 1)
    return folder


def test_all_programs_agree(world):
    pytest.importorskip("duckdb")
    files = {name: world / name for name in ("ours.zip", "query.parquet", "polars.parquet")}
    ours, query, polars = files.values()
    run("reconciler", "plan", "-C", world, "-o", ours, "--as-of", AS_OF)
    run("benchmarks.peer_duckdb", world, query)
    run("benchmarks.peer_polars", world, polars)

    found = [json.loads(line) for line in run("benchmarks.agree", *files.values()).splitlines()]
    assert found[0]["pairs"] > 1000
    assert found == [found[0]] * 3


def test_the_stages_of_a_plan(world):
    stages = dict(json.loads(run("benchmarks.stages", world, world / "stages.zip")))
    assert {"load the program", "observe", "plan", "make the rows", "together"} <= stages.keys()
