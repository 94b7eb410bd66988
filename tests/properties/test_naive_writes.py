"""What the oracle writes and takes, held to answers worked out by hand from the rules."""

from datetime import date

import pytest

from reconciler.errors import RosterUnfit
from reconciler.records import SetKey
from tests.properties.stories import (
    EVERYBODY,
    EXISTING_TOO,
    GIVEN,
    OTHER,
    acted,
    apply,
    assign,
    back,
    deleted,
    does,
    hire,
    let,
    lived,
    said,
    take_away,
    tomorrow,
    wrote,
)
from tests.properties.workplace import Workplace

REMOVING = {**EXISTING_TOO, "on_exit": "remove"}
NOT_STARTED = {**EXISTING_TOO, "on_exit": "remove-not-started"}
LEFT = (*GIVEN, hire("ann", "server"))


REMOVE = {"ann": ("remove", None)}

# The story: the automation's keys, what happens, and each one's action with its due day.
EXITS = {
    "A12 left": (REMOVING, LEFT, REMOVE),
    "A12 left, kept": (EXISTING_TOO, LEFT, {}),
    "A12 left, not started": (NOT_STARTED, LEFT, REMOVE),
    "A12 left, in progress": (NOT_STARTED, [*LEFT, does("learn", "ann", "in_progress")], {}),
    "A12 left, in progress too": (REMOVING, [*LEFT, does("learn", "ann", "in_progress")], REMOVE),
    "A12a left, status unknown": (REMOVING, [*LEFT, does("learn", "ann", "unknown")], {}),
    "D3 left, completed": (REMOVING, [*LEFT, does("learn", "ann", "completed")], {}),
    "D3 left, completed once: the retake goes": (
        REMOVING,
        [*LEFT, does("learn", "ann", "completed"), does("learn", "ann", "not_started")],
        REMOVE,
    ),
    "A12 inactive": (REMOVING, [*GIVEN, hire("ann", activity="inactive")], REMOVE),
    "P5 of unknown activity": (REMOVING, [*GIVEN, hire("ann", "server", activity="unknown")], {}),
    "P5 absent": (REMOVING, [*GIVEN, hire("bob", "server"), does("drop", "ann")], {}),
    "A12 undecided": (
        {**REMOVING, "target": {"badge": "red"}},
        [hire("ann", badge="red"), apply, hire("ann", badge=None)],
        {},
    ),
    "A4a a broken feed": (REMOVING, [*GIVEN, hire("ann", None), apply], {}),
    "A12 exempt": (
        REMOVING,
        [
            *GIVEN,
            wrote("exemptions", "x", target=EVERYBODY, **{"from": "course/knife", "reason": "-"}),
        ],
        {},
    ),
    "A12 the window has closed": (
        {**REMOVING, "window": {"end": "2026-03-02"}},
        LEFT,
        REMOVE,
    ),
    "A12 paused": (REMOVING, [*LEFT, said(paused="true")], {}),
    "A12 another gave it too": (
        REMOVING,
        [wrote("automations", "other", **OTHER), *LEFT],
        {},
    ),
    "A12a another holds it as of this plan": (
        REMOVING,
        [*LEFT, wrote("automations", "other", **OTHER)],
        {},
    ),
    "A12 left both, one of them keeps": (
        REMOVING,
        [wrote("automations", "other", **{**OTHER, "target": {"role": "cook"}}), *LEFT],
        {},
    ),
    "A12 left both": (
        REMOVING,
        [
            wrote("automations", "other", **{**OTHER, "target": {"role": "cook"}, **NOT_STARTED}),
            *LEFT,
        ],
        REMOVE,
    ),
    "A12 an order gave it too": (
        REMOVING,
        [wrote("assignments", "now", assign="course/knife", target=EVERYBODY), *LEFT],
        {},
    ),
    "A16 foreign": (
        REMOVING,
        [hire("ann"), does("enroll", "ann"), apply, hire("ann", "server")],
        {},
    ),
    "A14 retired": (REMOVING, [*GIVEN, deleted], REMOVE),
    "A14 retired, kept": (EXISTING_TOO, [*GIVEN, deleted], {}),
    "A14 retired while paused": (REMOVING, [*GIVEN, said(paused="true"), apply, deleted], {}),
    "A14 retired by a word": (REMOVING, [*GIVEN, said(retire="true")], REMOVE),
    "A14 what the retirement took is wanted again": (
        REMOVING,
        [*GIVEN, deleted, apply, back],
        assign(),
    ),
    "A14b the old content of a changed assign": (
        REMOVING,
        [*GIVEN, said(assign="course/fire", paused="true")],
        REMOVE,
    ),
    "D6 an LMS that cannot remove": (REMOVING, [does("cannot", removes=False), *LEFT], {}),
}

