"""Writes to an LMS over HTTP: each row is done once and accounted for, whatever the LMS does."""

import threading
from dataclasses import replace

import pytest

from reconciler.errors import LmsUnfit, WrongUse
from reconciler.lms.http.adapter import opened as open_http
from reconciler.lms.http.writing import MOST_IN_VAIN
from reconciler.lms.settings import TOKEN
from tests.hosting.loopback import Fault, Reply
from tests.lms.bridge import SECRET, altering, opened, refusal, settings_for
from tests.lms.contract import KNIFE, results, writes

PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
ALL = writes(*((who, KNIFE) for who in PEOPLE))


HTML = Reply(raw=b"<html>Down for maintenance</html>")


@pytest.fixture
def lms(remote):
    return remote


def held_by(lms):
    return sorted(lms.holdings([KNIFE])["trainee"])


# What becomes of the first answer to a write of seven rows; in the end all is written, once.
DISTURBED = {
    "500 before": Reply(500),
    "500 after": Fault(Reply(500)),
    "a gateway that gave up": Fault(Reply(504)),
    "maintenance": Reply(503, headers={"Retry-After": "5"}),
    "too many calls": Reply(429, headers={"Retry-After": "1"}),
    "busy with these rows": refusal(409, "another call holds them"),
    "cut in the answer": Fault(Reply(data={"key": "k" * 50}, cut=20)),
    "cut before": Reply(silent=True),
    "cut after": Fault(Reply(silent=True)),
    "a page for people, with 200": HTML,
    "the same, after": Fault(HTML),
    "null": Fault(Reply(raw=b"null")),
    "the answer to another write": Fault(Reply(data={"key": "x", "revision": 1, "results": []})),
}


@pytest.mark.parametrize("fault", DISTURBED.values(), ids=DISTURBED.keys())
def test_a_disturbed_write_is_done_once(lms, bridge, server, fault):
    assert lms.about.revision == 1
    server.script[:] = [fault]
    outcomes = lms.assign(ALL[:7])

    assert set(results(outcomes).values()) == {"done"}
    assert (held_by(lms), bridge.revision) == (sorted(PEOPLE[:7]), 2)
    keys = {heard.body["key"] for heard in server.heard if heard.method == "POST"}
    assert len(keys) == 1


def test_an_answer_that_comes_twice_is_not_taken_for_the_next(lms, bridge, server):
    server.handler = lambda heard: replace(bridge(heard), twice=True)
    assert set(results(lms.assign(ALL)).values()) == {"done"}
    assert held_by(lms) == sorted(PEOPLE)


def test_a_write_that_arrives_twice_is_done_once(lms, bridge, server):
    server.handler = lambda heard: (bridge(heard), bridge(heard))[1]
    assert set(results(lms.assign(ALL)).values()) == {"done"}
    assert bridge.revision == 3


def test_a_slow_answer_is_asked_for_again(server, bridge, patience):
    slow = threading.Event()

    def waits(heard):
        bridge(heard)
        slow.wait(5)
        return Reply(500)

    lms = opened(server, patience, timeout=0.3)
    assert lms.about.revision == 1
    server.script[:] = [waits]
    outcomes = lms.assign(ALL[:3])
    slow.set()
    assert set(results(outcomes).values()) == {"done"}
    assert bridge.revision == 2


LOST = [Reply(500), Reply(silent=True), HTML, Reply(data={"key": "x"}, cut=4)]


@pytest.mark.parametrize("reply", LOST, ids=["500", "cut", "a page", "cut off"])
def test_an_outcome_that_stays_unknown_is_told_as_unknown(lms, bridge, server, reply):
    def after(heard):
        done = bridge(heard)
        return reply if heard.method == "POST" else done

    server.handler = after
    outcomes = lms.assign(ALL)
    assert set(results(outcomes).values()) == {"unknown"}
    assert "not known" in outcomes["detail"][0]
    assert held_by(lms) == sorted(PEOPLE)


def test_refused_now_and_maybe_done_before_is_unknown(lms, bridge, server):
    def conflicts(heard):
        if heard.method != "POST":
            return bridge(heard)
        bridge(heard)
        return Reply(500) if len(posts(server)) == 1 else refusal(422, "these rows are locked")

    server.handler = conflicts
    assert set(results(lms.assign(ALL[:7])).values()) == {"unknown"}


def posts(server):
    return [heard for heard in server.heard if heard.method == "POST"]


# What answers every write, and what is said of it; nothing was written.
OUT_OF_REACH = {
    "too many calls, always": (Reply(429), "tried 6 times"),
    "maintenance, for an hour": (Reply(503, headers={"Retry-After": "3600"}), "3,600 seconds"),
    "no right to write": (refusal(403, "only reading"), "403 Forbidden. only reading"),
    "no such path": (refusal(404, "what?"), "404 Not Found"),
    "busy, always": (refusal(409, "busy"), "busy"),
}


@pytest.mark.parametrize(("reply", "words"), OUT_OF_REACH.values(), ids=OUT_OF_REACH.keys())
def test_an_lms_that_takes_nothing(lms, bridge, server, reply, words):
    server.handler = lambda heard: reply if heard.method == "POST" else bridge(heard)
    with pytest.raises(LmsUnfit, match=words):
        lms.assign(ALL)
    assert bridge.revision == 1


