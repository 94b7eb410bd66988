"""One apply at a time: who has lost the lease writes nothing, whatever it was doing."""

from datetime import timedelta

import pytest

from reconciler.errors import Exit, LeaseLost, LedgerLocked, StalePlan, WrongUse
from reconciler.ledger.lease import LASTS, Holder
from reconciler.ledger.run import Answer, Sent
from reconciler.records import LedgerChanges
from tests.ledger.worlds import BASELINE, MONDAY, change, day, new_ledger, run, sighting

ADA = Holder("ada@desk", "https://ci.example.com/1", "desk", "17 3")
BOB = Holder("bob@other")
SECOND = timedelta(seconds=1)


@pytest.fixture
def ledger(tmp_path, place):
    return new_ledger(tmp_path, place)


def taken(ledger, holder=ADA, *, now=MONDAY, ended=lambda _: False):
    return ledger.take_lease(holder, now=now, ended=ended)


def begun(ledger, lease, *, serial=0, head=None):
    named = run(ledger, serial)
    under = {"fence": lease.fence, "expected_head": head or named.expected_head}
    return ledger.begin(
        LedgerChanges(),
        sighting(*([] if serial else ["E0"]), present=[0]),
        type(named)(**{name: getattr(named, name) for name in named.__slots__} | under),
    )


def test_a_second_one_is_told_who_and_since_when(ledger):
    lease = taken(ledger)
    with pytest.raises(LedgerLocked) as refusal:
        taken(ledger, BOB, now=MONDAY + SECOND)
    told = str(refusal.value)
    assert refusal.value.status == Exit.LOCKED
    for word in ("ada@desk", "https://ci.example.com/1", "2026-03-02 09:00:00", lease.id, "--wait"):
        assert word in told
    with pytest.raises(LedgerLocked):
        ledger.check_free(now=MONDAY + SECOND, ended=lambda _: False)


def give_back(ledger, lease):
    ledger.give_back(lease)
    return MONDAY, lambda _: False


FREE = {
    # the story: what happens to the lease; when the next one asks, and whose process has ended
    "given back": give_back,
    "expired": lambda *_: (MONDAY + LASTS, lambda _: False),
    "its process has ended": lambda *_: (MONDAY, lambda holder: holder == ADA),
}


@pytest.mark.parametrize("happens", FREE.values(), ids=FREE.keys())
def test_when_the_next_one_gets_it(ledger, happens):
    first = taken(ledger)
    now, ended = happens(ledger, first)
    second = taken(ledger, BOB, now=now, ended=ended)
    assert second.fence > first.fence


def test_renewed_it_lasts(ledger):
    lease = taken(ledger)
    ledger.renew(lease, now=MONDAY + LASTS - SECOND)
    with pytest.raises(LedgerLocked):
        taken(ledger, BOB, now=MONDAY + LASTS)


def test_who_gives_back_late_takes_nothing_from_the_next_one(ledger):
    first = taken(ledger)
    second = taken(ledger, BOB, now=MONDAY + LASTS)
    ledger.give_back(first)
    ledger.renew(second, now=MONDAY + LASTS)


def nothing(ledger, lease):
    ledger.give_back(lease)


LOST = {
    "another has taken it": lambda ledger, _: taken(ledger, BOB, now=MONDAY + LASTS),
    "it was unlocked": lambda ledger, lease: ledger.unlock(
        lease.id, by="eve", reason="gone", now=MONDAY
    ),
    "it was given back": nothing,
}
WRITES = {
    "begin": lambda ledger, lease, entry: begun(ledger, lease, serial=1),
    "intend": lambda ledger, lease, entry: ledger.intend(a_batch(), serial=1),
    "record": lambda ledger, lease, entry: ledger.record({BASELINE: change([0])}, serial=1),
    "an answer": lambda ledger, lease, entry: ledger.record({}, serial=1, answer=an_answer(entry)),
    "finish": lambda ledger, lease, entry: ledger.finish(
        1, state="complete", counts={}, finished=day(1)
    ),
    "renew": lambda ledger, lease, entry: ledger.renew(lease, now=MONDAY),
    "forget": lambda ledger, lease, entry: ledger.forget(
        "automation.x", by="ada", now=MONDAY, fence=lease.fence
    ),
}


def a_batch():
    return Sent(intents=(), first=0, last=0, at=MONDAY)


def an_answer(entry):
    return Answer(entry=entry, counts={}, troubles=(), at=MONDAY)


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_run_that_was_paused_and_wakes_up_writes_nothing(ledger, lose, write):
    lease = taken(ledger)
    begun(ledger, lease)
    entry = ledger.intend(a_batch(), serial=1)
    lose(ledger, lease)
    before = ledger.state(), ledger.runs(), ledger.verify()
    with pytest.raises(LeaseLost):
        write(ledger, lease, entry)

    state, runs, proof = before
    after = ledger.state()
    assert (after.serial, after.sets, after.intents) == (state.serial, state.sets, state.intents)
    assert (ledger.runs(), ledger.verify()) == (runs, proof)


def test_a_fence_of_nobody_is_good_only_before_the_first(ledger):
    lease = taken(ledger)
    ledger.give_back(lease)
    with pytest.raises(LeaseLost):
        ledger.begin(LedgerChanges(), sighting("E0", present=[0]), run(ledger, 0))


def test_the_next_run_closes_one_that_was_cut_off(ledger):
    begun(ledger, taken(ledger))
    second = taken(ledger, BOB, now=MONDAY + LASTS)
    head = ledger.head()
    assert begun(ledger, second, serial=1, head=head) == 2
    assert [one.state for one in ledger.runs()] == ["failed", "running"]
    with pytest.raises(StalePlan):
        begun(ledger, second, serial=1, head=head)


def test_unlocking_is_told_in_the_log(ledger):
    lease = taken(ledger)
    with pytest.raises(WrongUse, match=lease.id):
        ledger.unlock("0000", by="eve", reason="gone", now=MONDAY)
    ledger.unlock(lease.id, by="eve", reason="the runner burned", now=day(1))
    ((at, kind, told),) = ledger.notices()
    assert (at, kind, told["by"], told["reason"]) == (day(1), "unlock", "eve", "the runner burned")
    assert told["owner"] == "ada@desk"
    with pytest.raises(WrongUse, match="nothing to unlock"):
        ledger.unlock(lease.id, by="eve", reason="again", now=MONDAY)
    assert ledger.verify().broken is None


def test_plans_do_not_need_it(ledger):
    taken(ledger)
    assert ledger.state().serial == 0
