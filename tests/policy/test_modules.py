"""Into which modules a plan looks, course by course: those that a rule needs, and no other."""

from reconciler.frames import Content
from reconciler.policy.modules import looked_into
from tests.builders import named
from tests.policies import policies_of

CATALOG = {
    one.id: one
    for one in (
        Content("course/a", "A"),
        Content("course/b", "B"),
        Content("course/c", "C"),
        Content("module/ab", "AB", courses=("course/a", "course/b")),
        Content("module/b", "B", courses=("course/b",)),
        Content("module/c", "C", courses=("course/c",)),
    )
}
ALL = {"target": {"everyone": "true"}}


@named(
    ("section", "rule", "modules"),
    {
        "C1 a module that is assigned: all that share a course": (
            "automations", {"assign": "module/ab"}, {"module/ab", "module/b"},
        ),
        "C2 a course is never credited": ("automations", {"assign": "course/a"}, set()),
        "gone on purpose": ("automations", {"assign": "module/ab", "retire": "true"}, set()),
        "C1 an order": ("assignments", {"assign": "module/c"}, {"module/c"}),
        "the whole of it": ("reassignments", {"content": "module/ab"}, set()),
        "R chosen courses": (
            "reassignments", {"content": "module/ab", "courses": ["a"]}, {"module/ab"},
        ),
        "a removal": ("removals", {"content": "module/ab"}, set()),
        "R1b a removal of what is in progress": (
            "removals", {"content": "module/ab", "in_progress": "remove"}, {"module/ab"},
        ),
        "not in the catalog": ("assignments", {"assign": "module/gone"}, set()),
    },
)  # fmt: skip
def test_which(section, rule, modules):
    assert looked_into(policies_of({section: {"it": rule | ALL}}), (), CATALOG) == modules


def test_orders_that_are_not_done():
    assert looked_into(policies_of(), {"module/c", "course/a", "module/gone"}, CATALOG) == {
        "module/c"
    }
