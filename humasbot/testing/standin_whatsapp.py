"""A stand-in of WhatsApp's Cloud API: one number with one approved template, with the refusals that we count on.

Its answers and our requests are held to the official OpenAPI description by ``tests/live/test_whatsapp_contract.py``.
"""

import re
from hashlib import sha256
from itertools import count
from typing import Any

from humasbot.testing.standin import Reply, Request, StandIn

NUMBER_ID = "106540352242922"
TOKEN = "EAAcontohtokensistemyangrahasia"  # noqa: S105 - the stand-in's own


def refusal(code: int, message: str, status: int = 400) -> Reply:
    """An error as the Graph API words it."""
    error = {
        "message": f"(#{code}) {message}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "Az8or2yhqkZ",
    }
    return Reply(status, {"error": error})


class WhatsAppStandIn(StandIn):
    """Keeps every message as ``to``, ``text`` (the body's values filled in), ``picture`` and ``id``; ``told`` is what a
    status of it gives back."""

    body = "Kabar dari Diskominfo: {{1}} Balas BERHENTI untuk berhenti."

    def __init__(self) -> None:
        super().__init__()
        self.media: dict[str, bytes] = {}
        self.template = {"name": "pengumuman", "language": "id"}
        self.people: dict[str, tuple[int, str]] = {}
        """What is answered for a number: code and words."""
        self._ids = count(1)

    def handle(self, request: Request) -> Reply:
        """Carry out one call."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(190, "Invalid OAuth access token.", 401)
        place = rf"/v\d+\.\d/{NUMBER_ID}"
        if request.at("GET", place):
            number = {
                "id": NUMBER_ID,
                "display_phone_number": "+62 812-3456-7890",
                "verified_name": "Diskominfo",
            }
            return Reply(200, {**number, "quality_rating": "GREEN"})
        if request.at("POST", f"{place}/media"):
            return self._upload(request)
        if request.at("POST", f"{place}/messages"):
            return self._message(request.json())
        return refusal(100, "Unsupported request")

    def _upload(self, request: Request) -> Reply:
        parts = request.parts()
        if parts.get("messaging_product") != b"whatsapp" or not parts.get("file"):
            return refusal(100, "Invalid parameter")
        number = str(next(self._ids) + 4490709327384000)
        self.media[number] = parts["file"]
        return Reply(200, {"id": number})

    def _message(self, message: dict[str, Any]) -> Reply:
        to = str(message["to"])
        template = message["template"]
        if {"name": template["name"], "language": template["language"]["code"]} != self.template:
            return refusal(132001, "Template name does not exist in the translation", 404)
        if to in self.people:
            return refusal(*self.people[to])
        picture, values = "", []
        for part in template["components"]:
            if part["type"] == "header":
                number = part["parameters"][0]["image"]["id"]
                if number not in self.media:
                    return refusal(131053, "Media upload error")
                picture = sha256(self.media[number]).hexdigest()
            else:
                values = [str(value["text"]) for value in part["parameters"]]
        if any(not value or re.search(r"[\n\t]| {5}", value) for value in values):
            return refusal(
                132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            )
        if len(values) != self.body.count("{{"):
            return refusal(132000, "Number of parameters does not match the expected number of params")
        text = re.sub(r"\{\{(\d+)\}\}", lambda found: values[int(found[1]) - 1], self.body)
        if len(text) > 1024:
            return refusal(132005, "Translated text too long")
        number = f"wamid.HBgN{next(self._ids):08}"
        kept = {"id": number, "to": to, "text": text, "values": values, "picture": picture}
        self.accepted.append({**kept, "told": message.get("biz_opaque_callback_data", "")})
        contact = {"input": to, "wa_id": to.lstrip("+")}
        return Reply(
            200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": number}]}
        )
