"""Strategies for what a policy file may say, in the keys that this version plans from."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from tests.properties.workplace import CATALOG

LEAVES = [
    {"everyone": "true"},
    {"role": "cook"},
    {"role": "cook"},
    {"role": ["cook", "server"]},
    {"location": ["austin-1", "austin-2"]},
    {"role": "*cook"},
    {"role": "line-cook"},
    {"location": "austin-*"},
    {"location": "boise-1"},
    {"region": "south"},
    {"region": ["west", "texas"]},
    {"department": "operations"},
    {"department": "kitchen"},
    {"department": "k*"},
    {"brand": "grill"},
    {"franchise": "lone-star"},
    {"badge": "red"},
    {"badge": ["red", "blue"]},
    {"shift": "night"},
    {"hire_date": {"on_or_after": "2026-03-01"}},
    {"hire_date": {"after": "2026-02-01", "on_or_before": "2026-03-03"}},
    {"hire_date": {"before": "2026-03-02"}},
    {"tenure": {"at_least": "90 days"}},
    {"tenure": {"less_than": "1 month"}},
    {"tenure": {"at_least": "2 days", "less_than": "1 year"}},
]

STARTS = [
    None,
    None,
    None,
    "2026-02-01",
    "2026-01-01",
    "2026-03-01",
    "2026-03-03",
    "2026-03-02T12:00",
    "2026-03-08T02:30",
]
ENDS = [
    None,
    None,
    None,
    None,
    "2026-03-02",
    "2026-03-05",
    "2026-03-12T08:00:00+01:00",
    "2026-12-31",
]

CONTENTS = [
    *["course/knife"] * 3,
    "course/fire",
    *["module/start"] * 2,
    "module/safety",
]
"""Few, so that several rules meet in one enrollment."""

DUES = [
    {"days": "14"},
    {"days": "0"},
    {"date": "2026-03-04"},
    "2026-06-30",
    {"days": "30", "after": "hire_date"},
    {"days": "5", "after": "hire_date", "no_earlier_than": "3"},
    {"date": "2026-03-20", "no_earlier_than": "7"},
]


PARTS = {"module/start": ("knife", "fire"), "module/safety": ("fire", "till", "knife")}
"""Which courses of a module an order may name; no publishing takes them out."""

RENEWALS = [
    {"every": "12 months", "open": "30 days"},
    {"every": "3 days", "open": "1 day"},
    {"every": "1 week", "open": "3 days"},
    {"every": "1 month", "open": "1 week"},
    {"every": "30 days", "open": "0 days"},
    {"every": "1 year", "open": "1 month"},
    {"every": "2 days", "open": "1 day"},
]


@st.composite
def targets(draw: Callable, known: Sequence[str], groups: Sequence[str], depth: int = 2) -> dict:
    """A target. ``known`` are the ids that it may name, ``groups`` the groups that it may use."""
    kind = draw(st.sampled_from(["leaf", "leaf", "both", "not", "any", "all", "trainees", "group"]))
    inner = targets(known, groups, depth - 1)
    if kind == "trainees" and known:
        return {"trainees": draw(st.lists(st.sampled_from(known), min_size=1, max_size=4))}
    if kind == "group" and groups:
        return {"group": draw(st.sampled_from(groups))}
    if kind in ("leaf", "trainees", "group") or depth == 0:
        return dict(draw(st.sampled_from(LEAVES)))
    if kind == "both":
        return draw(st.sampled_from(LEAVES)) | draw(st.sampled_from(LEAVES))
    if kind == "not":
        return draw(st.sampled_from(LEAVES)) | {"not": draw(inner)}
    return {kind: draw(st.lists(inner, min_size=1, max_size=2))}


@st.composite
def windows(draw: Callable) -> dict:
    start, end = draw(st.sampled_from(STARTS)), draw(st.sampled_from(ENDS))
    window = {}
    if start:
        window["start"] = start
    if end and not (start and end[:10] <= start[:10]):
        window["end"] = end
    return window


@st.composite
def dues(draw: Callable, window: dict) -> dict | str | None:
    """A due, or none; one that counts from the window's start only where there is one (A9)."""
    choices = [None, *DUES]
    if "start" in window:
        choices += [{"days": "20", "after": "window_start"}]
    due = draw(st.sampled_from(choices))
    if isinstance(due, dict) and draw(st.integers(0, 3)):
        return {**due, "update_existing": "true"}
    return due


