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
