"""A local LMS behind HTTP: a bridge as docs/lms-over-http.md describes it, for tests.

``python -m tests.lms.bridge FOLDER [PORT]`` serves every local LMS below a folder, each at its path.
"""

import json
import os
import sys
import threading
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from jsonschema import Draft202012Validator

from reconciler.frames import INSTANT, WRITES
from reconciler.lms.http.adapter import HttpLms
from reconciler.lms.http.messages import PROTOCOL
from reconciler.lms.http.openapi import READINGS, openapi
from reconciler.lms.http.openapi import WRITES as WRITE_PATHS
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.settings import TOKEN, HttpSettings
from tests.hosting.loopback import Reply, serving

SECRET = "l0cal-T0ken"
SECOND = "%Y-%m-%dT%H:%M:%SZ"
ABILITIES = (
    "writes", "creates_accounts", "modules", "credits", "due_dates", "reassigns",
    "reassigns_courses", "removes", "withdraws",
)  # fmt: skip
VERBS = ("assign", "reassign", "reschedule", "remove")
LAST_READINGS = 20


class Bridge:
    """Answers for one local LMS. What it hears and says is held against the description.

    ``revisions``: it can tell how new a reading is. ``sees``: the token may read everything.
    """

    def __init__(self, lms, *, batch=100, revisions=True, checked=True):
        self.lms, self.batch, self.revisions, self.checked = lms, batch, revisions, checked
        self.sees = True
        self.revision = 1
        self.broken = []
        self.lock = threading.RLock()
        self._readings, self._numbers = {}, count(1)
        self._answers, self._under_way = {}, set()

    def __call__(self, heard):
        if heard.headers.get("Authorization") != f"Bearer {SECRET}":
            return refusal(401, "This token is not known.")
        path = heard.path.rstrip("/") or "/"
        if (heard.method, path) not in ANSWERS:
            return refusal(404, f"There is no {heard.method} {path}.")
        if self.checked and heard.method == "POST":
            self.broken += faults("Write", heard.body)
        reply = self.write(path[1:], heard.body) if heard.method == "POST" else self.read(heard)
        if self.checked:
            model = ANSWERS[heard.method, path] if reply.status == 200 else "Refusal"
            self.broken += faults(model, reply.data)
        return reply

    # Reading

    def read(self, heard):
        at_least = int(heard.query.get("at_least", 0))
        if at_least > self.revision:
            return refusal(425, f"Revision {at_least} is not there yet.")
        match heard.path.rstrip("/"):
            case "":
                return Reply(data=self.about())
            case "/catalog":
                return Reply(data=self.catalog())
            case path:
                return self.page(path, heard)

    def about(self):
        can = self.lms.capabilities
        told = {
            "lists_accounts": True,
            **{name: getattr(can, name) for name in ABILITIES},
            "precision": int(can.precision.total_seconds()),
            "batch_size": self.batch,
        }
        return {
            "protocol": PROTOCOL,
            "name": "Local LMS",
            "revision": self.newest(),
            "capabilities": told,
        }

    def newest(self):
        return self.revision if self.revisions else None

    def catalog(self):
        contents = [
            {
                "id": one.id,
                "title": one.title,
                "version": one.version,
                "minutes": one.minutes,
                "courses": list(one.courses),
            }
            for one in self.lms.catalog().values()
        ]
        return {**self.scope(), "total": len(contents), "contents": contents if self.sees else []}

    def scope(self):
        return {"scope": "all" if self.sees else "own", "revision": self.newest()}

    def page(self, path, heard):
        if (name := heard.query.get("reading")) is None:
            name = self.begin(self.rows(path, heard.several.get("content", [])))
        if name not in self._readings:
            return refusal(410, f"The reading {name} is gone.")
        rows, revision = self._readings[name]
        first, limit = int(heard.query.get("first", 0)), int(heard.query["limit"])
        columns = rows.slice(first, limit).to_dict(as_series=False)
        scope = {"scope": "all" if self.sees else "own", "revision": revision}
        told = {"reading": name, "first": first, "total": len(rows), "columns": columns}
        return Reply(data={**scope, **told})

    def begin(self, rows):
        with self.lock:
            name = str(next(self._numbers))
            self._readings[name] = (rows, self.newest())
            for old in list(self._readings)[:-LAST_READINGS]:
                del self._readings[old]
            return name

    def rows(self, path, contents):
        """What a reading shows, as text; nothing without the right to see it."""
        with self.lock:
            shown = frame_of(self.lms, path, contents)
        return shown if self.sees else shown.clear()

    # Writing

    def write(self, verb, body):
        key = body["key"]
        with self.lock:
            if key in self._answers:
                return Reply(data=self._answers[key])
            if key in self._under_way:
                return refusal(409, "This write is under way.")
            self._under_way.add(key)
        try:
            reply = self.carry_out(verb, body)
            if reply.status == 200:
                self._answers[key] = reply.data
            return reply
        finally:
            self._under_way.discard(key)

    def carry_out(self, verb, body):
        rows = body["rows"]
        if len(rows) > self.batch:
            return refusal(413, f"{len(rows)} rows are too many; {self.batch} are taken.")
        with self.lock:
            outcomes = getattr(self.lms, verb)(writes_of(rows))
            self.revision += 1
            results = outcomes.cast({"result": pl.String}).to_dicts()
            return Reply(data={"key": body["key"], "revision": self.newest(), "results": results})


