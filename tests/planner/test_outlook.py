"""When an answer changes by itself, and why work starts over or is kept: in words (R, A11)."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from rich.console import Console

from reconciler.planner import wanted
from reconciler.planner.explain import explain
from reconciler.review.explanation import show_explanation
from tests.builders import CHICAGO, named, roster, scene

KNIFE = "course/knife"
EXISTING = {"scope": "future-and-existing"}
COOKS = {"target": {"role": "cook"}}
RENEWS = {**EXISTING, "renew": {"every": "12 months", "open": "30 days"}}


def turn(story):
    """The next instant at which ann's answer changes by itself, on local clocks, and why."""
    found = explain(story.plan(), "ann", KNIFE).turn
    return found and (f"{found.at.astimezone(CHICAGO):%Y-%m-%d %H:%M}", found.what)


def on_leave(**keys):
    """Ann is exempt until the end of May."""
    return scene("ann role=cook", **{**EXISTING, **keys}).write(
        "exemptions", "leave", **COOKS, **{"from": KNIFE}, reason="leave", until="2026-05-31"
    )


def leaving(line, day, **keys):
    """The roster gives a termination date to come."""
    people = roster(line).with_columns(termination_date=date.fromisoformat(day))
    return scene(line, **{**EXISTING, **keys}).given(roster=people)


def exempting(story, name="leave", **keys):
    """One more exemption from a rule, of ann unless it says otherwise."""
    keys = {"target": {"trainees": ["ann"]}, "from": "automation.knife", **keys}
    return story.write("exemptions", name, reason="leave", **keys)


def told(story, content=KNIFE):
    text = StringIO()
    show_explanation(
        explain(story.plan(), "ann", content), Console(file=text, width=200, no_color=True)
    )
    return text.getvalue()


