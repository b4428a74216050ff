"""Facebook pages, and the Instagram accounts that belong to them, through Facebook Login.

developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (dialog, code, state; the redirect is
compared to the letter, https except for ``localhost`` while the app is in development), …/access-tokens/get-long-lived
(a page's token made from a long-lived user token has no end), /docs/graph-api/reference/user/accounts. Read 2026-11-22.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from humasbot.connecting.base import Granted, Talk
from humasbot.connecting.code_flow import CodeFlow, pick
from humasbot.connecting.oauth import App, Proof, Tokens
from humasbot.errors import InputError
from humasbot.keyring import Kept
from humasbot.platforms.facebook_graph import VERSION
from humasbot.platforms.http import Api
from humasbot.words import t

PAGES = 20
"""How many pages of the list of pages are read."""


class FacebookFlow(CodeFlow):
    """A Facebook page."""

    platform: ClassVar[str] = "facebook"
    title: ClassVar[str] = "Facebook"
    addresses: ClassVar[Mapping[str, str]] = {
        "authorize": f"https://www.facebook.com/{VERSION}/dialog/oauth",
        "token": f"https://graph.facebook.com/{VERSION}/oauth/access_token",
        "api": "https://graph.facebook.com",
    }
    scopes: ClassVar[tuple[str, ...]] = ("pages_show_list", "pages_read_engagement", "pages_manage_posts")
    joiner: ClassVar[str] = ","
    pkce: ClassVar[bool] = False
    redirect: ClassVar[str] = "https://localhost/humasbot"
    console: ClassVar[str] = "https://developers.facebook.com/apps"
    page_fields: ClassVar[str] = "id,name,access_token,tasks"
    account_setting: ClassVar[str] = "page_id"

    def exchange(self, app: App, code: str, redirect: str, proof: Proof) -> Tokens:
        """The user's long-lived token, by way of the short-lived one."""
        short = super().exchange(app, code, redirect, proof)
        return self.tokens(app, {"grant_type": "fb_exchange_token", "fb_exchange_token": short.access})

    def granted(self, talk: Talk, app: App, tokens: Tokens, known: Mapping[str, str]) -> Granted:
        """The page that is chosen, with the page's own token, which has no end."""
        api = Api(
            f"{self.at['api']}/{VERSION}", self.title, self.http, {"Authorization": f"Bearer {tokens.access}"}
        )
        self.check_scopes(self._rights(api))
        pages = {number: page for page in self._pages(api) for number in [self.number(page)] if number}
        names = {number: self.name(page) for number, page in pages.items()}
        chosen = pick(talk, t("Yang mana?", "Which one?"), names, self.none())
        token = pages[chosen].get("access_token")
        if not token:
            raise InputError(t("Facebook tidak memberi token untuk {n}; perlu hak membuat konten di halaman itu",
                               "Facebook gave no token for {n}; the right to create content there is needed",
                               n=names[chosen]))  # fmt: skip
        settings = {self.account_setting: chosen}
        if "api" in self.changed:
            settings["base_url"] = self.at["api"]
        return Granted(settings, {self.setting: Kept(str(token))})

    def number(self, page: Mapping[str, Any]) -> str:
        """The number of what will be posted to; empty where a page has none."""
        return str(page.get("id", ""))

    def name(self, page: Mapping[str, Any]) -> str:
        """Its name for the person."""
        return str(page.get("name", ""))

    def none(self) -> str:
        """What to say where there is none."""
        return t("akun Facebook ini tidak mengelola halaman mana pun, atau tidak ada yang dicentang saat menyetujui",
                 "this Facebook account manages no page, or none was ticked in the consent")  # fmt: skip

    def _rights(self, api: Api) -> frozenset[str]:
        listed = api.call("GET", "/me/permissions").get("data", [])
        return frozenset(str(row.get("permission")) for row in listed if row.get("status") == "granted")

    def _pages(self, api: Api) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        query = {"fields": self.page_fields, "limit": "100"}
        for _ in range(PAGES):
            answer = api.call("GET", f"/me/accounts?{urlencode(query)}")
            found += answer.get("data", [])
            after = ((answer.get("paging") or {}).get("cursors") or {}).get("after")
            if not after or not (answer.get("paging") or {}).get("next"):
                break
            query["after"] = str(after)
        return found


class InstagramFlow(FacebookFlow):
    """An Instagram professional account, by the page that it belongs to."""

    platform: ClassVar[str] = "instagram"
    title: ClassVar[str] = "Instagram"
    scopes: ClassVar[tuple[str, ...]] = (
        "pages_show_list",
        "pages_read_engagement",
        "instagram_basic",
        "instagram_content_publish",
    )
    page_fields: ClassVar[str] = "id,name,access_token,instagram_business_account{id,username}"
    account_setting: ClassVar[str] = "user_id"

    def number(self, page: Mapping[str, Any]) -> str:
        """The Instagram account's number."""
        return str((page.get("instagram_business_account") or {}).get("id", ""))

    def name(self, page: Mapping[str, Any]) -> str:
        """Its name, with the page's."""
        return f"@{page['instagram_business_account'].get('username', '?')} · {page.get('name', '')}"

    def none(self) -> str:
        """What to say where there is none."""
        return t("tidak ada akun Instagram profesional yang terhubung ke halaman Facebook Anda; hubungkan di "
                 "pengaturan halaman itu",
                 "no professional Instagram account is linked to your Facebook pages; link it in the page's "
                 "settings")  # fmt: skip
