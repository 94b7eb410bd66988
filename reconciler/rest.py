"""Services over HTTP: one session with retries, pages and a budget of calls, few of them at once.

It is the only place that retries. What counts as a success is for a judge to say (`answers.py`):
some services answer a failure with 200. No error made here holds a secret: addresses are shown
without user, query and fragment, what a service says is cut short and cleaned of the token, and no
error of the library is passed on.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import parse_header_links
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from reconciler.address import checked_address, checked_token
from reconciler.answers import Answer, Judge, Trouble, by_status
from reconciler.errors import OutcomeUnknown, ServiceRefused, ServiceTrouble, ServiceUnavailable
from reconciler.version import VERSION

LONGEST_REASON = 300
NO_ANSWER = Answer(0, {}, b"")
Query = Mapping[str, str | int | Sequence[str]]
Understood = Callable[[Any], Any]
"""Makes of the data of an answer what the caller wants; ValueError where it makes no sense."""


def as_it_is(data: Any) -> Any:  # noqa: ANN401 a JSON value
    """Any answer makes sense."""
    return data


@dataclass(frozen=True, slots=True)
class Manners:
    """How a service is to be treated. Times in seconds."""

    attempts: int = 6
    patience: float = 300.0  # waiting between the attempts of one call, in all
    first_wait: float = 1.0
    longest_wait: float = 60.0
    calls_per_second: float = 10.0
    writes_per_second: float = 10.0
    at_once: int = 8  # calls under way
    connect_timeout: float = 10.0
    read_timeout: float = 60.0  # between two bytes
    answer_timeout: float = 600.0  # for an answer as a whole
    largest_answer: int = 64 * 1024 * 1024
    most_pages: int = 10_000


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What passes the time, and what scatters those who come back: tests bring their own."""

    sleep: Callable[[float], None] = time.sleep
    elapsed: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random  # from 0 up to 1


