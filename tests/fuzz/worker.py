"""Runs inputs one after the other as a user would, and tells what nobody should see.

``python -m tests.fuzz.worker KIND SEED FIRST COUNT COMPANY FOLDER``: a line of JSON for each trouble, and one
with the numbers at the end. The number of the input at work stands in FOLDER/at, for whoever finds
this process gone.
"""

import faulthandler
import gc
import io
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any

import typer.main

from reconciler.__main__ import run
from reconciler.documents import source
from reconciler.errors import Exit
from tests.fuzz.kinds import KINDS, Command, Files, Kind

SECONDS = 10
MEMORY = 1 << 30
ROOM = 8 * MEMORY
"""Of addresses, of which most are never used: so that the machine outlives the worst."""
TOGETHER = 20
MACHINE = re.compile(r"Traceback|panicked at|object at 0x|\[Errno|errors\.pydantic\.dev|<class '")
"""Words that are of no use to whoever reads them."""
GOOD = (Exit.OK, Exit.CHANGES, Exit.HELD)
Found = tuple[int, str | None, bool]
"""The number of an input, what went wrong, and whether nothing was wrong with it."""


class Worker:
    """A workspace of its own, in which inputs are laid and read."""

    def __init__(self, kind: Kind, company: Path, folder: Path) -> None:
        self.kind = kind
        self.root = folder / "workspace"
        shutil.copytree(company / kind.workspace, self.root)
        if kind.together:
            shutil.rmtree(self.root / kind.together)
            (self.root / kind.together).mkdir()
        if kind.ready:
            kind.ready(self.root)
        self.before = {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        self.statuses: Counter[str] = Counter()
        self.machine = (folder / "machine").open("w+", encoding="utf-8", errors="replace")
        # What libraries write past Python, such as a panic, would be seen as well.
        os.dup2(self.machine.fileno(), 2)

    def lays(self, files: Files) -> None:
        """Put the workspace back as it was, and the input over it."""
        for path in self.root.rglob("*"):
            if path.is_file() and path not in self.before:
                path.unlink(missing_ok=True)  # SQLite may just have done so
        for path, data in self.before.items():
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
        for name, data in files.items():
            (self.root / name).write_bytes(data)

    def reads(self, command: Command, *, inputs: int = 1) -> tuple[str | None, int, str]:
        """What went wrong, if anything; the status; what was told."""
        out, err = io.StringIO(), io.StringIO()
        self.machine.truncate(0)
        self.machine.seek(0)
        faulthandler.dump_traceback_later(SECONDS * min(inputs, 6), exit=True, file=self.machine)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = run([*command, "-C", str(self.root)])
        except BaseException:  # noqa: BLE001 that it comes here is the finding
            return traceback.format_exc(), -1, err.getvalue()
        finally:
            faulthandler.cancel_dump_traceback_later()
        self.machine.seek(0)
        told = err.getvalue() + self.machine.read()
        self.statuses[f"{command[0]}: {status}"] += 1
        return trouble(status, told, out.getvalue()), status, told

    def looks_at(self, files: Files, then: Command | None) -> tuple[str | None, bool]:
        """Lay an input and read it; what went wrong, and whether nothing was wrong with it."""
        self.lays(files)
        for command in self.kind.first:
            wrong, status, _ = self.reads(command)
            if wrong or status not in GOOD:
                return wrong, False
        wrong = self.reads(then)[0] if then else None
        return wrong, True


def trouble(status: int, told: str, out: str = "") -> str | None:
    """What nobody should see."""
    if report := re.search(r"This is a bug in reconciler.*?(\S+\.txt)", told, re.DOTALL):
        text = Path(report[1]).read_text(encoding="utf-8")
        Path(report[1]).unlink()
        return text
    if status not in set(Exit):
        return f"status {status}"
    if word := MACHINE.search(told):
        return f"words of the machine ({word[0]}): {told[:2000]}"
    if status not in GOOD and not (told + out).strip():
        return f"status {status} without a word"
    used = peak()
    return f"{used:,} MiB of memory" if used > MEMORY >> 20 else None


def peak() -> int:
    """The most memory that this process has ever had, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most >> (20 if sys.platform == "darwin" else 10)


def made(name: str, seed: int, number: int, company: Path) -> tuple[Files, Command | None]:
    """An input and what reads it at last: the same for a kind, a seed and a number."""
    random, kind = Random(f"{name} {seed} {number}"), KINDS[name]
    files = kind.mutated(random, company / kind.workspace)
    wanted = random.random() < kind.often
    return files, random.choice(kind.then) if kind.then and wanted else None


def one_by_one(worker: Worker, several: dict[int, tuple[Files, Command | None]]) -> Iterator[Found]:
    for number, (files, then) in several.items():
        yield number, *worker.looks_at(files, then)


def side_by_side(
    worker: Worker, several: dict[int, tuple[Files, Command | None]]
) -> Iterator[Found]:
    """Many inputs read in one run; alone only those that are good, or all where one is not."""
    place = worker.kind.together
    names = {number: f"{place}/n{number}.yaml" for number in several}
    worker.lays({names[n]: data for n, (files, _) in several.items() for data in files.values()})
    told = ""
    for command in worker.kind.first:
        wrong, _, said = worker.reads(command, inputs=len(several))
        told += said
        if wrong:
            yield from one_by_one(worker, several)
            return
    for number, (files, then) in several.items():
        if names[number] in told:
            yield number, None, False
        else:
            yield number, *worker.looks_at(files, then)


def serve(name: str, seed: int, numbers: range, company: Path, folder: Path) -> None:
    worker = Worker(KINDS[name], company, folder)
    looked = side_by_side if worker.kind.together else one_by_one
    step = TOGETHER if worker.kind.together else 1
    good = 0
    with (folder / "at").open("w") as at:
        for start in numbers[::step]:
            at.seek(0)
            at.write(f"{start:>12}")
            at.flush()
            some = range(start, min(start + step, numbers.stop))
            several = {number: made(name, seed, number, company) for number in some}
            for number, wrong, is_good in looked(worker, several):
                good += is_good
                if wrong:
                    tell({"number": number, "trouble": wrong})
                if peak() > MEMORY >> 20:
                    tell({"stopped": number})
                    return
    tell({"good": good, "peak": peak(), "statuses": worker.statuses})


def kept(nodes_of: Callable[..., tuple[Any, list[Any]]]) -> Callable[..., tuple[Any, list[Any]]]:
    """The same, without reading again what was read a short while ago."""
    remembered = lru_cache(maxsize=32)(nodes_of)

    def again(text: str, file: str) -> tuple[Any, list[Any]]:
        root, findings = remembered(text, file)
        return root, list(findings)

    return again


def tell(what: dict[str, object]) -> None:
    print(json.dumps(what), file=sys.__stdout__, flush=True)


def main(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    # What never changes is made once: the tree of commands, the files beside the odd ones.
    typer.main.get_command = cache(typer.main.get_command)
    source.nodes_of = kept(source.nodes_of)
    # As in the program, which looks for no rings at all; one process is used up by many inputs.
    gc.freeze()
    gc.set_threshold(50_000)
    _, kind, *numbers, company, folder = arguments
    seed, first, count = map(int, numbers)
    tempfile.tempdir = folder
    serve(kind, seed, range(first, first + count), Path(company), Path(folder))
    os._exit(0)  # no thread of a server is waited for


if __name__ == "__main__":
    main(sys.argv)
