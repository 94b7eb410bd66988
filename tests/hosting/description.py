"""What a service publishes about its API, to hold calls and answers to."""

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.hosting.loopback import Heard, Reply


def plain(node):
    """An OpenAPI 3.0 schema as JSON Schema: what may be null is said in another way."""
    if isinstance(node, list):
        return [plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: plain(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


class Description:
    """An OpenAPI document, cut to the calls that are made."""

    def __init__(self, path: Path) -> None:
        self.document = plain(json.loads(path.read_text(encoding="utf-8")))

    def check(self, heard: Heard, reply: Reply) -> None:
        """Hold one call to it, and the answer where it is a success."""
        operation = self._operation(heard)
        known = {self._resolved(one)["name"] for one in operation["parameters"]}
        assert heard.query.keys() <= known, heard.query
        if "requestBody" in operation:
            self._validate(operation["requestBody"], heard.body)
        else:
            assert heard.body is None
        if reply.status < 300:
            self._validate(operation["responses"][str(reply.status)], reply.data)

    def _operation(self, heard):
        for path, methods in self.document["paths"].items():
            form = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            if re.fullmatch(form, heard.path) and heard.method.lower() in methods:
                return methods[heard.method.lower()]
        raise AssertionError(f"it has no {heard.method} {heard.path}")

    def _resolved(self, node):
        name = node.get("$ref", "").rpartition("/")[2]
        return self.document["components"]["parameters"][name] if name else node

    def _validate(self, described, data):
        content = described.get("content", {}).get("application/json")
        if content is None:
            return
        schema = {**content["schema"], "components": self.document["components"]}
        found = [error.message for error in Draft202012Validator(schema).iter_errors(data)]
        assert found == [], found
