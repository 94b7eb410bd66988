"""The committed schemas are those of today, describe every key, and judge files as we do."""

import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.commands.schema import File, schema_text

PROJECT = Path(__file__).parents[1]
NESTED = ("properties", "$defs", "patternProperties")
FILES = tuple(kind for kind in File if kind is not File.LMS)
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLE = ("items", "additionalProperties", "propertyNames", "not")


def schema(kind):
    return json.loads(schema_text(kind))


def loaded(text):
    """YAML as an editor reads it; dates are text in JSON."""
    return as_json(YAML(typ="safe", pure=True).load(text))


def as_json(value):
    match value:
        case dict():
            return {str(key): as_json(part) for key, part in value.items()}
        case list():
            return [as_json(part) for part in value]
        case date() | datetime():
            return value.isoformat()
        case _:
            return value


def validator(kind):
    return Draft202012Validator(schema(kind))


@pytest.mark.parametrize("kind", File)
def test_the_committed_file_is_current(kind):
    path = PROJECT / kind.path
    assert path.exists(), "run `make schemas`"
    assert path.read_text(encoding="utf-8") == schema_text(kind), "run `make schemas`"


@pytest.mark.parametrize("kind", FILES)
def test_the_schema_is_one(kind):
    Draft202012Validator.check_schema(schema(kind))


def properties(node, path=""):
    """Every property in a schema, with its place and itself."""
    for key in NESTED:
        for name, part in node.get(key, {}).items():
            if key == "properties":
                yield f"{path}.{name}", part
            yield from properties(part, f"{path}.{name}")
    for key in LISTS:
        for part in node.get(key, ()):
            yield from properties(part, path)
    for key in SINGLE:
        if isinstance(node.get(key), dict):
            yield from properties(node[key], f"{path}.{key}")


@pytest.mark.parametrize("kind", FILES)
def test_every_key_is_described(kind):
    whole = schema(kind)
    found = dict(properties(whole))
    assert len(found) > 15
    assert [path for path, part in found.items() if not described(part, whole)] == []


def described(part, whole):
    """What an editor shows for a key: its own description, or that of what it refers to."""
    kind = part.get("$ref", "").rpartition("/")[2]
    return part.get("description") or whole["$defs"].get(kind, {}).get("description")


def test_the_protocol_is_described():
    whole = schema(File.LMS)
    messages = whole["components"]["schemas"]
    for message in messages.values():
        Draft202012Validator.check_schema(message)
        assert message["description"]
    found = dict(properties({"$defs": messages}))
    assert len(found) > 50
    assert [path for path, part in found.items() if not part.get("description")] == []
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(whole)))
    assert referred <= set(messages)
    assert set(whole["paths"]) == {
        "/", "/catalog", "/accounts", "/enrollments", "/progress",
        "/assign", "/reassign", "/reschedule", "/remove",
    }  # fmt: skip


POLICIES = sorted((PROJECT / "policies").glob("*.yaml"))
WORKSPACES = [
    PROJECT / "examples/restaurant/reconciler.yaml",
    PROJECT / "tests/real/workspace/reconciler.yaml",
    PROJECT / "reconciler/commands/templates/reconciler.yaml",
    *sorted((PROJECT / "tests/scenarios").glob("*/reconciler.yaml")),
]
STORIES = sorted((PROJECT / "tests/scenarios").glob("*/*/policies/*.yaml"))


def name(path):
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("path", [*POLICIES, *STORIES], ids=name)
def test_policies_are_valid(path):
    errors = validator(File.POLICY).iter_errors(loaded(path.read_text(encoding="utf-8")))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("path", WORKSPACES, ids=name)
def test_workspaces_are_valid(path):
    errors = validator(File.WORKSPACE).iter_errors(loaded(path.read_text(encoding="utf-8")))
    assert [error.message for error in errors] == []


RULE = "automations: {knives: {assign: course/knives, target: {role: cook}, %s}}"
WRONG_POLICIES = {
    "an unknown section": "automation: {}",
    "an unknown key": RULE % "colour: red",
    "no such scope": RULE % "scope: future",
    "no such on_exit": RULE % "on_exit: drop",
    "text for a flag": RULE % "paused: sometimes",
    "an unknown key of a window": RULE % "window: {from: 2026-01-01}",
    "days that are text": RULE % "due: {days: soon}",
    "negative days": RULE % "due: {days: -1}",
    "days after something else": RULE % "due: {days: 3, after: lunch}",
    "an exemption without a reason": "exemptions: {a: {target: {role: cook}, from: course/a}}",
    "an order without a target": "assignments: {a: {assign: course/a}}",
    "a move without an end": "moved: [{from: automation.a}]",
    "a list of automations": "automations: [knives]",
    "an empty list of alternatives": RULE.replace("{role: cook}", "{any: []}") % "paused: true",
}


@pytest.mark.parametrize("text", WRONG_POLICIES.values(), ids=WRONG_POLICIES.keys())
def test_wrong_policies_are_not(text):
    assert not validator(File.POLICY).is_valid(loaded(text))


SOUND = {
    "timezone": "UTC",
    "roster": {"source": "csv", "path": "roster.csv", "columns": {"id": "id"}},
    "lms": {"adapter": "local"},
}
WRONG_WORKSPACES = {
    "no roster": {**SOUND, "roster": None},
    "an unknown key": {**SOUND, "ledgr": "sqlite:///a.db"},
    "another source": {**SOUND, "roster": {**SOUND["roster"], "source": "excel"}},
    "no id": {**SOUND, "roster": {**SOUND["roster"], "columns": {}}},
    "another LMS": {**SOUND, "lms": {"adapter": "mystery"}},
    "an export without enrollments": {**SOUND, "lms": {"adapter": "export"}},
    "a list of columns": {**SOUND, "roster": {**SOUND["roster"], "columns": ["id"]}},
    "an unknown key of a column": {
        **SOUND,
        "roster": {**SOUND["roster"], "columns": {"id": "id", "role": {"colum": "a"}}},
    },
}


def test_a_sound_workspace():
    assert validator(File.WORKSPACE).is_valid(SOUND)


@pytest.mark.parametrize("value", WRONG_WORKSPACES.values(), ids=WRONG_WORKSPACES.keys())
def test_wrong_workspaces_are_not(value):
    assert not validator(File.WORKSPACE).is_valid(value)
