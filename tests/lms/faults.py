"""A bridge that goes wrong by a schedule: what a seed says of each call, however threads run.

Time is that of the schedule: it passes while the program sleeps, and brings what is late.
"""

import random
import sqlite3
import tempfile
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.lms.local.adapter import LocalLms
from reconciler.rest import Clockwork
from tests.hosting.loopback import Reply
from tests.lms.bridge import Bridge, frame_of, refusal

LONGEST_DELAY = 50.0
"""Seconds after which everything late has happened; less than the `settles_after` of the world."""
LONGEST_LAG = 600.0
READS = 0.4
"""How often a reading goes wrong, where writes always would."""
RARE = 0.15
MOST_SLOW = 4
"""Slow answers in a schedule: they cost real time."""
PATHS = ("/accounts", "/enrollments", "/progress")
PAGE = Reply(raw=b"<html><body>Down for maintenance</body></html>")


@dataclass
class Late:
    """A call that is carried out when its time has come, whoever still waits for it."""

    due: float
    key: str = ""
    about: frozenset = frozenset()
    begin: threading.Event = field(default_factory=threading.Event)
    end: threading.Event = field(default_factory=threading.Event)


class Remembering(Bridge):
    """Knows what it held before each write, so that it can show it once more."""

    def __init__(self, lms, clock, **options):
        super().__init__(lms, **options)
        self.clock = clock
        self.past = []

    def carry_out(self, verb, body):
        with self.lock:
            with closing(sqlite3.connect(self.lms.path)) as database:
                self.past.append((self.clock(), self.newest(), database.serialize()))
            return super().carry_out(verb, body)

    def page_of_then(self, heard, then):
        """A page of how it was at an instant; of now where nothing was written since."""
        for until, revision, held in self.past:
            if until > then:
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "lms.db"
                    path.write_bytes(held)
                    contents = heard.several.get("content", [])
                    name = self.begin(frame_of(LocalLms(path), heard.path, contents))
                rows, _ = self._readings[name]
                self._readings[name] = (rows, revision)
                query = {**heard.query, "reading": name}
                return self.page(heard.path, replace(heard, query=query))
        return self(heard)


