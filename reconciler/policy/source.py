"""Policy files, read and put together: what they say, and where each part of it stands."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from pydantic import TypeAdapter, ValidationError

from reconciler.documents.folder import FilePath, survey_folder
from reconciler.documents.model import Document
from reconciler.documents.scalars import Name
from reconciler.documents.source import Keys, Source, nearest
from reconciler.documents.validation import INVALID, NAMES, UNKNOWN, legible, validated
from reconciler.errors import Diagnostic, InvalidPolicies, Location, did_you_mean
from reconciler.policy.guards import Lift
from reconciler.policy.model import (
    Assignment,
    Automation,
    Exemption,
    Move,
    Policy,
    Reassignment,
    Removal,
    Target,
    canonical,
)
from reconciler.policy.target import Aliases

SECTIONS: Mapping[str, type[Document]] = MappingProxyType(
    {
        name: get_args(field.annotation)[1]
        for name, field in Policy.model_fields.items()
        if name != "moved"
    }
)
"""The sections whose entries have names, with the model of an entry."""

NAME = TypeAdapter[str](Name)


def _none() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All that the policy files say together.

    Attributes:
        groups, automations, assignments, reassignments, removals, exemptions, lifts: By bare name.
        moved: In the order of the files, which means nothing (A15).
        places: The place of each part, by its keys: ("automations", NAME, "target", "role"). An
            entry that has a place and is in no section stands in a file and is not valid.
        files: As they are shown.
        digest: Over what the files say: without prose, order of no account (D1).
    """

    groups: Mapping[str, Target] = field(default_factory=_none)
    automations: Mapping[str, Automation] = field(default_factory=_none)
    assignments: Mapping[str, Assignment] = field(default_factory=_none)
    reassignments: Mapping[str, Reassignment] = field(default_factory=_none)
    removals: Mapping[str, Removal] = field(default_factory=_none)
    exemptions: Mapping[str, Exemption] = field(default_factory=_none)
    lifts: Mapping[str, Lift] = field(default_factory=_none)
    moved: tuple[Move, ...] = ()
    places: Mapping[Keys, Location] = field(default_factory=_none)
    files: tuple[str, ...] = ()
    digest: str = ""

    def place(self, *path: str | int) -> Location:
        """The place of the nearest part of ``path`` that has one."""
        return nearest(self.places, path) or Location("policies")


class Survey(NamedTuple):
    """What the policy files of a folder say.

    Attributes:
        policies: What is valid.
        findings: About the rest, every one.
        legible: What is valid, and of the rest what can be read: to be checked and nothing else.
    """

    policies: Policies
    findings: list[Diagnostic]
    legible: Policies


def read_policies(root: FilePath, folder: FilePath) -> Policies:
    """Read every policy file of a folder.

    Args:
        root: The folder of the workspace file; files are shown relative to it.
        folder: The folder of policies; relative to ``root``, or absolute.

    Raises:
        InvalidPolicies: With every finding of every file.
    """
    policies, findings, _ = survey_policies(root, folder)
    if findings:
        raise InvalidPolicies(findings)
    return policies


def survey_policies(root: FilePath, folder: FilePath) -> Survey:
    """Read what is valid in the policy files, with every finding about the rest."""
    sources, findings = survey_folder(root, folder)
    survey = joined(sources)
    return survey._replace(findings=sorted({*findings, *survey.findings}))


def joined(sources: Iterable[Source]) -> Survey:
    """Put the valid entries of several files together, with every finding about the rest."""
    sections: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    odd: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    moved: list[Move] = []
    places: dict[Keys, Location] = {}
    findings: list[Diagnostic] = []
    files: list[str] = []
    for source in sources:
        files.append(source.file)
        findings += _unknown_sections(source)
        for section in SECTIONS:
            findings += _join_section(section, source, sections[section], odd[section], places)
        findings += _join_moves(source, moved, places)
        # The place of an entry is set already: of two with one id, the first stands.
        places.update(
            (path, at) for path, at in source.places.items() if path and path not in places
        )
    policies = Policies(
        **{name: MappingProxyType(entries) for name, entries in sections.items()},
        moved=tuple(moved),
        places=MappingProxyType(places),
        files=tuple(files),
        digest=_digest(sections, moved),
    )
    readable: dict[str, Any] = {
        name: MappingProxyType(odd[name] | entries) for name, entries in sections.items()
    }
    return Survey(policies, findings, replace(policies, **readable))


