"""A workspace whose LMS is behind a server, as its user sees it."""

from dataclasses import replace
from threading import Event

import pytest

from reconciler.commands import settling
from reconciler.lms.settings import TOKEN
from reconciler.records import SetKey
from reconciler.workspace import open_workspace
from tests.commands.desk import typed
from tests.hosting.loopback import Reply, serving
from tests.lms.bridge import SECRET, Bridges, refusal

LOCAL = "{adapter: local, path: lms.db}"
HTTP = (
    '{adapter: http, address: "%s/lms.db", calls_per_second: 1000, patience: 0, settles_after: 0}'
)


@pytest.fixture
def server(desk):
    with serving(Bridges(desk.folder), keep_alive=True) as loopback:
        yield loopback


@pytest.fixture(autouse=True)
def _over_http(desk, server, monkeypatch):
    monkeypatch.setenv(TOKEN, SECRET)
    desk.replace("reconciler.yaml", LOCAL, HTTP % server.address)


def test_planned_applied_and_empty(desk):
    assert desk.types("validate").status == 0
    assert desk.types("plan", "--detailed-exitcode").status == 2
    answer = desk.types("apply", "--auto-approve")
    assert (answer.status, "3 rows written" in answer.out) == (0, True)
    assert len(desk.enrolled()) == 3
    assert desk.types("plan", "--detailed-exitcode").status == 0


def test_shown(desk):
    desk.types("apply", "--auto-approve")
    answer = desk.types("lms", "show")
    assert "course/fire-safety" in answer.out
    assert "not started" in answer.out
    answer = desk.types("lms", "show", "E1")
    assert "not_started" in answer.out
    answer = desk.types("lms", "show", "E11")
    assert (answer.status, "Did you mean 'E1'" in answer.err) == (1, True)


@pytest.mark.parametrize("command", [("init",), ("load",), ("publish", "course/a")])
def test_what_only_the_local_lms_has(desk, command):
    answer = desk.types("lms", *command)
    assert answer.status == 1
    assert "`lms: {adapter: http}`; this command is for `adapter: local`" in answer.err


def test_without_a_token(desk, monkeypatch):
    monkeypatch.delenv(TOKEN)
    answer = desk.types("plan")
    assert (answer.status, TOKEN in answer.err) == (1, True)


def test_a_wrong_token(desk, monkeypatch):
    monkeypatch.setenv(TOKEN, "another-0ne")
    answer = desk.types("plan")
    assert (answer.status, "401 Unauthorized" in answer.err) == (8, True)
    assert "another-0ne" not in answer.out + answer.err


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(raw=b"<html>Down"), "something else than data"),
        (refusal(503, "closed for maintenance"), "closed for maintenance"),
        (Reply(silent=True), "broke off"),
        (Reply(data=[]), "Not as the protocol says"),
    ],
    ids=["a page", "maintenance", "no answer", "an empty list"],
)
def test_an_lms_that_cannot_be_read(desk, server, reply, words):
    server.handler = lambda _: reply
    for command in ("plan", "apply --auto-approve", "lms show"):
        answer = desk.types(*command.split())
        assert answer.status == 8, command
        assert words in answer.err
        assert "LMS cannot be read" in answer.err


def test_partly_applied(desk, server):
    bridges = server.handler

    def refuses(heard):
        rows = heard.body["rows"] if heard.method == "POST" else []
        if any(row["trainee"] == "E3" for row in rows):
            return refusal(422, "the seat is taken")
        return bridges(heard)

    server.handler = refuses
    answer = desk.types("apply", "--auto-approve")
    assert answer.status == 6
    assert "1 row refused: the seat is taken (E3" in answer.out
    assert len(desk.enrolled()) == 2

    server.handler = bridges
    assert desk.types("apply", "--resume").status == 0
    assert len(desk.enrolled()) == 3


def test_the_lms_goes_away_in_the_middle(desk, server):
    bridges = server.handler
    server.handler = lambda heard: Reply(502) if heard.method == "POST" else bridges(heard)
    answer = desk.types("apply", "--auto-approve")
    assert (answer.status, "3 rows unknown" in answer.out) == (6, True)


