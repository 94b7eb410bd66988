"""Orders: recorded once, carried out once for each trainee, never again (M1, M4, M5, M6)."""

from datetime import timedelta

import pytest

from reconciler.frames import Capabilities
from tests.builders import NOON, actions, causes, dues, named, reasons, scene, stored

OWNER = "assignment.recall"
ORDER = {"assign": "course/knife", "target": {"role": "cook"}}
LATER = {"days": 1}


def ordered(*lines, **keys):
    return scene(*lines, rules={"assignments": {"recall": {**ORDER, **keys}}})


def state(story):
    return [(record.id, record.state) for record in story.memory.orders]


@named(
    ("story", "expected"),
    {
        "assigns now to its target": (
            lambda: ordered("ann role=cook", "bob role=server"),
            {"assign ann knife"},
        ),
        "leaves who has it": (lambda: ordered("ann role=cook").enroll("ann knife"), set()),
        "in any status": (lambda: ordered("ann role=cook").enroll("ann knife completed"), set()),
        "M4c leaves whom the ledger says given": (
            lambda: (
                scene("ann role=cook", scope="future-and-existing")
                .apply()
                .take_away("ann knife")
                .delete()
                .write("assignments", "recall", **ORDER)
            ),
            set(),
        ),
        "M4c leaves whom the ledger says held": (
            lambda: (
                scene("ann role=cook", scope="future-and-existing")
                .enroll("ann knife")
                .apply()
                .take_away("ann knife")
                .delete()
                .write("assignments", "recall", **ORDER)
            ),
            set(),
        ),
        "M4c leaves whom the ledger says ended": (
            lambda: (
                scene("ann role=cook", scope="future-and-existing", on_exit="remove")
                .apply()
                .hire("ann role=server")
                .apply()
                .delete()
                .write("assignments", "recall", **{**ORDER, "target": {"everyone": True}})
            ),
            set(),
        ),
        "leaves the inactive": (lambda: ordered("ann role=cook activity=inactive"), set()),
        "leaves those of unknown activity": (
            lambda: ordered("ann role=cook activity=unknown"),
            set(),
        ),
        "leaves the undecided": (lambda: ordered("ann badge=", target={"badge": "red"}), set()),
        "M6 an exemption from the content beats it": (
            lambda: ordered("ann role=cook").write(
                "exemptions",
                "leave",
                **{"target": {"everyone": True}, "from": "course/knife", "reason": "x"},
            ),
            set(),
        ),
        "M6 an exemption from an automation does not": (
            lambda: (
                scene("ann role=cook", scope="future-and-existing")
                .write("assignments", "recall", **ORDER)
                .write(
                    "exemptions",
                    "leave",
                    **{"target": {"everyone": True}, "from": "automation.knife", "reason": "x"},
                )
            ),
            {"assign ann knife"},
        ),
    },
)
def test_a_new_order(story, expected):
    """M1."""
    assert actions(story()) == expected
    after = story().apply()
    assert state(after) == [(OWNER, "done")]
    assert stored(after, "open", OWNER) == ""


@named(
    ("story", "audience", "rows"),
    {
        "M4a the active whom the target matches": (
            lambda: ordered(
                "ann role=cook",
                "bob role=server",
                "cat role=cook activity=inactive",
                "dan role=cook activity=unknown",
            ),
            "ann",
            "",
        ),
        "M4a the satisfied are in it, and finished": (
            lambda: ordered("ann role=cook", "bob role=cook").enroll("ann knife"),
            "ann bob",
            "",
        ),
        "M4a rows without an account are open": (
            lambda: ordered("ann role=cook", "bob role=cook").given(accounts=frozenset({"bob"})),
            "ann bob",
            "ann",
        ),
        "D6 rows that the LMS cannot do are open": (
            lambda: ordered("ann role=cook", assign="module/start").given(
                capabilities=Capabilities(modules=False)
            ),
            "ann",
            "ann",
        ),
    },
)
def test_what_is_recorded_of_an_order(story, audience, rows):
    after = story().apply()

    assert (stored(after, "audience", OWNER), stored(after, "open", OWNER)) == (audience, rows)
    assert state(after) == [(OWNER, "open" if rows else "done")]


