"""An authorization server that takes nothing on trust, and as much of the platforms behind it as connecting asks for.

It holds every client to what the real ones do: the redirect to the letter, PKCE (S256) where it was begun, a code for
one use and one client, a refresh token that is spent by its first use. ``spent_again`` counts what was shown twice.
"""

import base64
import hashlib
import itertools
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from humasbot.testing.standin import Reply, Request, StandIn


@dataclass(slots=True)
class Client:
    """A registered app; without a ``secret`` it is a public client."""

    id: str
    secret: str = ""
    redirects: tuple[str, ...] = ()


@dataclass(slots=True)
class Code:
    """A consent that has not been exchanged yet."""

    client: str
    redirect: str
    scopes: str
    challenge: str
    used: bool = False


@dataclass(slots=True)
class Token:
    """An access or refresh token; ``refresh`` is spent once it is ``used``."""

    client: str
    scopes: str
    until: float
    used: bool = False


@dataclass(slots=True)
class Rules:
    """How this server behaves."""

    need_pkce: bool = True
    single_use: bool = True
    """A refresh token is replaced when it is used, and the old one is worth nothing."""
    refresh: bool = True
    expires_in: int | None = 7200
    refresh_expires_in: int | None = None
    refuses: str = ""
    """The error with which the person's consent ends, if it does."""
    grants: str | None = None
    """The scopes that are granted in the place of those asked for."""


@dataclass(slots=True)
class World:
    """What is behind the tokens: who the account is, and the pages that it may speak for."""

    username: str = "diskominfo"
    number: str = "77"
    pages: dict[str, str] = field(default_factory=lambda: {"101": "Diskominfo Kota Contoh"})
    instagram: dict[str, str] = field(default_factory=dict)
    """The Instagram account (``number:name``) of a page, by the page's number."""


