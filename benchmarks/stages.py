"""Times the stages of one plan, in one process, by calling what the command calls.

``python -m benchmarks.stages WORLD FILE``: prints JSON, a list of stage and seconds. A stage whose
name begins with a dash is a part of the one above. The parts of the planner are run once more for
themselves, so they do not add up to it exactly.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

STARTED = time.perf_counter()

# Loading the program is a stage of its own, so the clock starts first.
from reconciler.background import begun  # noqa: E402
from reconciler.commands.planning import Made  # noqa: E402
from reconciler.observation import Observation, observe  # noqa: E402
from reconciler.planner.decisions import decide  # noqa: E402
from reconciler.planner.lifecycle import lifecycle  # noqa: E402
from reconciler.planner.plan import plan  # noqa: E402
from reconciler.planner.rows import rows_of  # noqa: E402
from reconciler.planner.wanted import reasons_of, standing  # noqa: E402
from reconciler.planner.world import Moment, encode  # noqa: E402
from reconciler.review.packed import as_parquet, tables_of  # noqa: E402
from reconciler.review.saved import save_plan  # noqa: E402
from reconciler.workspace import open_workspace  # noqa: E402

LOADED = time.perf_counter()
AS_OF = datetime.fromisoformat("2026-11-23T12:00:00-06:00")
Stages = list[tuple[str, float]]


@contextmanager
def timed(stages: Stages, name: str) -> Iterator[None]:
    """Note how long the block took; its line stands before those that the block adds."""
    place, before = len(stages), time.perf_counter()
    yield
    stages.insert(place, (name, time.perf_counter() - before))


def stages_of(folder: Path, file: Path) -> Stages:
    """Plan once; how long each stage took, in their order."""
    stages: Stages = [("load the program", LOADED - STARTED)]
    workspace = open_workspace(folder)
    with timed(stages, "observe"):
        marks = [("reading the policies", time.perf_counter())]
        seen = observe(
            workspace, as_of=AS_OF, stage=lambda name: marks.append((name, time.perf_counter()))
        )
        marks.append(("", time.perf_counter()))
        for (name, begins), (_, ends) in pairwise(marks):
            stages.append((f"- {name}", ends - begins))
    with timed(stages, "plan"):
        made = plan(seen.snapshot, seen.policies, as_of=AS_OF)
        whole = Made(workspace, seen, made, begun(lambda: None), begun(lambda: seen.inputs))
    with timed(stages, "describe, with the digest"):
        described = whole.document
    with timed(stages, "make the rows"):
        packed = as_parquet(tables_of(whole.plan))
    with timed(stages, "save"):
        save_plan(file, described, packed)
    stages.append(("together", time.perf_counter() - STARTED))
    at = [name for name, _ in stages].index("plan") + 1
    stages[at:at] = planning(seen)
    return stages


def planning(seen: Observation) -> Stages:
    """The parts of the planner, for a world without orders and exemptions."""
    stages: Stages = []
    snapshot, moment = seen.snapshot, Moment(AS_OF, seen.snapshot.zone)
    with timed(stages, "- pair rules with the ledger"):
        life = lifecycle(seen.policies, snapshot.ledger, {}, as_of=AS_OF, zone=snapshot.zone)
    contents = sorted({rule.content for rule in life.rules})
    with timed(stages, "- encode roster and enrollments as sets"):
        world = encode(snapshot, snapshot.ledger, {}, contents, moment=moment)
    with timed(stages, "- evaluate the targets"):
        nobody = world.index.roster - world.index.roster
        standings = [standing(rule, world, nobody) for rule in life.rules]
    with timed(stages, "- decide"):
        decided = {
            content: decide(
                content, [s for s in standings if s.rule.content == content], [], [], world
            )
            for content in contents
        }
    with timed(stages, "- give reasons"):
        for one in standings:
            about = decided[one.rule.content]
            reasons_of(one, about.respected, about.again_by(one.rule.id), world)
    with timed(stages, "- due dates"):
        every = [decision for one in decided.values() for decision in one.decisions]
        rows_of(every, standings, [], decided, world)
    return stages


if __name__ == "__main__":
    print(json.dumps(stages_of(Path(sys.argv[1]), Path(sys.argv[2]))))
