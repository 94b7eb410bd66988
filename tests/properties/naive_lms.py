"""An LMS in plain mappings, one enrollment at a time: what R, C, V and D3 say that it does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from reconciler.frames import HOLDINGS, PROGRESS, Content
from reconciler.snapshot import Snapshot

Row = dict[str, object]


@dataclass
class NaiveLms:
    """What is offered and held.

    ``held`` by (trainee, content): the columns of HOLDINGS, and ``before``: what a retake changed.
    ``courses`` by (trainee, module, course): the columns of PROGRESS. The row of a course that was
    ever completed stays, also where its enrollment is gone (C1a).
    """

    catalog: dict[str, Content]
    held: dict[tuple[str, str], Row] = field(default_factory=dict)
    courses: dict[tuple[str, str, str], Row] = field(default_factory=dict)

    def holdings(self) -> pl.DataFrame:
        return HOLDINGS.of(*(tuple(row[n] for n in HOLDINGS.schema) for row in self.held.values()))

    def progress(self) -> pl.DataFrame:
        rows = self.courses.values()
        return PROGRESS.of(*(tuple(row[name] for name in PROGRESS.schema) for row in rows))

    def learned(self, trainee: str, module: str) -> dict[str, Row]:
        """The progress in each course that the module has for a trainee, by course."""
        found = {key[2]: row for key, row in self.courses.items() if key[:2] == (trainee, module)}
        offered = self.catalog[module].courses
        return {course: found[course] for course in offered if course in found}

    def assign(
        self,
        trainee: str,
        content: str,
        *,
        assigned: datetime | None,
        due: datetime | None,
        credited: Mapping[str, tuple[datetime, int]],
    ) -> None:
        """Enroll; a module begins with its credit (C1 to C4)."""
        enrollment = _fresh(trainee, content, self.catalog, assigned, due)
        self.held[trainee, content] = enrollment
        for course in self.catalog[content].courses:
            self._begin(trainee, content, course)
            if course in credited:
                completed, version = credited[course]
                self.courses[trainee, content, course] |= _completion(completed, version)
        if content.startswith("module/") and set(credited) == set(self.catalog[content].courses):
            self._close(trainee, content)

    def _begin(self, trainee: str, module: str, course: str) -> None:
        """A course is not started, at the version of now; an earlier completion stays (R3)."""
        old = self.courses.get((trainee, module, course), {})
        self.courses[trainee, module, course] = {
            "trainee": trainee,
            "module": module,
            "course": course,
            "status": "not_started",
            "version": self.catalog[course].version,
            "completed": old.get("completed"),
            "completed_version": old.get("completed_version"),
        }

    def _close(self, trainee: str, content: str) -> None:
        """A module all of whose courses are completed is so too, at the latest of them (C4)."""
        done = [self.held[trainee, content], *self.learned(trainee, content).values()]
        latest = max(row["completed"] for row in done if row["completed"] is not None)
        self.held[trainee, content] |= {
            "status": "completed",
            "version": self.catalog[content].version,
            "completed": latest,
        }

    def reassign(
        self,
        trainee: str,
        content: str,
        *,
        assigned: datetime | None,
        due: datetime | None,
        courses: Collection[str] | None,
    ) -> None:
        """Let all of it start over, or these courses of a module (R). The rest keeps what it has."""
        row, offered = self.held[trainee, content], self.catalog[content]
        if row["status"] == "completed":
            row["before"] = {name: row[name] for name in ("version", "assigned", "due")}
        row |= {"version": offered.version, "assigned": assigned, "due": due}
        row["status"] = "not_started"
        known = self.learned(trainee, content)
        self.drop(trainee, content, keep=offered.courses)
        for course in offered.courses:
            if courses is None or course in courses or course not in known:
                self._begin(trainee, content, course)
        if any(one["status"] != "not_started" for one in self.learned(trainee, content).values()):
            row["status"] = "in_progress"

    def drop(self, trainee: str, module: str, *, keep: Collection[str]) -> None:
        """Courses are no part of an enrollment any more; a completion stays as history."""
        for key in [key for key in self.courses if key[:2] == (trainee, module)]:
            if key[2] not in keep:
                row = self.courses[key]
                if row["completed"] is None:
                    del self.courses[key]
                else:
                    row |= _completion(row["completed"], row["completed_version"])

    def remove(self, trainee: str, content: str) -> None:
        """Take an enrollment away; an open retake is withdrawn (D3)."""
        row = self.held[trainee, content]
        if row["completed"] is None:
            del self.held[trainee, content]
        else:
            row |= {"status": "completed", **row.get("before", {})}
        self.drop(trainee, content, keep=())

    def start(self, trainee: str, content: str, course: str | None = None) -> None:
        """Do something in a course, alone or in a module."""
        row = self.held[trainee, content]
        if course is not None:
            inner = self.courses[trainee, content, course]
            if inner["status"] == "not_started":
                inner["status"] = "in_progress"
        if row["status"] == "not_started":
            row["status"] = "in_progress"

    def complete(
        self, trainee: str, content: str, course: str | None = None, *, at: datetime
    ) -> None:
        """Complete a course at the version of now (V1, V2); the last one completes its module."""
        row = self.held[trainee, content]
        if course is None:
            version = self.catalog[content].version
            row |= {"status": "completed", "version": version, "completed": at}
            return
        self.courses[trainee, content, course] |= _completion(at, self.catalog[course].version)
        self.start(trainee, content)
        self._close_if_complete(trainee, content)

    def _close_if_complete(self, trainee: str, module: str) -> None:
        learned = self.learned(trainee, module)
        if all(row["status"] == "completed" for row in learned.values()):
            self._close(trainee, module)

    def publish(self, content: str, courses: tuple[str, ...] | None = None) -> None:
        """A new version; where a module's courses change, open enrollments change with it (V1)."""
        old = self.catalog[content]
        now = replace(old, version=old.version + 1, courses=courses or old.courses)
        self.catalog[content] = now
        for (trainee, held), row in list(self.held.items()):
            if held != content or row["status"] == "completed" or not now.is_module:
                continue
            self.drop(trainee, content, keep=now.courses)
            for course in now.courses:
                if course not in old.courses:
                    self._begin(trainee, content, course)
            self._close_if_complete(trainee, content)


def lms_of(snapshot: Snapshot) -> NaiveLms:
    """The LMS of a snapshot, as far as that tells: not what a retake changed that is open."""
    held = snapshot.holdings.iter_rows(named=True)
    courses = snapshot.progress.iter_rows(named=True)
    return NaiveLms(
        dict(snapshot.catalog),
        {(row["trainee"], row["content"]): row for row in held},
        {(row["trainee"], row["module"], row["course"]): row for row in courses},
    )


def _fresh(
    trainee: str,
    content: str,
    catalog: Mapping[str, Content],
    assigned: datetime | None,
    due: datetime | None,
) -> Row:
    return {
        "trainee": trainee,
        "content": content,
        "status": "not_started",
        "version": catalog[content].version,
        "assigned": assigned,
        "due": due,
        "completed": None,
    }


def _completion(at: object, version: object) -> Row:
    return {
        "status": "completed",
        "version": version,
        "completed": at,
        "completed_version": version,
    }
