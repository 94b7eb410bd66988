"""A workplace whose LMS is there twice: as plain mappings, and as a real local LMS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.frames import WRITES, Content
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.learning import complete, start
from reconciler.lms.local.load import create
from reconciler.lms.local.publishing import publish
from tests.properties.naive import Action
from tests.properties.workplace import CATALOG, Workplace

CALLS = {"assign": "assign", "restart": "reassign", "retake": "reassign"}
CALLS |= {"reschedule": "reschedule", "remove": "remove"}


def local_lms(folder: Path, catalog: Mapping[str, Content] = CATALOG) -> LocalLms:
    """A local LMS that offers a catalog, to nobody yet."""
    courses = [content for content in catalog.values() if not content.is_module]
    modules = [content for content in catalog.values() if content.is_module]
    text = {
        "courses": {each.id: {"title": each.title, "version": each.version} for each in courses},
        "modules": {
            each.id: {"title": each.title, "version": each.version, "courses": [*each.courses]}
            for each in modules
        },
    }
    file = folder / "catalog.yaml"
    file.write_text(json.dumps(text), encoding="utf-8")
    create(folder / "lms.db", catalog=file)
    return LocalLms(folder / "lms.db")


@dataclass
class Twins(Workplace):
    """Whatever is done is done to both; what the local LMS would not let people do, to neither."""

    local: LocalLms = field(kw_only=True)

    def write(self, actions: Mapping[tuple[str, str], Action]) -> None:
        seen = {key: self.holdings[key]["status"] for key in actions if key in self.holdings}
        super().write(actions)
        for kind in dict.fromkeys(action.kind for action in actions.values()):
            rows = [
                written(*key, action, seen.get(key))
                for key, action in actions.items()
                if action.kind == kind
            ]
            outcomes = getattr(self.local, CALLS[kind])(WRITES.of(*rows))
            assert set(outcomes["result"]) == {"done"}, (kind, outcomes.rows())

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


def written(trainee: str, content: str, action: Action, seen: str | None) -> tuple:
    """A row of WRITES."""
    courses = None if action.courses is None else sorted(action.courses)
    instants = action.assigned, action.due
    credit = action.credit_after, action.credit_current
    return trainee, content, *instants, seen, courses, None, *credit
