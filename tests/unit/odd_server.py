"""A local HTTP server for oddities: each path is answered by a function that writes raw bytes to the socket."""

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


Handler = Callable[[socket.socket, Asked], None]


@dataclass
class OddServer:
    """Listens on a free port of 127.0.0.1; ``routes`` maps a path (or ``*``) to its handler."""

    routes: dict[str, Handler] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, path: str, body: bytes | str, status: int = 200, **headers: str) -> str:
        """Answer *path* with *body*; underscores in header names become hyphens. Returns the whole address."""
        raw = body.encode() if isinstance(body, str) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.routes[path] = lambda sock, asked: answer(sock, raw, status, names)
        return self.url + path

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            asked = read_request(sock)
            if asked is not None:
                self.asked.append(asked)
                handler = self.routes.get(asked.path) or self.routes.get("*") or missing
                handler(sock, asked)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()


def read_request(sock: socket.socket) -> Asked | None:
    """The request line and headers; a body is left unread."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(1)
        if not piece:
            return None
        data += piece
    first, *lines = data.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        if value:
            headers[name.lower()] = value.strip()
    return Asked(method, target, headers)


def answer(
    sock: socket.socket, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> None:
    """Write one whole answer and close."""
    fields = {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
    sock.sendall(head.encode("latin-1") + body)


def missing(sock: socket.socket, asked: Asked) -> None:
    answer(sock, b"not here", 404, {"Content-Type": "text/plain"})
