"""A plan as HTML: one file, everything in it, and nobody's text is taken for markup."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from reconciler.commands.planning import make_plan
from reconciler.review import html_rows
from reconciler.review.html import html
from reconciler.review.html_rows import as_script_data, table_data
from tests.commands.desk import furnish
from tests.review.test_injection import NASTY, TEXTS, plan_saying, rows_saying
from tests.review.test_terminal import POLICY, ROSTER

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = furnish(tmp_path_factory.mktemp("html") / "site", policy=POLICY, roster=ROSTER)
    return make_plan(folder, as_of=NOON, no_color=True)


@pytest.fixture(scope="module")
def report(made):
    return html(made.document, made.saved_actions, file="plan.zip")


class Reader(HTMLParser):
    """The elements of a report with their attributes, and its words."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.words.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def data_of(text):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    )


PARTS = {
    "the verdict": "This plan assigns 4 trainings, for 3 people in all.",
    "as-of": "2026-03-02 12:00",
    "expiry": "2026-03-03 12:00",
    "the policy": "knives",
    "its target in words": "For: hired before 2000-01-01, or role is cook.",
    "a description that looks like markup": "[bold]All[/bold] cooks, [red",
    "who is existing": "were here before this rule began",
    "an expired exemption": "This exemption has expired: over",
    "an exemption with its reason": "on leave",
    "the command": "reconciler apply plan.zip",
    "a warning to its reader": "This report has ids of people in it",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_it_tells(report, part):
    assert part in " ".join("".join(read(report).words).split())


def test_the_same_plan_is_the_same_report(made, report):
    assert html(made.document, made.saved_actions, file="plan.zip") == report, "D1"


def test_it_needs_nothing_else(report):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', report)[1]
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe" not in policy
    sources = re.findall(r"""(?:src|href|action|data)=["']([^"']*)""", report)
    assert set(sources) == {"data:,", "#actions"}
    assert "@import" not in report
    assert "url(" not in report


def test_no_inline_style_or_handler(report):
    attributes = {name for _, names in read(report).elements for name in names}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_rows(made, report):
    data = data_of(report)
    assert len(data["who"]) == sum(data["of"]) == len(made.saved_actions) == data["total"]
    told = {
        (data["trainees"][who], one["content"])
        for one, who in zip(spread(data), data["who"], strict=True)
    }
    assert told == set(
        zip(made.saved_actions["trainee"], made.saved_actions["content"].cast(str), strict=True)
    )
    assert data["dues"] == sorted(data["dues"])
    assert data["asOf"] == "2026-03-02T12:00:00"


def spread(data):
    return [
        one for one, rows in zip(data["decisions"], data["of"], strict=True) for _ in range(rows)
    ]


def test_what_is_lost_comes_first_and_the_rest_is_cut(made, monkeypatch):
    decisions = tuple(
        one.model_copy(update={"action": "remove" if number == 1 else "assign"})
        for number, one in enumerate(made.document.decisions)
    )
    document = made.document.model_copy(update={"decisions": decisions})
    monkeypatch.setattr(html_rows, "MOST_ROWS", 3)
    data = table_data(document, made.saved_actions)
    assert data["decisions"][0]["action"] == "remove"
    assert sum(data["of"]) == len(data["who"]) == 3
    assert data["total"] == 4


def shape(text):
    return [one for one in read(text).elements if one[0] != "rect"]


def said(text):
    return html(plan_saying(text, text), rows_saying(text), file=text or "x")


PLAIN = shape(said("plain"))


@settings(max_examples=80)
@given(text=TEXTS.filter(str.strip))
def test_a_text_changes_no_structure(text):
    assert shape(said(text)) == PLAIN


@settings(max_examples=80)
@given(text=TEXTS)
def test_data_is_what_was_put_in(text):
    data = {"text": text, text: [text]}
    written = as_script_data(data)
    assert json.loads(written) == data
    assert not set("<>&\u2028\u2029") & set(written)


@pytest.mark.parametrize("text", NASTY)
def test_the_data_of_a_report_stays_in_its_element(text):
    assert data_of(said(text))["decisions"][0]["causes"][0]["id"] == text
