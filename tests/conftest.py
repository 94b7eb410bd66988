"""What every test runs under, and what the last line of a run says was left out."""

import socket
import sys

import pytest
from hypothesis import settings

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


def pytest_runtest_logreport(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped[report.longrepr[2].removeprefix("Skipped: ")] = None


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        left_out = "; ".join(_skipped) or "nothing"
        sys.stdout.write(f"Left out: {left_out}\n")
