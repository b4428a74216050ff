"""Threads, and Instagram through its own login: a token of 60 days that is renewed by showing itself.

developers.facebook.com/documentation/threads/get-started/{get-access-tokens-and-permissions (updated 2026-08-12: the
window is at threads.com), long-lived-tokens} and …/threads/overview (graph.threads.net serves as graph.threads.com),
/docs/instagram-platform/instagram-api-with-instagram-login/business-login, …/reference/refresh_access_token: the
short-lived token (one hour) is exchanged; a long-lived one can be renewed once it is 24 hours old and until it ends;
the redirect must be https. What a private profile grants ends after 90 days for good, renewed or not
(…/threads/get-started, updated 2026-06-30). Read 2026-11-22.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from humasbot.connecting.base import Granted, Talk
from humasbot.connecting.code_flow import CodeFlow
from humasbot.connecting.oauth import App, Proof, Tokens, send, tokens_of
from humasbot.keyring import Kept
from humasbot.platforms.http import Api

_IN_QUERY = re.compile(r"((?:access_token|client_secret)=)[^&\s\"']+")


class _Strike(logging.Filter):
    """Takes secrets out of the addresses that urllib3 logs; never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Threads wants both in the address, and urllib3 logs addresses at DEBUG."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                _IN_QUERY.sub(r"\1…", value) if isinstance(value, str) else value for value in record.args
            )
        return True


for _name in ("urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_Strike())


class LongLivedFlow(CodeFlow):
    """What the two have in common."""

    grant: ClassVar[str]
    """How the names of its grants begin."""
    joiner: ClassVar[str] = ","
    pkce: ClassVar[bool] = False
    redirect: ClassVar[str] = "https://localhost/humasbot"
    console: ClassVar[str] = "https://developers.facebook.com/apps"

    def exchange(self, app: App, code: str, redirect: str, proof: Proof) -> Tokens:
        """The long-lived token, by way of the short-lived one."""
        short = super().exchange(app, code, redirect, proof)
        long = self._ask(
            "access_token", f"{self.grant}_exchange_token", short.access, client_secret=app.secret
        )
        answer: Mapping[str, Any] = {**long.answer, "user_id": short.answer.get("user_id", "")}
        return Tokens(long.access, "", long.expires_at, None, long.scopes or short.scopes, answer)

    def _ask(self, path: str, grant: str, token: str, **more: str) -> Tokens:
        query = urlencode({"grant_type": grant, "access_token": token, **more})
        answer = send(self.http, "GET", f"{self.at['api']}/{path}?{query}", self.title)
        return tokens_of(answer, self.clock(), self.title)

    def granted(self, talk: Talk, app: App, tokens: Tokens, known: Mapping[str, str]) -> Granted:
        """The account's number and its token."""
        return Granted(
            self.settings(tokens),
            {self.setting: Kept(tokens.access, tokens.expires_at)},
            self.renew_at(tokens.expires_at),
        )

    def settings(self, tokens: Tokens) -> dict[str, str]:
        """The plain settings of the account."""
        found = {"user_id": str(tokens.answer["user_id"])}
        return {**found, "base_url": self.at["api"]} if "api" in self.changed else found

    def renew(self, secrets: Mapping[str, Kept]) -> Granted | None:
        """See :meth:`Flow.renew`; the present token may be shown again and again."""
        if self.setting not in secrets:
            return None
        tokens = self._ask("refresh_access_token", f"{self.grant}_refresh_token", secrets[self.setting].value)
        return Granted(
            {}, {self.setting: Kept(tokens.access, tokens.expires_at)}, self.renew_at(tokens.expires_at)
        )

    def spends(self, secrets: Mapping[str, Kept]) -> str:
        """The token itself."""
        return secrets[self.setting].value if self.setting in secrets else ""


class ThreadsFlow(LongLivedFlow):
    """An account on Threads."""

    platform: ClassVar[str] = "threads"
    title: ClassVar[str] = "Threads"
    grant: ClassVar[str] = "th"
    addresses: ClassVar[Mapping[str, str]] = {
        "authorize": "https://threads.com/oauth/authorize",
        "token": "https://graph.threads.net/oauth/access_token",
        "api": "https://graph.threads.net",
    }
    scopes: ClassVar[tuple[str, ...]] = (
        "threads_basic",
        "threads_content_publish",
        "threads_manage_replies",
        "threads_read_replies",
        "threads_manage_insights",
        "threads_delete",
    )
    needed: ClassVar[tuple[str, ...] | None] = ("threads_basic", "threads_content_publish")


class InstagramLoginFlow(LongLivedFlow):
    """An Instagram professional account by its own login, without a Facebook page."""

    key: ClassVar[str] = "instagram-login"
    platform: ClassVar[str] = "instagram"
    title: ClassVar[str] = "Instagram"
    grant: ClassVar[str] = "ig"
    addresses: ClassVar[Mapping[str, str]] = {
        "authorize": "https://www.instagram.com/oauth/authorize",
        "token": "https://api.instagram.com/oauth/access_token",
        "api": "https://graph.instagram.com",
    }
    scopes: ClassVar[tuple[str, ...]] = (
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_insights",
    )
    needed: ClassVar[tuple[str, ...] | None] = (
        "instagram_business_basic",
        "instagram_business_content_publish",
    )

    def settings(self, tokens: Tokens) -> dict[str, str]:
        """The number by which the account publishes, which is not the one in the token's answer."""
        api = Api(self.at["api"], self.title, self.http, {"Authorization": f"Bearer {tokens.access}"})
        me = api.call("GET", "/me?fields=user_id,username")
        number = str(me.get("user_id") or "") if isinstance(me, dict) else ""
        return {"user_id": number or str(tokens.answer["user_id"]), "base_url": self.at["api"]}
