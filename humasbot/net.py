"""The one HTTP client: own timeouts, size caps, no private addresses unless allowed, and faults told apart.

What matters to a publisher is whether a request can have reached the other side. :class:`ConnectFailed` means
surely not; :class:`AnswerLost` means perhaps.
"""

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.util import Timeout, make_headers

from humasbot.wire import (
    READ_SECONDS,
    TOTAL_SECONDS,
    AnswerLost,
    ConnectFailed,
    Forbidden,
    NetError,
    TooLarge,
    is_public,
    pools,
    public_addresses,
    timed_response,
    why_lost,
)
from humasbot.words import t

__all__ = [
    "Answer",
    "AnswerLost",
    "ConnectFailed",
    "Forbidden",
    "Http",
    "NetError",
    "TooLarge",
    "is_public",
    "safe_url",
]

USER_AGENT = "humasbot/0.1 (public relations of an office)"
CONNECT_SECONDS = 5.0
MAX_BYTES = 20_000_000
PROXY_NAMES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "REQUEST_METHOD")
REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer: ``status``, ``headers`` (names in lower case), ``body``; ``url`` after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError`` when it is not."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("JSON nested too deep") from None


def safe_url(url: str) -> str:
    """*url* without user, password, query and fragment, fit for a log or a message."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return t("(alamat tidak sah)", "(not a valid address)")
    return urlunsplit((parts.scheme, (parts.hostname or "") + port, parts.path, "", ""))


class Http:
    """An HTTP client that keeps connections alive; safe to share between threads.

    ``guard`` refuses private addresses except for hosts named in ``allow_hosts`` (no port). Behind a proxy of the
    environment (``https_proxy`` …) the names that this machine can resolve are checked; the rest is the proxy's
    to refuse. ``max_bytes`` caps every answer's body, decoded. Times are in seconds: ``read`` for each wait,
    ``total`` for the whole answer once the request is sent.
    """

    def __init__(
        self,
        *,
        guard: bool = False,
        allow_hosts: Collection[str] = (),
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        connections: int = 64,
    ) -> None:
        self.timeout = Timeout(connect=connect, read=read)
        self.max_bytes = max_bytes
        self._guard = guard
        self._allowed = frozenset(host.lower().rstrip(".") for host in allow_hosts)
        proxies = _proxies_of(tuple(os.environ.get(name) for name in PROXY_NAMES))
        times = (connect, read, total)
        self._manager, self._proxies = _managers(
            guard, self._allowed, times, connections, proxies, os.getpid()
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        json_body: Any = None,
        fields: Any = None,
        redirects: int = 0,
        read: float | None = None,
        max_bytes: int | None = None,
        squeeze: Callable[[Iterable[bytes]], bytes] = b"".join,
    ) -> Answer:
        """Send one request and read the whole answer; never retries.

        ``fields`` are multipart form fields as urllib3 takes them. ``redirects``: how many to follow, each checked
        anew (only sensible for GET). ``read`` and ``max_bytes`` replace the client's own for this request. *squeeze*
        makes the body of its pieces as they arrive, where the whole would be too much to hold. Raises
        :class:`ConnectFailed`, :class:`AnswerLost`, :class:`TooLarge`, :class:`Forbidden`.
        """
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate", **(headers or {})}
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False).encode()
            sent.setdefault("Content-Type", "application/json")
        while True:
            answer = self._once(method, url, sent, body, fields, read, max_bytes or self.max_bytes, squeeze)
            target = answer.headers.get("location")
            if redirects <= 0 or answer.status not in (301, 302, 303, 307, 308) or not target:
                return answer
            redirects -= 1
            before, url = url, _join(url, target)
            if urlsplit(before)[:2] != urlsplit(url)[:2]:
                sent = {k: v for k, v in sent.items() if k.lower() not in ("authorization", "cookie")}

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
        max_bytes: int | None = None,
        squeeze: Callable[[Iterable[bytes]], bytes] = b"".join,
    ) -> Answer:
        """GET with redirects followed, each hop checked."""
        return self.request(
            "GET", url, headers=headers, redirects=REDIRECTS, read=read, max_bytes=max_bytes, squeeze=squeeze
        )

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None,
        fields: Any,
        read: float | None,
        max_bytes: int,
        squeeze: Callable[[Iterable[bytes]], bytes],
    ) -> Answer:
        host = _check_shape(url)
        timeout = self.timeout if read is None else Timeout(connect=self.timeout.connect_timeout, read=read)
        options: dict[str, Any] = {"headers": dict(headers), "timeout": timeout, "retries": False}
        options |= {"redirect": False, "preload_content": False}
        try:
            pool = self._pool(url, host)
            if fields is not None:
                response = pool.request(method, url, fields=fields, **options)
            else:
                response = pool.urlopen(method, url, body=body, **options)
            try:
                content = squeeze(_pieces(response, host, max_bytes))
            finally:
                response.release_conn()
        except NetError:
            raise
        except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            if isinstance(error, urllib3.exceptions.LocationValueError | UnicodeError):
                raise Forbidden(
                    t("alamat tidak sah: {host}", "not a valid address: {host}", host=host)
                ) from None
            raise AnswerLost(
                t(
                    "jawaban {host} tidak sampai: {why}",
                    "the answer of {host} did not arrive: {why}",
                    host=host,
                    why=why_lost(error),
                )
            ) from None
        names = {name.lower(): response.headers[name] for name in response.headers}
        return Answer(response.status, names, content, url)

    def _pool(self, url: str, host: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxy = self._proxies.get(parts.scheme)
        if proxy is None or proxy_bypass(host):
            return self._manager
        if self._guard and host.rstrip(".") not in self._allowed:
            try:
                public_addresses(host, parts.port or 0)
            except OSError:
                pass  # many offices resolve outside names at the proxy only
        return proxy


@lru_cache(maxsize=32)
def _proxies_of(_environment: tuple[str | None, ...]) -> tuple[tuple[str, str], ...]:
    """The proxies of the environment; asked anew only when it has changed, since that reads all of it."""
    return tuple((s, proxy) for s, proxy in sorted(getproxies().items()) if s in ("http", "https"))


@lru_cache(maxsize=32)
def _managers(
    guard: bool,
    allowed: frozenset[str],
    times: tuple[float, float, float],
    connections: int,
    proxies: tuple[tuple[str, str], ...],
    _process: int,
) -> tuple[urllib3.PoolManager, dict[str, urllib3.PoolManager]]:
    """The open connections, shared by all clients of one kind: thousands of accounts speak to the same few hosts."""
    connect, read, total = times
    members: dict[str, Any] = {"patience": read, "response_class": timed_response(total)}
    sizes: dict[str, Any] = {
        "num_pools": 50,
        "maxsize": connections,
        "timeout": Timeout(connect=connect, read=read),
    }
    manager = urllib3.PoolManager(**sizes)
    manager.pool_classes_by_scheme = pools({**members, "guard": guard, "allowed": allowed})
    through: dict[str, urllib3.PoolManager] = {s: _proxy_manager(proxy, sizes) for s, proxy in proxies}
    for each in through.values():
        each.pool_classes_by_scheme = pools(members)
    return manager, through


def _proxy_manager(proxy: str, sizes: Mapping[str, Any]) -> urllib3.ProxyManager:
    """The manager for the proxy at *proxy*, an address that may hold user and password and may lack ``http://``."""
    address = proxy if "://" in proxy else f"http://{proxy}"
    parts = urlsplit(address)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    headers = make_headers(proxy_basic_auth=login) if login else None
    return urllib3.ProxyManager(safe_url(address), proxy_headers=headers, **sizes)


