"""For whom an assignment cannot be written, and why (P8, D6)."""

from reconciler.frames import Capabilities
from tests.builders import actions, named, reasons, scene

EXISTING = {"scope": "future-and-existing"}
NO_DATES = Capabilities(due_dates=False)
HIRED = {"days": 10, "after": "hire_date"}


@named(
    ("keys", "options", "reason"),
    {
        "nothing bars": ({}, {}, "assigned"),
        "P8 no account": ({}, {"accounts": frozenset()}, "no account"),
        "D6 no modules": (
            {"assign": "module/start"},
            {"capabilities": Capabilities(modules=False)},
            "blocked by capability",
        ),
        "D6 a course where there are no modules": (
            {},
            {"capabilities": Capabilities(modules=False)},
            "assigned",
        ),
        "D6 a due date that cannot be held": (
            {"due": "2026-05-01"},
            {"capabilities": NO_DATES},
            "blocked by capability",
        ),
        "D6 no due date asked": ({}, {"capabilities": NO_DATES}, "assigned"),
        "A9 an unknown hire date gives no due date": (
            {"due": HIRED},
            {"capabilities": NO_DATES, "line": "ann role=cook hired=?"},
            "assigned",
        ),
        "D6 a known one does": (
            {"due": HIRED},
            {"capabilities": NO_DATES},
            "blocked by capability",
        ),
        "D4 no account goes first": (
            {"due": "2026-05-01"},
            {"capabilities": NO_DATES, "accounts": frozenset()},
            "no account",
        ),
    },
)
def test_barriers(keys, options, reason):
    options = dict(options)
    story = scene(options.pop("line", "ann role=cook"), **EXISTING, **keys).given(**options)

    assert reasons(story) == {"ann": reason}
    kind = "assign" if reason == "assigned" else "blocked"
    assert {one.split()[0] for one in actions(story)} == {kind}
    story.apply()


def test_each_cause_is_looked_at_by_itself():
    """D6a: an automation without a due date still assigns."""
    story = scene("ann role=cook", **EXISTING, due="2026-05-01").given(capabilities=NO_DATES)
    plain = {"assign": "course/knife", "target": {"role": "cook"}, **EXISTING}
    story = story.write("automations", "blades", **plain)
    made = story.plan()

    assert reasons(made) == {"ann": "blocked by capability"}
    assert reasons(made, "automation.blades") == {"ann": "assigned"}
    assert [(d.causes, d.blocked is None) for d in made.decisions] == [
        (("automation.blades",), True),
        (("automation.knife",), False),
    ]
    assert story.apply().held["ann", "course/knife"]["due"] is None


def test_an_export_is_planned_against_as_if_it_could_be_written():
    """D6b."""
    story = scene("ann role=cook", **EXISTING).given(capabilities=Capabilities(writes=False))

    assert actions(story) == {"assign ann knife"}
