"""The program at a counter: scripts ask for it, and it runs in this process, loaded once.

Whoever asks waits for the answer, and so does the test that started the script; nobody else runs.
"""

import io
import json
import os
import socketserver
import threading
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from reconciler.__main__ import run

CLIENT = """\
import json, os, socket, sys
asked = {"arguments": sys.argv[2:], "folder": os.getcwd(), "environment": dict(os.environ)}
with socket.socket(socket.AF_UNIX) as counter:
    counter.connect(sys.argv[1])
    counter.sendall(json.dumps(asked).encode())
    counter.shutdown(socket.SHUT_WR)
    answer = json.loads(counter.makefile("rb").read())
sys.stdout.write(answer["out"])
sys.stderr.write(answer["err"])
sys.exit(answer["status"])
"""


class _Counter(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        asked = json.loads(self.rfile.read())
        out, err = io.StringIO(), io.StringIO()
        with (
            chdir(asked["folder"]), environment(asked["environment"]),
            redirect_stdout(out), redirect_stderr(err),
        ):  # fmt: skip
            status = run(asked["arguments"])
        answer = {"status": status, "out": out.getvalue(), "err": err.getvalue()}
        self.wfile.write(json.dumps(answer).encode())


@contextmanager
def environment(values):
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def counter(folder: Path):
    """Open the counter; yields the path of its socket and of what asks there."""
    place, client = folder / "counter", folder / "client.py"
    client.write_text(CLIENT)
    with socketserver.UnixStreamServer(str(place), _Counter) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield place, client
        finally:
            server.shutdown()
            thread.join()
