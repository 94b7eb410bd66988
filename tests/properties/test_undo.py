"""Whatever a run did, undoing it gives back what was before, save what the plan lists (U)."""

from copy import deepcopy
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from reconciler.planner.actions import Action
from reconciler.records import REMEMBERED, UNDO
from tests.properties.strategies import HOURS
from tests.properties.test_years import CHANGES, EDITS, WORLDS, RandomYears, lives_through, members

LATEST = timedelta(days=2, hours=1)
"""A due date that has passed becomes the end of tomorrow, on a day that a change of clocks ends."""


def move_dates(draw, workplace):
    """All due dates of one rule move, those of open enrollments as well (A9)."""
    rules = workplace.section("automations")
    if rules:
        days = str(draw(st.integers(1, 40)))
        rule = rules[draw(st.sampled_from(sorted(rules)))]
        rule["due"] = {"days": days, "update_existing": "true"}


class RandomUndos(RandomYears):
    """Years in which runs are undone: at once, later, and the undoing as well."""

    serial = 0

    @rule(data=st.data(), hours=st.sampled_from([0, 0, 1, 30]))
    def applied_and_undone(self, data, hours):
        self.much_happens(data)
        before = deepcopy((self.workplace.holdings, self.workplace.lms.courses))
        book = members(self.workplace.ledger)
        outcome, made = self.apply()
        change(book, made)
        self.workplace.wait(hours=hours)
        self.settle()
        undoing = self.undoes(outcome.serial)
        self.serial = undoing.undoing.run.serial + 1
        for row in undone(undoing):
            self.gives_back(*row, before)
            for key in (key for key in book if key.kind in REMEMBERED and key.content == row[1]):
                if row[2] is not Action.RESCHEDULE:
                    now = members(self.workplace.ledger).get(key, set())
                    assert (row[0] in now) == (row[0] in book[key]), ("U8", key, row)

    @rule(data=st.data())
    def applied_and_undone_after_more(self, data):
        self.much_happens(data)
        outcome, _ = self.apply()
        self.much_happens(data)
        self.undoes(outcome.serial)

    def much_happens(self, data):
        for _ in range(2):
            self.workplace.wait(hours=data.draw(st.sampled_from(HOURS)))
            for happens in data.draw(st.lists(st.sampled_from(CHANGES), min_size=6, max_size=12)):
                happens(data.draw, self.workplace)
                self.workplace.refresh()
        for edit in data.draw(st.lists(st.sampled_from([*EDITS, *[move_dates] * 4]), max_size=3)):
            edit(data.draw, self.workplace)
        self.settle()

    @rule(data=st.data(), call=st.integers(2, 5), after=st.booleans(), between=st.booleans())
    def undone_with_a_cut(self, data, call, after, between):
        """Cut off, and settled by the next undo, or by a plan of the policies before it."""
        self.much_happens(data)
        outcome, _ = self.apply()
        undoing = self.workplace.make_undo(outcome.serial)
        whole = self.workplace.carry_out(undoing, dies_at=call, after=after)
        if between and whole is None:
            self.apply()
        assert self.workplace.book.verify().broken is None
        self.undoes(outcome.serial)

    @precondition(lambda self: self.serial)
    @rule()
    def undone_again(self):
        """The undoing of an undoing leaves each row where it was before that, or lists it."""
        if self.workplace.ledger.serial == self.serial:
            self.undoes(self.serial)

    @precondition(lambda self: self.workplace.ledger.serial)
    @rule(data=st.data())
    def an_old_run_is_undone(self, data):
        self.undoes(data.draw(st.integers(1, self.workplace.ledger.serial)))

    def undoes(self, serial):
        """Undo a run; whatever is not undone is listed and left alone."""
        was = deepcopy(self.workplace.holdings)
        past = self.workplace.book.state(undo=serial).past[serial]
        undoing = self.workplace.make_undo(serial)
        ids = undoing.world.index.ids
        mine = {(who, content): action for who, content, action in undone(undoing)}
        left = {
            (ids[number], one.content) for one in undoing.undoing.left for number in one.trainees
        }
        blocked = {
            (ids[number], one.content)
            for one in undoing.decisions
            if one.blocked
            for number in one.trainees
        }
        wrote = [(ids[n], deed.content) for deed in past.deeds for n in deed.rows["number"]]
        assert sorted(wrote) == sorted([*mine, *left, *blocked]), "U1"
        self.careful(undoing, was)
        outcome = self.workplace.carry_out(undoing)
        assert outcome.is_whole
        self.witness.looks_at(self.workplace)
        untouched = {key: row for key, row in self.workplace.holdings.items() if key not in mine}
        assert untouched == {key: row for key, row in was.items() if key not in mine}, "U1"
        again = self.workplace.make_undo(serial)
        assert not again.changes, "D2"
        assert {one.blocked for one in again.decisions} <= {
            one.blocked for one in undoing.decisions
        }
        assert all(one.blocked for one in again.decisions), ("D2", again.decisions)
        following = self.workplace.make()
        said = {
            (one.rule, one.content, one.action): {ids[n] for n in one.trainees}
            for one in undoing.undoing.again
        }
        assert said == comes_again(following, set(mine)), "U10"
        return undoing

    def careful(self, undoing, was):
        """Nobody at work loses anything, and nobody who is not active is given anything."""
        for decision in undoing.decisions:
            for number in decision.trainees:
                who = undoing.world.index.ids[number]
                if decision.action is Action.REMOVE and decision.effect == "not_started":
                    row = was[who, decision.content]
                    assert (row["status"], row["completed"]) == ("not_started", None), "D3"
                if decision.action in (Action.ASSIGN, Action.RETAKE):
                    assert self.workplace.people[who]["activity"] == "active", "P5"

    def gives_back(self, who, content, action, before):
        held, courses = before
        was, now = held.get((who, content)), self.workplace.holdings.get((who, content))
        match action:
            case Action.REMOVE if was is None:
                assert now is None, "U2"
            case Action.REMOVE:
                assert now == was, ("U5", now, was)
                there = {
                    key: row["status"] for key, row in courses.items() if key[:2] == (who, content)
                }
                for key, status in there.items():
                    assert self.workplace.lms.courses[key]["status"] == status, "U5"
            case Action.RESCHEDULE:
                assert {**now, "due": None} == {**was, "due": None}, "U4"
                self.is_due(now, was)
            case Action.ASSIGN:
                assert was["status"] in ("not_started", "in_progress"), "U3"
                assert now["status"] in ("not_started", "completed")  # by credit (C4)
                self.is_due(now, was)
            case Action.RETAKE:
                assert (now["status"], now["completed"]) == ("not_started", was["completed"]), "U6"
                self.is_due(now, was)

    def is_due(self, now, was):
        if now["due"] != was["due"]:
            assert was["due"] < now["due"] <= self.workplace.as_of + LATEST, "A9"


def undone(undoing):
    """Who, what and how, of each row that is written."""
    ids = undoing.world.index.ids
    for decision in undoing.decisions:
        assert any(cause.startswith(UNDO) for cause in decision.causes)
        if decision.blocked is None:
            for number in decision.trainees:
                yield ids[number], decision.content, decision.action


def change(book, made):
    """What a run changes in the ledger's sets before its first write (D8)."""
    ids = made.world.index.ids
    for key, one in made.changes.sets.items():
        gone = {ids[number] for number in one.remove}
        book[key] = (book.get(key, set()) - gone) | {ids[number] for number in one.add}


def comes_again(following, mine):
    """What a plan does with enrollments that were just undone."""
    found, ids = {}, following.world.index.ids
    for one in following.decisions:
        here = {ids[number] for number in one.trainees if (ids[number], one.content) in mine}
        for cause in one.causes if here and one.blocked is None else ():
            place = cause, one.content, one.action
            found[place] = found.get(place, set()) | here
    return found


def test_random_undos(tmp_path):
    lives_through(RandomUndos, tmp_path, worlds=WORLDS // 2)
