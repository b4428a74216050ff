"""A small web server that stands in for a platform, keeps what it accepted, and misbehaves when it is told to.

Subclass :class:`StandIn`, write ``handle(request) -> Reply``, and append to ``accepted`` whatever the real platform
would now show to the public::

    class Board(StandIn):
        def handle(self, request: Request) -> Reply:
            if request.at("POST", "/posts"):
                self.accepted.append(request.json())
                return Reply(201, {"id": str(len(self.accepted))})
            return Reply(404, {"detail": "no such page"})

    with Board() as board:
        board.fault("lost", on="POST /posts")     # the next such request is carried out, its answer never arrives
        publish_to(board.url)
        assert len(board.accepted) == 1

``handle`` runs under ``lock``, one request at a time, so a subclass needs no lock of its own. A fault is used up by
the first ``times`` requests whose ``"METHOD /path"`` its ``on`` is found in (a regular expression); the oldest
matching fault goes first. Kinds, and whether the request is still carried out:

======== ======= ==========================================================================================
kind     done?   what the caller sees
======== ======= ==========================================================================================
status   no      ``status`` with ``body`` (JSON value, text or bytes) and ``headers``
html     no      ``status`` (502) with an HTML page, as a broken gateway sends it
drop     no      the connection closes before an answer
lost     yes     the connection closes before an answer
cut      yes     half of the answer's JSON, as if it were whole
short    yes     half of the answer, then the connection closes before its announced length
garbage  yes     the right status with an HTML page as the body (a captive portal)
late     yes     a right answer, but only after ``seconds`` (at the latest when the server stops)
slow     no      the same, and the request is not carried out at all if the caller has hung up by then
gateway  yes     ``status`` (502) with an HTML page though the request was carried out
drip     yes     a right answer whose first bytes come one by one for ``seconds``
======== ======= ==========================================================================================

``done=True`` or ``done=False`` overrides the second column.
"""

import json
import re
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, RLock, Thread
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

Kind = Literal["status", "html", "drop", "lost", "cut", "short", "garbage", "late", "slow", "gateway", "drip"]
DONE: Mapping[str, bool] = {
    "status": False,
    "html": False,
    "drop": False,
    "lost": True,
    "cut": True,
    "short": True,
    "garbage": True,
    "late": True,
    "slow": False,
    "gateway": True,
    "drip": True,
}
DROP_SECONDS = 0.05
"""Between two bytes of a drip."""
PAGE = b"<!doctype html><html><head><title>Bad gateway</title></head><body><h1>502</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived: ``headers`` have lower-case names, ``query`` lists of values."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    target: str
    """Path and query as sent, for those who check a signature."""

    def at(self, method: str, pattern: str) -> re.Match[str] | None:
        """The match if this is a *method* request whose whole path is *pattern* (a regular expression)."""
        return re.fullmatch(pattern, self.path) if self.method == method else None

    def first(self, name: str, default: str = "") -> str:
        """The first value of the query parameter *name*."""
        return self.query.get(name, [default])[0]

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError`` when it is not."""
        return json.loads(self.body)

    def parts(self) -> dict[str, bytes]:
        """The parts of a ``multipart/form-data`` body by name; empty when it is none."""
        found = re.search(r'boundary="?([^";]+)', self.headers.get("content-type", ""))
        parts: dict[str, bytes] = {}
        for piece in self.body.split(b"--" + found[1].encode()) if found else ():
            head, gap, content = piece.partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]+)"', head)
            if gap and name:
                parts[name[1].decode()] = content.removesuffix(b"\r\n")
        return parts


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: ``body`` is a JSON value, or ``bytes`` or text sent as they are (see ``mime``)."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    mime: str = "application/json"

    def encoded(self) -> bytes:
        """The body as it travels."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(slots=True)
class Fault:
    """One planned misbehaviour; see the table above."""

    kind: Kind
    on: str
    times: int
    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float
    done: bool