class StandInOAuth(StandIn):
    """The server: ``register`` a client, then point a flow's addresses at :attr:`url`."""

    def __init__(self, rules: Rules | None = None, world: World | None = None) -> None:
        super().__init__()
        self.rules = rules or Rules()
        self.world = world or World()
        self.clients: dict[str, Client] = {}
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.spent_again = 0
        self._number = itertools.count(1)

    def register(self, client_id: str = "app", secret: str = "", *redirects: str) -> Client:
        """Make an app with those redirects."""
        self.clients[client_id] = Client(client_id, secret, redirects)
        return self.clients[client_id]

    def revoke(self) -> None:
        """Forget every token, as when the person withdraws consent."""
        with self.lock:
            self.access.clear()
            self.refresh.clear()

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        if request.at("GET", r"/(oauth/)?authorize"):
            return self._authorize(request)
        if request.at("POST", r"/(oauth/)?token"):
            return self._token(request)
        if request.at("POST", "/api/v1/apps"):
            return self._register(request.json())
        if request.at("GET", "/(refresh_)?access_token"):
            return self._long_lived(request)
        token = self.access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if token is None or token.until < time.time():
            return Reply(
                401, {"title": "Unauthorized", "error": {"code": 190, "message": "Invalid OAuth token"}}
            )
        return self._api(request)

    def _register(self, wanted: Mapping[str, Any]) -> Reply:
        made = self.register(
            f"app-{next(self._number)}", f"rahasia-{next(self._number)}", wanted["redirect_uris"]
        )
        return Reply(200, {"client_id": made.id, "client_secret": made.secret})

    def _authorize(self, request: Request) -> Reply:
        client = self.clients.get(request.first("client_id"))
        redirect = request.first("redirect_uri")
        if client is None or redirect not in client.redirects:
            return Reply(400, "the redirect is not registered", mime="text/plain")
        state = request.first("state")
        challenge = request.first("code_challenge")
        answer = {"state": state}
        if self.rules.refuses:
            answer["error"] = self.rules.refuses
        elif (
            request.first("response_type") != "code"
            or not state
            or (self.rules.need_pkce and (not challenge or request.first("code_challenge_method") != "S256"))
        ):
            answer["error"] = "invalid_request"
        else:
            answer["code"] = f"kode-{next(self._number)}"
            scopes = self.rules.grants if self.rules.grants is not None else request.first("scope")
            self.codes[answer["code"]] = Code(client.id, redirect, scopes, challenge)
        return Reply(302, None, {"Location": f"{redirect}?{urlencode(answer)}"})

    def _token(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        client = self._client(request, form)
        if client is None:
            return _refused("invalid_client", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(client, form)
            case "refresh_token":
                return self._renew(client, form.get("refresh_token", ""))
            case "fb_exchange_token":
                known = self.access.get(form.get("fb_exchange_token", ""))
                return (
                    self._issue(client, known.scopes, refresh=False) if known else _refused("invalid_grant")
                )
        return _refused("unsupported_grant_type")

    def _client(self, request: Request, form: Mapping[str, str]) -> Client | None:
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, secret = (unquote(part) for part in base64.b64decode(pair).decode().partition(":"))
        else:
            name, secret = form.get("client_id", ""), form.get("client_secret", "")
        client = self.clients.get(name)
        return client if client is not None and client.secret == secret else None

    def _exchange(self, client: Client, form: Mapping[str, str]) -> Reply:
        code = self.codes.get(form.get("code", ""))
        if code is None or code.client != client.id or code.redirect != form.get("redirect_uri"):
            return _refused("invalid_grant")
        if code.used:
            self.revoke()  # RFC 6749 section 4.1.2
            return _refused("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if code.challenge and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
            return _refused("invalid_grant")
        code.used = True
        return self._issue(client, code.scopes, refresh=self.rules.refresh)

    def _renew(self, client: Client, shown: str) -> Reply:
        token = self.refresh.get(shown)
        if token is None or token.client != client.id:
            return _refused("invalid_grant")
        if token.used:
            self.spent_again += 1
            return _refused("invalid_grant")
        token.used = self.rules.single_use
        return self._issue(client, token.scopes, refresh=self.rules.single_use, again=shown)

    def _issue(self, client: Client, scopes: str, *, refresh: bool, again: str = "") -> Reply:
        number, rules = next(self._number), self.rules
        life = rules.expires_in or 10**9
        access = f"akses-{number}-{'a' * 20}"
        self.access[access] = Token(client.id, scopes, time.time() + life)
        answer: dict[str, Any] = {
            "access_token": access,
            "token_type": "bearer",
            "scope": scopes,
            "user_id": int(self.world.number),
        }
        if rules.expires_in is not None:
            answer["expires_in"] = rules.expires_in
        if refresh:
            name = f"segar-{number}-{'r' * 20}"
            self.refresh[name] = Token(client.id, scopes, 0)
            answer["refresh_token"] = name
        elif again:
            answer["refresh_token"] = again
        if "refresh_token" in answer and rules.refresh_expires_in is not None:
            answer["refresh_token_expires_in"] = rules.refresh_expires_in
        return Reply(200, answer)

    def _long_lived(self, request: Request) -> Reply:
        known = self.access.get(request.first("access_token"))
        grant = request.first("grant_type")
        if (
            known is None
            or known.until < time.time()
            or not re.fullmatch("(th|ig)_(exchange|refresh)_token", grant)
        ):
            return Reply(400, {"error": {"message": "Error validating access token", "code": 190}})
        client = self.clients[known.client]
        if grant.endswith("_exchange_token") and request.first("client_secret") != client.secret:
            return Reply(400, {"error": {"message": "Error validating client secret.", "code": 1}})
        return self._issue(client, known.scopes, refresh=False)

    def _api(self, request: Request) -> Reply:
        world, name = self.world, self.world.username
        if request.at("GET", "/2/users/me"):
            return Reply(200, {"data": {"id": "42", "username": name, "name": "Diskominfo"}})
        if request.at("GET", "/api/v1/accounts/verify_credentials"):
            return Reply(200, {"id": "42", "acct": name, "username": name})
        if request.at("GET", "/rest/organizationAcls"):
            found = [
                {"organization": f"urn:li:organization:{n}", "role": "ADMINISTRATOR"} for n in world.pages
            ]
            return Reply(200, {"elements": found})
        if page := request.at("GET", r"/rest/organizations/(\d+)"):
            return Reply(200, {"localizedName": world.pages[page[1]]})
        if request.at("GET", r"/v[\d.]+/me/permissions"):
            token = self.access[request.headers["authorization"].removeprefix("Bearer ")]
            rights = token.scopes.replace(",", " ").split()
            return Reply(200, {"data": [{"permission": right, "status": "granted"} for right in rights]})
        if request.at("GET", r"/v[\d.]+/me/accounts"):
            return Reply(200, {"data": [self._page(number) for number in world.pages]})
        if request.at("GET", "/me"):
            return Reply(200, {"id": "1", "user_id": world.number, "username": name})
        if page := request.at("GET", r"/v[\d.]+/(\d+)"):
            return self._node(page[1])
        return Reply(404, {"error": "not found"})

    def _node(self, number: str) -> Reply:
        """A page, or an account on Instagram or Threads, by its number."""
        accounts = {
            known.partition(":")[0]: known.partition(":")[2] for known in self.world.instagram.values()
        }
        accounts[self.world.number] = self.world.username
        if number in self.world.pages:
            return Reply(200, {"id": number, "name": self.world.pages[number]})
        if number in accounts:
            return Reply(200, {"id": number, "username": accounts[number]})
        return Reply(404, {"error": {"code": 100, "message": "Unsupported get request."}})

    def _page(self, number: str) -> dict[str, Any]:
        token = f"halaman-{number}-{'p' * 20}"
        self.access[token] = Token("", "", time.time() + 10**9)
        page: dict[str, Any] = {"id": number, "name": self.world.pages[number], "access_token": token}
        if number in self.world.instagram:
            account, _, name = self.world.instagram[number].partition(":")
            page["instagram_business_account"] = {"id": account, "username": name}
        return page


def _refused(code: str, status: int = 400) -> Reply:
    return Reply(status, {"error": code, "error_description": "The stand-in refused it."})
