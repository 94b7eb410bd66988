from dataclasses import replace

import pytest
from pyroaring import BitMap

from reconciler.errors import Exit, StalePlan
from reconciler.ledger.lease import Holder
from reconciler.ledger.run import Answer, Sent, Trouble
from reconciler.ledger.write import Forgotten
from reconciler.records import Intent, LedgerChanges, LiftRecord, SetKey
from tests.ledger.worlds import (
    BASELINE,
    GAVE,
    automation,
    begun,
    change,
    day,
    new_ledger,
    order,
    run,
    sets_of,
    sighting,
)

NOTHING = LedgerChanges()


@pytest.fixture
def ledger(tmp_path, place):
    return new_ledger(tmp_path, place)


def test_an_empty_apply_writes_the_sighting_and_the_run(ledger):
    begun(ledger)
    assert ledger.begin(NOTHING, sighting(present=range(4)), run=run(ledger, 1)) == 2

    state = ledger.state()
    assert (state.serial, state.last_as_of) == (2, day(1))
    assert sets_of(state) == {SetKey("present"): {0, 1, 2, 3}}


SENT = Intent("course/knife-safety", "assign", ("automation.knives",), BitMap([0]), day(1))
BATCH = Sent(intents=(SENT,), first=0, last=0, at=day(1))


def send(ledger):
    return ledger.intend(BATCH, serial=1)


def note(ledger):
    unknown = Trouble(place=0, result="unknown", detail="timeout", trainees=BitMap([0]))
    told = Answer(entry=send(ledger), counts={}, troubles=(unknown,), at=day(1))
    before = ledger.head()
    ledger.record({}, serial=1, answer=told)
    return before


def unlock(ledger):
    lease = ledger.take_lease(Holder("ada"), now=day(1), ended=lambda _: False)
    ledger.unlock(lease.id, by="eve", reason="it seemed gone", now=day(1))


HAPPENED = {
    # the story: what happens in the ledger after a plan has read it
    "another run begins": lambda ledger: ledger.begin(
        NOTHING, sighting(present=range(4)), run=run(ledger, 1)
    ),
    "the run of before sends": send,
    "the run of before notes an answer": note,
    "the run of before ends": lambda ledger: ledger.finish(
        1, state="complete", counts={}, finished=day(1)
    ),
    "a rule is forgotten": lambda ledger: ledger.forget("automation.knives", by="eve", now=day(1)),
    "the lease is taken from a run": unlock,
}


@pytest.mark.parametrize("happens", HAPPENED.values(), ids=HAPPENED.keys())
def test_a_plan_is_stale_once_something_has_happened(ledger, happens):
    """D7h. An unlocked ledger is told as that: whoever plans takes a new lease."""
    begun(ledger, automations=(automation(),))
    earlier = run(ledger, 1)
    happens(ledger)
    lease = ledger.take_lease(Holder("bob"), now=day(1), ended=lambda _: True)
    before = ledger.state()
    with pytest.raises(StalePlan, match="plan again") as failure:
        ledger.begin(
            LedgerChanges(sets={BASELINE: change([0])}),
            sighting("new", present=[4]),
            run=replace(earlier, fence=lease.fence),
        )

    assert failure.value.status == Exit.STALE
    after = ledger.state()
    assert after.trainees.equals(before.trainees)
    assert (after.serial, after.sets, after.head) == (before.serial, before.sets, before.head)


def test_an_answer_to_what_was_sent_makes_a_plan_stale(ledger):
    """The plan has seen what was sent, and not what became of it (D7h)."""
    begun(ledger)
    earlier = replace(run(ledger, 1), expected_head=note(ledger))
    with pytest.raises(StalePlan):
        ledger.begin(NOTHING, sighting(present=range(4)), run=earlier)


def test_leases_and_readings_make_no_plan_stale(ledger):
    begun(ledger)
    earlier = run(ledger, 1)
    for _ in range(2):
        lease = ledger.take_lease(Holder("ada"), now=day(1), ended=lambda _: True)
        ledger.renew(lease, now=day(1))
        ledger.give_back(lease)
    ledger.check_free(now=day(1), ended=lambda _: False)
    ledger.state(), ledger.listing(), ledger.last_apply(), ledger.verify()
    lease = ledger.take_lease(Holder("bob"), now=day(1), ended=lambda _: False)
    last = replace(earlier, fence=lease.fence)

    assert ledger.begin(NOTHING, sighting(present=range(4)), run=last) == 2


SETS = {
    # the story: stored, add, remove, then
    "the first": ([], [1, 2], [], {1, 2}),
    "some join": ([1], [2], [], {1, 2}),
    "some leave": ([1, 2], [], [1], {2}),
    "all leave": ([1, 2], [], [1, 2], None),
    "who is in already joins": ([1], [1], [], {1}),
    "who is not in leaves": ([1], [], [3], {1}),
    "who leaves and joins is in": ([1], [1], [1], {1}),
    "nobody": ([], [], [], None),
}


