"""Addresses and tokens of services over HTTP: which may be used at all."""

from urllib.parse import urlsplit

from reconciler.errors import WrongUse

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def checked_address(address: str) -> str:
    """An address that a token may be sent to.

    Raises:
        WrongUse: It is none, or others could read along.
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname
        valid = parts.scheme in ("http", "https") and host and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        raise WrongUse("The address of the service is none. Write https://HOST/PATH.")
    if parts.username or parts.password:
        raise WrongUse(f"{host}: leave user and password out of the address; there is the token.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise WrongUse(f"{host}: others could read the token on its way. Write https://.")
    return address.strip()


def checked_token(token: str) -> str:
    """A token as it can be sent. An error does not show it.

    Raises:
        WrongUse: It is empty, or holds what no token holds.
    """
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise WrongUse("The token is empty, or holds a space or another sign that no token has.")
    return token