@named(
    ("story", "expected"),
    {
        "a renewal": (
            lambda: scene("ann role=cook", **RENEWS).enroll("ann knife completed"),
            ("2027-01-31 00:00", "automation.knife renews it"),
        ),
        "a renewal that is open already": (
            lambda: scene("ann role=cook", **RENEWS).enroll("ann knife completed").later(days=400),
            None,
        ),
        "not wanted, so not renewed": (
            lambda: scene("ann role=server", **RENEWS).enroll("ann knife completed"), None,
        ),
        "a window that opens": (
            lambda: scene("ann role=cook", **EXISTING, window={"start": "2026-04-01"}),
            ("2026-04-01 00:00", "the window of automation.knife opens"),
        ),
        "a window that closes": (
            lambda: scene("ann role=cook", **EXISTING, window={"end": "2026-04-01"}),
            ("2026-04-02 00:00", "the window of automation.knife closes"),
        ),
        "a window that opens for others: she has left": (
            lambda: scene(
                "ann role=cook activity=inactive", **EXISTING, window={"start": "2026-04-01"}
            ),
            None,
        ),
        "nobody knows whether she works here": (
            lambda: scene(
                "ann role=cook activity=unknown", **EXISTING, window={"start": "2026-04-01"}
            ),
            None,
        ),
        "tenure": (
            lambda: scene(
                "ann role=cook hired=2026-01-31", **EXISTING,
                target={"role": "cook", "tenure": {"at_least": "3 months"}},
            ),
            ("2026-04-30 00:00", "the tenure that automation.knife asks for is reached"),
        ),
        "tenure that decides nothing": (
            lambda: scene(
                "ann role=server hired=2026-01-31", **EXISTING,
                target={"role": "cook", "tenure": {"at_least": "3 months"}},
            ),
            None,
        ),
        "an exemption that ends": (
            lambda: scene("ann role=cook", **EXISTING).write(
                "exemptions", "leave", **COOKS, **{"from": KNIFE}, reason="leave",
                until="2026-05-31",
            ),
            ("2026-06-01 00:00", "the exemption leave ends"),
        ),
        "an exemption from a rule that has another name now": (
            lambda: scene("ann role=cook", **EXISTING).move("automation.knife", "automation.blade").write(
                "exemptions", "leave", **COOKS, **{"from": "automation.knife"}, reason="leave",
                until="2026-05-31",
            ),
            ("2026-06-01 00:00", "the exemption leave ends"),
        ),
        "nothing": (lambda: scene("ann role=cook", **EXISTING), None),
        "a window that opens, and she will be existing": (
            lambda: scene("ann role=cook", window={"start": "2026-04-01"}), None,
        ),
        "a window that opens for whom it hires": (
            lambda: scene("ann role=cook hired=2026-04-01", window={"start": "2026-04-01"}),
            ("2026-04-01 00:00", "the window of automation.knife opens"),
        ),
        "a window that closes, and she is existing": (
            lambda: scene("ann role=cook", window={"end": "2026-04-01"}).apply(), None,
        ),
        "a window that closes, and she is existing with this plan": (
            lambda: scene("ann role=cook", window={"end": "2026-04-01"}), None,
        ),
        "a window that closes, and she is enrolled": (
            lambda: scene("ann role=cook", **EXISTING, window={"end": "2026-04-01"}).apply(), None,
        ),
        "a window that opens while she is exempt": (
            lambda: on_leave(window={"start": "2026-04-01"}),
            ("2026-06-01 00:00", "the exemption leave ends"),
        ),
        "an exemption that ends before the window opens": (
            lambda: on_leave(window={"start": "2026-07-01"}),
            ("2026-07-01 00:00", "the window of automation.knife opens"),
        ),
        "an exemption that ends after the window has closed": (
            lambda: on_leave(window={"end": "2026-05-01"}), None,
        ),
        "an exemption that ends, and she is enrolled": (
            lambda: on_leave().enroll("ann knife"), None,
        ),
        "two things at one instant": (
            lambda: on_leave(window={"start": "2026-06-01"}),
            ("2026-06-01 00:00",
             "the exemption leave ends and the window of automation.knife opens"),
        ),
        "tenure reached after a rule for those to come has begun": (
            lambda: scene(
                "ann role=cook hired=2026-01-31", window={"start": "2026-04-01"},
                target={"role": "cook", "tenure": {"at_least": "3 months"}},
            ),
            ("2026-04-30 00:00", "the tenure that automation.knife asks for is reached"),
        ),
        "tenure reached before such a rule begins": (
            lambda: scene(
                "ann role=cook hired=2026-01-31", window={"start": "2026-06-01"},
                target={"role": "cook", "tenure": {"at_least": "3 months"}},
            ),
            None,
        ),
        "a renewal after the window has closed": (
            lambda: scene("ann role=cook", **RENEWS, window={"end": "2026-12-31"}).enroll(
                "ann knife completed"
            ),
            None,
        ),
        "a renewal after an exemption": (
            lambda: on_leave(**RENEWS).enroll("ann knife completed"),
            ("2027-01-31 00:00", "automation.knife renews it"),
        ),
        "a window that opens for another rule": (
            lambda: scene("ann role=cook", **EXISTING, window={"start": "2026-04-01"}).write(
                "automations", "blade", assign=KNIFE, target={"role": "server"}, **EXISTING,
                window={"start": "2026-04-01"},
            ),
            ("2026-04-01 00:00", "the window of automation.knife opens"),
        ),
        "tenure that takes it away": (
            lambda: scene(
                "ann role=cook hired=2026-01-31", **EXISTING, on_exit="remove",
                target={"role": "cook", "tenure": {"less_than": "3 months"}},
            ).apply(),
            ("2026-04-30 00:00", "the tenure that automation.knife asks for is over"),
        ),
        "P5 a termination date that takes it away": (
            lambda: leaving("ann role=cook", "2026-04-10", on_exit="remove").apply(),
            ("2026-04-10 00:00", "the termination date is reached"),
        ),
        "P5 a termination date with which she ceases to count": (
            lambda: leaving("ann role=cook", "2026-04-10").apply(),
            ("2026-04-10 00:00", "the termination date is reached"),
        ),
        "P5 a termination date of whom the rule is not for": (
            lambda: leaving("ann role=server", "2026-04-10"), None,
        ),
        "P5 a termination date of whom the rule gives nothing": (
            lambda: leaving("ann role=cook", "2026-04-10", window={"end": "2026-02-01"}), None,
        ),
        "P5 a window that opens after she has left": (
            lambda: leaving("ann role=cook", "2026-04-10", window={"start": "2026-05-01"}), None,
        ),
        "P5 a window that closes on the day on which she leaves": (
            lambda: leaving("ann role=cook", "2026-04-11", on_exit="remove",
                            window={"end": "2026-04-10"}).apply(),
            ("2026-04-11 00:00", "the termination date is reached"),
        ),
        "P5 a termination date of whom nobody knows whether she works here": (
            lambda: leaving("ann role=cook activity=unknown", "2026-04-10"), None,
        ),
        "A12c, P5 she exits once it is decided": (
            lambda: leaving("ann role=cook", "2026-04-10", on_exit="remove").apply().given(
                roster=roster("ann role=cook activity=unknown").with_columns(
                    termination_date=date(2026, 4, 10)
                )
            ),
            ("2026-04-10 00:00", "the termination date is reached"),
        ),
        "P5 no termination date": (
            lambda: scene("ann role=cook", **EXISTING).apply().given(
                roster=roster("ann role=cook").with_columns(termination_date=None)
            ),
            None,
        ),
        "A3d first seen now, and no late row when the tenure is reached": (
            lambda: scene(
                "bob role=cook", target={"role": "cook", "tenure": {"at_least": "3 months"}},
                late_rows="existing",
            ).apply().hire("ann role=cook hired=2026-01-31"),
            ("2026-04-30 00:00", "the tenure that automation.knife asks for is reached"),
        ),
        "A3d a late row now": (
            lambda: scene(
                "bob role=cook", target={"role": "cook"}, late_rows="existing",
                window={"end": "2026-04-01"},
            ).apply().hire("ann role=cook hired=2026-01-31"),
            None,
        ),
        "an exemption of others": (
            lambda: exempting(
                scene("ann role=cook", "bob role=cook", **EXISTING),
                target={"trainees": ["bob"]}, until="2026-05-31",
            ),
            None,
        ),
        "an exemption of her and others": (
            lambda: exempting(
                scene("ann role=cook", "bob role=cook", **EXISTING),
                target={"trainees": ["bob", "ann"]}, until="2026-05-31",
            ),
            ("2026-06-01 00:00", "the exemption leave ends"),
        ),
        "an exemption from another content": (
            lambda: exempting(
                scene("ann role=cook", **EXISTING), until="2026-05-31", **{"from": "course/fire"}
            ),
            None,
        ),
        "an exemption of those who are new": (
            lambda: exempting(
                scene("ann role=cook hired=2026-01-31", **EXISTING),
                target={"role": "cook", "tenure": {"less_than": "3 months"}},
            ),
            ("2026-04-30 00:00", "the tenure that the exemption leave asks for is over"),
        ),
        "an exemption of those who are not new": (
            lambda: exempting(
                scene("ann role=cook hired=2026-01-31", **EXISTING),
                target={"not": {"tenure": {"less_than": "3 months"}}},
            ),
            ("2026-04-30 00:00", "the tenure that the exemption leave asks for is over"),
        ),
        "an exemption of new servers": (
            lambda: exempting(
                scene("ann role=cook hired=2026-01-31", **EXISTING),
                target={"role": "server", "tenure": {"less_than": "3 months"}},
            ),
            None,
        ),
        "an exemption of those of some store": (
            lambda: exempting(
                scene("ann role=cook location=austin-1", **EXISTING),
                target={"any": [{"region": "so*"}, {"role": "pilot"}]}, until="2026-05-31",
            ),
            ("2026-06-01 00:00", "the exemption leave ends"),
        ),
    },
)  # fmt: skip
def test_when_the_answer_changes_next(story, expected):
    assert turn(story()) == expected


