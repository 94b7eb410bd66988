"""From a source to a model: what pydantic finds, said in plain words and with a place."""

import re
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.documents.model import Document
from reconciler.documents.scalars import clean
from reconciler.documents.source import Keys, Source
from reconciler.errors import Diagnostic, did_you_mean

Model = TypeVar("Model", bound=Document)

UNKNOWN, MISSING, INVALID = "Unknown key", "Missing key", "Invalid value"
LONGEST_SHOWN = 60

# What a value has to be, by pydantic's type of error; {limit} is the bound that was passed.
WANTED = {
    "model_type": "a mapping (key: value) is wanted here",
    "model_attributes_type": "a mapping (key: value) is wanted here",
    "dict_type": "a mapping (key: value) is wanted here",
    "mapping_type": "a mapping (key: value) is wanted here",
    "tuple_type": "a list is wanted here, such as [a, b]",
    "list_type": "a list is wanted here, such as [a, b]",
    "string_type": "a single text is wanted here",
    "int_type": "a whole number is wanted here",
    "int_parsing": "a whole number is wanted here",
    "bool_type": "true or false is wanted here",
    "too_short": "an empty list selects nobody; name something or leave the key out",
    "string_too_short": "an empty text is of no use; leave the key out",
    "string_too_long": "at most {limit} characters are allowed",
    "greater_than_equal": "at least {limit} is wanted here",
    "greater_than": "more than {limit} is wanted here",
    "less_than_equal": "at most {limit} is allowed here",
    "less_than": "less than {limit} is wanted here",
}
BOUNDS = ("ge", "gt", "le", "lt", "max_length", "min_length")

NAMES = (
    "a name has letters, digits, '-' and '_', begins with a letter or a digit, and has at most 63"
    " characters"
)
# What a text has to look like, by a piece of the pattern that it fails.
LOOKS = {"(course|module)/": "write course/NAME or module/NAME", r"[^\W_]": NAMES}


def validated(
    model: type[Model], source: Source, path: Keys = ()
) -> tuple[Model | None, list[Diagnostic]]:
    """Read what stands under ``path`` as ``model``; without a model, with every finding."""
    data = source.under(path)
    try:
        # By alias alone: the names that Python needs (from_, not_) are no words of the language.
        return model.model_validate(data, by_alias=True, by_name=False), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    findings = {found for detail in details for found in _found(model, source, path, detail)}
    return None, sorted(findings)


def _found(
    model: type[Document], source: Source, path: Keys, error: ErrorDetails
) -> Iterator[Diagnostic]:
    root = source.under(path)
    inner, value = _path_of(error["loc"], root)
    place = source.place((*path, *inner))
    known = _keys_at(model, inner[:-1], root)
    if error["type"] == "extra_forbidden":
        yield Diagnostic(place, UNKNOWN, _unknown(str(inner[-1]), known))
    elif error["type"] == "missing":
        key = str(error["loc"][-1])
        if (*path, *inner, key) not in source.places:
            about = _keys_at(model, inner, root).get(key, "")
            yield Diagnostic(place, MISSING, f"{key!r} is wanted here. {about}".rstrip())
    elif error["type"] == "too_short" and value:
        return  # what is wrong with its items is found by itself
    elif inner and known and inner[-1] not in known and _holds_mapping(value):
        yield Diagnostic(place, UNKNOWN, _unknown(str(inner[-1]), known))
    else:
        yield from _wrong(source, (*path, *inner), value, error)


def _wrong(source: Source, path: Keys, value: object, error: ErrorDetails) -> Iterator[Diagnostic]:
    message = _message(error, value)
    absent = re.search(r"needs '(\w+)'", message)
    if absent and (*path, absent[1]) in source.places:
        return
    if (odd := _odd_item(value)) is not None:
        path = (*path, odd)
    key = next((key for key in reversed(path) if isinstance(key, str)), "")
    detail = message[:1].upper() + message[1:] if absent or not key else f"{key}: {message}"
    if not detail.endswith(("?", ".")):
        detail += "."
    yield Diagnostic(source.place(path), MISSING if absent else INVALID, detail)


