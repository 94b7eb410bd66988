"""The example company in small: what fuzzing lays its inputs over, and takes its examples from."""

import io
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import polars as pl

from reconciler.__main__ import run
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.settings import TOKEN
from tests.commands.desk import PROJECT
from tests.hosting.loopback import Heard, Reply, serving
from tests.lms.bridge import SECRET, Bridge

COMPANY = PROJECT / "examples/restaurant"
PEOPLE = 16
LOCAL, EXPORT, HTTP, PLAN = "local", "export", "http", "plan.zip"
ANSWERS, STATUSES = "answers", "statuses"
DAY = "2026-03-02"
FEW = ("02-everybody.yaml", "07-due.yaml", "10-orders.yaml")
WRITTEN = "adapter: local, path: .reconciler/lms.db"
EXPORTED = "adapter: export, enrollments: enrollments.csv, progress: progress.csv"


def furnish(folder: Path) -> None:
    """Two workspaces: one with a local LMS, applied once; one with exports, and a saved plan."""
    for name in (LOCAL, EXPORT):
        root = folder / name
        (root / "policies").mkdir(parents=True)
        for policy in FEW:
            shutil.copy(PROJECT / "policies" / policy, root / "policies")
        for file in ("catalog.yaml", "organization.yaml"):
            shutil.copy(COMPANY / file, root)
        for file in ("roster.csv", "enrollments.csv", "progress.csv"):
            (root / file).write_bytes(_some_rows(file))
        text = (COMPANY / "reconciler.yaml").read_text(encoding="utf-8")
        text = text.replace("../../policies", "policies").replace(
            "sqlite:///.reconciler/", "sqlite:///"
        )
        text = text.replace(WRITTEN, "adapter: local, path: lms.db" if name == LOCAL else EXPORTED)
        (root / "reconciler.yaml").write_text(
            text + "plans_expire_after: 90 years\n", encoding="utf-8"
        )
        _typed(root, "state", "init", "--pending")
    given = ("--enrollments", "enrollments.csv", "--progress", "progress.csv")
    _typed(folder / LOCAL, "lms", "init", *given)
    shutil.copytree(folder / LOCAL, folder / HTTP)
    _record(folder / HTTP)
    _typed(folder / LOCAL, "plan", "--as-of", DAY, "-o", PLAN)
    _typed(folder / LOCAL, "apply", PLAN)
    _typed(folder / EXPORT, "plan", "--as-of", DAY, "-o", PLAN)
    for file in ("roster", "enrollments", "progress"):
        table = pl.read_csv(folder / EXPORT / f"{file}.csv", infer_schema=False)
        table.write_parquet(folder / EXPORT / f"{file}.parquet")


def _record(root: Path) -> None:
    """Keep what the LMS answers over HTTP while a plan is made."""
    bridge = Bridge(LocalLms(root / "lms.db"), checked=False)
    (root / ANSWERS).mkdir()
    (root / STATUSES).mkdir()

    def kept(heard: Heard) -> Reply:
        reply = bridge(heard)
        (root / ANSWERS / _name(heard)).write_bytes(reply.body)
        (root / STATUSES / _name(heard)).write_text("200")
        return reply

    path = root / "reconciler.yaml"
    written = path.read_text(encoding="utf-8")
    with serving(kept) as server:
        _connect(path, written, server.address)
        _typed(root, "plan", "--as-of", DAY)
        _typed(root, "explain", "E00008", "course/knife-safety", "--as-of", DAY)
    path.write_text(written, encoding="utf-8")


def answering(root: Path) -> None:
    """Serve the answers that lie in a workspace, whatever they are by then, until the process ends."""

    def answer(heard: Heard) -> Reply:
        place, status = root / ANSWERS / _name(heard), root / STATUSES / _name(heard)
        if not place.exists():
            return Reply(404)
        # Empty while the next input is laid: then nobody waits for this call any more.
        return Reply(int(status.read_text() or 503), raw=place.read_bytes())

    path = root / "reconciler.yaml"
    forever = serving(answer)
    SERVERS.append(forever)
    _connect(path, path.read_text(encoding="utf-8"), forever.__enter__().address)


SERVERS: list[object] = []
"""They are ended by nobody."""


def _name(heard: Heard) -> str:
    return heard.path.strip("/").replace("/", "-") or "about"


def _connect(path: Path, text: str, address: str) -> None:
    hasty = "timeout: 5, patience: 0, calls_per_second: 1000, settles_after: 0"
    http = f'adapter: http, address: "{address}", {hasty}'
    path.write_text(text.replace("adapter: local, path: lms.db", http), encoding="utf-8")
    os.environ[TOKEN] = SECRET


@cache
def _people() -> frozenset[bytes]:
    rows = (COMPANY / "roster.csv").read_bytes().split(b"\n")
    return frozenset(row.split(b",")[0] for row in rows[1 : PEOPLE + 1])


def _some_rows(name: str) -> bytes:
    """The header of an example and the rows of the first people."""
    header, *rows = (COMPANY / name).read_bytes().split(b"\n")
    some = [row for row in rows if row.split(b",")[0] in _people()]
    return b"\n".join([header, *some, b""])


def _typed(folder: Path, *arguments: str) -> None:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = run([*arguments, "-C", str(folder)])
    assert status in (0, 6), said.getvalue()


if __name__ == "__main__":
    furnish(Path(sys.argv[1]))
