"""Why one trainee does or does not get one content: tree, baseline, exemption, verdict (D4)."""

import pytest

from reconciler.errors import WrongUse
from reconciler.frames import Capabilities
from reconciler.planner.explain import explain, tree
from reconciler.policy.target import clause_of
from tests.builders import NOON, named, scene
from tests.policies import policies_of

EXISTING = {"scope": "future-and-existing"}
KNIFE = "course/knife"
LEAVE = {"target": {"everyone": True}, "reason": "on leave"}
ORDER = {"assign": KNIFE, "target": {"role": "cook"}}


def answer(story, trainee="ann", content=KNIFE):
    found = explain(story.plan(), trainee, content)
    return found, found.answers[0] if found.answers else None


@named(
    ("story", "reason"),
    {
        "who gets it": (lambda: scene("ann role=cook", **EXISTING), "assigned"),
        "who does not match": (lambda: scene("ann role=server", **EXISTING), None),
        "who is in the baseline": (lambda: scene("ann role=cook"), "baseline"),
        "who has it": (lambda: scene("ann role=cook", **EXISTING).apply(), "satisfied"),
        "who is undecided": (
            lambda: scene("ann badge=", "bob badge=x", target={"badge": "red"}),
            "undecided",
        ),
        "who is absent": (
            lambda: scene("ann role=cook", "bob role=x", **EXISTING).apply().drop("ann"),
            None,
        ),
        "who is inactive": (lambda: scene("ann role=cook activity=inactive"), "inactive"),
        "who is exempt": (
            lambda: scene("ann role=cook", **EXISTING).write(
                "exemptions", "leave", **LEAVE, **{"from": KNIFE}
            ),
            "exempt",
        ),
    },
)
def test_the_verdict(story, reason):
    found, one = answer(story())

    assert one.id == "automation.knife"
    assert one.reason == reason
    assert (found.decision is not None) is (reason == "assigned")


@named(
    ("target", "is_met"),
    {
        "T1 a value": ({"role": "cook"}, True),
        "T1 no such value": ({"role": "server"}, False),
        "T5 a glob": ({"location": "austin-*"}, True),
        "P6 undecided": ({"badge": "red"}, None),
        "P6 not, undecided": ({"not": {"badge": "red"}}, None),
        "T2 not": ({"not": {"role": "cook"}}, False),
        "T1 all": ({"role": "cook", "location": "austin-1"}, True),
        "P6a all, undecided": ({"role": "cook", "badge": "red"}, None),
        "P6a all, one is no": ({"role": "server", "badge": "red"}, False),
        "T2 any": ({"any": [{"role": "server"}, {"location": "austin-1"}]}, True),
        "P6a any, undecided": ({"any": [{"role": "server"}, {"badge": "red"}]}, None),
        "T3 a hire date": ({"hire_date": {"on_or_after": "2020-01-01"}}, True),
        "T3 tenure": ({"tenure": {"less_than": "1 year"}}, False),
        "T4 by id": ({"trainees": ["ann"]}, True),
        "T4 by another id": ({"trainees": ["bob"]}, False),
        "T4 everyone": ({"everyone": True}, True),
        "P3 a department": ({"department": "operations"}, True),
    },
)
def test_the_tree_of_a_target(target, is_met):
    story = scene("ann role=cook location=austin-1 badge=", "bob badge=x", target=target)
    made = story.plan()
    node = answer(story)[1].tree

    assert node.is_met is is_met
    assert node == tree(
        clause_of(policies_of({"groups": {"g": target}}).groups["g"], {}, {}), 0, made
    )
    for leaf in _leaves(node):
        assert leaf.text
        assert leaf.is_met in (True, False, None)


def _leaves(node):
    return [leaf for part in node.parts for leaf in _leaves(part)] if node.parts else [node]


@named(
    ("target", "value"),
    {
        "the values that it met": ({"role": "cook"}, "cook"),
        "several": ({"location": "mars"}, "austin-1"),
        "a hire date": ({"hire_date": {"before": "2026-01-01"}}, "2020-01-01"),
    },
)
def test_a_clause_tells_the_value_it_met(target, value):
    story = scene("ann role=cook,server location=austin-1", target=target)

    assert value in answer(story)[1].tree.value


@named(
    ("target", "line"),
    {
        "no hire date": ({"hire_date": {"before": "2026-01-01"}}, "ann hired=?"),
        "no tenure": ({"tenure": {"at_least": "1 day"}}, "ann hired=?"),
        "no value": ({"role": "cook"}, "ann"),
    },
)
def test_a_clause_that_met_nothing_says_so(target, line):
    assert isinstance(answer(scene(line, target=target))[1].tree.value, str)


