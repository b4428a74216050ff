"""The port: ``/metrics`` and ``/healthz`` by the standard library's HTTP server, in a thread of its own."""

import ipaddress
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from humasbot.database import Database
from humasbot.errors import HumasbotError, InputError
from humasbot.listening.checks import Checks
from humasbot.listening.exposition import CONTENT_TYPE
from humasbot.listening.figures import Figures
from humasbot.listening.work import Work
from humasbot.logs import Quiet
from humasbot.words import reason, t

log = Quiet("humasbot.listening")
IDLE_SECONDS = 10.0
"""A client that says nothing for so long is cut off."""
AT_ONCE = 4
"""Requests that are answered at a time; the others are told to come again."""


def address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` in two. Raises :class:`~humasbot.errors.InputError`."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise InputError(
            t("--listen {v}: tulis HOST:PORT, misalnya 127.0.0.1:9108",
              "--listen {v}: write HOST:PORT, for example 127.0.0.1:9108", v=text)
        )  # fmt: skip
    return host, int(port)


class Listener:
    """Serves until closed. Open to this machine alone unless told otherwise; it never shows a secret or a text.

    *redact* strikes secrets out of the sentences. Raises :class:`~humasbot.errors.InputError` where the port cannot
    be had.
    """

    def __init__(
        self,
        where: tuple[str, int],
        database: Database,
        work: Work,
        *,
        zone: str,
        redact: Callable[[str], str] = str,
        engine: Callable[[], str] = lambda: "",
    ) -> None:
        figures, checks = Figures(database, work), Checks(database, work, zone, engine)
        free = threading.BoundedSemaphore(AT_ONCE)

        def metrics() -> tuple[HTTPStatus, str, str]:
            try:
                return HTTPStatus.OK, CONTENT_TYPE, figures.page()
            except HumasbotError as fault:
                return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", redact(str(fault)) + "\n"

        def healthz() -> tuple[HTTPStatus, str, str]:
            problems = [redact(sentence) for sentence in checks.problems()]
            code = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
            body = json.dumps({"healthy": not problems, "problems": problems}, ensure_ascii=False)
            return code, "application/json; charset=utf-8", body + "\n"

        handler = _handler({"/metrics": metrics, "/healthz": healthz}, free)
        try:
            self._server = _Server(where, handler)
        except (OSError, OverflowError) as fault:
            raise InputError(
                t("tidak dapat mendengar di {h}:{p} ({why}); pilih porta lain dengan --listen",
                  "cannot listen on {h}:{p} ({why}); choose another port with --listen", h=where[0], p=where[1],
                  why=reason(fault) if isinstance(fault, OSError) else fault)
            ) from None  # fmt: skip
        self.port: int = self._server.server_address[1]
        if not _is_loopback(where[0]):
            log.warning("listening_openly", host=where[0], port=self.port,
                        reason=t("siapa pun di jaringan dapat membaca angka-angka ini; pasang pagar api",
                                 "anybody on the network can read this; put a firewall before it"))  # fmt: skip
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="humasbot-listen", daemon=True
        )
        self._thread.start()
        log.info("listening", host=where[0], port=self.port)

    def close(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, where: tuple[str, int], handler: Any) -> None:
        if ":" in where[0]:
            import socket

            self.address_family = socket.AF_INET6
        super().__init__(where, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news, and a traceback may hold what it sent."""
        log.debug("request_failed")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Page = Callable[[], tuple[HTTPStatus, str, str]]


def _handler(pages: dict[str, Page], free: threading.BoundedSemaphore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = IDLE_SECONDS
        server_version = "humasbot"
        sys_version = ""

        def do_GET(self) -> None:
            self._answer(*self._page())

        def do_HEAD(self) -> None:
            self._answer(*self._page())

        def _page(self) -> tuple[HTTPStatus, str, str]:
            page = pages.get(self.path.partition("?")[0])
            if page is None:
                return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", "/metrics /healthz\n"
            if not free.acquire(timeout=IDLE_SECONDS):
                return HTTPStatus.TOO_MANY_REQUESTS, "text/plain; charset=utf-8", "busy\n"
            try:
                return page()
            finally:
                free.release()

        def _answer(self, code: HTTPStatus, kind: str, body: str) -> None:
            data = body.encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Requests are not logged: a monitor asks every few seconds."""

    return Handler
