"""OAuth 2.0 as far as an office needs it: the address to open, the redirect that comes back, the token endpoint.

RFC 6749 (authorization code), RFC 7636 (PKCE), RFC 8252 (loopback redirects), RFC 9700 (what to watch for); read
2026-11-22. No message holds a code, a token or what was pasted.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from humasbot.errors import HumasbotError, InputError
from humasbot.net import Answer, AnswerLost, Http, NetError, TooLarge
from humasbot.platforms.http import shorten
from humasbot.words import t

LONGEST_LIFE = timedelta(days=3650)
READ_SECONDS = 30.0
APP_CODES = frozenset({"invalid_client", "unauthorized_client", "101"})
"""The platform refuses the app, not the grant (RFC 6749 section 5.2; Graph code 101)."""
BUSY_CODES = frozenset({"1", "2", "4", "17", "temporarily_unavailable", "server_error", "slow_down"})


class GrantError(HumasbotError):
    """The token endpoint gave no token; the message holds no secret."""


class GrantRefused(GrantError):
    """The platform does not take this code or refresh token (any more)."""


class AppRefused(GrantError):
    """The platform does not take the app's id or secret."""


class GrantLater(GrantError):
    """Surely nothing was granted or spent; later it may be."""


class GrantLost(GrantError):
    """The platform may have granted a token that we never saw: what we showed it may be spent."""


@dataclass(frozen=True, slots=True)
class App:
    """The office's app on the platform; without a ``secret`` it is a public client."""

    client_id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave; times are aware, UTC, ``None`` where it names no end."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: frozenset[str] | None = None
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What ties the answer to our question: the state, and the PKCE verifier with its challenge."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def fresh(cls) -> "Proof":
        """A new one, from the system's randomness."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorize_address(
    base: str, app: App, redirect: str, scopes: str, proof: Proof, *, pkce: bool, **more: str
) -> str:
    """The address that the person opens."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect,
        "scope": scopes,
        "state": proof.state,
        **more,
    }
    if pkce:
        query |= {"code_challenge": proof.challenge, "code_challenge_method": "S256"}
    return f"{base}{'&' if urlsplit(base).query else '?'}{urlencode(query, quote_via=quote)}"


def read_redirect(pasted: str, *, redirect: str, state: str) -> str:
    """The code in the address to which the platform sent the person back.

    Raises :class:`~humasbot.errors.InputError` when it is another address, of another attempt, or a refusal. What was
    pasted is never repeated: it may hold a code.
    """
    text = "".join(pasted.split()).strip("<>\"'`")
    try:
        found, wanted = urlsplit(text), urlsplit(redirect)
        query = parse_qs(found.query, keep_blank_values=True, max_num_fields=50)
        there = (found.scheme.lower(), (found.hostname or "").lower(), found.port, found.path or "/")
        here = (wanted.scheme, wanted.hostname or "", wanted.port, wanted.path or "/")
    except ValueError:
        raise _not_that(redirect) from None
    if there != here:
        raise _not_that(redirect)
    if not hmac.compare_digest(_one(query, "state").encode(errors="replace"), state.encode()):
        raise InputError(
            t("alamat itu bukan jawaban dari percobaan ini; buka alamat yang baru ditampilkan, lalu tempel jawabannya",
              "that address does not answer this attempt; open the address shown just now and paste what it leads to")
        )  # fmt: skip
    if "error" in query:
        raise _refusal(_one(query, "error"))
    code = _one(query, "code")
    if not code:
        raise _not_that(redirect)
    return code


def _one(query: Mapping[str, list[str]], name: str) -> str:
    values = query.get(name, [])
    return values[0] if len(values) == 1 else ""


def _not_that(redirect: str) -> InputError:
    return InputError(
        t("tempel alamat lengkap yang dimulai dengan {r} dan memuat code= serta state=",
          "paste the whole address that starts with {r} and holds code= and state=", r=redirect)
    )  # fmt: skip


def _refusal(code: str) -> InputError:
    if code in ("access_denied", "user_cancelled_login", "user_cancelled_authorize"):
        return InputError(t("izin ditolak di halaman platform; tidak ada yang disimpan",
                            "consent was refused on the platform's page; nothing was stored"))  # fmt: skip
    known = code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 60 else "?"
    return InputError(
        t("platform menolak permintaan ini ({c}); periksa pengaturan aplikasi di sana",
          "the platform refused the request ({c}); check the app's settings there", c=known)
    )  # fmt: skip


def ask_tokens(
    http: Http, url: str, form: Mapping[str, str], now: datetime, *, title: str, basic: App | None = None
) -> Tokens:
    """One request to a token endpoint, the secrets in its body or header. Raises :class:`GrantError`."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if basic is not None:
        # RFC 6749 section 2.3.1: both parts are form-encoded first.
        pair = f"{quote(basic.client_id, safe='')}:{quote(basic.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return tokens_of(send(http, "POST", url, title, headers=headers, body=urlencode(form)), now, title)


def send(http: Http, method: str, url: str, title: str, **content: Any) -> Answer:
    """One request that grants or spends something. Raises :class:`GrantLater` or :class:`GrantLost`."""
    try:
        return http.request(method, url, read=READ_SECONDS, **content)
    except (AnswerLost, TooLarge) as error:
        raise GrantLost(f"{title}: {error}") from None
    except NetError as error:
        raise GrantLater(f"{title}: {error}") from None


def tokens_of(answer: Answer, now: datetime, title: str) -> Tokens:
    """What the answer of a token endpoint grants. Raises :class:`GrantError`."""
    data = _object(answer)
    if fault := _fault(answer, data, title):
        raise fault
    inner = data.get("data")
    if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], dict):
        data = inner[0]  # Instagram's own login wraps it
    access = data.get("access_token")
    if not isinstance(access, str) or not access:
        raise GrantLost(t("{p}: jawaban tidak terbaca", "{p}: the answer cannot be read", p=title))
    refresh = data.get("refresh_token")
    scope = data.get("scope", data.get("permissions"))
    scope = " ".join(map(str, scope)) if isinstance(scope, list) else scope
    return Tokens(
        access,
        refresh if isinstance(refresh, str) else "",
        _moment(data.get("expires_in"), now),
        _moment(data.get("refresh_token_expires_in"), now),
        frozenset(scope.replace(",", " ").split()) if isinstance(scope, str) else None,
        data,
    )


def _fault(answer: Answer, data: Mapping[str, Any], title: str) -> GrantError | None:
    error = data.get("error")
    inner = error if isinstance(error, dict) else {}
    code = str(inner.get("code", "")) or (error if isinstance(error, str) else "")
    if 200 <= answer.status < 300 and not code:
        return None
    said = str(inner.get("message") or data.get("error_description") or "")
    words = f"{title}: HTTP {answer.status}" + (
        f" – {shorten(f'{code} {said}'.strip(), 200)}" if code else ""
    )
    if answer.status >= 500 or answer.status in (408, 425):
        return GrantLost(words)
    if answer.status == 429 or code in BUSY_CODES:
        return GrantLater(words)
    if code in APP_CODES:
        return AppRefused(words)
    # A page of HTML with 403 is a wall before the platform, not its word on the grant.
    return GrantRefused(words) if code else GrantLater(words)


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _moment(seconds: Any, now: datetime) -> datetime | None:
    if isinstance(seconds, str) and seconds.isdecimal() and len(seconds) < 12:
        seconds = int(seconds)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return None
    return now + min(timedelta(seconds=min(seconds, 10**9)), LONGEST_LIFE)
