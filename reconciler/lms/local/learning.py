"""What trainees do in the local LMS: start and complete courses, alone or inside a module."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import WrongUse, did_you_mean, probably_meant
from reconciler.lms.catalog import course_id
from reconciler.lms.local.database import written

HELD = """
SELECT e.status, e.assigned, e.completed, c.version FROM enrollment e
JOIN content c ON c.id = e.content WHERE e.content = ? AND e.trainee = ?
"""
INSIDE = """
SELECT p.course, p.status, p.completed, c.version FROM module_course m
JOIN progress p ON p.module = m.module AND p.course = m.course
JOIN content c ON c.id = m.course
WHERE m.module = ? AND p.trainee = ? ORDER BY m.position
"""
MODULES = """
SELECT m.module FROM module_course m JOIN enrollment e ON e.content = m.module
WHERE m.course = ? AND e.trainee = ? AND e.status <> 'completed' ORDER BY m.module
"""
NEIGHBORS = """
SELECT id FROM (SELECT id FROM trainee WHERE id >= ?1 ORDER BY id LIMIT 20)
UNION SELECT id FROM (SELECT id FROM trainee WHERE id < ?1 ORDER BY id DESC LIMIT 20)
"""
BEGIN = """
UPDATE enrollment SET status = 'in_progress'
WHERE content = ? AND trainee = ? AND status = 'not_started'
"""
BEGIN_COURSE = """
UPDATE progress SET status = 'in_progress' WHERE module = ? AND trainee = ? AND course = ?
"""
COMPLETE = """
UPDATE enrollment SET status = 'completed', version = ?, completed = ?
WHERE content = ? AND trainee = ?
"""
COMPLETE_COURSE = """
UPDATE progress SET status = 'completed', version = ?1, completed_version = ?1, completed = ?2
WHERE module = ?3 AND trainee = ?4 AND course = ?5
"""
COMPLETE_MODULES = """
UPDATE enrollment SET status = 'completed', version = c.version,
    completed = max(latest.completed, coalesce(enrollment.completed, latest.completed))
FROM content c, (
    SELECT p.module, p.trainee, max(p.completed) AS completed
    FROM progress p JOIN module_course m ON m.module = p.module AND m.course = p.course
    WHERE p.module = ?1 AND (?2 IS NULL OR p.trainee = ?2) AND p.status = 'completed'
    GROUP BY p.module, p.trainee
    HAVING count(*) = (SELECT count(*) FROM module_course WHERE module = ?1)
) latest
WHERE enrollment.content = latest.module AND enrollment.trainee = latest.trainee
AND c.id = latest.module AND enrollment.status <> 'completed'
"""
"""Completes the open enrollments in one module (of one trainee) whose courses all are, at the
latest of their completions."""


class Part(NamedTuple):
    """What a trainee works on: a course, alone or inside a module, and how far it is.

    ``completed`` is its latest completion, as epoch seconds; ``version`` is the newest.
    """

    id: str
    status: str
    completed: int | None
    version: int


class Enrollment(NamedTuple):
    """One enrollment: itself, when it was assigned, and its courses in a module's order."""

    trainee: str
    whole: Part
    assigned: int | None
    courses: tuple[Part, ...]


def start(path: Path, trainee: str, content: str, *, course: str | None, at: datetime) -> str:
    """Let a trainee start a course; of a module without ``course`` the first not started.

    Returns:
        The course that was started.

    Raises:
        WrongUse: There is nothing to start, or nothing that could be started at that instant; told
            in the time zone of ``at``.
    """
    with written(path) as database:
        held = _held(database, trainee, content)
        _check_instant(held, at)
        part = _part(held, course) if course else _next(held)
        if part.status != "not_started":
            raise WrongUse(
                f"{_where(held, part)} is {_words(part, at.tzinfo)} already: it cannot be started."
            )
        database.execute(BEGIN, (content, trainee))
        if held.courses:
            database.execute(BEGIN_COURSE, (content, trainee, part.id))
    return part.id


def complete(
    path: Path, trainee: str, content: str, *, course: str | None, at: datetime
) -> tuple[str, ...]:
    """Let a trainee complete a course; of a module without ``course`` all that are open.

    The last course of a module completes it, at the latest completion among its courses.

    Returns:
        What was completed, the module last.

    Raises:
        WrongUse: There is nothing to complete, or not at that instant.
    """
    with written(path) as database:
        held = _held(database, trainee, content)
        _check_instant(held, at)
        parts = [_part(held, course)] if course else _open(held)
        for part in parts:
            _check_completion(held, part, at)
        if not held.courses:
            database.execute(COMPLETE, (held.whole.version, _seconds(at), content, trainee))
            return (content,)
        database.execute(BEGIN, (content, trainee))
        rows = [(part.version, _seconds(at), content, trainee, part.id) for part in parts]
        database.executemany(COMPLETE_COURSE, rows)
        whole = database.execute(COMPLETE_MODULES, (content, trainee)).rowcount
    return (*(part.id for part in parts), *([content] if whole else []))


