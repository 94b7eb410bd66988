"""A local LMS as the contract describes it, and what its trainees do."""

import sqlite3
from contextlib import closing, suppress

from reconciler.errors import WrongUse
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.local.learning import complete, start
from reconciler.lms.local.load import create
from tests.lms.contract import FIRE, JUNE, KNIFE, ONBOARDING, REFRESHER

CATALOG = """
courses:
  fire: {title: Fire drill}
  knife: {title: Knife safety, version: 3, minutes: 20}
modules:
  onboarding: {title: Onboarding, version: 2, courses: [knife, fire]}
  refresher: {title: Refresher, courses: [knife]}
"""
COURSES = {ONBOARDING: (KNIFE, FIRE), REFRESHER: (KNIFE,)}


def new_lms(folder, kind=LocalLms):
    (folder / "catalog.yaml").write_text(CATALOG)
    create(folder / "a b%3f#" / "lms.db", catalog=folder / "catalog.yaml")
    return kind(folder / "a b%3f#" / "lms.db")


def learned(path, trainee, content, status, course=None, at=JUNE):
    """Let a trainee start or complete what is open; in a module one or each of its courses."""
    courses = (course,) if course else COURSES.get(content, (None,))
    for one in courses if status != "not_started" else ():
        with suppress(WrongUse):
            act = complete if status == "completed" else start
            act(path, trainee, content, course=one, at=at)


def execute(path, statement, *values):
    with closing(sqlite3.connect(path)) as database, database:
        return database.execute(statement, values).fetchall()
