"""Where a ledger is, from the way its place is written in the workspace file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from reconciler.errors import WrongUse

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
EXAMPLES = (
    "Write it as sqlite:///.reconciler/ledger.db, or as postgresql://USER@HOST/DATABASE with the "
    "password in the environment (RECONCILER_LEDGER_PASSWORD)."
)
PASSWORDS = ("password", "sslpassword")
MASK = "***"


@dataclass(frozen=True, slots=True)
class Address:
    """A place with its variables filled in. ``secrets`` are what must not be shown of it."""

    url: str
    shown: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_postgresql(self) -> bool:
        return self.url.startswith(POSTGRESQL)

    @property
    def has_password(self) -> bool:
        return bool(_passwords(self.url))

    def masked(self, text: str) -> str:
        """A text without the secrets that it may quote."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text


def check_place(url: str) -> None:
    """Check how a place is written, whatever the environment holds.

    Raises:
        WrongUse: It is no place of a ledger, or a password stands in it.
    """
    if url.startswith(POSTGRESQL):
        _refuse_written_password(url)
    elif not VARIABLE.fullmatch(url):
        ledger_path(url, Path())


def address_of_ledger(url: str, environment: Mapping[str, str]) -> Address:
    """Fill in the variables of a place. One that is all of it gives it as it is.

    Raises:
        WrongUse: It is no place of a ledger, or names a variable that is not set.
    """
    check_place(url)
    names = VARIABLE.findall(url)
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise WrongUse(
            f"ledger: {url} names {missing[0]}, which is not set in the environment. Set it, or "
            "write the address without it."
        )
    if VARIABLE.fullmatch(url):
        whole = environment[names[0]]
        if not whole.startswith(POSTGRESQL):
            check_place(whole)
        return Address(whole, url, _secrets(whole))
    if not url.startswith(POSTGRESQL):
        return Address(url, url)
    filled = VARIABLE.sub(lambda found: quote(environment[found[1]], safe=""), url)
    return Address(filled, url, _secrets(filled))


def ledger_path(url: str, root: Path) -> Path:
    """The file that a ledger's URL names; a relative one starts at the workspace's root.

    Raises:
        WrongUse: The URL is not of the form ``sqlite:///PATH``.
    """
    place = url.removeprefix(SQLITE)
    if not url.startswith(SQLITE) or not place or place.startswith(":"):
        scheme = url.partition(":")[0][:20]
        raise WrongUse(
            f"ledger: {scheme!r} does not begin a place that this version can use. {EXAMPLES}"
        )
    return root / place


def _refuse_written_password(url: str) -> None:
    if any(not VARIABLE.fullmatch(password) for password in _passwords(url)):
        raise WrongUse(
            "ledger: a password does not belong into a file that others read. Leave it out and set "
            "RECONCILER_LEDGER_PASSWORD (or PGPASSWORD), or write ${NAME} in its place."
        )


def _passwords(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        written = [parts.password or ""]
    except ValueError:
        raise WrongUse(f"ledger: this is no address of a database. {EXAMPLES}") from None
    written += [value for key, value in parse_qsl(parts.query) if key in PASSWORDS]
    return [password for password in written if password]


def _secrets(url: str) -> tuple[str, ...]:
    """The passwords of an address, as they stand in it and as they are."""
    if not url.startswith(POSTGRESQL):
        return ()
    written = urlsplit(url).password or ""
    found = {written, *_passwords(url)} - {""}
    decoded = {_decoded(one) for one in found}
    return tuple(sorted({url, *found, *decoded}, key=len, reverse=True))


def _decoded(text: str) -> str:
    (_, plain), *_ = parse_qsl(f"x={text.replace('+', '%2B')}") or [("", text)]
    return plain
