"""`schema`: what editors read."""

import json

import pytest

from tests.commands.desk import PROJECT


@pytest.mark.parametrize("name", ["policy", "workspace"])
def test_it_is_what_stands_in_the_repository(bare, name):
    answer = bare.says("schema", name)
    assert answer.status == 0
    assert answer.out == (PROJECT / f"schemas/{name}.schema.json").read_text(encoding="utf-8")


def test_a_policy_by_default(bare):
    assert bare.says("schema").out == bare.says("schema", "policy").out
    assert "automations" in json.loads(bare.says("schema").out)["properties"]