@pytest.mark.parametrize(("stored", "add", "remove", "then"), SETS.values(), ids=SETS.keys())
@pytest.mark.parametrize("recorded", [False, True], ids=["begin", "record"])
def test_a_set_changes(ledger, stored, add, remove, then, *, recorded):
    begun(ledger, sets={BASELINE: change(stored), GAVE: change([3])})
    changes = {BASELINE: change(add, remove)}
    if recorded:
        ledger.record(changes, serial=1)
    else:
        ledger.begin(LedgerChanges(sets=changes), sighting(present=range(4)), run=run(ledger, 1))

    sets = sets_of(ledger.state())
    assert sets.get(BASELINE) == then
    assert sets[GAVE] == {3}


def test_records_take_the_place_of_those_with_the_same_key(ledger):
    begun(ledger, automations=(automation(), automation(content="module/x")), orders=(order(),))
    retired = automation(state="retired", present=day(1))
    ledger.begin(
        LedgerChanges(automations=(retired,)), sighting(present=range(4)), run=run(ledger, 1)
    )
    ledger.record({}, serial=2, orders=[order(state="done")])

    state = ledger.state()
    # The live one was in the files of this apply too (A5b).
    assert list(state.automations) == [retired, automation(content="module/x", present=day(1))]
    assert list(state.orders) == [order(state="done")]


def test_a_rename_takes_records_and_sets_along(ledger):
    begun(
        ledger,
        automations=(automation("old"), automation("old", "module/x"), automation("other")),
        sets={
            SetKey("baseline", "automation.old", "module/x"): change([1]),
            SetKey("gave", "automation.old", "module/x"): change([2]),
            SetKey("gave", "automation.other", "module/x"): change([3]),
            SetKey("lifted", "automation.old.remove.all.remove", "module/x"): change([2]),
            SetKey("lifted", "automation.older.remove.all.remove", "module/x"): change([3]),
            SetKey("lifted", "all.remove.automation.old.remove", "module/x"): change([1]),
            SetKey("missing"): change([0]),
        },
    )
    renamed = {"automation.old": "automation.new"}
    joins = {SetKey("gave", "automation.new", "module/x"): change([0])}
    ledger.begin(
        LedgerChanges(renamed=renamed, sets=joins), sighting(present=range(4)), run=run(ledger, 1)
    )

    state = ledger.state()
    assert list(state.automations) == [
        automation("new", present=day(1)),
        automation("new", "module/x", present=day(1)),
        automation("other", present=day(1)),
    ]
    assert sets_of(state) == {
        SetKey("baseline", "automation.new", "module/x"): {1},
        SetKey("gave", "automation.new", "module/x"): {0, 2},
        SetKey("gave", "automation.other", "module/x"): {3},
        SetKey("lifted", "automation.new.remove.all.remove", "module/x"): {2},
        SetKey("lifted", "automation.older.remove.all.remove", "module/x"): {3},
        SetKey("lifted", "all.remove.automation.old.remove", "module/x"): {1},
        SetKey("missing"): {0},
        SetKey("present"): {0, 1, 2, 3},
    }


RENAMES = {
    "a chain": {"automation.a": "automation.b", "automation.b": "automation.c"},
    "a swap": {"automation.a": "automation.b", "automation.b": "automation.a"},
    "not there": {"automation.x": "automation.y"},
}


@pytest.mark.parametrize("renamed", RENAMES.values(), ids=RENAMES.keys())
def test_renames_happen_all_at_once(ledger, renamed):
    names = ["automation.a", "automation.b"]
    sets = {SetKey("gave", name, "course/x"): change([number]) for number, name in enumerate(names)}
    sets |= {key._replace(kind="lifted", owner=f"{key.owner}.a"): who for key, who in sets.items()}
    begun(ledger, automations=tuple(automation(name[-1]) for name in names), sets=sets)
    ledger.begin(LedgerChanges(renamed=renamed), sighting(present=range(4)), run=run(ledger, 1))

    state = ledger.state()
    expected = {renamed.get(name, name): {number} for number, name in enumerate(names)}
    assert {record.id for record in state.automations} == set(expected)
    for kind, more in (("gave", ""), ("lifted", ".a")):
        found = {key.owner: who for key, who in sets_of(state).items() if key.kind == kind}
        assert found == {f"{name}{more}": who for name, who in expected.items()}


SEEN = {
    # the story: the people present run after run; who is absent then, and since which run
    "all stay": ([[0, 1], [0, 1]], {}),
    "one goes": ([[0, 1], [0]], {1: 0}),
    "one stays away": ([[0, 1], [0], [0]], {1: 0}),
    "one comes back": ([[0, 1], [0], [0, 1]], {}),
    "one goes again": ([[0, 1], [0], [0, 1], [0]], {1: 2}),
    "one after the other": ([[0, 1], [0], []], {0: 1, 1: 0}),
    "in turns": ([[0, 1], [0], [1]], {0: 1}),
}


