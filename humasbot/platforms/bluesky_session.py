"""Logging in to a Bluesky server, once, and keeping the session fresh.

Logging in is scarce there, posting is not, so no post logs in by itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from humasbot.errors import AuthExpired, PublishError, Rejected
from humasbot.net import Answer, Http
from humasbot.platforms.http import Api, unreadable
from humasbot.platforms.told import Told, from_headers
from humasbot.words import t

TITLE = "Bluesky"
STALE = frozenset({"ExpiredToken", "InvalidToken"})
"""Errors of an access token that a new one mends; Bluesky sends them with status 400 (run, @atproto/pds 0.4.217)."""

WINDOWS = {300: "calls", 3600: "points", 86400: "points_day"}
"""What each of the server's windows counts, by its seconds: calls of one address, or points for writing (a post that
is put costs 2 of 5,000 an hour and 35,000 a day).

docs.bsky.app/docs/advanced-guides/rate-limits; the headers: packages/xrpc-server/src/rate-limiter.ts and packages/pds/
src/api/com/atproto/repo/putRecord.ts of bluesky-social/atproto (all read 2026-11-22). Of several quotas an answer names
the one of which least is left.
"""
_POLICY = re.compile(r"\d+;w=(\d+)")


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in, and the tokens that say so."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class Account(Api):
    """The account's own server: one session, kept fresh under a lock, for all threads.

    createSession is allowed 30 times in 5 minutes and 300 times a day for one account, some servers say 100
    (docs.bsky.app/docs/advanced-guides/rate-limits and bluesky-social/bsky-docs issue 183, read 2026-11-22).
    """

    def __init__(self, service: str, handle: str, app_password: str, http: Http) -> None:
        super().__init__(f"{service}/xrpc", TITLE, http)
        self._identity = {"identifier": handle, "password": app_password}
        self._lock = Lock()
        self._session: Session | None = None
        self.told = Told()

    def heard(self, method: str, path: str, answer: Answer) -> None:
        """Keep what the server says is left; logging in has a quota of its own, which is nobody's concern."""
        policy = _POLICY.fullmatch(answer.headers.get("ratelimit-policy", "").strip())
        what = WINDOWS.get(int(policy[1])) if policy else None
        if policy and what and not path.endswith("createSession"):
            window = timedelta(seconds=int(policy[1]))
            self.told.keep(from_headers(answer.headers, "ratelimit", what, window))

    def session(self) -> Session:
        """The session; logs in if there is none yet."""
        with self._lock:
            if self._session is None:
                self._session = self._log_in()
            return self._session

    def ask(self, name: str, **parameters: str) -> Any:
        """The answer to the query *name*, asked as the account."""
        return self.authed("GET", f"/{name}?{urlencode(parameters)}")

    def do(self, name: str, *, publishing: bool = False, **body: Any) -> Any:
        """The answer to the procedure *name* with the JSON *body*."""
        return self.authed("POST", f"/{name}", publishing=publishing, json_body=body)

    def authed(self, method: str, path: str, **wanted: Any) -> Any:
        """As :meth:`call`, with the session's token.

        A token that ran out is renewed and the call is made again, once: the server refused it before doing anything.
        """
        session = self.session()
        try:
            return self._call_as(session, method, path, **wanted)
        except AuthExpired as refusal:
            if refusal.code not in STALE:
                raise
        return self._call_as(self._renewed(session), method, path, **wanted)

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """The common mapping, but a bad token is a 400 here, and a 403 with a name says that a right is lacking."""
        fault = super().explain(answer, publishing=publishing)
        if isinstance(fault, Rejected) and (fault.code in STALE or (fault.status == 403 and fault.code)):
            return AuthExpired(str(fault), status=fault.status, code=fault.code)
        return fault

    def _call_as(
        self,
        session: Session,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        **wanted: Any,
    ) -> Any:
        return self.call(method, path, headers={**(headers or {}), **_bearer(session.access)}, **wanted)

    def _renewed(self, stale: Session) -> Session:
        with self._lock:
            if self._session is None or self._session.access == stale.access:
                try:
                    self._session = self._open("refreshSession", headers=_bearer(stale.refresh))
                except AuthExpired:
                    self._session = None
                    self._session = self._log_in()
            return self._session

    def _log_in(self) -> Session:
        try:
            return self._open("createSession", json_body=self._identity)
        except AuthExpired as refusal:
            raise AuthExpired(
                t(
                    "Bluesky menolak masuknya {who}: {why}. Periksa handle, buat sandi aplikasi baru di Bluesky "
                    "(Settings → Privacy and security → App passwords), lalu perbarui app_password",
                    "Bluesky refused to log {who} in: {why}. Check the handle, make a new app password in Bluesky "
                    "(Settings → Privacy and security → App passwords) and update app_password",
                    who=self._identity["identifier"],
                    why=str(refusal).removeprefix(f"{TITLE}: "),
                ),
                status=refusal.status,
                code=refusal.code,
            ) from None

    def _open(self, name: str, **content: Any) -> Session:
        try:
            data = self.call("POST", f"/com.atproto.server.{name}", **content)
        except Rejected as refusal:
            raise AuthExpired(str(refusal), status=refusal.status, code=refusal.code) from None
        try:
            return Session(data["did"], data["handle"], data["accessJwt"], data["refreshJwt"])
        except (KeyError, TypeError):
            raise unreadable(publishing=False, title=TITLE) from None


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
