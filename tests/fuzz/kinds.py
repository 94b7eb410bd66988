"""The kinds of input that are fuzzed: what is made of their examples, and which commands read it.

A new kind is one more entry of KINDS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import polars as pl

from reconciler.documents.source import parse
from tests.commands.desk import PROJECT
from tests.fuzz.company import ANSWERS, DAY, EXPORT, HTTP, LOCAL, PLAN, STATUSES, answering
from tests.fuzz.mutate import TOKEN, as_yaml, bytes_mutated, text_mutated, tree_mutated
from tests.fuzz.plans import document_mutated, plan_mutated
from tests.fuzz.tables import csv_mutated, parquet_mutated, sqlite_mutated

Files = dict[str, bytes]
Command = tuple[str, ...]
LARGEST = 60_000
"""Bytes of a YAML file. `fmt` takes its time with larger ones: some 40 seconds for a megabyte."""
PLANNED = ("plan", "--as-of", DAY)
EXPLAINED = ("explain", "E00008", "course/knife-safety", "--as-of", DAY)


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Attributes:
        workspace: Which of the workspaces of the company it is laid over.
        mutated: The files of one input, made from those of the workspace.
        first: What reads every input.
        then: One of these reads an input in which ``first`` has found nothing wrong.
        often: For what part of such inputs; where ``first`` has read it all, a few are enough.
        together: The folder that holds nothing but inputs; they are laid side by side there, and
            findings name the file.
        ready: What is done to a copy of the workspace, once, before inputs are laid over it.
    """

    workspace: str
    mutated: Callable[[Random, Path], Files]
    first: tuple[Command, ...]
    then: tuple[Command, ...] = ()
    often: float = 1.0
    together: str | None = None
    ready: Callable[[Path], None] | None = None


@cache
def _examples(folder: Path, pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(folder.glob(pattern)))


@cache
def _trees(examples: tuple[bytes, ...]) -> tuple[object, ...]:
    return tuple(parse(example, "example").data for example in examples)


@cache
def _words(examples: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(sorted({word for one in examples for word in TOKEN.findall(one.decode())}))


def _yaml_mutated(random: Random, examples: tuple[bytes, ...]) -> bytes:
    return _yaml(random, examples)[:LARGEST]


def _yaml(random: Random, examples: tuple[bytes, ...]) -> bytes:
    example = random.choice(examples)
    way = random.random()
    if way < 0.15:
        return bytes_mutated(random, example, random.choice(examples))
    if way < 0.55:
        return text_mutated(random, example.decode(), _words(examples)).encode(errors="replace")
    trees = _trees(examples)
    return as_yaml(random, tree_mutated(random, random.choice(trees), trees)).encode(
        errors="replace"
    )


def _policy(random: Random, root: Path) -> Files:
    examples = _examples(PROJECT / "policies", "*.yaml")
    return {"policies/one.yaml": _yaml_mutated(random, examples)}


def _workspace(random: Random, root: Path) -> Files:
    name = random.choice(("reconciler.yaml",) * 3 + ("organization.yaml", "catalog.yaml"))
    others = _examples(root.parent, f"*/{name}")
    return {name: _yaml_mutated(random, others)}


def _roster(random: Random, root: Path) -> Files:
    if random.random() < 0.6:
        data = (root / "roster.csv").read_bytes()
        return {"roster.csv": csv_mutated(random, data, data)}
    text = (root / "reconciler.yaml").read_bytes()
    text = text.replace(b"source: csv", b"source: parquet").replace(
        b"roster.csv", b"roster.parquet"
    )
    frame = pl.read_parquet(root / "roster.parquet")
    return {"reconciler.yaml": text, "roster.parquet": parquet_mutated(random, frame)}


def _plan(random: Random, root: Path) -> Files:
    return {"altered.zip": plan_mutated(random, (root / PLAN).read_bytes())}


def _exported(random: Random, root: Path) -> Files:
    table = random.choice(("enrollments", "progress"))
    way = random.random()
    if way < 0.15:
        return {"catalog.yaml": _yaml_mutated(random, _examples(root, "catalog.yaml"))}
    if way < 0.6:
        data = (root / f"{table}.csv").read_bytes()
        return {f"{table}.csv": csv_mutated(random, data, (root / "progress.csv").read_bytes())}
    text = (root / "reconciler.yaml").read_bytes()
    text = text.replace(f"{table}.csv".encode(), f"{table}.parquet".encode())
    frame = pl.read_parquet(root / f"{table}.parquet")
    return {"reconciler.yaml": text, f"{table}.parquet": parquet_mutated(random, frame)}


def _local(random: Random, root: Path) -> Files:
    return {"lms.db": sqlite_mutated(random, (root / "lms.db").read_bytes())}


def _ledger(random: Random, root: Path) -> Files:
    return {"ledger.db": sqlite_mutated(random, (root / "ledger.db").read_bytes())}


def _answers(random: Random, root: Path) -> Files:
    """What an LMS answers over HTTP: mostly one odd answer among those of a whole reading."""
    names = sorted(path.name for path in (root / ANSWERS).iterdir())
    made = {}
    for name in random.sample(names, random.choice((1, 1, 1, 2))):
        body = (root / ANSWERS / name).read_bytes()
        way = random.random()
        if way < 0.1:
            body = random.choice(
                (b"", b"null", b"[]", b"<!doctype html><title>Sign in</title>", b"{}")
            )
        elif way < 0.9:
            body = document_mutated(random, body)
        status = random.choice(
            (200,) * 30 + (201, 204, 206, 302, 400, 401, 403, 404, 410, 425, 429, 500, 503)
        )
        made[f"{ANSWERS}/{name}"] = body
        made[f"{STATUSES}/{name}"] = str(status).encode()
    return made


KINDS = {
    "policy": Kind(
        EXPORT, _policy, (("validate",), ("fmt",)),
        (PLANNED, EXPLAINED, (*PLANNED, "--json")), together="policies",
    ),
    "workspace": Kind(EXPORT, _workspace, (("validate",),), (PLANNED, EXPLAINED, ("state", "list"))),
    "roster": Kind(EXPORT, _roster, (("validate",),), (PLANNED, EXPLAINED, (*PLANNED, "-o", "new.zip"))),
    "plan": Kind(
        EXPORT, _plan, (("show", "altered.zip"),),
        (
            ("show", "altered.zip", "--json"), ("show", "altered.zip", "--markdown"),
            ("show", "altered.zip", "--html"), ("apply", "altered.zip"),
            ("apply", "--within", "altered.zip"),
        ),
    ),
    "lms-export": Kind(EXPORT, _exported, (PLANNED,), (EXPLAINED, ("validate",)), often=0.2),
    "lms-local": Kind(
        LOCAL, _local, (("lms", "show"),), (PLANNED, EXPLAINED, ("lms", "show", "E00008")),
    ),
    "lms-http": Kind(
        HTTP, _answers, (PLANNED,), (EXPLAINED, ("validate",)), often=0.2, ready=answering,
    ),
    "ledger": Kind(
        LOCAL, _ledger, (("state", "list"),),
        (
            PLANNED, ("state", "verify"), ("state", "history"), ("validate",), EXPLAINED,
            ("state", "show", "automation.knife-safety"),
        ),
    ),
}  # fmt: skip
