"""Webhook: a signed POST to another government system or a village's site; ``docs/WEBHOOK.md`` is its specification.

``Outgoing.key`` travels as ``Idempotency-Key``, so a receiver that keeps the specification stores one post however
often it is sent, and answers ``GET url?key=…`` with what it stored. Pictures travel inside the JSON, as base64: whole
requests stay below 8 MiB, which PHP takes by default (``post_max_size``, php.net/manual/en/ini.core.php).
"""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlsplit

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, PublishError, Rejected, Retryable
from humasbot.net import Answer, Forbidden, Http, NetError, safe_url
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import from_network, meaning, read_error, unreadable
from humasbot.words import t

TITLE = "Webhook"
VERSION = 1
PROBE = "humasbot-periksa"
"""A key that no post has; asking for it tells whether the receiver knows our signature."""
WINDOW_SECONDS = 300
"""How far a receiver lets our clock and its own be apart."""
SEND_SECONDS = 60.0
SHORTEST_SECRET = 16


def sign(secret: str, timestamp: int, content: bytes) -> str:
    """The value of ``X-Humasbot-Signature`` for *content*, which is a POST's body, or the key that a GET asks for."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + content, hashlib.sha256).hexdigest()
    return f"v1={digest}"


class Webhook(Publisher):
    """One receiver; see the module."""

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "real server"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "alamat penerima (https)", "the receiver's address (https)"),
        Setting(
            "secret",
            "rahasia bersama untuk tanda tangan, paling sedikit 16 karakter",
            "shared secret for the signature, at least 16 characters",
            secret=True,
        ),
        Setting("agency", "nama instansi pengirim", "name of the office that sends", required=False),
        Setting(
            "allow_private",
            "true bila penerima ada di jaringan dalam (boleh juga http)",
            "true if the receiver is on the internal network (http is allowed, too)",
            required=False,
            default="false",
        ),
    )
    limits = Limits(
        max_text=20_000,
        source="docs/WEBHOOK.md (our own specification)",
        as_of=date(2026, 11, 22),
        max_media=4,
        max_media_bytes=1_400_000,
        media_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        max_alt=2_000,
        card_size=(1200, 675),
    )

    def __init__(
        self,
        url: str,
        secret: str,
        agency: str = "",
        http: Http | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = secret
        self._agency = agency
        self._http = http or Http(guard=True)
        self._clock = clock

    def __repr__(self) -> str:
        return f"Webhook({urlsplit(self._url).hostname!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        private = values["allow_private"].lower()
        if private not in ("true", "false"):
            words = t("tulis true atau false", "write true or false")
            problems.append(Problem("allow_private", words))
        if not _usable(values["url"], plain=private == "true"):
            words = t(
                "bukan alamat yang dapat dipakai; tulis misalnya https://desa.contoh.id/humasbot "
                '(http hanya dengan allow_private = "true")',
                "is not an address that can be used; write for example https://village.example.org/humasbot "
                '(http only with allow_private = "true")',
            )
            problems.append(Problem("url", words))
        if len(values["secret"]) < SHORTEST_SECRET:
            words = t("terlalu pendek: paling sedikit 16 karakter", "too short: at least 16 characters")
            problems.append(Problem("secret", words))
        if problems:
            raise ConfigError(*problems)
        http = Http(guard=private != "true")
        return cls(values["url"], values["secret"], values["agency"], http)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """One signed POST."""
        body = json.dumps(self._message(outgoing), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": outgoing.key}
        answer = self._send("POST", self._url, body, headers, body=body, publishing=True)
        return self._receipt(answer, outgoing.key, publishing=True)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """What the receiver stored under the key, whenever that was; ``None`` only for its own JSON answer 404.

        A web server's page that says 404 is no answer to the question: the receiver may be out for repair.
        """
        answer = self._look(outgoing.key)
        return None if answer.status == 404 else self._receipt(answer, outgoing.key, publishing=False)

    def verify(self) -> str:
        """The receiver's host, once it has answered a signed question."""
        self._look(PROBE)
        return str(urlsplit(self._url).hostname)

    def _look(self, key: str) -> Answer:
        """What the receiver says of *key*: its answer of 200, or of 404 in JSON."""
        glue = "&" if urlsplit(self._url).query else "?"
        return self._send(
            "GET", f"{self._url}{glue}key={quote(key, safe='')}", key.encode(), {}, looking=True
        )

    def _message(self, outgoing: Outgoing) -> dict[str, Any]:
        """The body; the same for every attempt."""
        return {
            "version": VERSION,
            "key": outgoing.key,
            "agency": self._agency,
            "title": outgoing.title,
            "text": outgoing.text,
            "link": outgoing.link,
            "language": outgoing.language,
            "due": outgoing.due.astimezone(UTC).isoformat(timespec="seconds"),
            "media": [
                {
                    "mime": media.mime,
                    "alt": media.alt,
                    "width": media.width,
                    "height": media.height,
                    "sha256": media.digest,
                    "data": b64encode(media.data).decode(),
                }
                for media in outgoing.media
            ],
        }

    def _send(
        self,
        method: str,
        url: str,
        signed: bytes,
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
        publishing: bool = False,
        looking: bool = False,
    ) -> Answer:
        moment = int(self._clock())
        stamp = {
            "X-Humasbot-Timestamp": str(moment),
            "X-Humasbot-Signature": sign(self._secret, moment, signed),
        }
        try:
            answer = self._http.request(
                method, url, headers={**headers, **stamp}, body=body, read=SEND_SECONDS
            )
        except Forbidden:
            raise Retryable(
                t(
                    'Webhook: {host} ada di jaringan dalam; bila itu memang penerimanya, setel allow_private = "true"',
                    'Webhook: {host} is on the internal network; if it is the receiver, set allow_private = "true"',
                    host=urlsplit(url).hostname,
                )
            ) from None
        except NetError as error:
            raise from_network(error, publishing=publishing, title=TITLE) from None
        if looking and answer.status == 404 and _object(answer) is not None:
            return answer
        if fault := _fault(answer, publishing=publishing):
            raise fault
        return answer

    def _receipt(self, answer: Answer, key: str, *, publishing: bool) -> Receipt:
        """What the receiver calls the post; where it gives no id the key is the id, and where no address its own."""
        told = _object(answer)
        if told is None:
            raise unreadable(publishing=publishing, title=TITLE, status=answer.status)
        remote_id, url = told.get("id"), told.get("url")
        named = (
            isinstance(remote_id, str | int) and not isinstance(remote_id, bool) and str(remote_id).strip()
        )
        shown = isinstance(url, str) and _usable(url, plain=True)
        return Receipt(str(remote_id) if named else key, str(url) if shown else safe_url(self._url))


