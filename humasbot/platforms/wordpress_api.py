"""WordPress' REST interface, asked with an application password, and what its refusals mean."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

from humasbot.errors import AuthExpired, PublishError, Rejected
from humasbot.net import Answer, Http
from humasbot.platforms.http import Api, meaning, shorten
from humasbot.words import t

TITLE = "WordPress"
NAMESPACE = "/wp-json/wp/v2/"


class WordPressApi(Api):
    """The interface of one site for one user."""

    def __init__(self, site: str, user: str, password: str, http: Http) -> None:
        login = b64encode(f"{user}:{password}".encode()).decode()
        super().__init__(site, TITLE, http, {"Authorization": f"Basic {login}"})

    def ask(self, method: str, path: str, **wish: Any) -> Any:
        """As :meth:`Api.call`; *path* starts behind ``/wp-json/wp/v2/``."""
        return self.call(method, NAMESPACE + path, **wish)

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """The common mapping, with WordPress' own codes.

        A redirect, and a 404 that is not WordPress' own, mean a wrong address; a refusal of WordPress itself with
        401 or 403 a dead password or a lacking right. A 403 of anything else (a firewall in front) is about content.
        """
        if 200 <= answer.status < 300:
            return None
        words, code = _refusal(answer)
        if 300 <= answer.status < 400:
            return Rejected(
                t(
                    "WordPress: situs mengalihkan ke {place}; sesuaikan setelan url akun ini",
                    "WordPress: the site redirects to {place}; correct this account's setting url",
                    place=urlsplit(answer.headers.get("location", "")).netloc or "?",
                ),
                status=answer.status,
            )
        if answer.status == 404 and code in (None, "rest_no_route"):
            return AuthExpired(
                t(
                    "WordPress: REST situs tidak ditemukan di {url}; periksa setelan url, dan di situs aktifkan "
                    "permalink selain “Polos”",
                    "WordPress: the site's REST is not at {url}; check the setting url, and on the site choose "
                    "permalinks other than “Plain”",
                    url=self.base + NAMESPACE,
                ),
                status=404,
                code=code,
            )
        if answer.status == 401 or (answer.status == 403 and code is not None):
            return AuthExpired(
                t(
                    "WordPress: ditolak ({words}); periksa nama pengguna, kata sandi aplikasi, dan perannya",
                    "WordPress: refused ({words}); check the user name, the application password and the role",
                    words=shorten(words or f"HTTP {answer.status}", 200),
                ),
                status=answer.status,
                code=code,
            )
        return meaning(
            answer.status, publishing=publishing, title=TITLE, detail=words, headers=answer.headers, code=code
        )


def _refusal(answer: Answer) -> tuple[str, str | None]:
    """WordPress' words and code of an error; no code where the answer is not WordPress' own."""
    try:
        data = answer.json()
    except ValueError:
        return "", None
    if not isinstance(data, dict) or not isinstance(data.get("code"), str):
        return "", None
    return str(data.get("message", "")), data["code"]
