"""A workplace whose LMS is there twice: as plain mappings, and as a real local LMS."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from reconciler.execution.apply import SEQUENCE
from reconciler.execution.batches import batches, writes
from reconciler.frames import WRITES, Content
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.learning import complete, start
from reconciler.lms.local.load import create
from reconciler.lms.local.publishing import publish
from reconciler.planner.plan import plan
from tests.policies import policies_of
from tests.properties.naive import Action
from tests.properties.workplace import CATALOG, Workplace

CALLS = {"assign": "assign", "restart": "reassign", "retake": "reassign"}
CALLS |= {"reschedule": "reschedule", "remove": "remove"}


@cache
def _empty(folder: Path) -> Path:
    """A local LMS that offers the catalog to nobody yet, to be copied."""
    write_catalog(folder / "catalog.yaml", CATALOG)
    create(folder / "empty.db", catalog=folder / "catalog.yaml")
    return folder / "empty.db"


def local_lms(folder: Path) -> LocalLms:
    """A local LMS that offers the catalog to nobody yet, in the place of the one before."""
    for end in ("", "-wal", "-shm"):
        (folder / f"lms.db{end}").unlink(missing_ok=True)
    return LocalLms(Path(shutil.copy(_empty(folder), folder / "lms.db")))


def write_catalog(file: Path, catalog: Mapping[str, Content]) -> None:
    courses = [content for content in catalog.values() if not content.is_module]
    modules = [content for content in catalog.values() if content.is_module]
    text = {
        "courses": {each.id: {"title": each.title, "version": each.version} for each in courses},
        "modules": {
            each.id: {"title": each.title, "version": each.version, "courses": [*each.courses]}
            for each in modules
        },
    }
    file.write_text(json.dumps(text), encoding="utf-8")


@dataclass
class Twins(Workplace):
    """Whatever is done is done to both; what the local LMS would not let people do, to neither."""

    local: LocalLms = field(kw_only=True)

    def write(self, actions: Mapping[tuple[str, str], Action]) -> None:
        """The plain LMS does what is predicted; the local one what the real plan asks of it."""
        made = plan(self.snapshot(), policies_of(self.policy), as_of=self.as_of)
        super().write(actions)
        pair = {"trainee": pl.String, "content": pl.String}
        wanted = pl.DataFrame(list(actions), schema=pair, orient="row")
        for batch in batches(made, self.local.capabilities.batch_size, SEQUENCE):
            rows = writes(batch).join(wanted, on=list(pair), how="semi")
            outcomes = getattr(self.local, CALLS[batch.action.value])(rows)
            assert set(outcomes["result"]) <= {"done"}, (batch.action, outcomes.rows())

    def enroll(
        self, trainee: str, content: str = "course/knife", status: str = "not_started"
    ) -> None:
        row = (trainee, content, self.as_of, None, None, None, None, None, False)
        self.local.assign(WRITES.of(row))
        super().enroll(trainee, content, status)

    def learn(
        self, trainee: str, status: str, content: str = "course/knife", course: str | None = None
    ) -> None:
        parts = {None: self.holdings[trainee, content]} | self.lms.learned(trainee, content)
        inside = [part for part in parts if part is not None] or [None]
        chosen = [course] if course else inside
        if status == "in_progress":
            chosen = [part for part in chosen if parts[part]["status"] == "not_started"][:1]
        else:
            chosen = [part for part in chosen if parts[part]["status"] != "completed"]
        for part in chosen if self.holdings[trainee, content]["status"] != "completed" else ():
            if status == "in_progress":
                start(self.local.path, trainee, content, course=part, at=self.as_of)
                self.lms.start(trainee, content, part)
            elif status == "completed":
                complete(self.local.path, trainee, content, course=part, at=self.as_of)
                self.lms.complete(trainee, content, part, at=self.as_of)

    def take_away(self, trainee: str, content: str = "course/knife") -> None:
        row = self.holdings[trainee, content]
        if row["status"] != "completed":
            asked = (trainee, content, None, None, row["status"], None, None, None, False)
            self.local.remove(WRITES.of(asked))
            self.lms.remove(trainee, content)

    def publish(self, content: str, courses: tuple[str, ...] | None = None) -> None:
        publish(self.local.path, content, courses=courses)
        super().publish(content, courses)
