"""Writes what was measured into the documents, between their markers."""

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Run, gigabytes, median, peak, processor

README = Path(__file__).with_name("README.md")
DOCUMENTS = (README, ROOT / "docs" / "reliability.md")
PACKAGES = ("polars", "pyroaring", "numpy", "duckdb", "SQLAlchemy")
NAMES = {
    "ours": "`reconciler plan -o FILE`",
    "duckdb": "one DuckDB query",
    "tuned": "DuckDB, tuned to this world",
    "polars": "Polars joins",
    "bare": "only reading roster and enrollments",
    "executemany": "the same rows with `sqlite3.executemany`",
    "apply": "writing: LMS and ledger",
    "command": "`reconciler apply --auto-approve`, from start to end",
}


def put(section: str, text: str) -> None:
    """Replace one section by a new text, in every document that has it."""
    begin, end = f"<!-- {section} begins -->\n", f"<!-- {section} ends -->"
    documents = [one for one in DOCUMENTS if begin in one.read_text(encoding="utf-8")]
    assert documents, f"no document has a section {section}"
    for document in documents:
        before, _, rest = document.read_text(encoding="utf-8").partition(begin)
        _, found, after = rest.partition(end)
        assert found, f"{document.name}: the section {section} does not end"
        document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are numbers."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return (
        f"{os.cpu_count()} cores, {memory / 1e9:.0f} GB of memory, {platform.system()} on "
        f"{platform.machine()}, Python {platform.python_version()}, {', '.join(versions)}.\n"
    )


def apply_table(parts: Mapping[str, Sequence[float]]) -> str:
    """The parts of one apply and the whole command, beside inserting the same rows."""
    wall, processor = parts["executemany"]
    rows = [
        [
            NAMES[name],
            f"{parts[name][0]:.2f} s",
            f"{parts[name][0] / wall:.2f}",
            f"{parts[name][1]:.2f} s",
            f"{parts[name][1] / processor:.2f}",
        ]
        for name in ("executemany", "apply", "command")
    ]
    ratio = "times the first"
    return table(["", "from start to end", ratio, "time of the processor", ratio], rows)


def order_table(runs: Mapping[str, Sequence[Run]], totals: Mapping[str, Any]) -> str:
    """The plan with orders beside the plain one, and what it holds."""
    names = {"plain": "the plain world", "orders": "with orders, renewals and new versions"}
    least, fewest = median(runs["plain"]), processor(runs["plain"])
    rows = [
        [
            names[name],
            f"{median(several):.2f} s",
            f"{median(several) / least:.2f}",
            f"{processor(several):.2f} s",
            f"{processor(several) / fewest:.2f}",
            gigabytes(peak(several)),
        ]
        for name, several in runs.items()
    ]
    losses = totals["losses"]
    said = (
        f"{totals['assign']:,} assignments, {losses['restart']:,} restarts, {losses['retake']:,} "
        f"retakes. Medians of {min(map(len, runs.values()))} rounds; the processor's time is that "
        "of all cores together, which other programs on the machine disturb less."
    )
    header = ["", "median", "of the plain", "processor", "of the plain", "peak memory"]
    return f"{said}\n\n{table(header, rows)}"


def comparison(runs: Mapping[str, Sequence[Run]], facts: Mapping[str, int]) -> str:
    """Medians, ratios and peaks, of ours and of each peer."""
    seconds = {name: median(several) for name, several in runs.items()}
    rows = [
        [
            NAMES[name],
            f"{seconds[name]:.2f} s",
            f"{seconds[name] / seconds['duckdb']:.2f}",
            f"{seconds[name] / seconds['bare']:.1f}",
            gigabytes(peak(several)),
        ]
        for name, several in runs.items()
    ]
    rounds = min(map(len, runs.values()))
    counted = ", ".join(f"{count:,} {name}" for name, count in facts.items())
    header = ["", "median", "of DuckDB's time", "times the bare reading", "peak memory"]
    return f"{counted}. Medians of {rounds} rounds.\n\n{table(header, rows)}"


def stage_table(stages: Sequence[tuple[str, float]]) -> str:
    rows = [[name.replace("- ", "&nbsp;&nbsp;"), f"{spent:.2f} s"] for name, spent in stages]
    return table(["stage", "time"], rows)


def small_table(seconds: Mapping[str, float], limits: Mapping[str, float]) -> str:
    rows = [[name, f"{took:.2f} s", f"{limits[name]} s"] for name, took in seconds.items()]
    return table(["", "median of 5", "wanted: less than"], rows)


def scale_table(points: Mapping[int, Mapping[str, Run]]) -> str:
    """One row for each size; a million trainees' worth of time shows whether it is linear."""
    rows = [
        [
            f"{trainees:,}",
            f"{runs['ours'].seconds:.2f} s",
            f"{runs['ours'].seconds / trainees * 1e6:.1f} s",
            gigabytes(runs["ours"].peak),
            f"{runs['duckdb'].seconds:.2f} s",
        ]
        for trainees, runs in points.items()
    ]
    return table(["trainees", "ours", "for each million", "peak memory", "DuckDB"], rows)


def journal_table(seconds: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """An apply with journal and lease against the same without: by the clock, and by CPU."""
    middle = {
        name: [statistics.median(column) for column in zip(*several, strict=True)]
        for name, several in seconds.items()
    }
    names = {
        "without": "sets of the ledger alone",
        "with": "with journal, log, evidence and lease",
    }
    rows = [
        [names[name], f"{clock:.2f} s", f"{worked:.2f} s"]
        for name, (clock, worked) in middle.items()
    ]
    by_clock, by_cpu = (
        kept / bare - 1 for kept, bare in zip(middle["with"], middle["without"], strict=True)
    )
    pairs = zip(seconds["with"], seconds["without"], strict=True)
    ratios = sorted(kept[0] / bare[0] - 1 for kept, bare in pairs)
    return (
        table(["1,000,000 assignments applied", "median", "CPU"], rows)
        + f"\nJournal and lease cost {by_clock:+.1%} by the clock and {by_cpu:+.1%} of CPU "
        f"(medians of\n{len(ratios)} rounds, in turns; by the clock the rounds went from "
        f"{ratios[0]:+.0%} to {ratios[-1]:+.0%}, with a load of\n{os.getloadavg()[0]:.0f} on "
        f"{os.cpu_count()} cores at the end).\n"
    )
