"""Applies that wait for each other, as two jobs with `--wait` do (D8f)."""

from functools import partial

import pytest

from reconciler.commands import applying
from reconciler.execution.lease import Patience
from reconciler.ledger.lease import Holder
from reconciler.lms.local.adapter import LocalLms
from reconciler.workspace import open_workspace
from tests.execution.site import Killed

STANDING = "standing_approval: {attributions: [people, time]}\n"


@pytest.fixture
def desk(desk):
    """After a first run, with somebody new."""
    assert desk.types("apply", "--auto-approve").status == 0
    desk.write("reconciler.yaml", (desk.folder / "reconciler.yaml").read_text() + STANDING)
    roster = (desk.folder / "roster.csv").read_text()
    desk.write("roster.csv", roster + "E9,austin-1,cook,2024-01-01,A\n")
    assert desk.types("plan", "-o", "plan.zip").status == 0
    return desk


def ledger_of(desk):
    return open_workspace(desk.folder).ledger()


def take(desk):
    held = ledger_of(desk).take_lease(Holder("ada"), now=applying.now(), ended=lambda _: True)
    return held, lambda: ledger_of(desk).give_back(held)


def noted(desk):
    """Something in the log, and nothing else: what is planned is the same."""
    lease, _ = take(desk)
    ledger_of(desk).unlock(lease.id, by="eve", reason="it had ended", now=applying.now())


def before_the_lease(monkeypatch, act, *, times=1):
    """Act between the plan and the lease."""
    left, check = [times], applying.check_appliable

    def acted(*arguments, **named):
        check(*arguments, **named)
        if left[0]:
            left[0] -= 1
            act()

    monkeypatch.setattr(applying, "check_appliable", acted)


WISHES = {
    "at once": ["--auto-approve"],
    "what is approved": ["--standing"],
    "a file": ["plan.zip"],
    "within a file": ["--within", "plan.zip"],
    "the rest of a run": ["--resume"],
}


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES.keys())
def test_whoever_was_overtaken_plans_again(desk, monkeypatch, wish):
    if wish == ["--resume"]:
        assign = LocalLms.assign
        monkeypatch.setattr(LocalLms, "assign", killed)
        with pytest.raises(Killed):
            desk.types("apply", "--auto-approve")
        monkeypatch.setattr(LocalLms, "assign", assign)
    before_the_lease(monkeypatch, lambda: noted(desk))
    answer = desk.types("apply", *wish)

    assert answer.status == 0, answer.err
    assert "The ledger has changed meanwhile. Planning again." in answer.out
    assert ("E9", "course/knife-safety") in desk.enrolled()


def killed(*_):
    raise Killed


def test_whoever_was_asked_about_a_plan_gets_no_other_one(desk, monkeypatch):
    monkeypatch.setattr(applying.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(applying.typer, "confirm", lambda *_, **__: None)
    before_the_lease(monkeypatch, lambda: noted(desk))
    answer = desk.types("apply")

    assert answer.status == 5
    assert "plan again" in " ".join(answer.err.split())


def test_whoever_is_always_overtaken_gives_up(desk, monkeypatch):
    before_the_lease(monkeypatch, lambda: noted(desk), times=100)
    answer = desk.types("apply", "--auto-approve")

    assert answer.status == 5
    assert answer.out.count("Planning again") == applying.ATTEMPTS - 1


def test_patience_lasts_until_the_lease_is_taken(desk, monkeypatch):
    """Of two that wait for a third, the slower one waits for the other (D8f)."""
    freeing = []
    before_the_lease(monkeypatch, lambda: freeing.append(take(desk)[1]))
    monkeypatch.setattr(applying, "Patience", partial(Patience, sleep=lambda _: freeing.pop()()))
    answer = desk.types("apply", "--auto-approve", "--wait", "30m")

    assert answer.status == 0, answer.err
    assert freeing == []


def test_without_patience_it_leaves(desk, monkeypatch):
    before_the_lease(monkeypatch, lambda: take(desk))
    answer = desk.types("apply", "--auto-approve")

    assert answer.status == 7
    assert "ada is applying since" in " ".join(answer.err.split())
