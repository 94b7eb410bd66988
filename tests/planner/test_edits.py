"""Edits of policies, field by field, each of its class."""

from reconciler.planner.edits import edits
from tests.builders import named, scene
from tests.planner.rules import EXISTING
from tests.policies import policies_of

PEOPLE = ("ann role=cook", "bob role=server", "cas role=baker", "dot role=cook activity=inactive")
RULE = {"assign": "course/knife", "target": {"role": "cook"}}


def found(before, after):
    """Policy and key to the classes of the edit."""
    world = scene(*PEOPLE, rules={"automations": {"other": RULE}}).plan().world
    return {
        (one.policy, one.key): " ".join(one.classes)
        for one in edits(policies_of(before), policies_of(after), world)
    }


def rule(**keys):
    said = {**RULE, **keys}
    return {"automations": {"knife": {key: one for key, one in said.items() if one is not None}}}


# the story: what the rule said besides, what it says now, the key, the class
FIELDS = {
    "prose": ({}, {"description": "Knives"}, "description", "cosmetic"),
    "an owner": ({"owner": "a"}, {"owner": "b"}, "owner", "cosmetic"),
    "more people": ({}, {"target": {"role": ["cook", "server"]}}, "target", "widening"),
    "fewer people": (
        {"target": {"role": ["cook", "server"]}}, {}, "target", "narrowing",
    ),
    "other people": ({}, {"target": {"role": "server"}}, "target", "narrowing widening"),
    "more of those who are here": (
        EXISTING, {**EXISTING, "target": {"role": ["cook", "server"]}}, "target",
        "widening retroactive",
    ),
    "nobody today": ({}, {"target": {"role": ["cook", "diver"]}}, "target", "narrowing widening"),
    "who is here already": ({}, EXISTING, "scope", "retroactive"),
    "only who comes": (EXISTING, {}, "scope", "narrowing"),
    "a window": ({}, {"window": {"start": "2026-04-01"}}, "window.start", "retiming"),
    "a due date": ({"due": {"days": 14}}, {"due": {"days": 9}}, "due.days", "retiming"),
    "due dates of those who have it": (
        {"due": {"days": 14}}, {"due": {"days": 14, "update_existing": "true"}},
        "due.update_existing", "retroactive",
    ),
    "a due date of those who have it": (
        {"due": {"days": 14, "update_existing": "true"}},
        {"due": {"days": 9, "update_existing": "true"}}, "due.days", "retiming retroactive",
    ),
    "a renewal sooner": (
        {"renew": {"every": "12 months", "open": "10 days"}}, {"renew": {"every": "300 days", "open": "10 days"}}, "renew.every",
        "retiming retroactive",
    ),
    "a renewal later": (
        {"renew": {"every": "12 months", "open": "10 days"}}, {"renew": {"every": "2 years", "open": "10 days"}}, "renew.every",
        "retiming",
    ),
    "a renewal that is open for longer": (
        {"renew": {"every": "12 months", "open": "10 days"}},
        {"renew": {"every": "12 months", "open": "2 months"}}, "renew.open",
        "retiming retroactive",
    ),
    "a renewal that is open for less": (
        {"renew": {"every": "12 months", "open": "2 months"}},
        {"renew": {"every": "12 months", "open": "8 weeks"}}, "renew.open",
        "retiming",
    ),
    "who leaves loses it": ({}, {"on_exit": "remove"}, "on_exit", "narrowing"),
    "who leaves keeps it": ({"on_exit": "remove"}, {}, "on_exit", "widening"),
    "a pause": ({}, {"paused": "true"}, "paused", "narrowing"),
    "the end of a pause": ({"paused": "true"}, {}, "paused", "widening"),
    "late rows": ({}, {"late_rows": "existing"}, "late_rows", "narrowing"),
    "a removal is respected": ({}, {"on_removed": "respect"}, "on_removed", "narrowing"),
    "another content": ({}, {"assign": "course/fire"}, "assign", "narrowing widening"),
    "a guard": ({}, {"guards": {"assign": "5"}}, "guards.assign", "narrowing"),
    "a wider guard": (
        {"guards": {"assign": "5%"}}, {"guards": {"assign": "50%"}}, "guards.assign", "widening",
    ),
    "no guard": ({"guards": {"assign": "5%"}}, {}, "guards.assign", "widening"),
}  # fmt: skip


@named("before, after, key, expected", FIELDS)
def test_each_field_has_its_class(before, after, key, expected):
    assert found(rule(**before), rule(**after)) == {("automation.knife", key): expected}


def test_a_renewal_comes_and_goes():
    renewed = rule(renew={"every": "12 months", "open": "10 days"})
    keys = [("automation.knife", f"renew.{key}") for key in ("every", "open")]
    assert found(rule(), renewed) == dict.fromkeys(keys, "retiming retroactive")
    assert found(renewed, rule()) == dict.fromkeys(keys, "narrowing retiming")


ORDER = {"assign": "course/knife", "target": {"role": "cook"}}
AWAY = {"target": {"role": "cook"}, "from": "course/knife", "reason": "away"}
LIFT = {
    "guard": "assign", "policy": "all", "unit": "all", "ceiling": "5", "reason": "r",
    "until": "2026-12-31",
}  # fmt: skip

# the story: a section and an entry of it that comes, and its class; then that of its going
ENTRIES = {
    "an automation": ("automations", "automation", RULE, "widening", "narrowing"),
    "an automation for all": (
        "automations", "automation", {**RULE, **EXISTING}, "widening retroactive", "narrowing",
    ),
    "an order": ("assignments", "assignment", ORDER, "retroactive", "narrowing"),
    "an exemption": ("exemptions", "exemption", AWAY, "narrowing", "widening"),
    "a lift": ("lifts", "lift", LIFT, "widening", "narrowing"),
}  # fmt: skip


@named("section, kind, entry, comes, goes", ENTRIES)
def test_entries_come_and_go(section, kind, entry, comes, goes):
    there = {section: {"one": entry}}
    assert found({}, there) == {(f"{kind}.one", ""): comes}
    assert found(there, {}) == {(f"{kind}.one", ""): goes}


EXEMPTIONS = {
    "more people": ({"target": {"role": ["cook", "server"]}}, "target", "narrowing"),
    "longer": ({"until": "2026-12-31"}, "until", "narrowing"),
    "shorter": ({"until": "2026-05-31"}, "until", "widening"),
    "for ever": ({"until": None}, "until", "narrowing"),
    "another reason": ({"reason": "ill"}, "reason", "cosmetic"),
}


@named("after, key, expected", EXEMPTIONS)
def test_an_exemption_takes_away(after, key, expected):
    before = {**AWAY, "until": "2026-06-30"}
    now = {name: one for name, one in {**before, **after}.items() if one is not None}
    wrapped = [{"exemptions": {"away": one}} for one in (before, now)]
    assert found(*wrapped) == {("exemption.away", key): expected}


def test_a_group_is_seen_in_the_targets_that_use_it():
    use = {"automations": {"knife": {**RULE, "target": {"group": "hot"}}}}
    before = {"groups": {"hot": {"role": "cook"}}, **use}
    after = {"groups": {"hot": {"role": ["cook", "server"]}}, **use}
    assert found(before, after) == {("automation.knife", "target"): "widening"}
    assert found(rule(), {"groups": {"hot": {"role": "cook"}}, **use}) == {}, "the same, by a group"


def test_a_rename_is_cosmetic():
    move = {"from": "automation.knife", "to": "automation.blades"}
    after = {"automations": {"blades": RULE}, "moved": [move]}
    assert found(rule(), after) == {("moved", "automation.knife"): "cosmetic"}
