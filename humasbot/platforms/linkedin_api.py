"""LinkedIn's REST interface: dated versions, Rest.li headers, and what its refusals mean."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from humasbot.errors import AuthExpired, PublishError, Retryable, Uncertain
from humasbot.net import Answer, Http, NetError
from humasbot.platforms.http import Api, from_network, meaning, read_error
from humasbot.words import t

TITLE = "LinkedIn"
ADDRESS = "https://api.linkedin.com"
VERSION = "202607"
"""A version lives for at least a year, so to July 2027 (…/linkedin/marketing/versioning, read 2026-11-22)."""
UPLOAD_SECONDS = 90.0
OUTSIDE = "linkedin.com"
DUPLICATE = "DUPLICATE_POST"


class LinkedInApi(Api):
    """One organisation's access; safe to share between threads."""

    def __init__(
        self, token: str, version: str = VERSION, base: str = ADDRESS, http: Http | None = None
    ) -> None:
        headers = {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        super().__init__(base, TITLE, http or Http(), headers)
        self._token = token
        self._version = version

    def __repr__(self) -> str:
        return f"LinkedInApi({self.base!r})"

    def upload(self, address: str, data: bytes, mime: str) -> None:
        """Send a picture's bytes to the *address* that LinkedIn named for them; the token goes to LinkedIn only."""
        if not self._trusted(address):
            words = t("alamat unggahan bukan milik LinkedIn", "the upload address is not LinkedIn's")
            raise Retryable(f"{TITLE}: {words}")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": mime}
        try:
            answer = self.http.request("PUT", address, headers=headers, body=data, read=UPLOAD_SECONDS)
        except NetError as error:
            raise from_network(error, publishing=False, title=TITLE) from None
        if fault := self.explain(answer, publishing=False):
            raise fault

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """By LinkedIn's own codes before the status: rights, sunset versions, duplicates."""
        words, code = read_error(answer)
        code = _code(answer) or code
        words = words.replace(self._token, "…")
        if answer.status == 426:
            sentence = t(
                "LinkedIn: versi API {v} sudah ditutup; ganti setelan version dengan bulan yang lebih baru",
                "LinkedIn: the API version {v} is closed; put a later month into the setting version",
                v=self._version,
            )
            return AuthExpired(sentence, status=426, code=code)
        if answer.status == 403:
            sentence = t("hak aksesnya kurang", "it lacks a right")
            return AuthExpired(
                f"{TITLE}: HTTP 403 – {sentence} ({words or code or '–'})", status=403, code=code
            )
        if publishing and answer.status in (409, 422) and (code == DUPLICATE or "duplicate" in words.lower()):
            return Uncertain(f"{TITLE}: HTTP {answer.status} – {words}", status=answer.status, code=code)
        return meaning(
            answer.status,
            publishing=publishing,
            title=TITLE,
            detail=words,
            headers=answer.headers,
            code=code,
        )

    def _trusted(self, address: str) -> bool:
        try:
            wanted, own = urlsplit(address), urlsplit(self.base)
            host, _ = (wanted.hostname or "").lower(), wanted.port
        except ValueError:
            return False
        if (wanted.scheme, wanted.netloc) == (own.scheme, own.netloc):
            return True
        return wanted.scheme == "https" and (host == OUTSIDE or host.endswith(f".{OUTSIDE}"))


def _code(answer: Answer) -> str | None:
    """LinkedIn's own name for an error: ``code``, beside ``message`` and ``serviceErrorCode``."""
    try:
        data = answer.json()
    except ValueError:
        return None
    found = data.get("code") if isinstance(data, Mapping) else None
    return str(found) if found else None


def encoded(urn: str) -> str:
    """*urn* as a part of a path or a query."""
    return quote(urn, safe="")
