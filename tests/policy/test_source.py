"""Policy files put together: what is valid, what is not, and where each part stands."""

import random
from pathlib import Path

import pytest

from reconciler.errors import Exit, InvalidPolicies, Location
from reconciler.policy.source import (
    Policies,
    automation_moves,
    read_policies,
    rename_aliases,
    survey_policies,
)
from tests.policies import policies_of

RULE = "{assign: course/x, target: {role: cook}}"

# name: (a policy file, place and summary of the finding, what its detail says)
BAD = {
    "unknown section": (f"automatons:\n  a: {RULE}\n", "1:1: Unknown key", "mean 'automations'?"),
    "section unlike any": ("zzz: x\n", "1:1: Unknown key", "The sections are groups, automations"),
    "unknown key": (
        "automations:\n  a:\n    assign: course/x\n    target: {role: cook}\n    scop: future-only\n",
        "5:5: Unknown key",
        "Did you mean 'scope'?",
    ),
    "duplicate key": (
        f"automations:\n  a: {RULE}\n  a: {RULE}\n",
        "3:3: Duplicate key",
        "p.yaml:2:3 already",
    ),
    "a list for a section": ("automations: [a]\n", "1:1: Invalid value", "a mapping of names"),
    "a text for an entry": ("automations: {a: b}\n", "1:15: Invalid value", "a mapping (key: value)"),
    "a mapping for a list": ("moved: {a: b}\n", "1:1: Invalid value", "a list is wanted here"),
    "a text for a target": (
        "automations:\n  a:\n    assign: course/x\n    target: cooks\n",
        "4:5: Invalid value",
        "target: a mapping (key: value) is wanted here, not 'cooks'",
    ),
    "no target": ("automations:\n  a: {assign: course/x}\n", "2:3: Missing key", "needs 'target'"),
    "no content": (
        "automations:\n  a: {target: {role: cook}}\n",
        "2:3: Missing key",
        "An automation needs 'assign'.",
    ),
    "empty target": (
        "automations:\n  a: {assign: course/x, target: {}}\n",
        "2:25: Invalid value",
        "an empty target selects nobody; write 'everyone: true'",
    ),
    "target without a value": (
        "automations:\n  a:\n    assign: course/x\n    target:\n",
        "4:5: Empty value",
        "'target' has no value",
    ),
    "empty list of values": (
        "groups:\n  g:\n    role: []\n",
        "3:5: Invalid value",
        "an empty list selects nobody",
    ),
    "empty any": ("groups:\n  g: {any: []}\n", "2:7: Invalid value", "empty list selects nobody"),
    "empty not": ("groups:\n  g: {not: {}}\n", "2:7: Invalid value", "empty target"),
    "empty hire date": ("groups:\n  g: {hire_date: {}}\n", "2:7: Invalid value", "empty comparison"),
    "hired before it and after it": (
        "groups:\n  g: {hire_date: {after: 2026-05-01, before: 2026-05-02}}\n",
        "2:7: Invalid value",
        "no day is so late and so early",
    ),
    "employed for so long and for less": (
        "groups:\n  g: {tenure: {at_least: 12 months, less_than: 1 year}}\n",
        "2:7: Invalid value",
        "nobody is employed for so long and for less",
    ),
    "everyone: false": ("groups:\n  g: {everyone: false}\n", "2:3: Invalid value", "takes only true"),
    "a day that is none": (
        f"automations:\n  a: {RULE[:-1]}, due: 2026-02-30}}\n",
        "2:47: Invalid value",
        "due: 2026-02-30 is not a date; February 2026 has 28 days",
    ),
    "since": ("groups:\n  g: {hire_date: {since: 2026-03-31}}\n", "2:19: Unknown key", "mean 'on_or_after'?"),
    "until": ("groups:\n  g: {hire_date: {until: 2026-03-31}}\n", "2:19: Unknown key", "mean 'on_or_before'?"),
    "more than, which is not less than": (
        "groups:\n  g: {tenure: {more_than: 1 year}}\n", "2:16: Unknown key", "mean 'at_least'?",
    ),
    "not, inside": (
        "groups:\n  g: {location: {not: x}}\n",
        "2:7: Invalid value",
        "a name or a list of names is wanted here, not a mapping; 'not: {location: …}' leaves some out.",
    ),
    "is": ("groups:\n  g: {role: {is: x}}\n", "2:7: Invalid value", "role: a name or a list of names"),
    "due in days": (
        f"automations:\n  a: {RULE[:-1]}, due: 14 days}}\n", "2:47: Invalid value", "or as {days: 14} for so",
    ),
    "due in a number": (f"automations:\n  a: {RULE[:-1]}, due: 14}}\n", "2:47: Invalid value", "{days: 14}"),
    "due in weeks": (f"automations:\n  a: {RULE[:-1]}, due: 2 weeks}}\n", "2:47: Invalid value", "{days: 14}"),
    "a list for a file": ("- a\n", "1:1: Not a mapping", "a key, such as 'automations:'."),
    "a day in another manner": (
        "groups:\n  g:\n    hire_date: {after: 3/31/2026}\n",
        "3:17: Invalid value",
        "write it as 2026-03-31",
    ),
    "start after end": (
        f"automations:\n  a: {RULE[:-1]}, window: {{start: 2026-03-02, end: 2026-03-01}}}}\n",
        "2:47: Invalid value",
        "end is before start",
    ),
    "due from a window without a start": (
        f"automations:\n  a: {RULE[:-1]}, due: {{days: 3, after: window_start}}}}\n",
        "2:3: Invalid value",
        "the window has no start (A9)",
    ),
    "a day and days": (
        f"automations:\n  a: {RULE[:-1]}, due: {{days: 3, date: 2026-03-31}}}}\n",
        "2:47: Invalid value",
        "due: date is one day for all, days are counted for each; keep one of them",
    ),
    "an hour with one digit": (
        f"automations:\n  a: {RULE[:-1]}, window: {{end: '2026-03-31T9:00'}}}}\n",
        "2:56: Invalid value",
        "write it as 2026-03-31T09:00 or as 2026-03-31",
    ),
    "a text that says nothing": (
        "exemptions:\n  e: {target: {role: cook}, from: course/x, reason: ''}\n",
        "2:45: Invalid value",
        "reason: an empty text says nothing; write something here",
    ),
    "no courses": (
        f"assignments:\n  a: {RULE[:-1]}, if_assigned: reassign, courses: []}}\n",
        "2:70: Invalid value",
        "courses: an empty list says nothing; name something or leave the key out",
    ),
    "days that are no number": (
        f"automations:\n  a: {RULE[:-1]}, due: {{days: many}}}}\n",
        "2:53: Invalid value",
        "days: 'many' is not a whole number",
    ),
    "a duration that is none": (
        "groups:\n  g: {tenure: {at_least: 90}}\n",
        "2:16: Invalid value",
        "'90 days' or '12 months'",
    ),
    "a content that is none": (
        "automations:\n  a: {assign: knives, target: {role: cook}}\n",
        "2:7: Invalid value",
        "write course/NAME or module/NAME",
    ),
    "a choice that is none": (
        f"automations:\n  a: {RULE[:-1]}, on_exit: delete}}\n",
        "2:47: Invalid value",
        "'delete' is none of keep, remove-not-started, remove.",
    ),
    "a name with a space": (f"automations:\n  a b: {RULE}\n", "2:3: Invalid name", "'a b' cannot"),
    "a word misspelled as an attribute": (
        "groups:\n  g:\n    al: [{role: cook}]\n",
        "3:5: Unknown key",
        "Did you mean 'all'?",
    ),
    "a mapping for an attribute": (
        "groups:\n  g:\n    hiredate: {after: 2026-01-01}\n",
        "3:5: Unknown key",
        "Did you mean 'hire_date'?",
    ),
    "an exemption without a reason": (
        "exemptions:\n  e: {target: {trainees: E1}, from: course/x}\n",
        "2:3: Missing key",
        "'reason' is wanted here",
    ),
    "anchors that explode": (
        "groups: &a {b: &b [x, x, x, x, x, x, x, x, x, x]}\n"
        + "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}' if n else '*b'] * 10)}]\n" for n in range(9)),
        "6:15: Too many values",
        "200,000",
    ),
    "binary": ("automations: \0", " Binary file", "zero bytes"),
    "tab": (f"automations:\n\ta: {RULE}\n", "2:1: Tab in the indentation", "spaces"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "says"), BAD.values(), ids=BAD.keys())
