"""Generated worlds: small, valid and nasty, with ledgers that real runs could have left."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from reconciler.frames import Capabilities
from tests.properties.changes import (
    POLICY_CHANGES,
    WORLD_CHANGES,
    add_automation,
    add_order,
    exempt,
    hire_somebody,
    learn,
    move_value,
    publish,
)
from tests.properties.rules import CONTENTS, targets
from tests.properties.valid import part_clashing_orders, settle
from tests.properties.workplace import CHICAGO, Stage, Workplace

CAPABILITIES = [
    *[Capabilities()] * 7,
    *[Capabilities(creates_accounts=True)] * 3,
    *[Capabilities(precision=timedelta(minutes=1))] * 3,
    Capabilities(removes=False),
    Capabilities(due_dates=False),
    Capabilities(modules=False),
    Capabilities(writes=False),
    Capabilities(withdraws=False),
    Capabilities(reassigns=False),
    Capabilities(reassigns_courses=False),
    Capabilities(credits=False),
]
UNMAPPED = [
    frozenset(),
    frozenset({"region", "franchise"}),
    frozenset({"region", "brand", "franchise", "department"}),
]
"""What only the organization gives."""

STATUSES = ["not_started", "in_progress", "completed", "completed"]
HOURS = [24, 0, 1, 12, 24, 72, 240, 1000]


@st.composite
def worlds(draw: Callable) -> Stage:
    """A snapshot, policies and as-of. The ledger is what up to three applies have left."""
    return draw(histories(most=4))[-1]


@st.composite
def histories(draw: Callable, most: int = 5) -> list[Stage]:
    """The moments before each apply of one workplace, up to ``most``, in order.

    Each snapshot's ledger is what carrying out the stages before it has left.
    """
    workplace = draw(workplaces())
    stages = []
    for _ in range(draw(st.integers(1, most))):
        if stages:
            live_on(draw, workplace)
        make_valid(workplace)
        stages.append(applied(draw, workplace))
    return stages


def make_valid(workplace: Workplace) -> None:
    settle(workplace)
    part_clashing_orders(workplace)


def live_on(draw: Callable, workplace: Workplace) -> None:
    workplace.wait(hours=draw(st.sampled_from(HOURS)))
    for change in draw(st.lists(st.sampled_from([learn, learn, publish]), min_size=1, max_size=6)):
        change(draw, workplace)
    for change in draw(st.lists(st.sampled_from(WORLD_CHANGES), min_size=1, max_size=5)):
        change(draw, workplace)
    for change in draw(st.lists(st.sampled_from(POLICY_CHANGES), max_size=3)):
        change(draw, workplace)
    if not workplace.people:
        hire_somebody(draw, workplace)


def applied(draw: Callable, workplace: Workplace) -> Stage:
    planned = sorted(workplace.plan().actions)
    refused = []
    if planned and draw(st.integers(0, 4)) == 4:
        refused = draw(st.lists(st.sampled_from(planned), max_size=2))
    stage = workplace.stage(refused)
    workplace.apply(refused)
    return stage


def _live_before(draw: Callable, workplace: Workplace) -> None:
    """What the LMS holds of the time before the first plan."""
    first, hours = workplace.as_of, draw(st.sampled_from([0, 1, 30, 200, 9000]))
    workplace.as_of -= timedelta(hours=2 * hours)
    contents = st.sampled_from([*CONTENTS, "course/extra"])
    for trainee in draw(
        st.lists(st.sampled_from(sorted(workplace.people)), min_size=2, max_size=8)
    ):
        content = draw(contents)
        if (trainee, content) not in workplace.holdings:
            workplace.enroll(trainee, content, draw(st.sampled_from([*STATUSES, "unknown"])))
    workplace.as_of += timedelta(hours=hours)
    for _ in range(draw(st.integers(2, 8)) if workplace.holdings else 0):
        draw(st.sampled_from([learn, learn, learn, publish]))(draw, workplace)
    workplace.as_of = first


@st.composite
def workplaces(
    draw: Callable,
    make: Callable[..., Workplace] = Workplace,
    capabilities: Sequence[Capabilities] = CAPABILITIES,
) -> Workplace:
    """A workplace before its first apply."""
    workplace = make(
        zone=draw(st.sampled_from([CHICAGO, ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")])),
        capabilities=draw(st.sampled_from(capabilities)),
        required=draw(st.sampled_from([frozenset({"badge"}), frozenset({"badge", "role"})])),
        unmapped=draw(st.sampled_from(UNMAPPED)),
        inactive_after=draw(st.sampled_from([None, None, 3, 10])),
    )
    for _ in range(draw(st.integers(1, 7))):
        hire_somebody(draw, workplace)
    if draw(st.integers(0, 3)) == 3:
        workplace.accounts = set(draw(st.sets(st.sampled_from(sorted(workplace.people)))))
    _live_before(draw, workplace)
    workplace.section("groups")["crew"] = draw(targets(workplace.known(), ()))
    workplace.section("groups")["leads"] = draw(targets(workplace.known(), ("crew",)))
    for _ in range(draw(st.integers(1, 3))):
        add_automation(draw, workplace)
    for change in (add_order, add_order, exempt, move_value):
        if draw(st.integers(0, 2)) == 2:
            change(draw, workplace)
    return workplace
