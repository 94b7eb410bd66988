"""What is forgotten while a run's writes have no outcome yet, and of orders (M4e, A13d, A16a)."""

import pytest

from reconciler.__main__ import run
from reconciler.errors import LmsUnfit
from reconciler.records import SetKey
from reconciler.workspace import open_workspace
from tests.execution.site import (
    COOKS,
    HEADER,
    NOON,
    DyingLedger,
    FailingLms,
    Killed,
    SmallLms,
    carry_out,
    converge,
    held,
    planned,
    site,
)

KNIFE, MODULE = "course/knife-safety", "module/onboarding"
RULE = """\
automations:
  {name}:
    assign: course/knife-safety
    target: {target}
    scope: future-and-existing
    on_exit: {on_exit}
"""
KNIVES = RULE.format(name="knives", target="{role: cook}", on_exit="remove")
OTHER = RULE.format(name="other", target="{trainees: [E1]}", on_exit="remove")
NOBODY = OTHER.replace("E1", "E5")
ORDERED = "assignments:\n  recall: {assign: course/knife-safety, target: {role: cook}}\n"
MOVED = "moved:\n  - {{from: automation.{}, to: automation.{}}}\n"


def forget(folder, name):
    open_workspace(folder).ledger().forget(name, by="eve", now=NOON)


def write(folder, text):
    (folder / "policies/rules.yaml").write_text(text)


def gave(folder, owner):
    state = planned(folder, day=3).workspace.ledger().state()
    return {state.trainees[one] for one in state.members("gave", owner, KNIFE)}


def cut_off(folder):
    """Killed when the LMS has written the first two rows and the ledger has not noted it."""
    made = planned(folder)
    ledger = DyingLedger(made.workspace.ledger(), call=2, after=False)
    with pytest.raises(Killed):
        carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)
    assert {row[0] for row in held(folder)} == {"E1", "E2"}


FORGOTTEN = {
    # the files when it is cut off; what is forgotten; the files then; who owns them in the end
    "a rule": (KNIVES, "automation.knives", OTHER, {}),
    "a rule whose name is given to another": (
        KNIVES + OTHER.partition("\n")[2].replace(KNIFE, MODULE),
        "automation.knives",
        MOVED.format("other", "knives") + OTHER.replace("other", "knives").replace(KNIFE, MODULE),
        {},
    ),
    "none": (KNIVES, None, KNIVES, {"automation.knives": {"E1", "E2", "E3", "E4", "E5"}}),
    "none, and it is renamed": (
        KNIVES, None, MOVED.format("knives", "blades") + KNIVES.replace("knives", "blades"),
        {"automation.blades": {"E1", "E2", "E3", "E4", "E5"}},
    ),
    "a rule that stands in the files still": (
        KNIVES, "automation.knives", KNIVES, {"automation.knives": {"E3", "E4", "E5"}},
    ),
    "a rule that gave it with an order": (
        KNIVES + ORDERED, "automation.knives", OTHER + ORDERED,
        {"assignment.recall": {"E1", "E2", "E3", "E4", "E5"}},
    ),
    "an order that gave it with a rule": (
        KNIVES + ORDERED, "assignment.recall", KNIVES + ORDERED,
        {
            "automation.knives": {"E1", "E2", "E3", "E4", "E5"},
            "assignment.recall": {"E3", "E4", "E5"},
        },
    ),
    "an order that is cancelled then": (ORDERED, "assignment.recall", "automations: {}\n", {}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "forgotten", "after", "owners"), FORGOTTEN.values(), ids=FORGOTTEN
)
def test_what_was_sent_for_it_is_nobodys(tmp_path, before, forgotten, after, owners):
    """A16a, M4e."""
    folder = site(tmp_path / "site", policy=before)
    cut_off(folder)
    if forgotten:
        forget(folder, forgotten)
    write(folder, after)
    converge(folder, day=1)

    names = ["automation.knives", "automation.blades", "automation.other", "assignment.recall"]
    assert {name: who for name in names if (who := gave(folder, name))} == owners
    state = planned(folder, day=3).workspace.ledger().state()
    assert all(order.state != "open" for order in state.orders)
    assert not state.members("open", "assignment.recall")


def test_nobody_loses_what_a_forgotten_rule_had_sent(tmp_path):
    """A16: another rule that found it there gave it to nobody, so nobody exits."""
    folder = site(tmp_path / "site", policy=KNIVES)
    cut_off(folder)
    forget(folder, "automation.knives")
    write(folder, OTHER)
    converge(folder, day=1)
    write(folder, NOBODY)
    converge(folder, day=2)
    assert {row[0] for row in held(folder)} == {"E1", "E2", "E5"}


def test_a_removal_that_is_forgotten_binds_nobody_by_what_it_had_sent(tmp_path):
    """M4e: it was carried out, and takes no more."""
    folder = site(tmp_path / "site", policy=KNIVES)
    converge(folder)
    write(folder, "removals:\n  off: {content: course/knife-safety, target: {role: cook}}\n")
    made = planned(folder, day=1)
    ledger = DyingLedger(made.workspace.ledger(), call=2, after=False)
    with pytest.raises(Killed):
        carry_out(made, lms=SmallLms(folder / "lms.db"), ledger=ledger)
    forget(folder, "removal.off")
    converge(folder, day=2)

    state = planned(folder, day=3).workspace.ledger().state()
    bound = state.members(*SetKey("taken", "removal.off", KNIFE))
    assert {state.trainees[one] for one in bound} == {"E3", "E4", "E5"}
    assert state.members("ended", "", KNIFE) >= state.members("audience", "removal.off")


def test_an_order_that_is_not_finished_is_a_way_out_of_a_cleared_lms(tmp_path):
    """A13d, M4e: it stays open, and goes on with the rows that it had left."""
    crowd = HEADER + "".join(f"N{n},austin-1,cook,2024-01-01,A\n" for n in range(10, 26))
    folder = site(tmp_path / "site", policy=ORDERED, roster=crowd)
    lms = FailingLms(folder / "lms.db", call=6, error=LmsUnfit("gone"))
    carry_out(planned(folder), lms=lms)
    assert run(["lms", "init", "--replace", "--yes", "-C", str(folder)]) == 0
    with pytest.raises(LmsUnfit, match="state forget assignment"):
        planned(folder, day=1)
    forget(folder, "assignment.recall")
    converge(folder, day=1)
    assert {row[0] for row in held(folder)} == {f"N{n}" for n in range(20, 26)}


def test_an_undo_across_an_order_that_was_forgotten_gives_nothing_back_to_it(tmp_path):
    """U8a."""
    folder = site(tmp_path / "site", policy=ORDERED, roster=COOKS)
    converge(folder)
    write(folder, "removals:\n  off: {content: course/knife-safety, target: {role: cook}}\n")
    converge(folder, day=1)
    forget(folder, "assignment.recall")
    assert run(["plan", "--undo", "2", "-o", str(folder / "undo.zip"), "-C", str(folder)]) == 0
    assert run(["apply", str(folder / "undo.zip"), "-C", str(folder)]) == 0

    assert len(held(folder)) == 5
    state = planned(folder, day=3).workspace.ledger().state()
    assert not state.members("gave", "assignment.recall", KNIFE)