def test_a_bad_policy_file(tmp_path, text, place, says):
    with pytest.raises(InvalidPolicies) as caught:
        read_policies(*written(tmp_path, **{"p.yaml": text}))

    (finding,) = caught.value.findings
    assert f"{finding.at}: {finding.summary}" == f"policies/p.yaml:{place}"
    assert says in finding.detail
    assert caught.value.status == Exit.INVALID


def test_a_key_of_one_of_several_ways_to_write_it(tmp_path):
    text = f"automations:\n  a: {RULE[:-1]}, due: {{day: 10}}}}\n"
    with pytest.raises(InvalidPolicies) as caught:
        read_policies(*written(tmp_path, **{"p.yaml": text}))
    assert any("Did you mean 'days'?" in finding.detail for finding in caught.value.findings)


GOOD = {
    "a byte-order mark and CRLF": f"\ufeffautomations:\r\n  käse: {RULE}\r\n",
    "a decomposed name": f"automations:\n  ka\u0308se: {RULE}\n",
    "an alias": f"automations:\n  alt: &a {RULE}\n  käse: *a\n",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_a_good_policy_file(tmp_path, text):
    policies = read_policies(*written(tmp_path, **{"p.yaml": text}))
    assert policies.automations["käse"].assign == "course/x"


def test_all_files_are_told_of_and_what_is_valid_is_kept(tmp_path):
    policies, findings, _ = survey_policies(
        *written(
            tmp_path,
            **{
                "a.yaml": f"automations:\n  a: {RULE}\n  b: {{assign: x}}\n  c: {RULE}\n",
                "b.yaml": "groups: [\n",
                "c.yaml": "moved:\n  - {from: role.a}\n  - {from: role.b, to: role.c}\n",
            },
        )
    )
    assert [str(finding.at) for finding in findings] == [
        "policies/a.yaml:3:7",
        "policies/b.yaml:2:1",
        "policies/c.yaml:2:5",
    ]
    assert sorted(policies.automations) == ["a", "c"]
    assert [move.from_ for move in policies.moved] == ["role.b"]
    assert policies.place("moved", 0, "to") == Location("policies/c.yaml", 3, 20)
    assert ("automations", "b") in policies.places, "it stands there, though it is not valid"


def test_two_files_with_one_id(tmp_path):
    with pytest.raises(InvalidPolicies) as caught:
        read_policies(
            *written(
                tmp_path,
                **{
                    "a.yaml": f"automations:\n\n  k: {RULE}\n",
                    "sub/b.yml": f"automations:\n  k: {RULE}\n",
                },
            )
        )
    assert str(caught.value) == (
        "policies/sub/b.yml:2:3: Duplicate id\n"
        "    automations.k stands at policies/a.yaml:3:3 already. Rename one of the two."
    )


def test_one_name_in_two_sections_is_fine(tmp_path):
    text = f"automations:\n  k: {RULE}\nassignments:\n  k: {RULE}\n"
    assert read_policies(*written(tmp_path, **{"p.yaml": text})).assignments.keys() == {"k"}


def test_places_lead_to_every_part(tmp_path):
    text = "automations:\n  k:\n    assign: course/x\n    target:\n      role: [cook,\n        server]\n"
    policies = read_policies(*written(tmp_path, **{"p.yaml": text}))

    at = policies.place("automations", "k", "target", "role", 1)
    assert str(at) == "policies/p.yaml:6:9"
    assert str(policies.place("automations", "k", "due", "days")) == "policies/p.yaml:2:3"
    assert str(policies.place("groups", "none")) == "policies"
    assert policies.files == ("policies/p.yaml",)


def test_a_folder_without_files_is_fine(tmp_path):
    (tmp_path / "policies").mkdir()
    assert not read_policies(tmp_path, Path("policies")).automations


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InvalidPolicies, match=r"No policies folder\n.*Make it"):
        read_policies(tmp_path, Path("policies"))


