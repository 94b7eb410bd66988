"""What the local LMS does with each kind of write: how rows are judged, and what is then done.

``asked`` holds the rows of a write, ``chosen`` the courses of each distinct choice among them.
Each statement works on all rows at once.
"""

from typing import NamedTuple

ASKED = (
    """
    CREATE TEMP TABLE asked (
        row INTEGER PRIMARY KEY, trainee TEXT, content TEXT, assigned INTEGER, due INTEGER,
        seen TEXT, choice TEXT, resets TEXT, credit_after INTEGER, credit_current INTEGER
    )
    """,
    "CREATE TEMP TABLE chosen (choice TEXT, course TEXT, PRIMARY KEY (choice, course))",
    """
    CREATE TEMP VIEW met AS
    SELECT a.*, c.version, e.status AS held, e.due AS held_due, e.assigned AS held_assigned
    FROM asked a
    LEFT JOIN content c ON c.id = a.content
    LEFT JOIN enrollment e ON e.content = a.content AND e.trainee = a.trainee
    """,
    # R: the chosen courses that start over, by their status and that of their module.
    """
    CREATE TEMP VIEW starting AS
    SELECT m.row, h.course FROM met m JOIN chosen h ON h.choice = m.choice
    LEFT JOIN progress p
    ON p.module = m.content AND p.trainee = m.trainee AND p.course = h.course
    WHERE m.held = 'completed' OR p.status = m.resets
    OR (coalesce(m.resets, 'both') = 'both' AND p.status IN ('in_progress', 'completed'))
    """,
)
JUDGED = "SELECT row, verdict FROM judged WHERE verdict <> 'done'"

# What the verdict of a statement means, as a result and a detail.
VERDICTS = {
    "done": ("done", None),
    "as asked": ("already", None),
    "unknown content": ("refused", "the catalog of this LMS has no such content"),
    "unknown course": ("refused", "a chosen course is not in this module"),
    "record": ("refused", "completed: the record stays (D3)"),
    "not enrolled": ("skipped", "not enrolled"),
    "closed": ("skipped", "completed: it has no due date any more"),
    "changed": ("skipped", "its status is not the one that was planned from"),
}


class Write(NamedTuple):
    """A kind of write.

    ``asks`` are the columns of ``asked`` that it needs; ``judge`` makes ``judged``, with a verdict
    for each row; ``effects`` are carried out for those judged 'done'.
    """

    asks: tuple[str, ...]
    judge: str
    effects: tuple[str, ...]


# C1, C1a, C7: of the completions that count, in whatever module, the latest.
CREDIT = """
CREATE TEMP TABLE credit AS
SELECT content, trainee, course, version, completed FROM (
    SELECT j.content, j.trainee, m.course, p.completed_version AS version, p.completed,
           row_number() OVER (
               PARTITION BY j.row, m.course ORDER BY p.completed DESC, p.completed_version DESC
           ) AS place
    FROM judged j
    JOIN module_course m ON m.module = j.content
    JOIN content c ON c.id = m.course
    JOIN progress p ON p.trainee = j.trainee AND p.course = m.course AND p.completed IS NOT NULL
    WHERE j.verdict = 'done'
    AND (j.credit_after IS NULL OR p.completed > j.credit_after)
    AND (j.credit_current IS NOT 1 OR p.completed_version >= c.version)
) WHERE place = 1
"""
BEGIN_COURSES = """
INSERT INTO progress (module, trainee, course, status, version, completed, completed_version)
SELECT j.content, j.trainee, m.course, iif(k.course IS NULL, 'not_started', 'completed'),
       coalesce(k.version, c.version), k.completed, k.version
FROM judged j
JOIN module_course m ON m.module = j.content
JOIN content c ON c.id = m.course
LEFT JOIN credit k ON k.content = j.content AND k.trainee = j.trainee AND k.course = m.course
WHERE j.verdict = 'done'
ON CONFLICT DO UPDATE SET status = excluded.status, version = excluded.version,
    completed = coalesce(excluded.completed, completed),
    completed_version = coalesce(excluded.completed_version, completed_version)
"""
# C4: a module is completed at once where every course is credited, at the latest of them.
ENROLL = """
INSERT INTO enrollment (content, trainee, status, version, assigned, due, completed)
SELECT j.content, j.trainee, iif(k.completed IS NULL, 'not_started', 'completed'),
       j.version, j.assigned, j.due, k.completed
FROM judged j
LEFT JOIN (
    SELECT content, trainee, max(completed) AS completed FROM credit
    GROUP BY content, trainee
    HAVING count(*) = (SELECT count(*) FROM module_course m WHERE m.module = content)
) k ON k.content = j.content AND k.trainee = j.trainee
WHERE j.verdict = 'done'
"""
ASSIGN = Write(
    ("assigned", "due", "credit_after", "credit_current"),
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL  THEN 'unknown content'
        WHEN held IS NOT NULL THEN 'as asked'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (
        """
        INSERT OR IGNORE INTO trainee (id)
        SELECT DISTINCT trainee FROM judged WHERE verdict = 'done' ORDER BY trainee
        """,
        CREDIT,
        BEGIN_COURSES,
        ENROLL,
    ),
)