@st.composite
def automations(draw: Callable, known: Sequence[str], groups: Sequence[str]) -> dict:
    window = draw(windows())
    due = draw(dues(window))
    rule = {
        "assign": draw(st.sampled_from(CONTENTS)),
        "target": draw(targets(known, groups)),
        "scope": draw(
            st.sampled_from(["future-only", "future-and-existing", "future-and-existing"])
        ),
        "on_exit": draw(st.sampled_from(["remove", "remove-not-started", "remove", "keep"])),
        "on_removed": draw(st.sampled_from(["restore", "restore", "respect"])),
        "late_rows": draw(st.sampled_from(["enter", "existing"])),
        "paused": draw(st.sampled_from(["false"] * 9 + ["true"])),
    }
    rule |= draw(renewing())
    return rule | ({"window": window} if window else {}) | ({"due": due} if due else {})


@st.composite
def renewing(draw: Callable) -> dict:
    """What completed and running work comes to, by time and by new versions; often nothing."""
    rule = {}
    if draw(st.booleans()):
        rule["renew"] = dict(draw(st.sampled_from(RENEWALS)))
    if draw(st.booleans()):
        rule["on_new_version"] = {
            "completed": draw(st.sampled_from(["retake", "retake", "keep"])),
            "in_progress": draw(st.sampled_from(["restart", "keep"])),
            "courses": draw(st.sampled_from(["changed", "all"])),
        }
    return rule


@st.composite
def orders(draw: Callable, known: Sequence[str], groups: Sequence[str]) -> dict:
    rule = draw(_ordered(known, groups))
    order = {"assign": rule.pop("content"), **rule}
    if draw(st.booleans()):
        return order | {"if_assigned": "reassign"} | draw(again(order["assign"]))
    return order


@st.composite
def reassignments(draw: Callable, known: Sequence[str], groups: Sequence[str]) -> dict:
    rule = draw(_ordered(known, groups))
    return rule | draw(again(rule["content"]))


@st.composite
def removals(draw: Callable, known: Sequence[str], groups: Sequence[str]) -> dict:
    rule = draw(_ordered(known, groups))
    rule.pop("due", None)
    return rule | {"in_progress": draw(st.sampled_from(["keep", "remove"]))}


@st.composite
def _ordered(draw: Callable, known: Sequence[str], groups: Sequence[str]) -> dict:
    due = draw(st.sampled_from([None, *DUES]))
    content = draw(st.sampled_from(CONTENTS))
    target = draw(st.just({"everyone": "true"}) | targets(known, groups))
    return {"content": content, "target": target} | ({"due": due} if due else {})


@st.composite
def again(draw: Callable, content: str) -> dict:
    """The words on what an order does to running and completed work."""
    words = {}
    if draw(st.booleans()):
        words["in_progress"] = draw(st.sampled_from(["keep", "restart"]))
    if draw(st.booleans()):
        words["completed"] = draw(st.sampled_from(["keep", "retake"]))
    if content in PARTS and draw(st.booleans()):
        parts = st.sampled_from(PARTS[content])
        words["courses"] = draw(st.lists(parts, min_size=1, max_size=2, unique=True))
    return words


@st.composite
def exemptions(
    draw: Callable, known: Sequence[str], groups: Sequence[str], automations: Sequence[str]
) -> dict:
    owners = [*sorted(CATALOG), *(f"automation.{name}" for name in automations)]
    until = draw(
        st.sampled_from([None, None, None, "2026-03-01", "2026-03-02", "2026-03-04T10:00"])
    )
    exemption = {
        "target": draw(targets(known, groups)),
        "from": draw(st.sampled_from(owners)),
        "reason": "on leave",
    }
    return exemption | ({"until": until} if until else {})


@st.composite
def rows(draw: Callable, as_of: datetime) -> dict:
    """What a roster says of one trainee; hired long ago, about now, or nobody knows.

    The organization lists neither barman nor reno-1 (A4d).
    """
    days = draw(st.sampled_from([-2000, -400, -92, -30, -3, -1, 0, 1, 5, None]))
    return {
        "activity": draw(st.sampled_from(["active"] * 10 + ["inactive", "unknown"])),
        "hire_date": None if days is None else hired(as_of, days),
        "role": draw(
            st.sampled_from(
                [["cook"], ["cook"], ["server"], ["cook", "server"], ["line-cook"], ["barman"], []]
            )
        ),
        "location": draw(
            st.sampled_from(
                [
                    *(["austin-1"], ["boise-1"], ["austin-2"], ["austin-1", "boise-1"]),
                    *(["reno-1"], ["austin-1", "reno-1"], []),
                ]
            )
        ),
        "region": draw(st.sampled_from([None, None, ["west"]])),
        "brand": draw(st.sampled_from([None, None, "bakery"])),
        "department": draw(st.sampled_from([None, None, "floor"])),
        "badge": draw(st.sampled_from(["red", "red", "red", "blue", None])),
        "shift": draw(st.sampled_from(["night", None])),
    }


def hired(as_of: datetime, days: int) -> date:
    return (as_of + timedelta(days=days)).date()
