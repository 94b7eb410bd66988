"""Shares inputs out to workers, and keeps what fails, with the way to see it again."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.commands.desk import PROJECT
from tests.fuzz.worker import SECONDS, made

CHUNK = 1_000
SHOWN = 12
OURS = re.compile(r'File "\S*?(reconciler/\S+)", line (\d+)')


@dataclass
class Tally:
    """The numbers of a run, and what failed by the place where it did."""

    inputs: int = 0
    good: int = 0
    peak: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    troubles: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(map(len, self.troubles.values()))

    def fails(self, number: int, trouble: str) -> None:
        places = OURS.findall(trouble)
        last = trouble.strip().rpartition("\n")[2][:100]
        place = ":".join(places[-1]) if places else ""
        self.troubles.setdefault(f"{place} {last}".strip(), []).append((number, trouble))

    def __str__(self) -> str:
        told = ", ".join(f"{what} ×{n:,}" for what, n in sorted(self.statuses.items()))
        return (
            f"{self.inputs:,} inputs, {self.good:,} of them good; {self.failed:,} failed; "
            f"at most {self.peak:,} MiB; {told}"
        )


def fuzz(kind: str, seed: int, numbers: range, *, folder: Path, kept: Path, jobs: int = 1) -> Tally:
    """Run the inputs with these numbers in processes of their own."""
    tally = Tally()
    company = folder / "company"
    if not company.exists():
        command = [sys.executable, "-m", "tests.fuzz.company", str(company)]
        subprocess.run(command, cwd=PROJECT, check=True)
    chunks = [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda chunk: _share(kind, seed, chunk, company, tally), chunks))
    for signature, found in sorted(tally.troubles.items(), key=lambda item: -len(item[1])):
        _keep(kind, seed, signature, found, company=company, kept=kept)
    return tally


def _share(kind: str, seed: int, numbers: range, company: Path, tally: Tally) -> None:
    """Have workers read these inputs; one that dies is followed by another, behind its last."""
    while numbers:
        with tempfile.TemporaryDirectory(prefix="reconciler-fuzz-") as folder:
            command = [sys.executable, "-m", "tests.fuzz.worker", kind, str(seed),
                       str(numbers.start), str(len(numbers)), str(company), folder]  # fmt: skip
            done = subprocess.run(
                command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False
            )
            told = [json.loads(line) for line in done.stdout.splitlines()]
            end = told[-1] if told and "trouble" not in told[-1] else {}
            for one in told:
                if "trouble" in one:
                    tally.fails(one["number"], one["trouble"])
            if "good" in end:
                tally.inputs += len(numbers)
                tally.good += end["good"]
                tally.peak = max(tally.peak, end["peak"])
                tally.statuses.update(end["statuses"])
                return
            last = end.get("stopped", _at(Path(folder), numbers))
            if "stopped" not in end:
                tally.fails(last, _last_words(Path(folder), done.returncode))
        tally.inputs += last + 1 - numbers.start
        numbers = range(last + 1, numbers.stop)


def _at(folder: Path, numbers: range) -> int:
    """The input at which a worker died; the last of those that it read side by side."""
    place = folder / "at"
    text = place.read_text().strip() if place.exists() else ""
    return int(text) if text else numbers.start


def _last_words(folder: Path, status: int) -> str:
    said = (folder / "machine").read_text(errors="replace") if (folder / "machine").exists() else ""
    why = (
        f"more than {SECONDS} seconds" if "Timeout" in said else f"the process ended with {status}"
    )
    return f"{said}\n{why}"


def _keep(
    kind: str, seed: int, signature: str, found: list[tuple[int, str]], *, company: Path, kept: Path
) -> None:
    number, trouble = min(found, key=lambda one: one[0])
    name = hashlib.sha256(signature.encode()).hexdigest()[:8]
    place = kept / f"{kind}-{name}"
    place.mkdir(parents=True, exist_ok=True)
    files, then = made(kind, seed, number, company)
    for file, data in files.items():
        (place / file.replace("/", "_")).write_bytes(data)
    again = f"python -m tests.fuzz --kind {kind} --seed {seed} --from {number} --inputs 1"
    (place / "trouble.txt").write_text(f"{again}\nthen: {then}\n\n{trouble}\n", encoding="utf-8")
    print(f"{kind}: {len(found):,} × {signature}\n    {again}\n    {place}", flush=True)
