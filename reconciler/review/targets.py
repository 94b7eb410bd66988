"""Targets in words, for people who do not read YAML."""

from collections.abc import Mapping
from typing import Any

HIRED = {
    "on_or_after": "hired on or after",
    "after": "hired after",
    "before": "hired before",
    "on_or_before": "hired on or before",
}
EMPLOYED = {"at_least": "here for at least", "less_than": "here for less than"}


def target_in_words(target: Mapping[str, Any]) -> str:
    """Say a target, as the ledger keeps it, in one line; named people are only counted."""
    if list(target) == ["any"]:
        return ", or ".join(_grouped("or", part) for part in target["any"])
    return ", and ".join(_parts(target)) or "nobody"


def _parts(target: Mapping[str, Any]) -> list[str]:
    return [part for key, value in target.items() for part in _part(key, value)]


def _part(key: str, value: Any) -> list[str]:  # noqa: ANN401 a JSON value
    match key:
        case "all":
            return [_grouped("and", part) for part in value]
        case "any":
            return [_either([_grouped("or", part) for part in value])]
        case "not":
            parts = _parts(value)
            return [f"not {parts[0]}" if len(parts) == 1 else f"not ({', and '.join(parts)})"]
        case "trainees":
            return ["1 named person" if len(value) == 1 else f"{len(value):,} named people"]
        case "everyone":
            return ["everyone"]
        case "hire_date":
            return [f"{HIRED[comparison]} {day}" for comparison, day in value.items()]
        case "tenure":
            return [f"{EMPLOYED[comparison]} {length}" for comparison, length in value.items()]
        case _:
            return [f"{key} is {_listed(list(value))}"]


def _grouped(word: str, target: Mapping[str, Any]) -> str:
    """A part of a list; in brackets where "and" and "or" would meet."""
    parts = _parts(target)
    text = ", and ".join(parts)
    return f"({text})" if word == "or" and len(parts) > 1 else text


def _either(alternatives: list[str]) -> str:
    return f"({', or '.join(alternatives)})" if len(alternatives) > 1 else alternatives[0]


def _listed(values: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(values[:-1]), values[-1])))
