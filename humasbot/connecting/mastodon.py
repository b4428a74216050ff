"""Mastodon: the app is registered on the chosen server by ourselves, so the redirect may have any port.

docs.joinmastodon.org/methods/{apps,oauth} and /spec/oauth: PKCE (S256) since 4.3, older servers pass it over; tokens
do not expire. Read 2026-11-22.
"""

import json
from collections.abc import Mapping
from typing import ClassVar

from humasbot.connecting.base import Granted, Talk
from humasbot.connecting.code_flow import ANY_PORT, CodeFlow
from humasbot.connecting.oauth import App, GrantError, Tokens, send
from humasbot.errors import InputError, Problem
from humasbot.keyring import Kept
from humasbot.platforms.http import base_address
from humasbot.words import t


class MastodonFlow(CodeFlow):
    """An account on a Mastodon server."""

    platform: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"
    scopes: ClassVar[tuple[str, ...]] = ("read:accounts", "read:statuses", "write:media", "write:statuses")
    redirect: ClassVar[str] = ANY_PORT
    server: str = ""

    def app(self, talk: Talk, known: Mapping[str, str], redirect: str) -> App:
        """Ask for the server and register with it."""
        answer = talk.ask(
            t("Alamat server, misalnya https://mastodon.social", "The server, as https://mastodon.social"),
            default=known.get("server", ""),
        )
        problems: list[Problem] = []
        self.server = base_address("server", answer, problems)
        if problems:
            raise InputError(str(problems[0]))
        self.at |= {"authorize": f"{self.server}/oauth/authorize", "token": f"{self.server}/oauth/token"}
        form = {"client_name": "humasbot", "redirect_uris": redirect, "scopes": " ".join(self.scopes)}
        reply = send(
            self.http, "POST", f"{self.server}/api/v1/apps", self.title, body=json.dumps(form),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        try:
            made = reply.json()
            return App(str(made["client_id"]), str(made["client_secret"]))
        except (ValueError, KeyError, TypeError):
            raise GrantError(
                t("{s} tidak menerima pendaftaran aplikasi (HTTP {n}); periksa alamat servernya",
                  "{s} does not take the app's registration (HTTP {n}); check the server's address", s=self.server,
                  n=reply.status)
            ) from None  # fmt: skip

    def check_scopes(self, granted: frozenset[str] | None) -> None:
        """As everywhere; a granted ``read`` or ``write`` holds all that begins with it."""
        if granted is not None:
            whole = {scope for scope in self.scopes if scope.partition(":")[0] in granted}
            granted |= whole
        super().check_scopes(granted)

    def granted(self, talk: Talk, app: App, tokens: Tokens, known: Mapping[str, str]) -> Granted:
        """The server and the token."""
        return Granted({"server": self.server}, {self.setting: Kept(tokens.access, tokens.expires_at)})