@pytest.mark.parametrize(("present", "absent"), SEEN.values(), ids=SEEN.keys())
def test_absence_counts_from_the_last_apply_that_saw_them(ledger, present, absent):
    for serial, numbers in enumerate(present):
        newcomers = ("E0", "E1") if serial == 0 else ()
        ledger.begin(NOTHING, sighting(*newcomers, present=numbers), run=run(ledger, serial))

    assert dict(ledger.state().last_seen) == {number: day(at) for number, at in absent.items()}
    assert sets_of(ledger.state()).get(SetKey("present"), set()) == set(present[-1])


FILLED = {
    # the story: filled before, present now, filled now; filled then
    "filled for the first time": ([], [0, 1], [0], {0}),
    "emptied, and still noted (A4d)": ([0, 1], [0, 1], [1], {0, 1}),
    "absent people keep theirs": ([0, 1], [1], [], {0, 1}),
    "an absent person gains none": ([], [1], [0, 1], {1}),
    "all emptied, and still noted": ([0, 1], [0, 1], [], {0, 1}),
}


@pytest.mark.parametrize(("before", "present", "now", "then"), FILLED.values(), ids=FILLED.keys())
def test_what_has_been_filled(ledger, before, present, now, then):
    ledger.begin(NOTHING, sighting("E0", "E1", present=[0, 1], role=before), run=run(ledger, 0))
    ledger.begin(NOTHING, sighting(present=present, role=now), run=run(ledger, 1))

    assert sets_of(ledger.state()).get(SetKey("filled", "role")) == then


def test_an_attribute_that_a_sighting_does_not_name_stays(ledger):
    ledger.begin(NOTHING, sighting("E0", present=[0], role=[0]), run=run(ledger, 0))
    ledger.begin(NOTHING, sighting(present=[0], region=[0]), run=run(ledger, 1))

    assert sets_of(ledger.state())[SetKey("filled", "role")] == {0}


def test_forgetting(ledger):
    begun(
        ledger,
        automations=(automation(), automation(content="module/x"), automation("other")),
        orders=(order(),),
        sets={
            BASELINE: change([0]),
            GAVE: change([1]),
            SetKey("lifted", "automation.knives.assign.all.assign", "module/x"): change([0]),
            SetKey("audience", "assignment.recall"): change([2, 3]),
            SetKey("open", "assignment.recall"): change([2]),
            SetKey("gave", "assignment.recall", "course/recall"): change([3]),
            SetKey("held", "assignment.recall", "course/recall"): change([2]),
            SetKey("missing"): change([3]),
        },
    )

    assert ledger.forget("automation.knives", by="ada", now=day(1)) == Forgotten(records=2, sets=3)
    assert ledger.forget("assignment.recall", by="ada", now=day(1)) == Forgotten(records=0, sets=2)
    state = ledger.state()
    assert list(state.automations) == [automation("other")]
    assert state.orders == (order(),), "M4"
    assert sets_of(state) == {
        SetKey("audience", "assignment.recall"): {2, 3},
        SetKey("open", "assignment.recall"): {2},
        SetKey("missing"): {3},
        SetKey("present"): {0, 1, 2, 3},
    }


def test_a_member_without_a_number_is_a_bug(ledger):
    begun(ledger)
    with pytest.raises(AssertionError, match="without a trainee"):
        ledger.record({BASELINE: change([4])}, serial=1)


def test_a_used_lift_and_the_last_census_are_remembered(ledger):
    lifted = LedgerChanges(lifts=(LiftRecord("rollout", day(0)),))
    first = {"#active": {"": BitMap([0, 1])}, "location": {"austin's \n 1": BitMap([0, 1])}}
    ledger.begin(
        lifted, replace(sighting("a", "b", present=[0, 1]), census=lambda: first), run(ledger, 0)
    )
    assert ledger.state().lifts == {"rollout": day(0)}
    assert ledger.state().census == first

    second = {"#active": {"": BitMap([1])}, "role": {}}
    ledger.begin(
        LedgerChanges(), replace(sighting(present=[1]), census=lambda: second), run(ledger, 1)
    )
    assert ledger.state().lifts == {"rollout": day(0)}, "for good"
    assert ledger.state().census == second, "of the last apply alone"


def test_marks_are_written_with_the_sighting(ledger):
    key = SetKey("lifted", "all.assign.all.assign", "course/knife-safety")
    marked = replace(sighting("a", "b", present=[0, 1]), marks={key: change(add=[0, 1])})
    ledger.begin(LedgerChanges(), marked, run(ledger, 0))
    assert ledger.state().members(*key) == BitMap([0, 1])
