"""What the local LMS holds, as tables for people."""

from typing import NamedTuple

import polars as pl

from reconciler.errors import WrongUse, did_you_mean
from reconciler.frames import HOLDINGS, PROGRESS
from reconciler.lms.local.adapter import LocalLms, instants
from reconciler.lms.local.database import opened, read

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
NEIGHBORS = """
SELECT id FROM (SELECT id FROM trainee WHERE id >= ?1 ORDER BY id LIMIT 20)
UNION SELECT id FROM (SELECT id FROM trainee WHERE id < ?1 ORDER BY id DESC LIMIT 20)
"""


class TraineeRecord(NamedTuple):
    """What the LMS holds of one trainee, as HOLDINGS and PROGRESS, by content."""

    enrollments: pl.DataFrame
    progress: pl.DataFrame


def summary(lms: LocalLms) -> pl.DataFrame:
    """Each content with its title and version, and how many trainees have each status."""
    return read(lms.path, SUMMARY).cast({"content": pl.String, "title": pl.String})


def of_trainee(lms: LocalLms, trainee: str) -> TraineeRecord:
    """What one trainee holds, the courses of a module in its order.

    Raises:
        WrongUse: The LMS knows no such trainee.
    """
    with opened(lms.path) as database:
        near = [id_ for (id_,) in database.execute(NEIGHBORS, (trainee,))]
    if trainee not in near:
        raise WrongUse(f"The LMS knows no trainee {trainee!r}.{did_you_mean(trainee, near)}")
    held = read(lms.path, ENROLLED, trainee)
    learned = read(lms.path, LEARNED, trainee)
    return TraineeRecord(
        HOLDINGS.cast(held.with_columns(instants("assigned", "due", "completed"))),
        PROGRESS.cast(learned.with_columns(instants("completed"))),
    )
