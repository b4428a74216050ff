"""The walk that most platforms share: consent in the browser, the code brought back, and exchanged for tokens."""

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from typing import ClassVar

from humasbot.connecting.base import Flow, Granted, Talk
from humasbot.connecting.loopback import Loopback
from humasbot.connecting.oauth import App, Proof, Tokens, ask_tokens, authorize_address, read_redirect
from humasbot.errors import InputError, Problem
from humasbot.keyring import CLIENT_ID, CLIENT_SECRET, REFRESH, Kept
from humasbot.platforms.http import base_address
from humasbot.words import t

FIXED = "http://127.0.0.1:8765/humasbot"
"""Most platforms compare the redirect with the registered one to the letter, its port included."""
ANY_PORT = "http://127.0.0.1:0/humasbot"
TRIES = 5


class CodeFlow(Flow):
    """Authorization code with state, and PKCE where the platform takes it."""

    scopes: ClassVar[tuple[str, ...]]
    """What to ask for."""
    needed: ClassVar[tuple[str, ...] | None] = None
    """What must be granted; by default all of ``scopes``."""
    joiner: ClassVar[str] = " "
    pkce: ClassVar[bool] = True
    redirect: ClassVar[str] = FIXED
    setting: ClassVar[str] = "token"
    """The platform's setting that the access token is."""
    console: ClassVar[str] = ""
    """Where the app is made."""
    public: ClassVar[bool] = False
    """Whether an app without a secret is possible."""

    def connect(self, talk: Talk, known: Mapping[str, str], redirect: str) -> Granted:
        """See :meth:`Flow.connect`."""
        wanted, problems = redirect or self.redirect, list[Problem]()
        base_address("redirect", wanted, problems)
        if problems or "://" not in wanted:
            raise InputError(t("alamat balik harus https, atau http://127.0.0.1:PORT/…",
                               "the redirect must be https, or http://127.0.0.1:PORT/…"))  # fmt: skip
        with ExitStack() as stack:
            listener = stack.enter_context(Loopback(wanted)) if Loopback.can(wanted) else None
            here = listener.redirect if listener else wanted
            app = self.app(talk, known, here)
            proof = Proof.fresh()
            if listener:
                listener.state = proof.state
            address = authorize_address(
                self.at["authorize"],
                app,
                here,
                self.joiner.join(self.scopes),
                proof,
                pkce=self.pkce,
                **self.more(),
            )
            code = self._brought_back(talk, address, listener, here, proof)
        tokens = self.exchange(app, code, here, proof)
        self.check_scopes(tokens.scopes)
        return self.granted(talk, app, tokens, known)

    def _brought_back(
        self, talk: Talk, address: str, listener: Loopback | None, redirect: str, proof: Proof
    ) -> str:
        """The code; a pasted address that is not the right one may be pasted again."""
        for left in range(TRIES - 1, -1, -1):
            try:
                return read_redirect(talk.open(address, listener), redirect=redirect, state=proof.state)
            except InputError as error:
                if not left or (listener and listener.arrived.is_set()):
                    raise
                talk.say(str(error))
        raise AssertionError("unreachable")

    def app(self, talk: Talk, known: Mapping[str, str], redirect: str) -> App:
        """The office's app on the platform, asked for."""
        talk.say(
            t("Buat atau buka aplikasi kantor Anda di {c} dan daftarkan alamat balik (redirect) ini di sana: {r}",
              "Make or open your office's app at {c} and register this redirect address there: {r}", c=self.console,
              r=redirect)
        )  # fmt: skip
        client = talk.ask(t("ID aplikasi (client ID)", "App id (client ID)"))
        hint = t(" (kosongkan bila tidak ada)", " (empty if there is none)") if self.public else ""
        question = t("Rahasia aplikasi (client secret)", "App secret (client secret)") + hint
        return App(client, talk.ask(question, hidden=True, needed=not self.public))

    def more(self) -> dict[str, str]:
        """What else the platform wants in the address."""
        return {}

    def exchange(self, app: App, code: str, redirect: str, proof: Proof) -> Tokens:
        """The tokens for the code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        if self.pkce:
            form["code_verifier"] = proof.verifier
        return self.tokens(app, form)

    def tokens(self, app: App, form: Mapping[str, str]) -> Tokens:
        """Ask the token endpoint as the app."""
        whole = {**form, "client_id": app.client_id}
        if app.secret:
            whole["client_secret"] = app.secret
        return ask_tokens(self.http, self.at["token"], whole, self.clock(), title=self.title)

    def check_scopes(self, granted: frozenset[str] | None) -> None:
        """Raise :class:`~humasbot.errors.InputError` naming every right that was not granted, where it is said."""
        wanted = self.needed if self.needed is not None else self.scopes
        lacking = [scope for scope in wanted if granted is not None and scope not in granted]
        if lacking:
            raise InputError(
                t("{p} tidak memberi hak {s}; ulangi dan setujui semuanya, atau tambahkan hak itu pada aplikasi",
                  "{p} did not grant {s}; do it again and agree to all, or add those rights to the app", p=self.title,
                  s=", ".join(lacking))
            )  # fmt: skip

    @abstractmethod
    def granted(self, talk: Talk, app: App, tokens: Tokens, known: Mapping[str, str]) -> Granted:
        """What is kept of the grant; here a page is chosen where there are several."""

    def kept(self, app: App, tokens: Tokens) -> dict[str, Kept]:
        """The secrets of a grant that is renewed by a refresh token; without one, the access token alone."""
        secrets = {self.setting: Kept(tokens.access, tokens.expires_at)}
        if tokens.refresh:
            secrets[REFRESH] = Kept(tokens.refresh, tokens.refresh_expires_at)
            secrets[CLIENT_ID] = Kept(app.client_id)
            if app.secret:
                secrets[CLIENT_SECRET] = Kept(app.secret)
        return secrets

    def refreshed(self, secrets: Mapping[str, Kept]) -> Granted | None:
        """New tokens for the refresh token in *secrets*; ``None`` where there is none."""
        old = secrets.get(REFRESH)
        if old is None:
            return None
        client, secret = secrets.get(CLIENT_ID), secrets.get(CLIENT_SECRET)
        app = App(client.value if client else "", secret.value if secret else "")
        tokens = self.tokens(app, {"grant_type": "refresh_token", "refresh_token": old.value})
        new = {self.setting: Kept(tokens.access, tokens.expires_at)}
        if tokens.refresh:
            # Where the platform sends the same token again its end is told anew, or stays as it was.
            ends = tokens.refresh_expires_at or (old.expires_at if tokens.refresh == old.value else None)
            new[REFRESH] = Kept(tokens.refresh, ends)
        return Granted({}, new, self.renew_at(tokens.expires_at))


def pick(talk: Talk, question: str, options: Mapping[str, str], none: str) -> str:
    """The key of one of *options* (key to name): the only one, or the one that the person chooses.

    Raises :class:`~humasbot.errors.InputError` saying *none* when there is no option.
    """
    if not options:
        raise InputError(none)
    keys = list(options)
    if len(keys) == 1:
        return keys[0]
    return keys[talk.choose(question, [f"{options[key]} ({key})" for key in keys])]
