"""A stand-in of a mail server: it takes letters over SMTP with a login, and fails as it is told to.

``real`` tests hand the same letters to maildev, others to aiosmtpd; what only a stand-in can do is to break a
connection at one chosen moment. Replies are those of RFC 5321 and RFC 4954.
"""

import re
import socket
import socketserver
import ssl
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import RLock, Thread
from typing import Self

DROP_SECONDS = 0.05
"""Between two bytes of a drip."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that was taken: to whom, and as it came over the wire."""

    to: str
    source: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        """The letter, parsed."""
        return message_from_bytes(self.source, policy=default)

    def part(self, kind: str) -> str:
        """The text of its ``plain`` or ``html`` part."""
        found = self.message.get_body((kind,))
        return str(found.get_content()).replace("\r\n", "\n") if found else ""


@dataclass(slots=True)
class MailFault:
    """One planned misbehaviour at the next *verb* (``MAIL``, ``RCPT``, ``DATA``, ``END`` of a letter, ``AUTH``,
    ``HELLO``): reply with *reply*, or with none; *taken*: a letter is kept all the same; *seconds*: the reply comes
    only after a drip of bytes that lasts so long."""

    verb: str
    reply: str = ""
    taken: bool = False
    times: int = 1
    seconds: float = 0.0


class MailStandIn:
    """The server; ``start`` and ``stop`` it, or use it in a ``with`` statement. Listens on 127.0.0.1 only."""

    user, password = "humas", "sandi-surel-rahasia"

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.letters: list[Letter] = []
        self.faults: list[MailFault] = []
        self.unknown: set[str] = set()
        """Addresses that are answered with 550 5.1.1."""
        self.connections = 0
        self.context = context
        self.lock = RLock()
        self.on_letter: Callable[[], None] = lambda: None
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the stand-in has not been started")
        return int(self._server.server_address[1])

    def fault(
        self, verb: str, reply: str = "", *, taken: bool = False, times: int = 1, seconds: float = 0.0
    ) -> None:
        """Plan a misbehaviour."""
        with self.lock:
            self.faults.append(MailFault(verb, reply, taken, times, seconds))

    def take(self, verb: str) -> MailFault | None:
        """The fault for this *verb*, used up (the server's own entry)."""
        with self.lock:
            for fault in self.faults:
                if fault.verb == verb:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                    return fault
        return None

    def start(self) -> Self:
        """Listen on a free port; a second start reuses the port of the first."""
        port = 0 if self._server is None else self.port
        self._server = _Server(("127.0.0.1", port), self)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port; from now on callers are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, place: tuple[str, int], owner: MailStandIn) -> None:
        self.owner = owner
        super().__init__(place, _Caller)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that hung up."""


class _HungUp(Exception):
    """The connection ends here."""


class _Caller(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        owner = self.server.owner
        with owner.lock:
            owner.connections += 1
        self.known, self.to, self.safe = False, "", False
        try:
            self._say("220 surel.uji ESMTP")
            while line := self.rfile.readline(4096):
                self._verb(line.decode("latin-1").rstrip("\r\n"))
        except (_HungUp, OSError, ValueError):
            pass
        finally:
            self.connection.close()

    def _verb(self, line: str) -> None:
        verb = line[:4].upper().strip()
        name = "HELLO" if verb in ("EHLO", "HELO") else verb
        fault = self.server.owner.take(name)
        if fault is not None:
            self._drip(fault.seconds)
            self._say(fault.reply)
            return
        method = getattr(self, f"_{name.lower()}", None)
        if method is None:
            self._say("502 5.5.1 unknown")
        else:
            method(line)

    def _say(self, reply: str) -> None:
        if not reply:
            self.connection.shutdown(socket.SHUT_RDWR)
            raise _HungUp
        self.wfile.write(f"{reply}\r\n".encode())

    def _drip(self, seconds: float) -> None:
        """The first line of a reply of several, byte by byte."""
        for piece in b"250-" + b"." * round(seconds / DROP_SECONDS) + b"\r\n" if seconds else b"":
            self.wfile.write(bytes([piece]))
            time.sleep(DROP_SECONDS)

    def _hello(self, line: str) -> None:
        offers = ["surel.uji", "8BITMIME", "SIZE 30000000", "AUTH PLAIN LOGIN"]
        offers += ["STARTTLS"] if self.server.owner.context is not None and not self.safe else []
        for offer in offers[:-1]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")

    def _star(self, line: str) -> None:
        context = self.server.owner.context
        if context is None:
            self._say("454 4.7.0 no TLS")
            return
        self._say("220 go ahead")
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.safe = True

    def _auth(self, line: str) -> None:
        owner = self.server.owner
        _, _, words = line.partition(" ")
        given = b64decode(words.partition(" ")[2]).split(b"\0")
        self.known = given[-2:] == [owner.user.encode(), owner.password.encode()]
        self._say("235 2.7.0 welcome" if self.known else "535 5.7.8 bad credentials")

    def _mail(self, line: str) -> None:
        self._say("250 2.1.0 ok" if self.known else "530 5.7.0 log in first")

    def _rcpt(self, line: str) -> None:
        found = re.search(r"<([^>]*)>", line)
        self.to = found[1] if found else ""
        if self.to in self.server.owner.unknown:
            self._say(f"550 5.1.1 <{self.to}>: user unknown")
        else:
            self._say("250 2.1.5 ok")

    def _data(self, line: str) -> None:
        self._say("354 go ahead")
        lines = []
        while (line_ := self.rfile.readline()) != b".\r\n":
            if not line_:
                raise _HungUp
            lines.append(line_[1:] if line_.startswith(b".") else line_)
        owner = self.server.owner
        fault = owner.take("END")
        if fault is None or fault.taken:
            with owner.lock:
                owner.letters.append(Letter(self.to, b"".join(lines)))
            owner.on_letter()
        self._drip(fault.seconds if fault else 0)
        self._say("250 2.0.0 taken" if fault is None else fault.reply)

    def _rset(self, line: str) -> None:
        self._say("250 2.0.0 ok")

    def _noop(self, line: str) -> None:
        self._say("250 2.0.0 ok")

    def _quit(self, line: str) -> None:
        self._say("221 2.0.0 bye")
        raise _HungUp
