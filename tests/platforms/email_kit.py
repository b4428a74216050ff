"""What the tests of e-mail share: an account, people, letters as a mail program shows them, a harness."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from html import unescape
from typing import Any
from unittest.mock import patch

from humasbot.content import Addressee, Outgoing
from humasbot.platforms import email_smtp
from humasbot.platforms.email import Email
from humasbot.platforms.email_letter import SIGNATURE
from humasbot.testing import HASTY, Fault, Harness, Seen, When
from humasbot.testing.people import People
from humasbot.testing.standin_mail import Letter, MailStandIn

DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WEB = "https://langganan.contoh.go.id"
CONTACT = "Jl. Merdeka 1, Kota Contoh\nhttps://contoh.go.id"


def person(number: int = 1, name: str = "Siti, “Ibu” Contoh") -> Addressee:
    return Addressee(number, f"warga{number}@contoh.id", name, f"{number:x}-{'a' * 40}")


def settings_of(server: MailStandIn, **more: str) -> dict[str, str]:
    given = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "user": server.user}
    given |= {"password": server.password, "sender": "humas@contoh.go.id", "contact": CONTACT, "web": WEB}
    return {**given, "agency": "Diskominfo Kota Contoh", **more}


def seen_of(found: Letter) -> Seen:
    """A letter as a mail program shows it."""
    message, html = found.message, found.part("html")
    named = {str(part["Content-ID"]): part for part in message.walk() if part["Content-ID"]}
    shown = re.findall(r'<img src="cid:([^"]+)" alt="([^"]*)"', html)
    files = [named[f"<{cid}>"].get_payload(decode=True) for cid, _ in shown]
    batch = str(message["Message-ID"]).strip("<>").partition(".")[2]
    return Seen(
        batch,
        found.part("plain").rpartition(SIGNATURE)[0],
        pictures=tuple(sha256(data if isinstance(data, bytes) else b"").hexdigest() for data in files),
        alts=tuple(unescape(alt) for _, alt in shown),
    )


class EmailHarness(Harness):
    platform = Email
    wait = None

    def __init__(self, server: MailStandIn) -> None:
        self.server = server
        self.settings = settings_of(server)
        self.people = People(person())

    def publisher(self) -> Email:
        made = Email.from_settings(self.settings)
        made.directory = self.people
        return made

    def posts(self) -> list[Seen]:
        return [seen_of(found) for found in self.server.letters]

    def uploads(self) -> int:
        return 0

    def fault(self, kind: Fault, when: When) -> None:
        replies = {
            Fault.RATE_LIMIT: ("MAIL", "450 4.7.1 Error: too much mail from you"),
            Fault.AUTH_DEAD: ("AUTH", "535 5.7.8 Authentication credentials invalid"),
            Fault.REFUSED: ("END", "554 5.7.1 Message rejected as spam"),
            Fault.ANSWER_LOST_BEFORE_ACCEPT: ("END", ""),
            Fault.ANSWER_LOST_AFTER_ACCEPT: ("END", ""),
            Fault.GARBAGE_AFTER_ACCEPT: ("END", "<html>Selamat datang di Wi-Fi kami</html>"),
            Fault.CUT_AFTER_ACCEPT: ("END", "25"),
            Fault.DRIP_AFTER_ACCEPT: ("END", "250 2.0.0 taken"),
        }
        if kind is Fault.REFUSE_CONNECTION:
            self.server.stop()
        else:
            verb, reply = replies[kind]
            drip = 20 * HASTY if kind is Fault.DRIP_AFTER_ACCEPT else 0
            self.server.fault(verb, reply, taken="after_accept" in kind, seconds=drip)

    @contextmanager
    def hasty(self) -> Iterator[None]:
        with patch.object(email_smtp, "REPLY_SECONDS", HASTY):
            yield

    def heal(self) -> None:
        self.server.faults.clear()
        self.server.stop()
        self.server.start()


def office(server: MailStandIn, people: People, **more: str) -> Email:
    made = Email.from_settings(settings_of(server, **more))
    made.directory = people
    return made


def outgoing(text: str = "Loket buka Sabtu.\n\nhttps://contoh.go.id/loket", **more: Any) -> Outgoing:
    return Outgoing("kunci", text, DUE, title="Loket buka Sabtu", **more)


def many(amount: int) -> People:
    return People(*(person(n) for n in range(1, amount + 1)))


def to(server: MailStandIn) -> list[str]:
    return [found.to for found in server.letters]