def test_a_reading_from_before_does_not_hide_what_was_written(desk, server):
    """The writes were done and nobody knows; then a replica shows for a while how it was before.

    Taken for true, they would be sent again, be there already, and nobody would have given them.
    """
    bridges = server.handler

    def lost(heard):
        reply = bridges(heard)
        return Reply(502) if heard.method == "POST" else reply

    server.handler = lost
    assert desk.types("apply", "--auto-approve").status == 6
    assert len(desk.enrolled()) == 3

    def lags(heard):
        reply = bridges(heard)
        if heard.path.endswith("/enrollments") and len(server.heard) < 40:
            nobody = {name: [] for name in reply.data["columns"]}
            reply = replace(
                reply, data={**reply.data, "revision": 1, "total": 0, "columns": nobody}
            )
        return reply

    server.handler = lags
    for _ in range(20):
        answer = desk.types("apply", "--resume")
        if answer.status != 8:
            break
        assert "It shows revision 1" in answer.err
    assert answer.status == 0
    given = open_workspace(desk.folder).ledger().state().sets
    assert len(given[SetKey("gave", "automation.knives", "course/knife-safety")]) == 3
    assert desk.types("plan", "--detailed-exitcode").status == 0


def test_a_write_that_is_carried_out_late_is_still_ours(desk, server, monkeypatch):
    """It is on its way when the run ends; the next one waits, and finds it (D8d).

    Looked for at once, it would not be there yet, come just before it is sent again, be there
    already then, and nobody would have given it.
    """
    bridges, late = server.handler, []

    def stuck(heard):
        if heard.method != "POST":
            return bridges(heard)
        late.append(heard)
        return Reply(504)

    def arrive(_=None):
        while late:
            assert bridges(late.pop()).status == 200

    def again(heard):
        if heard.method == "POST":
            arrive()
        return bridges(heard)

    desk.replace("reconciler.yaml", "settles_after: 0", "settles_after: 60")
    monkeypatch.setattr(settling, "pause", arrive)
    server.handler = stuck
    assert desk.types("apply", "--auto-approve").status == 6
    assert desk.enrolled() == {}

    server.handler = again
    answer = desk.types("apply", "--resume")
    assert (answer.status, "A run broke off. Waiting" in answer.err) == (0, True)
    given = open_workspace(desk.folder).ledger().state().sets
    assert len(given[SetKey("gave", "automation.knives", "course/knife-safety")]) == 3
    assert desk.types("plan", "--detailed-exitcode").status == 0


def test_an_error_does_not_wait_for_an_lms_that_is_silent(desk, server):
    """What is wrong with the roster is known; nobody asks any more what the LMS would have said."""
    ended, answered = Event(), []

    def silent(_):
        answered.append(ended.wait(60))
        return Reply(503)

    server.handler = silent
    desk.replace("roster.csv", "E2,", "E1,")
    try:
        answer = typed(desk, "plan")
        assert (answer.returncode, b"stands in row 2 already" in answer.stderr) == (8, True)
        assert answered == []
    finally:
        ended.set()


def test_an_error_does_not_wait_to_ask_an_lms_again(desk, server):
    server.handler = lambda _: Reply(503, headers={"Retry-After": "600"})
    desk.replace("reconciler.yaml", "patience: 0", "patience: 3600")
    desk.replace("roster.csv", "E2,", "E1,")
    answer = typed(desk, "plan")
    assert (answer.returncode, b"stands in row 2 already" in answer.stderr) == (8, True)


ADDRESSES = {
    "others can read along": ("http://lms.example.com", "others could read the token"),
    "a password in it": ("https://me:s3cret@lms.example.com", "leave user and password out"),
    "none": ("lms.example.com", "Write https://HOST/PATH"),
}


@pytest.mark.parametrize(("address", "words"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_that_cannot_be_used(desk, server, address, words):
    desk.replace("reconciler.yaml", f"{server.address}/lms.db", address)
    answer = desk.types("plan")
    assert answer.status == 3
    assert "reconciler.yaml:" in answer.err
    assert words in answer.err
    assert "s3cret" not in answer.err


NUMBERS = {
    "no batch": ("batch_size: 0", "at least 1 is wanted"),
    "words": ("timeout: soon", "'soon' is not a number of seconds"),
    "without end": ("concurrency: 1000", "at most 32 is allowed"),
    "an unknown key": ("batchsize: 10", "batch_size"),
}


@pytest.mark.parametrize(("text", "words"), NUMBERS.values(), ids=NUMBERS.keys())
def test_settings_that_make_no_sense(desk, text, words):
    desk.replace("reconciler.yaml", "patience: 0", text)
    answer = desk.types("plan")
    assert answer.status == 3
    assert words in answer.err
