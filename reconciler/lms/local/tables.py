"""The tables of the local LMS, and what the file itself sees to.

``completed`` is the instant of the latest completion; it stays while a retake is open, and the
triggers let nothing that bears one be deleted (D3). What a retake opens again, and what another
completion takes the place of, goes to the history (R3). Progress that bears a completion outlives
the removal of its enrollment, so that it gives credit (C1a), and the course itself; its status is
completed from then on.
A new version is a new number in ``content``; what an enrollment carries is its own (V3).
"""

APPLICATION = 0x524C4D53
FORMAT = 2

PROGRESS = """
CREATE TABLE progress (
    module TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    course TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('not_started', 'in_progress', 'completed')),
    version INTEGER NOT NULL,
    completed INTEGER CHECK (completed IS NOT NULL OR status <> 'completed'),
    completed_version INTEGER CHECK ((completed_version IS NULL) = (completed IS NULL)),
    PRIMARY KEY (module, trainee, course)
) STRICT, WITHOUT ROWID;

CREATE INDEX progress_completed ON progress (trainee, course) WHERE completed IS NOT NULL;

CREATE TRIGGER progress_stays BEFORE DELETE ON progress
WHEN old.completed IS NOT NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;

CREATE TRIGGER progress_stays_completed BEFORE UPDATE OF completed ON progress
WHEN old.completed IS NOT NULL AND new.completed IS NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;
"""

HISTORY = """
CREATE TABLE enrollment_history (
    content TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    completed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    assigned INTEGER,
    due INTEGER,
    PRIMARY KEY (content, trainee, completed)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress_history (
    module TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    course TEXT NOT NULL,
    completed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (module, trainee, course, completed)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER enrollment_is_history AFTER UPDATE OF status ON enrollment
WHEN old.status = 'completed' AND new.status <> 'completed'
BEGIN INSERT OR REPLACE INTO enrollment_history VALUES
    (old.content, old.trainee, old.completed, old.version, old.assigned, old.due);
END;

CREATE TRIGGER progress_is_history AFTER UPDATE OF completed ON progress
WHEN old.completed IS NOT NULL AND new.completed <> old.completed
BEGIN INSERT OR REPLACE INTO progress_history VALUES
    (old.module, old.trainee, old.course, old.completed, old.completed_version);
END;
"""

TABLES = f"""
CREATE TABLE content (
    id TEXT PRIMARY KEY CHECK (id GLOB 'course/?*' OR id GLOB 'module/?*'),
    title TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    minutes INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE module_course (
    module TEXT NOT NULL REFERENCES content,
    position INTEGER NOT NULL,
    course TEXT NOT NULL REFERENCES content,
    PRIMARY KEY (module, position),
    UNIQUE (module, course)
) STRICT, WITHOUT ROWID;

CREATE TABLE trainee (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE enrollment (
    content TEXT NOT NULL REFERENCES content,
    trainee TEXT NOT NULL REFERENCES trainee,
    status TEXT NOT NULL CHECK (status IN ('not_started', 'in_progress', 'completed')),
    version INTEGER NOT NULL,
    assigned INTEGER,
    due INTEGER,
    completed INTEGER CHECK (completed IS NOT NULL OR status <> 'completed'),
    PRIMARY KEY (content, trainee)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER enrollment_stays BEFORE DELETE ON enrollment
WHEN old.completed IS NOT NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;

CREATE TRIGGER enrollment_stays_completed BEFORE UPDATE OF completed ON enrollment
WHEN old.completed IS NOT NULL AND new.completed IS NULL
BEGIN SELECT raise(ABORT, 'completed: the record stays (D3)'); END;
{PROGRESS}{HISTORY}
"""

OPEN_RETAKES = """
INSERT INTO enrollment_history
SELECT content, trainee, completed, version, NULL, NULL FROM enrollment
WHERE completed IS NOT NULL AND status <> 'completed';
"""
"""Retakes that were open when the enrollments came in: all that is known of what they opened."""

SET_ASIDE = """
ALTER TABLE progress RENAME TO old_progress;
DROP TRIGGER progress_stays;
DROP TRIGGER progress_stays_completed;
"""
TAKE_OVER = """
INSERT INTO progress
SELECT module, trainee, course, status, version, completed, iif(completed IS NULL, NULL, version)
FROM old_progress;
UPDATE progress SET status = 'completed' WHERE completed IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM enrollment e WHERE e.content = progress.module AND e.trainee = progress.trainee
);
DROP TABLE old_progress;
"""
UPGRADE = "\n".join(
    [SET_ASIDE, PROGRESS, HISTORY, TAKE_OVER, OPEN_RETAKES, f"PRAGMA user_version = {FORMAT};"]
)
"""From format 1, which knew no history, to this one."""