class Faulty:
    """Answers by a schedule until it is told to be calm; ``told`` counts what it has done."""

    def __init__(self, lms, seed, *, rate, revisions):
        self.seed = seed
        self.time, self.lock = 0.0, threading.Lock()
        self.bridge = Remembering(
            lms, lambda: self.time, batch=6, revisions=revisions, checked=False
        )
        self.calm = False
        self.known, self.is_worst = repertoire(random.Random(f"faults {seed}"))
        self.rate, self.reads = (0.9, 0.6) if self.is_worst else (rate, rate * READS)
        self.told = Counter()
        self._tries = Counter()
        self._late, self._running, self._slow = [], set(), 0

    # Time

    @property
    def clockwork(self):
        return Clockwork(sleep=self.sleep, elapsed=lambda: self.time, jitter=lambda: 0.5)

    def sleep(self, seconds):
        """Let time pass, and what is due by then happen."""
        with self.lock:
            self.time += seconds
            due = [one for one in self._late if one.due <= self.time]
        for one in due:
            one.begin.set()
            assert one.end.wait(30)

    # Calls

    def __call__(self, heard):
        self._bring_what_is_late(heard)
        if self.calm:
            return self.bridge(heard)
        if heard.method == "POST" and heard.body["key"] in self._running:
            return refusal(409, "This write is under way.")
        with self.lock:
            what = identity(heard)
            self._tries[what] += 1
            chance = random.Random(f"{self.seed} {what} {self._tries[what]}")
        # A run reads far more often than it writes, and ends when it cannot read.
        if chance.random() >= (self.rate if heard.method == "POST" else self.reads):
            return self.bridge(heard)
        faults = WRITE_FAULTS if heard.method == "POST" else READ_FAULTS
        names = sorted(self.known & faults.keys())
        if not names:
            return self.bridge(heard)
        name = chance.choice(names)
        if name == "not allowed" and chance.random() > RARE:
            name = "429"  # it ends a run at once, and there is more to see
        if name in ("slow", "carried out late") and not self._may_be_slow():
            name = "500 before"
        self.told[name] += 1
        return (WRITE_FAULTS | READ_FAULTS)[name](self, heard, chance)

    def _may_be_slow(self):
        with self.lock:
            self._slow += 1
            return self._slow <= MOST_SLOW

    def _bring_what_is_late(self, heard):
        """The worst moment for a late write: just before its rows are sent once more."""
        again = pairs(heard)
        for one in self._late:
            if again & one.about and one.key != heard.body["key"] and not one.begin.is_set():
                one.begin.set()
                assert one.end.wait(30)

    # Faults; each answers one call

    def too_many(self, heard, chance):
        return refusal(429, "slow down", **{"Retry-After": str(chance.randint(0, 9))})

    def maintenance(self, heard, chance):
        return refusal(503, "closed", **{"Retry-After": str(chance.randint(1, 30))})

    def before(self, heard, chance):
        return refusal(500, "it broke")

    def after(self, heard, chance):
        self.bridge(heard)
        return refusal(chance.choice([500, 502, 504]), "it broke")

    def cut(self, heard, chance):
        reply = self.bridge(heard)
        return replace(reply, cut=chance.randint(0, max(len(reply.body) - 1, 0)))

    def hang_up_before(self, heard, chance):
        return Reply(silent=True)

    def hang_up_after(self, heard, chance):
        self.bridge(heard)
        return Reply(silent=True)

    def page(self, heard, chance):
        if chance.random() < 0.5:
            self.bridge(heard)
        return PAGE

    def answer_twice(self, heard, chance):
        return replace(self.bridge(heard), twice=True)

    def arrives_twice(self, heard, chance):
        self.bridge(heard)
        return self.bridge(heard)

    def not_allowed(self, heard, chance):
        return refusal(chance.choice([401, 403]), "log in again")

    def slow(self, heard, chance):
        """Done at once, and answered when nobody listens any more."""
        reply = self.bridge(heard)
        self._wait(heard, chance)
        return reply

    def late(self, heard, chance):
        """Not done before its time has come; meanwhile it waits on the way, or is known to run."""
        if chance.random() < 0.5:
            self._running.add(heard.body["key"])
        one = self._wait(heard, chance, until_done=True)
        reply = self.bridge(heard)
        self._running.discard(heard.body["key"])
        one.end.set()
        return reply

    def _wait(self, heard, chance, *, until_done=False):
        one = Late(self.time + chance.uniform(1, LONGEST_DELAY))
        if until_done:
            one.key, one.about = heard.body["key"], pairs(heard)
        with self.lock:
            self._late.append(one)
        if not until_done:
            one.end.set()
        one.begin.wait(30)
        return one

    def half_refused(self, heard, chance):
        rows = heard.body["rows"]
        some = [row for row in rows if chance.random() < 0.5]
        if not some:
            return refusal(422, "the seats are taken")
        reply = self.bridge(replace(heard, body={**heard.body, "rows": some}))
        if reply.status == 200:
            heard_of = {(one["trainee"], one["content"]) for one in reply.data["results"]}
            reply.data["results"] += [
                {**pair, "result": "refused", "detail": "the seat is taken"}
                for pair in ({k: row[k] for k in ("trainee", "content")} for row in rows)
                if tuple(pair.values()) not in heard_of
            ]
        return reply

    def batch_refused(self, heard, chance):
        return refusal(chance.choice([400, 413, 422]), "something in it is wrong")

    def silently_cut(self, heard, chance):
        rows = heard.body["rows"]
        some = rows[: chance.randint(1, len(rows))]
        return self.bridge(replace(heard, body={**heard.body, "rows": some}))

    def blind(self, heard, chance):
        """As if nobody were enrolled: rights are lost, and it is answered with 200."""
        reply = self.bridge(heard)
        if chance.random() < 0.3 or "columns" not in reply.data:
            return Reply(data=[])
        nobody = {name: [] for name in reply.data["columns"]}
        return replace(reply, data={**reply.data, "scope": "own", "total": 0, "columns": nobody})

    def page_missing(self, heard, chance):
        reply = self.bridge(heard)
        if reply.status != 200 or not reply.data.get("columns"):
            return reply
        keep = chance.choice([0, 1])
        short = {name: column[:keep] for name, column in reply.data["columns"].items()}
        return replace(reply, data={**reply.data, "columns": short})

    def stale(self, heard, chance):
        if heard.path not in PATHS or "reading" in heard.query:
            return self.bridge(heard)
        # What has revisions may lag for as long as it likes: it says so.
        longest = LONGEST_LAG if self.bridge.revisions else LONGEST_DELAY
        return self.bridge.page_of_then(heard, self.time - chance.uniform(0, longest))


EITHER = {
    "429": Faulty.too_many,
    "503, come back": Faulty.maintenance,
    "500 before": Faulty.before,
    "cut in the answer": Faulty.cut,
    "hangs up before": Faulty.hang_up_before,
    "a page for people": Faulty.page,
    "an answer twice": Faulty.answer_twice,
    "arrives twice": Faulty.arrives_twice,
    "not allowed": Faulty.not_allowed,
    "slow": Faulty.slow,
}
READ_FAULTS = {
    **EITHER,
    "blind": Faulty.blind,
    "a page is missing": Faulty.page_missing,
    "stale": Faulty.stale,
    "stale too": Faulty.stale,
}
WRITE_FAULTS = {
    **EITHER,
    "500 after": Faulty.after,
    "hangs up after": Faulty.hang_up_after,
    "carried out late": Faulty.late,
    "half refused": Faulty.half_refused,
    "batch refused": Faulty.batch_refused,
    "silently cut": Faulty.silently_cut,
}


UNCLEAR = ("500 after", "hangs up after", "carried out late", "carried out late")
"""What leaves open whether a write was done."""


def repertoire(chance):
    """The faults of one schedule, and whether they are the worst. Some know a few only.

    The worst pair, an outcome that stays open and a reading that is too old to tell, has its share.
    """
    every = sorted(READ_FAULTS.keys() | WRITE_FAULTS.keys())
    if chance.random() < 0.25:
        return {"stale", "stale too", chance.choice(UNCLEAR)}, True
    return set(chance.sample(every, chance.choice([3, 6, len(every)]))), False


def pairs(heard):
    """Whom and what a write is about; nothing for a reading."""
    if heard.method != "POST":
        return frozenset()
    return frozenset((row["trainee"], row["content"]) for row in heard.body["rows"])


def identity(heard):
    """What a call is about, the same in every run of a schedule."""
    if heard.method == "POST":
        rows = [f"{row['trainee']} {row['content']}" for row in heard.body["rows"]]
        return f"{heard.path} {', '.join(sorted(rows))}"
    return f"{heard.path} {heard.query.get('first')} {heard.several.get('content')}"