def test_a_file_of_a_hundred_megabytes(tmp_path):
    root, folder = written(tmp_path, **{"p.yaml": ""})
    with (root / folder / "p.yaml").open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(InvalidPolicies, match=r"p.yaml: File too large"):
        read_policies(root, folder)


def test_policies_from_values():
    rule = {"assign": "course/x", "target": {"role": ["cook"]}}
    assert policies_of({"automations": {"a": rule}}, {"groups": {"g": {"role": "x"}}}).groups
    with pytest.raises(InvalidPolicies, match="stands at policies-1"):
        policies_of({"automations": {"a": rule}}, {"automations": {"a": rule}})


ONE = {
    "groups": {"g": {"role": ["a", "b"], "region": "r"}},
    "automations": {
        "x": {"assign": "course/x", "target": {"any": [{"role": "a"}, {"group": "g"}]}},
        "y": {"assign": "course/y", "target": {"everyone": "true"}, "due": {"days": "3"}},
    },
    "moved": [{"from": "role.a", "to": "role.b"}, {"from": "role.c", "to": "role.d"}],
}


def test_the_digest_is_of_what_is_said_and_not_of_how():
    """D1."""
    shuffled = {
        "moved": ONE["moved"][::-1],
        "automations": {
            "y": {**ONE["automations"]["y"], "scope": "future-only", "owner": "me"},
            "x": {"target": {"any": [{"group": "g"}, {"role": ["a", "a"]}]}, "assign": "course/x"},
        },
    }
    one = policies_of(ONE)

    assert (
        policies_of({"groups": {"g": {"region": ["r"], "role": ["b", "a"]}}}, shuffled).digest
        == one.digest
    )
    assert policies_of({**ONE, "groups": {"g": {"role": "a"}}}).digest != one.digest
    assert policies_of({**ONE, "moved": ONE["moved"][:1]}).digest != one.digest


