"""One connection to the office's mail server: encrypted and verified before anything is said, and replies understood.

RFC 5321 decides what a reply means (section 4.2.1, read 2026-11-22): 4xx and 5xx say that the message was *not* taken,
so only a reply that never came, or that is none, leaves doubt.
"""

import io
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from humasbot.content import Answered
from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected, Retryable, Uncertain
from humasbot.masking import masked
from humasbot.platforms.http import shorten
from humasbot.words import t

TITLE = "Surel"
CONNECT_SECONDS = 10.0
REPLY_SECONDS = 60.0
"""For each whole reply. RFC 5321, section 4.5.3.2.6 would wait ten minutes for the last; a lease is as long."""
PER_CONNECTION = 100
"""After so many messages the connection is renewed: many servers end it there by themselves."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
_RATE = re.compile(r"\b4\.7\.\d+\b|\brates?\b|too many|too much|throttl|quota|limit", re.IGNORECASE)
_PERSON = re.compile(r"\b[45]\.[12]\.\d+\b")
_ADDRESS = re.compile(r"[^\s<>@:;,]+@[^\s<>@:;,]+")
_NO_SUCH = re.compile(
    r"\b5\.1\.(1|2|3|6|10)\b|user (is )?unknown|unknown (user|recipient)|no such (user|recipient|mailbox)|"
    r"does not exist|mailbox (not found|unavailable)",
    re.IGNORECASE,
)
_BAD_LOGIN = (530, 534, 535, 538)


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed in; ``security`` is ``starttls``, ``tls`` or ``none`` (this very machine only)."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    helo: str = "localhost"


class _Replies(io.RawIOBase):
    """What the server says, with an end to each reply: a time for each wait alone never ends a drip of bytes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole reply took too long")
        patience = self._sock.gettimeout()
        self._sock.settimeout(left if patience is None else min(patience, left))
        try:
            return self._raw.readinto(buffer)
        finally:
            self._sock.settimeout(patience)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Starter(smtplib.SMTP):
    """smtplib's client, whose connection is TLS from the first byte where *context* is given."""

    def __init__(self, server: Server, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._name = server.host
        super().__init__(local_hostname=server.helo, timeout=CONNECT_SECONDS)
        self._host = server.host  # for STARTTLS, which checks the certificate against it
        self._replies: _Replies | None = None

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self._replies = _Replies(self.sock)
            self.file = io.BufferedReader(self._replies)
        if self._replies is not None:
            self._replies.deadline = time.monotonic() + REPLY_SECONDS
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> "ssl.SSLSocket":
        plain = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # not in the stubs
        return self._context.wrap_socket(plain, server_hostname=self._name) if self._context else plain


class Line:
    """A connection that is made at need and renewed now and then; for one thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def ready(self) -> None:
        """Be connected and logged in. Raises :class:`~humasbot.errors.Retryable` and its like: nothing was sent."""
        if self._smtp is not None and self._sent >= PER_CONNECTION:
            self.close()
        if self._smtp is None:
            self._smtp, self._sent = self._connect(), 0

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError, ValueError):
                smtp.quit()
            smtp.close()

    def send(self, sender: str, to: str, letter: bytes, mark: Callable[[], None]) -> Answered:
        """Hand in one *letter*; *mark* is called when the server is ready for it, before its first byte.

        Returns how the person's address fared, without an id. Raises what :data:`humasbot.platforms.people.Send` may.
        """
        smtp = self._open()
        try:
            if fault := self._offer(smtp, sender, to):
                return fault
            smtp = self._open()
            code, words = smtp.docmd("DATA")
            if code != 354:
                smtp.rset()
                raise self._refusal(code, words)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise Retryable(
                t("{p}: sambungan putus sebelum surat diserahkan ({e})",
                  "{p}: the connection broke before the letter was handed in ({e})", p=TITLE, e=type(error).__name__)
            ) from None  # fmt: skip
        mark()
        return self._hand_in(smtp, letter)

    def _hand_in(self, smtp: smtplib.SMTP, letter: bytes) -> Answered:
        try:
            smtp.send(re.sub(rb"(?m)^\.", b"..", letter) + b".\r\n")
            code, words = smtp.getreply()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise Uncertain(
                t("{p}: jawaban server tidak sampai ({e})", "{p}: the server's answer did not arrive ({e})", p=TITLE,
                  e=type(error).__name__)
            ) from None  # fmt: skip
        self._sent += 1
        if 200 <= code < 300:
            return Answered("sent")
        if not 400 <= code < 600:
            self._drop()
            raise Uncertain(
                t("{p}: jawaban server tidak terbaca", "{p}: the server's answer cannot be read", p=TITLE)
            )
        fault = self._refusal(code, words)
        if isinstance(fault, Retryable) and not isinstance(fault, RateLimited):
            return Answered("later", note=str(fault))
        raise fault

    def _offer(self, smtp: smtplib.SMTP, sender: str, to: str) -> Answered | None:
        """Name sender and addressee; what it says of the addressee is an answer, what it says of us an error."""
        code, words = smtp.mail(sender)
        if code == 421 and self._sent:
            # Enough for one connection; the next one goes on.
            self.close()
            self.ready()
            smtp = self._open()
            code, words = smtp.mail(sender)
        if code != 250:
            raise self._sender_refused(code, words)
        code, words = smtp.rcpt(to)
        if code in (250, 251):
            return None
        smtp.rset()
        fault = self._refusal(code, words)
        if isinstance(fault, RateLimited | AuthExpired):
            raise fault
        note = str(fault)
        return Answered("later" if 400 <= code < 500 else "refused", note=note)

    def _sender_refused(self, code: int, words: bytes) -> PublishError:
        fault = self._refusal(code, words)
        if isinstance(fault, Rejected) and code != 552:  # 552: too large
            return AuthExpired(
                t("{w}; server tidak menerima pengirim ini, periksa setelan sender",
                  "{w}; the server does not take this sender, check the setting sender", w=fault),
                status=code,
            )  # fmt: skip
        return fault

    def _refusal(self, code: int, words: bytes) -> PublishError:
        said = _ADDRESS.sub(lambda found: masked(found[0]), shorten(words.decode("utf-8", "replace"), 200))
        whole = f"{TITLE}: {code} {said}"
        if code == 421:
            self._drop()
        if code in _BAD_LOGIN:
            return AuthExpired(whole, status=code)
        if code == 421 or (400 <= code < 500 and _RATE.search(said) and not _PERSON.search(said)):
            return RateLimited(whole, status=code)
        return Rejected(whole, status=code) if code >= 500 else Retryable(whole, status=code)

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise Retryable(t("{p}: belum tersambung", "{p}: not connected", p=TITLE))
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = None if server.security == "none" else ssl.create_default_context(cafile=server.ca or None)
        smtp = _Starter(server, context if server.security == "tls" else None)
        try:
            code, words = smtp.connect(server.host, server.port)
            if code != 220:
                raise Retryable(
                    f"{TITLE}: {code} {shorten(words.decode('utf-8', 'replace'), 200)}", status=code
                )
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls" and context is not None:
                _encrypt(smtp, context)
            if server.user:
                smtp.login(server.user, server.password)
            if smtp.sock is not None:
                smtp.sock.settimeout(REPLY_SECONDS)
        except BaseException as error:
            smtp.close()
            if isinstance(error, smtplib.SMTPException | OSError | ValueError):
                raise _not_connected(server, error) from None
            raise
        return smtp


def _encrypt(smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
    if not smtp.has_extn("starttls"):
        raise AuthExpired(
            t("{p}: server tidak menawarkan STARTTLS, jadi sandi dan surat tidak dikirim; periksa security dan port",
              "{p}: the server offers no STARTTLS, so neither password nor letter was sent; check security and port",
              p=TITLE)
        )  # fmt: skip
    smtp.starttls(context=context)
    smtp.ehlo()


def _not_connected(server: Server, error: Exception) -> PublishError:
    """What a fault before the first letter means; its own words may hold the login and are not shown."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return AuthExpired(
            t("{p}: sertifikat {h} tidak sah ({w}); bila itu CA kantor sendiri, sebut berkasnya di setelan ca",
              "{p}: the certificate of {h} is not valid ({w}); if the CA is the office's own, name it in ca",
              p=TITLE, h=server.host, w=error.verify_message)
        )  # fmt: skip
    if isinstance(error, smtplib.SMTPAuthenticationError) and 500 <= error.smtp_code < 600:
        return AuthExpired(
            t("{p}: {c}, server menolak nama pengguna atau sandi", "{p}: {c}, the server refuses user or password",
              p=TITLE, c=error.smtp_code),
            status=error.smtp_code,
        )  # fmt: skip
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return AuthExpired(
            t("{p}: server tidak menawarkan masuk dengan sandi; kosongkan user atau periksa port",
              "{p}: the server offers no login with a password; leave user empty or check the port", p=TITLE)
        )  # fmt: skip
    code = getattr(error, "smtp_code", None)
    why = f"{code}" if isinstance(code, int) else _why(error)
    return Retryable(
        t("{p}: tidak dapat terhubung ke {h} ({w})", "{p}: could not connect to {h} ({w})", p=TITLE, h=server.host,
          w=why)
    )  # fmt: skip


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return t("sambungan ditolak", "the connection was refused")
    if isinstance(error, socket.gaierror):
        return t("nama tidak ditemukan", "no such name")
    if isinstance(error, TimeoutError):
        return t("terlalu lama", "it took too long")
    return type(error).__name__


def no_such_address(note: str) -> bool:
    """Whether a refusal says that there is no such address, not that the letter is unwelcome."""
    return bool(_NO_SUCH.search(note))
