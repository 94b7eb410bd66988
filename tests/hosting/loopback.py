"""A real HTTP server on this machine, told what to answer; and a clock that only sleeping moves."""

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from reconciler.rest import Clockwork


@dataclass(frozen=True)
class Heard:
    """One call as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: Any
    several: dict[str, list[str]] = field(default_factory=dict)  # keys that repeat in the query


@dataclass(frozen=True)
class Reply:
    """What is answered: data as JSON, or bytes as they are."""

    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: int | None = None  # break off after so many bytes of the body
    silent: bool = False  # close the connection without a word
    twice: bool = False  # the same answer once more, on a connection that stays open

    @property
    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.data is None else json.dumps(self.data).encode()


class Fault:
    """Does what is asked, and answers something else."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class Loopback:
    """What the server heard, and what it answers: first the script, then as the handler says."""

    def __init__(self, handler: Callable[[Heard], Reply]) -> None:
        self.handler = handler
        self.heard: list[Heard] = []
        self.script: list[Reply | Fault | Callable[[Heard], Reply | None]] = []
        self.address = ""

    def answer(self, heard: Heard) -> Reply:
        self.heard.append(heard)
        following = self.script.pop(0) if self.script else self.handler
        if isinstance(following, Fault):
            self.handler(heard)
            return following.reply
        if isinstance(following, Reply):
            return following
        return following(heard) or self.handler(heard)

    @property
    def calls(self) -> list[str]:
        return [f"{heard.method} {heard.path}" for heard in self.heard]


@contextmanager
def serving(handler: Callable[[Heard], Reply], *, keep_alive: bool = False, port: int = 0):
    """Serve on a free port of this machine; connections stay open where that is wanted."""
    loopback = Loopback(handler)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with suppress(ConnectionError):  # who asked may be gone
                super().handle()

        def do(self) -> None:
            parts = urlsplit(self.path)
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard = Heard(
                self.command, parts.path, dict(parse_qsl(parts.query)), self.headers,
                json.loads(data) if data else None, parse_qs(parts.query),
            )  # fmt: skip
            reply = loopback.answer(heard)
            self.close_connection = not keep_alive or reply.silent or reply.cut is not None
            if reply.silent:
                return
            for _ in range(2 if reply.twice else 1):
                self.reply(reply)

        def reply(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            now = self.date_time_string()
            headers = {"Content-Type": "application/json", "Date": now, **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.do)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    loopback.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Patience:
    """Time that passes by sleeping alone; nobody is scattered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    @property
    def clockwork(self) -> Clockwork:
        return Clockwork(
            sleep=self.slept.append, elapsed=lambda: sum(self.slept), jitter=lambda: 0.0
        )
