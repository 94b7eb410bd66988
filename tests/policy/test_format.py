"""Formatting is idempotent, keeps comments, and changes not a word of meaning."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.lines import layout_of
from reconciler.documents.source import Unreadable, parse
from reconciler.errors import InvalidPolicies
from reconciler.policy.format import format_folder, formatted

BEFORE = """\
# yaml-language-server: $schema=x
# about this file

# who is left out
exemptions:
    leave:
        from:   course/x   # why
        target: {trainees: [0042, NO, "y"]}
        reason: >
          folded

          text
        until: 2026-06-30


# standing rules
automations:

    # the first
    a:
        assign: course/x
        target:
            any:
            - role: [cook,    server, '*-chef']
            # at airports
            - {location: airport-*}
            # no more
        # about scope
        scope: future-only
    # the second
    b:
       assign: course/y
       target: {role: x}\t
       # end of b
# the end
groups: {a: {role: x}}
moved:
- {from: role.a, to: role.b}
"""

AFTER = """\
# yaml-language-server: $schema=x
# about this file

# the end
groups: {a: {role: x}}

# standing rules
automations:
  # the first
  a:
    assign: course/x
    target:
      any:
        - role: [cook, server, '*-chef']
        # at airports
        - {location: airport-*}
        # no more
    # about scope
    scope: future-only

  # the second
  b:
    assign: course/y
    target: {role: x}
    # end of b

# who is left out
exemptions:
  leave:
    from: course/x     # why
    target: {trainees: [0042, NO, "y"]}
    reason: >
      folded

      text
    until: 2026-06-30

moved:
  - {from: role.a, to: role.b}
