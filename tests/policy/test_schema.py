"""The schema for editors: current, complete, and of one mind with the models."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.policy.schema import policy_schema

SCHEMA = policy_schema()


def nodes(schema):
    yield schema
    for key in ("properties", "$defs"):
        for part in schema.get(key, {}).values():
            yield from nodes(part)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from nodes(schema[key])
    for part in schema.get("anyOf", ()):
        yield from nodes(part)


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_file_in_the_repository_is_current():
    assert json.loads(Path("schemas/policy.schema.json").read_text()) == SCHEMA


def test_every_key_is_described():
    keys = [
        (name, part) for node in nodes(SCHEMA) for name, part in node.get("properties", {}).items()
    ]
    assert len(keys) > 60
    assert [name for name, part in keys if not part.get("description")] == []


def test_there_is_no_null_and_no_noise():
    for node in nodes(SCHEMA):
        assert node.get("type") != "null"
        assert node.get("default", "") is not None
        assert node is SCHEMA or not isinstance(node.get("title"), str)
        assert not {"ge", "le"} & set(node)


VALID = {
    "numbers and Booleans as values": "groups: {a: {role: [0042, 7, true], trainees: 12, any: [{everyone: true}]}}",
    "a custom attribute": "groups: {a: {language: [en, es], shoe_size: 42}}",
    "a due day": "automations: {a: {assign: course/x, target: {role: x}, due: 2026-03-31}}",
    "a relative due day": "automations: {a: {assign: course/x, target: {role: x}, due: {days: 3}}}",
    "a retired automation": "automations: {a: {retire: true}}",
    "an exemption": "exemptions: {e: {target: {trainees: 1}, from: course/x, reason: leave, until: 2026-01-01}}",
    "moves": "moved: [{from: role.a, to: role.b}]",
    "a window": "automations: {a: {window: {start: 2026-01-01, end: '2026-01-02T10:00'}}}",
    "tenure": "groups: {a: {tenure: {at_least: 90 days, less_than: 2 years}}}",
}
INVALID = {
    "unknown section": "gruops: {}",
    "unknown key": "automations: {a: {scop: x}}",
    "no such choice": "automations: {a: {scope: x}}",
    "null": "groups: {a: {role: null}}",
    "an empty list": "groups: {a: {role: []}}",
    "a mapping for a value": "groups: {a: {shoe_size: {x: y}}}",
    "no duration": "groups: {a: {tenure: {at_least: soon}}}",
    "too many days": "automations: {a: {due: {days: 4000}}}",
    "no reason": "exemptions: {e: {target: {trainees: 1}, from: course/x}}",
}


@pytest.mark.parametrize("text", VALID.values(), ids=VALID.keys())
def test_valid(text):
    assert list(Draft202012Validator(SCHEMA).iter_errors(as_editors_read(text))) == []


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID.keys())
def test_invalid(text):
    assert list(Draft202012Validator(SCHEMA).iter_errors(as_editors_read(text)))


def as_editors_read(text):
    """YAML 1.2: numbers and Booleans are typed, days are texts."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.yaml_constructors = {
        **yaml.constructor.yaml_constructors,
        "tag:yaml.org,2002:timestamp": lambda _, node: node.value,
    }
    return yaml.load(text)


def test_the_worked_example_is_valid():
    for path in sorted(Path("policies").glob("*.yaml")):
        errors = Draft202012Validator(SCHEMA).iter_errors(as_editors_read(path.read_text()))
        assert [error.message for error in errors] == [], path
