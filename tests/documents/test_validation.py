"""What pydantic finds is said in plain words, at the place where it stands."""

import re
from typing import Annotated, Literal

import pytest
from pydantic import Field

from reconciler.documents.model import Document
from reconciler.documents.scalars import Count, Day, Flag, Name, Text, Texts
from reconciler.documents.source import parse, survey
from reconciler.documents.validation import legible, validated

JARGON = re.compile(r"Input should|Extra inputs|Value error|pattern|pydantic|tuple|dict|\^")


class Inner(Document):
    day: Day | None = Field(None, description="A day.")
    texts: Texts | None = Field(None, description="Some texts.")


class Other(Document):
    number: Annotated[Count, Field(ge=1, le=9)] = Field(description="A number.")


class Outer(Document):
    name: Name = Field("n", description="A name.")
    content: Annotated[Text, Field(pattern="^(course|module)/x$")] = Field("course/x")
    code: Annotated[str, Field(pattern="^x+$", max_length=3)] = Field("x")
    kind: Literal["keep", "remove"] = Field("keep", description="A choice.")
    flag: Flag = Field(False, description="Yes or no.")
    inner: Inner | None = Field(None, description="One or the other.")
    either: Inner | Other | None = Field(None, description="One or the other.")
    many: tuple[Inner, ...] = Field((), description="Several.")
    named: dict[Name, Inner] = Field({}, description="By name.")
    from_: Text = Field("x", alias="from", description="A word of Python's.")


# name: (text, place and summary, what the detail says)
CASES = {
    "unknown key": ("knd: keep", "1:1: Unknown key", "'knd' is no key here. Did you mean 'kind'?"),
    "a key that is there already": ("kind: keep\nkinds: x", "2:1: Unknown key", "The keys are"),
    "key of another mapping": (
        "number: 3", "1:1: Unknown key", "It belongs into 'either': 'either: {number: …}'.",
    ),
    "key unlike any": ("inner: {zzzz: 1}", "1:9: Unknown key", "The keys are day, texts."),
    "key of an item": ("many:\n  - {dya: 1}", "2:6: Unknown key", "mean 'day'?"),
    "key under a name": ("named: {kind: {dya: x}}", "1:16: Unknown key", "mean 'day'?"),
    "a name of Python's": ("from_: x", "1:1: Unknown key", "Did you mean 'from'?"),
    "choice": ("kind: remov", "1:1: Invalid value", "none of keep, remove. Did you mean 'remove'?"),
    "far from a choice": ("kind: x", "1:1: Invalid value", "kind: 'x' is none of keep, remove."),
    "bad day": ("inner:\n  day: 2026-02-30", "2:3: Invalid value", "February 2026 has 28 days"),
    "a list for a day": ("inner: {day: [x]}", "1:9: Invalid value", "day: a list is not a date"),
    "a text for a mapping": ("inner: x", "1:1: Invalid value", "a mapping (key: value) is wanted"),
    "a text for a list": ("many: x", "1:1: Invalid value", "a list is wanted here"),
    "a list for names": ("named: [x]", "1:1: Invalid value", "a mapping (key: value) is wanted"),
    "bad item": ("inner: {texts: [a, [b]]}", "1:20: Invalid value", "a single text"),
    "blank item": ("inner: {texts: [a, '']}", "1:20: Invalid value", "empty text"),
    "empty list": ("inner: {texts: []}", "1:9: Invalid value", "empty list says nothing"),
    "content": ("content: x", "1:1: Invalid value", "write course/NAME or module/NAME."),
    "name": ("name: a b", "1:1: Invalid value", "letters, digits"),
    "bad name as a key": ("named: {a b: {}}", "1:9: Invalid value", "letters, digits"),
    "other pattern": ("code: yy", "1:1: Invalid value", "it is written otherwise."),
    "too long": ("code: xxxx", "1:1: Invalid value", "at most 3 characters"),
    "neither true nor false": ("flag: yes", "1:1: Invalid value", "'yes' is neither true nor"),
    "too small": ("either: {number: 0}", "1:10: Invalid value", "at least 1 is wanted here, not '0'"),
    "a long value": (f"kind: {'x' * 99}", "1:1: Invalid value", "xxx…' is none of"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "says"), CASES.values(), ids=CASES.keys())
def test_an_invalid_value(text, place, says):
    model, findings = validated(Outer, parse(text.encode(), "f"))

    assert model is None
    found = [found for found in findings if f"{found.at}: {found.summary}" == f"f:{place}"]
    assert any(says in one.detail for one in found), findings
    assert not JARGON.search("\n".join(map(str, findings)))


def test_a_valid_document():
    model, findings = validated(Outer, parse(b"from: y\nflag: true\n", "f"))
    assert (model.from_, model.flag, findings) == ("y", True, [])


def test_a_part_of_a_document():
    source = parse(b"a:\n  b: {number: 12}\n", "f")

    model, (finding,) = validated(Other, source, ("a", "b"))

    assert model is None
    assert str(finding.at) == "f:2:7"


def test_a_missing_key_stands_where_its_mapping_does():
    _, (finding,) = validated(Other, parse(b"a:\n  b: {}\n", "f"), ("a", "b"))
    assert str(finding) == "f:2:3: Missing key\n    'number' is wanted here. A number."


def test_what_a_finding_speaks_of_already_is_not_found_again():
    source, findings = survey(b"number:\n", "f")
    assert [finding.summary for finding in findings] == ["Empty value"]
    assert validated(Other, source) == (None, [])


def test_all_is_found_at_once():
    _, findings = validated(
        Outer, parse(b"kind: x\nflag: y\nnope: z\nmany: [{day: x}, {a: b}]", "f")
    )
    assert [finding.at.line for finding in findings] == [1, 2, 3, 4, 4]


# name: (text, what is left of it by keys; None where nothing can be made of it)
ODD = {
    "nothing wrong": ("name: a", {"name": "a"}),
    "a misspelt key": ("naem: a", {"name": "a"}),
    "misspelt, and what is under it too": ("inner: {dya: 2026-02-30, texts: [a]}", {"inner": {"texts": ["a"]}}),
    "a key too many": ("name: a\nzzzz: 1", {"name": "a"}),
    "one value": ("name: a\nkind: x", {"name": "a"}),
    "an item, and the ones around it": (
        "many: [{day: x, texts: [a]}, 7, {texts: [b]}, 8]", {"many": [{"texts": ["a"]}, {"texts": ["b"]}]},
    ),
    "all items": ("name: a\ninner: {texts: [[a], [b]]}", {"name": "a", "inner": {}}),
    "something wanted is missing": ("name: a\neither: {number: x}", {"name": "a", "either": {}}),
    "no mapping": ("[a]", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "left"), ODD.values(), ids=ODD.keys())
def test_what_can_be_read_of_something_at_fault(text, left):
    source = parse(
        ("entry:\n" + "\n".join(f"  {line}" for line in text.splitlines())).encode(), "f"
    )
    model = legible(Outer, source, ("entry",))
    read = model and model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert read == left