def _usable(address: str, *, plain: bool) -> bool:
    """Whether *address* is a whole https one (or http, where *plain*), without user and fragment."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if plain else ("https",)
    clean = not (parts.username or parts.password or parts.fragment or any(c.isspace() for c in address))
    return parts.scheme in schemes and bool(host) and clean


def _object(answer: Answer) -> Mapping[str, Any] | None:
    """The answer's JSON object, if it is one."""
    try:
        told = answer.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _fault(answer: Answer, *, publishing: bool) -> PublishError | None:
    """The common mapping, but 401 and 403 both mean the secret or the clock, and a redirect a wrong address."""
    detail, code = read_error(answer)
    if answer.status in (401, 403):
        words = t(
            "Webhook: penerima menolak tanda tangan; samakan rahasianya, dan jam kedua server (selisih < 5 menit)",
            "Webhook: the receiver refused the signature; make the secrets equal, and both clocks (within 5 minutes)",
        )
        return AuthExpired(words + (f" – {detail[:200]}" if detail else ""), status=answer.status, code=code)
    if 300 <= answer.status < 400:
        # A redirected request was not carried out, and we follow none: its target could be anywhere.
        words = t(
            "Webhook: penerima mengalihkan ke {place}; perbaiki setelan url akun ini",
            "Webhook: the receiver redirects to {place}; correct this account's setting url",
            place=_host(answer.headers.get("location", "")),
        )
        return Rejected(words, status=answer.status)
    return meaning(
        answer.status, publishing=publishing, title=TITLE, detail=detail, headers=answer.headers, code=code
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "?"
    except ValueError:
        return "?"
