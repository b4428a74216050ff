"""The Graph API through facebook-sdk 3.1.0, with what the SDK leaves out.

The SDK never looks at the HTTP status, lets network faults through unwrapped and would put the token into the address
of every reading request. So it is given a session that carries the token in a header, keeps the answer for our own
reading, and sends its requests to the configured base address.
"""

import json
import threading
import warnings
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests
from requests.auth import AuthBase

from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected, Retryable, Uncertain
from humasbot.platforms.http import LONGEST_WAIT, from_network, meaning, retry_after, shorten, unreadable
from humasbot.platforms.timed import TimedAdapter
from humasbot.wire import NetError

with warnings.catch_warnings():
    # Its source holds an invalid escape, which newer Pythons warn of (and refuse where warnings are errors).
    warnings.simplefilter("ignore")
    import facebook

ADDRESS = "https://graph.facebook.com"
VERSION = "v26.0"
"""Current since 2026-07-29 (developers.facebook.com/docs/graph-api/changelog/versions, read 2026-11-22)."""
TIMEOUT = (3, 20)
"""Seconds to connect, seconds between two pieces of the answer."""
TOTAL = 60.0
"""Seconds for the whole answer: a server that sends a byte now and then keeps to the limits above for ever."""
APP_WAIT = timedelta(minutes=10)
"""Our own choice where an app's calls of the past hour are used up: the hour slides, so some come back soon."""

# developers.facebook.com/docs/graph-api/guides/error-handling and /docs/graph-api/overview/rate-limiting, 2026-11-22.
DEAD = frozenset({102, 104, 190, 10, *range(200, 300)})
BUSY = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
UNKNOWN = frozenset({1, 2})
DUPLICATE = 506


class Graph:
    """One token's access to the Graph API; safe to share between threads."""

    def __init__(self, title: str, token: str, version: str = VERSION, address: str = ADDRESS) -> None:
        self.title = title
        self._token = token
        self._version = version
        self._address = address
        self._local = threading.local()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        fields: dict[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        publishing: bool = False,
    ) -> dict[str, Any]:
        """One request and its decoded answer; *publishing* marks the one after which a post may be public.

        Raises the :class:`~humasbot.errors.PublishError` that the answer, or the lack of one, stands for.
        """
        graph = self._client()
        graph.session.answer = None
        try:
            graph.request(f"{graph.version}/{path}", dict(query or {}), fields, files, method)
        except (NetError, requests.RequestException, facebook.GraphAPIError, KeyError, ValueError) as error:
            if graph.session.answer is None:
                raise from_network(error, publishing=publishing, title=self.title) from None
        return self._read(graph.session.answer, publishing=publishing)

    def _client(self) -> Any:
        """This thread's client: sessions of ``requests`` are not made to be shared."""
        if not hasattr(self._local, "graph"):
            graph = facebook.GraphAPI(timeout=TIMEOUT, session=_Session(self._address, self._token))
            graph.version = self._version
            self._local.graph = graph
        return self._local.graph

    def _read(self, answer: requests.Response, *, publishing: bool) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        error = body.get("error") if isinstance(body, dict) else None
        fault = self._fault(answer, error if isinstance(error, dict) else {}, publishing=publishing)
        if fault is not None:
            raise fault
        if not isinstance(body, dict) or error:
            raise unreadable(publishing=publishing, title=self.title, status=answer.status_code)
        return body

    def _fault(
        self, answer: requests.Response, error: Mapping[str, Any], *, publishing: bool
    ) -> PublishError | None:
        """What an answer stands for, by Graph's own code before the HTTP status."""
        headers = {name.lower(): value for name, value in answer.headers.items()}
        status, code = answer.status_code, error.get("code")
        detail = str(error.get("error_user_msg") or error.get("message") or "").replace(self._token, "…")
        if not error:
            return meaning(status, publishing=publishing, title=self.title, headers=headers)
        subcode = error.get("error_subcode")
        named = f"{code}/{subcode}" if subcode else str(code)
        words = f"{self.title}: ({named}) {shorten(detail)}"
        if code in DEAD or status == 401:
            return AuthExpired(words, status=status, code=named)
        if code in BUSY or status == 429:
            return RateLimited(words, retry_after=_wait(headers), status=status, code=named)
        if code == DUPLICATE and publishing:
            return Uncertain(words, status=status, code=named)
        if code in UNKNOWN or error.get("is_transient") or status >= 500:
            kind = Uncertain if publishing else Retryable
            return kind(words, status=status, code=named)
        return Rejected(words, status=status, code=named)


class _Session(requests.Session):
    """A session for the SDK: token in a header, other base address, no redirects, the answer kept."""

    def __init__(self, base: str, token: str) -> None:
        super().__init__()
        self.base = base.rstrip("/") + "/"
        self.auth = _Bearer(token)
        for scheme in ("https://", "http://"):
            self.mount(scheme, TimedAdapter(TIMEOUT[1], TOTAL))
        self.answer: requests.Response | None = None

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        options["allow_redirects"] = False
        self.answer = super().request(
            method, self.base + str(url).removeprefix(facebook.FACEBOOK_GRAPH_URL), *args, **options
        )
        return self.answer


class _Bearer(AuthBase):
    """Given as ``auth`` because a plain header would give way to a ``.netrc`` entry."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _wait(headers: Mapping[str, str]) -> timedelta | None:
    """How long to wait: ``Retry-After``, else the longest time (minutes) in the usage header of Graph.

    The other header, ``X-App-Usage``, names no time, only what share of the past hour's calls is used.
    """
    named = retry_after(headers)
    if named is not None:
        return named
    try:
        uses = [use for uses in _json(headers, "x-business-use-case-usage").values() for use in uses]
        minutes = max((int(use.get("estimated_time_to_regain_access", 0)) for use in uses), default=0)
        if minutes > 0:
            return min(timedelta(minutes=minutes), LONGEST_WAIT)
        full = any(float(share) >= 100 for share in _json(headers, "x-app-usage").values())
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    return APP_WAIT if full else None


def _json(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        value = json.loads(headers.get(name, "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
