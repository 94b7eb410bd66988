"""Who existed when an automation began: baselines and late rows (A3 to A6)."""

from reconciler.planner.wanted import prospective_baseline
from tests.builders import NOON, ids, named, scene, stored

EXISTING = {"scope": "future-and-existing"}
MARCH = {"start": "2026-03-02", "end": "2026-03-31"}
UNOPENED = {"start": "2026-03-03"}


@named(
    ("story", "baseline"),
    {
        "A3 all in the audience": (
            lambda: scene("ann role=cook", "bob role=server", "cat role=cook,server"),
            "ann cat",
        ),
        "A3c less those hired on the day of as-of": (
            lambda: scene("ann role=cook hired=2026-03-02", "bob role=cook hired=2026-03-01"),
            "bob",
        ),
        "A3 a missing hire date never takes anyone out": (
            lambda: scene("ann role=cook hired=?"),
            "ann",
        ),
        "A3 who is undecided joins": (
            lambda: scene("ann hired=?", target={"hire_date": {"before": "2020-01-01"}}),
            "ann",
        ),
        "A3 who is undecided joins, with the same save": (
            lambda: scene(
                "ann badge= hired=2026-03-02",
                "bob badge= hired=2026-03-01",
                "cat badge=blue",
                target={"badge": "red"},
            ),
            "bob",
        ),
        "A4a whose role a broken feed has emptied on the day of the effective start": (
            lambda: (
                scene("ann role=cook", "bob role=cook", window=UNOPENED)
                .apply()
                .later(days=1)
                .hire("ann role=")
            ),
            "ann bob",
        ),
        "A4a whose role is emptied on the day of an edit": (
            lambda: (
                scene("ann role=cook", "bob role=server")
                .apply()
                .later(days=1)
                .hire("bob role=")
                .edit(target={"role": ["cook", "server"]})
            ),
            "ann bob",
        ),
        "A4a who never had a role is simply in another": (
            lambda: scene("ann role=cook", "bob role=", window=UNOPENED).apply().later(days=1),
            "ann",
        ),
        "A3c all of unknown activity, matching or not": (
            lambda: scene(
                "ann role=server activity=unknown", "bob role=cook activity=unknown", "cat role=x"
            ),
            "ann bob",
        ),
        "A3c unknown with a hire date on the day is saved": (
            lambda: scene("ann role=cook activity=unknown hired=2026-03-02"),
            "",
        ),
        "A3c the absent are of unknown activity": (
            lambda: (
                scene("ann role=cook", "bob role=cook", window=UNOPENED)
                .apply()
                .drop("ann")
                .later(days=1)
            ),
            "ann bob",
        ),
        "A3 the inactive are not in it": (lambda: scene("ann role=cook activity=inactive"), ""),
        "A3 not before the window opens": (lambda: scene("ann role=cook", window=UNOPENED), ""),
        "A3 not after it has closed": (
            lambda: scene("ann role=cook", window={"end": "2026-03-01"}),
            "",
        ),
        "A3 not while paused": (lambda: scene("ann role=cook", paused=True), ""),
        "A3 the first apply inside the window": (
            lambda: (
                scene("ann role=cook", window=UNOPENED)
                .apply()
                .later(days=5)
                .hire("bob role=cook hired=2026-03-02", "cat role=cook hired=2026-03-03")
            ),
            "ann bob",
        ),
        "A3b the local day of the start's first instant": (
            lambda: scene(
                "ann role=cook hired=2026-02-28",
                "bob role=cook hired=2026-03-01",
                window={"start": "2026-03-02T05:00+00:00"},
            ),
            "ann",
        ),
        "A3b the local day of as-of, not that of UTC": (
            lambda: scene("ann role=cook hired=2026-03-01", "bob role=cook hired=2026-03-02").later(
                hours=8
            ),
            "ann",
        ),
        "A3d late rows join at an apply": (
            lambda: (
                scene("ann role=cook", late_rows="existing")
                .apply()
                .hire("bob role=cook", "cat role=server")
            ),
            "ann bob",
        ),
        "A3d undecided late rows too": (
            lambda: (
                scene("ann badge=red", target={"badge": "red"}, late_rows="existing")
                .apply()
                .hire("bob badge=")
            ),
            "ann bob",
        ),
        "A3d in any pause": (
            lambda: (
                scene("ann role=cook", late_rows="existing")
                .apply()
                .edit(paused=True)
                .hire("bob role=cook")
            ),
            "ann bob",
        ),
        "A3d the day of the effective start is no earlier one": (
            lambda: (
                scene("ann role=cook", late_rows="existing")
                .apply()
                .hire("bob role=cook hired=2026-03-02")
            ),
            "ann",
        ),
        "A4 a transfer leaves it": (
            lambda: scene("ann role=cook", "bob role=cook").apply().hire("ann role=server"),
            "bob",
        ),
        "A4 the inactive leave it": (
            lambda: scene("ann role=cook").apply().hire("ann role=cook activity=inactive"),
            "",
        ),
        "A4 the absent stay": (
            lambda: scene("ann role=cook", "bob role=cook").apply().drop("ann"),
            "ann bob",
        ),
        "A4 the undecided stay": (
            lambda: (
                scene("ann badge=red", "bob badge=red", target={"badge": "red"})
                .apply()
                .hire("ann badge=")
            ),
            "ann bob",
        ),
        "A4 those of unknown activity stay, even not matching": (
            lambda: scene("ann role=cook").apply().hire("ann role=server activity=unknown"),
            "ann",
        ),
        "A4 an emptied attribute stays": (
            lambda: scene("ann role=cook", "bob role=cook").apply().hire("ann role="),
            "ann bob",
        ),
        "A4 whatever the window": (
            lambda: (
                scene("ann role=cook", "bob role=cook", window={"end": "2026-03-02"})
                .apply()
                .later(days=30)
                .hire("ann role=server")
            ),
            "bob",
        ),
        "A4 whatever the pause": (
            lambda: (
                scene("ann role=cook", "bob role=cook")
                .apply()
                .edit(paused=True)
                .hire("ann role=server")
            ),
            "bob",
        ),
        "A4 editing a window changes nothing": (
            lambda: (
                scene("ann role=cook", window={"start": "2026-03-01"})
                .apply()
                .edit(window={"start": "2019-01-01"})
            ),
            "ann",
        ),
        "A5 existing matches of a wider target join": (
            lambda: (
                scene("ann role=cook", "bob role=server", "cat role=baker")
                .apply()
                .edit(target={"role": ["cook", "server"]})
            ),
            "ann bob",
        ),
        "A5 the undecided of a new target join": (
            lambda: scene("ann role=cook badge=").apply().edit(target={"badge": "red"}),
            "ann",
        ),
        "A5 all of unknown activity join": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .hire("bob role=baker activity=unknown")
                .edit(target={"role": ["cook", "server"]})
            ),
            "ann bob",
        ),
        "A5 save those whose present enrollment it gave": (
            lambda: (
                scene("ann role=cook")
                .apply()
                .hire("bob role=cook")
                .apply()
                .hire("bob role=server")
                .apply()
                .edit(target={"role": ["cook", "server"]})
            ),
            "ann",
        ),
        "A5 save those hired on the day of the previous apply": (
            lambda: (
                scene("ann role=cook", "bob role=server hired=2026-03-02")
                .apply()
                .later(days=2)
                .edit(target={"role": ["cook", "server"]})
            ),
            "ann",
        ),
        "A5b the previous apply that found it in the files": (
            lambda: (
                scene("ann role=cook", "bob role=server hired=2026-03-04")
                .apply()
                .later(days=4)
                .apply()
                .edit(target={"role": ["cook", "server"]})
            ),
            "ann bob",
        ),
        "A5 narrower and wider again": (
            lambda: (
                scene("ann role=cook", "bob role=server", target={"role": ["cook", "server"]})
                .apply()
                .edit(target={"role": "cook"})
                .apply()
                .edit(target={"role": ["server", "cook"]})
            ),
            "ann bob",
        ),
        "A5a the order of values is no edit": (
            lambda: (
                scene("ann role=cook", target={"role": ["cook", "server"]})
                .apply()
                .hire("bob role=server")
                .edit(target={"role": ["server", "cook"]})
            ),
            "ann",
        ),
        "A5 an old target that cannot be evaluated matched nobody": (
            lambda: (
                scene("ann role=cook shift=night", target={"shift": "night"})
                .apply()
                .hire("bob role=cook", "ann role=cook")
                .given(custom=frozenset())
                .edit(target={"role": "cook"})
            ),
            "ann bob",
        ),
        "A5 in a pause too": (
            lambda: (
                scene("ann role=cook", "bob role=server")
                .apply()
                .edit(paused=True, target={"role": ["cook", "server"]})
            ),
            "ann bob",
        ),
        "A5c to future-only: all of today, with no save": (
            lambda: (
                scene("ann role=cook hired=2026-03-02", "bob role=x activity=unknown", **EXISTING)
                .apply()
                .edit(scope="future-only")
            ),
            "ann bob",
        ),
        "A5 outside the window: at the effective start": (
            lambda: (
                scene("ann role=cook", **EXISTING, window={"end": "2026-03-02"})
                .apply()
                .later(days=1)
                .edit(scope="future-only")
            ),
            "",
        ),
        "A5 to existing drops it": (
            lambda: scene("ann role=cook").apply().edit(scope="future-and-existing"),
            "",
        ),
        "A3c existing has none": (lambda: scene("ann role=cook", **EXISTING), ""),
    },
)
def test_the_baseline_that_an_apply_leaves(story, baseline):
    assert stored(story().apply(), "baseline") == baseline


