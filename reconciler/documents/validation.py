"""From a source to a model: what pydantic finds, said in plain words and with a place."""

import re
from collections.abc import Iterator
from copy import deepcopy
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.documents.model import Document, OddKey
from reconciler.documents.scalars import HERE, clean
from reconciler.documents.source import Keys, Source
from reconciler.errors import Diagnostic, did_you_mean, probably_meant, slip_of

Model = TypeVar("Model", bound=Document)

UNKNOWN, MISSING, INVALID = "Unknown key", "Missing key", "Invalid value"
LONGEST_SHOWN = 60
MOST_LAYERS = 4
"""So often what is at fault in something is left out, to read the rest of it."""

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


def legible(model: type[Model], source: Source, path: Keys = ()) -> Model | None:
    """What can be read of something at fault: good for looking at the names in it, no more.

    A key that is probably another stands for that one, and all else that is at fault is left out.
    None where the rest is no model either.
    """
    data = deepcopy(source.under(path))
    for _ in range(MOST_LAYERS):
        try:
            return model.model_validate(data, by_alias=True, by_name=False)
        except ValidationError as error:
            faults = {_path_of(one["loc"], data)[0] for one in error.errors(include_url=False)}
        if not _put_right(model, data, faults):
            return None
    return None


def _put_right(model: type[Document], data: Any, faults: set[Keys]) -> bool:  # noqa: ANN401 any YAML value
    """Rename keys that were probably misspelt, else leave out what is at fault; False for all."""
    misspelt = {path: _meant(model, data, path) for path in faults}
    for path, meant in misspelt.items():
        if meant is not None:
            within = _within(data, path[:-1])
            within[meant] = within.pop(path[-1])
    if any(misspelt.values()):
        return True
    for path in sorted(faults, key=_last_first, reverse=True):
        if not path:
            return False
        if not any(path[:length] in faults for length in range(1, len(path))):
            del _within(data, path[:-1])[path[-1]]
    return True


def _meant(model: type[Document], data: Any, path: Keys) -> str | None:  # noqa: ANN401 any YAML value
    """The key that an unknown one probably is, where that is not written too."""
    if not path or not isinstance(path[-1], str):
        return None
    known = _keys_at(model, path[:-1], data)
    return None if path[-1] in known else _nearest(model, data, path)


def _nearest(model: type[Document], data: Any, path: Keys) -> str | None:  # noqa: ANN401 any YAML value
    free = [key for key in _keys_at(model, path[:-1], data) if key not in _within(data, path[:-1])]
    for kind in _models_at(model, path[:-1]):
        if kind.meant.get(str(path[-1])) in free:
            return kind.meant[str(path[-1])]
    return probably_meant(str(path[-1]), free)


def _last_first(path: Keys) -> list[tuple[int, str]]:
    """What to sort paths by, in reverse: of a list the last item first."""
    return [(key, "") if isinstance(key, int) else (-1, key) for key in path]


def _within(data: Any, path: Keys) -> Any:  # noqa: ANN401 any YAML value
    for key in path:
        data = data[key]
    return data


def _found(
    model: type[Document], source: Source, path: Keys, error: ErrorDetails
) -> Iterator[Diagnostic]:
    root = source.under(path)
    inner, value = _path_of(error["loc"], root)
    place = source.place((*path, *inner))
    known = _keys_at(model, inner[:-1], root)
    if error["type"] == "extra_forbidden":
        yield Diagnostic(place, UNKNOWN, _unknown(model, inner, root))
    elif error["type"] == "missing":
        yield from _missing(model, source, path, error)
    elif isinstance(odd := error.get("ctx", {}).get("error"), OddKey):
        yield Diagnostic(source.place((*path, *inner, *odd.path)), UNKNOWN, str(odd))
    elif error["type"] == "too_short" and value:
        return  # what is wrong with its items is found by itself
    elif inner and known and inner[-1] not in known and _holds_mapping(value):
        yield Diagnostic(place, UNKNOWN, _unknown(model, inner, root))
    else:
        yield from _wrong(source, (*path, *inner), value, error)


