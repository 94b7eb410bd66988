"""JSON Schemas of the files that people write, for editors and other programs."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from reconciler.documents.model import Document
from reconciler.documents.scalars import TEXT_SCHEMA
from reconciler.policy.model import Policy

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

BOUNDS = {"ge": "minimum", "le": "maximum"}
CHILDREN = ("anyOf", "oneOf", "allOf", "prefixItems")
NAMED_CHILDREN = ("properties", "$defs", "patternProperties")


def policy_schema() -> Schema:
    """The schema of a policy file."""
    return document_schema(Policy, "reconciler policy file")


def document_schema(model: type[Document], title: str) -> Schema:
    """The schema of a kind of file: each key described, null allowed nowhere."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    tidied = _tidied(schema)
    return {"$schema": DIALECT, "title": title, **tidied}


def _tidied(schema: Any) -> Any:  # noqa: ANN401 a schema is an object or a Boolean
    if not isinstance(schema, Mapping):
        return schema
    named: Schema = {key: value for key, value in schema.items() if key != "title"}
    kept: Schema = {BOUNDS.get(key, key): named[key] for key in named}
    if not isinstance(kept.get("default"), str | int | float):
        kept.pop("default", None)  # null and empty mappings say nothing
    for key in CHILDREN:
        if key in kept:
            kept[key] = [_tidied(part) for part in kept[key] if part != {"type": "null"}]
    for key in NAMED_CHILDREN:
        if key in kept:
            kept[key] = {name: _tidied(part) for name, part in kept[key].items()}
    for key in ("items", "additionalProperties", "propertyNames", "not"):
        if key in kept:
            kept[key] = _tidied(kept[key])
    return _unwrapped(kept)


def _unwrapped(schema: Schema) -> Schema:
    """Without an `anyOf` of one part, and with texts as editors see them.

    They read a plain scalar by YAML's own types, we by its text (P4): 0042 is a number to them.
    """
    if len(schema.get("anyOf", ())) == 1:
        only: Schema = schema["anyOf"][0]
        schema = {**only, **{key: value for key, value in schema.items() if key != "anyOf"}}
    if schema.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(schema):
        schema = {**schema, **TEXT_SCHEMA}
    return schema
