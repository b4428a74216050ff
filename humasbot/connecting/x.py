"""X: OAuth 2.0 with PKCE. Access tokens live two hours, a refresh token is spent by its first use.

docs.x.com/fundamentals/authentication/oauth-2-0/{authorization-code,user-access-token} and /developer-apps: the
redirect must match to the letter, ``http://127.0.0.1`` and never ``localhost``; a confidential app signs in with Basic,
a public one names itself in the form. Read 2026-11-22.
"""

from collections.abc import Mapping
from typing import ClassVar

from humasbot.connecting.base import Granted, Talk
from humasbot.connecting.code_flow import CodeFlow
from humasbot.connecting.oauth import App, Tokens, ask_tokens
from humasbot.errors import InputError
from humasbot.keyring import REFRESH, Kept
from humasbot.words import t


class XFlow(CodeFlow):
    """An account on X."""

    platform: ClassVar[str] = "x"
    title: ClassVar[str] = "X"
    addresses: ClassVar[Mapping[str, str]] = {
        "authorize": "https://x.com/i/oauth2/authorize",
        "token": "https://api.x.com/2/oauth2/token",
        "api": "https://api.x.com",
    }
    scopes: ClassVar[tuple[str, ...]] = (
        "tweet.read",
        "tweet.write",
        "users.read",
        "media.write",
        "offline.access",
    )
    setting: ClassVar[str] = "bearer_token"
    console: ClassVar[str] = "https://console.x.com"
    public: ClassVar[bool] = True
    single_use: ClassVar[bool] = True

    def tokens(self, app: App, form: Mapping[str, str]) -> Tokens:
        """Ask the token endpoint; with a secret the app signs in by header, without it names itself in the form."""
        whole = dict(form) if app.secret else {**form, "client_id": app.client_id}
        return ask_tokens(
            self.http,
            self.at["token"],
            whole,
            self.clock(),
            title=self.title,
            basic=app if app.secret else None,
        )

    def granted(self, talk: Talk, app: App, tokens: Tokens, known: Mapping[str, str]) -> Granted:
        """The token, and what renews it."""
        if not tokens.refresh:
            raise InputError(t("X tidak memberi refresh token; tambahkan hak offline.access pada aplikasi",
                               "X gave no refresh token; add the right offline.access to the app"))  # fmt: skip
        settings = {"base_url": self.at["api"]} if "api" in self.changed else {}
        return Granted(settings, self.kept(app, tokens), self.renew_at(tokens.expires_at))

    def renew(self, secrets: Mapping[str, Kept]) -> Granted | None:
        """See :meth:`Flow.renew`; the refresh token in *secrets* is spent by it."""
        return self.refreshed(secrets)

    def spends(self, secrets: Mapping[str, Kept]) -> str:
        """The refresh token."""
        return secrets[REFRESH].value if REFRESH in secrets else ""