def half_done(*lines, **keys):
    """An order whose row for ann the LMS has refused."""
    return (
        ordered("ann role=cook", "bob role=cook", *lines, **keys)
        .apply(refuse=["ann"])
        .later(**LATER)
    )


@named(
    ("story", "expected", "left", "reason"),
    {
        "goes on": (half_done, {"assign ann knife"}, "", "assigned"),
        "later joiners are not included": (
            lambda: half_done().hire("cat role=cook"),
            {"assign ann knife"},
            "",
            "assigned",
        ),
        "who does not match any more is included": (
            lambda: half_done().hire("ann role=server"),
            {"assign ann knife"},
            "",
            "assigned",
        ),
        "finishes as recorded, whatever its text says": (
            lambda: half_done().edit(
                "recall", section="assignments", target={"role": "server"}, assign="course/fire"
            ),
            {"assign ann knife"},
            "",
            "assigned",
        ),
        "closed as inactive": (
            lambda: half_done().hire("ann role=cook activity=inactive"),
            set(),
            "",
            "inactive",
        ),
        "open while of unknown activity": (
            lambda: half_done().hire("ann role=cook activity=unknown"),
            set(),
            "ann",
            "activity unknown",
        ),
        "open while absent": (lambda: half_done().drop("ann"), set(), "ann", None),
        "done when enrolled by somebody": (
            lambda: half_done().enroll("ann knife"),
            set(),
            "",
            "satisfied",
        ),
        "closed as exempt": (
            lambda: half_done().write(
                "exemptions",
                "leave",
                **{"target": {"everyone": True}, "from": "course/knife", "reason": "x"},
            ),
            set(),
            "",
            "exempt",
        ),
        "done goes before exempt (M4b)": (
            lambda: (
                half_done()
                .enroll("ann knife")
                .write(
                    "exemptions",
                    "leave",
                    **{"target": {"everyone": True}, "from": "course/knife", "reason": "x"},
                )
            ),
            set(),
            "",
            "satisfied",
        ),
        "unknown goes before done (M4b)": (
            lambda: half_done().hire("ann role=cook activity=unknown").enroll("ann knife"),
            set(),
            "ann",
            "activity unknown",
        ),
        "inactive goes before done (M4b)": (
            lambda: half_done().hire("ann role=cook activity=inactive").enroll("ann knife"),
            set(),
            "",
            "inactive",
        ),
        "blocked without an account": (
            lambda: half_done().given(accounts=frozenset({"bob"})),
            {"blocked ann knife"},
            "ann",
            "no account",
        ),
        "cancelled when it is out of the files": (
            lambda: half_done().delete("recall", section="assignments"),
            set(),
            "",
            None,
        ),
    },
)
def test_a_half_done_order(story, expected, left, reason):
    """M4."""
    assert actions(story()) == expected
    if reason:
        assert reasons(story(), OWNER)["ann"] == reason
    after = story().apply()
    assert stored(after, "open", OWNER) == left


def test_all_its_writes_carry_the_as_of_of_its_recording():
    """M4, D7."""
    after = half_done().apply()

    assert after.held["ann", "course/knife"]["assigned"] == NOON


def test_of_a_joint_action_the_later_instant_counts():
    """D7, A8: an automation carries this plan's as-of."""
    story = half_done().write("automations", "knife", **ORDER, scope="future-and-existing")

    assert causes(story)["ann"] == (OWNER, "automation.knife")
    assert story.apply().held["ann", "course/knife"]["assigned"] == NOON + timedelta(days=1)


def test_due_days_count_from_the_recorded_as_of_and_never_lie_in_the_past():
    """A9a: no earlier than a day after the as-of of the run that writes it."""
    story = half_done(due={"days": 3})

    assert dues(story) == {"ann": "2026-03-05 23:59:59"}
    assert dues(story.later(days=9)) == {"ann": "2026-03-13 23:59:59"}