def test_who_is_explained_does_not_change_the_plan():
    """D1: what is asked about one trainee is worked out beside it."""
    made = scene("ann role=cook badge=red", "bob badge=blue", target={"badge": "red"},
                 window={"start": "2026-04-01"}).plan()  # fmt: skip
    explain(made, "ann", KNIFE)

    assert [n.is_met for n in (explain(made, one, KNIFE).answers[0].tree for one in ("ann", "bob"))
            ] == [True, False]  # fmt: skip


OTHERS = {
    "by name": {"target": {"trainees": ["bob"]}},
    "by what they bear": {"target": {"role": "server"}},
    "by tenure": {"target": {"role": "server", "tenure": {"at_least": "1 month"}}},
    "from another content": {"from": "course/fire"},
    "from another rule": {"from": "automation.fire"},
}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_nobody_looks_at_exemptions_of_others_again(others, monkeypatch):
    """What is imagined for her is as much with many of them, each with a day of its own."""
    looked_at = []
    covered = wanted.covered
    monkeypatch.setattr(wanted, "covered", lambda *of: looked_at.append(of) or covered(*of))

    def imagined(story):
        made = story.plan()
        looked_at.clear()
        assert explain(made, "ann", KNIFE).turn
        return len(looked_at)

    story = scene("ann role=cook", "bob role=server", **EXISTING, window={"start": "2026-12-01"})
    story = exempting(
        story.write("automations", "fire", assign="course/fire", **COOKS), until="2026-12-31"
    )
    few = imagined(story)
    for day in range(1, 31):
        story = exempting(story, f"other-{day}", **others, until=f"2026-06-{day:02}")

    assert imagined(story) == few > 0


