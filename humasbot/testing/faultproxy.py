"""A TCP proxy on loopback that spoils what it carries, as bad networks do; it knows bytes, not HTTP.

Between a client and any server of one's own (a stand-in, a real Bluesky server, an SMTP server without TLS)::

    with FaultProxy("127.0.0.1", server_port) as proxy:
        proxy.spoil("drop_answer", when=b"POST /posts")
        publish_to(proxy.url)                  # the server gets the request; its answer never comes back

An *exchange* begins with the first bytes a client sends after an answer (or at all). A planned fault is used up by the
first ``times`` exchanges whose first bytes hold ``when``; the oldest matching one goes first. Kinds, and whether the
server gets the request:

=============== ====== ===============================================================================================
kind            served what the client sees
=============== ====== ===============================================================================================
refuse          no     the connection is reset before a byte was read of the request
reset           no     the connection is reset once the request is there
black_hole      no     nothing, until it gives up
cut_request     part   half of the request goes on, then both connections close
drop_answer     yes    the connection closes before an answer
reset_answer    yes    the connection is reset before an answer
cut_answer      yes    half of the answer's first bytes, then the connection closes
delay           yes    a right answer, but only after ``seconds``
trickle         yes    a right answer, one byte each ``seconds``
garbage         yes    bytes that are no answer in any protocol
portal          no     the page of a captive portal, with status 200
portal_redirect no     the redirect of a captive portal to its own page
=============== ====== ===============================================================================================
"""

import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Literal, Self

