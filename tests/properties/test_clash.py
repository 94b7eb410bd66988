"""Orders that give and orders that take meet: both planners refuse the same worlds (A8c)."""

import os

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reconciler.errors import InvalidPolicies
from reconciler.planner.plan import plan
from tests.properties.naive import decide
from tests.properties.naive_expected import OrdersClash
from tests.properties.rules import CONTENTS, again, targets
from tests.properties.strategies import workplaces
from tests.properties.valid import settle

WORLDS = int(os.environ.get("WORLDS", "60"))


@st.composite
def meetings(draw):
    """A world with a reassignment and a removal of one content."""
    workplace = draw(workplaces())
    everyone = st.just({"everyone": "true"})
    held = {content for _, content in workplace.holdings} & set(CONTENTS)
    content = draw(st.sampled_from(sorted(held) or CONTENTS))
    of = {"content": content}
    who = everyone | targets(workplace.known(), ())
    workplace.section("reassignments")["give"] = of | {"target": draw(who)} | draw(again(content))
    words = {"in_progress": draw(st.sampled_from(["remove", "keep"]))}
    workplace.section("removals")["take"] = of | {"target": draw(who)} | words
    for trainee, other in list(workplace.holdings):
        if other == content and draw(st.booleans()):
            workplace.learn(trainee, "in_progress", content)
    workplace.wait(hours=1)
    settle(workplace)
    return workplace.stage()


@settings(max_examples=WORLDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(meetings())
def test_both_planners_refuse_the_same_worlds(world):
    snapshot, policies, as_of = world
    try:
        decide(snapshot, policies, as_of)
    except OrdersClash as clash:
        event("clash")
        with pytest.raises(InvalidPolicies) as refusal:
            plan(snapshot, policies, as_of=as_of)
        for order in clash.args[0]:
            assert order.split(".", 1)[1] in str(refusal.value), "A8: it names both"
    else:
        plan(snapshot, policies, as_of=as_of)