DRIFT = {
    "A13 removed by hand": (EXISTING_TOO, [*GIVEN, take_away], assign()),
    "A13 removed by hand while the window is shut": (
        {**EXISTING_TOO, "window": {"end": "2026-03-02"}},
        [*GIVEN, take_away],
        {},
    ),
    "A13 removed by hand, and that is respected": (
        {**EXISTING_TOO, "on_removed": "respect"},
        [*GIVEN, take_away],
        {},
    ),
    "A13 removed by hand, wanted no more": (EXISTING_TOO, [*LEFT, take_away], {}),
    "A13 an order's, removed by hand": (
        {"paused": "true"},
        [
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY),
            *(*GIVEN, take_away),
        ],
        {},
    ),
    "A13 appears again, and has been ours": (
        REMOVING,
        [*LEFT, take_away, apply, does("enroll", "ann")],
        REMOVE,
    ),
    "M1 to all who never had it": (
        {"paused": "true"},
        [
            *(hire("ann"), hire("bob"), does("enroll", "bob", status="completed")),
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY),
        ],
        assign(),
    ),
    "M1 the ledger knows that she had it": (
        {"paused": "true"},
        [
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY),
            *(*GIVEN, take_away),
            wrote("assignments", "again", assign="course/knife", target=EVERYBODY),
        ],
        {},
    ),
    "M1 the ledger knows that the reconciler took it": (
        REMOVING,
        [*LEFT, apply, wrote("assignments", "again", assign="course/knife", target=EVERYBODY)],
        {},
    ),
    "M4 later joiners are not in it": (
        {"paused": "true"},
        [
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY),
            *(hire("bob"), apply, hire("ann")),
        ],
        {},
    ),
    "M4 a half-done order finishes as recorded": (
        {"paused": "true"},
        [
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY, due={"days": "9"}),
            *(hire("ann"), does("apply", refuse={("ann", "course/knife")}), tomorrow),
            wrote("assignments", "now", assign="course/fire", target={"role": "server"}),
        ],
        assign("2026-03-11"),
    ),
    "M4 a half-done order's due is no earlier than the run that writes it allows": (
        {"paused": "true"},
        [
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY, due={"days": "0"}),
            *(hire("ann"), does("apply", refuse={("ann", "course/knife")}), tomorrow),
        ],
        assign("2026-03-04"),
    ),
    "M4 taken out of the files": (
        {"paused": "true"},
        [
            wrote("assignments", "now", assign="course/knife", target=EVERYBODY),
            *(hire("ann"), does("apply", refuse={("ann", "course/knife")})),
            *(
                does("section", "assignments"),
                lambda workplace: workplace.policy.pop("assignments"),
            ),
        ],
        {},
    ),
    "M6 exempt from the content": (
        {"paused": "true"},
        [
            *(hire("ann"), wrote("assignments", "now", assign="course/knife", target=EVERYBODY)),
            wrote("exemptions", "x", target=EVERYBODY, **{"from": "course/knife", "reason": "-"}),
        ],
        {},
    ),
    "M6 exempt from the automation alone": (
        EXISTING_TOO,
        [
            *(hire("ann"), wrote("assignments", "now", assign="course/knife", target=EVERYBODY)),
            wrote(
                "exemptions", "x", target=EVERYBODY, **{"from": "automation.knife", "reason": "-"}
            ),
        ],
        assign(),
    ),
}


