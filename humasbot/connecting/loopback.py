"""A web server for one request: the redirect that brings the person back from the platform (RFC 8252 section 7.3)."""

import hmac
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit, urlunsplit

from humasbot.errors import InputError
from humasbot.words import t

HERE = "127.0.0.1"
LONGEST_REQUEST = 16_000


class Loopback:
    """Listens on this machine only, for the one redirect whose state is right; everything else is turned away.

    *address* is the redirect to be received, as ``http://127.0.0.1:8765/humasbot``; port 0 takes a free one.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._path = parts.path or "/"
        self.state = ""
        """The state to wait for; nothing is taken before it is set."""
        self.arrived = Event()
        self.address = ""
        try:
            self._server = _Server(parts.port or 0, self)
        except OSError:
            raise InputError(
                t("port {n} sedang dipakai; tutup program itu atau pilih --redirect lain",
                  "port {n} is in use; close that program or choose another --redirect", n=parts.port)
            ) from None  # fmt: skip
        self.redirect = urlunsplit(("http", f"{HERE}:{self._server.server_port}", self._path, "", ""))

    @staticmethod
    def can(address: str) -> bool:
        """Whether *address* is one that this machine can listen for."""
        try:
            parts = urlsplit(address)
            return parts.scheme == "http" and parts.hostname == HERE and parts.port is not None
        except ValueError:
            return False

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """The address that arrived, or nothing after so long."""
        return self.address if self.arrived.wait(seconds) else ""

    def take(self, target: str) -> int:
        """Look at one request's path and query; the HTTP status to answer with."""
        try:
            parts = urlsplit(target)
            states = parse_qs(parts.query, max_num_fields=50).get("state", [])
        except ValueError:
            return 400
        if parts.path != self._path:
            return 404
        right = self.state and len(states) == 1
        if not right or not hmac.compare_digest(states[0].encode(errors="replace"), self.state.encode()):
            return 400
        if not self.arrived.is_set():
            self.address = f"{self.redirect}?{parts.query}"
            self.arrived.set()
        return 200


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = False

    def __init__(self, port: int, owner: Loopback) -> None:
        self.owner = owner
        super().__init__((HERE, port), _Handler)

    def server_bind(self) -> None:
        # Without the look-up of this machine's name that http.server makes, which can take long.
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HERE, int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is nobody's fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        status = self.server.owner.take(self.path) if len(self.path) < LONGEST_REQUEST else 414
        done = t("Jawaban diterima. Kembali ke terminal.", "The answer has arrived. Go back to the terminal.")
        other = t("Alamat ini bukan jawaban yang ditunggu.", "This address is not the answer waited for.")
        body = (
            f"<!doctype html><meta charset=utf-8><title>humasbot</title><p>{done if status == 200 else other}"
        )
        data = body.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(data))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the path holds the code."""
