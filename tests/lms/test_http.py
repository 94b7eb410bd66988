"""The contract, for an LMS behind a real server on this machine; and what servers do wrong."""

import threading
from copy import deepcopy
from dataclasses import replace
from functools import partial

import pytest

from reconciler.errors import Exit, LmsUnfit, WrongUse
from reconciler.lms.http.adapter import HttpLms
from reconciler.lms.http.adapter import opened as open_http
from reconciler.lms.http.writing import MOST_IN_VAIN, as_rows
from reconciler.lms.settings import TOKEN
from tests.hosting.loopback import Fault, Patience, Reply, serving
from tests.lms.bridge import SECRET, Bridge, refusal, settings_for
from tests.lms.contract import FIRE, KNIFE, LmsContract, results, writes
from tests.lms.contract_effects import LmsCredits, LmsReassigns, LmsWithdraws
from tests.lms.school import learned, new_lms


@pytest.fixture
def bridge(tmp_path):
    made = Bridge(new_lms(tmp_path), batch=20)
    yield made
    assert made.broken == []


@pytest.fixture
def server(bridge):
    with serving(bridge, keep_alive=True) as loopback:
        yield loopback


@pytest.fixture
def patience():
    return Patience()


@pytest.fixture
def lms(server, patience):
    return opened(server, patience)


@pytest.fixture
def learn(bridge):
    return partial(learned, bridge.lms.path)


def opened(server, patience, **options):
    settings = settings_for(server.address, **{"page_size": 3, "batch_size": 7, **options})
    return HttpLms(settings, token=SECRET, clockwork=patience.clockwork)


class TestHttpLms(LmsContract, LmsReassigns, LmsCredits, LmsWithdraws):
    @pytest.fixture
    def blind(self, lms, bridge):
        bridge.sees = False
        return lms


PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")
ALL = writes(*((who, KNIFE) for who in PEOPLE))


def held_by(lms):
    return sorted(lms.holdings([KNIFE])["trainee"])


def altering(bridge, path, change):
    """The bridge, with another answer at one path: ``change`` gets the data and what was heard."""

    def handler(heard):
        reply = bridge(heard)
        if heard.path == path and reply.status == 200:
            changed = change(deepcopy(reply.data), heard)
            return changed if isinstance(changed, Reply) else replace(reply, data=changed)
        return reply

    return handler


def columns(**told):
    """Changes columns of a page; a function is applied to each column."""

    def change(data, heard):
        given = data["columns"]
        for name, new in told.items():
            given[name] = new(given[name]) if callable(new) else new
        return data

    return change


def without_rows(data, heard):
    data["columns"] = {name: [] for name in data["columns"]}
    return data


def later_pages(change):
    return lambda data, heard: change(data, heard) if "reading" in heard.query else data


def with_(**told):
    return lambda data, heard: {**data, **told}


def all_but_one(data, heard):
    data["columns"] = {name: column[:-1] for name, column in data["columns"].items()}
    return data