def test_nobody_is_there(server, patience):
    server.address = "http://127.0.0.1:9"
    lms = opened(server, patience)
    with pytest.raises(LmsUnfit, match="cannot be reached"):
        lms.catalog()


def test_one_of_several_calls_is_out_of_reach(lms, bridge, server):
    """Eight rows go in two calls; of the one that never gets through nothing is written."""

    def handler(heard):
        hal = heard.method == "POST" and any(row["trainee"] == "hal" for row in heard.body["rows"])
        return Reply(429) if hal else bridge(heard)

    server.handler = handler
    told = results(lms.assign(ALL))
    assert told.pop(("hal", KNIFE)) == "failed"
    assert set(told.values()) == {"done"}


# Refused batches


def refusing(bridge, *bad, code=422):
    """Refuses every batch with one of these people, as a whole, and does not say whose fault."""

    def handler(heard):
        rows = heard.body["rows"] if heard.method == "POST" else []
        if any(row["trainee"] in bad for row in rows):
            return refusal(code, "a seat is taken")
        return bridge(heard)

    return handler


@pytest.mark.parametrize("code", [400, 413, 422])
@pytest.mark.parametrize("bad", [(), ("ada",), ("gus",), ("bob", "fay"), PEOPLE[:7]], ids=str)
def test_a_refused_batch_is_split_until_its_rows_are_found(lms, bridge, server, bad, code):
    server.handler = refusing(bridge, *bad, code=code)
    outcomes = lms.assign(ALL[:7])
    told = {who: result for (who, _), result in results(outcomes).items()}

    assert told == {who: "refused" if who in bad else "done" for who in PEOPLE[:7]}
    assert held_by(lms) == sorted(set(PEOPLE[:7]) - set(bad))
    assert set(outcomes.filter(result="refused")["detail"]) <= {"a seat is taken"}
    assert len(posts(server)) <= 1 + 2 * 3 * len(bad)


def test_an_lms_that_refuses_all_is_not_asked_for_every_row(server, bridge, patience):
    lms = opened(server, patience, batch_size=20)
    many = writes(*((f"E{number}", KNIFE) for number in range(20)))
    server.handler = refusing(bridge, *many["trainee"])
    told = list(results(lms.assign(many)).values())

    assert (told.count("refused"), told.count("failed")) == (MOST_IN_VAIN, 20 - MOST_IN_VAIN)


def test_rows_that_are_refused_one_by_one_stop_no_other(lms, bridge, server):
    def half(data, heard):
        for one in data["results"][::2]:
            one.update(result="refused", detail=f"the seat\0 is\ntaken {SECRET}")
        return data

    server.handler = altering(bridge, "/assign", half)
    outcomes = lms.assign(ALL)
    assert sorted(results(outcomes).values()) == ["done"] * 3 + ["refused"] * 5
    told = set(outcomes.filter(result="refused")["detail"])
    assert told == {"the seat is taken ***"}, "on one line, without the token"


def test_a_batch_that_is_silently_cut(lms, bridge, server):
    """Five rows of what is sent are written, and nobody says that the others were not."""

    def cut(heard):
        if heard.method == "POST":
            heard.body["rows"] = heard.body["rows"][:5]
        return bridge(heard)

    server.handler = cut
    outcomes = lms.assign(ALL[:7])
    assert sorted(results(outcomes).values()) == ["done"] * 5 + ["unknown"] * 2
    assert "lms.batch_size" in outcomes.filter(result="unknown")["detail"][0]
    assert len(held_by(lms)) == 5

    again = writes(*((f"N{number}", KNIFE) for number in range(10)))
    assert set(results(lms.assign(again)).values()) == {"done"}, "it takes five, and gets five"


# Manners


def test_no_more_calls_at_once_than_allowed(server, bridge, patience):
    under_way, most = [], []

    def handler(heard):
        under_way.append(heard)
        most.append(len(under_way))
        threading.Event().wait(0.01)
        under_way.remove(heard)
        return bridge(heard)

    server.handler = handler
    lms = opened(server, patience, concurrency=3, batch_size=1)
    lms.assign(ALL)
    assert held_by(lms) == sorted(PEOPLE)
    assert 1 < max(most) <= 3


def test_the_budget_of_calls_is_kept(server, bridge, patience):
    lms = opened(server, patience, calls_per_second=2, concurrency=1, batch_size=2)
    lms.assign(ALL)
    assert (len(server.heard), sum(patience.slept)) == (5, 2.0)


def test_what_the_lms_asks_for_goes_before_the_settings(server, patience):
    lms = opened(server, patience, batch_size=1000)
    assert lms.capabilities.batch_size == 20 * 4
    many = writes(*((f"E{number}", KNIFE) for number in range(50)))
    assert set(results(lms.assign(many)).values()) == {"done"}
    assert [len(heard.body["rows"]) for heard in posts(server)].count(20) == 2


def test_an_lms_that_lists_no_accounts(lms, bridge, server):
    about = bridge.about()
    can = {**about["capabilities"], "lists_accounts": False}
    server.handler = altering(bridge, "/", lambda data, _: {**data, "capabilities": can})
    assert lms.accounts() is None


def test_the_token_is_taken_from_the_environment(server):
    with pytest.raises(WrongUse, match="RECONCILER_LMS_TOKEN is not set"):
        open_http(settings_for(server.address), {})
    assert open_http(settings_for(server.address), {TOKEN: SECRET}).catalog()
