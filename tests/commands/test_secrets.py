"""No secret is told: whatever goes wrong, none stands in an output or in a file (promise 7)."""

import base64
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from reconciler.ledger.open import create_ledger
from tests.commands.desk import LINEAGE, PROJECT, furnish
from tests.hosting.loopback import Reply, serving

LEDGER, TOKEN, OTHER, KEY = (
    "s3cr&t/L=dger+1",
    "ghp_t0kenOfTheHost",
    "glpat-0therT0ken",
    "k3yOfAllThePseudonymsHere",
)
SECRETS = (LEDGER, TOKEN, OTHER, KEY)


def forms(secret):
    """A secret as it may be written: as it is, in an address, in base64, or by Python."""
    raw = secret.encode()
    encoded = {base64.b64encode(raw).decode().rstrip("="), raw.hex()}
    return {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], *encoded}


def found_in(data: bytes, where: str):
    """Where a secret stands in some bytes, or in the parts of an archive."""
    for secret in SECRETS:
        for form in forms(secret):
            if form.encode() in data or form.encode("utf-16-le") in data:
                yield f"{form} in {where}"
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from found_in(archive.read(name), f"{where}/{name}")
    if data[:4] == b"PAR1":
        import polars as pl

        text = pl.read_parquet(io.BytesIO(data)).with_columns(
            pl.all().cast(pl.String, strict=False)
        )
        yield from found_in(text.write_csv().encode(), f"{where} as text")


MANY = """
import sys
from reconciler.__main__ import run

folder, *lines = sys.argv[1:]
for line in lines:
    print(f"status {run([*line.split(), '-C', folder])}", flush=True)
"""
BROKEN = """
import sys
from reconciler.planner import plan as module
from reconciler.ledger.ledger import Ledger
from reconciler import __main__

def broken(self, *arguments, **named):
    secret = self.database.address.url
    raise KeyError("nobody expected this")

Ledger.state = broken
folder, *lines = sys.argv[1:]
for line in lines:
    print(f"status {__main__.run([*line.split(), '-C', folder])}", flush=True)
"""
"""A bug in a place that knows the password: its report shows what was called, and no value."""


class Household:
    """A workspace, and what commands wrote anywhere: on their outputs, beside them, in temp."""

    def __init__(self, folder: Path, place: str, environment: dict[str, str]) -> None:
        self.folder, self.temp = folder / "site", folder / "temp"
        self.temp.mkdir()
        furnish(self.folder)
        if place:
            self.replace("ledger: sqlite:///ledger.db", f"ledger: {place}")
        self.environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TMPDIR": str(self.temp), **environment,
        }  # fmt: skip
        self.said = b""

    def replace(self, old, new):
        path = self.folder / "reconciler.yaml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def types(self, *commands, code=MANY, **more):
        """Several commands in one process, as a user types them; their statuses."""
        done = subprocess.run(
            [sys.executable, "-c", code, str(self.folder), *commands], cwd=PROJECT, check=False,
            env={**self.environment, **more}, capture_output=True, timeout=300,
        )  # fmt: skip
        self.said += done.stdout + done.stderr
        statuses = [
            int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith(b"status ")
        ]
        assert len(statuses) == len(commands), done.stderr
        return statuses

    def leaks(self):
        """Every place where a secret stands."""
        found = list(found_in(self.said, "what was said"))
        for folder in (self.folder, self.temp):
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    found += found_in(path.read_bytes(), str(path.relative_to(folder.parent)))
        return found


EVERY = (
    "validate", "plan -o plan.zip", "plan --json", "show plan.zip", "show plan.zip --json",
    "show plan.zip --markdown", "show plan.zip --html -o report.html", "apply plan.zip", "apply --resume",
    "plan --base main", "explain E1 course/knife-safety", "state list", "state show automation.knives",
    "state history", "state export -o evidence.csv", "state export --format jsonl", "state verify", "fmt --check",
    "lms show E1", "state forget automation.knives", "state unlock --id 12345678 --reason none",
    "state upgrade", "comment --github --number 3 plan.zip", "comment --gitlab plan.zip", "comment --gitlab --ended 1",
)  # fmt: skip
PIPELINE = {
    "GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": OTHER, "RECONCILER_PSEUDONYM_KEY": KEY, "GITHUB_REPOSITORY": "acme/training",
    "GITHUB_SHA": "a" * 40, "GITHUB_RUN_ID": "9", "GITHUB_ACTOR": "ada", "CI_PROJECT_ID": "77",
    "CI_MERGE_REQUEST_IID": "3", "CI_COMMIT_SHA": "a" * 40,
}  # fmt: skip


def echoing(heard):
    """A server that tells everything that it was sent, as error pages of some do."""
    told = " ".join(f"{name}: {value}" for name, value in heard.headers.items())
    if "merge_requests" in heard.path:
        return Reply(403, raw=f"<html><body>Signed out. {told}</body></html>".encode())
    return Reply(401, data={"message": f"refused: {told}", "error": {"sent": told}})