@named(
    ("story", "says"),
    {
        "not begun": (lambda: scene("ann role=cook", window={"start": "2026-04-01"}), True),
        "paused from the beginning": (lambda: scene("ann role=cook", paused=True), True),
        "hired when it begins": (
            lambda: scene("ann role=cook hired=2026-04-01", window={"start": "2026-04-01"}), False,
        ),
        "not in the audience": (
            lambda: scene("ann role=server", window={"start": "2026-04-01"}), False,
        ),
        "over before it began": (lambda: scene("ann role=cook", window={"end": "2026-02-01"}), False),
        "begun": (lambda: scene("ann role=cook").apply(), False),
        "begins now": (lambda: scene("ann role=cook"), False),
        "for everybody": (
            lambda: scene("ann role=cook", **EXISTING, window={"start": "2026-04-01"}), False,
        ),
    },
)  # fmt: skip
def test_who_would_be_existing_when_a_rule_begins(story, says):
    """A3, A6a."""
    assert ("would be existing when this rule begins" in told(story())) is says


def test_the_answer_does_change_then():
    """The instant is the first one with another answer."""
    story = scene("ann role=cook", **RENEWS).enroll("ann knife completed").apply()
    at = explain(story.plan(), "ann", KNIFE).turn.at
    seconds = int((at - story.as_of).total_seconds())

    assert explain(story.later(seconds=seconds - 1).plan(), "ann", KNIFE).decision is None
    assert explain(story.later(seconds=seconds).plan(), "ann", KNIFE).decision is not None
    assert at == datetime(2027, 1, 31, 6, tzinfo=UTC)


@named(
    ("story", "says"),
    {
        "a renewal to come": (
            lambda: scene("ann role=cook", **RENEWS).enroll("ann knife completed version=3"),
            "renewal: every 12 months; opens on 2027-01-31, due on 2027-03-02",
        ),
        "why it starts over": (
            lambda: scene("ann role=cook", **RENEWS).enroll("ann knife completed").later(days=350),
            "is to take again course/knife, by automation.knife: a completion has come to its",
        ),
        "a new version, kept": (
            lambda: scene("ann role=cook", **EXISTING).enroll("ann knife completed"),
            "new version: on_new_version has `completed: keep`: it is kept",
        ),
        "kept by an order": (
            lambda: (
                scene(
                    "ann role=cook",
                    rules={
                        "reassignments": {"o": {"content": KNIFE, **COOKS, "completed": "keep"}}
                    },
                )
                .enroll("ann knife completed")
                .later(days=1)
            ),
            "kept: the order has `completed: keep`",
        ),
        "what was completed stays": (
            lambda: (
                scene("ann role=cook", rules={"removals": {"o": {"content": KNIFE, **COOKS}}})
                .enroll("ann knife completed")
                .later(days=1)
            ),
            "what was completed stays (D3)",
        ),
        "removed by an order": (
            lambda: (
                scene("ann role=cook", **EXISTING)
                .apply()
                .later(days=1)
                .write("removals", "old", content=KNIFE, **COOKS)
                .apply()
            ),
            "taken away by removal.old",
        ),
        "an order that is done": (
            lambda: (
                scene("ann role=cook", rules={"reassignments": {"o": {"content": KNIFE, **COOKS}}})
                .enroll("ann knife completed")
                .later(days=1)
                .apply()
            ),
            "was in this order, which has nothing left to do for them",
        ),
        "a withdrawal": (
            lambda: (
                scene("ann role=cook", rules={"removals": {"o": {"content": KNIFE, **COOKS}}})
                .enroll("ann knife completed=yes")
                .later(days=1)
            ),
            "will have the open retake withdrawn in course/knife, by removal.o",
        ),
    },
)
def test_what_an_explanation_says(story, says):
    assert says in told(story())


def test_the_courses_of_a_module():
    """Which are done, and which start over."""
    order = {"content": "module/start", "courses": ["knife"], **COOKS}
    story = scene("ann role=cook", rules={"reassignments": {"o": order}})
    story = story.enroll("ann module/start in_progress").learn(
        "ann module/start knife completed", "ann module/start fire in_progress"
    )
    said = told(story.later(days=1), "module/start")

    assert "course/knife: completed" in said
    assert "course/fire: in progress" in said
    assert "is to take again course/knife in module/start, by reassignment.o" in said


def test_credit_is_named():
    """C6."""
    story = scene("ann role=cook", assign="module/start", **EXISTING)
    story = story.learn("ann module/other knife completed")

    assert explain(story.plan(), "ann", "module/start").credited == (KNIFE,)
