"""A run killed with SIGKILL at any commit or call, and what is there after it was run again.

``python -m tests.reliability.kills PREPARED [ADDRESS]``: with an address the LMS is one over HTTP,
whose server is another process and lives on. Reads one request a line from standard input and
answers with one line of JSON. Each run is a process of its own, forked before anything is computed,
so that nothing but the signal ends it and loading the program is paid once.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing, redirect_stdout
from http.client import HTTPConnection
from io import StringIO
from pathlib import Path
from threading import Lock

from requests.sessions import Session  # noqa: TID251 where its calls are cut off
from sqlalchemy.engine.default import DefaultDialect

from reconciler.__main__ import run
from reconciler.commands.moving import move_ledger
from reconciler.commands.options import console
from reconciler.frames import Capabilities
from reconciler.lms.local.adapter import LocalLms
from reconciler.lms.settings import TOKEN
from reconciler.rest import Service
from reconciler.review.saved import load_plan
from reconciler.workspace import open_workspace
from tests.lms.bridge import SECRET

DAYS = ("2024-03-02T18:00:00Z", "2024-03-03T18:00:00Z", "2024-03-04T18:00:00Z")
PEOPLE, BATCH = 140, 10
HEADER = "id,store,jobs,hired,status\n"
POLICY = """\
automations:
  knives:
    assign: course/knife-safety
    target: {role: cook}
    scope: future-and-existing
    due: {days: 14}
    on_exit: remove
"""
# Whatever happens to an enrollment is written down with it, by the LMS itself.
AUDIT = """
CREATE TABLE audit (what TEXT, trainee TEXT, content TEXT);
CREATE TRIGGER audit_insert AFTER INSERT ON enrollment
    BEGIN INSERT INTO audit VALUES ('assign', new.trainee, new.content); END;
CREATE TRIGGER audit_update AFTER UPDATE ON enrollment
    BEGIN INSERT INTO audit VALUES ('update', new.trainee, new.content); END;
CREATE TRIGGER audit_delete AFTER DELETE ON enrollment
    BEGIN INSERT INTO audit VALUES ('remove', old.trainee, old.content); END;
