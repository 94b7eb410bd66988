"""Orders that take away, and whom they bind (M3, D3)."""

import pytest

from reconciler.errors import InvalidPolicies
from reconciler.frames import Capabilities
from tests.builders import actions, causes, effects, named, reasons, scene, stored

REMOVAL = {"content": "course/knife", "target": {"role": "cook"}}
EXISTING = {"scope": "future-and-existing"}


def taking(*lines, people=("ann role=cook",), **keys):
    """A removal for cooks, and these enrollments."""
    rules = {"removals": {"old": {**REMOVAL, **keys}}}
    return scene(*people, rules=rules).enroll(*lines).later(days=1)


def bound(**keys):
    """Ann had knife by the automation, and a removal has taken it."""
    story = scene("ann role=cook", **EXISTING, **keys).apply().later(days=1)
    return story.write("removals", "old", **REMOVAL).apply().later(days=1)


@named(
    ("line", "keys", "effect", "reason"),
    {
        "not started": ("ann knife", {}, "not_started", "removed by order"),
        "in progress, kept": ("ann knife in_progress", {}, None, "satisfied"),
        "in progress, the second opt-in": (
            "ann knife in_progress", {"in_progress": "remove"}, "in_progress", "removed by order",
        ),
        "D3 completed": ("ann knife completed", {"in_progress": "remove"}, None, "satisfied"),
        "D3 a retake not started": (
            "ann knife completed=yes", {}, "withdrawn", "removed by order",
        ),
        "D3 a retake in progress, kept": ("ann knife in_progress completed=yes", {}, None, "satisfied"),
        "D3 a retake in progress": (
            "ann knife in_progress completed=yes", {"in_progress": "remove"}, "withdrawn",
            "removed by order",
        ),
        "status unknown": ("ann knife unknown", {"in_progress": "remove"}, None, "satisfied"),
        "not enrolled": ("bob knife", {}, None, "not enrolled"),
    },
)  # fmt: skip
def test_what_a_removal_takes(line, keys, effect, reason):
    """M3, M4d, D3a, D4c."""
    story = taking(line, **keys)

    assert effects(story) == ({"ann": effect} if effect else {})
    assert reasons(story, "removal.old") == {"ann": reason}
    story.apply()


def test_a_removal_is_carried_out_once():
    """M4: what somebody gets later stays."""
    story = taking("ann knife").apply().later(days=1).enroll("ann knife")

    assert actions(story) == set()
    assert actions(story.hire("bob role=cook").enroll("bob knife")) == set()


def test_a_removal_takes_what_anybody_gave():
    """M3, M3b: all grants end, and what it took is no drift."""
    story = bound()

    assert stored(story, "gave") == ""
    assert stored(story, "taken", "removal.old") == "ann"
    assert stored(story, "ended") == "ann"
    assert stored(story, "missing") == ""


@named(
    ("story", "expected"),
    {
        "the same automation": (lambda s: s, {}),
        "later ones too": (
            lambda s: s.write(
                "automations", "too", assign="course/knife", target={"everyone": "true"}, **EXISTING
            ),
            {},
        ),
        "left the audience and came back": (
            lambda s: s.hire("ann role=server").apply().later(days=1).hire("ann role=cook"),
            {"ann": ("automation.knife",)},
        ),
        "left, with no apply in between": (
            lambda s: s.hire("ann role=server").later(days=1).hire("ann role=cook"), {},
        ),
        "left while paused": (
            lambda s: (
                s.edit(paused="true").hire("ann role=server").apply().later(days=1)
                .hire("ann role=cook").edit(paused=None)
            ),
            {"ann": ("automation.knife",)},
        ),
        "inactive and back": (
            lambda s: (
                s.hire("ann role=cook activity=inactive").apply().later(days=1).hire("ann role=cook")
            ),
            {"ann": ("automation.knife",)},
        ),
        "absent and back": (
            lambda s: (
                s.hire("bob role=server").drop("ann").apply().later(days=1).hire("ann role=cook")
            ),
            {},
        ),
        "a later order gives it": (
            lambda s: s.write(
                "assignments", "again", assign="course/knife", target={"role": "cook"},
                if_assigned="reassign",
            ),
            {"ann": ("assignment.again",)},
        ),
    },
)  # fmt: skip
def test_whom_a_removal_binds(story, expected):
    """M3: until an apply sees the trainee not matching that automation, or an order gives it."""
    told = story(bound())

    assert causes(told) == expected
    told.apply()


