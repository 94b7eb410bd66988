"""What a service over HTTP answers, and whether that is a success."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""What a service answers when it may well do the same call a little later."""


@dataclass(frozen=True)
class Answer:
    """What a service answered. The names of headers are compared without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def data(self) -> Any:  # noqa: ANN401 a JSON value
        """The body as JSON; nothing where it is empty.

        Raises:
            ValueError: It is something else: a page for people, or cut off.
        """
        return self._data

    @cached_property
    def _data(self) -> Any:  # noqa: ANN401 a JSON value
        try:
            return json.loads(self.body) if self.body.strip() else None
        except RecursionError:
            raise ValueError("nested too deeply") from None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an answer is no success.

    Attributes:
        reason: What the service says, for people.
        again: Whether the same call may succeed later.
        wait: How many seconds the service asks to wait.
        maybe_done: Whether a write may have been carried out all the same.
    """

    reason: str
    again: bool = False
    wait: float | None = None
    maybe_done: bool = False


Judge = Callable[[Answer], Trouble | None]
"""What says whether an answer is a success: for some services 200 is none."""


def by_status(answer: Answer) -> Trouble | None:
    """Judge an answer as HTTP means it; a body that is no JSON is no success."""
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            answer.data()
        except ValueError:
            return Trouble(
                "It answered with something else than data.", again=True, maybe_done=True
            )
        return None
    wait = asked_to_wait(answer)
    limited = answer.status == HTTPStatus.FORBIDDEN and wait is not None
    if limited or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Trouble(said(answer), again=True, wait=wait)
    if answer.status in PASSING:
        closed = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None
        return Trouble(said(answer), again=True, wait=wait, maybe_done=not closed)
    return Trouble(said(answer))


def said(answer: Answer) -> str:
    """What a service gives as its reason in the keys that are usual for it, or nothing."""
    try:
        data = answer.data()
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    parts = (data.get(key) for key in ("message", "error", "error_description", "errors"))
    told = [part if isinstance(part, str) else json.dumps(part) for part in parts if part]
    return ": ".join(told)


def asked_to_wait(answer: Answer) -> float | None:
    """How many seconds an answer asks to wait, by the clock of the service."""
    if (after := answer.headers.get("Retry-After")) is not None:
        return float(after) if after.isdecimal() else _until(_instant(after), answer)
    remaining = answer.headers.get(
        "X-RateLimit-Remaining", answer.headers.get("RateLimit-Remaining")
    )
    if remaining != "0":
        return None
    reset = answer.headers.get("X-RateLimit-Reset", answer.headers.get("RateLimit-Reset", ""))
    return _until(float(reset), answer) if reset.isdecimal() else None


def _until(instant: float | None, answer: Answer) -> float | None:
    now = _instant(answer.headers.get("Date", ""))
    return None if instant is None or now is None else max(0.0, instant - now)


def _instant(text: str) -> float | None:
    try:
        return float(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None