"""

CASES = {
    "all of it": (BEFORE, AFTER),
    "nothing": ("", ""),
    "blank lines alone": ("\n\n", ""),
    "comments alone": ("# a\n\n\n# b  ", "# a\n\n# b\n"),
    "a byte-order mark and CRLF": (
        "\ufeffgroups:\r\n    a: {role: x}\r\n",
        "groups:\n  a: {role: x}\n",
    ),
    "no end of line at the end": ("groups: {a: {role: x}}", "groups: {a: {role: x}}\n"),
    "a document's start": ("---\ngroups: {a: {role: x}}\n", "groups: {a: {role: x}}\n"),
    "one flow mapping": ("{groups: {a: {role:   x}}}", "{groups: {a: {role: x}}}\n"),
    "entries are apart": (
        "groups:\n  a: {role: x}\n  b: {role: y}\n\n\n\n  c: {role: z}\n",
        "groups:\n  a: {role: x}\n\n  b: {role: y}\n\n  c: {role: z}\n",
    ),
    "a comment between two parts of a file": (
        "groups:\n  a: {role: x}\n\n# by itself\n\nautomations: {}\n",
        "groups:\n  a: {role: x}\n\n# by itself\n\nautomations: {}\n",
    ),
    "a commented-out entry at the end": (
        "groups:\n    a:\n        role: x\n    # b:\n    #     role: y\nautomations: {}\n",
        "groups:\n  a:\n    role: x\n  # b:\n  #     role: y\n\nautomations: {}\n",
    ),
    "unknown sections come last": ("zzz: {}\ngroups: {}\n", "groups: {}\n\nzzz: {}\n"),
    "long lists are wrapped": (
        f"groups: {{a: {{role: [{', '.join(['abcdefghij'] * 9)}]}}}}\n",
        f"groups: {{a: {{role: [{'abcdefghij, ' * 5}abcdefghij,\n{' ' * 10}{'abcdefghij, ' * 2}abcdefghij]}}}}\n",
    ),
    "a block that keeps its blank lines": (
        "exemptions:\n  a:\n    reason: |+\n      x\n\n\nmoved: []\n",
        "exemptions:\n  a:\n    reason: |+\n      x\n\n\nmoved: []\n",
    ),
    "a block that keeps its blank lines at the end": (
        "exemptions:\n  a:\n    reason: |+\n      x  \n\n\n",
        "exemptions:\n  a:\n    reason: |+\n      x  \n\n\n",
    ),
    "an anchor stays before its alias": (
        "automations: &a {b: {role: x}}\ngroups: *a\n",
        "automations: &a {b: {role: x}}\n\ngroups: *a\n",
    ),
    "comments all over": (
        (
            "# zero\ngroups:\n  a: # one\n    - {x: [y, # two\n        # three\n        z], # four\n"
            "       w: v}\n   # five\n    - {} # six\n# seven\n"
        ),
        "# zero\ngroups:\n  a: # one\n    # three\n    # four\n    - {x: [y, z], w: v} # two\n    # five\n    - {} # six\n# seven\n",
    ),
    "spaces in a block have a meaning": (
        "exemptions:\n    a:\n        reason: |\n            x  \n              # no comment\n",
        "exemptions:\n  a:\n    reason: |\n      x  \n        # no comment\n",
    ),
    "hashes that are no comments": (
        "groups:\n  a: {role: ['# x', a#b, \"c # d\"]}\n",
        "groups:\n  a: {role: ['# x', a#b, \"c # d\"]}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_formatted(before, after):
    assert formatted(before) == after
    assert formatted(after) == after


def test_scalars_stay_as_they_are_written():
    text = "groups:\n  a:\n    role: [0042, NO, yes, 1_000, 1.10, 0x1F, 2026-01-01, ~, 1e3, =]\n"
    assert formatted(text) == text


def test_what_does_not_parse_is_told():
    with pytest.raises(Unreadable, match=r"a.yaml:1:4: Not valid YAML"):
        formatted("a: @\n", file="a.yaml")


def test_a_folder(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "a.yaml").write_bytes(b"\xef\xbb\xbfgroups: {}\r\n")
    (folder / "b.yaml").write_bytes(b"groups: {}\n")

    assert format_folder(tmp_path, Path("policies"), write=False) == ["policies/a.yaml"]
    assert (folder / "a.yaml").read_bytes().startswith(b"\xef")
    assert format_folder(tmp_path, folder, write=True) == ["policies/a.yaml"]
    assert (folder / "a.yaml").read_bytes() == b"groups: {}\n"
    assert format_folder(tmp_path, folder, write=True) == []


def test_a_folder_with_a_bad_file_is_left_as_it_is(tmp_path):
    (tmp_path / "a.yaml").write_text("groups:   {}\n")
    (tmp_path / "b.yaml").write_text("groups: [\n")
    (tmp_path / "c.yaml").write_text("groups: {a: @}\n")

    with pytest.raises(InvalidPolicies) as caught:
        format_folder(tmp_path, tmp_path, write=True)
    assert [finding.at.file for finding in caught.value.findings] == ["b.yaml", "c.yaml"]
    assert (tmp_path / "a.yaml").read_text() == "groups:   {}\n"


def test_the_worked_example_is_formatted():
    files = sorted(Path("policies").glob("*.yaml"))
    assert [path.name for path in files if formatted(path.read_text()) != path.read_text()] == []


WORDS = st.sampled_from(
    ["cook", "0042", "NO", "a b", "'*-chef'", '"x # y"', "café", "it''s", "2026-01-01"]
)
COMMENTS = st.sampled_from(["", "", "", "# one", "#two", "# key: value", "\n", "# a\n\n# b"])
SECTIONS = st.sampled_from(["groups", "automations", "exemptions", "moved", "other"])
KINDS = {
    "file": ["mapping"],
    "mapping": ["flow", "list", "mapping", "mapping", "block"],
    "list": ["item", "item", "mapping"],
}


@st.composite
def blocks(draw, depth, indent, within):
    """Lines of a block mapping, or of a block list, or a flow value."""
    kind = draw(st.sampled_from(KINDS[within]))
    step = draw(st.integers(1, 4))
    pad = " " * indent
    if kind == "flow" or depth > 3:
        return f" [{draw(WORDS)}, {{k: {draw(WORDS)}}}]{draw(tails())}\n"
    if kind == "item":
        return f" {draw(st.sampled_from([draw(WORDS), '{k: [a, 0042]}']))}{draw(tails())}\n"
    if kind == "block":
        return f" {draw(st.sampled_from('|>'))}\n{pad}x # y\n\n{pad}z\n"
    lines = [f" k: {draw(WORDS)}\n{pad}j: x\n"] if within == "list" else [draw(tails()) + "\n"]
    for number in range(draw(st.integers(1, 3))):
        lines.append(draw(before(pad)))
        key = "-" if kind == "list" else f"{draw(st.sampled_from('abc'))}{number}:"
        lines.append(f"{pad}{key}{draw(blocks(depth + 1, indent + step + 1, kind))}")
    return "".join(lines)


@st.composite
def tails(draw):
    return draw(st.sampled_from(["", "", "  ", " # tail", "     # far"]))


@st.composite
def before(draw, pad):
    at = draw(st.sampled_from([pad, pad, pad + "  ", ""]))
    comment = draw(COMMENTS)
    return (
        "".join(f"{at}{line}\n" if line else "\n" for line in comment.split("\n"))
        if comment
        else ""
    )


@st.composite
def texts(draw):
    parts = [draw(before(""))]
    for name in draw(st.lists(SECTIONS, min_size=1, max_size=4, unique=True)):
        parts += [draw(before("")), f"{name}:{draw(blocks(0, draw(st.integers(1, 4)), 'file'))}"]
    return "".join(parts) + draw(before(""))


@settings(max_examples=50, deadline=None)
@given(texts())
def test_formatting_again_changes_nothing_and_meaning_stays(text):
    try:
        meant = parse(text.encode(), "f").data
    except Unreadable:
        return
    once = formatted(text)

    assert parse(once.encode(), "f").data == meant
    assert sorted(layout_of(once).comments) == sorted(layout_of(text).comments)
    assert formatted(once) == once
    assert "\n\n\n" not in once