# A course that is new in a module has no progress yet, and begins with the rest.
RESTART_COURSES = """
INSERT INTO progress (module, trainee, course, status, version)
SELECT j.content, j.trainee, m.course, 'not_started', c.version
FROM judged j
JOIN module_course m ON m.module = j.content
JOIN content c ON c.id = m.course
LEFT JOIN progress p ON p.module = j.content AND p.trainee = j.trainee AND p.course = m.course
WHERE j.verdict = 'done' AND (
    j.choice IS NULL OR p.course IS NULL
    OR (j.row, m.course) IN (SELECT row, course FROM starting)
)
ON CONFLICT DO UPDATE SET status = excluded.status, version = excluded.version
"""
# R0b: after a part has started over, the module is as the rest of it.
RESTART = """
UPDATE enrollment SET version = j.version, assigned = j.assigned, due = j.due,
    status = CASE WHEN EXISTS (
        SELECT 1 FROM module_course m JOIN progress p
        ON p.module = m.module AND p.trainee = enrollment.trainee AND p.course = m.course
        WHERE m.module = enrollment.content AND p.status <> 'not_started'
    ) THEN 'in_progress' ELSE 'not_started' END
FROM judged j
WHERE j.verdict = 'done'
AND enrollment.content = j.content AND enrollment.trainee = j.trainee
"""
REASSIGN = Write(
    ("assigned", "due", "seen", "choice", "resets"),
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL           THEN 'unknown content'
        WHEN held IS NULL              THEN 'not enrolled'
        WHEN held_assigned >= assigned THEN 'as asked'
        WHEN held IS NOT seen          THEN 'changed'
        WHEN EXISTS (
            SELECT 1 FROM chosen h WHERE h.choice = met.choice AND NOT EXISTS (
                SELECT 1 FROM module_course m WHERE m.module = content AND m.course = h.course
            )
        ) THEN 'unknown course'
        WHEN held = 'not_started'      THEN 'as asked'
        WHEN choice IS NOT NULL AND row NOT IN (SELECT row FROM starting) THEN 'as asked'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (RESTART_COURSES, RESTART),
)

RESCHEDULE = Write(
    ("due",),
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL    THEN 'unknown content'
        WHEN held IS NULL       THEN 'not enrolled'
        WHEN held = 'completed' THEN 'closed'
        WHEN held_due IS due    THEN 'as asked'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (
        """
        UPDATE enrollment SET due = j.due FROM judged j
        WHERE j.verdict = 'done'
        AND enrollment.content = j.content AND enrollment.trainee = j.trainee
        """,
    ),
)

REMOVE = Write(
    ("seen",),
    """
    CREATE TEMP TABLE judged AS SELECT *, CASE
        WHEN version IS NULL    THEN 'unknown content'
        WHEN held IS NULL       THEN 'as asked'
        WHEN held = 'completed' THEN 'record'
        WHEN held IS NOT seen   THEN 'changed'
        ELSE 'done' END AS verdict
    FROM met
    """,
    (
        """
        DELETE FROM progress WHERE completed IS NULL
        AND (module, trainee) IN (SELECT content, trainee FROM judged WHERE verdict = 'done')
        """,
        """
        UPDATE progress SET status = 'completed', version = completed_version
        WHERE status <> 'completed'
        AND (module, trainee) IN (SELECT content, trainee FROM judged WHERE verdict = 'done')
        """,
        """
        DELETE FROM enrollment WHERE completed IS NULL
        AND (content, trainee) IN (SELECT content, trainee FROM judged WHERE verdict = 'done')
        """,
        # What is still there was completed before, and is as it was then (D3).
        """
        UPDATE enrollment
        SET status = 'completed', version = h.version, assigned = h.assigned, due = h.due
        FROM enrollment_history h
        WHERE (enrollment.content, enrollment.trainee) IN (
            SELECT content, trainee FROM judged WHERE verdict = 'done'
        )
        AND h.content = enrollment.content AND h.trainee = enrollment.trainee
        AND h.completed = enrollment.completed
        """,
        """
        DELETE FROM enrollment_history
        WHERE (content, trainee) IN (SELECT content, trainee FROM judged WHERE verdict = 'done')
        AND completed = (
            SELECT e.completed FROM enrollment e
            WHERE e.content = enrollment_history.content
            AND e.trainee = enrollment_history.trainee
        )
        """,
    ),
)