class _Token(requests.auth.AuthBase):
    """Puts the token into a call. As ``auth`` it goes before a .netrc, and to no other host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class _Call:
    """One call as it is sent, once or several times."""

    method: str
    address: str
    query: Query = field(default_factory=dict)
    body: Any = None
    repeatable: bool = True
    understood: Understood = as_it_is

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def shown(self) -> str:
        parts = urlsplit(self.address)
        return f"{self.method} {parts.hostname}{parts.path}"


class Service:
    """A session with one service. It may be used by several threads at once."""

    def __init__(
        self,
        address: str,
        *,
        token: str,
        headers: Mapping[str, str] | None = None,
        judge: Judge = by_status,
        manners: Manners = Manners(),
        clockwork: Clockwork = Clockwork(),
    ) -> None:
        """Open a session; nothing is sent yet.

        Raises:
            WrongUse: The address or the token cannot be used.
        """
        self._address = checked_address(address).rstrip("/")
        self._token = checked_token(token)
        self._judge = judge
        self._manners = manners
        self._clockwork = clockwork
        self._turn = threading.Lock()
        self._seats = threading.BoundedSemaphore(manners.at_once)
        self._free_at = {"calls": float("-inf"), "writes": float("-inf")}
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=manners.at_once))
        self._session.auth = _Token(self._token)
        self._session.headers["User-Agent"] = f"reconciler/{VERSION}"
        self._session.headers.update(headers or {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def read(
        self, path: str, *, query: Query | None = None, understood: Understood = as_it_is
    ) -> Any:  # noqa: ANN401 a JSON value, or what is understood
        """Get what is at a path.

        Args:
            path: Below the address of the service.
            query: What stands behind the question mark; a list for a key that repeats.
            understood: Makes the result of the data. Where it raises ValueError, the answer makes
                no sense, and is asked for again.

        Raises:
            ServiceRefused: It will not give it.
            ServiceUnavailable: It could not be had, after all attempts.
        """
        call = _Call("GET", self._address + path, query or {}, understood=understood)
        return self._carried_out(call)[1]

    def pages(self, path: str, *, query: Query | None = None) -> Iterator[Any]:
        """Get a list page by page, as the Link headers lead, and yield its items.

        Raises:
            ServiceTrouble: As ``read``; also where the pages do not make sense.
        """
        call = _Call("GET", self._address + path, query or {})
        seen: set[str] = set()
        while True:
            answer, items = self._carried_out(call)
            if not isinstance(items, list):
                raise ServiceUnavailable(
                    f"{call.shown}: it answered with something else than a list."
                )
            yield from items
            following = _next(answer, call)
            if following is None:
                return
            seen.add(call.address)
            if following in seen or len(seen) >= self._manners.most_pages:
                raise ServiceUnavailable(f"{call.shown}: its pages have no end.")
            call = _Call("GET", following)

    def write(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        repeatable: bool,
        understood: Understood = as_it_is,
    ) -> Any:  # noqa: ANN401 a JSON value, or what is understood
        """Change something.

        Args:
            method: POST, PUT, PATCH or DELETE.
            path: Below the address of the service.
            body: Sent as JSON.
            repeatable: Done twice it is as done once, so that an unknown outcome is tried again.
            understood: As for ``read``.

        Returns:
            What the service answered, as understood.

        Raises:
            ServiceRefused: It will not do it. ``maybe_done``: an earlier attempt may have.
            ServiceUnavailable: It was not done, after all attempts.
            OutcomeUnknown: It may have been done.
        """
        call = _Call(
            method, self._address + path, body=body, repeatable=repeatable, understood=understood
        )
        return self._carried_out(call)[1]

    def _carried_out(self, call: _Call) -> tuple[Answer, Any]:
        """The answer, and what was understood of it."""
        waited, maybe_done = 0.0, False
        for attempt in count(1):
            self._wait_for_turn(call)
            with self._seats:
                answer, found = self._attempt(call)
            if not isinstance(found, Trouble):
                return answer, found
            if not found.again:
                raise self._refused(call, answer, found, maybe_done=maybe_done)
            maybe_done |= found.maybe_done and call.is_write
            if maybe_done and not call.repeatable:
                raise self._unknown(call, found)
            wait = self._pause(found, attempt)
            if attempt >= self._manners.attempts or waited + wait > self._manners.patience:
                if maybe_done:
                    raise self._unknown(call, found)
                raise self._given_up(call, found, attempts=attempt)
            self._clockwork.sleep(wait)
            waited += wait
        raise AssertionError("counting has no end")

    def _wait_for_turn(self, call: _Call) -> None:
        """Keep to the budget of calls, whatever the number of threads."""
        rates = {"calls": self._manners.calls_per_second}
        if call.is_write:
            rates["writes"] = self._manners.writes_per_second
        with self._turn:
            now = self._clockwork.elapsed()
            at = max(now, *(self._free_at[kind] for kind in rates))
            for kind, rate in rates.items():
                self._free_at[kind] = at + 1 / rate
        if at > now:
            self._clockwork.sleep(at - now)

    def _attempt(self, call: _Call) -> tuple[Answer, Any]:
        """What was answered, and what that means: a trouble, or the result."""
        try:
            answer = self._sent(call)
        except requests.exceptions.SSLError:
            return NO_ANSWER, Trouble("Its certificate cannot be verified.")
        except requests.exceptions.TooManyRedirects:
            return NO_ANSWER, Trouble("It sends from one address to the next without end.")
        except requests.exceptions.ConnectionError as failure:
            return NO_ANSWER, _unconnected(failure)
        except requests.exceptions.Timeout:
            return NO_ANSWER, Trouble("It did not answer in time.", again=True, maybe_done=True)
        except requests.exceptions.RequestException:
            return NO_ANSWER, Trouble("Its answer was cut off.", again=True, maybe_done=True)
        if trouble := self._judge(answer):
            return answer, trouble
        try:
            return answer, call.understood(answer.data())
        except ValueError as nonsense:
            return answer, Trouble(str(nonsense), again=True, maybe_done=True)

    def _sent(self, call: _Call) -> Answer:
        manners = self._manners
        response = self._session.request(
            call.method,
            call.address,
            params=dict(call.query),
            json=call.body,
            timeout=(manners.connect_timeout, manners.read_timeout),
            # A write that is sent on can turn into a read, and would seem to have been done.
            allow_redirects=not call.is_write,
            stream=True,
        )
        with closing(response):
            return Answer(response.status_code, response.headers, self._body(response))

    def _body(self, response: requests.Response) -> bytes:
        latest = self._clockwork.elapsed() + self._manners.answer_timeout
        body = bytearray()
        for piece in response.iter_content(64 * 1024):
            body += piece
            if len(body) > self._manners.largest_answer or self._clockwork.elapsed() > latest:
                raise requests.exceptions.ContentDecodingError
        return bytes(body)

    def _pause(self, trouble: Trouble, attempt: int) -> float:
        """How long to wait: as asked or a little longer, else twice as long each time."""
        manners, scatter = self._manners, self._clockwork.jitter()
        if trouble.wait is not None:
            return trouble.wait + scatter * manners.first_wait
        whole = min(manners.longest_wait, manners.first_wait * 2.0 ** (attempt - 1))
        return whole * (1 + scatter) / 2

    def _refused(
        self, call: _Call, answer: Answer, trouble: Trouble, *, maybe_done: bool
    ) -> ServiceTrouble:
        if answer is NO_ANSWER:
            return ServiceUnavailable(f"{call.shown}:{self._told(trouble)}")
        return ServiceRefused(
            f"{call.shown}: it answered {_named(answer.status)}.{self._told(trouble)}",
            code=answer.status,
            reason=self.cleaned(trouble.reason),
            maybe_done=maybe_done,
        )

    def _unknown(self, call: _Call, trouble: Trouble) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{call.shown}: whether this was carried out is not known.{self._told(trouble)}"
        )

    def _given_up(self, call: _Call, trouble: Trouble, *, attempts: int) -> ServiceTrouble:
        tried = "once" if attempts == 1 else f"{attempts} times"
        wait = f" It asks to wait {trouble.wait:,.0f} seconds." if trouble.wait else ""
        return ServiceUnavailable(f"{call.shown}: tried {tried}.{self._told(trouble)}{wait}")

    def _told(self, trouble: Trouble) -> str:
        reason = self.cleaned(trouble.reason)
        return f" {reason}" if reason else ""

    def cleaned(self, text: str) -> str:
        """What a service says on one line, cut short, and without the token."""
        plain = "".join(c if c.isprintable() else " " for c in text)
        line = " ".join(plain.replace(self._token, "***").split())
        return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}…"


def _unconnected(failure: requests.exceptions.ConnectionError) -> Trouble:
    """Whether anything was sent before the connection failed decides what is known of a write."""
    if isinstance(failure, requests.exceptions.ProxyError):
        return Trouble("The proxy on the way to it cannot be used.", again=True)
    inner = getattr(failure.args[0] if failure.args else None, "reason", None)
    if isinstance(inner, NewConnectionError | ConnectTimeoutError):
        return Trouble("It cannot be reached.", again=True)
    return Trouble("The connection broke off.", again=True, maybe_done=True)


def _named(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _next(answer: Answer, call: _Call) -> str | None:
    """The address of the following page, which is never another host's."""
    links = parse_header_links(answer.headers.get("Link", ""))
    addresses = [link["url"] for link in links if link.get("rel") == "next"]
    if not addresses:
        return None
    following = urljoin(call.address, addresses[0])
    if _origin(following) != _origin(call.address):
        raise ServiceUnavailable(f"{call.shown}: its next page is said to be at another host.")
    return following
