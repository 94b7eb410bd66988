"""New versions in the local LMS, and a catalog file taken over into one that is in use."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import WrongUse
from reconciler.frames import Content
from reconciler.lms.catalog import read_catalog
from reconciler.lms.local.database import offered, written
from reconciler.lms.local.learning import COMPLETE_MODULES, unknown_content

RAISE = "UPDATE content SET version = ? WHERE id = ?"
EDIT = "UPDATE content SET title = ?, minutes = ? WHERE id = ?"
OFFER = "INSERT INTO content VALUES (?, ?, ?, ?)"
LIST = "INSERT INTO module_course VALUES (?, ?, ?)"
UNLIST = "DELETE FROM module_course WHERE module = ?"
WITHDRAW = "DELETE FROM content WHERE id = ?"
# V1: what a course that left a module leaves behind in open enrollments is its completion alone.
LEAVE = (
    """
    DELETE FROM progress WHERE module = ?1 AND completed IS NULL
    AND course NOT IN (SELECT course FROM module_course WHERE module = ?1)
    """,
    """
    UPDATE progress SET status = 'completed', version = completed_version
    WHERE module = ?1 AND status <> 'completed'
    AND course NOT IN (SELECT course FROM module_course WHERE module = ?1)
    """,
)
# V1: a course that came into a module is not started in open enrollments.
JOIN = """
INSERT INTO progress (module, trainee, course, status, version)
SELECT e.content, e.trainee, c.id, 'not_started', c.version FROM enrollment e, content c
WHERE e.content = ? AND e.status <> 'completed' AND c.id = ?
ON CONFLICT DO UPDATE SET status = excluded.status, version = excluded.version
"""
HELD = """
SELECT (SELECT count(*) FROM enrollment WHERE content = ?1),
       (SELECT count(DISTINCT trainee) FROM progress WHERE module = ?1)
"""


class CatalogChanges(NamedTuple):
    """What a catalog file changed, as ids; ``published`` with the new versions.

    ``newer`` are the contents whose version in the file is an older one than the LMS offers.
    """

    added: tuple[str, ...]
    edited: tuple[str, ...]
    published: Mapping[str, int]
    withdrawn: tuple[str, ...]
    newer: Mapping[str, int]


def publish(path: Path, content: str, *, courses: Sequence[str] | None = None) -> int:
    """Publish a content again, a module with these courses from now on, and tell its version.

    Raises:
        WrongUse: There is no such content, or a list of courses that it cannot have.
    """
    with written(path) as database:
        every = offered(database)
        old = every.get(content)
        if old is None:
            raise WrongUse(unknown_content(content, every))
        if courses is not None:
            _check_courses(old, courses, every)
        version = old.version + 1
        _publish(
            database, old, version=version, courses=old.courses if courses is None else courses
        )
    return version


def load_catalog(path: Path, catalog: Path) -> CatalogChanges:
    """Take a catalog file over: what is new, published again, renamed or withdrawn in it.

    A version above the one offered publishes it, and so does a changed list of courses. Versions
    only grow: one below is left as it is.

    Raises:
        InvalidWorkspace: The file says something that cannot be.
        WrongUse: It leaves something out that trainees are enrolled in.
    """
    wanted = read_catalog(catalog)
    with written(path) as database:
        every = offered(database)
        gone = sorted(every.keys() - wanted.keys())
        _check_gone(database, gone, catalog)
        added = [content for id_, content in wanted.items() if id_ not in every]
        kept = [(every[id_], content) for id_, content in wanted.items() if id_ in every]
        edited = [new for old, new in kept if (old.title, old.minutes) != (new.title, new.minutes)]
        raised = {
            new.id: max(new.version, old.version + (old.courses != new.courses))
            for old, new in kept
            if new.version > old.version or old.courses != new.courses
        }
        database.executemany(OFFER, [(c.id, c.title, c.version, c.minutes) for c in added])
        database.executemany(LIST, [row for content in added for row in _list(content)])
        database.executemany(EDIT, [(c.title, c.minutes, c.id) for c in edited])
        # Courses before modules: what is new in a module begins with its newest version.
        for old, new in sorted(kept, key=lambda pair: pair[0].is_module):
            if new.id in raised:
                _publish(database, old, version=raised[new.id], courses=new.courses)
        database.executemany(UNLIST, [(id_,) for id_ in gone])
        database.executemany(WITHDRAW, [(id_,) for id_ in gone])
    return CatalogChanges(
        added=tuple(content.id for content in added),
        edited=tuple(content.id for content in edited),
        published=raised,
        withdrawn=tuple(gone),
        newer={old.id: old.version for old, new in kept if new.version < old.version},
    )


def _publish(
    database: sqlite3.Connection, old: Content, *, version: int, courses: Sequence[str]
) -> None:
    database.execute(RAISE, (version, old.id))
    if tuple(courses) == old.courses:
        return
    database.execute(UNLIST, (old.id,))
    database.executemany(LIST, _list(old, courses))
    for statement in LEAVE:
        database.execute(statement, (old.id,))
    came = [course for course in courses if course not in old.courses]
    database.executemany(JOIN, [(old.id, course) for course in came])
    database.execute(COMPLETE_MODULES, (old.id, None))


def _list(content: Content, courses: Sequence[str] | None = None) -> Iterator[tuple[str, int, str]]:
    for position, course in enumerate(content.courses if courses is None else courses, 1):
        yield content.id, position, course


def _check_courses(module: Content, courses: Sequence[str], offered: Mapping[str, Content]) -> None:
    if not module.is_module:
        raise WrongUse(f"{module.id} is a course. Only a module has courses.")
    if not courses:
        raise WrongUse(f"{module.id} needs at least one course.")
    known = [id_ for id_, content in offered.items() if not content.is_module]
    for position, course in enumerate(courses):
        if course not in known:
            raise WrongUse(unknown_content(course, known))
        if course in courses[:position]:
            raise WrongUse(f"{course} is named twice. A module has a course once.")


def _check_gone(database: sqlite3.Connection, gone: Sequence[str], catalog: Path) -> None:
    """That nobody has anything in what a catalog file leaves out."""
    lines = []
    for id_ in gone:
        enrolled, learned = database.execute(HELD, (id_,)).fetchone()
        if enrolled:
            lines.append(f"{id_} is not in {catalog}. Enrolled in it: {enrolled:,}.")
        elif learned:
            lines.append(f"{id_} is not in {catalog}. Credited with courses of it: {learned:,}.")
    if lines:
        lines.append("A record needs its content: put it back into the file.")
        raise WrongUse("\n".join(lines))