def _missing(
    model: type[Document], source: Source, path: Keys, error: ErrorDetails
) -> Iterator[Diagnostic]:
    key, root = str(error["loc"][-1]), source.under(path)
    inner, value = _path_of(error["loc"], root)
    every = _keys_at(model, inner, root)
    others = [one for one in value if one not in every]
    if (*path, *inner, key) in source.places:
        return  # a finding speaks of its value
    if not any(map(_takes_any, _models_at(model, inner))):
        misspelt = probably_meant(key, others)  # found by itself
    elif misspelt := next((one for one in others if slip_of(one, [key])), None):
        place = source.place((*path, *inner, misspelt))
        yield Diagnostic(place, UNKNOWN, _unknown(model, (*inner, misspelt), root))
    if misspelt is None:
        detail = f"{key!r} is wanted here. {every.get(key, '')}".rstrip()
        yield Diagnostic(source.place((*path, *inner)), MISSING, detail)


def _wrong(source: Source, path: Keys, value: object, error: ErrorDetails) -> Iterator[Diagnostic]:
    message = _message(error, value).replace(HERE, next(_names(path), "location"))
    absent = re.search(r"needs '(\w+)'", message)
    if absent and (*path, absent[1]) in source.places:
        return
    if (odd := _odd_item(value)) is not None:
        path = (*path, odd)
    key = next(_names(path), "")
    detail = message[:1].upper() + message[1:] if absent or not key else f"{key}: {message}"
    if not detail.endswith(("?", ".")):
        detail += "."
    yield Diagnostic(source.place(path), MISSING if absent else INVALID, detail)


def _names(path: Keys) -> Iterator[str]:
    return (key for key in reversed(path) if isinstance(key, str))


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


def _unknown(model: type[Document], path: Keys, data: Any) -> str:  # noqa: ANN401 any YAML value
    """What to say of a key that nothing knows: where it belongs, or which one it may be."""
    key, known = str(path[-1]), _keys_at(model, path[:-1], data)
    homes = [one for one in known if key in _keys_at(model, (*path[:-1], one), data)]
    meant = _nearest(model, data, path)
    hint = f" Did you mean {meant!r}?" if meant else f" The keys are {', '.join(sorted(known))}."
    if len(homes) == 1:
        hint = f" It belongs into {homes[0]!r}: '{homes[0]}: {{{key}: …}}'."
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
    for key in path:
        data = data[key] if isinstance(key, int) or key in data else None
    models = _models_at(model, path)
    every = [_keys(kind) for kind in [one for one in models if _fits(one, data)] or models]
    written = set(data) if isinstance(data, dict) else set()
    most = max((len(written & set(keys)) for keys in every), default=0)
    return {
        key: field.description or ""
        for keys in every
        if len(written & set(keys)) == most
        for key, field in keys.items()
    }


def _fits(model: type[Document], data: Any) -> bool:  # noqa: ANN401 any YAML value
    """Whether nothing that is written says that another model is meant, such as an adapter."""
    choices = {
        key: get_args(field.annotation)
        for key, field in _keys(model).items()
        if get_origin(field.annotation) is Literal
    }
    written = data if isinstance(data, dict) else {}
    return all(written[key] in choices[key] for key in choices.keys() & written.keys())


def _takes_any(model: type[Document]) -> bool:
    """Whether a mapping may have keys of one's own."""
    return model.model_config.get("extra") == "allow"


def _models_at(model: type[Document], path: Keys) -> list[type[Document]]:
    """The models that may stand where ``path`` leads to."""
    kinds: list[Any] = [model]
    for key in path:
        kinds = [inner for kind in kinds for inner in _step(kind, key)]
    return [kind for kind in kinds for kind in _alternatives(kind) if _is_document(kind)]


def _step(kind: Any, key: str | int) -> Iterator[Any]:  # noqa: ANN401 annotations have no type
    for alternative in _alternatives(kind):
        origin, arguments = get_origin(alternative), get_args(alternative)
        if origin in (tuple, list) and isinstance(key, int):
            yield arguments[0]
        elif origin is dict:
            yield arguments[1]
        elif _is_document(alternative) and key in (keys := _keys(alternative)):
            yield keys[str(key)].annotation
        elif _is_document(alternative) and _takes_any(alternative):
            yield get_args(alternative.__annotations__["__pydantic_extra__"])[1]


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
