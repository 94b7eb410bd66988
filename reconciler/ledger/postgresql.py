"""A ledger in PostgreSQL: how it is reached. Its driver is loaded only where one is used."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, QueuePool, create_engine

from reconciler.errors import WrongUse
from reconciler.ledger.place import Address
from reconciler.ledger.tables import canonical

PASSWORD = "RECONCILER_LEDGER_PASSWORD"  # noqa: S105 the name of a variable
DEFAULTS = {"connect_timeout": "10", "application_name": "reconciler"}

CREDENTIALS = f"Check the user and the password ({PASSWORD} or PGPASSWORD in the environment)."

# What the server answers, by its code, and what to do about it.
ADVICE = {
    "55P03": "Another process is writing it. Wait until that has finished, and try again.",
    "3F000": "Make the schema first, or correct `search_path` in the address.",
    "42501": "The user needs the right to make, read and write tables in its schema.",
    "53100": "The server's disk is full.",
}
# Before there is a connection, there are words and no codes.
ADVICE_BY_WORDS = {
    "authentication failed": CREDENTIALS,
    "no password supplied": CREDENTIALS,
    "role ": CREDENTIALS,
    "database ": "Make the database first (`createdb`), or correct `ledger` in reconciler.yaml.",
}
OTHERWISE = "Check the address, that the server runs, and the network between."


def engine_for(address: Address, environment: Mapping[str, str]) -> Engine:
    """What opens connections to a server. Nothing is opened yet.

    All that the address says beside the database is the driver's: ``sslmode``, ``sslrootcert``,
    ``options=-csearch_path=...`` and so on.

    Raises:
        WrongUse: The driver is missing.
    """
    connect, given = _driver().connect, _given(address, environment)

    def connected() -> Any:  # noqa: ANN401 the driver is not loaded everywhere
        return connect(address.url, **given)

    return create_engine(
        "postgresql+psycopg://",
        creator=connected,
        poolclass=QueuePool,
        pool_size=2,
        pool_pre_ping=True,
        json_serializer=canonical,
    )


def advice(failure: BaseException | None) -> str:
    """What to do about what a server, or the way to it, has answered."""
    code = getattr(failure, "sqlstate", None)
    if code:
        return ADVICE.get(code, OTHERWISE)
    told = str(failure)
    return next((way for words, way in ADVICE_BY_WORDS.items() if words in told), OTHERWISE)


def _given(address: Address, environment: Mapping[str, str]) -> dict[str, str]:
    said = {key: value for key, value in DEFAULTS.items() if f"{key}=" not in address.url}
    password = environment.get(PASSWORD)
    return {**said, "password": password} if password and not address.has_password else said


def _driver() -> Any:  # noqa: ANN401 a module
    try:
        import psycopg  # noqa: PLC0415 loaded where it is used
    except ImportError:
        raise WrongUse(
            "A ledger in PostgreSQL needs its driver: pip install 'reconciler[postgresql]'"
        ) from None
    return psycopg
