"""A plan waits until an LMS has ended what it was sent by a run that broke off (D8d)."""

from datetime import timedelta

import pytest

from reconciler.commands import settling
from reconciler.commands.settling import let_settle
from reconciler.execution.lease import leased
from reconciler.ledger.lease import Holder
from reconciler.workspace import open_workspace
from tests.execution.site import NOON, FailingLms, Killed, carry_out, planned, site

LOCAL = "{adapter: local, path: lms.db}"
HTTP = '{adapter: http, address: "https://lms.example.com", settles_after: 60}'


@pytest.fixture
def waited(monkeypatch):
    """How many seconds were waited for."""
    found = []
    monkeypatch.setattr(settling, "pause", found.append)
    return found


@pytest.fixture
def folder(tmp_path):
    return site(tmp_path / "site")


def break_off(folder):
    with pytest.raises(Killed):
        carry_out(planned(folder), lms=FailingLms(folder / "lms.db", call=2, error=Killed()))


def over_http(folder, text=HTTP):
    path = folder / "reconciler.yaml"
    path.write_text(path.read_text().replace(LOCAL, text))
    return open_workspace(folder)


# How long after the run broke off the plan is made, and how long it waits.
LATER = {
    "at once": (0, [61]),
    "ten seconds later": (10, [51]),
    "when all has ended": (61, []),
    "much later": (86_400, []),
    "the clock was set back": (-3600, [61]),
}


@pytest.mark.parametrize(("seconds", "wanted"), LATER.values(), ids=LATER.keys())
def test_waits_for_what_was_sent(folder, waited, capsys, seconds, wanted):
    break_off(folder)
    workspace = over_http(folder)
    capsys.readouterr()
    let_settle(workspace, now=NOON + timedelta(seconds=seconds), no_color=True)

    assert waited == wanted
    assert ("A run broke off. Waiting" in capsys.readouterr().err) is bool(wanted)


def test_does_not_wait_where_nothing_is_open(folder, waited):
    let_settle(over_http(folder), now=NOON, no_color=True)
    assert carry_out(planned_locally(folder)).is_whole
    let_settle(over_http(folder), now=NOON, no_color=True)
    assert waited == []


def planned_locally(folder):
    path = folder / "reconciler.yaml"
    path.write_text(path.read_text().replace(HTTP, LOCAL))
    return planned(folder)


@pytest.mark.parametrize("text", [LOCAL, HTTP.replace("60", "0")], ids=["local", "set to nothing"])
def test_does_not_wait_for_an_lms_that_does_all_at_once(folder, waited, text):
    break_off(folder)
    let_settle(over_http(folder, text), now=NOON, no_color=True)
    assert waited == []


def test_does_not_wait_for_a_run_that_is_at_work(folder, waited):
    break_off(folder)
    workspace = over_http(folder)
    with leased(workspace.ledger(), Holder("somebody"), clock=lambda: NOON):
        let_settle(workspace, now=NOON + timedelta(seconds=5), no_color=True)
    assert waited == []


def test_a_run_was_last_heard_of_when_it_renewed_its_lease(folder, waited):
    break_off(folder)
    workspace = over_http(folder)
    later = NOON + timedelta(seconds=30)
    with leased(workspace.ledger(), Holder("somebody"), clock=lambda: later):
        pass
    let_settle(workspace, now=NOON + timedelta(seconds=40), no_color=True)
    assert waited == [51]


def test_what_is_wrong_with_the_ledger_is_told_by_the_plan(folder, waited):
    break_off(folder)
    workspace = over_http(folder)
    (folder / "ledger.db").unlink()
    let_settle(workspace, now=NOON, no_color=True)
    assert waited == []
