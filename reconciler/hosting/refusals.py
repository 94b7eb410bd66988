"""What a refusal of a host means, said to whoever can put it right."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.errors import ServiceRefused, ServiceUnavailable
from reconciler.rest import Service


class Reply(BaseModel):
    """What of an answer is used; services add keys as they please."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@contextmanager
def explaining(host: str, meanings: Mapping[int, str]) -> Iterator[None]:
    """Say by the HTTP status what a refusal means, beside what the host answered.

    Raises:
        ServiceRefused: With its meaning.
        ServiceUnavailable: An answer was no refusal, and made no sense.
    """
    try:
        yield
    except ServiceRefused as refusal:
        meaning = meanings.get(refusal.code)
        if meaning is None:
            raise
        raise ServiceRefused(
            f"{meaning}\n    {refusal}", code=refusal.code, reason=refusal.reason
        ) from None
    except ValidationError:
        raise ServiceUnavailable(
            f"{host} answered with something else than it documents. Is its address right?"
        ) from None


def changed(service: Service, method: str, path: str, body: object = None) -> bool:
    """Change what is at a path; False where nothing is there any more."""
    try:
        service.write(method, path, body, repeatable=True)
    except ServiceRefused as refusal:
        if refusal.code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return False
        raise
    return True
