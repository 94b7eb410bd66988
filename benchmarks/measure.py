"""Runs a program in a fresh process and tells how long it took and how much memory at most."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 1800


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds from start to end, those of all processors, and the peak of its resident
    memory in bytes."""

    seconds: float
    peak: int
    output: bytes
    processor: float = 0.0


class RunFailed(Exception):
    """A measured program failed, so there is nothing to compare."""


def module(*arguments: str | Path) -> list[str]:
    """The command that runs a module of this project with the same Python."""
    return [sys.executable, "-m", *map(str, arguments)]


def run(command: Sequence[str], *, statuses: Sequence[int] = (0,)) -> Run:
    """Run a command at the top of the project, its output into a pipe.

    The peak is what the kernel tells of the process. It starts at the size of this one, so nothing
    large is imported here.

    Raises:
        RunFailed: It ended with another status than those given.
    """
    # Modules are compiled once, as in any installation, whatever this shell has been told.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        shown = output.decode(errors="replace")[-2000:]
        raise RunFailed(f"{' '.join(command)} ended with {process.returncode}:\n{shown}")
    return Run(seconds, usage.ru_maxrss * 1024, output, usage.ru_utime + usage.ru_stime)


def in_turns(commands: Mapping[str, Sequence[str]], *, rounds: int) -> dict[str, list[Run]]:
    """Run each command once in every round, so that a busy minute hits all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            one = run(command)
            runs[name].append(one)
            print(f"  round {number + 1}: {name:12} {one.seconds:8.2f} s {gigabytes(one.peak)}")
    return runs


def median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def processor(runs: Sequence[Run]) -> float:
    return statistics.median(run.processor for run in runs)


def peak(runs: Sequence[Run]) -> int:
    return max(run.peak for run in runs)


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
