"""Targets in words: what people who do not read YAML are told."""

import pytest

from reconciler.review.targets import target_in_words

WORDS = {
    "one value": ({"role": ["cook"]}, "role is cook"),
    "two values": ({"role": ["cook", "server"]}, "role is cook or server"),
    "three values": ({"role": ["a", "b", "c"]}, "role is a, b or c"),
    "several keys (T1)": (
        {"role": ["cook", "server"], "region": ["south"]},
        "role is cook or server, and region is south",
    ),
    "all": (
        {"all": [{"role": ["cook"]}, {"role": ["server"]}]}, "role is cook, and role is server",
    ),
    "any": ({"any": [{"role": ["cook"]}, {"region": ["x"]}]}, "role is cook, or region is x"),
    "any of several": (
        {"any": [{"role": ["cook"], "brand": ["b"]}, {"region": ["x"]}]},
        "(role is cook, and brand is b), or region is x",
    ),
    "any beside another": (
        {"any": [{"role": ["cook"]}, {"region": ["x"]}], "brand": ["b"]},
        "(role is cook, or region is x), and brand is b",
    ),
    "not": ({"not": {"role": ["cook"]}}, "not role is cook"),
    "not several": (
        {"not": {"role": ["cook"], "brand": ["b"]}}, "not (role is cook, and brand is b)",
    ),
    "hired": ({"hire_date": {"on_or_after": "2024-06-01"}}, "hired on or after 2024-06-01"),
    "tenure": ({"tenure": {"at_least": "90 days"}}, "here for at least 90 days"),
    "everyone": ({"everyone": True}, "everyone"),
    "one person": ({"trainees": ["E1042"]}, "1 named person"),
    "people": ({"trainees": ["E1", "E2"]}, "2 named people"),
    "nobody": ({}, "nobody"),
}  # fmt: skip


@pytest.mark.parametrize(("target", "words"), WORDS.values(), ids=WORDS.keys())
def test_in_words(target, words):
    assert target_in_words(target) == words
