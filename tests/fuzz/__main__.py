"""``make fuzz``: inputs that are odd in every way, read as a user would have them read.

``python -m tests.fuzz [--kind KIND] [--inputs N] [--seed S] [--from N] [--note]``: no traceback, no
hang, no status without a word, no memory above 1 GiB. What fails is kept in build/fuzz.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

from tests.commands.desk import PROJECT
from tests.fuzz.kinds import KINDS
from tests.fuzz.running import Tally, fuzz
from tests.reliability.figures import note, noted

KEPT = PROJECT / "build/fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--kind", action="append", choices=KINDS, help="all of them if not given")
    parser.add_argument("--inputs", type=int, default=2_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--from", type=int, default=0, dest="first", help="the number of the first input"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--note",
        action="store_true",
        help="add the figures to those of the inputs before --from in docs/reliability.md",
    )
    wish = parser.parse_args()
    failed = 0
    for kind in wish.kind or KINDS:
        with tempfile.TemporaryDirectory(prefix="reconciler-fuzz-") as folder:
            tally = fuzz(
                kind, wish.seed, range(wish.first, wish.first + wish.inputs),
                folder=Path(folder), kept=KEPT, jobs=wish.jobs,
            )  # fmt: skip
        print(f"{kind}: {tally}", flush=True)
        failed += tally.failed
        if wish.note:
            _note(kind, tally, first=wish.first)
    return 1 if failed else 0


def _note(kind: str, tally: Tally, *, first: int) -> None:
    """Write the figures of a kind, together with those before that they follow upon."""
    section = f"fuzz {kind}"
    before = [int(one) for one in re.sub(r"[^0-9|]", "", noted(section)).split("|") if one]
    if not before or before[0] != first:
        before = [0, 0, 0, 0]
    inputs, good, failed = (
        one + more
        for one, more in zip(before, (tally.inputs, tally.good, tally.failed), strict=False)
    )
    note(section, f"{inputs:,} | {good:,} | {failed:,} | {max(before[3], tally.peak):,} MiB")


if __name__ == "__main__":
    sys.exit(main())
