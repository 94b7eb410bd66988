"""Whatever is written, learned and published, in any order: what then always holds (R3, C4, V1)."""

import os
from contextlib import suppress
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import WrongUse
from reconciler.lms.local.learning import complete, start
from reconciler.lms.local.publishing import publish
from tests.lms.contract import EVERYTHING, FIRE, JUNE, KNIFE, MAY, MODULES, ONBOARDING, writes
from tests.lms.school import execute, new_lms

WORLDS = int(os.environ.get("WORLDS", "60"))
COMPLETIONS = """
SELECT content, trainee, '', completed FROM enrollment WHERE completed IS NOT NULL
UNION SELECT content, trainee, '', completed FROM enrollment_history
UNION SELECT module, trainee, course, completed FROM progress WHERE completed IS NOT NULL
UNION SELECT module, trainee, course, completed FROM progress_history
"""

TRAINEE, CONTENT = st.sampled_from(["ada", "bob"]), st.sampled_from(EVERYTHING)
COURSE = st.sampled_from([None, KNIFE, FIRE])
STATUS = st.sampled_from(["not_started", "in_progress", "completed"])
PART = st.sampled_from([None, [KNIFE], [FIRE], [KNIFE, FIRE]])
RESETS = st.sampled_from(["in_progress", "completed", "both"])
LISTS = st.sampled_from([[KNIFE], [FIRE], [FIRE, KNIFE], None])
CREDIT = st.sampled_from([None, MAY, JUNE + timedelta(days=3)])
STEPS = st.one_of(
    st.tuples(st.just("assign"), TRAINEE, CONTENT, CREDIT, st.booleans()),
    st.tuples(st.just("learn"), TRAINEE, CONTENT, COURSE, st.sampled_from([start, complete])),
    st.tuples(st.just("reassign"), TRAINEE, CONTENT, PART, RESETS),
    st.tuples(st.just("remove"), TRAINEE, CONTENT, st.none(), st.none()),
    st.tuples(st.just("publish"), st.none(), CONTENT, LISTS, st.none()),
)


@given(steps=st.lists(STEPS, min_size=6, max_size=24))
@settings(max_examples=max(WORLDS // 6, 1), deadline=None)
def test_any_history_keeps_every_completion_and_makes_sense(tmp_path_factory, steps):
    lms = new_lms(tmp_path_factory.mktemp("lms"))
    completions = set()
    for day, step in enumerate([("assign", "ada", ONBOARDING, None, False), *steps]):
        live(lms, step, JUNE + timedelta(days=day))
        now = set(execute(lms.path, COMPLETIONS))
        assert completions <= now, "R3"
        completions = now
        for module in MODULES:
            check(lms, module)
    assert execute(lms.path, "PRAGMA foreign_key_check") == []


def live(lms, step, at):
    """Do one step; what the LMS does not allow is left."""
    verb, trainee, content, some, other = step
    held = {row[:2]: row[2] for row in lms.holdings([content]).rows()}
    status = held.get((trainee, content))
    if verb == "assign":
        rows = writes((trainee, content), assigned=at, credit_after=some, credit_current=other)
        lms.assign(rows)
    elif verb == "reassign":
        part = {"courses": some if content in MODULES else None, "resets": other}
        lms.reassign(writes((trainee, content), assigned=at, status=status, **part))
    elif verb == "remove":
        lms.remove(writes((trainee, content), status=status))
    elif verb == "publish":
        publish(lms.path, content, courses=some if content in MODULES else None)
    else:
        with suppress(WrongUse):
            other(lms.path, trainee, content, course=some if content in MODULES else None, at=at)


def check(lms, module):
    """That each enrollment in a module and the progress inside it agree."""
    listed = set(lms.catalog()[module].courses)
    progress = lms.progress([module]).rows(named=True)
    for held in lms.holdings([module]).rows(named=True):
        mine = [row for row in progress if row["trainee"] == held["trainee"]]
        inside = {row["course"]: row["status"] for row in mine if row["course"] in listed}
        if held["status"] == "completed":
            assert {row["status"] for row in mine} == {"completed"}
            continue
        assert set(inside) == listed, "V1"
        assert set(inside.values()) != {"completed"}, "C4, V1"
        assert held["status"] == "in_progress" or "in_progress" not in inside.values(), "C4"
        outside = {row["status"] for row in mine if row["course"] not in listed}
        assert outside <= {"completed"}, "V1"
