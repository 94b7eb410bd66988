"""Every trainee that a target matches or leaves undecided has one coded reason (D4)."""

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from reconciler.frames import Capabilities
from reconciler.planner.reasons import Reason
from reconciler.planner.sets import shared_out
from tests.builders import named, reasons, scene

EXISTING = {"scope": "future-and-existing"}
HINDRANCES = list(Reason)[:-1]
SETS = st.frozensets(st.integers(0, 40)).map(BitMap)
EXEMPT = {"target": {"everyone": True}, "from": "automation.knife", "reason": "on leave"}
CLOSED = {"start": "2027-01-01"}
NO_MODULES = Capabilities(modules=False)


def test_the_codes_stand_in_the_order_of_the_rule():
    assert [str(reason) for reason in Reason] == [
        "inactive",
        "activity unknown",
        "undecided",
        "reassigned",
        "satisfied",
        "not enrolled",
        "exempt",
        "removed by order",
        "removal respected",
        "paused",
        "window not open",
        "baseline",
        "no account",
        "blocked by capability",
        "held by guard",
        "assigned",
    ]


@given(SETS, st.lists(SETS, min_size=len(HINDRANCES), max_size=len(HINDRANCES)))
def test_the_shares_are_disjoint_and_nobody_is_left_over(everyone, sets):
    found = shared_out(everyone, zip(HINDRANCES, sets, strict=True), Reason.ASSIGNED)

    assert sum(len(share) for share in found.values()) == len(everyone)
    assert BitMap.union(BitMap(), *found.values()) == everyone
    assert all(found.values())


@given(SETS, st.lists(SETS, min_size=4, max_size=4))
def test_who_is_in_several_sets_gets_the_first_that_applies(everyone, sets):
    rows = list(zip(HINDRANCES[:4], sets, strict=True))
    found = shared_out(everyone, rows, Reason.ASSIGNED)

    for trainee in everyone:
        first = next((reason for reason, who in rows if trainee in who), Reason.ASSIGNED)
        assert trainee in found[first]


def crowded():
    """All that can keep somebody from an assignment holds for ann at once."""
    story = scene(
        "ann role=cook badge=red",
        "zoe role=cook badge=red",
        assign="module/start",
        target={"badge": "red"},
    ).apply()
    story = story.edit(window=CLOSED, paused=True, on_removed="respect")
    story = story.write("exemptions", "leave", **EXEMPT).enroll("ann module/start")
    story = story.given(accounts=frozenset({"zoe"}), capabilities=NO_MODULES)
    return story.hire("ann role=cook badge= activity=inactive")


def no_more_inactive():
    return crowded().hire("ann role=cook badge= activity=unknown")


def known():
    return crowded().hire("ann role=cook badge=")


def decided():
    return crowded().hire("ann role=cook badge=red")


def not_held():
    return decided().take_away("ann module/start")


def not_exempt():
    return not_held().delete("leave", section="exemptions")


def not_paused():
    return not_exempt().edit(paused=None)


def opened():
    return not_paused().edit(window=None)


def wanted():
    return opened().edit(scope="future-and-existing")


def with_account():
    return wanted().given(accounts=frozenset({"ann", "zoe"}))


def able():
    return with_account().given(capabilities=Capabilities())


@named(
    ("story", "reason"),
    {
        "inactive": (crowded, "inactive"),
        "activity unknown": (no_more_inactive, "activity unknown"),
        "undecided": (known, "undecided"),
        "satisfied": (decided, "satisfied"),
        "exempt": (not_held, "exempt"),
        "paused": (not_exempt, "paused"),
        "window not open": (not_paused, "window not open"),
        "baseline": (opened, "baseline"),
        "no account": (wanted, "no account"),
        "blocked by capability": (with_account, "blocked by capability"),
        "assigned": (able, "assigned"),
    },
)
def test_the_first_that_applies(story, reason):
    """D4: from one case to the next, what applied first is lifted."""
    assert reasons(story())["ann"] == reason


def test_a_respected_removal_goes_before_a_pause_and_after_an_exemption():
    """D4."""
    story = scene("ann role=cook", **EXISTING, on_removed="respect").apply().take_away("ann knife")

    assert reasons(story.edit(paused=True)) == {"ann": "removal respected"}
    assert reasons(story.edit(window=CLOSED)) == {"ann": "removal respected"}
    assert reasons(story.write("exemptions", "leave", **EXEMPT)) == {"ann": "exempt"}


def test_everybody_else_has_none():
    """D4, P5a: who decidedly does not match, and who is absent, is not counted."""
    story = scene("ann role=cook", "bob role=server", "cat role=cook").apply().drop("cat")

    assert reasons(story) == {"ann": "baseline"}


def test_the_inactive_of_a_target_are_counted():
    """D4."""
    story = scene("ann role=cook activity=inactive", "bob role=server activity=inactive")

    assert reasons(story) == {"ann": "inactive"}


@given(st.data())
def test_every_matching_or_undecided_row_has_exactly_one_reason(data):
    """D4, over random people."""
    lines = [
        f"t{number} role={data.draw(st.sampled_from(['cook', 'server', '']))}"
        f" badge={data.draw(st.sampled_from(['red', 'blue', '']))}"
        f" activity={data.draw(st.sampled_from(['active', 'inactive', 'unknown']))}"
        for number in range(data.draw(st.integers(1, 6)))
    ]
    target = {"role": "cook", "badge": "red"}
    made = scene(*lines, "zoe role=x badge=x", target=target).plan()
    one, shared = made.standings[0], made.reasons["automation.knife"]

    assert sum(map(len, shared.values())) == len(made.world.index.roster - one.verdict.no)
