"""YAML as a graph of nodes with places, bounded in depth and size."""

from dataclasses import dataclass, field
from typing import Protocol

from _ruamel_yaml import CParser
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.documents.syntax import syntax_finding
from reconciler.errors import Diagnostic, Location

MAX_DEPTH = 64
MAX_NODES = 200_000

KINDS: dict[type, str] = {
    ScalarEvent: "text",
    MappingStartEvent: "mapping",
    SequenceStartEvent: "list",
    AliasEvent: "alias",
    MappingEndEvent: "end",
    SequenceEndEvent: "end",
}


@dataclass(slots=True)
class Node:
    """A scalar's text, the items of a list, or a mapping's keys and values in turns.

    ``kind`` is "text", "list" or "mapping"; "empty" for a value that is not there, and "unusable"
    for one that a finding speaks of already. ``size`` counts nodes with every alias expanded,
    ``height`` the lists and mappings on the longest way down, the node itself included.
    """

    kind: str
    line: int
    column: int
    text: str = ""
    plain: bool = False
    children: list["Node"] = field(default_factory=list)
    size: int = 1
    height: int = 0
    open: bool = False


class _Stop(Exception):
    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding


def nodes_of(text: str, file: str) -> tuple[Node | None, list[Diagnostic]]:
    """Read the first document of ``text``; no node where nothing can be made of it."""
    findings: list[Diagnostic] = []
    try:
        root = _composed(text, file, findings)
    except YAMLError as error:
        return None, [*findings, syntax_finding(error, text, file)]
    except _Stop as stop:
        return None, [*findings, stop.finding]
    return root, findings


class _Mark(Protocol):
    line: int
    column: int


class _Event(Protocol):
    """What libyaml reports; the attributes that an event lacks are never asked for."""

    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


def _composed(text: str, file: str, findings: list[Diagnostic]) -> Node | None:
    # Iterative: recursion would end at Python's limit, not at ours.
    root: Node | None = None
    anchors: dict[str, Node] = {}
    stack: list[Node] = []
    parser = CParser(text.encode())
    while parser.check_event():
        event = parser.get_event()
        kind = KINDS.get(type(event), "other")
        if kind == "end":
            node = stack.pop()
            node.open = False
        elif kind in ("text", "mapping", "list"):
            node = _node(kind, event)
            if event.anchor is not None or event.tag is not None:
                _note(event, node, anchors, file, findings)
        elif kind == "alias":
            node = _aliased(event, anchors, file, findings)
        else:
            _check_alone(event, root, file)
            continue
        root = root or node
        if node.open:
            stack.append(node)
            _check_depth(len(stack), node, file)
        elif stack:
            _add(stack, node, file, has_anchors=bool(anchors))
    return root


def _check_alone(event: _Event, root: Node | None, file: str) -> None:
    if isinstance(event, DocumentStartEvent) and root is not None:
        at = Location(file, event.start_mark.line + 1, event.start_mark.column + 1)
        detail = "A file holds one document. Split it into several files."
        raise _Stop(Diagnostic(at, "Several documents", detail))


def _node(kind: str, event: _Event) -> Node:
    mark = event.start_mark
    if kind != "text":
        return Node(kind, mark.line + 1, mark.column + 1, height=1, open=True)
    plain, text = not event.style, event.value
    kind = "empty" if plain and not text else "text"
    return Node(kind, mark.line + 1, mark.column + 1, text, plain)


def _note(
    event: _Event, node: Node, anchors: dict[str, Node], file: str, findings: list[Diagnostic]
) -> None:
    """Remember an anchor, and find a tag."""
    if event.anchor is not None:
        anchors[event.anchor] = node
    if event.tag is not None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        detail = (
            f"The tag {tag!r} is not allowed. Write the value alone, in quotes if it has a '!'."
        )
        findings.append(Diagnostic(Location(file, node.line, node.column), "Tag", detail))


def _aliased(
    event: _Event, anchors: dict[str, Node], file: str, findings: list[Diagnostic]
) -> Node:
    line, column, name = event.start_mark.line + 1, event.start_mark.column + 1, event.anchor or ""
    meant = anchors.get(name)
    if meant is not None and not meant.open:
        copied = Node(meant.kind, line, column, meant.text, meant.plain, meant.children)
        copied.size, copied.height = meant.size, meant.height
        return copied
    at = Location(file, line, column)
    if meant is None:
        detail = f"No anchor '&{name}' stands above. A value that begins with '*' needs quotes:"
        findings.append(Diagnostic(at, "Unknown alias", f"{detail} '*{name}'."))
    else:
        detail = f"'*{name}' stands inside of '&{name}' and would never end. Write the value out."
        findings.append(Diagnostic(at, "Alias to itself", detail))
    return Node("unusable", line, column)


def _add(stack: list[Node], node: Node, file: str, *, has_anchors: bool) -> None:
    parent = stack[-1]
    parent.children.append(node)
    parent.size += node.size
    if node.height >= parent.height:
        parent.height = node.height + 1
        _check_depth(len(stack) + node.height, node, file)
    # Without an anchor the size of the file is bound enough: 50,000 locations are no attack.
    if has_anchors and parent.size > MAX_NODES:
        detail = (
            f"With its aliases (*name) written out, the file holds more than {MAX_NODES:,} values."
            " Split it, or use a group instead of aliases."
        )
        raise _Stop(Diagnostic(Location(file, node.line, node.column), "Too many values", detail))


def _check_depth(depth: int, node: Node, file: str) -> None:
    if depth > MAX_DEPTH:
        detail = f"Lists and mappings may stand at most {MAX_DEPTH} deep. Use a group instead."
        raise _Stop(Diagnostic(Location(file, node.line, node.column), "Nested too deep", detail))