def test_the_reason_of_the_bound():
    """D4: removed by order, before the reasons of the automation."""
    assert reasons(bound()) == {"ann": "removed by order"}
    assert reasons(bound().edit(paused="true")) == {"ann": "removed by order"}


def test_an_order_that_gives_ends_the_bond():
    """M3: an automation wants it again."""
    story = bound().write(
        "assignments",
        "again",
        assign="course/knife",
        target={"role": "cook"},
        if_assigned="reassign",
    )
    story = story.apply().later(days=1)

    assert stored(story, "taken", "removal.old") == ""
    assert actions(story.take_away("ann knife")) == {"assign ann knife"}


def test_a_second_removal_binds_again():
    """M3a."""
    story = bound().hire("ann role=server").apply().later(days=1).hire("ann role=cook").apply()
    assert stored(story, "freed") == "ann"

    story = story.later(days=1).write("removals", "new", **REMOVAL).apply().later(days=1)
    assert stored(story, "freed") == ""
    assert actions(story) == set()


def test_who_is_out_of_the_target_is_bound_at_no_time():
    """M3a: the apply that takes has seen them out of it."""
    story = scene("ann role=cook", **EXISTING).apply().later(days=1).hire("ann role=server")
    story = story.write("removals", "old", **{**REMOVAL, "target": {"everyone": "true"}}).apply()
    assert stored(story, "freed") == "ann"

    assert actions(story.later(days=1).hire("ann role=cook")) == {"assign ann knife"}


def test_a_withdrawn_retake_binds_and_keeps_its_grants():
    """M3, M3b: the enrollment stays, so what gave it did."""
    story = scene("ann role=cook", **EXISTING).apply().enroll("ann knife completed=yes")
    story = story.later(days=1).write("removals", "old", **REMOVAL).apply()

    assert stored(story, "gave") == stored(story, "taken", "removal.old") == "ann"
    assert story.held["ann", "course/knife"]["status"] == "completed"


def test_an_exit_gives_way_to_a_removal():
    """A8: one action, and its cause is the order."""
    story = scene("ann role=cook", **EXISTING, on_exit="remove").apply().hire("ann role=server")
    story = story.write("removals", "old", **{**REMOVAL, "target": {"everyone": "true"}})

    assert causes(story.later(days=1)) == {"ann": ("removal.old",)}


def test_a_removal_beats_a_renewal():
    """A8, in one plan: what is taken does not start over."""
    words = {"in_progress": "restart"}
    story = scene("ann role=cook", **EXISTING, on_new_version=words).enroll("ann knife in_progress")
    story = story.write("removals", "old", **REMOVAL, in_progress="remove").later(days=1)

    assert actions(story) == {"remove ann knife"}


@pytest.mark.parametrize(
    ("section", "order"),
    [
        ("reassignments", {"content": "course/knife", "target": {"everyone": "true"}}),
        (
            "assignments",
            {"assign": "course/knife", "target": {"everyone": "true"}, "if_assigned": "reassign"},
        ),
    ],
    ids=["a reassignment", "an assignment that reassigns"],
)
def test_giving_and_taking_at_once_is_an_error(section, order):
    """A8, A8c: naming both."""
    story = taking("ann knife in_progress", in_progress="remove").write(section, "give", **order)

    with pytest.raises(InvalidPolicies, match=r"give and removal\.old"):
        story.plan()
    assert actions(story.enroll("ann knife completed")) == {"retake ann knife"}, "nothing to take"


@named(
    ("line", "able", "expected"),
    {
        "cannot remove": ("ann knife", {"removes": False}, {"blocked ann knife"}),
        "cannot withdraw": ("ann knife completed=yes", {"withdraws": False}, {"blocked ann knife"}),
        "cannot withdraw, nothing to": ("ann knife", {"withdraws": False}, {"remove ann knife"}),
        "cannot remove, but withdraw": (
            "ann knife completed=yes", {"removes": False}, {"remove ann knife"},
        ),
    },
)  # fmt: skip
def test_what_the_lms_cannot_take_is_blocked(line, able, expected):
    """D6, D3: the row stays open."""
    story = taking(line).given(capabilities=Capabilities(**able))

    assert actions(story) == expected
    after = story.apply()
    assert stored(after, "open", "removal.old") == (
        "ann" if "blocked ann knife" in expected else ""
    )


def test_an_exemption_does_not_stop_a_removal():
    """M6."""
    story = taking("ann knife").write(
        "exemptions", "x", **{"from": "course/knife"}, target={"everyone": "true"}, reason="leave"
    )

    assert actions(story) == {"remove ann knife"}