class Bridges:
    """Answers for every local LMS below a folder, by its path; at /idle when it has done so."""

    def __init__(self, root, **options):
        self.root, self.options = root, options
        self.found = {}
        self.lock = threading.Condition()
        self.at_work = 0

    def __call__(self, heard):
        if heard.path == "/idle":
            with self.lock:
                self.lock.wait_for(lambda: not self.at_work)
            return Reply(data={})
        with self.lock:
            self.at_work += 1
        try:
            return self.answer(heard)
        finally:
            with self.lock:
                self.at_work -= 1
                self.lock.notify_all()

    def answer(self, heard):
        place, _, verb = unquote(heard.path).rpartition("/")
        path = (self.root / place.lstrip("/")).resolve()
        if not path.is_file():
            return refusal(404, f"There is no LMS at {place}.")
        with self.lock:
            bridge = self.found.get(path)
            if bridge is None:
                bridge = self.found[path] = Bridge(LocalLms(path), **self.options)
        return bridge(type(heard)(heard.method, f"/{verb}", *vars_of(heard)))


def vars_of(heard):
    return heard.query, heard.headers, heard.body, heard.several


def refusal(status, message, **headers):
    return Reply(status, {"message": message}, headers)


def frame_of(lms, path, contents):
    """Accounts, enrollments or progress as columns of text and numbers."""
    if path == "/accounts":
        return pl.DataFrame({"trainee": sorted(lms.accounts())}, schema={"trainee": pl.String})
    frame = lms.holdings(contents) if path == "/enrollments" else lms.progress(contents)
    times = [name for name, kind in frame.schema.items() if kind == INSTANT]
    texts = [name for name in frame.columns if name not in (*times, "version", "completed_version")]
    return frame.with_columns(
        *(pl.col(name).dt.strftime(SECOND) for name in times),
        *(pl.col(name).cast(pl.String) for name in texts),
    ).sort(pl.all())


def writes_of(rows):
    times = ("assigned", "due", "credit_after")
    schema = {name: pl.String if name in times else kind for name, kind in WRITES.schema.items()}
    frame = pl.DataFrame(rows, schema=schema, strict=False)
    return WRITES.cast(
        frame.with_columns(
            pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%#z", time_unit="us") for name in times
        )
    )


@cache
def validator(model):
    schema = {"$ref": f"#/components/schemas/{model}", "components": openapi()["components"]}
    return Draft202012Validator(schema)


def faults(model, data):
    """What is wrong with a message by the published description."""
    errors = validator(model).iter_errors(json.loads(json.dumps(data)))
    return [f"{model}: {error.json_path}: {error.message}" for error in errors]


ANSWERS = {
    **{("GET", path): model.__name__ for path, (model, *_) in READINGS.items()},
    **{("POST", path): "Written" for path in WRITE_PATHS},
}
"""The model of the answer at each path, as the description has it."""


def settings_for(address, **options):
    given = {"calls_per_second": 1000, "settles_after": 0, **options}
    return HttpSettings.model_validate({"adapter": "http", "address": address, **given})


def opened(server, patience, **options):
    """The adapter before a server, with small pages and batches."""
    settings = settings_for(server.address, **{"page_size": 3, "batch_size": 7, **options})
    return HttpLms(settings, token=SECRET, clockwork=patience.clockwork)


def altering(bridge, path, change):
    """The bridge, with another answer at one path: ``change`` gets the data and what was heard."""

    def handler(heard):
        reply = bridge(heard)
        if heard.path == path and reply.status == 200:
            changed = change(deepcopy(reply.data), heard)
            return changed if isinstance(changed, Reply) else replace(reply, data=changed)
        return reply

    return handler


if __name__ == "__main__":
    os.environ.setdefault(TOKEN, SECRET)
    with serving(
        Bridges(Path(sys.argv[1]).resolve()),
        keep_alive=True,
        port=int(sys.argv[2]) if len(sys.argv) > 2 else 0,
    ) as served:
        sys.stdout.write(f"{served.address}\n")
        sys.stdout.flush()
        sys.stdin.read()  # until whoever started it closes
