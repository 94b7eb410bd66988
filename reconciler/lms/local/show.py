"""What the local LMS holds, as tables for people."""

from typing import NamedTuple

import polars as pl

from reconciler.errors import WrongUse
from reconciler.frames import HOLDINGS, PROGRESS
from reconciler.lms.local.adapter import LocalLms, instants
from reconciler.lms.local.database import opened, read, understood
from reconciler.lms.local.learning import NEIGHBORS, unknown_trainee

SUMMARY = """
SELECT c.id AS content, c.title, c.version,
       count(*) FILTER (WHERE e.status = 'not_started') AS not_started,
       count(*) FILTER (WHERE e.status = 'in_progress') AS in_progress,
       count(*) FILTER (WHERE e.status = 'completed') AS completed
FROM content c LEFT JOIN enrollment e ON e.content = c.id
GROUP BY c.id ORDER BY c.id
"""
ENROLLED = """
SELECT trainee, content, status, version, assigned, due, completed FROM enrollment
WHERE content IN (SELECT id FROM content) AND trainee = ? ORDER BY content
"""
LEARNED = """
SELECT p.trainee, p.module, p.course, p.status, p.version, p.completed,
       p.completed_version
FROM enrollment e
JOIN module_course m ON m.module = e.content
JOIN progress p ON p.module = m.module AND p.trainee = e.trainee AND p.course = m.course
WHERE e.content IN (SELECT id FROM content) AND e.trainee = ? ORDER BY p.module, m.position
"""
PAST = """
SELECT h.content, h.course, h.version, h.completed FROM (
    SELECT content, '' AS course, version, completed FROM enrollment_history WHERE trainee = ?1
    UNION ALL
    SELECT module, course, version, completed FROM progress_history WHERE trainee = ?1
    UNION ALL
    SELECT p.module, p.course, p.completed_version, p.completed FROM progress p
    LEFT JOIN enrollment e ON e.content = p.module AND e.trainee = p.trainee
    WHERE p.trainee = ?1 AND p.completed IS NOT NULL AND (
        p.status <> 'completed' OR e.content IS NULL
        OR (p.module, p.course) NOT IN (SELECT module, course FROM module_course)
    )
) h ORDER BY h.completed, h.content, h.course
"""
"""Completions of a trainee that were opened again, or whose enrollment or course is gone."""


class TraineeRecord(NamedTuple):
    """What the LMS holds of one trainee, as HOLDINGS and PROGRESS, by content.

    ``history`` has the earlier completions, the oldest first: content, course (empty for a whole),
    version and the instant ``completed``.
    """

    enrollments: pl.DataFrame
    progress: pl.DataFrame
    history: pl.DataFrame


def summary(lms: LocalLms) -> pl.DataFrame:
    """Each content with its title and version, and how many trainees have each status."""
    with understood(lms.path):
        return read(lms.path, SUMMARY).cast({"content": pl.String, "title": pl.String})


def of_trainee(lms: LocalLms, trainee: str) -> TraineeRecord:
    """What one trainee holds, the courses of a module in its order.

    Raises:
        WrongUse: The LMS knows no such trainee.
    """
    with understood(lms.path), opened(lms.path) as database:
        near = [id_ for (id_,) in database.execute(NEIGHBORS, (trainee,))]
    if trainee not in near:
        raise WrongUse(unknown_trainee(trainee, near))
    with understood(lms.path):
        held = read(lms.path, ENROLLED, trainee)
        learned = read(lms.path, LEARNED, trainee)
        return TraineeRecord(
            HOLDINGS.cast(held.with_columns(instants("assigned", "due", "completed"))),
            PROGRESS.cast(learned.with_columns(instants("completed"))),
            read(lms.path, PAST, trainee).with_columns(instants("completed")),
        )
