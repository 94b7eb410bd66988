"""How the place of a ledger is written: no password in a file, and none in what is told."""

import pytest

from reconciler.errors import WrongUse
from reconciler.ledger.place import address_of_ledger, check_place

GOOD = {
    # the story: as written, the environment; the address that is used
    "a file": ("sqlite:///ledger.db", {}, "sqlite:///ledger.db"),
    "a server": ("postgresql://ada@db/ledger", {}, "postgresql://ada@db/ledger"),
    "with TLS": (
        "postgresql://ada@db/l?sslmode=verify-full&sslrootcert=ca.pem", {},
        "postgresql://ada@db/l?sslmode=verify-full&sslrootcert=ca.pem",
    ),
    "a password from the environment": (
        "postgresql://ada:${WORD}@db/l", {"WORD": "s3cret"}, "postgresql://ada:s3cret@db/l",
    ),
    "a password with signs": (
        "postgresql://ada:${WORD}@db/l", {"WORD": "a@b/c?"}, "postgresql://ada:a%40b%2Fc%3F@db/l",
    ),
    "all of it": ("${WHOLE}", {"WHOLE": "postgresql://a:b@c/d"}, "postgresql://a:b@c/d"),
    "all of it, a file": ("${WHOLE}", {"WHOLE": "sqlite:///x.db"}, "sqlite:///x.db"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "environment", "used"), GOOD.values(), ids=GOOD.keys())
def test_places(url, environment, used):
    check_place(url)
    address = address_of_ledger(url, environment)
    assert (address.url, address.shown) == (used, url)
    assert all(value not in repr(address.secrets) or value in used for value in environment)


BAD = {
    "a password in the file": ("postgresql://ada:secret@db/l", "RECONCILER_LEDGER_PASSWORD"),
    "a password beside others": ("postgresql://ada@db/l?password=secret", "does not belong"),
    "another database": ("mysql://ada:secret@db/l", "Write it as sqlite:///"),
    "no address": ("postgresql://[secret/l", "Write it as"),
    "not set": ("postgresql://ada:${NO_SUCH}@db/l", "NO_SUCH, which is not set"),
    "all of it not set": ("${NO_SUCH}", "NO_SUCH"),
}


@pytest.mark.parametrize(("url", "word"), BAD.values(), ids=BAD.keys())
def test_no_places(url, word):
    with pytest.raises(WrongUse, match=word) as failure:
        address_of_ledger(url, {})
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize("word", ["s3cret", "p%40ss", "a b+c"])
def test_what_a_driver_quotes_is_masked(word):
    address = address_of_ledger("postgresql://ada:${WORD}@db/l", {"WORD": word})
    told = address.masked(f"cannot use {address.url} with {word}")
    assert word not in told
    assert "***" in told
