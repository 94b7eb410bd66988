"""Makes the world of a benchmark in a folder: roster, enrollments, policies, catalog and ledger.

``python -m benchmarks.world FOLDER TRAINEES SEED [orders]``. The same numbers give the same world.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from benchmarks.orders import add_module, again, plain
from benchmarks.rules import (
    AUTOMATIONS,
    BRANDS,
    COURSES,
    FILES,
    FRANCHISES,
    REGIONS,
    ROLES,
    TODAY,
    BenchRule,
    draw,
    write_list,
    write_policies,
)
from reconciler.frames import INSTANT
from reconciler.ledger.open import create_ledger
from reconciler.ledger.run import NewRun
from reconciler.planner.lifecycle import lifecycle
from reconciler.policy.source import survey_policies
from reconciler.records import (
    AutomationRecord,
    LedgerChanges,
    LedgerState,
    SetChange,
    SetKey,
    Sighting,
)
from reconciler.workspace import Workspace, open_workspace

ROSTER, ENROLLMENTS, BASELINES = "roster.parquet", "enrollments.parquet", "baselines.parquet"
RULES, FACTS = "rules.json", "facts.json"
LINEAGE = "benchmark"
PER_LOCATION = 40
ENROLLED = 0.04875
"""The chance of one trainee to be enrolled in one of the 200 courses: 9.75 each."""
STATUSES = {"not_started": 0.2, "in_progress": 0.1, "completed": 0.7}
MEAN_TENURE = 730
CHUNK = 100_000
LAST_RUN = datetime(2026, 11, 22, 6, tzinfo=UTC)

WORKSPACE = f"""\
timezone: America/Chicago
policies: policies
roster:
  source: parquet
  path: {ROSTER}
  columns:
    id: trainee
    role: {{column: role, separator: "|"}}
    location: location
    region: region
    brand: brand
    franchise: franchise
    hire_date: hire_date
lms: {{adapter: export, catalog: catalog.yaml, enrollments: {ENROLLMENTS}}}
ledger: sqlite:///ledger.db
guards: {{all: {{assign: unlimited, restart_and_retake: unlimited}}}}
lineage: {LINEAGE}
"""


@dataclass(frozen=True, slots=True)
class People:
    """The trainees, by position in the roster's file: codes into the lists of ``rules``."""

    ids: pl.Series
    location: NDArray[np.int64]
    region: NDArray[np.int64]
    brand: NDArray[np.int64]
    franchise: NDArray[np.int64]
    first_role: NDArray[np.int64]
    second_role: NDArray[np.int64]
    hired: NDArray[np.datetime64]


def make(folder: Path, *, trainees: int, seed: int, orders: bool = False) -> None:
    """Make a world, in a folder that does not exist yet; it appears when it is whole.

    ``orders``: with renewals, new versions and a reassignment of a module.
    """
    work = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(work, ignore_errors=True)
    generator = np.random.default_rng(seed)
    rules = draw(AUTOMATIONS, generator)
    write_policies(rules, work / "policies", files=FILES, extra=again if orders else plain)
    write_list(rules, work / RULES)
    (work / "reconciler.yaml").write_text(WORKSPACE, encoding="utf-8")
    _write_catalog(work / "catalog.yaml")
    people = _people(trainees, generator)
    _roster(people).write_parquet(work / ROSTER)
    held = _enrollments(people, generator)
    if orders:
        add_module(work, people.ids, held)
    else:
        held.write_parquet(work / ENROLLMENTS)
    audiences = {rule.name: _audience(rule, people) for rule in rules}
    baselines = {
        rule.name: np.flatnonzero(audiences[rule.name] & (people.hired < np.datetime64(rule.began)))
        for rule in rules
        if rule.began
    }
    _baseline_frame(baselines, people).write_parquet(work / BASELINES)
    _write_ledger(work, rules, people, held, baselines, generator)
    facts = {
        "trainees": trainees,
        "enrollments": held.height,
        "matches": sum(int(audience.sum()) for audience in audiences.values()),
        "baselines": sum(len(members) for members in baselines.values()),
    }
    (work / FACTS).write_text(json.dumps(facts), encoding="utf-8")
    work.rename(folder)


