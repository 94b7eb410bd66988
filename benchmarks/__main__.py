"""``python -m benchmarks``: measures, prints, and writes README.md and scale.svg.

Fails with status 1 when ours and the peers do not agree on the set of assignments.
"""

import argparse
import json
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import report
from benchmarks.measure import ROOT, Run, RunFailed, in_turns, module, run
from benchmarks.picture import picture
from benchmarks.small import AS_OF, LIMITS, seconds

BENCH = ROOT / "build" / "bench"
OUTPUTS = {
    "ours": "ours.zip",
    "duckdb": "duckdb.parquet",
    "tuned": "tuned.parquet",
    "polars": "polars.parquet",
}
Measure = Callable[[], str]
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)


class Disagreement(Exception):
    """Ours and the peers do not want the same assignments: no figure means anything."""


def world_of(trainees: int, seed: int, *words: str) -> Path:
    """The folder of a world; made where it is not there yet. ``words``: orders."""
    folder = BENCH / "-".join(("world", str(trainees), str(seed), *words))
    if not folder.exists():
        print(f"making the world of {trainees:,} trainees {' '.join(words)}".rstrip())
        BENCH.mkdir(parents=True, exist_ok=True)
        run(module("benchmarks.world", folder, str(trainees), str(seed), *words))
    return folder


def commands(world: Path) -> dict[str, list[str]]:
    """Ours and the peers on one world; each writes its output into the bench's folder."""
    file = {name: BENCH / output for name, output in OUTPUTS.items()}
    return {
        "ours": module("reconciler", "plan", "-C", world, "-o", file["ours"], "--as-of", AS_OF),
        "duckdb": module("benchmarks.peer_duckdb", world, file["duckdb"], "texts"),
        "tuned": module("benchmarks.peer_duckdb", world, file["tuned"], "numbers"),
        "polars": module("benchmarks.peer_polars", world, file["polars"]),
        "bare": module("benchmarks.bare", world),
    }


def check_agreement() -> int:
    """Require that the outputs name the same pairs; how many they are.

    Raises:
        Disagreement: They do not.
    """
    files = [BENCH / output for output in OUTPUTS.values()]
    found = run(module("benchmarks.agree", *files)).output.decode().splitlines()
    told = dict(zip(OUTPUTS, map(json.loads, found), strict=True))
    if len({(one["pairs"], one["digest"]) for one in told.values()}) > 1:
        raise Disagreement("\n".join(f"{name}: {one}" for name, one in told.items()))
    return int(told["ours"]["pairs"])


def compare(trainees: int, seed: int, rounds: int) -> str:
    """Ours and the peers in turns."""
    world = world_of(trainees, seed)
    runs = in_turns(commands(world), rounds=rounds)
    facts = json.loads((world / "facts.json").read_text(encoding="utf-8"))
    return report.comparison(runs, {**facts, "assignments": check_agreement()})


def stages(trainees: int, seed: int) -> str:
    found = run(module("benchmarks.stages", world_of(trainees, seed), BENCH / "stages.zip"))
    return report.stage_table(json.loads(found.output))


def applying() -> str:
    """One apply of many assignments: its parts beside ``executemany``, and the whole command."""
    folder = BENCH / "apply"
    shutil.rmtree(folder, ignore_errors=True)
    parts = json.loads(run(module("benchmarks.applying", folder / "parts")).output)
    run(module("benchmarks.applying", folder / "command", "--world-only"))
    before = _processor()
    command = run(module("reconciler", "apply", "--auto-approve", "-C", folder / "command/world"))
    return report.apply_table({**parts, "command": (command.seconds, _processor() - before)})


def _processor() -> float:
    """Seconds of the processor that ended children have had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ordering(trainees: int, seed: int, rounds: int) -> str:
    """The plan of the plain world, and of the one with orders, renewals and new versions."""
    worlds = {"plain": world_of(trainees, seed), "orders": world_of(trainees, seed, "orders")}
    saved = BENCH / "orders.zip"
    runs = in_turns(
        {
            name: module("reconciler", "plan", "-C", world, "-o", saved, "--as-of", AS_OF)
            for name, world in worlds.items()
        },
        rounds=rounds,
    )
    told = run(module("reconciler", "show", saved, "--json"))
    return report.order_table(runs, json.loads(told.output)["totals"])


def scale(seed: int, sizes: tuple[int, ...], drawing: Path) -> str:
    """Time against the number of trainees, as a table; draws the picture too."""
    points: dict[int, dict[str, Run]] = {}
    for trainees in sizes:
        every = commands(world_of(trainees, seed))
        points[trainees] = {name: run(every[name]) for name in ("ours", "duckdb")}
        print(f"  {trainees:>9,}: {points[trainees]['ours'].seconds:.2f} s")
    lines = {
        name: [(trainees, runs[name].seconds) for trainees, runs in points.items()]
        for name in ("ours", "duckdb")
    }
    drawn = picture(lines, x="trainees", y="seconds")
    drawing.write_text(drawn, encoding="utf-8")
    return report.scale_table(points)


def journal(rounds: int) -> str:
    """Seconds of an apply with journal and lease and without, as a table."""
    BENCH.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
    for number in range(rounds):
        # First the one, then the other, so that a busy minute hits both alike.
        for name in ("without", "with") if number % 2 else ("with", "without"):
            done = run(module("benchmarks.journal", BENCH / "journal", name))
            clock, worked = map(float, done.output.split()[-2:])
            seconds[name].append((clock, worked))
            print(f"  round {number + 1}: {name:8} {clock:.2f} s, {worked:.2f} s of CPU")
    return report.journal_table(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--trainees", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", action="store_true", help="time against trainees, too")
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="the last size of --scale")
    parser.add_argument("--apply", action="store_true", help="an apply, and nothing else")
    parser.add_argument("--orders", action="store_true", help="a plan with orders, nothing else")
    parser.add_argument("--journal", action="store_true", help="only what the journal costs")
    parser.add_argument("--dry", action="store_true", help="print only; README.md stays as it is")
    chosen = parser.parse_args()
    sections: dict[str, Measure] = {
        "machine": report.machine,
        "comparison": lambda: compare(chosen.trainees, chosen.seed, chosen.rounds),
        "stages": lambda: stages(chosen.trainees, chosen.seed),
        "small": lambda: report.small_table(seconds(BENCH / "small"), LIMITS),
    }
    if chosen.apply:
        sections = {"machine": report.machine, "apply": applying}
    if chosen.orders:
        measured = chosen.trainees, chosen.seed, chosen.rounds
        sections = {"machine": report.machine, "orders": lambda: ordering(*measured)}
    if chosen.scale:
        sizes = tuple(size for size in SIZES if size <= chosen.largest)
        folder = BENCH if chosen.dry else report.README.parent
        sections["scale"] = lambda: scale(chosen.seed, sizes, folder / "scale.svg")
    if chosen.journal:
        sections = {"journal": lambda: journal(chosen.rounds)}
    try:
        for section, measure in sections.items():
            text = measure()
            print(f"\n{text}")
            if not chosen.dry:
                report.put(section, text)
    except (Disagreement, RunFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
