"""What every test runs under, and what the last line of a run says was left out."""

import os
import socket
import sys

import pytest
from hypothesis import settings

from tests.postgres import running_server

# The machine may be busy: no example has a deadline.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_skipped: dict[str, None] = {}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse sockets that leave this machine."""
    connect = socket.socket.connect

    def connect_here(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test may not connect to {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server, started when the first test asks for it; never skipped."""
    with running_server() as started:
        os.environ["RECONCILER_LEDGER_PASSWORD"] = started.password
        yield started
        del os.environ["RECONCILER_LEDGER_PASSWORD"]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request):
    """Where a ledger is made, in a file below the workspace or on a server."""
    if request.param == "sqlite":
        return "sqlite:///.reconciler/ledger.db"
    return request.getfixturevalue("server").new_address()


def pytest_runtest_logreport(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith("does not apply"):  # of a contract, to a system without that part
            _skipped[reason] = None


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        left_out = "; ".join(_skipped) or "nothing"
        sys.stdout.write(f"Left out: {left_out}\n")
