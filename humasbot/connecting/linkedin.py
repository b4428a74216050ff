"""LinkedIn: an organisation's page, by a member who administers it.

learn.microsoft.com/en-us/linkedin/shared/authentication/{authorization-code-flow,programmatic-refresh-tokens}: access
tokens live 60 days; refresh tokens, for approved partners only, a year from the first consent, and are not replaced.
PKCE is another product there, so the app's secret and the state guard the flow. /linkedin/marketing/
community-management/organizations/organization-access-control-by-role: whom a member may speak for. Read 2026-11-22.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from humasbot.connecting.base import Granted, Talk
from humasbot.connecting.code_flow import CodeFlow, pick
from humasbot.connecting.oauth import App, Tokens
from humasbot.keyring import REFRESH, Kept
from humasbot.platforms.http import Api
from humasbot.platforms.linkedin_api import VERSION
from humasbot.words import t


class LinkedInFlow(CodeFlow):
    """An organisation's page on LinkedIn."""

    platform: ClassVar[str] = "linkedin"
    title: ClassVar[str] = "LinkedIn"
    addresses: ClassVar[Mapping[str, str]] = {
        "authorize": "https://www.linkedin.com/oauth/v2/authorization",
        "token": "https://www.linkedin.com/oauth/v2/accessToken",
        "api": "https://api.linkedin.com",
    }
    scopes: ClassVar[tuple[str, ...]] = (
        "w_organization_social",
        "r_organization_social",
        "rw_organization_admin",
    )
    pkce: ClassVar[bool] = False
    console: ClassVar[str] = "https://www.linkedin.com/developers/apps"

    def granted(self, talk: Talk, app: App, tokens: Tokens, known: Mapping[str, str]) -> Granted:
        """The token, and the page that is chosen."""
        number = pick(
            talk,
            t("Halaman mana?", "Which page?"),
            self._pages(tokens.access),
            t("akun LinkedIn ini bukan admin halaman mana pun; minta dijadikan admin (ADMINISTRATOR) halaman kantor",
              "this LinkedIn account administers no page; have it made an ADMINISTRATOR of the office's page"),
        )  # fmt: skip
        settings = {"organization": number}
        if "api" in self.changed:
            settings["base_url"] = self.at["api"]
        return Granted(
            settings, self.kept(app, tokens), self.renew_at(tokens.expires_at) if tokens.refresh else None
        )

    def _pages(self, token: str) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        api = Api(f"{self.at['api']}/rest", self.title, self.http, headers)
        found = api.call(
            "GET", "/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&count=100"
        )
        pages: dict[str, str] = {}
        for element in found.get("elements", []) if isinstance(found, dict) else []:
            number = str(element.get("organization", "")).rpartition(":")[2]
            if number.isdecimal():
                page: Any = api.call("GET", f"/organizations/{quote(number, safe='')}")
                pages[number] = str(page.get("localizedName") or number) if isinstance(page, dict) else number
        return pages

    def renew(self, secrets: Mapping[str, Kept]) -> Granted | None:
        """See :meth:`Flow.renew`; only approved apps were given a refresh token."""
        return self.refreshed(secrets)

    def spends(self, secrets: Mapping[str, Kept]) -> str:
        """The refresh token, which may be shown again."""
        return secrets[REFRESH].value if REFRESH in secrets else ""