"""
UNDO = ("plan", "--undo", "2", "--as-of", DAYS[2])
LOCAL = "{adapter: local, path: lms.db}"
REMOTE = (
    '{{adapter: http, address: "{address}", batch_size: 5, concurrency: 2, '
    "calls_per_second: 1000, settles_after: 60}}"
)
RECOVERIES = ("apply the file again", "resume", "plan and apply anew")


def prepare(folder):
    """A workspace that was applied once; the saved plan of the next day has 200 actions.

    80 due dates are moved, 60 enrollments are removed and 60 are given, 20 of them by an order.
    """
    from tests.commands.desk import furnish

    cooks = [f"E{n:03},austin-1,cook,2020-01-01,A" for n in range(PEOPLE)]
    furnish(folder, policy=POLICY, roster=HEADER + "\n".join(cooks) + "\n")
    workspace = folder / "reconciler.yaml"
    workspace.write_text(workspace.read_text() + "plans_expire_after: 90 years\n")
    _apply(folder, 0)
    left = [line.replace("cook", "server") if n < 60 else line for n, line in enumerate(cooks)]
    new = [f"N{n:03},austin-1,cook,2024-03-01,A" for n in range(40)]
    (folder / "roster.csv").write_text(HEADER + "\n".join(left + new) + "\n")
    order = "assignments:\n  welcome: {assign: module/onboarding, target: {trainees: [%s]}}\n"
    ordered = ", ".join(f"N{n:03}" for n in range(20))
    text = POLICY.replace("{days: 14}", "{days: 28, update_existing: true}")
    (folder / "policies/rules.yaml").write_text(text + order % ordered)
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.executescript(AUDIT)
    assert run(["plan", "--as-of", DAYS[1], "-o", "plan.zip", "-C", str(folder)]) == 0


def prepare_undo(folder):
    """The same a day later: those 200 actions were applied, and the saved plan undoes them."""
    prepare(folder)
    assert run(["apply", "plan.zip", "-C", str(folder)]) == 0
    with closing(sqlite3.connect(folder / "lms.db")) as lms, lms:
        lms.execute("DELETE FROM audit")
    assert run([*UNDO, "-o", "plan.zip", "-C", str(folder)]) == 0


def _anew(folder):
    """Plan and apply what is left of the saved plan."""
    if load_plan(folder / "plan.zip")[0].undo is None:
        return _apply(folder, 1)
    assert run([*UNDO, "-o", "anew.zip", "-C", str(folder)]) == 0
    return run(["apply", "anew.zip", "-C", str(folder)])


def _apply(folder, day):
    file = f"day-{day}.zip"
    assert run(["plan", "--as-of", DAYS[day], "-o", file, "-C", str(folder)]) == 0
    return run(["apply", file, "-C", str(folder)])


def disturbed(folder, point):
    """Apply the saved plan, and die at this point; how many points there were, if there is none."""
    passed = _die_at(point)
    assert run(["apply", "plan.zip", "-C", str(folder)]) == 0
    return {"points": passed[0]}


def _die_at(point):
    return at(point, lambda: os.kill(os.getpid(), signal.SIGKILL))


def at(point, act):
    """Act at one of the points; there are two at each commit and at each write to the LMS: just
    before it and just after."""
    passed, turn = [0], Lock()

    def step():
        with turn:
            passed[0] += 1
            if passed[0] == point:
                act()

    def around(original):
        def wrapped(*arguments, **named):
            step()
            result = original(*arguments, **named)
            step()
            return result

        return wrapped

    for owner, name in (
        (DefaultDialect, "do_commit"),
        (LocalLms, "_carry_out"),
        # Over HTTP: before a call, when it is sent and not answered yet, and after the answer.
        (Session, "send"),
        (HTTPConnection, "getresponse"),
    ):
        setattr(owner, name, around(getattr(owner, name)))
    return passed


def recovered(folder, point):
    """Run it again in one of the ways, and tell what is there then."""
    way = RECOVERIES[point % len(RECOVERIES)]
    if way == "resume":
        assert run(["apply", "--resume", "-C", str(folder)]) == 0
    elif way == "plan and apply anew":
        assert _anew(folder) == 0
    status = run(["apply", "plan.zip", "-C", str(folder)])
    assert status in (0, 5), status  # 5: it was applied already
    return picture(folder)


def picture(folder):
    """The end state, what a plan would still do, and what looks changed by others."""
    from reconciler.commands.planning import make_plan
    from reconciler.planner.drift import drift

    undo = 2 if load_plan(folder / "plan.zip")[0].undo else None
    made = make_plan(folder, as_of=DAYS[2], no_color=True, undo=undo)
    found = drift(made.plan, open_workspace(folder).ledger().last_apply()).findings
    return {**state(folder), "left": len(made.saved_actions), "drift": len(found)}


def state(folder):
    """Enrollments, what was done to them, what is remembered, what is proven."""
    with closing(sqlite3.connect(folder / "lms.db")) as lms:
        held = sorted(lms.execute("SELECT * FROM enrollment"), key=repr)
        audit = sorted(lms.execute("SELECT * FROM audit"), key=repr)
    ledger = open_workspace(folder).ledger()
    state = ledger.state()
    ids = state.trainees.to_list()
    sets = {" ".join(key): sorted(ids[n] for n in who) for key, who in state.sets.items() if who}
    return {
        "held": held,
        "twice": len(audit) - len(set(audit)),
        "done": len(audit),
        "sets": sets,
        "orders": [[one.id, one.state] for one in state.orders],
        "open": len(state.intents),
        "broken": ledger.verify().broken,
    }


def in_a_process(work, *arguments):
    """Run a function in a fork of this process; its result, or None where it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            with redirect_stdout(StringIO()), os.fdopen(writer, "w") as answer:
                json.dump(work(*arguments), answer)
        except BaseException as error:  # noqa: BLE001 the parent is to know
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    assert status == 0, f"{work.__name__} failed"
    return json.loads(told)


def moved(folder, url):
    move_ledger(folder, url, console(no_color=True))


def behind(address, folder):
    """Let a workspace use its LMS by way of a server, which has to be at rest before a plan."""
    from reconciler.commands import settling

    path = folder / "reconciler.yaml"
    remote = REMOTE.format(address=f"{address}/{folder.name}/lms.db")
    path.write_text(path.read_text().replace(LOCAL, remote))
    os.environ[TOKEN] = SECRET

    def pause(_):
        time.sleep(0.1)  # what was sent has come in by then
        with Service(address, token=SECRET) as service:
            service.read("/idle")

    settling.pause = pause


def serve(prepared, address):
    """Answer requests: a folder, a point (0: none), and where the ledger is to be, if elsewhere."""
    for line in sys.stdin:
        request = json.loads(line)
        folder, point = Path(request["folder"]), request["point"]
        shutil.copytree(prepared, folder)
        if address:
            behind(address, folder)
        if request["ledger"]:
            in_a_process(moved, folder, request["ledger"])
        killed = in_a_process(disturbed, folder, point)
        end = in_a_process(recovered, folder, point) if point else in_a_process(picture, folder)
        sys.stdout.write(json.dumps({"killed": killed, "end": end}) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder)


def small_batches():
    small = Capabilities(creates_accounts=True, batch_size=BATCH)
    LocalLms.capabilities = property(lambda _: small)


if __name__ == "__main__":
    small_batches()
    if sys.argv[2:] == ["prepare"]:
        prepare(Path(sys.argv[1]))
    elif sys.argv[2:] == ["undo"]:
        prepare_undo(Path(sys.argv[1]))
    else:
        serve(Path(sys.argv[1]), *(sys.argv[2:] or [None]))
