"""The road to X: tweepy's session made ours, and what each of X's answers means.

tweepy 4.17 gives no timeout, has no upload for API v2, logs credentials at debug level, and its exceptions fail on
an error that is not a JSON object. So its session carries our timeouts, sends to our base address, signs there, and
turns every answer into one of our errors before tweepy reads it. Nothing here ever waits for a rate limit.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlsplit

from humasbot.content import Allowance
from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected, Uncertain
from humasbot.net import USER_AGENT, NetError
from humasbot.platforms.http import from_network, meaning, shorten, unreadable
from humasbot.platforms.told import from_headers
from humasbot.words import t

TITLE = "X"
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
TOTAL_SECONDS = 120.0
"""For the whole answer: a server that sends a byte now and then keeps to the limits above for ever."""
OAUTH1 = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
BEARER = "bearer_token"
PUBLISHING = ("POST", "/2/tweets")
"""The one call after which a post may be public."""

_TWEEPY_HOST = "https://api.twitter.com"
_LACKS_RIGHT = (
    "permi",
    "suspend",
    "locked",
    "authenticat",
    "write actions",
    "access level",
    "client-forbidden",
)
"""Words of a 403 that are about the account or the app, not about the post."""

Json = dict[str, Any]


class Session:
    """A signed session with X; safe to share between threads.

    *credentials* hold the four keys of :data:`OAUTH1`, or :data:`BEARER`; *base* is the API's address; *timeout* the
    seconds to connect and to wait for an answer.
    """

    def __init__(
        self,
        credentials: Mapping[str, str],
        base: str,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        self.base = base.rstrip("/")
        self._credentials = dict(credentials)
        self._timeout = timeout
        self._left: list[Allowance] = []

    def allowances(self) -> list[Allowance]:
        """What the latest answer to the publishing call said of the account's and the app's quotas."""
        return list(self._left)

    def call(self, method: str, path: str, **content: Any) -> Json:
        """One call that publishes nothing; *content* as ``requests`` takes it. Raises what the answer stands for."""
        return self._ask(
            partial(self.client.session.request, method, self.base + path, **content), publishing=False
        )

    def create(self, text: str, media_ids: list[str], reply_to: str = "") -> Json:
        """The publishing call; *reply_to* is the post that it answers."""
        # user_auth=False: tweepy has no keys to sign with; the session signs.
        send = partial(
            self.client.create_tweet,
            text=text,
            media_ids=media_ids or None,
            in_reply_to_tweet_id=reply_to or None,
            user_auth=False,
        )
        return self._ask(send, publishing=True)

    def _ask(self, send: Callable[[], Any], *, publishing: bool) -> Json:
        from requests import RequestException

        try:
            response = send()
        except (NetError, RequestException) as error:
            raise from_network(error, publishing=publishing, title=TITLE) from None
        answer = _object(response)
        if answer is None:
            raise unreadable(publishing=publishing, title=TITLE, status=response.status_code)
        return answer

    @cached_property
    def client(self) -> Any:
        """tweepy's client, on our session."""
        import requests
        import tweepy

        from humasbot.platforms.timed import TimedAdapter

        for noisy in ("tweepy", "oauthlib", "requests_oauthlib"):  # at debug level they log keys and headers
            logging.getLogger(noisy).setLevel(logging.INFO)
        client = tweepy.Client(return_type=requests.Response)
        session = client.session
        for scheme in ("http://", "https://"):
            session.mount(
                scheme, TimedAdapter(self._timeout[1], TOTAL_SECONDS, pool_maxsize=64, max_retries=0)
            )
        session.headers["User-Agent"] = USER_AGENT
        session.auth = self._signing()
        session.hooks["response"].append(self._check)
        session.request = partial(session.request, timeout=self._timeout)
        return client

    def _signing(self) -> Callable[[Any], Any]:
        """What turns a request to our base address and signs it *there*: OAuth 1.0a signs the address as well."""
        keys, base = self._credentials, self.base
        oauth1: Callable[[Any], Any] | None = None
        if BEARER not in keys:
            from tweepy import OAuth1UserHandler

            oauth1 = OAuth1UserHandler(*(keys[name] for name in OAUTH1)).apply_auth()

        def sign(request: Any) -> Any:
            if request.url.startswith(_TWEEPY_HOST):
                request.url = base + request.url.removeprefix(_TWEEPY_HOST)
            request.headers.pop("Authorization", None)
            if oauth1 is not None:
                return oauth1(request)
            request.headers["Authorization"] = f"Bearer {keys[BEARER]}"
            return request

        return sign

    def _check(self, response: Any, **_: Any) -> None:
        """Raise what *response* stands for unless it is a success; a redirect is none, and is not followed."""
        path = urlsplit(response.request.url).path.removeprefix(urlsplit(self.base).path)
        if (response.request.method, path) == PUBLISHING:
            self._left = allowances_of({name.lower(): value for name, value in response.headers.items()})
        error = fault(response, publishing=(response.request.method, path) == PUBLISHING)
        if error is not None:
            raise error


