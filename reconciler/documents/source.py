"""A YAML file as plain texts, lists and mappings, with the place of each key and item."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from reconciler.documents.nodes import Node, nodes_of
from reconciler.documents.scalars import clean
from reconciler.documents.syntax import ODD_SPACE, SYNTAX, no_space, undecodable
from reconciler.errors import Diagnostic, Findings, Location, did_you_mean

MAX_BYTES = 16 * 1024 * 1024

Keys: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead to a value."""

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"


class Unreadable(Findings):
    """A file cannot be read, or is no YAML that can be understood in one way only."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says. Scalars are their source text (P4).

    ``places`` holds the place of each key and each item, and of the whole as (). A key that has a
    place and is not in ``data`` stands in the file with a value that a finding speaks of.
    """

    file: str
    data: Any
    places: Mapping[Keys, Location] = field(default_factory=lambda: MappingProxyType({}))

    def place(self, path: Keys) -> Location:
        """The place of the nearest part of ``path`` that has one."""
        return nearest(self.places, path) or Location(self.file)

    def under(self, path: Keys) -> Value:
        """The value that ``path`` leads to.

        Raises:
            LookupError: There is none.
        """
        value: Any = self.data
        for key in path:
            value = value[key]
        return cast("Value", value)


def nearest(places: Mapping[Keys, Location], path: Keys) -> Location | None:
    """The place of the longest beginning of ``path`` that has one."""
    for length in range(len(path), -1, -1):
        if (place := places.get(path[:length])) is not None:
            return place
    return None


def read_source(path: Path, shown_as: str, *, first: str = "") -> Source:
    """Read one file; ``first`` is a key that it may begin with, for whoever has written none.

    Raises:
        Unreadable: With every finding.
    """
    source, findings = survey_file(path, shown_as, first=first)
    if findings:
        raise Unreadable(findings)
    return source


def parse(data: bytes, file: str) -> Source:
    """Read the bytes of one file.

    Raises:
        Unreadable: With every finding.
    """
    source, findings = survey(data, file)
    if findings:
        raise Unreadable(findings)
    return source


def survey_file(path: Path, shown_as: str, *, first: str = "") -> tuple[Source, list[Diagnostic]]:
    """Read as much of one file as can be understood, with every finding."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            return _nothing(shown_as, "Not a file", f"This is {what}. Name a YAML file.")
        if status.st_size > MAX_BYTES:
            return _too_large(shown_as, status.st_size)
        data = path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            detail = f"This is a link to {path.readlink()}, which is not there. Correct the link."
            return _nothing(shown_as, "No such file", detail)
        hint = did_you_mean(path.name, _names_beside(path))
        return _nothing(shown_as, "No such file", f"Write it, or correct its name.{hint}")
    except PermissionError:
        return _nothing(shown_as, "Not readable", "You may not read this file. Change its rights.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _nothing(shown_as, "Not readable", f"The system says: {reason}.")
    return survey(data, shown_as, first=first)


def survey(data: bytes, file: str, *, first: str = "") -> tuple[Source, list[Diagnostic]]:
    """Understand as much of the bytes of one file as can be, with every finding."""
    if len(data) > MAX_BYTES:
        return _too_large(file, len(data))
    if unfit := undecodable(data, file):
        return Source(file, {}), [unfit]
    root, findings = nodes_of(data.decode("utf-8-sig"), file)
    if root is None or root.kind == "empty":
        return Source(file, {}), findings
    places: dict[Keys, Location] = {(): Location(file, root.line, root.column)}
    value = _Tree(file, places, findings).value(root, ())
    if root.kind != "mapping":
        what = {"list": "a list", "text": "a single text"}.get(root.kind, "nothing")
        detail = f"The file holds {what}. Begin it with a key{first and f', such as {first!r}'}."
        findings.append(Diagnostic(places[()], "Not a mapping", detail))
        value = {}
    return Source(file, value if value is not None else {}, MappingProxyType(places)), findings


def _nothing(file: str, summary: str, detail: str) -> tuple[Source, list[Diagnostic]]:
    return Source(file, {}), [Diagnostic(Location(file), summary, detail)]


def _too_large(file: str, size: int) -> tuple[Source, list[Diagnostic]]:
    detail = f"It has {size:,} bytes, and {MAX_BYTES:,} are allowed. Split it into several files."
    return _nothing(file, "File too large", detail)


def _names_beside(path: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return []


@dataclass(frozen=True, slots=True)
class _Tree:
    """Where values, places and findings of one file are put together from its nodes."""

    file: str
    places: dict[Keys, Location]
    findings: list[Diagnostic]

    def value(self, node: Node, path: Keys) -> Value:
        """The value of a node; None where a finding speaks of it. As deep as MAX_DEPTH at most."""
        match node.kind:
            case "text":
                return node.text
            case "list":
                return self._list(node, path)
            case "mapping":
                return self._mapping(node, path)
            case "empty":
                self._find(node, "Empty value", "Write a value, or leave this item out.")
        return None

    def _list(self, node: Node, path: Keys) -> list[Value] | None:
        items: list[Value] = []
        for child in node.children:
            inner = (*path, len(items))
            self.places[inner] = Location(self.file, child.line, child.column)
            if (item := self.value(child, inner)) is not None:
                items.append(item)
        return items if items or not node.children else None

    def _mapping(self, node: Node, path: Keys) -> dict[str, Value] | None:
        entries: dict[str, Value] = {}
        seen: dict[str, Node] = {}
        for key, child in zip(node.children[::2], node.children[1::2], strict=True):
            if (name := self._key(key, seen)) is None:
                continue
            seen[name] = key
            inner = (*path, name)
            self.places[inner] = Location(self.file, key.line, key.column)
            if child.kind == "empty":
                self._find(
                    key,
                    "Empty value",
                    f"{name!r} has no value: write one, or leave it out where it may be.",
                )
            elif (value := self.value(child, inner)) is not None:
                entries[name] = value
        return entries if entries or not node.children else None

    def _key(self, key: Node, seen: dict[str, Node]) -> str | None:
        name = clean(key.text)
        if key.kind == "text" and key.plain and name == "<<":
            detail = "'<<' is not part of the language. Name the target as a group; use 'group'."
            self._find(key, "Merge key", detail)
        elif key.kind != "text" or not name:
            self._find(key, "Key is no text", "A key is one word or name, before a ':'.")
        elif key.plain and (odd := key.text.replace(name, "", 1)) and ODD_SPACE.match(odd):
            self._find(key, SYNTAX, no_space(odd[0]))
        elif (first := seen.get(name)) is not None:
            at = Location(self.file, first.line, first.column)
            self._find(key, "Duplicate key", f"{name!r} stands at {at} already. Keep one of them.")
        else:
            return name
        return None

    def _find(self, node: Node, summary: str, detail: str) -> None:
        at = Location(self.file, node.line, node.column)
        self.findings.append(Diagnostic(at, summary, detail))
