"""Counts that are not small, pseudonyms that cannot be guessed, texts without ids."""

import pytest

from reconciler.errors import WrongUse
from reconciler.review.people import few, few_of, key_from, pseudonym

COUNTS = {0: "0", 1: "fewer than 5", 4: "fewer than 5", 5: "5", 1200: "1,200"}


@pytest.mark.parametrize(("number", "text"), COUNTS.items())
def test_few(number, text):
    assert few(number) == text


def test_few_with_a_noun():
    assert few_of(1, "person", "people") == "fewer than 5 people"
    assert few_of(0, "training") == "0 trainings"
    assert few_of(7, "training") == "7 trainings"


KEYS = {"none": ({}, None), "empty": ({"RECONCILER_PSEUDONYM_KEY": " "}, None)}


@pytest.mark.parametrize(("environment", "key"), KEYS.values(), ids=KEYS.keys())
def test_no_key(environment, key):
    assert key_from(environment) is key


def test_a_key():
    assert key_from({"RECONCILER_PSEUDONYM_KEY": "x" * 16}) == b"x" * 16


def test_a_short_key_is_refused_and_not_repeated():
    with pytest.raises(WrongUse, match="15 characters") as refusal:
        key_from({"RECONCILER_PSEUDONYM_KEY": "abcdefghijklmno"})
    assert "abc" not in str(refusal.value)


def test_pseudonyms_tell_people_apart():
    names = {pseudonym(f"E{number:05}", b"k" * 16) for number in range(2000)}
    assert len(names) == 2000
    assert all(len(name) == 9 for name in names)
