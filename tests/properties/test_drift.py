"""Drift is what others did since the last apply, and nothing else: compared with a plain recount.

Years as in ``test_years``, in which somebody clicks around in the LMS behind our back.
"""

import sqlite3
from contextlib import closing

from hypothesis import strategies as st
from hypothesis.stateful import rule

from reconciler.planner.drift import DriftClass, drift
from tests.properties.test_years import RandomYears, lives_through
from tests.properties.workplace import CATALOG

OPEN = ("not_started", "in_progress")
CLICKS = ("removes", "enrolls", "moves the due date", "takes the due date away", "reopens")
DONE = {
    "removes": "DELETE FROM enrollment WHERE content = ? AND trainee = ?",
    "moves the due date": "UPDATE enrollment SET due = coalesce(due, 1772000000) + 86400 "
    "WHERE content = ? AND trainee = ?",
    "takes the due date away": "UPDATE enrollment SET due = NULL WHERE content = ? AND trainee = ?",
    "reopens": "UPDATE enrollment SET status = 'in_progress' "
    "WHERE content = ? AND trainee = ? AND status = 'completed'",
}


def recounted(left, now, contents, known):
    """Every difference between two looks at the LMS that is drift, one enrollment at a time."""
    found = set()
    for who, what in left.keys() | now.keys():
        if what not in contents or who not in known:
            continue
        before, after = left.get((who, what)), now.get((who, what))
        if after is None:
            found.add((DriftClass.MISSING, who, what))
        elif before is None:
            found.add((DriftClass.EXTRA, who, what))
        elif before["status"] == "completed":
            if after["status"] in OPEN:
                found.add((DriftClass.REOPENED, who, what))
        elif after["status"] != "completed" and before["due"] != after["due"]:
            found.add((DriftClass.DUE, who, what))
    return found


class RandomDrift(RandomYears):
    left, found = None, None

    @rule(data=st.data())
    def somebody_clicks_around(self, data):
        for _ in range(data.draw(st.integers(1, 4))):
            self._click(data.draw, data.draw(st.sampled_from(CLICKS)))
        self.settle()

    def _click(self, draw, click):
        workplace = self.workplace
        if click == "enrolls":
            pair = draw(st.sampled_from(workplace.known())), draw(st.sampled_from(sorted(CATALOG)))
            if pair not in workplace.holdings:
                workplace.enroll(*pair)
        elif workplace.holdings:
            who, what = draw(st.sampled_from(sorted(workplace.holdings)))
            with closing(sqlite3.connect(workplace.local.path)) as lms, lms:
                # A record of training can be lost elsewhere, though not in this LMS.
                lms.execute("DROP TRIGGER IF EXISTS enrollment_stays")
                lms.execute(DONE[click], (what, who))
        workplace.refresh()

    @rule()
    def applied(self):
        self.apply()
        assert self.drift() == set(), "right after an apply there is none"

    @rule(call=st.integers(1, 6), after=st.booleans())
    def cut_off_and_applied_again(self, call, after):
        serial, before = self.workplace.ledger.serial, self.drift()
        self.apply(dies_at=call, after=after)
        begun = self.workplace.ledger.serial > serial
        assert self.drift() == (set() if begun else before), "our own writes are none"
        self.applied()

    def apply(self, **fault):
        made, before = self.workplace.make(), dict(self.workplace.holdings)
        serial = self.workplace.ledger.serial
        outcome = self.workplace.carry_out(made, **fault)
        if self.workplace.ledger.serial > serial:
            self.left = dict(self.workplace.holdings)
            # Who is completed by credit (C4) counts as completed from the next apply on (A13e).
            for key in self.left.keys() - before.keys():
                self.left[key] = {**self.left[key], "status": "not_started"}
        return outcome, made

    def settle(self):
        self.workplace.refresh()
        self.workplace.make_valid()
        self.drift()

    def drift(self):
        """What is reported, which is what a recount finds; nothing before the first apply."""
        last = self.workplace.book.last_apply()
        if last is None:
            return set()
        made = self.workplace.make()
        ids = made.world.index.ids
        told = drift(made, last)
        found = {(f.change, ids[n], f.content) for f in told.findings for n in f.trainees}
        contents = set(made.world.holdings.contents) & last.seen.keys()
        known = set(self.workplace.ledger.trainees)
        assert found == recounted(self.left, self.workplace.holdings, contents, known)
        for one in told.findings:
            assert sum(map(len, one.prospects.values())) == len(one.trainees), "all are told of"
        return found


def test_random_drift(tmp_path):
    lives_through(RandomDrift, tmp_path)
