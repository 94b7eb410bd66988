"""Names that mean nothing, circles, moves, and words that are not carried out yet."""

import pytest

from reconciler.documents.source import parse
from reconciler.frames import ATTRIBUTES, Content
from reconciler.policy.check import check
from reconciler.policy.source import joined
from tests.policies import policies_of

RULE = "{assign: course/knives, target: {role: cook}}"
ROLES = {"cook", "line-cook", "server", "pastry-chef", "café"}
LOCATIONS = {"austin-1", "austin-2", "dallas-1"}
VOCABULARY = {"role": ROLES, "location": LOCATIONS, "language": {"en", "es"}}
CONTENTS = {
    name: Content(name, name, courses=("course/welcome", "course/badge"))
    for name in ("course/knives", "course/fire-safety", "module/onboarding")
}
TRAINEES = {"E1", "E2", "0007"}


def found(*texts):
    """Errors and warnings of some files, named a.yaml, b.yaml, …"""
    sources = [parse(text.encode(), f"{'abc'[n]}.yaml") for n, text in enumerate(texts)]
    policies, findings, _ = joined(sources)
    assert not findings
    return check(
        policies,
        attributes=frozenset({*ATTRIBUTES, "hire_date", "language"}),
        vocabulary=lambda attribute: VOCABULARY.get(attribute, ()),
        trainees=TRAINEES.__contains__,
        contents=CONTENTS,
    )


def rule(**keys):
    text = {"assign": "course/knives", "target": "{role: cook}", **keys}
    return "automations:\n  a:\n" + "".join(f"    {key}: {value}\n" for key, value in text.items())


def lift(**keys):
    said = {"guard": "assign", "policy": "all", "unit": "all", "ceiling": "5", **keys}
    said |= {"reason": "r", "until": "2026-12-31"}
    return "lifts:\n  l:\n" + "".join(f"    {key}: {value}\n" for key, value in said.items())


def group(target):
    return f"groups:\n  g: {target}\n"