def rename_aliases(moved: Iterable[Move]) -> Aliases:
    """The values that have moved, each with its last name (A15); what moves in a circle stays."""
    chains = _chains(moved)
    attributes = {kind for kind, _ in chains if kind != "automation"}
    return {(kind, old): new for kind in attributes for old, new in _resolved(chains, kind)}


def automation_moves(moved: Iterable[Move]) -> Mapping[str, str]:
    """Old automation names with the last new name of each (A15); what moves in a circle stays."""
    return dict(_resolved(_chains(moved), "automation"))


def _chains(moved: Iterable[Move]) -> dict[tuple[str, str], str]:
    steps: dict[tuple[str, str], str] = {}
    for move in sorted(moved, key=lambda move: (move.from_, move.to)):
        kind, _, old = move.from_.partition(".")
        new_kind, _, new = move.to.partition(".")
        if kind == new_kind and old and new:
            steps.setdefault((kind, old), new)
    return steps


def _resolved(steps: Mapping[tuple[str, str], str], kind: str) -> Iterator[tuple[str, str]]:
    for (other, old), new in steps.items():
        seen, last = {old}, new
        while last not in seen and (kind, last) in steps:
            seen.add(last)
            last = steps[kind, last]
        if other == kind and last not in seen:
            yield old, last


def _unknown_sections(source: Source) -> Iterable[Diagnostic]:
    for name in source.data:
        if name not in Policy.model_fields:
            hint = did_you_mean(name, Policy.model_fields)
            hint = hint or f" The sections are {', '.join(Policy.model_fields)}."
            detail = f"{name!r} is no section of a policy file.{hint}"
            yield Diagnostic(source.place((name,)), UNKNOWN, detail)


def _join_section(
    section: str,
    source: Source,
    entries: dict[str, Any],
    odd: dict[str, Any],
    places: dict[Keys, Location],
) -> Iterable[Diagnostic]:
    written = source.data.get(section)
    if written is None:
        return
    if not isinstance(written, dict):
        detail = f"{section}: a mapping of names is wanted here, such as 'my-rule: {{…}}'."
        yield Diagnostic(source.place((section,)), INVALID, detail)
        return
    for name in written:
        path = (section, name)
        if misnamed := _misnamed(name):
            yield Diagnostic(source.place(path), "Invalid name", misnamed)
        elif path in places:
            detail = f"{section}.{name} stands at {places[path]} already. Rename one of the two."
            yield Diagnostic(source.place(path), "Duplicate id", detail)
            continue
        places[path] = source.place(path)
        entry, found = validated(SECTIONS[section], source, path)
        yield from found
        if entry is not None and not misnamed:
            entries[name] = entry
        elif rest := entry or legible(SECTIONS[section], source, path):
            odd[name] = rest


def _misnamed(name: str) -> str | None:
    try:
        NAME.validate_python(name)
    except ValidationError:
        return f"{name!r} cannot be a name: {NAMES}."
    return None


def _join_moves(
    source: Source, moved: list[Move], places: dict[Keys, Location]
) -> Iterable[Diagnostic]:
    written = source.data.get("moved")
    if written is None:
        return
    if not isinstance(written, list):
        detail = "moved: a list is wanted here, such as '- {from: role.cook, to: role.line-cook}'."
        yield Diagnostic(source.place(("moved",)), INVALID, detail)
        return
    for position in range(len(written)):
        move, found = validated(Move, source, ("moved", position))
        yield from found
        if move is not None:
            for rest in ((), ("from",), ("to",)):
                places["moved", len(moved), *rest] = source.place(("moved", position, *rest))
            moved.append(move)


def _digest(sections: Mapping[str, Mapping[str, Document]], moved: Iterable[Move]) -> str:
    content = {
        section: {name: _unordered(canonical(entry)) for name, entry in entries.items()}
        for section, entries in sections.items()
    }
    says = {**content, "moved": _unordered([canonical(move) for move in moved])}
    text = json.dumps(says, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _unordered(value: Any) -> Any:  # noqa: ANN401 any JSON value
    """The same with lists sorted: no list of the language means anything by its order (T1)."""
    if isinstance(value, dict):
        return {key: _unordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return sorted(set(value))
        return sorted({json.dumps(_unordered(item), sort_keys=True) for item in value})
    return value