class StandIn:
    """The server; ``start`` and ``stop`` it, or use it in a ``with`` statement. Listens on 127.0.0.1 only."""

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        """What is public now, oldest first; the subclass fills it."""
        self.requests: list[Request] = []
        """Every request that arrived, whether or not it was carried out."""
        self.faults: list[Fault] = []
        self.lock = RLock()
        self._closing = Event()
        self._server: _Server | None = None

    def handle(self, request: Request) -> Reply:
        """Carry *request* out and answer it; subclasses write this."""
        raise NotImplementedError

    def fault(
        self,
        kind: Kind,
        *,
        on: str = "",
        times: int = 1,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 5.0,
        done: bool | None = None,
    ) -> Fault:
        """Plan a misbehaviour (see the table above) and return it."""
        fault = Fault(
            kind,
            on,
            times,
            status or (503 if kind == "status" else 502),
            body,
            headers or {},
            seconds,
            DONE[kind] if done is None else done,
        )
        with self.lock:
            self.faults.append(fault)
        return fault

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end; known once it has been started."""
        if self._server is None:
            raise RuntimeError("the stand-in has not been started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Listen on a free port; a second start reuses the port of the first."""
        port = 0 if self._server is None else int(self._server.server_address[1])
        self._closing.clear()
        self._server = _Server(port, self)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port and every open connection; from now on callers are refused."""
        self._closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def paths(self, method: str = "") -> list[str]:
        """``"METHOD /path"`` of every request that arrived, or of those with *method* only."""
        with self.lock:
            return [f"{r.method} {r.path}" for r in self.requests if method in ("", r.method)]

    def answer(self, request: Request, connection: socket.socket) -> tuple[Reply, Fault | None]:
        """What to send for *request*, and the fault that spoils it (the server's own entry)."""
        with self.lock:
            self.requests.append(request)
            fault = self._take(f"{request.method} {request.path}")
            reply = self.handle(request) if fault is None or fault.done else Reply(fault.status)
        if fault is None or fault.kind not in ("late", "slow"):
            return reply, fault
        self._closing.wait(fault.seconds)
        if fault.kind == "slow" and not fault.done and not _hung_up(connection):
            with self.lock:
                reply = self.handle(request)
        return reply, fault

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the server runs (the server's own entry)."""
        self._closing.wait(seconds)

    def _take(self, what: str) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.on, what):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None


def _hung_up(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, owner: StandIn) -> None:
        self.owner = owner
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close connections that callers keep open, so that a stopped server answers no more."""
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that hung up; show what is wrong in the stand-in itself."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(self.command, parts.path, query, headers, self._body(), self.path)
        reply, fault = self.server.owner.answer(request, self.connection)
        if fault is None or fault.kind in ("late", "slow"):
            self._send(reply, reply.encoded())
        else:
            self._spoil(reply, fault)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 – http.server looks for these names

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            size = int(self.headers.get("Content-Length") or 0)
            if len(body := self.rfile.read(size)) < size:
                raise ConnectionResetError("the caller hung up in the middle of its request")
            return body
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _spoil(self, reply: Reply, fault: Fault) -> None:
        body = reply.encoded()
        half = body[: len(body) // 2]
        match fault.kind:
            case "status":
                spoiled = Reply(fault.status, fault.body, fault.headers)
                self._send(spoiled, spoiled.encoded())
            case "html" | "gateway":
                self._send(Reply(fault.status, PAGE, fault.headers, "text/html"), PAGE)
            case "garbage":
                self._send(Reply(reply.status, PAGE, mime="text/html"), PAGE)
            case "cut":
                self._send(reply, half)
            case "drip":
                # Spaces before JSON are part of it, so the answer that comes in the end is a right one.
                drops = max(1, round(fault.seconds / DROP_SECONDS))
                self._send(reply, b"", announced=drops + len(body))
                for _ in range(drops):
                    self.wfile.write(b" ")
                    self.server.owner.pause(DROP_SECONDS)
                self.wfile.write(body)
            case "short":
                self._send(reply, half, announced=len(body))
                self.close_connection = True
            case _:
                self.close_connection = True

    def _send(self, reply: Reply, body: bytes, announced: int | None = None) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.mime)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if announced is None else announced))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""