def test_the_digest_does_not_depend_on_names_and_order_of_files(tmp_path):
    texts = [f"automations:\n  rule-{number}: {RULE}\n" for number in range(4)]
    digests = set()
    for seed in range(3):
        random.Random(seed).shuffle(texts)
        files = {f"{seed}-{number}.yaml": text for number, text in enumerate(texts)}
        digests.add(read_policies(*written(tmp_path / str(seed), **files)).digest)
    assert len(digests) == 1


def test_policies_without_anything():
    assert Policies() == Policies(moved=(), files=())


def moved(*pairs):
    return policies_of({"moved": [{"from": old, "to": new} for old, new in pairs]}).moved


MOVES = {
    "one step": ([("role.a", "role.b")], {("role", "a"): "b"}, {}),
    "several steps": (
        [("role.b", "role.c"), ("role.a", "role.b")],
        {("role", "a"): "c", ("role", "b"): "c"},
        {},
    ),
    "two become one": (
        [("role.a", "role.c"), ("role.b", "role.c")],
        {("role", "a"): "c", ("role", "b"): "c"},
        {},
    ),
    "attributes are apart": (
        [("role.a", "role.b"), ("brand.b", "brand.c")],
        {("role", "a"): "b", ("brand", "b"): "c"},
        {},
    ),
    "values with dots": ([("role.a.b", "role.c.d")], {("role", "a.b"): "c.d"}, {}),
    "automations": (
        [("automation.a", "automation.b"), ("automation.b", "automation.c")],
        {},
        {"a": "c", "b": "c"},
    ),
    "a circle stays": (
        [("role.a", "role.b"), ("role.b", "role.a"), ("role.z", "role.a")],
        {},
        {},
    ),
    "nonsense is left out": ([("role.a", "brand.b"), ("x", "y"), ("role.", "role.b")], {}, {}),
}


@pytest.mark.parametrize(("pairs", "values", "automations"), MOVES.values(), ids=MOVES.keys())
def test_moves(pairs, values, automations):
    """A15."""
    for order in (pairs, pairs[::-1]):
        assert rename_aliases(moved(*order)) == values
        assert automation_moves(moved(*order)) == automations


def written(root, **files):
    for name, text in files.items():
        path = root / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root, Path("policies")
