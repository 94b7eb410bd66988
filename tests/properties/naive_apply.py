"""The world right after an apply, in the naive way."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pyroaring import BitMap

from reconciler.frames import ATTRIBUTES
from reconciler.records import LedgerState, SetKey
from reconciler.snapshot import Snapshot
from tests.properties.naive_automations import is_shown_out, standings_of, would_want
from tests.properties.naive_expected import Action, Expected
from tests.properties.naive_lms import NaiveLms, lms_of
from tests.properties.naive_scene import Scene, at_precision

Sets = dict[SetKey, set[str]]


def carry_out(
    snapshot: Snapshot,
    expected: Expected,
    as_of: datetime,
    *,
    refuse: Collection[tuple[str, str]] = (),
) -> Snapshot:
    """Apply what was decided for this snapshot.

    Args:
        refuse: The (trainee, content) whose write the LMS refuses: such rows stay as they were.
    """
    done = {key: action for key, action in expected.actions.items() if key not in refuse}
    sets: Sets = {key: set(members) for key, members in expected.memory.sets.items()}
    lms, accounts = lms_of(snapshot), snapshot.accounts
    for (trainee, content), action in done.items():
        write(lms, trainee, content, action, snapshot.capabilities.precision)
        _account_for(trainee, content, action, sets, expected.scene)
        if action.kind == "assign" and accounts is not None:
            accounts |= {trainee}
    return replace(
        snapshot,
        holdings=lms.holdings(),
        progress=lms.progress(),
        accounts=accounts,
        ledger=_ledger(snapshot.ledger, expected, sets, as_of.replace(microsecond=0)),
    )


def write(lms: NaiveLms, trainee: str, content: str, action: Action, precision: timedelta) -> None:
    """Do in an LMS what was decided."""
    due = at_precision(action.due, precision)
    assigned = at_precision(action.assigned, precision)
    match action.kind:
        case "remove":
            lms.remove(trainee, content)
        case "reschedule":
            lms.held[trainee, content]["due"] = due
        case "assign":
            lms.assign(trainee, content, assigned=assigned, due=due, credited=action.credited)
        case _:
            lms.reassign(trainee, content, assigned=assigned, due=due, courses=action.courses)


def _account_for(trainee: str, content: str, action: Action, sets: Sets, scene: Scene) -> None:
    """What the ledger remembers of one write."""
    orders = {cause for cause in action.causes if not cause.startswith("automation.")}
    for cause in orders:
        _take_out(sets, SetKey("open", cause), trainee)  # M4
    match action.kind:
        case "assign":
            _give(trainee, content, action.causes, sets, scene)
            _take_out(sets, SetKey("missing", "", content), trainee)  # A13c
        case "restart" | "retake":
            _give(trainee, content, orders, sets, scene)  # M2; a renewal gives nothing
            _take_out_of_all(sets, ("redue",), content, trainee)
        case "reschedule":
            for cause in action.causes:
                _take_out(sets, SetKey("redue", cause, content), trainee)
        case "remove":
            _take_out_of_all(sets, ("redue",), content, trainee)
            if not action.withdrawn:
                _take_out_of_all(sets, ("gave", "held"), content, trainee)  # A13a
                sets.setdefault(SetKey("ended", "", content), set()).add(trainee)
            for cause in orders:
                _bind(trainee, content, cause, sets, scene)


def _give(trainee: str, content: str, causes: Collection[str], sets: Sets, scene: Scene) -> None:
    for cause in causes:
        sets.setdefault(SetKey("gave", cause, content), set()).add(trainee)
        _take_out(sets, SetKey("held", cause, content), trainee)  # A7a
    if any(not cause.startswith("automation.") for cause in causes):
        _unbind(trainee, content, sets, scene)


def _unbind(trainee: str, content: str, sets: Sets, scene: Scene) -> None:
    """An order gives what a removal took: who wants it again holds it at once (M3, M3c)."""
    person = scene.people[trainee]
    for each in standings_of(scene):
        bound = each.content == content and scene.bound(person, content, each.id)
        gave = trainee in sets.get(SetKey("gave", each.id, content), ())
        if bound and not gave and each.acts and would_want(each, person, scene):
            sets.setdefault(SetKey("held", each.id, content), set()).add(trainee)
    _take_out_of_all(sets, ("taken", "freed"), content, trainee)


def _bind(trainee: str, content: str, removal: str, sets: Sets, scene: Scene) -> None:
    """A removal binds against all automations but those that this apply sees not matching (M3)."""
    sets.setdefault(SetKey("taken", removal, content), set()).add(trainee)
    _take_out_of_all(sets, ("freed",), content, trainee)
    for owner, rule in scene.live.items():
        if rule.assign == content and is_shown_out(rule.target, scene.people[trainee], scene):
            sets.setdefault(SetKey("freed", owner, content), set()).add(trainee)


def _take_out_of_all(sets: Sets, kinds: Collection[str], content: str, trainee: str) -> None:
    for key in sets:
        if key.kind in kinds and key.content == content:
            _take_out(sets, key, trainee)


def _take_out(sets: Sets, key: SetKey, trainee: str) -> None:
    sets.get(key, set()).discard(trainee)


def _ledger(ledger: LedgerState, expected: Expected, sets: Sets, as_of: datetime) -> LedgerState:
    scene, memory = expected.scene, expected.memory
    known = ledger.trainees.to_list()
    listed = [person.id for person in scene.people.values() if person.listed]
    ids = known + sorted(set(listed) - set(known))
    for attribute in (*ATTRIBUTES, *scene.snapshot.custom, "hire_date"):
        filled = {trainee for trainee in listed if scene.people[trainee].filled(attribute)}
        # Kept until filled again: a second apply on a broken feed makes nobody future either (A4).
        sets.setdefault(SetKey("filled", attribute), set()).update(filled)
    sets[SetKey("present")] = set(listed)
    numbers = {trainee: number for number, trainee in enumerate(ids)}
    orders = [
        replace(record, state="done")
        if record.state == "open" and not sets.get(SetKey("open", record.id))
        else record
        for record in memory.orders.values()
    ]
    return LedgerState(
        lineage=ledger.lineage,
        serial=ledger.serial + 1,
        last_as_of=as_of,
        trainees=type(ledger.trainees)("trainee", ids, dtype=ledger.trainees.dtype),
        last_seen=_last_seen(ledger, scene, numbers),
        automations=tuple(memory.automations.values()),
        orders=tuple(orders),
        sets={
            key: BitMap(numbers[trainee] for trainee in members)
            for key, members in sets.items()
            if members
        },
    )


def _last_seen(
    ledger: LedgerState, scene: Scene, numbers: Mapping[str, int]
) -> dict[int, datetime]:
    """When those who are absent now were last seen (P5, P5b)."""
    present = ledger.members("present")
    return {
        number: ledger.last_as_of if number in present else ledger.last_seen[number]
        for trainee, number in numbers.items()
        if not scene.people[trainee].listed
    }