def _held(database: sqlite3.Connection, trainee: str, content: str) -> Enrollment:
    found = database.execute(HELD, (content, trainee)).fetchone()
    if found is None:
        raise WrongUse(_not_enrolled(database, trainee, content))
    status, assigned, completed, version = found
    inside = database.execute(INSIDE, (content, trainee)).fetchall()
    return Enrollment(
        trainee=trainee,
        whole=Part(content, status, completed, version),
        assigned=assigned,
        courses=tuple(Part(*row) for row in inside),
    )


def _not_enrolled(database: sqlite3.Connection, trainee: str, content: str) -> str:
    known = [id_ for (id_,) in database.execute("SELECT id FROM content ORDER BY id")]
    if content not in known:
        return unknown_content(content, known)
    near = [id_ for (id_,) in database.execute(NEIGHBORS, (trainee,))]
    if trainee not in near:
        return unknown_trainee(trainee, near)
    modules = [module for (module,) in database.execute(MODULES, (content, trainee))]
    if modules:
        return (
            f"{trainee} has {content} only inside {', '.join(modules)}, where it counts by itself."
            f" Name the module first: {trainee} {modules[0]} {content}"
        )
    return (
        f"{trainee} is not enrolled in {content}. An assignment or an automation enrolls;"
        f" `reconciler lms show {trainee}` tells what there is."
    )


def unknown_content(content: str, known: Collection[str]) -> str:
    """What to say of a content that is not offered; a name alone may be of either kind."""
    # Backwards, so that of a course and a module of one name the course is meant.
    every = sorted(known, reverse=True)
    by_name = {one if "/" in content else one.partition("/")[2]: one for one in every}
    meant = probably_meant(content, by_name)
    hint = f"Did you mean {by_name[meant]!r}?" if meant else "`reconciler lms show` lists all."
    return f"The LMS offers no {content}. {hint}"


def unknown_trainee(trainee: str, near: Sequence[str]) -> str:
    """What to say of a trainee without an account, with the ids ``near`` theirs."""
    return f"The LMS knows no trainee {trainee!r}.{did_you_mean(trainee, near)}"


def _part(held: Enrollment, course: str) -> Part:
    """The course that was named, with or without ``course/``."""
    if not held.courses:
        raise WrongUse(f"{held.whole.id} is a course. Only inside a module a course is named.")
    named = course_id(course)
    for part in held.courses:
        if part.id == named:
            return part
    ids = [part.id for part in held.courses]
    raise WrongUse(
        f"{held.whole.id} has no {named}.{did_you_mean(named, ids)} It has {', '.join(ids)}."
    )


def _next(held: Enrollment) -> Part:
    """The first course of a module that is not started; the course itself, alone."""
    waiting = [part for part in held.courses if part.status == "not_started"]
    return waiting[0] if waiting else held.whole


def _open(held: Enrollment) -> list[Part]:
    """What is not completed; the whole, where nothing of it is open."""
    return [part for part in held.courses if part.status != "completed"] or [held.whole]


def _check_instant(held: Enrollment, at: datetime) -> None:
    if held.assigned is not None and _seconds(at) < held.assigned:
        raise WrongUse(
            f"{held.trainee} was assigned {held.whole.id} at {_instant(held.assigned, at.tzinfo)}"
            " only. Give a later instant: --at INSTANT"
        )


def _check_completion(held: Enrollment, part: Part, at: datetime) -> None:
    if part.status == "completed":
        raise WrongUse(
            f"{_where(held, part)} is {_words(part, at.tzinfo)} already. A policy has it taken"
            " again: see reassignments, renew and on_new_version."
        )
    if part.completed is not None and _seconds(at) < part.completed:
        raise WrongUse(
            f"{_where(held, part)} was last completed at {_instant(part.completed, at.tzinfo)}."
            " Give a later instant: --at INSTANT"
        )


def _where(held: Enrollment, part: Part) -> str:
    inside = f" inside {held.whole.id}" if part.id != held.whole.id else ""
    return f"{part.id}{inside} of {held.trainee}"


def _words(part: Part, zone: tzinfo | None) -> str:
    if part.status == "completed" and part.completed is not None:
        return f"completed (at {_instant(part.completed, zone)})"
    return part.status.replace("_", " ")


def _instant(seconds: int, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(seconds, zone or UTC):%Y-%m-%d %H:%M:%S %Z}"


def _seconds(at: datetime) -> int:
    return int(at.timestamp() // 1)