Kind = Literal[
    "refuse", "reset", "black_hole", "cut_request", "drop_answer", "reset_answer", "cut_answer", "delay", "trickle",
    "garbage", "portal", "portal_redirect",
]  # fmt: skip
SERVED: Mapping[str, bool | None] = {
    "refuse": False,
    "reset": False,
    "black_hole": False,
    "cut_request": None,
    "drop_answer": True,
    "reset_answer": True,
    "cut_answer": True,
    "delay": True,
    "trickle": True,
    "garbage": True,
    "portal": False,
    "portal_redirect": False,
}
"""Whether the server gets the whole request; ``None``: a part of it."""
PIECE = 65_536
GARBAGE = bytes(range(128, 256)) * 4
PORTAL_PAGE = b"<!doctype html><title>WiFi Tamu</title><form action=/login><button>Masuk</button></form>"
PORTAL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    % len(PORTAL_PAGE)
    + PORTAL_PAGE
)
PORTAL_REDIRECT = (
    b"HTTP/1.1 302 Found\r\nLocation: http://wifi.invalid/login\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


@dataclass(slots=True)
class Planned:
    """One planned fault; see the table above. ``seconds`` is the delay, or the pause between two bytes."""

    kind: Kind
    when: bytes
    times: int
    seconds: float


class FaultProxy:
    """Listens on a free port of 127.0.0.1 and carries everything to *host*:*port*, until told to spoil it."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.to = port
        self.planned: list[Planned] = []
        self.exchanges: list[tuple[str, bytes]] = []
        """The kind of fault (or ``""``) and the first bytes of each exchange, in order."""
        self.lock = Lock()
        self.closing = Event()
        self._sockets: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)

    def spoil(self, kind: Kind, *, when: bytes = b"", times: int = 1, seconds: float = 5.0) -> Planned:
        """Plan a fault (see the table above) and return it."""
        if kind not in SERVED:
            raise ValueError(f"no fault of the kind {kind!r}; there are: {', '.join(SERVED)}")
        fault = Planned(kind, when, times, seconds)
        with self.lock:
            self.planned.append(fault)
        return fault

    def heal(self) -> None:
        """Forget every planned fault."""
        with self.lock:
            self.planned.clear()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address for HTTP, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Begin to carry."""
        Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port and every connection."""
        self.closing.set()
        with self.lock:
            open_ones = [self._server, *self._sockets]
        for one in open_ones:
            hang_up(one)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def take(self, first: bytes) -> Planned | None:
        """The fault of an exchange that begins with *first*, used up; ``None`` when it goes well."""
        with self.lock:
            fault = next((planned for planned in self.planned if planned.when in first), None)
            if fault is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.planned.remove(fault)
            self.exchanges.append((fault.kind if fault else "", first))
            return fault

    def keep(self, one: socket.socket) -> socket.socket:
        """Remember a connection, so that :meth:`stop` closes it."""
        with self.lock:
            self._sockets.add(one)
        return one

    def drop(self, one: socket.socket) -> None:
        """Close a connection and forget it."""
        hang_up(one)
        with self.lock:
            self._sockets.discard(one)

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            Thread(target=_Carrier(self, self.keep(client)).run, daemon=True).start()


class _Carrier:
    """One client's connection, and ours to the server."""

    def __init__(self, proxy: FaultProxy, client: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server: socket.socket | None = None
        self.fault: Planned | None = None
        self.answered = True
        self.pause = 0.0
        self.abrupt = False

    def run(self) -> None:
        try:
            if not self._refused():
                self._carry()
        except OSError:
            pass
        finally:
            if self.abrupt:
                reset(self.client)
            for one in (self.client, self.server):
                if one is not None:
                    self.proxy.drop(one)

    def _refused(self) -> bool:
        """Whether the connection was refused before anything was read of it."""
        with self.proxy.lock:
            refused = next((planned for planned in self.proxy.planned if planned.kind == "refuse"), None)
        if refused is None:
            return False
        self.proxy.take(refused.when)
        self.abrupt = True
        return True

    def _carry(self) -> None:
        while piece := self.client.recv(PIECE):
            if self.answered:
                self.fault, self.answered = self.proxy.take(piece), False
                self.pause = self.fault.seconds if self.fault else 0.0
            spoiled = None if self.fault is None else _REQUEST.get(self.fault.kind)
            if spoiled is not None:
                spoiled(self, piece)
                return
            self._forward(piece)

    def _forward(self, piece: bytes) -> None:
        if self.server is None:
            self.server = self.proxy.keep(socket.create_connection((self.proxy.host, self.proxy.to)))
            Thread(target=self._bring_back, args=(self.server,), daemon=True).start()
        self.server.sendall(piece)

    def _bring_back(self, server: socket.socket) -> None:
        try:
            while piece := server.recv(PIECE):
                self.answered = True
                spoiled = None if self.fault is None else _ANSWER.get(self.fault.kind)
                if spoiled is None:
                    self.client.sendall(piece)
                else:
                    spoiled(self, piece)
        except OSError:
            pass
        if not self.abrupt:
            self.proxy.drop(self.client)

    def reset(self, _: bytes) -> None:
        """Let the thread that reads from the client close it: while it reads, a close by another sends nothing."""
        self.abrupt = True
        self.client.shutdown(socket.SHUT_RD)

    def say_nothing(self, _: bytes) -> None:
        """Read on and answer nothing, until the client gives up or the proxy stops."""
        while self.client.recv(PIECE):
            pass

    def half_a_request(self, piece: bytes) -> None:
        self._forward(piece[: len(piece) // 2])

    def portal(self, _: bytes) -> None:
        self.client.sendall(PORTAL)

    def portal_redirect(self, _: bytes) -> None:
        self.client.sendall(PORTAL_REDIRECT)

    def close(self, _: bytes) -> None:
        hang_up(self.client)

    def half_an_answer(self, piece: bytes) -> None:
        self.client.sendall(piece[: len(piece) // 2])
        hang_up(self.client)

    def late(self, piece: bytes) -> None:
        self.proxy.closing.wait(self.pause)
        self.client.sendall(piece)

    def trickle(self, piece: bytes) -> None:
        for number in range(len(piece)):
            self.client.sendall(piece[number : number + 1])
            if self.proxy.closing.wait(self.pause):
                return

    def garbage(self, _: bytes) -> None:
        self.client.sendall(GARBAGE)
        hang_up(self.client)


_REQUEST: Mapping[str, Callable[[_Carrier, bytes], None]] = {
    "reset": _Carrier.reset,
    "black_hole": _Carrier.say_nothing,
    "cut_request": _Carrier.half_a_request,
    "portal": _Carrier.portal,
    "portal_redirect": _Carrier.portal_redirect,
}
_ANSWER: Mapping[str, Callable[[_Carrier, bytes], None]] = {
    "drop_answer": _Carrier.close,
    "reset_answer": _Carrier.reset,
    "cut_answer": _Carrier.half_an_answer,
    "delay": _Carrier.late,
    "trickle": _Carrier.trickle,
    "garbage": _Carrier.garbage,
}


def reset(one: socket.socket) -> None:
    """Close a connection with a reset instead of a goodbye."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def hang_up(one: socket.socket) -> None:
    """Close a connection, also under a thread that reads from it."""
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