# name: (a policy file, place and summary, what the detail says)
ERRORS = {
    "unknown attribute": (
        group("{lokation: austin-1}"), "2:7: Unknown attribute", "Did you mean 'location'?",
    ),
    "unknown attribute deep inside": (
        group("{any: [{not: {all: [{lang: en}]}}]}"), "2:27: Unknown attribute", "'lang'",
    ),
    "attribute that nobody declared": (
        group("{shoe_size: 42}"), "2:7: Unknown attribute", "under 'attributes' in reconciler.yaml",
    ),
    "unknown group": (
        group("{role: cook}") + rule(target="{group: gg}"),
        "6:14: Unknown group", "Did you mean 'g'?",
    ),
    "no group at all": (rule(target="{group: x}"), "4:14: Unknown group", "under 'groups'"),
    "group of itself": (group("{group: g}"), "2:7: Circle of groups", "g → g"),
    "unknown content": (
        rule(assign="course/fire-safty"), "3:5: Unknown content", "Did you mean 'course/fire-safety'?",
    ),
    "content unlike any": (rule(assign="module/x"), "3:5: Unknown content", "add it to the LMS"),
    "unknown content of an order": (
        "assignments:\n  o: {assign: course/no, target: {role: cook}}\n",
        "2:7: Unknown content", "'course/no'",
    ),
    "exemption from an unknown automation": (
        rule() + "exemptions:\n  e: {target: {role: cook}, from: automation.b, reason: r}\n",
        "6:29: Unknown automation", "'b'",
    ),
    "exemption from an unknown content": (
        "exemptions:\n  e: {target: {role: cook}, from: course/knifes, reason: r}\n",
        "2:29: Unknown content", "'course/knives'?",
    ),
    "exemption from a bare name": (
        rule() + "exemptions:\n  e: {target: {role: cook}, from: a, reason: r}\n",
        "6:29: Invalid value", "Did you mean 'automation.a'?",
    ),
    "moved to nowhere, and an exemption from the old name": (
        ("exemptions:\n  e: {target: {role: cook}, from: automation.old, reason: r}\n"
        "moved: [{from: automation.old, to: automation.nope}]\n"),
        "3:32: Invalid move", "no automation is called 'nope'",
    ),
    "unknown trainee in an order": (
        "assignments:\n  o:\n    assign: course/knives\n    target: {trainees: [E1, E3]}\n",
        "4:29: Unknown trainee", "'E3' (P4)",
    ),
    "a lift for a policy of no kind": (
        lift(policy="knives"), "4:5: Invalid value", "automation.NAME",
    ),
    "a lift for no unit": (lift(unit="kitchen.cold"), "5:5: Invalid value", "location.VALUE"),
    "a lift for an unknown content": (
        lift(guard="remove", unit="course/knifes"), "5:5: Invalid value", "'course/knives'?",
    ),
    "a lift of the roster gate for one policy": (
        lift(guard="head_count", policy="automation.a"), "4:5: Invalid value", "about the roster",
    ),
    "courses of an order that skips": (
        "assignments:\n  o: {assign: module/onboarding, target: {role: cook}, courses: [welcome]}\n",
        "2:56: Word without effect", "if_assigned: reassign",
    ),
    "a choice that is the default, of an order that skips": (
        "assignments:\n  o: {assign: course/knives, target: {role: cook}, completed: retake}\n",
        "2:52: Word without effect", "'completed'",
    ),
    "courses of a course": (
        "reassignments:\n  o: {content: course/knives, target: {role: cook}, courses: [welcome]}\n",
        "2:53: Invalid value", "no module",
    ),
    "a course that is not in the module": (
        ("reassignments:\n  o:\n    content: module/onboarding\n    target: {role: cook}\n"
        "    courses: [badge, welcom]\n"),
        "5:22: Unknown course", "Did you mean 'welcome'?",
    ),
    "unknown content of a reassignment": (
        "reassignments:\n  o: {content: course/knife, target: {role: cook}}\n",
        "2:7: Unknown content", "course/knives",
    ),
    "unknown content of a removal": (
        "removals:\n  o: {content: course/knife, target: {role: cook}}\n",
        "2:7: Unknown content", "course/knives",
    ),
    "move to another kind": (
        "moved: [{from: role.a, to: brand.b}]\n", "1:24: Invalid move", "only move to another role",
    ),
    "move without a kind": ("moved: [{from: a, to: role.b}]\n", "1:10: Invalid move", "ATTRIBUTE.VALUE"),
    "move of an unknown attribute": (
        "moved: [{from: rol.a, to: rol.b}]\n", "1:10: Invalid move", "Did you mean 'role'",
    ),
    "move of hire dates": (
        "moved: [{from: hire_date.a, to: hire_date.b}]\n", "1:10: Invalid move", "neither",
    ),
    "move of a glob": ("moved: [{from: role.a*, to: role.b}]\n", "1:10: Invalid move", "one value"),
    "move to itself": ("moved: [{from: role.a, to: role.a}]\n", "1:24: Invalid move", "name that it has"),
    "move of what still stands": (
        rule() + "  b: " + RULE + "\nmoved: [{from: automation.a, to: automation.b}]\n",
        "6:10: Invalid move", "still stands",
    ),
    "move to what does not stand": (
        rule() + "moved: [{from: automation.x, to: automation.ab}]\n",
        "5:30: Invalid move", "no automation is called 'ab'",
    ),
    "two automations move to one": (
        rule() + "moved: [{from: automation.x, to: automation.a},\n  {from: automation.y, to: automation.a}]\n",
        "5:30: Invalid move", "only one can",
    ),
    "one moves twice": (
        "moved: [{from: role.a, to: role.b},\n  {from: role.a, to: role.c}]\n",
        "2:4: Invalid move", "more than once",
    ),
    "values move in a circle": (
        "moved: [{from: role.a, to: role.b},\n  {from: role.b, to: role.a}]\n",
        "1:10: Invalid move", "in a circle",
    ),
    "automations move in a circle": (
        "moved: [{from: automation.a, to: automation.b},\n  {from: automation.b, to: automation.a}]\n",
        "2:4: Invalid move", "in a circle",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "says"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error(text, place, says):
    errors, _ = found(text)

    here = [error for error in errors if f"{error.at}: {error.summary}" == f"a.yaml:{place}"]
    assert any(says in error.detail for error in here), errors


NOBODY = "Value that nobody bears"
WARNINGS = {
    "a value": (group("{role: [cook, sever]}"), f"2:20: {NOBODY}", "Did you mean 'server'?"),
    "a single value": (group("{role: sever}"), f"2:7: {NOBODY}", "(T5)"),
    "a value in another case": (group("{role: COOK}"), f"2:7: {NOBODY}", "Did you mean 'cook'?"),
    "a value unlike any": (group("{role: zzzzzz}"), f"2:7: {NOBODY}", "of the organization (T5)."),
    "a glob": (group("{location: austn-*}"), f"2:7: {NOBODY}", "matches no location"),
    "a question mark is no glob": (group("{location: 'austin-?'}"), f"2:7: {NOBODY}", "is no"),
    "a custom attribute": (group("{language: [en, eng]}"), f"2:22: {NOBODY}", "'eng'"),
    "deep inside": (group("{not: {any: [{role: cok}]}}"), f"2:20: {NOBODY}", "'cook'?"),
    "the unit of a lift": (
        lift(guard="remove", unit="location.austn-1"),
        f"5:5: {NOBODY}",
        "Did you mean 'austin-1'?",
    ),
    "a trainee": (group("{trainees: [E1, E9]}"), "2:22: Unknown trainee", "'E9' (P4)"),
    "a trainee without the zeros": (
        group("{trainees: ['7']}"),
        "2:18: Unknown trainee",
        "Did you mean '0007'?",
    ),
    "a trainee in another case": (group("{trainees: e1}"), "2:7: Unknown trainee", "mean 'E1'?"),
    "a trainee of an exemption": (
        "exemptions:\n  e: {target: {trainees: E9}, from: course/knives, reason: r}\n",
        "2:16: Unknown trainee",
        "'E9'",
    ),
}


@pytest.mark.parametrize(("text", "place", "says"), WARNINGS.values(), ids=WARNINGS.keys())
def test_a_warning(text, place, says):
    errors, (warning,) = found(text)

    assert not errors
    assert f"{warning.at}: {warning.summary}" == f"a.yaml:{place}"
    assert says in warning.detail


FINE = {
    "everything known": rule(target="{role: [cook, café], language: en, trainees: E1}"),
    "globs": group("{location: [austin-*, '*-1', '*', 'a*n-*'], role: '*-chef'}"),
    "groups of groups": "groups:\n  a: {group: b}\n  b: {any: [{group: c}, {not: {group: c}}]}\n  c: {role: cook}\n",
    "an exemption": rule() + "exemptions:\n  e: {target: {role: cook}, from: automation.a, reason: r}\n",
    "an exemption from the old name": rule()
    + "exemptions:\n  e: {target: {role: cook}, from: automation.old, reason: r}\n"
    + "moved: [{from: automation.old, to: automation.a}]\n",
    "a chain of moves": rule()
    + "moved: [{from: automation.x, to: automation.y}, {from: automation.y, to: automation.a}]\n",
    "old and new value": group("{role: [chef, cook]}") + "moved: [{from: role.chef, to: role.cook}]\n",
    "new value, old roster": group("{role: [guest]}") + "moved: [{from: role.server, to: role.guest}]\n",
    "two values become one": "moved: [{from: role.a, to: role.cook}, {from: role.b, to: role.cook}]\n",
    "retired with content gone": "automations:\n  a: {assign: course/gone, target: {role: cook}, retire: true}\n",
    "retired with nothing else": "automations:\n  a: {retire: true}\n",
    "if_assigned: skip": "assignments:\n  o: {assign: course/knives, target: {role: cook}, if_assigned: skip}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_what_is_fine(text):
    assert found(text) == ([], [])


def test_a_circle_is_named_from_file_to_file():
    """T2."""
    (error,), _ = found(
        "groups:\n  b: {group: c}\n  d: {role: cook}\n",
        "groups:\n  c: {any: [{role: cook}, {group: a}]}\n",
        "groups:\n  a:\n    not:\n      group: b\n  z: {group: a}\n",
    )
    assert str(error.at) == "c.yaml:4:7"
    assert "a → b → c → a (T2)" in error.detail


def test_groups_that_double_are_refused():
    """As anchors would be: with each step twice as many parts."""
    steps = "".join(
        f"  g{n}: {{any: [{{group: g{n + 1}}}, {{group: g{n + 1}}}]}}\n" for n in range(40)
    )
    errors, _ = found(f"groups:\n{steps}  g40: {{role: cook}}\n")
    assert {error.summary for error in errors} == {"Target too large"}


def test_groups_that_are_too_deep_are_refused():
    steps = "".join(f"  g{n}: {{group: g{n + 1}}}\n" for n in range(3000))
    errors, _ = found(f"groups:\n{steps}  g3000: {{role: cook}}\n")
    assert {error.summary for error in errors} == {"Target too large"}


def test_a_target_that_is_too_large_with_its_groups():
    parts = ", ".join(["{role: cook}"] * 999)
    groups = f"groups:\n  g: {{any: [{parts}]}}\n"
    uses = ", ".join(["{group: g}"] * 11)
    errors, _ = found(groups + rule(target=f"{{any: [{uses}]}}"))
    assert [str(error.at) for error in errors] == ["a.yaml:6:5"]


def test_an_invalid_group_is_not_called_unknown_too():
    policies, findings, _ = joined([parse(b"groups:\n  g: {role: []}\nautomations:\n  a: {assign: course/x, target: {group: g}}\n", "a")])  # fmt: skip
    assert len(findings) == 1
    assert check(policies) == ([], [])


def test_what_is_not_known_is_not_checked():
    policies = policies_of(
        {
            "automations": {
                "a": {"assign": "course/x", "target": {"shoe": "42", "trainees": "E9"}}
            },
            "moved": [{"from": "shoe.1", "to": "shoe.2"}],
        }
    )
    assert check(policies) == ([], [])


def test_all_is_found_at_once_and_sorted():
    errors, warnings = found(rule(target="{group: x, shoe: a, role: [y, z]}", assign="course/no"))
    assert [error.summary for error in errors] == [
        "Unknown content",
        "Unknown group",
        "Unknown attribute",
    ]
    assert [str(warning.at) for warning in warnings] == [
        "a.yaml:4:40",
        "a.yaml:4:43",
    ]


GLOBS = {
    "a*": True, "*a": False, "*": True, "austin": False, "austin-*-1": False, "a*n*-*1": True,
    "austin-1*": True, "*austin-1": True, "austin-11*1": False, "**-1": True, "a*a*": False,
}  # fmt: skip


@pytest.mark.parametrize(("glob", "matches"), GLOBS.items())
def test_globs(glob, matches):
    """T5."""
    policies = policies_of({"groups": {"g": {"location": glob}}})
    assert bool(check(policies, vocabulary=lambda _: ["austin-1"])[1]) != matches
    assert check(policies, vocabulary=lambda _: [])[1]


def test_hints_among_very_many_values_are_few():
    many = {f"austin-{number}" for number in range(5000)}
    values = [f"austin-x{number}" for number in range(60)]
    policies = policies_of({"groups": {"g": {"location": values}}})

    _, warnings = check(policies, vocabulary=lambda _: many)

    assert len(warnings) == 60
    assert 0 < sum("Did you mean" in warning.detail for warning in warnings) <= 50


ORDERED = "assignments:\n  o: {assign: course/knives, target: {group: g}}\n"
GROUPS_OF_ORDERS = {
    "of an order": (group("{trainees: [E1, E9]}") + ORDERED, True),
    "of an order, deep inside": (
        group("{any: [{role: cook}, {not: {trainees: [E9]}}]}") + ORDERED, True,
    ),
    "by way of another group": (
        group("{any: [{group: h}, {role: cook}]}") + "  h: {trainees: [E9]}\n" + ORDERED, True,
    ),
    "of an order and of an automation": (
        group("{trainees: [E9]}") + ORDERED + rule(target="{group: g}"), True,
    ),
    "of an automation alone": (group("{trainees: [E9]}") + rule(target="{group: g}"), False),
    "of nobody, beside an order": (
        group("{role: cook}") + "  h: {trainees: [E9]}\n" + ORDERED, False,
    ),
    "of a circle": (
        group("{any: [{group: h}]}") + "  h: {any: [{group: g}, {trainees: [E9]}]}\n" + ORDERED, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_error"), GROUPS_OF_ORDERS.values(), ids=GROUPS_OF_ORDERS.keys()
)
def test_an_unknown_trainee_in_a_group(text, is_error):
    """P4: an error where an order uses the group, a warning elsewhere."""
    found_in = [
        {
            finding.detail.split("'")[1]
            for finding in findings
            if finding.summary == "Unknown trainee"
        }
        for findings in found(text)
    ]
    assert found_in == ([{"E9"}, set()] if is_error else [set(), {"E9"}])


def test_an_unknown_trainee_in_the_group_of_another_file():
    errors, warnings = found(group("{trainees: [E9]}"), ORDERED)

    assert [str(error.at) for error in errors] == ["a.yaml:2:18"]
    assert not warnings