def _pieces(response: urllib3.BaseHTTPResponse, host: str, max_bytes: int) -> Iterator[bytes]:
    declared = response.headers.get("content-length", "")
    size = 0
    too_large = declared.isdecimal() and (len(declared) > 15 or int(declared) > max_bytes)
    while not too_large and (chunk := response.read(65536, decode_content=True)):
        size += len(chunk)
        too_large = size > max_bytes
        if not too_large:
            yield chunk
        if response.length_remaining == 0 and "content-encoding" not in response.headers:
            break  # it is whole: no need to ask for more
    if too_large:
        response.close()
        raise TooLarge(
            t(
                "jawaban {host} lebih besar dari {mb} MB",
                "the answer of {host} is larger than {mb} MB",
                host=host,
                mb=max_bytes // 1_000_000,
            )
        )


def _join(base: str, target: str) -> str:
    """The address that a ``Location`` header means; raises :class:`Forbidden` if it means none."""
    try:
        # Header bytes arrive as Latin-1; addresses with letters beyond ASCII are sent as UTF-8.
        target = target.encode("latin-1").decode()
    except UnicodeError:
        pass
    try:
        return urljoin(base, target)
    except ValueError:
        raise Forbidden(t("alamat tidak sah", "not a valid address")) from None


def _check_shape(url: str) -> str:
    """The host of *url*; raises :class:`Forbidden` for other schemes, missing hosts and embedded credentials."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise Forbidden(t("alamat tidak sah", "not a valid address")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise Forbidden(
            t("alamat harus diawali http:// atau https://", "an address must start with http:// or https://")
        )
    if parts.username or parts.password:
        raise Forbidden(
            t(
                "alamat {host} memuat nama pengguna atau kata sandi",
                "the address of {host} holds a user or password",
                host=host,
            )
        )
    return host