def _message(error: ErrorDetails, value: object) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"]).replace(repr(value), _shown(value))
    if kind in ("enum", "literal_error"):
        choices = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(value, choices) if isinstance(value, str) else ""
        return f"{_shown(value)} is none of {', '.join(choices)}.{hint}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        key = str(context["discriminator"]).strip("'")
        choices = re.findall(r"'([^']*)'", context.get("expected_tags", ""))
        known = f", one of {', '.join(choices)}" if choices else ""
        found = context.get("tag")
        hint = did_you_mean(found, choices) if found else ""
        told = f"{key} {found!r} is unknown; " if found else ""
        return f"{told}{key} is wanted here{known}.{hint}"
    if kind == "string_pattern_mismatch":
        looks = (text for piece, text in LOOKS.items() if piece in context["pattern"])
        return f"{_shown(value)} cannot stand here; {next(looks, 'it is written otherwise')}"
    limit = next((context[bound] for bound in BOUNDS if bound in context), "")
    wanted = WANTED.get(kind, "something else is wanted here").format(limit=limit)
    return f"{wanted}, not {_shown(value)}" if kind != "too_short" else wanted


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 2]}…'"


def _unknown(key: str, known: Iterable[str]) -> str:
    hint = did_you_mean(key, known) or f" The keys are {', '.join(sorted(known))}."
    return f"{key!r} is no key here.{hint}"


def _odd_item(value: object) -> int | None:
    """The position of the first item that is no text, in a list of texts."""
    items = value if isinstance(value, list) else []
    odd = [position for position, item in enumerate(items) if not _is_text(item)]
    return odd[0] if odd and len(odd) < len(items) else None


def _is_text(item: object) -> bool:
    return isinstance(item, str) and bool(clean(item))


def _holds_mapping(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) for item in items)


def _path_of(location: tuple[int | str, ...], data: Any) -> tuple[Keys, Any]:  # noqa: ANN401 any YAML value
    """The part of a pydantic location that is a path in ``data``, and the value there."""
    path: Keys = ()
    for key in location:
        within = isinstance(data, dict) and key in data
        if within or (isinstance(data, list) and isinstance(key, int) and key < len(data)):
            path, data = (*path, key), data[key]
    return path, data


def _keys_at(model: type[Document], path: Keys, data: Any) -> dict[str, str]:  # noqa: ANN401 any YAML value
    """The keys that may be written where ``path`` leads to, with their descriptions."""
    kinds: list[Any] = [model]
    for key in path:
        kinds = [inner for kind in kinds for inner in _step(kind, key)]
        data = data[key]
    models = [kind for kind in kinds for kind in _alternatives(kind) if _is_document(kind)]
    every = [_keys(kind) for kind in models]
    written = set(data) if isinstance(data, dict) else set()
    most = max((len(written & set(keys)) for keys in every), default=0)
    return {
        key: field.description or ""
        for keys in every
        if len(written & set(keys)) == most
        for key, field in keys.items()
    }


def _step(kind: Any, key: str | int) -> Iterator[Any]:  # noqa: ANN401 annotations have no type
    for alternative in _alternatives(kind):
        origin, arguments = get_origin(alternative), get_args(alternative)
        if origin in (tuple, list) and isinstance(key, int):
            yield arguments[0]
        elif origin is dict:
            yield arguments[1]
        elif _is_document(alternative) and key in (keys := _keys(alternative)):
            yield keys[str(key)].annotation


def _alternatives(kind: Any) -> Iterator[Any]:  # noqa: ANN401 annotations have no type
    if get_origin(kind) is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for argument in get_args(kind):
            yield from _alternatives(argument)
    else:
        yield kind


def _is_document(kind: Any) -> bool:  # noqa: ANN401 annotations have no type
    return isinstance(kind, type) and issubclass(kind, Document)


def _keys(model: type[Document]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
