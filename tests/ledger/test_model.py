"""After any runs the ledger is what plain Python sets would be (A4, P5, A15)."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.ledger.open import open_ledger
from reconciler.records import LedgerChanges, SetKey
from tests.ledger.worlds import LINEAGE, URL, change, day, new_ledger, run, sets_of, sighting

PEOPLE = 65_540
NUMBERS = st.sets(st.sampled_from([0, 1, 2, 65_534, 65_535, 65_536, 65_537, PEOPLE - 1]))
NAMES = ["automation.a", "automation.b", "automation.c"]
KEYS = st.sampled_from(
    [SetKey(kind, name, "course/x") for kind in ("baseline", "gave") for name in NAMES]
    + [SetKey("missing"), SetKey("ended", "", "course/x")]
)
SETS = st.dictionaries(KEYS, st.tuples(NUMBERS, NUMBERS), max_size=3)
RENAMES = st.sampled_from(
    [{}, {}, {"automation.a": "automation.d"}, {"automation.d": "automation.a"}]
)
BEGIN = st.tuples(st.just("begin"), SETS, NUMBERS, NUMBERS, RENAMES)
RECORD = st.tuples(st.just("record"), SETS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A ledger of as many people as two blocks need, all of them present at its only run."""
    root = tmp_path_factory.mktemp("whole")
    ids = [f"E{number}" for number in range(PEOPLE)]
    ledger = new_ledger(root)
    ledger.begin(LedgerChanges(), sighting(*ids, present=range(PEOPLE)), run=run(ledger, 0))
    return root


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(BEGIN | RECORD, max_size=6))
def test_the_ledger_is_what_sets_would_be(whole, tmp_path, steps):
    root = tmp_path / "workspace"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(whole, root)
    ledger = open_ledger(URL, root, lineage=LINEAGE)
    model = Model()
    for step in steps:
        if step[0] == "begin":
            _, sets, present, filled, renamed = step
            renamed = model.possible(renamed)
            model.begin(sets, present, filled, renamed)
            changes = LedgerChanges(renamed=renamed, sets=changes_of(sets))
            ledger.begin(
                changes, sighting(present=present, role=filled), run=run(ledger, model.serial - 1)
            )
        else:
            model.record(step[1])
            ledger.record(changes_of(step[1]), serial=model.serial)

    state = ledger.state()
    assert sets_of(state) == {key: members for key, members in model.sets.items() if members}
    assert dict(state.last_seen) == {number: day(at) for number, at in model.absent.items()}
    assert state.serial == model.serial


def changes_of(sets):
    return {key: change(add, remove) for key, (add, remove) in sets.items()}


class Model:
    def __init__(self):
        self.serial = 1
        self.sets = {SetKey("present"): set(range(PEOPLE))}
        self.absent = {}

    def possible(self, renamed):
        taken = {key.owner for key, members in self.sets.items() if members}
        return {old: new for old, new in renamed.items() if new not in taken}

    def begin(self, sets, present, filled, renamed):
        self.sets = {
            key._replace(owner=renamed.get(key.owner, key.owner)): members
            for key, members in self.sets.items()
            if members or key.owner not in renamed.values()
        }
        before = self.sets[SetKey("present")]
        self.absent |= dict.fromkeys(before - present, self.serial - 1)
        self.absent = {n: at for n, at in self.absent.items() if n not in present}
        self.sets[SetKey("present")] = set(present)
        role = SetKey("filled", "role")
        self.sets[role] = self.sets.get(role, set()) | (filled & present)
        self.serial += 1
        self.record(sets)

    def record(self, sets):
        for key, (add, remove) in sets.items():
            self.sets[key] = (self.sets.get(key, set()) - remove) | add
