"""What is wrong with policies that are well formed: names that mean nothing, above all."""

from collections.abc import Callable, Collection, Iterator, Mapping

from reconciler.documents.source import Keys
from reconciler.errors import FILE_NAME, Diagnostic, Location, did_you_mean
from reconciler.frames import ATTRIBUTES, Content
from reconciler.policy.courses import check_courses
from reconciler.policy.groups import check_groups
from reconciler.policy.lifts import check_lifts, suspicious_lifts, unborne_units
from reconciler.policy.moves import check_moves
from reconciler.policy.source import Policies, automation_moves
from reconciler.policy.target import WORDS, attribute_values
from reconciler.policy.vocabulary import Vocabulary
from reconciler.policy.walk import ORDERS, references, targets

CONTENTS = (
    ("automations", "assign"),
    ("assignments", "assign"),
    ("reassignments", "content"),
    ("removals", "content"),
)
"""Which key of which section names a content."""
LONGEST_PADDED = 12
"""So many digits an id has at most that is filled up with zeros."""


def check(
    policies: Policies,
    *,
    attributes: frozenset[str] | None = None,
    vocabulary: Callable[[str], Collection[str]] | None = None,
    trainees: Callable[[str], bool] | None = None,
    contents: Mapping[str, Content] | None = None,
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Find all that is wrong with the policies, and all that looks wrong.

    What is passed as None is not known, and what depends on it is not checked.

    Args:
        policies: As read.
        attributes: The attributes that a target may name, custom ones included.
        vocabulary: The values that the roster or the organization bears, by attribute (T5).
        trainees: Whether the roster or the ledger knows an id (P4).
        contents: The catalog by id.

    Returns:
        Errors and warnings, each sorted by place.
    """
    attributes = attributes and attributes | {*ATTRIBUTES}
    errors = {
        *check_courses(policies, contents),
        *check_groups(policies),
        *check_moves(policies, attributes),
        *_unknown_attributes(policies, attributes),
        *_unknown_contents(policies, contents),
        *_unknown_sources(policies, contents),
        *check_lifts(policies, contents),
    }
    warnings = {*suspicious_lifts(policies), *_nothing_read(policies)}
    ordered = _groups_of_orders(policies)
    for path, finding in _unknown_trainees(policies, trainees):
        is_order = path[0] in ORDERS or (path[:1] == ("groups",) and path[1] in ordered)
        (errors if is_order else warnings).add(finding)
    if vocabulary is not None:
        borne = Vocabulary(vocabulary, policies.moved)
        warnings.update(_unborne(policies, borne, attributes), unborne_units(policies, borne))
    return sorted(errors), sorted(warnings)


def _nothing_read(policies: Policies) -> Iterator[Diagnostic]:
    if not policies.files:
        detail = (
            "No policy file was found in the folder that 'policies' names. Correct it, or write "
            "one there: its name ends with .yaml or .yml."
        )
        yield Diagnostic(Location(FILE_NAME), "No policies", detail)


def _groups_of_orders(policies: Policies) -> set[str]:
    """The groups that an order names, itself or by way of other groups (P4)."""
    named = [part.group for path, part in targets(policies) if path[0] in ORDERS and part.group]
    inner, found = references(policies.groups), set[str]()
    while named:
        if (name := named.pop()) not in found:
            found.add(name)
            named += inner.get(name, [])
    return found


def _unknown_attributes(
    policies: Policies, attributes: frozenset[str] | None
) -> Iterator[Diagnostic]:
    if attributes is None:
        return
    for path, target in targets(policies):
        for name in target.custom:
            if name not in attributes:
                hint = did_you_mean(name, {*attributes, *WORDS}) or (
                    " Correct it, or declare it under 'attributes' in reconciler.yaml."
                )
                detail = f"{name!r} is no attribute of a trainee (T5).{hint}"
                yield Diagnostic(policies.place(*path, name), "Unknown attribute", detail)


def _unknown_contents(policies: Policies, contents: Collection[str] | None) -> Iterator[Diagnostic]:
    for section, key in CONTENTS:
        for name, entry in getattr(policies, section).items():
            content = getattr(entry, key)
            if content is not None and not getattr(entry, "retire", False):
                yield from _unknown_content(policies, (section, name, key), content, contents)


def _unknown_content(
    policies: Policies, path: Keys, content: str, contents: Collection[str] | None
) -> Iterator[Diagnostic]:
    if contents is not None and content not in contents:
        hint = did_you_mean(content, contents) or " Correct it, or add it to the LMS first."
        detail = f"The LMS has no {content!r}.{hint}"
        yield Diagnostic(policies.place(*path), "Unknown content", detail)


def _unknown_sources(policies: Policies, contents: Collection[str] | None) -> Iterator[Diagnostic]:
    """Find what exemptions are from and nobody knows (M6)."""
    renamed = automation_moves(policies.moved)
    for name, exemption in policies.exemptions.items():
        path, written = ("exemptions", name, "from"), exemption.from_
        kind, _, rest = written.partition(".")
        automation = renamed.get(rest, rest)
        if kind == "automation":
            if ("automations", automation) in policies.places or automation in policies.automations:
                continue
            if rest in renamed:
                continue  # to what nobody knows: told of the move
            hint = did_you_mean(rest, policies.automations) or " Correct it, or delete this entry."
            detail = f"No automation is called {rest!r} (M6).{hint}"
            yield Diagnostic(policies.place(*path), "Unknown automation", detail)
        elif written.startswith(("course/", "module/")):
            yield from _unknown_content(policies, path, written, contents)
        else:
            meant = f"automation.{written}"
            hint = f" Did you mean {meant!r}?" if written in policies.automations else ""
            detail = f"{written!r}: write automation.NAME, course/NAME or module/NAME (M6).{hint}"
            yield Diagnostic(policies.place(*path), "Invalid value", detail)


def _unknown_trainees(
    policies: Policies, trainees: Callable[[str], bool] | None
) -> Iterator[tuple[Keys, Diagnostic]]:
    if trainees is None:
        return
    for path, target in targets(policies):
        for position, trainee in enumerate(target.trainees or ()):
            if not trainees(trainee):
                near = next(filter(trainees, _spellings(trainee)), None)
                hint = f"Did you mean {near!r}?" if near else "Correct or remove it."
                detail = f"Neither roster nor ledger knows {trainee!r} (P4). {hint}"
                place = policies.place(*path, "trainees", position)
                yield path, Diagnostic(place, "Unknown trainee", detail)


def _spellings(trainee: str) -> Iterator[str]:
    """The ids that differ by case or by zeros in front, which are lost where ids become numbers."""
    yield from (trainee.upper(), trainee.lower(), trainee.lstrip("0"))
    yield from (trainee.zfill(width) for width in range(len(trainee) + 1, LONGEST_PADDED + 1))


def _unborne(
    policies: Policies, vocabulary: Vocabulary, attributes: frozenset[str] | None
) -> Iterator[Diagnostic]:
    """Find values and globs that nobody bears (T5)."""
    for path, target in targets(policies):
        for attribute, values in attribute_values(target):
            if attributes is not None and attribute not in attributes:
                continue  # an error already
            for position, value in enumerate(values):
                if not vocabulary.bears(attribute, value):
                    what = "matches" if "*" in value else "is"
                    hint = vocabulary.hint(attribute, value)
                    detail = f"{value!r} {what} no {attribute} of a trainee or of the organization"
                    place = policies.place(*path, attribute, position)
                    yield Diagnostic(place, "Value that nobody bears", f"{detail} (T5).{hint}")
