"""Random years of one workplace, lived through with a real LMS and a real ledger."""

import os
from datetime import date
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from reconciler.frames import Capabilities
from tests.properties.changes import (
    POLICY_CHANGES,
    WORLD_CHANGES,
    add_order,
    forget_move,
    hire_somebody,
    learn,
    move_location,
    move_value,
    publish,
)
from tests.properties.naive import carry_out, decide
from tests.properties.promises import Witness
from tests.properties.strategies import HOURS, workplaces
from tests.properties.twins import local_lms
from tests.properties.years import Years, ledger_in

WORLDS = int(os.environ.get("WORLDS", "60"))
# A moved location or value changes many people at once: who is the same as before, then?
CHANGES = [each for each in WORLD_CHANGES if each is not move_location]
CHANGES += [learn, learn, learn, learn, publish, hire_somebody]
EDITS = [each for each in POLICY_CHANGES if each not in (move_value, forget_move)]
EDITS += [add_order, add_order, add_order]
STANDING = {
    "start": {
        "assign": "module/start",
        "target": {"role": ["cook", "server"]},
        "scope": "future-and-existing",
        "due": {"days": "14"},
        "renew": {"every": "3 days", "open": "1 day"},
        "on_new_version": {"completed": "retake", "in_progress": "restart"},
        "on_exit": "remove",
    },
    "knife": {
        "assign": "course/knife",
        "target": {"role": "*cook"},
        "renew": {"every": "1 month", "open": "1 week"},
        "on_exit": "remove-not-started",
    },
}
"""Rules as a company has them, beside the drawn ones, so that there is something to do."""
LONG_AGO = date(2025, 12, 1)
"""Before every window's start; so there is no doubt who is existing (A3)."""
LOCAL = [Capabilities(creates_accounts=True)]


class RandomYears(RuleBasedStateMachine):
    folder = None

    @initialize(data=st.data())
    def begin(self, data):
        make = partial(Years, local=local_lms(self.folder), book=ledger_in(self.folder))
        self.workplace = data.draw(workplaces(make=make, capabilities=LOCAL))
        self.workplace.policy["moved"] = []
        self.workplace.section("automations").update(STANDING)
        for trainee in ("t01", "t02"):
            self.workplace.hire(trainee, role=["cook"], badge="red", activity="active")
        self.witness = Witness(
            first={
                trainee: row
                for trainee, row in self.workplace.people.items()
                if row["activity"] == "active" and row["hire_date"] and row["hire_date"] < LONG_AGO
            }
        )
        self.settle()

    @rule(data=st.data())
    def people_and_progress_change(self, data):
        self.workplace.wait(hours=data.draw(st.sampled_from(HOURS)))
        for change in data.draw(st.lists(st.sampled_from(CHANGES), min_size=3, max_size=8)):
            change(data.draw, self.workplace)
            self.workplace.refresh()
        if not self.workplace.people:
            self.workplace.hire("t01")
        self.settle()

    @rule(data=st.data(), days=st.integers(1, 40))
    def everybody_learns(self, data, days):
        self.workplace.wait(days=days)
        done = st.sampled_from(["not_started", "in_progress", "completed", "completed"])
        for trainee, content in list(self.workplace.holdings):
            self.workplace.learn(trainee, data.draw(done), content)
            self.workplace.refresh()
        self.settle()

    @rule(data=st.data())
    def policies_are_edited(self, data):
        for edit in data.draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)):
            edit(data.draw, self.workplace)
        self.settle()

    @rule()
    def applied(self):
        expected = self.remembered_by_the_oracle()
        outcome, made = self.apply()
        assert expected is None or expected == members(self.workplace.ledger), "D8"
        if outcome.is_whole and not any(decision.blocked for decision in made.decisions):
            again = self.workplace.make()
            assert again.is_empty, ("D2", again.decisions, again.changes)

    @rule(call=st.integers(1, 6), after=st.booleans())
    def cut_off_and_applied_again(self, call, after):
        self.apply(dies_at=call, after=after)
        self.settle()
        self.apply()
        assert self.workplace.make().is_empty, "promise 4"

    def remembered_by_the_oracle(self):
        """What the ledger is to hold after a complete apply; None after one that was cut off."""
        world = self.workplace.stage()
        if world.snapshot.ledger.intents:
            return None
        return members(carry_out(world.snapshot, decide(*world), world.as_of).ledger)

    def apply(self, **fault):
        made, before = self.workplace.make(), dict(self.workplace.holdings)
        self.witness.judges(made, self.workplace)
        outcome = self.workplace.carry_out(made, **fault)
        self.witness.notes(made, before, self.workplace)
        self.witness.looks_at(self.workplace)
        return outcome, made

    def settle(self):
        self.workplace.refresh()
        self.workplace.make_valid()
        self.witness.looks_at(self.workplace)


def members(ledger):
    """Every stored set, as ids."""
    return {
        key: {ledger.trainees[number] for number in numbers}
        for key, numbers in ledger.sets.items()
        if numbers
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("years")


def lived(machine, folder):
    """Live some random years with the files in a folder."""
    machine.folder = folder
    several = settings(
        max_examples=max(WORLDS // 10, 1),
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=several)


def test_random_years(folder):
    lived(RandomYears, folder)
