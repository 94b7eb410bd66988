"""What all commands have in common: help, completion, silence in a pipe, a fast start."""

import re
import subprocess
import sys

import pytest

from tests.commands.desk import PROJECT, spawn

COMMANDS = [
    "init", "validate", "fmt", "plan", "show", "apply", "drift", "explain", "schema", "version",
    "state init", "state list", "state show", "state forget", "lms init", "lms show",
]  # fmt: skip
HEAVY = ("polars", "pydantic", "sqlalchemy", "pyroaring", "networkx", "deepdiff", "ruamel")


@pytest.mark.parametrize("command", COMMANDS)
def test_help(bare, command):
    answer = bare.says(*command.split(), "--help")
    text = re.sub(r"\x1b\[[0-9;]*m", "", answer.out)

    assert answer.status == 0
    assert f"Example: reconciler {command}" in text
    assert re.search(r"--directory\s.*-C|-C\s.*--directory", text)
    assert "--no-color" in text


def test_the_list_of_commands(bare):
    text = bare.says("--help").out
    for command in {command.split()[0] for command in COMMANDS}:
        assert f" {command} " in text


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from reconciler.__main__ import run; status = run(['--help']); "
        f"print('loaded', sorted(set({HEAVY!r}) & set(sys.modules))); sys.exit(status)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert told.stdout.splitlines()[-1] == "loaded []"


def test_completion_prints_a_script():
    switches = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    answer = spawn("--show-completion", "bash", env=switches)
    assert answer.returncode == 0
    assert "complete " in answer.stdout
    assert "_RECONCILER_COMPLETE" in answer.stdout


def test_completion_knows_the_commands():
    asked = {
        "_RECONCILER_COMPLETE": "complete_bash",
        "COMP_WORDS": "reconciler pl",
        "COMP_CWORD": "1",
    }
    answer = spawn(env=asked)
    assert "plan" in answer.stdout.split()


def test_in_a_pipe_there_is_no_color_and_no_progress(desk):
    answer = spawn("plan", "-C", desk.folder, env={"FORCE_COLOR": "", "TERM": "xterm-256color"})
    assert answer.returncode == 0
    assert answer.stderr == ""
    for sign in ("\x1b", "\r", "━", "⠋"):
        assert sign not in answer.stdout


def test_a_reader_that_goes_away_is_no_error():
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "schema"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(60)


READ_BY_HEAD = {
    "the version": ["version"],
    "the help": ["--help"],
    "a plan": ["plan"],
    "a plan with every name": ["plan", "--all"],
    "a plan for programs": ["plan", "--json"],
    "a schema": ["schema"],
    "what is valid": ["validate"],
}


@pytest.mark.parametrize("arguments", READ_BY_HEAD.values(), ids=READ_BY_HEAD.keys())
def test_head_has_seen_enough(desk, arguments):
    """`plan | head`: the reader is gone before the first word, which is no failure."""
    where = [] if arguments in (["schema"], ["--help"]) else ["-C", str(desk.folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments, *where],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT,
    )  # fmt: skip
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert (process.wait(60), said) == (0, "")