@named(
    ("story", "started"),
    {
        "A3 at the first apply": (lambda: scene("ann role=cook"), NOON),
        "A3 kept afterwards": (lambda: scene("ann role=cook").apply().later(days=9), NOON),
        "A3 not before the window": (lambda: scene("ann role=cook", window=UNOPENED), None),
        "A3 not while paused": (lambda: scene("ann role=cook", paused=True), None),
        "A5c lost with future-and-existing": (
            lambda: scene("ann role=cook").apply().edit(scope="future-and-existing"),
            None,
        ),
        "A5c none while paused": (
            lambda: scene("ann role=cook", **EXISTING).apply().edit(scope=None, paused=True),
            None,
        ),
    },
)
def test_the_effective_start(story, started):
    assert story().apply().memory.automations[0].started == started


def test_a_plan_shows_the_baseline_that_an_apply_would_record():
    """A6, A6a: also where the window is not open yet."""
    story = scene("ann role=cook", "bob role=cook hired=2026-03-03", window=UNOPENED)
    made = story.plan()
    one = made.standings[0]

    assert ids(made, prospective_baseline(one.rule, one.verdict.maybe, made.world)) == {"ann"}


def test_late_rows_are_counted_whatever_the_automation_says_of_them():
    """A3, A3d."""
    for late_rows in ("enter", "existing"):
        story = scene("ann role=cook", late_rows=late_rows).apply().later(days=1)
        made = story.hire("bob role=cook", "cat role=cook hired=2026-03-03").plan()

        assert ids(made, made.standings[0].late) == {"bob"}


def test_there_are_no_late_rows_at_the_effective_start():
    """A3d: only for an automation that has started before this plan."""
    assert not scene("ann role=cook", late_rows="existing").plan().standings[0].late
