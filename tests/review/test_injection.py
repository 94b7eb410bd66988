"""Whatever stands in policies, titles and ids: a comment reads it as text and as nothing else."""

import html
import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.review.markdown import markdown
from reconciler.review.markdown_text import code, one_line, picture_label, prose
from reconciler.review.model import PlanDocument
from reconciler.review.people import SOMEBODY

NASTY = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details></summary>", "<!-- x -->", "-->",
    "# heading", "1. one", "- item", "> quote", "***", "---", "===", "| a | b |", "a|b\\|c", "\\", "\\`",
    "`code`", "``` mermaid", "~~~", "[link](https://x.example)", "![p](https://x.example/a.png)", "[x]: http://x",
    "https://x.example/a", "www.x.example", "x@y.example", "@octocat", "@org/team", "#12", "owner/repo#12",
    "GH-12", "!12", "~label", "%milestone", "$12", "&1", ":smile:", "/approve", "\n/close\n", "a\n\n# b", "a\r\nb",
    "\u2028# b", "\u202eevil", "\u200b", "\x00\x1b[31m", "&lt;b&gt;", "&#64;x", "&amp;", "$$x$$", "$`x`$", "{{x}}",
    '"] --> x["', "click p0 href", "%%{init: {}}%%", "end", "#quot;", "ﬂ°°60¶ß", "*a* _b_ **c** ~~d~~", "  x", "",
    "<a href='javascript:x'>", "{.class}", "[[toc]]", "[^1]", "+ x", "12) x", "\tx", "Ω ünïcödé 漢字", "x" * 5000,
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map(" ".join),
    st.text(alphabet=st.sampled_from(list("<>&@#|`~*_[]()!$%:;/\\\"'{}=+-. \nab1")), max_size=40),
    st.text(max_size=40),
).filter(lambda text: text != "trainees")  # as the key of an edit a word of the language: hidden
LINKED = re.compile(r"[@#!~%$&^*\[](?=\w)|(?<!\d):(?=\w)|www\.|(?i:\bgh)-\d|://")
"""What a hosting service makes a link, a mention or a picture of, in the text of a comment."""

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC).isoformat()


def plan_saying(text, title):
    """A plan in which the same text stands wherever somebody else's can."""
    reasons = {"assigned": 9, "satisfied": 5}
    automation = {
        "id": text, "content": text, "title": title, "description": text, "owner": text, "change": "edited",
        "scope": "future-only", "target": text, "window_start": "2026-03-02", "is_open": True, "paused": False,
        "audience": 9, "reasons": {**reasons, text or "x": 7}, "undecided_by": {text: 6},
        "edits": [{"key": text, "before": text, "after": {text: [text]}}],
    }  # fmt: skip
    order = {
        "id": "assignment." + text, "content": text, "title": title, "state": "new", "as_of": NOON,
        "target": text, "audience": 9, "reasons": reasons, "undecided_by": {}, "not_started": 9,
        "in_progress": 0, "completed": 0,
    }  # fmt: skip
    guard = {
        "guard": "assign", "policy": text, "unit": text, "count": 9, "base": 9, "limit": text, "ceiling": 1,
        "breached": True,
    }  # fmt: skip
    past = {
        "id": "automation." + text, "content": text, "state": "retired", "on_exit": "keep", "releases": 9,
        "removes": 9,
    }  # fmt: skip
    edits = [
        {"policy": text, "key": text, "before": text, "after": {text: [text]}, "classes": ["widening"]},
        {"policy": text, "key": "target", "before": {"role": [text]}, "after": {"role": [text, "x"]}, "classes": []},
        {"policy": text, "key": "", "before": None, "after": "new", "classes": ["retroactive"]},
    ]  # fmt: skip
    change = {
        "revision": text, "base": text, "is_known": True, "does": {"assign": 9, text: 9}, "prevents": {text: 1},
        "edits": edits,
    }  # fmt: skip
    standing = {
        "edited": [text], "over": [guard | {"unit": "location." + text, "limit": text + "%"}],
        "uncovered": [{"action": "assign", "attribution": "policy", "rows": 9, "causes": [text]}],
    }  # fmt: skip
    return PlanDocument.model_validate({
        "header": {
            "as_of": NOON, "timezone": "UTC", "expires": NOON, "what_if": False, "read_only": False,
            "tool_version": text, "lineage": text, "serial": 1, "commit": text or None, "inputs": {}, "digest": text,
            "changes_digest": text,
        },
        "totals": {"assign": 9, "trainees": 9},
        "people": {
            "active": 9, "inactive": 0, "unknown": 0, "absent": 0, "long_absent": 0,
            "emptied": {text: 8}, "first_seen": 0, "strangers": 0,
        },
        "automations": [automation], "orders": [order], "past": [past], "renamed": {text: text},
        "decisions": [{"content": text, "action": "assign", "effect": text, "causes": [text], "trainees": 9}],
        "ledger": [], "exemptions": [], "held": "all", "fit": False, "guards": [guard], "gate": [guard],
        "attribution": {text: {text: 9}, "people": {"assign": 9}}, "change": change, "standing": standing,
        "renames": [{"attribute": text, "old": text, "new": text, "trainees": 9, "fails": True}],
        "warnings": [f"{one_line(text)}: {text}".replace("\n", " ") + f"\n    {text}"],
    })  # fmt: skip