def test_a_hire_date_to_come_has_a_tenure():
    """P7."""
    node = answer(scene("ann hired=2026-03-09", target={"tenure": {"less_than": "0 days"}}))[1].tree

    assert node.is_met is True


def test_the_enrollment_and_who_gave_it():
    story = scene("ann role=cook", **EXISTING).write("assignments", "recall", **ORDER).apply()
    found, _ = answer(story)

    assert (found.activity, found.status, found.assigned) == ("active", "not_started", NOON)
    assert found.given_by == ("assignment.recall", "automation.knife")


def test_nobody_gave_what_is_not_held():
    found, _ = answer(scene("ann role=server"))

    assert (found.status, found.assigned, found.given_by) == (None, None, ())


@pytest.mark.parametrize("activity", ["inactive", "unknown"])
def test_activity(activity):
    assert answer(scene(f"ann role=cook activity={activity}"))[0].activity == activity


def test_somebody_absent():
    """P5."""
    found, _ = answer(scene("ann role=cook", "bob role=x").apply().drop("ann"))

    assert found.activity.startswith("unknown, absent")


@named(
    ("story", "in_baseline", "starts"),
    {
        "an apply would record it": (lambda: scene("ann role=cook"), True, True),
        "recorded": (lambda: scene("ann role=cook").apply(), True, False),
        "not in it": (lambda: scene("ann role=cook").apply().hire("bob role=cook"), False, False),
    },
)
def test_the_baseline(story, in_baseline, starts):
    trainee = "ann" if in_baseline else "bob"
    one = answer(story(), trainee)[1]

    assert (one.in_baseline, one.baseline_starts) == (in_baseline, starts)


@named(
    ("exemption", "shown"),
    {
        "from the automation": ({"from": "automation.knife"}, True),
        "from the content": ({"from": KNIFE, "until": "2026-12-31"}, True),
        "from another": ({"from": "course/fire"}, False),
        "of others": ({"from": KNIFE, "target": {"trainees": ["bob"]}}, False),
    },
)
def test_exemptions_are_told_with_their_reason(exemption, shown):
    """M6."""
    story = scene("ann role=cook", "bob role=x", **EXISTING)
    one = answer(story.write("exemptions", "leave", **{**LEAVE, **exemption}))[1]

    assert any("on leave" in text for text in one.exemptions) is shown


def test_an_order_answers_too():
    story = scene("ann role=cook", rules={"assignments": {"recall": ORDER}})
    new = answer(story)[1]

    assert (new.id, new.reason, new.tree.is_met) == ("assignment.recall", "assigned", True)
    recorded = answer(story.apply())[1]
    assert recorded is None or (recorded.tree, recorded.reason) == (None, None)


def test_a_row_that_is_open_has_a_reason():
    story = scene("ann role=cook", rules={"assignments": {"recall": ORDER}}).apply(refuse=["ann"])

    assert answer(story)[1].reason == "assigned"


def test_rules_with_other_contents_say_nothing():
    assert answer(scene("ann role=cook"), content="course/fire")[0].answers == ()


@named(
    ("trainee", "content", "message"),
    {
        "a typo in the id": ("anm", KNIFE, "Did you mean 'ann'"),
        "a stranger": ("q", KNIFE, "knows the trainee 'q'"),
        "a typo in the content": ("ann", "course/knive", "Did you mean 'course/knife'"),
        "a content without its kind": ("ann", "knife", "Write course/NAME"),
    },
)
def test_what_nobody_knows(trainee, content, message):
    with pytest.raises(WrongUse, match=message):
        explain(scene("ann role=cook").plan(), trainee, content)


def test_barred_for_one_cause_and_assigned_by_another():
    """D6a: what the plan does goes before what it cannot do."""
    plain = {"assign": KNIFE, "target": {"role": "cook"}, **EXISTING}
    story = scene("ann role=cook", **EXISTING, due="2026-05-01").write(
        "automations", "zed", **plain
    )
    found, _ = answer(story.given(capabilities=Capabilities(due_dates=False)))

    assert [one.reason for one in found.answers] == ["blocked by capability", "assigned"]
    assert found.decision.blocked is None
    assert found.decision.causes == ("automation.zed",)


def test_barred_for_every_cause():
    story = scene("ann role=cook", **EXISTING, due="2026-05-01")
    found, _ = answer(story.given(capabilities=Capabilities(due_dates=False)))

    assert found.decision.blocked is not None


@named(
    ("line", "status"), {"held": ("ann fire in_progress", "in_progress"), "not": ("bob fire", None)}
)
def test_a_content_that_no_rule_names_shows_its_enrollment(line, status):
    found, one = answer(scene("ann role=cook", "bob role=x").enroll(line), content="course/fire")

    assert (found.status, one) == (status, None)
