"""The digest of a plan: the same for the same plan, another for another (D1)."""

from dataclasses import replace
from types import MappingProxyType

import polars as pl
import pytest

from reconciler.frames import INSTANT
from reconciler.planner.digest import BLOCK, actions_digest_of_rows, plan_digest
from reconciler.planner.plan import plan
from tests.builders import NOON, named, scene
from tests.policies import policies_of

EXISTING = {"scope": "future-and-existing"}
HIRED = {"due": {"days": 20, "after": "hire_date"}}
PEOPLE = ("zoe role=cook hired=2026-03-01", "ann role=cook", "bob role=cook hired=?")


def world(*people, **keys):
    return scene(*people, **{**EXISTING, **HIRED, **keys})


def test_the_order_of_rows_is_of_no_account():
    """D1."""
    assert plan_digest(world(*PEOPLE).plan()) == plan_digest(world(*PEOPLE[::-1]).plan())


def test_the_order_of_holdings_is_of_no_account():
    """D1."""
    story = world(*PEOPLE, on_exit="remove").apply().hire("ann role=x", "zoe role=x")
    turned = replace(story, held=dict(reversed(story.held.items())))

    assert plan_digest(story.plan()) == plan_digest(turned.plan())


def test_the_order_and_number_of_files_is_of_no_account():
    """D1."""
    one = world(*PEOPLE).write("automations", "blades", assign="course/fire", target={"role": "x"})
    automations = one.rules["automations"]
    files = [{"automations": {name: rule}} for name, rule in automations.items()]
    digests = {
        plan_digest(plan(one.snapshot(), policies_of(*documents), as_of=NOON))
        for documents in ([one.rules], files, files[::-1])
    }

    assert len(digests) == 1


def test_the_numbers_of_the_ledger_are_of_no_account():
    """D1: trainees enter by their ids."""
    first = scene("ann role=cook", "bob role=cook", **EXISTING)
    same = first.drop("ann").apply(refuse=["bob"]).hire("ann role=cook")
    other = first.drop("bob").apply(refuse=["ann"]).hire("bob role=cook")

    assert same.memory.trainees[0] != other.memory.trainees[0]
    assert plan_digest(same.plan()) == plan_digest(other.plan())


def test_as_of_alone_is_of_no_account():
    """D1: not over header, commit or as-of."""
    story = scene("ann role=cook", **EXISTING, due="2026-05-01")

    assert plan_digest(story.plan()) == plan_digest(story.later(seconds=1).plan())


@named(
    "other",
    {
        "another trainee": lambda: world(*PEOPLE[1:]),
        "another content": lambda: world(*PEOPLE, assign="course/fire"),
        "another due date": lambda: world(*PEOPLE, due={"days": 21, "after": "hire_date"}),
        "one due date": lambda: world("zoe role=cook", *PEOPLE[1:]),
        "another cause": lambda: world(*PEOPLE).write(
            "assignments", "recall", assign="course/knife", target={"role": "cook"}
        ),
        "a text of the ledger": lambda: world(*PEOPLE, on_exit="remove"),
        "blocked": lambda: world(*PEOPLE).given(accounts=frozenset()),
        "an id in its place": lambda: world("yan role=cook hired=2026-03-01", *PEOPLE[1:]),
    },
)
def test_another_plan_has_another_digest(other):
    assert plan_digest(other().plan()) != plan_digest(world(*PEOPLE).plan())


@pytest.mark.parametrize("change", ["baseline", "held"])
def test_a_change_of_the_ledger_alone_counts(change):
    """D1: decisions, actions and ledger changes."""
    if change == "baseline":
        story, other = scene("ann role=cook"), scene("bob role=cook")
    else:
        story = scene("ann role=cook", "bob role=x", **EXISTING).apply()
        other = scene("ann role=cook", "bob role=cook", **EXISTING).enroll("bob knife").apply()
        other = replace(
            other, memory=replace(other.memory, sets=_without(other.memory.sets, "held"))
        )
    assert plan_digest(story.plan()) != plan_digest(other.plan())


def test_a_text_may_come_as_a_read_only_view():
    """The ledger's texts are such views."""
    made = world(*PEOPLE).plan()
    records = tuple(
        replace(record, text=MappingProxyType(record.text)) for record in made.changes.automations
    )
    viewed = replace(made, changes=replace(made.changes, automations=records))

    assert plan_digest(viewed) == plan_digest(made)


def test_what_no_digest_can_hold_is_a_mistake():
    made = world(*PEOPLE).plan()
    records = tuple(replace(record, text={"x": object()}) for record in made.changes.automations)

    with pytest.raises(TypeError):
        plan_digest(replace(made, changes=replace(made.changes, automations=records)))


def _without(sets, kind):
    return {key: members for key, members in sets.items() if key.kind != kind}


@pytest.mark.parametrize("other", [1, BLOCK - 1, BLOCK, BLOCK + 1])
def test_each_of_many_people_counts(other):
    """D1: ranks are told by their lower halves, and by how many there are of each upper one."""
    everybody = pl.DataFrame({"trainee": [f"{n:06}" for n in range(BLOCK + 2)]})
    due = pl.lit(NOON, INSTANT)

    def digest(who):
        chosen = (
            everybody.select("trainee", due=due, decision=0),
            everybody[[who]].select("trainee", due=due, decision=1),
        )
        return actions_digest_of_rows([], pl.concat(chosen))

    assert digest(0) == digest(0) != digest(other)