def _write_catalog(path: Path) -> None:
    lines = [
        f"  {course.removeprefix('course/')}: {{title: Training {number}, version: 3}}\n"
        for number, course in enumerate(COURSES)
    ]
    path.write_text("courses:\n" + "".join(lines), encoding="utf-8")


def _people(count: int, generator: np.random.Generator) -> People:
    locations = max(count // PER_LOCATION, 1)
    location = generator.integers(locations, size=count)
    region, brand, franchise = (
        generator.integers(len(names), size=locations)[location]
        for names in (REGIONS, BRANDS, FRANCHISES)
    )
    first = generator.integers(len(ROLES), size=count)
    other = (first + generator.integers(1, len(ROLES), size=count)) % len(ROLES)
    days = generator.exponential(MEAN_TENURE, size=count).astype(int)
    return People(
        ids=pl.Series("trainee", generator.permutation(count * 3)[:count])
        .sort()
        .cast(pl.String)
        .str.pad_start(8, "0"),
        location=location,
        region=region,
        brand=brand,
        franchise=franchise,
        first_role=first,
        second_role=np.where(generator.random(count) < 0.1, other, -1),
        hired=np.datetime64(TODAY) - days.astype("timedelta64[D]"),
    )


def _roster(people: People) -> pl.DataFrame:
    roles = _named(ROLES, people.first_role)
    second = "|" + _named([*ROLES, ""], people.second_role)
    return pl.DataFrame(
        {
            "trainee": people.ids,
            "role": roles + pl.Series(np.where(people.second_role < 0, "", second)),
            "location": "location-" + pl.Series(people.location).cast(pl.String),
            "region": _named(REGIONS, people.region),
            "brand": _named(BRANDS, people.brand),
            "franchise": _named(FRANCHISES, people.franchise),
            "hire_date": people.hired,
        }
    )


def _named(names: list[str], codes: NDArray[np.int64]) -> pl.Series:
    return pl.Series(names).gather(codes % len(names))


def _enrollments(people: People, generator: np.random.Generator) -> pl.DataFrame:
    return pl.concat(
        [
            _enrollments_of(people.ids, start, generator)
            for start in range(0, len(people.ids), CHUNK)
        ]
    )


def _enrollments_of(ids: pl.Series, start: int, generator: np.random.Generator) -> pl.DataFrame:
    count = min(CHUNK, len(ids) - start)
    trainee, course = np.nonzero(
        generator.random((count, len(COURSES)), dtype=np.float32) < ENROLLED
    )
    rows = len(trainee)
    names = list(STATUSES)
    status = generator.choice(len(names), rows, p=list(STATUSES.values()))
    assigned = np.datetime64(LAST_RUN.replace(tzinfo=None), "s") - generator.integers(
        86_400 * 90, 86_400 * 1000, rows
    ).astype("timedelta64[s]")
    took = generator.integers(3_600, 86_400 * 60, rows).astype("timedelta64[s]")
    has_due, is_done = generator.random(rows) < 0.6, status == len(names) - 1
    never = np.datetime64("NaT", "s")
    return pl.DataFrame(
        {
            "trainee": ids.gather(trainee + start),
            "content": pl.Series(COURSES).gather(course),
            "status": pl.Series(names).gather(status),
            "version": generator.integers(1, 4, rows),
            "assigned": _instants(assigned),
            "due": _instants(np.where(has_due, assigned + np.timedelta64(30, "D"), never)),
            "completed": _instants(np.where(is_done, assigned + took, never)),
        }
    )


def _instants(values: NDArray[np.datetime64]) -> pl.Series:
    return pl.Series(values.astype("datetime64[us]")).dt.replace_time_zone("UTC").cast(INSTANT)


def _audience(rule: BenchRule, people: People) -> NDArray[np.bool_]:
    def among(names: list[str], chosen: list[str], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
        wanted: NDArray[np.bool_] = np.isin(codes, [names.index(name) for name in chosen])
        return wanted

    has_role = among(ROLES, rule.roles, people.first_role) | among(
        ROLES, rule.roles, people.second_role
    )
    is_there = among(REGIONS, rule.regions, people.region) | among(
        BRANDS, rule.brands, people.brand
    )
    found = has_role & is_there & ~among(FRANCHISES, rule.franchises, people.franchise)
    return found & (people.hired >= np.datetime64(rule.since)) if rule.since else found


def _baseline_frame(baselines: dict[str, NDArray[np.intp]], people: People) -> pl.DataFrame:
    parts = [
        pl.DataFrame({"automation": [name], "trainee": [people.ids.gather(members)]})
        for name, members in baselines.items()
        if len(members)
    ]
    return pl.concat(parts).explode("trainee")


def _write_ledger(
    folder: Path,
    rules: list[BenchRule],
    people: People,
    held: pl.DataFrame,
    baselines: dict[str, NDArray[np.intp]],
    generator: np.random.Generator,
) -> None:
    """Write the ledger that earlier runs would have left: everybody seen, everything applied.

    A tenth of the people was first seen by a later run, so that numbers are not in order of ids.
    """
    count = len(people.ids)
    is_later = generator.random(count) < 0.1
    order = np.concatenate([np.flatnonzero(~is_later), np.flatnonzero(is_later)])
    number = np.empty(count, dtype=np.uint32)
    number[order] = np.arange(count, dtype=np.uint32)
    numbered = held.select("content").with_columns(number=_positions(held, people, number))
    sets = dict(_gave(rules, numbered, generator))
    content = {rule.name: rule.content for rule in rules}
    for name, members in baselines.items():
        key = SetKey("baseline", f"automation.{name}", content[name])
        sets[key] = SetChange(add=BitMap(number[members]))
    everybody = BitMap(range(count))
    attributes = ("location", "role", "brand", "franchise", "region", "hire_date")
    ledger = create_ledger("sqlite:///ledger.db", folder, lineage=LINEAGE)
    serial = ledger.begin(
        LedgerChanges(automations=tuple(_records(open_workspace(folder), rules))),
        Sighting(people.ids.gather(order), everybody, dict.fromkeys(attributes, everybody)),
        NewRun(
            expected_head=ledger.head(),
            as_of=LAST_RUN,
            started=LAST_RUN,
            digest="benchmark",
            tool_version="benchmark",
        ),
    )
    ledger.record(sets, serial=serial)
    finished = LAST_RUN + timedelta(minutes=5)
    ledger.finish(serial, state="complete", counts={}, finished=finished)


def _positions(
    held: pl.DataFrame, people: People, number: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """The ledger's number of each enrollment's trainee; both are in the order of ids."""
    runs = held["trainee"].rle().struct.unnest()
    place = np.searchsorted(people.ids.cast(pl.Int64), runs["value"].cast(pl.Int64))
    return np.repeat(number[place], runs["len"].to_numpy())


def _gave(
    rules: list[BenchRule], numbered: pl.DataFrame, generator: np.random.Generator
) -> Iterator[tuple[SetKey, SetChange]]:
    """Half of the enrollments were given, by any of the automations of their content."""
    givers: dict[str, list[str]] = {}
    for rule in rules:
        givers.setdefault(rule.content, []).append(f"automation.{rule.name}")
    for (content,), rows in numbered.partition_by("content", as_dict=True).items():
        numbers = rows["number"].to_numpy()
        names = givers[str(content)]
        by = generator.integers(2 * len(names), size=len(numbers))
        for place, name in enumerate(names):
            members = BitMap(numbers[by == place])
            yield SetKey("gave", name, str(content)), SetChange(add=members)


def _records(workspace: Workspace, rules: list[BenchRule]) -> Iterator[AutomationRecord]:
    policies, findings, _ = survey_policies(workspace.root, workspace.policies)
    assert not findings, findings
    nothing = LedgerState(lineage=LINEAGE)
    paired = lifecycle(policies, nothing, {}, as_of=LAST_RUN, zone=workspace.zone)
    began = {f"automation.{rule.name}": rule.began for rule in rules}
    for rule in paired.rules:
        start = began[rule.id]
        started = datetime.fromisoformat(start).replace(hour=6, tzinfo=UTC) if start else None
        yield AutomationRecord(rule.id, rule.content, rule.text, "live", started, LAST_RUN)


if __name__ == "__main__":
    make(
        Path(sys.argv[1]),
        trainees=int(sys.argv[2]),
        seed=int(sys.argv[3]),
        orders="orders" in sys.argv[4:],
    )
