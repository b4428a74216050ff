"""S3-compatible storage: three calls and an address that opens itself, signed with AWS Signature Version 4.

Signing is some thirty lines of HMAC (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
sigv4-query-string-auth.html, read 2026-11-22), so no SDK of many megabytes is needed for it.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit
from xml.sax.saxutils import unescape

from humasbot.errors import AuthExpired, Retryable
from humasbot.net import Answer, Http, NetError
from humasbot.words import t

NOTHING = sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
PAGE = 1000
LONGEST = timedelta(days=7)
"""The longest life of a presigned address (same pages)."""


class Signer:
    """Signs requests of one key for one region."""

    def __init__(self, key: str, secret: str, region: str) -> None:
        self.key = key
        self.region = region
        self._secret = secret

    def headers(
        self, method: str, url: str, headers: Mapping[str, str], payload: str, now: datetime
    ) -> dict[str, str]:
        """*headers* with date, payload hash (hexadecimal SHA-256) and signature; ``Host`` is signed, not returned."""
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        sent = {**headers, "x-amz-content-sha256": payload, "x-amz-date": stamp}
        parts = urlsplit(url)
        lower = {name.lower(): " ".join(value.split()) for name, value in sent.items()} | {
            "host": parts.netloc
        }
        names = ";".join(sorted(lower))
        request = _canonical(
            method, parts.path, parse_qsl(parts.query, keep_blank_values=True), lower, payload
        )
        scope = self._scope(stamp)
        sent["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, "
            f"Signature={self._signature(stamp, request)}"
        )
        return sent

    def presigned(self, url: str, life: timedelta, now: datetime) -> str:
        """*url* with a signature in its query, by which anybody may read it until *life* is over."""
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        query = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", f"{self.key}/{self._scope(stamp)}"),
            ("X-Amz-Date", stamp),
            ("X-Amz-Expires", str(int(min(life, LONGEST).total_seconds()))),
            ("X-Amz-SignedHeaders", "host"),
        ]
        parts = urlsplit(url)
        request = _canonical("GET", parts.path, query, {"host": parts.netloc}, UNSIGNED)
        return f"{url}?{_query(query)}&X-Amz-Signature={self._signature(stamp, request)}"

    def _scope(self, stamp: str) -> str:
        return f"{stamp[:8]}/{self.region}/s3/aws4_request"

    def _signature(self, stamp: str, request: str) -> str:
        digest = sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{self._scope(stamp)}\n{digest}"
        secret = f"AWS4{self._secret}".encode()
        for part in (stamp[:8], self.region, "s3", "aws4_request", text):
            secret = hmac.digest(secret, part.encode(), "sha256")
        return secret.hex()


def _canonical(
    method: str, path: str, query: list[tuple[str, str]], headers: Mapping[str, str], payload: str
) -> str:
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    # The path is given encoded already; S3, unlike other services, encodes it once only.
    return "\n".join((method, path or "/", _query(query), *lines, "", ";".join(sorted(headers)), payload))


def _query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted((_safe(n), _safe(v)) for n, v in pairs))


def _safe(text: str) -> str:
    return quote(text, safe="-_.~")


class Bucket:
    """One bucket, addressed by path (``endpoint/bucket/name``), which every S3-compatible service understands."""

    def __init__(self, endpoint: str, name: str, signer: Signer, http: Http) -> None:
        self.address = f"{endpoint.rstrip('/')}/{_safe(name)}"
        self.name = name
        self._signer = signer
        self._http = http

    def put(self, name: str, data: bytes, mime: str) -> None:
        """Keep *data* as *name*, whole or not at all."""
        self._call("PUT", f"/{_safe(name)}", data, {"Content-Type": mime})

    def has(self, name: str) -> bool:
        """Whether *name* is there; a key that may not list is told 403 of what is not."""
        try:
            return self._call("HEAD", f"/{_safe(name)}", missing=True).status != 404
        except AuthExpired:
            return False

    def delete(self, name: str) -> None:
        """Take *name* away; already gone counts as done."""
        self._call("DELETE", f"/{_safe(name)}", missing=True)

    def names(self, prefix: str) -> list[tuple[str, datetime]]:
        """Up to a thousand names that start with *prefix*, each with when it was written (aware, UTC)."""
        query = _query([("list-type", "2"), ("max-keys", str(PAGE)), ("prefix", prefix)])
        body = self._call("GET", f"?{query}").body.decode("utf-8", "replace")
        found = []
        for entry in re.findall(r"<Contents>(.*?)</Contents>", body, re.DOTALL):
            key, written = (
                re.search(f"<{tag}>(.*?)</{tag}>", entry, re.DOTALL) for tag in ("Key", "LastModified")
            )
            if key and written:
                found.append((unescape(key[1]), datetime.fromisoformat(written[1]).astimezone(UTC)))
        return found

    def presigned(self, name: str, life: timedelta) -> str:
        """An address at which anybody may read *name* until *life* is over."""
        return self._signer.presigned(f"{self.address}/{_safe(name)}", life, datetime.now(UTC))

    def _call(
        self,
        method: str,
        path: str,
        data: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        missing: bool = False,
    ) -> Answer:
        """One signed request.

        Raises :class:`~humasbot.errors.AuthExpired` where the key is refused, :class:`~humasbot.errors.Retryable`
        for every other fault; with *missing*, a 404 is an answer too.
        """
        url = self.address + path
        payload = sha256(data).hexdigest() if data else NOTHING
        signed = self._signer.headers(method, url, headers or {}, payload, datetime.now(UTC))
        try:
            answer = self._http.request(method, url, headers=signed, body=data or None)
        except NetError as error:
            raise Retryable(
                t("penyimpanan S3 {b}: {why}", "the S3 storage {b}: {why}", b=self.name, why=error)
            ) from None
        if 200 <= answer.status < 300 or (missing and answer.status == 404):
            return answer
        code = re.search(rb"<Code>(\w{1,60})</Code>", answer.body)
        words = t(
            "penyimpanan S3 {b} menolak: HTTP {status} {code}; periksa setelan s3_…",
            "the S3 storage {b} refuses: HTTP {status} {code}; check the settings s3_…",
            b=self.name,
            status=answer.status,
            code=code[1].decode() if code else "",
        )
        kind = AuthExpired if answer.status in (401, 403) else Retryable
        raise kind(words, status=answer.status)