@named(
    ("change", "expected"),
    {
        "done": (lambda story: story, "done"),
        "done, and its text has changed": (
            lambda story: story.edit("recall", section="assignments", target={"everyone": True}),
            "done",
        ),
        "done, and gone from the files": (
            lambda story: story.delete("recall", section="assignments"),
            "done",
        ),
    },
)
def test_an_order_that_is_done_never_runs_again(change, expected):
    """M4."""
    story = change(ordered("ann role=cook").apply().later(days=1).hire("bob role=cook"))
    story = story.take_away("ann knife")

    assert actions(story) == set()
    assert state(story.apply()) == [(OWNER, expected)]


def test_an_id_is_never_free_again():
    """M4: cancelled, and written once more under the same name."""
    gone = half_done().delete("recall", section="assignments").apply()
    assert state(gone) == [(OWNER, "cancelled")]
    again = gone.write("assignments", "recall", **ORDER)

    assert actions(again) == set()
    assert state(again.apply()) == [(OWNER, "cancelled")]


@pytest.mark.parametrize(
    ("keys", "changed"),
    [({}, False), ({"target": {"role": "baker"}}, True), ({"description": "Now"}, False)],
)
def test_a_changed_text_has_no_effect_and_the_plan_says_so(keys, changed):
    """M4."""
    story = ordered("ann role=cook").apply().edit("recall", section="assignments", **keys)
    made = story.plan()

    assert [order.text_changed for order in made.orders] == [changed]
    assert made.is_empty


def test_a_plan_tells_for_how_many_an_order_is_cancelled():
    """M4."""
    made = half_done().delete("recall", section="assignments").plan()

    assert [(order.id, order.record.state) for order in made.orders] == [(OWNER, "cancelled")]
    assert len(made.world.ledger.members("open", OWNER)) == 1


def test_an_order_tells_who_is_how_far():
    """M5."""
    story = ordered("ann role=cook", "bob role=cook", "cat role=cook", "dan role=cook")
    made = story.enroll("ann knife", "bob knife in_progress", "cat knife completed").plan()
    held, audience = made.world.holdings.of("course/knife"), made.orders[0].audience

    assert [
        len(audience & one) for one in (held.not_started, held.in_progress, held.completed)
    ] == [
        1,
        1,
        1,
    ]


def test_two_orders_give_together():
    """A8."""
    story = ordered("ann role=cook").write("assignments", "second", **ORDER, due="2026-05-01")

    assert causes(story)["ann"] == (OWNER, "assignment.second")
    assert dues(story) == {"ann": "2026-05-01 23:59:59"}
    assert state(story.apply()) == [(OWNER, "done"), ("assignment.second", "done")]


def test_an_order_that_finds_nobody_is_done_at_once():
    """M4a: an order with no open row after its apply is done."""
    assert state(ordered("bob role=server").apply()) == [(OWNER, "done")]


def test_a_row_that_was_assigned_after_it_counts_as_done():
    """M4: nothing is done twice."""
    story = half_done().enroll("ann knife completed")

    assert actions(story) == set()
    assert state(story.apply()) == [(OWNER, "done")]
    assert actions(story.apply().take_away("ann knife")) == set()


def test_an_order_holds_what_it_finds():
    """A8b: from then on no exit takes it, and the next plan is empty (D2)."""
    story = scene("ann role=cook", scope="future-and-existing", on_exit="remove").apply()
    ordered_too = story.write("assignments", "recall", **ORDER).apply()
    assert stored(ordered_too, "held", OWNER) == "ann"

    left = ordered_too.hire("ann role=server").later(**LATER)
    assert actions(story.hire("ann role=server").later(**LATER)) == {"remove ann knife"}
    assert actions(left) == set()
    assert actions(left.delete()) == set()
    assert left.apply().plan().is_empty, "D2"


def test_an_order_holds_what_it_finds_in_the_plan_of_the_exit_too():
    """A8b."""
    story = scene("ann role=cook", scope="future-and-existing", on_exit="remove").apply()
    story = story.hire("ann role=server").later(**LATER)
    everyone = {**ORDER, "target": {"everyone": True}}
    after = story.write("assignments", "recall", **everyone)

    assert actions(story) == {"remove ann knife"}
    assert actions(after) == set()
    after = after.apply()
    assert (stored(after, "held", OWNER), state(after)) == ("ann", [(OWNER, "done")])
    assert ("ann", "course/knife") in after.held
    assert after.plan().is_empty, "D2"