def fault(response: Any, *, publishing: bool) -> PublishError | None:
    """The error that X's *response* stands for, or ``None``."""
    status: int = response.status_code
    if 200 <= status < 300:
        return None
    words, code = _words(_object(response) or {})
    headers = {name.lower(): value for name, value in response.headers.items()}
    if status == 402:
        top_up = t(
            "saldo API habis, isi ulang di console.x.com", "no API credits left, top up at console.x.com"
        )
        return AuthExpired(f"X: HTTP 402 – {top_up}", status=status, code=code)
    if status == 403:
        return _forbidden(words, code, publishing=publishing)
    return meaning(
        status, publishing=publishing, title=TITLE, detail=words, headers=_exhausted(headers), code=code
    )


def _forbidden(words: str, code: str | None, *, publishing: bool) -> PublishError:
    """403 is X's answer to many things; its words tell them apart (seen in client libraries' issues, 2026-11-22)."""
    said, line = f"{words} {code or ''}".lower(), f"X: HTTP 403 – {shorten(words)}"
    if publishing and "duplicate" in said:
        hint = t(
            "teks ini sudah ada di akun; mungkin kiriman kita tadi berhasil",
            "this text is already on the account; perhaps our own attempt succeeded",
        )
        return Uncertain(f"{line} ({hint})", status=403, code=code)
    if publishing and "limit" in said and ("daily" in said or "24" in said):
        return RateLimited(line, status=403, code=code)
    unexplained = words.strip().lower() in ("", "forbidden")
    if not publishing or unexplained or any(word in said for word in _LACKS_RIGHT):
        return AuthExpired(line, status=403, code=code)
    return Rejected(line, status=403, code=code)


def _exhausted(headers: Mapping[str, str]) -> Mapping[str, str]:
    """*headers* with the reset of the window that is used up: the quarter of an hour, or the day."""
    for window in ("x-app-limit-24hour", "x-user-limit-24hour"):
        if headers.get(f"{window}-remaining") == "0" and f"{window}-reset" in headers:
            return {**headers, "x-rate-limit-reset": headers[f"{window}-reset"]}
    return headers


WINDOWS = {
    "x-user-limit-24hour": ("posts", timedelta(days=1)),
    "x-app-limit-24hour": ("app", timedelta(days=1)),
    "x-rate-limit": ("calls", timedelta(minutes=15)),
}
"""The headers of a quota, what it counts, and how long its window is: docs.x.com/x-api/fundamentals/rate-limits, and
for the 24 hours, which it does not name, issues 495 and 553 of plhery/node-twitter-api-v2 (read 2026-11-22)."""


def allowances_of(headers: Mapping[str, str]) -> list[Allowance]:
    """The quotas that an answer's *headers* (lower-case names) tell of."""
    found = (from_headers(headers, name, what, window) for name, (what, window) in WINDOWS.items())
    return [one for one in found if one is not None]


def _object(response: Any) -> Json | None:
    try:
        answer = json.loads(response.content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _words(answer: Json) -> tuple[str, str | None]:
    """X's own words and code: from ``errors`` where there are any, else ``detail`` or ``title``."""
    errors = answer.get("errors")
    listed = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    said = [str(e.get("message") or e.get("detail") or "") for e in listed]
    words = "; ".join(dict.fromkeys(part for part in said if part))
    kind = str(answer.get("type") or "").rpartition("/")[2]
    code = (
        kind
        if kind not in ("", "about:blank")
        else next((str(e["code"]) for e in listed if "code" in e), None)
    )
    return words or str(answer.get("detail") or answer.get("title") or ""), code
