"""The world right after an apply, in the naive way."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from pyroaring import BitMap

from reconciler.frames import ATTRIBUTES, HOLDINGS
from reconciler.records import LedgerState, SetKey
from reconciler.snapshot import Snapshot
from tests.properties.naive_expected import Action, Expected
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
    holdings = {key: dict(row) for key, row in expected.scene.holdings.items()}
    accounts = snapshot.accounts
    for (trainee, content), action in done.items():
        _write(trainee, content, action, holdings, snapshot)
        _account_for(trainee, content, action, sets)
        if action.kind == "assign" and accounts is not None:
            accounts |= {trainee}
    rows = [tuple(row[name] for name in HOLDINGS.schema) for row in holdings.values()]
    return replace(
        snapshot,
        holdings=HOLDINGS.of(*rows),
        accounts=accounts,
        ledger=_ledger(snapshot.ledger, expected, sets, as_of.replace(microsecond=0)),
    )


def _write(
    trainee: str,
    content: str,
    action: Action,
    holdings: dict[tuple[str, str], dict[str, object]],
    snapshot: Snapshot,
) -> None:
    due = at_precision(action.due, snapshot.capabilities.precision)
    match action.kind:
        case "remove":
            del holdings[trainee, content]
        case "reschedule":
            holdings[trainee, content]["due"] = due
        case "assign":
            holdings[trainee, content] = {
                "trainee": trainee,
                "content": content,
                "status": "not_started",
                "version": snapshot.catalog[content].version,
                "assigned": at_precision(action.assigned, snapshot.capabilities.precision),
                "due": due,
                "completed": None,
            }


def _account_for(trainee: str, content: str, action: Action, sets: Sets) -> None:
    """What the ledger remembers of one write."""
    match action.kind:
        case "assign":
            for cause in action.causes:
                sets.setdefault(SetKey("gave", cause, content), set()).add(trainee)
                _take_out(sets, SetKey("held", cause, content), trainee)  # A7a
                _take_out(sets, SetKey("open", cause), trainee)  # M4
            _take_out(sets, SetKey("missing", "", content), trainee)  # A13c
        case "reschedule":
            for cause in action.causes:
                _take_out(sets, SetKey("redue", cause, content), trainee)
        case "remove":
            for key in sets:
                if key.kind in ("gave", "held", "redue") and key.content == content:
                    _take_out(sets, key, trainee)  # A13a
            sets.setdefault(SetKey("ended", "", content), set()).add(trainee)


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