@pytest.mark.parametrize(("keys", "steps", "actions"), EXITS.values(), ids=EXITS)
def test_exit(keys, steps, actions):
    assert acted(lived(keys, steps)) == actions


@pytest.mark.parametrize(("keys", "steps", "actions"), DRIFT.values(), ids=DRIFT)
def test_drift_and_orders(keys, steps, actions):
    assert acted(lived(keys, steps)) == actions


def test_causes_and_the_word_restored():
    workplace = lived(EXISTING_TOO, [*GIVEN, wrote("automations", "other", **OTHER), take_away])
    (action,) = workplace.plan().actions.values()

    assert action.causes == {"automation.knife", "automation.other"}, "A8"
    assert action.restored, "A13"


def test_what_the_reconciler_took_is_no_drift():
    (action,) = lived(REMOVING, [*LEFT, apply, hire("ann")]).plan().actions.values()

    assert (action.kind, action.restored) == ("assign", False), "A13a"


def test_an_order_keeps_its_as_of():
    workplace = lived({"paused": "true"}, [hire("ann"), let(accounts=set())])
    wrote("assignments", "now", assign="course/knife", target=EVERYBODY)(workplace)
    ordered = workplace.as_of

    assert workplace.plan().blocked == {("ann", "course/knife", "assignment.now"): "no account"}
    assert workplace.plan().orders == {"assignment.now": "open"}, "M4a"

    apply(workplace)
    tomorrow(workplace)
    workplace.accounts.add("ann")
    (action,) = workplace.plan().actions.values()
    assert action.assigned == ordered, "M4"

    apply(workplace)
    assert workplace.plan().orders == {"assignment.now": "done"}


def test_an_order_is_for_the_active_whom_it_decidedly_matches():
    workplace = lived({}, [hire("ann"), hire("bob", badge="red"), hire("cat", activity="unknown")])
    wrote("assignments", "now", assign="course/fire", target={"not": {"badge": "blue"}})(workplace)
    plan = workplace.plan()

    assert plan.ledger[SetKey("audience", "assignment.now")] == {"bob"}, "M4a"
    assert plan.reasons["assignment.now"] == {
        "ann": "undecided",
        "bob": "assigned",
        "cat": "activity unknown",
    }, "D4a"


def test_an_edit_leaves_out_of_the_baseline_whom_the_automation_gave():
    steps = [hire("ann", "server"), apply, hire("ann"), apply, tomorrow, hire("ann", "server")]
    plan = lived({}, [*steps, said(target={"role": ["cook", "server"]})]).plan()

    assert SetKey("baseline", "automation.knife", "course/knife") not in plan.ledger, "A5"


def test_what_is_written_before_the_first_write():
    workplace = lived(
        {}, [hire("ann"), hire("bob", hire_date=date(2026, 3, 2)), does("enroll", "bob")]
    )
    wrote("assignments", "now", assign="course/fire", target={"trainees": "ann"})(workplace)

    assert workplace.plan().ledger == {
        SetKey("baseline", "automation.knife", "course/knife"): {"ann"},
        SetKey("held", "automation.knife", "course/knife"): {"bob"},
        SetKey("audience", "assignment.now"): {"ann"},
        SetKey("open", "assignment.now"): {"ann"},
    }


def test_what_nobody_wants_any_more_is_missing_until_it_appears_again():
    workplace = lived(EXISTING_TOO, [*LEFT, take_away])
    missing = SetKey("missing", "", "course/knife")

    assert workplace.plan().ledger[missing] == {"ann"}, "A13c"
    apply(workplace)
    workplace.enroll("ann")
    assert missing not in workplace.plan().ledger


def test_what_is_wanted_is_not_missing():
    workplace = lived({**EXISTING_TOO, "on_removed": "respect"}, [*GIVEN, take_away])

    assert SetKey("missing", "", "course/knife") not in workplace.plan().ledger, "A13c"


def test_an_empty_roster_is_not_planned_from():
    with pytest.raises(RosterUnfit):
        Workplace().plan()