def rows_saying(text):
    return pl.DataFrame(
        {
            "decision": pl.Series([0] * 9, dtype=pl.UInt32),
            "trainee": [f"person {n}" for n in range(9)],
            "content": pl.Series([text] * 9, dtype=pl.Categorical),
            "action": ["assign"] * 9,
            "assigned": [None] * 9,
            "due": pl.Series([None] * 9, dtype=pl.Datetime(time_zone="UTC")),
            "location": [text.replace(" | ", "|")] * 9,
        }
    )


def written(text):
    document, rows = plan_saying(text, text), rows_saying(text)
    return markdown(document, rows, file=text or "x", key=b"k" * 16, long=True, to_look=True)


def shape(tokens):
    """What a parser makes of a text, without the words."""
    for token in tokens:
        if token.type == "inline":
            kinds = [part.type for part in token.children]
            yield [kind for kind in kinds if kind not in ("text", "text_special")]
        elif token.type == "html_block":
            yield "html_block", re.sub(r"<summary>.*?</summary>", "<summary/>", token.content)
        else:
            yield token.type, token.tag, token.info


PLAIN_SHAPE = list(shape(PARSER.parse(written("plain"))))


@settings(max_examples=150)
@given(text=TEXTS.filter(one_line))
def test_a_text_changes_no_structure(text):
    assert list(shape(PARSER.parse(written(text)))) == PLAIN_SHAPE


@settings(max_examples=150)
@given(text=TEXTS)
def test_nothing_is_linked_or_mentioned(text):
    for words in joined_words(PARSER.parse(written(text))):
        assert not LINKED.search(words), words


def joined_words(tokens):
    """The text of each paragraph and cell, as a service sees it when the parser is done."""
    for token in tokens:
        if token.children:
            yield "".join(
                part.content if part.type in ("text", "text_special") else "\0"
                for part in token.children
            )
        if token.type == "html_block":
            yield html.unescape(re.sub(r"</?(details|summary)>", "", token.content))


@settings(max_examples=300)
@given(text=TEXTS)
@example("x" * 200)
def test_prose_is_read_as_it_is(text):
    """Nobody's title is changed: without spaces of no width it is what was written."""
    (block,) = PARSER.parseInline(f"see {prose(text)}")
    assert {part.type for part in block.children} <= {"text", "text_special"}
    read = "".join(part.content for part in block.children).replace("\u200b", "")
    assert read == f"see {one_line(text) or '–'}"


@settings(max_examples=300)
@given(text=TEXTS)
def test_code_is_code(text):
    (block,) = PARSER.parseInline(f"see {code(text)} end")
    kinds = [part.type for part in block.children]
    assert kinds in (["text", "code_inline", "text"], ["text"])
    assert PARSER.parse(f"| a |\n| --- |\n| {code(text)} |\n")[-2].type == "tbody_close"


@settings(max_examples=300)
@given(text=TEXTS)
def test_a_label_of_the_picture_stays_a_label(text):
    assert re.fullmatch(r"(?:[A-Za-z0-9 .,-]|#\d+;)*", picture_label(text))


DRAWING = re.compile(
    r"flowchart LR"
    r'|  p\d+\["[^"\[\]<>`]*"\]|  c\d+\(\["[^"\[\]<>`]*"\]\)'
    r'|  p\d+ -->\|"[^"|<>`]*"\| c\d+|  linkStyle [\d,]+ stroke:#c2410c,stroke-width:2px'
)


@settings(max_examples=100)
@given(text=TEXTS)
def test_the_picture_is_a_picture(text):
    drawn = re.search(r"```mermaid\n(.*?)\n```", written(text), re.DOTALL)[1]
    for line in drawn.splitlines():
        assert DRAWING.fullmatch(line), line


def test_a_hidden_name_is_text_as_well():
    assert prose(SOMEBODY).endswith("somebody)")


@pytest.mark.parametrize("text", NASTY)
def test_no_line_begins_a_command(text):
    """A service takes a line that begins with a slash for an order to itself."""
    lines = re.sub(r"```.*?```", "", written(text), flags=re.DOTALL).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("/")]
