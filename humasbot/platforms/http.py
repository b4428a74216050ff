"""What a platform's answer means: the one mapping from an answer, or its absence, to an error.

``publishing`` marks the one call after which the post may be public. Before it nothing can be out, so every fault
there is retryable; on it, whatever leaves doubt is uncertain.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from traceback import walk_tb
from typing import Any
from urllib.parse import urlsplit

from humasbot.errors import (
    AuthExpired,
    Problem,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
    wait_until,
)
from humasbot.net import Answer, ConnectFailed, Forbidden, Http, NetError
from humasbot.words import t

LONGEST_WAIT = timedelta(days=1)
"""A platform that names a longer wait is believed only so far; after it we ask again."""


def meaning(
    status: int,
    *,
    publishing: bool,
    title: str,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
) -> PublishError | None:
    """The error that an HTTP *status* stands for, or ``None`` when it is 2xx.

    *headers* have lower-case names; *detail* are the platform's own words, short and free of secrets.
    """
    if 200 <= status < 300:
        return None
    words = f"{title}: HTTP {status}" + (f" – {shorten(detail)}" if detail else "")
    if status == 429:
        # X tells apart whose quota it is: the user's, or that of the application (docs.x.com/fundamentals/rate-limits).
        shared = (headers or {}).get("x-app-limit-24hour-remaining") == "0"
        wait = retry_after(headers or {})
        return RateLimited(words, retry_after=wait, shared=shared, status=status, code=code)
    if status == 401:
        return AuthExpired(words, status=status, code=code)
    if 400 <= status < 500 and status not in (408, 425):
        return Rejected(words, status=status, code=code)
    if publishing:
        return Uncertain(words, status=status, code=code)
    # X, Bluesky and Mastodon send the end of the present window with every answer; only of a quota that is used up
    # does it say when to come back.
    asked = {name: value for name, value in (headers or {}).items() if name == "retry-after"}
    return Retryable(words, retry_after=retry_after(asked), status=status, code=code)


def from_network(error: Exception, *, publishing: bool, title: str) -> PublishError:
    """The error that a fault of :mod:`humasbot.net` (or of ``requests``, by its class name) stands for."""
    kind = type(error).__name__
    if isinstance(error, ConnectFailed | Forbidden):
        return Retryable(f"{title}: {error}")
    if isinstance(error, NetError):
        words = f"{title}: {error}"
    elif _never_connected(error):
        return Retryable(
            t("{p}: tidak dapat terhubung ({why})", "{p}: could not connect ({why})", p=title, why=kind)
        )
    else:
        words = t(
            "{p}: jawaban tidak sampai ({why})", "{p}: the answer did not arrive ({why})", p=title, why=kind
        )
    return Uncertain(words) if publishing else Retryable(words)


_NEVER = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _never_connected(error: BaseException) -> bool:
    """Whether a fault of ``requests`` happened before any byte of the request could leave.

    ``requests`` wraps urllib3's faults; only those of the connection step prove that nothing was sent: no address, no
    connection, no way through the proxy, no TLS (a reset in its handshake is how blocked names look).
    """
    if type(error).__name__ in ("ConnectTimeout", "MissingSchema", "InvalidURL", "InvalidSchema"):
        return True
    seen: BaseException | None = error
    for _ in range(6):
        if seen is None:
            return False
        words = seen.args[0] if seen.args and isinstance(seen.args[0], str) else ""
        refused = words.startswith("Tunnel connection failed")
        if type(seen).__name__ in _NEVER or refused or _in_handshake(seen):
            return True
        inside = (getattr(seen, "reason", None), *seen.args, seen.__cause__)
        seen = next((inner for inner in inside if isinstance(inner, BaseException)), None)
    return False


def _in_handshake(error: BaseException) -> bool:
    """Whether *error* came out of the TLS handshake; the request is written after it."""
    return any(frame.f_code.co_name == "do_handshake" for frame, _ in walk_tb(error.__traceback__))


def unreadable(*, publishing: bool, title: str, status: int | None = None) -> PublishError:
    """The error for an answer of success that cannot be read (HTML of a captive portal, cut JSON)."""
    words = t("{p}: jawaban tidak terbaca", "{p}: the answer cannot be read", p=title)
    return Uncertain(words, status=status) if publishing else Retryable(words, status=status)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """How long the platform asks to wait, from whichever header it uses; ``None`` if it does not say.

    Understands ``Retry-After`` (seconds or date) and the reset headers of X, Bluesky (unix seconds) and Mastodon
    (ISO 8601).
    """
    now = now or datetime.now(UTC)
    for name in ("retry-after", "x-rate-limit-reset", "ratelimit-reset", "x-ratelimit-reset"):
        value = headers.get(name, "").strip()
        if value and (wait := _wait(value, relative=name == "retry-after", now=now)) is not None:
            return min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)
    return None


def _wait(value: str, *, relative: bool, now: datetime) -> timedelta | None:
    try:
        number = float(value)
    except ValueError:
        pass
    else:
        if not 0 <= number < 1e11:
            return None
        return (
            timedelta(seconds=number)
            if relative or number < 1e8
            else timedelta(seconds=number - now.timestamp())
        )
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value)
            return wait_until(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now)
        except (ValueError, TypeError, OverflowError):  # all of them come out of parsedate_to_datetime
            continue
    return None


def shorten(words: str, length: int = 300) -> str:
    """One line of at most *length* characters, fit for a message."""
    line = " ".join(words.split())
    return line if len(line) <= length else line[: length - 1] + "…"


class Api:
    """A JSON-over-HTTP platform: one base address, common headers, and the mapping above applied to every answer.

    Subclass and override :meth:`explain` where the platform's error bodies say more than the status does.
    """

    def __init__(self, base: str, title: str, http: Http, headers: Mapping[str, str] | None = None) -> None:
        self.base = base.rstrip("/")
        self.title = title
        self.http = http
        self.headers = dict(headers or {})

    def call(
        self,
        method: str,
        path: str,
        *,
        publishing: bool = False,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
        **content: Any,
    ) -> Any:
        """Send one request and return the decoded JSON; *content* is ``json_body``, ``body`` or ``fields``.

        Raises the error that the answer stands for (see :func:`meaning`).
        """
        answer = self.send(method, path, publishing=publishing, headers=headers, read=read, **content)
        try:
            return answer.json() if answer.body.strip() else {}
        except ValueError:
            raise unreadable(publishing=publishing, title=self.title, status=answer.status) from None

    def send(
        self,
        method: str,
        path: str,
        *,
        publishing: bool = False,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
        **content: Any,
    ) -> Answer:
        """As :meth:`call`, but the whole answer."""
        try:
            answer = self.http.request(
                method, self.base + path, headers={**self.headers, **(headers or {})}, read=read, **content
            )
        except NetError as error:
            raise from_network(error, publishing=publishing, title=self.title) from None
        self.heard(method, path, answer)
        fault = self.explain(answer, publishing=publishing)
        if fault is not None:
            raise fault
        return answer

    def heard(self, method: str, path: str, answer: Answer) -> None:
        """Called with every answer before it is judged, for what its headers tell; default: nothing."""
        return

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """The error that *answer* stands for, or ``None``."""
        detail, code = read_error(answer)
        return meaning(
            answer.status,
            publishing=publishing,
            title=self.title,
            detail=detail,
            headers=answer.headers,
            code=code,
        )


def base_address(where: str, value: str, problems: list[Problem]) -> str:
    """A server's address as a person writes it, made whole: ``https://`` in front, no slash at the end.

    Adds to *problems*, under *where*, what cannot be used: plain http, which would show the credential to the whole
    road (except to this very machine), an address without a host, or one that holds a user, a query or a fragment.
    """
    whole = value.strip()
    whole = (whole if "://" in whole else f"https://{whole}").rstrip("/")
    if not _usable(whole):
        problems.append(
            Problem(
                where,
                t(
                    "bukan alamat server yang dapat dipakai; tulis misalnya https://sosial.contoh.go.id",
                    "is not a server's address that can be used; write for example https://social.example.org",
                ),
            )
        )
    return whole


def _usable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    own = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    extra = parts.username or parts.query or parts.fragment
    return bool(host) and not extra and (parts.scheme == "https" or own)


def read_error(answer: Answer) -> tuple[str, str | None]:
    """The platform's own words and code from an error's JSON body, whichever common shape it has."""
    if 200 <= answer.status < 300:
        return "", None
    try:
        data = answer.json()
    except ValueError:
        return "", None
    if not isinstance(data, dict):
        return "", None
    inner = data.get("error")
    if isinstance(inner, dict):
        return str(inner.get("message", "")), str(inner["code"]) if "code" in inner else None
    words = (
        data.get("message") or data.get("detail") or data.get("description") or data.get("error_description")
    )
    code = inner if isinstance(inner, str) else None
    return str(words or code or ""), code
