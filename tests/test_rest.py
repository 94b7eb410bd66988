"""Calls over HTTP: what is tried again, when, and what an error says; against a real server."""

import math
import socket
import threading

import pytest

from reconciler.answers import Trouble, by_status
from reconciler.errors import (
    Exit,
    OutcomeUnknown,
    ServiceRefused,
    ServiceTrouble,
    ServiceUnavailable,
    WrongUse,
)
from reconciler.rest import Clockwork, Manners, Service
from tests.hosting.loopback import Fault, Patience, Reply, serving

SECRET = "s3cret-T0ken"
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"
NOON = 1795435200
LAVISH = Manners(calls_per_second=math.inf, writes_per_second=math.inf)


@pytest.fixture
def server():
    with serving(lambda heard: Reply(200, {"heard": heard.path})) as loopback:
        yield loopback


@pytest.fixture
def patience():
    return Patience()


@pytest.fixture
def service(server, patience):
    with opened(server.address, patience) as made:
        yield made


def opened(address, patience, **options):
    options = {"manners": LAVISH, **options}
    return Service(address, token=SECRET, clockwork=patience.clockwork, **options)


def dated(reply, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(reply.status, reply.data, {"Date": DATE, **named})


# the story: what the server answers first, and how long was waited in the end
AGAIN = {
    "fine at once": ([], []),
    "an error of the server": ([Reply(500)], [0.5]),
    "twice as long each time": ([Reply(502), Reply(503), Reply(504)], [0.5, 1, 2]),
    "maintenance, with a time": ([Reply(503, headers={"Retry-After": "7"})], [7]),
    "maintenance, until an instant": (
        [dated(Reply(503), Retry_After="Mon, 23 Nov 2026 12:00:42 GMT")], [42],
    ),
    "an instant that has passed": (
        [dated(Reply(503), Retry_After="Mon, 23 Nov 2026 11:00:00 GMT")], [0],
    ),
    "a time that is none": ([Reply(503, headers={"Retry-After": "soon"})], [0.5]),
    "too many calls": ([Reply(429, {"message": "slow down"})], [0.5]),
    "too many calls, with a time": ([Reply(429, headers={"Retry-After": "3"})], [3]),
    "a limit told as forbidden": (
        [dated(Reply(403), X_RateLimit_Remaining="0", X_RateLimit_Reset=str(NOON + 30))], [30],
    ),
    "a limit by another name": (
        [dated(Reply(429), RateLimit_Remaining="0", RateLimit_Reset=str(NOON + 9))], [9],
    ),
    "a connection that is closed": ([Reply(silent=True)], [0.5]),
    "an answer that is cut off": ([Reply(200, {"a": "b" * 99}, cut=20)], [0.5]),
    "a page for people, with 200": ([Reply(raw=b"<html>Down for maintenance")], [0.5]),
    "half of the data, with 200": ([Reply(raw=b'{"a": ')], [0.5]),
    "nested too deeply": ([Reply(raw=b"[" * 100_000)], [0.5]),
}  # fmt: skip


@pytest.mark.parametrize(("script", "slept"), AGAIN.values(), ids=AGAIN.keys())
def test_tried_again(server, service, patience, script, slept):
    server.script[:] = script
    assert service.read("/things") == {"heard": "/things"}
    assert patience.slept == slept


# the story: what the server answers, and words of the error
REFUSED = {
    "not allowed": (Reply(403, {"message": "Resource not accessible"}), "403 Forbidden. Resource"),
    "not there": (Reply(404), "404 Not Found."),
    "not understood": (Reply(422, {"errors": [{"code": "custom"}]}), '[{"code": "custom"}]'),
    "a status that nobody knows": (Reply(499, raw=b"<html>"), "499."),
    "sent elsewhere without saying where": (Reply(302), "302 Found."),
    "the token said again": (Reply(401, {"message": f"bad {SECRET}"}), "bad ***"),
    "many lines": (Reply(400, {"message": "one\n\ntwo\x1b[31m"}), "one two [31m"),
    "a long story": (Reply(400, {"message": "la " * 5000}), "la …"),
}


@pytest.mark.parametrize(("reply", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_is_not_tried_again(server, service, patience, reply, words):
    server.script[:] = [reply]
    with pytest.raises(ServiceRefused) as caught:
        service.write("POST", "/things?key=hidden", {"a": 1}, repeatable=True)

    assert words in str(caught.value)
    assert str(caught.value).startswith("POST 127.0.0.1/things: it answered")
    assert caught.value.code == reply.status
    assert len(str(caught.value)) < 500
    assert "hidden" not in str(caught.value)
    assert (len(server.heard), patience.slept, caught.value.status) == (1, [], Exit.ERROR)


# the story: what the server answers each time, what is raised, and words of the error
GIVEN_UP = {
    "always down": (Reply(503), ServiceUnavailable, "tried 6 times"),
    "a limit for an hour": (
        Reply(429, headers={"Retry-After": "3600"}), ServiceUnavailable, "wait 3,600 seconds",
    ),
    "waits that add up": (
        Reply(429, headers={"Retry-After": "120"}), ServiceUnavailable, "tried 3 times",
    ),
    "always a page": (Reply(raw=b"<html>"), ServiceUnavailable, "something else than data"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "raised", "words"), GIVEN_UP.values(), ids=GIVEN_UP.keys())
def test_given_up(server, service, patience, reply, raised, words):
    server.script[:] = [reply] * 20
    with pytest.raises(raised, match=words):
        service.read("/things")
    assert sum(patience.slept) <= Manners().patience


def test_nobody_is_there(patience):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with opened(address, patience) as service, pytest.raises(ServiceUnavailable) as caught:
        service.write("POST", "/things", {}, repeatable=False)
    assert "It cannot be reached" in str(caught.value)
    assert len(patience.slept) == Manners().attempts - 1


def test_a_certificate_that_cannot_be_verified(server, patience):
    address = server.address.replace("http://", "https://")
    told = pytest.raises(ServiceUnavailable, match="certificate cannot be verified")
    with opened(address, patience) as service, told:
        service.read("/things")
    assert (server.heard, patience.slept) == ([], [])


def test_a_proxy_that_cannot_be_used(server, service, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ServiceUnavailable, match="proxy"):
        service.read("/things")
    assert server.heard == []


def test_sent_round_in_a_circle(server, service, patience):
    server.handler = lambda heard: Reply(302, headers={"Location": heard.path})
    with pytest.raises(ServiceUnavailable, match="without end"):
        service.read("/things")
    assert patience.slept == []


def test_who_does_not_answer_is_not_waited_for_without_end(patience):
    hasty = Manners(read_timeout=0.05, attempts=2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        told = pytest.raises(ServiceUnavailable, match="did not answer in time")
        with opened(address, patience, manners=hasty) as service, told:
            service.read("/things")


# the story: what the server does with a write that may not be repeated, and how often it is sent
UNKNOWN = {
    "an error of the server": (Fault(Reply(500)), True, 1),
    "a gateway that gave up": (Fault(Reply(504)), True, 1),
    "a connection that broke": (Fault(Reply(silent=True)), True, 1),
    "an answer cut off": (Fault(Reply(200, {"a": "b" * 99}, cut=5)), True, 1),
    "a page with 200": (Fault(Reply(raw=b"<html>")), True, 1),
    "too many calls": (Reply(429), False, 2),
    "maintenance that says until when": (Reply(503, headers={"Retry-After": "1"}), False, 2),
}


@pytest.mark.parametrize(("reply", "unknown", "sent"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_write_that_may_have_been_done_is_not_repeated(server, service, reply, unknown, sent):
    server.script[:] = [reply]
    if unknown:
        with pytest.raises(OutcomeUnknown, match="not known"):
            service.write("POST", "/things", {}, repeatable=False)
    else:
        service.write("POST", "/things", {}, repeatable=False)
    assert len(server.heard) == sent


@pytest.mark.parametrize("reply", [reply for reply, unknown, _ in UNKNOWN.values() if unknown])
def test_a_repeatable_write_is(server, service, reply):
    server.script[:] = [reply]
    assert service.write("PUT", "/things", {}, repeatable=True) == {"heard": "/things"}
    assert len(server.heard) == 2


def test_scattered_so_that_not_all_come_back_at_once(server):
    slept = []
    clockwork = Clockwork(sleep=slept.append, elapsed=lambda: 0.0, jitter=lambda: 0.5)
    server.script[:] = [Reply(500), Reply(429, headers={"Retry-After": "5"})]
    with Service(server.address, token=SECRET, manners=LAVISH, clockwork=clockwork) as service:
        service.read("/things")
    assert slept == [0.75, 5.5]


def test_a_budget_of_calls_is_kept(server, patience):
    manners = Manners(calls_per_second=4, writes_per_second=1)
    with opened(server.address, patience, manners=manners) as service:
        for _ in range(3):
            service.read("/things")
        service.write("PUT", "/things", {}, repeatable=True)
        service.write("PUT", "/things", {}, repeatable=True)
    assert patience.slept == [0.25, 0.25, 0.25, 1.0]


def test_a_budget_is_shared_by_threads(server, patience):
    with opened(server.address, patience, manners=Manners(calls_per_second=10)) as service:
        threads = [threading.Thread(target=service.read, args=["/things"]) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.heard) == 5
    assert len(patience.slept) >= 1


def pages(*lists, link='</things?page={}>; rel="next"'):
    def page(heard):
        number = int(heard.query.get("page", 1))
        more = {"Link": link.format(number + 1)} if number < len(lists) else {}
        return Reply(200, lists[number - 1], more)

    return page


def test_pages_are_followed_to_their_end(server, service):
    server.handler = pages([1, 2], [3], [])
    assert list(service.pages("/things", query={"per_page": 2})) == [1, 2, 3]
    assert server.heard[0].query == {"per_page": "2"}


# the story: pages that make no sense, and words of the error
LOST = {
    "to another host": (pages([1], [2], link='<http://evil.example/>; rel="next"'), "another host"),
    "without end": (pages([1], [2], link='</things?page=1>; rel="next"'), "no end"),
    "no list": (lambda _: Reply(200, {"items": []}), "than a list"),
}


@pytest.mark.parametrize(("handler", "words"), LOST.values(), ids=LOST.keys())
def test_pages_that_lead_nowhere(server, service, handler, words):
    server.handler = handler
    with pytest.raises(ServiceUnavailable, match=words):
        list(service.pages("/things"))


def test_an_answer_without_end_is_not_kept(server, patience):
    server.handler = lambda _: Reply(200, "a" * 10_000)
    small = Manners(largest_answer=1_000, attempts=1)
    told = pytest.raises(ServiceUnavailable, match="tried once")
    with opened(server.address, patience, manners=small) as service, told:
        service.read("/things")


def test_a_service_may_tell_failures_as_success(server, patience):
    """As an LMS does that answers 200 to everything (LMS-FACTS)."""

    def judge(answer):
        trouble = by_status(answer)
        if trouble or "errorcode" not in (answer.data() or {}):
            return trouble
        return Trouble(answer.data()["errorcode"], again=answer.data()["errorcode"] == "busy")

    server.script[:] = [Reply(200, {"errorcode": "busy"}), Reply(200, {"errorcode": "nosuchuser"})]
    told = pytest.raises(ServiceRefused, match="nosuchuser")
    with opened(server.address, patience, judge=judge) as service, told as caught:
        service.read("/things")
    assert (caught.value.code, len(server.heard)) == (200, 2)


ADDRESSES = {
    "no address": ("", "https://"),
    "no scheme": ("lms.example/api", "https://"),
    "another scheme": ("ftp://lms.example", "https://"),
    "a port that is none": ("https://lms.example:99999999", "https://"),
    "others can read along": ("http://lms.example/api", "others could read"),
    "a password in it": (f"https://me:{SECRET}@lms.example", "leave user and password out"),
    "a token in it": (f"https://lms.example?token={SECRET}", "https://"),
}


@pytest.mark.parametrize(("address", "words"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_that_gets_no_token(address, words):
    with pytest.raises(WrongUse, match=words) as caught:
        Service(address, token=SECRET)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "schlüssel", "tab\t"])
def test_a_token_that_cannot_be_sent_is_not_shown(token):
    with pytest.raises(WrongUse, match="The token") as caught:
        Service("https://lms.example", token=token)
    assert not token or token not in str(caught.value)


def test_the_token_goes_to_no_other_host(server, service, monkeypatch):
    with serving(lambda _: Reply(200, {"elsewhere": True})) as other:
        # Another name for this machine is another host.
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        server.script[:] = [Reply(302, headers={"Location": f"{elsewhere}/x"})]
        assert service.read("/things") == {"elsewhere": True}
        assert server.heard[0].headers["Authorization"] == f"Bearer {SECRET}"
        assert other.heard[0].headers["Authorization"] is None


def test_a_netrc_does_not_replace_the_token(server, service, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.read("/things")
    assert server.heard[0].headers["Authorization"] == f"Bearer {SECRET}"


def test_no_error_holds_a_secret(server, service):
    """Whatever the server says, and whatever the error carries along (promise 7)."""
    told = f"{SECRET} " * 3
    for reply in (Reply(401, {"message": told, "error": {"x": told}}), Reply(500, {"error": told})):
        server.script[:] = [reply] * 10
        with pytest.raises(ServiceTrouble) as caught:
            service.read(f"/things?token={SECRET}")
        error = caught.value
        assert SECRET not in f"{error!s} {error!r} {vars(error)}"
        assert error.__cause__ is None


def test_an_answer_that_makes_no_sense_is_asked_for_again(server, service, patience):
    def understood(data):
        if data != {"heard": "/things"}:
            raise ValueError("It is about something else.")
        return "things"

    server.script[:] = [Reply(200, {"heard": "/else"}), Reply(200, [])]
    assert service.read("/things", understood=understood) == "things"
    assert patience.slept == [0.5, 1]

    server.script[:] = [Reply(200, [])] * 6
    with pytest.raises(ServiceUnavailable, match="It is about something else"):
        service.read("/things", understood=understood)


# the story: what the server answers, and what a write that may be repeated ends with
ENDS = {
    "maybe done, each time": ([Fault(Reply(500))] * 6, OutcomeUnknown, None),
    "maybe done once, then shut out": (
        [Fault(Reply(500)), *[Reply(429)] * 5], OutcomeUnknown, None,
    ),
    "shut out": ([Reply(429)] * 6, ServiceUnavailable, None),
    "refused": ([Reply(422)], ServiceRefused, False),
    "maybe done once, then refused": ([Fault(Reply(500)), Reply(422)], ServiceRefused, True),
}  # fmt: skip


@pytest.mark.parametrize(("script", "raised", "maybe_done"), ENDS.values(), ids=ENDS.keys())
def test_whether_a_write_was_done_is_part_of_the_answer(
    server, service, script, raised, maybe_done
):
    server.script[:] = script
    with pytest.raises(raised) as caught:
        service.write("PUT", "/things", {}, repeatable=True)
    assert getattr(caught.value, "maybe_done", None) is maybe_done


def test_no_more_calls_at_once_than_the_manners_allow(server, patience):
    under_way, most = [], []

    def slowly(heard):
        under_way.append(heard)
        most.append(len(under_way))
        threading.Event().wait(0.01)
        under_way.remove(heard)
        return Reply(200)

    server.handler = slowly
    manners = Manners(calls_per_second=math.inf, writes_per_second=math.inf, at_once=2)
    with opened(server.address, patience, manners=manners) as service:
        threads = [threading.Thread(target=service.read, args=["/things"]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert max(most) == 2
