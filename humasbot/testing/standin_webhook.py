"""A receiver of our webhook that keeps ``docs/WEBHOOK.md``: signature, replay window, one post for each key."""

import hmac
import json
import time
from base64 import b64decode
from hashlib import sha256
from typing import Any

from humasbot.testing.standin import Reply, Request, StandIn

WINDOW = 300
FIELDS = {"version", "key", "agency", "title", "text", "link", "language", "due", "media"}


class WebhookStandIn(StandIn):
    """Stores each key once; ``accepted`` are the messages with their ``id`` and ``url``."""

    def __init__(self) -> None:
        super().__init__()
        self.secret = "rahasia-bersama-uji-0123"  # noqa: S105 – opens nothing
        self.path = "/humasbot"

    @property
    def address(self) -> str:
        """What the account's ``url`` is."""
        return self.url + self.path

    def handle(self, request: Request) -> Reply:
        """Carry out one request."""
        if request.path != self.path:
            return Reply(404, "<h1>Not Found</h1>", mime="text/html")
        key = request.first("key")
        if not self._signed(request, request.body if request.method == "POST" else key.encode()):
            return Reply(401, {"error": "signature"})
        if request.method == "GET":
            return self._told(key, 200) or Reply(404, {"error": "no such key"})
        if request.method == "POST":
            return self._store(request)
        return Reply(405, {"error": "method"})

    def _signed(self, request: Request, content: bytes) -> bool:
        stamp = request.headers.get("x-humasbot-timestamp", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > WINDOW:
            return False
        right = "v1=" + hmac.new(self.secret.encode(), f"{stamp}.".encode() + content, sha256).hexdigest()
        return hmac.compare_digest(right, request.headers.get("x-humasbot-signature", ""))

    def _store(self, request: Request) -> Reply:
        try:
            message = json.loads(request.body)
        except ValueError:
            return Reply(400, {"error": "no JSON"})
        if set(message) != FIELDS or request.headers.get("idempotency-key") != message["key"]:
            return Reply(422, {"error": "fields"})
        if known := self._told(message["key"], 200):
            return known
        if fault := _fault(message):
            return Reply(422, {"error": fault})
        number = str(len(self.accepted) + 1)
        self.accepted.append({**message, "id": number, "url": f"{self.url}/kabar/{number}"})
        return self._told(message["key"], 201) or Reply(500)

    def _told(self, key: str, status: int) -> Reply | None:
        for message in self.accepted:
            if message["key"] == key:
                return Reply(status, {"id": message["id"], "url": message["url"]})
        return None


def _fault(message: dict[str, Any]) -> str:
    if not message["text"].strip():
        return "text"
    for picture in message["media"]:
        data = b64decode(picture["data"], validate=True)
        if sha256(data).hexdigest() != picture["sha256"] or not picture["alt"]:
            return "media"
    return ""