@pytest.fixture
def home(tmp_path):
    def made(place="", **environment):
        return Household(tmp_path, place, environment)

    return made


# the story: the address of the ledger in reconciler.yaml, and where its password comes from
PLACES = {
    "a password beside the address": ("{bare}", {"RECONCILER_LEDGER_PASSWORD": "{password}"}),
    "the password that PostgreSQL knows": ("{bare}", {"PGPASSWORD": "{password}"}),
    "a variable in the address": ("{variable}", {"SECRET": "{password}"}),
    "an address that is a variable": ("${{WHOLE}}", {"WHOLE": "{whole}"}),
}
TROUBLES = {
    "as it should be": {},
    "a wrong password": {"wrong": True},
    "a server that is not there": {"port": 9},
}
CASES = {
    f"{name}: {how}": (*place, trouble)
    for name, place in PLACES.items()
    for how, trouble in TROUBLES.items()
    if not trouble or "WHOLE" in place[1] or "PGPASSWORD" in place[1]
}


@pytest.fixture(scope="module")
def secret_role(server):
    """A user of the server whose password is planted."""
    server.execute(f"CREATE ROLE planted LOGIN SUPERUSER PASSWORD '{LEDGER}'")
    return server


@pytest.mark.parametrize(("place", "variables", "trouble"), CASES.values(), ids=CASES.keys())
def test_the_password_of_the_ledger(home, secret_role, place, variables, trouble, monkeypatch):
    bare = secret_role.new_address().replace("reconciler@", "planted@")
    if port := trouble.get("port"):
        bare = bare.replace(f":{secret_role.port}/", f":{port}/")
    password = f"{LEDGER}x" if trouble.get("wrong") else LEDGER
    fill = {
        "bare": bare,
        "password": password,
        "variable": bare.replace("planted@", "planted:${SECRET}@"),
        "whole": bare.replace("planted@", f"planted:{quote(password, safe='')}@"),
    }
    environment = {name: value.format(**fill) for name, value in variables.items()}
    house = home(place.format(**fill), **environment)
    if not trouble:
        monkeypatch.delenv("RECONCILER_LEDGER_PASSWORD", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        create_ledger(place.format(**fill), house.folder, lineage=LINEAGE)
    statuses = house.types("plan -o plan.zip", "apply --auto-approve", "state history")
    assert set(statuses) == ({8} if trouble else {0}), house.said
    if "WHOLE" in variables and not trouble:
        house.types("plan", code=BROKEN)
        assert b"This is a bug" in house.said
    assert house.leaks() == []


def test_tokens_and_keys_with_every_command(home):
    with serving(echoing) as server:
        house = home(
            **PIPELINE, GITHUB_API_URL=server.address, CI_API_V4_URL=f"{server.address}/api/v4",
            PGPASSWORD=LEDGER, RECONCILER_LEDGER_PASSWORD=LEDGER,
        )  # fmt: skip
        statuses = dict(zip(EVERY, house.types(*EVERY), strict=True))
        assert any(TOKEN in str(heard.headers) for heard in server.heard), "it was sent"
        assert any(OTHER in str(heard.headers) for heard in server.heard), "it was sent"
    assert statuses["apply plan.zip"] == 0
    assert {statuses[one] for one in EVERY if one.startswith("comment")} == {1}
    house.types("plan", "apply --auto-approve", code=BROKEN)
    assert b"This is a bug" in house.said
    assert house.leaks() == []


WRITTEN = (
    "postgresql://planted:{}@127.0.0.1/x", "postgresql://planted:{}@[127.0.0.1/x?password={}", "mysql://planted:{}@127.0.0.1/x",
)  # fmt: skip


def test_a_password_in_a_file_is_refused_and_told_nowhere_else(home):
    house = home()
    file = house.folder / "reconciler.yaml"
    text = file.read_text()
    for place in WRITTEN:
        file.write_text(
            text.replace("sqlite:///ledger.db", place.replace("{}", quote(LEDGER, safe="")))
        )
        assert set(house.types("validate", "plan")) <= {1, 3}
    file.write_text(text)
    assert set(
        house.types(
            *(f"state migrate {one.replace('{}', quote(LEDGER, safe=''))}" for one in WRITTEN)
        )
    ) == {1}
    assert house.leaks() == []


def test_the_search_finds_what_is_there(tmp_path):
    """A search that finds nothing proves nothing, unless it finds what is planted."""
    import polars as pl

    table = io.BytesIO()
    pl.DataFrame({"a": [f"x{TOKEN}"] * 3}).write_parquet(table, compression="zstd")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("actions.parquet", table.getvalue())
    assert list(found_in((tmp_path / "a.zip").read_bytes(), "a.zip"))
    assert list(found_in(base64.b64encode(KEY.encode()), "base64"))
    assert not list(found_in(b"nothing", "nothing"))
