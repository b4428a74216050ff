"""The connections under :mod:`humasbot.net`: where they may go, how long they may take, and how they fail.

urllib3 is used directly because its connection step can be told from its reading step, and because the address that
was checked is the address that is connected to.
"""

import http.client
import io
import ipaddress
import socket
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from humasbot.errors import HumasbotError
from humasbot.words import t

READ_SECONDS = 25.0
TOTAL_SECONDS = 120.0
SEND_BYTES = 65_536


class NetError(HumasbotError):
    """Base of the network's faults; the message names the host, never the whole address."""


class ConnectFailed(NetError):
    """No connection was made (name, route, TLS, refused): surely nothing reached the other side."""


class AnswerLost(NetError):
    """The request may have arrived, but its answer did not come back whole (timeout, reset, cut)."""


class TooLarge(NetError):
    """The answer is larger than allowed; reading stopped."""


class Forbidden(NetError):
    """The address is not one that may be read (private, loopback, not http/https, credentials in it)."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet (so not private, loopback, link-local, reserved)."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.is_reserved or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast


class _TimedFile(io.RawIOBase):
    """A socket's bytes, with an end to all patience: each wait is cut to what is left until the deadline."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._patience = sock.gettimeout()
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self._sock.settimeout(left if self._patience is None else min(self._patience, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Timed:
    """A socket as an answer sees it: something to read from."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._seconds = sock, seconds

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedFile(self._sock, self._seconds))


class _TimedResponse(http.client.HTTPResponse):
    """An answer that has to be whole, headers and body, ``seconds`` after its request was sent.

    A timeout for each single read cannot stop a server that sends one byte now and then.
    """

    seconds: ClassVar[float] = TOTAL_SECONDS

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(_Timed(sock, self.seconds), *args, **options)  # type: ignore[arg-type]  # it asks for its file


def timed_response(seconds: float) -> type[http.client.HTTPResponse]:
    """The answer class whose whole answer has to arrive within *seconds*."""
    return type("_Response", (_TimedResponse,), {"seconds": seconds})


class _Guarded:
    """Connects only to addresses that may be reached, checked after DNS, on the very socket that is used."""

    guard: ClassVar[bool] = False
    allowed: ClassVar[frozenset[str]] = frozenset()
    patience: ClassVar[float] = READ_SECONDS
    _held: list[bytes] | None = None
    sock: socket.socket | None
    _dns_host: str
    port: int

    def request(self, *args: Any, **options: Any) -> None:
        """Headers and a small body leave together: one packet, one record of TLS, half the work at both ends."""
        self._held = []
        try:
            super().request(*args, **options)  # type: ignore[misc]  # urllib3's connection, our mixin
            self._release()
        finally:
            self._held = None

    def _release(self) -> None:
        """Send what was held back, and hold back no more; a connection that is made now speaks for itself."""
        held, self._held = self._held, None
        if held:
            self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is not None:
            if isinstance(data, bytes) and sum(map(len, self._held)) + len(data) <= SEND_BYTES:
                self._held.append(data)
                return
            self._release()
        # urllib3 sends under the connect timeout, and the timeout of ``sendall`` is for all of its bytes: a picture
        # over an office's slow line would fail half-way. Each piece gets the patience of a read instead.
        if self.sock is not None:
            self.sock.settimeout(self.patience)
        pieces = [data]
        if isinstance(data, bytes) and len(data) > SEND_BYTES:
            view = memoryview(data)
            pieces = [view[start : start + SEND_BYTES] for start in range(0, len(data), SEND_BYTES)]
        for piece in pieces:
            super().send(piece)  # type: ignore[misc]  # urllib3's connection, our mixin

    def _new_conn(self) -> socket.socket:
        host: str = self._dns_host
        if not self.guard or host.lower().rstrip(".") in self.allowed:
            return super()._new_conn()  # type: ignore[misc,no-any-return]  # urllib3's connection, our mixin
        return self._connect_to_first(public_addresses(host, self.port), host)

    def _connect_to_first(self, addresses: list[str], host: str) -> socket.socket:
        # Connecting to the checked address itself closes the gap in which DNS could answer differently; the name
        # is put back because TLS checks the certificate against it.
        for position, address in enumerate(addresses):
            try:
                self._dns_host = address
                return super()._new_conn()  # type: ignore[misc,no-any-return]  # urllib3's connection, our mixin
            except (OSError, urllib3.exceptions.HTTPError):
                if position == len(addresses) - 1:
                    raise
            finally:
                self._dns_host = host
        raise ConnectFailed(t("nama {host} tidak ditemukan", "the name {host} was not found", host=host))

    def connect(self) -> None:
        host = str(getattr(self, "host", ""))
        try:
            super().connect()  # type: ignore[misc]  # urllib3's connection, our mixin
        except Forbidden:
            raise
        except (OSError, urllib3.exceptions.HTTPError, UnicodeError) as error:
            raise ConnectFailed(
                t(
                    "tidak dapat terhubung ke {host}: {why}",
                    "could not connect to {host}: {why}",
                    host=host,
                    why=_why(error),
                )
            ) from None


def public_addresses(host: str, port: int) -> list[str]:
    """Every address of *host*; raises :class:`Forbidden` if one is not public, ``OSError`` if there is none."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(is_public(address) for address in found):
        raise Forbidden(
            t(
                "{host} menunjuk ke alamat jaringan dalam; izinkan dengan allow_hosts bila memang situs Anda",
                "{host} points to an internal network address; allow it with allow_hosts if it is your site",
                host=host,
            )
        )
    return list(dict.fromkeys(found))


def _why(error: BaseException) -> str:
    """A short reason without addresses in it."""
    if "tunnel connection failed" in str(error).lower():
        return t("ditolak oleh proksi", "refused by the proxy")
    if isinstance(error, urllib3.exceptions.NameResolutionError | socket.gaierror):
        return t("nama tidak ditemukan (DNS)", "name not found (DNS)")
    if "refused" in str(error).lower():
        return t("ditolak (tidak ada layanan di sana)", "refused (nothing listens there)")
    if "certificate" in str(error).lower():
        return t("sertifikat TLS tidak sah", "TLS certificate is not valid")
    if isinstance(error, TimeoutError) or type(error) is urllib3.exceptions.ConnectTimeoutError:
        return t("waktu habis", "timed out")
    return type(error).__name__


def why_lost(error: BaseException) -> str:
    """Why an answer did not arrive, short and without addresses."""
    if isinstance(error, urllib3.exceptions.DecodeError):
        return t("isinya rusak (kompresi)", "its content is broken (compression)")
    if isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError):
        return t("terlalu lama", "it took too long")
    if isinstance(error, ConnectionError | urllib3.exceptions.ProtocolError):
        return t("sambungan terputus, atau jawabannya bukan HTTP", "the connection broke, or it is no HTTP")
    return _why(error)


def pools(members: Mapping[str, Any]) -> dict[str, Any]:
    """urllib3's pool classes by scheme, with connections that have our mixin and *members*."""
    plain = type("_Http", (_Guarded, HTTPConnection), dict(members))
    secure = type("_Https", (_Guarded, HTTPSConnection), dict(members))
    return {
        "http": type("_HttpPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("_HttpsPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