HTML = Reply(raw=b"<html>Down for maintenance</html>")
# What a reading of eight enrollments in pages of three gets, always, and what is said of it.
BLIND = {
    "a page is missing": (later_pages(without_rows), "missing or cut: of 8 rows it gave 0"),
    "the first page is missing": (without_rows, "of 8 rows it gave 0 from 0"),
    "a page is cut": (later_pages(all_but_one), "missing or cut"),
    "another page": (later_pages(with_(first=0)), "gave the rows from 0, not those from"),
    "columns of several lengths": (columns(status=lambda old: old[1:]), "not of one length"),
    "a column is missing": (
        lambda data, _: {**data, "columns": {"trainee": data["columns"]["trainee"]}},
        "columns.content: Field required",
    ),
    "a number for an id": (columns(trainee=lambda old: [7] * len(old)), "valid string"),
    "a status that nobody knows": (
        columns(status=lambda old: ["enrolled"] * len(old)), "'not_started', 'in_progress'",
    ),
    "an instant that is none": (columns(assigned=lambda old: ["soon"] * len(old)), "'soon' is none"),
    "completed at no time": (
        columns(status=lambda old: ["completed"] * len(old)), "'completed' is empty",
    ),
    "a trainee twice": (columns(trainee=lambda old: ["ada"] * len(old)), "ada and course/knife"),
    "what was not asked for": (
        columns(content=lambda old: [FIRE] * len(old)), "showed course/fire as well",
    ),
    "nobody, and no word of what is seen": (lambda *_: [], "Not as the protocol says"),
    "nothing": (lambda *_: None, "Not as the protocol says"),
    "nobody, with lost rights": (with_(scope="own"), "scope 'own'"),
    "a page for people, with 200": (lambda *_: HTML, "something else than data"),
    "an error with 200": (with_(scope=None), "scope: Input should be a valid string"),
    "not allowed": (lambda *_: refusal(403, "not you"), "403 Forbidden. not you"),
    "no session": (lambda *_: refusal(401, "log in"), "401 Unauthorized. log in"),
    "an older state than was written": (with_(revision=1), "shows revision 1, and 3 was asked"),
    "no word of its state": (with_(revision=None), "shows revision none"),
    "a reading that is gone": (later_pages(lambda *_: refusal(410, "gone")), "keep /enrollments still"),
    "another reading each time": (later_pages(with_(reading="x")), "keep /enrollments still"),
    "another number of rows": (later_pages(with_(total=9)), "missing or cut|still"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BLIND.values(), ids=BLIND.keys())
def test_what_cannot_be_trusted_is_not_read(lms, bridge, server, change, words):
    lms.assign(ALL)
    server.handler = altering(bridge, "/enrollments", change)
    with pytest.raises(LmsUnfit, match=words) as caught:
        lms.holdings([KNIFE])
    assert caught.value.status == Exit.UNFIT
    assert SECRET not in str(caught.value)


PASSING = [
    name for name in BLIND if name.startswith(("a page", "another page", "columns", "an older"))
]


@pytest.mark.parametrize("name", PASSING)
def test_once_is_read_again(lms, bridge, server, patience, name):
    lms.assign(ALL)
    change, once = BLIND[name][0], []

    def first(data, heard):
        if ("reading" in heard.query) is (name != "an older state than was written"):
            once.append(heard)
            if len(once) == 1:
                return change(data, heard)
        return data

    server.handler = altering(bridge, "/enrollments", first)
    assert held_by(lms) == sorted(PEOPLE)
    assert len(patience.slept) >= 1


CATALOGS = {
    "a content is missing": (lambda data, _: {**data, "contents": data["contents"][1:]}, "3 of 4"),
    "empty": (with_(contents=[], total=0), "empty catalog"),
    "a course of a module is missing": (
        lambda data, _: {**data, "contents": data["contents"][2:], "total": 2},
        "module/onboarding has course/knife, which is not in it",
    ),
    "a content twice": (
        lambda data, _: {**data, "contents": [*data["contents"], data["contents"][0]], "total": 5},
        "twice in its catalog",
    ),
    "a name that is none": (
        lambda data, _: {**data, "contents": [{**data["contents"][0], "id": "fire"}], "total": 1},
        "contents.0.id",
    ),
    "rights are lost": (with_(scope="part"), "scope 'part'"),
}


@pytest.mark.parametrize(("change", "words"), CATALOGS.values(), ids=CATALOGS.keys())
def test_a_catalog_that_makes_no_sense(lms, bridge, server, change, words):
    server.handler = altering(bridge, "/catalog", change)
    with pytest.raises(LmsUnfit, match=words):
        lms.catalog()


def test_another_protocol(lms, bridge, server):
    server.handler = altering(bridge, "/", with_(protocol="reconciler-lms/2"))
    with pytest.raises(LmsUnfit, match="speaks 'reconciler-lms/2', and this version"):
        lms.catalog()


def test_a_reading_shows_what_others_have_written(lms, bridge, server):
    """Its revision is asked for anew each time: a cache on the way does not hide a crashed run."""
    assert held_by(lms) == []
    bridge.carry_out("assign", {"key": "theirs", "rows": as_rows(writes(("ada", KNIFE)))})
    held_by(lms)
    assert {heard.query["at_least"] for heard in server.heard if heard.path == "/enrollments"} == {
        "1",
        "2",
    }


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
            one.update(result="refused", detail="the seat is taken")
        return data

    server.handler = altering(bridge, "/assign", half)
    told = list(results(lms.assign(ALL)).values())
    assert sorted(told) == ["done"] * 3 + ["refused"] * 5


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
    server.handler = altering(bridge, "/", with_(capabilities=can))
    assert lms.accounts() is None


def test_the_token_is_taken_from_the_environment(server):
    with pytest.raises(WrongUse, match="RECONCILER_LMS_TOKEN is not set"):
        open_http(settings_for(server.address), {})
    assert open_http(settings_for(server.address), {TOKEN: SECRET}).catalog()
