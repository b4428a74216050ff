"""A stand-in of Telegram's Bot API: one bot in one channel, with the limits and refusals that we count on.

Written from the official description of Bot API 10.1 (core.telegram.org/bots/api); its answers and our requests are
held to the machine-readable copy of that page by ``tests/live/test_telegram_contract.py``.
"""

import json
import re
import time
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from humasbot.testing.standin import Reply, Request, StandIn

DAYS = timedelta(hours=48)
_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories "
    "can_post_messages can_edit_messages"
)


def refusal(code: int, description: str, **parameters: int) -> Reply:
    """An error as the Bot API words it."""
    told = {"parameters": parameters} if parameters else {}
    return Reply(code, {"ok": False, "error_code": code, "description": description, **told})


def bad(description: str) -> Reply:
    """A refused request."""
    return refusal(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


class TelegramStandIn(StandIn):
    """The bot's world; ``accepted`` are the messages that the channel shows, oldest first.

    Each has ``message_id``, ``date`` (unix), ``text`` (caption or text), ``photo`` (SHA-256 of its bytes, or ``""``),
    ``album``, ``reply_to``, and ``wish`` – the parameters that it was sent with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.token = "271828:AAE-uji_rahasia-token-bot-0123456789"  # noqa: S105 – opens nothing
        self.me = {"id": 271828, "is_bot": True, "first_name": "Humas Uji", "username": "humas_uji_bot"}
        self.chat: dict[str, Any] = {
            "id": -1001234567890,
            "type": "channel",
            "title": "Kabar Uji",
            "username": "kabar_uji",
        }
        self.member: dict[str, Any] = {
            "status": "administrator",
            **dict.fromkeys(_RIGHTS.split(), True),
        }
        self.permissions: dict[str, bool] = {}
        self.calls: list[tuple[str, dict[str, Any], Any]] = []
        """Method, parameters and result of every call that was carried out."""
        self._ids = count(11)

    def handle(self, request: Request) -> Reply:
        """Carry out one method of the Bot API."""
        found = re.fullmatch(r"/bot(\d+:[\w-]+)/(\w+)", request.path)
        if found is None or request.method != "POST":
            return refusal(404, "Not Found")
        if found[1] != self.token:
            return refusal(401, "Unauthorized")
        method = getattr(self, re.sub("([A-Z])", r"_\1", f"_{found[2]}").lower(), None)
        if method is None:
            return refusal(404, "Not Found: method not found")
        parameters, files = self._parameters(request)
        if "chat_id" in parameters and str(parameters["chat_id"]) not in self._names():
            return bad("chat not found")
        result = method(parameters, files)
        if isinstance(result, Reply):
            return result
        self.calls.append((found[2], {**parameters, **dict.fromkeys(files, b"")}, result))
        return Reply(200, {"ok": True, "result": result})

    def age(self, by: timedelta) -> None:
        """Make every message look *by* older."""
        for message in self.accepted:
            message["date"] -= int(by.total_seconds())

    def _names(self) -> tuple[str, str]:
        return str(self.chat["id"]), f"@{self.chat.get('username')}"

    @staticmethod
    def _parameters(request: Request) -> tuple[dict[str, Any], dict[str, bytes]]:
        """What was asked for, and the files that came along."""
        if request.headers.get("content-type", "").startswith("application/json"):
            return request.json(), {}
        parts = request.parts()
        files = {name: data for name, data in parts.items() if re.fullmatch(r"photo\d*", name)}
        texts = {name: data.decode() for name, data in parts.items() if name not in files}
        structured = ("media", "reply_parameters", "link_preview_options", "disable_notification")
        return {n: json.loads(v) if n in structured else v for n, v in texts.items()}, files

    # --- the methods, by Telegram's names in Python's spelling ------------------------------------------------------

    def _get_me(self, _wish: dict[str, Any], _files: object) -> Any:
        return self.me

    def _get_chat(self, _wish: dict[str, Any], _files: object) -> Any:
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        full = {
            "accent_color_id": 1,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }
        permissions = {"permissions": self.permissions} if self.permissions else {}
        return {**self.chat, **full, **permissions}

    def _get_chat_member(self, wish: dict[str, Any], _files: object) -> Any:
        if wish.get("user_id") != self.me["id"]:
            return bad("user not found")
        return {**self.member, "user": self.me}

    def _send_message(self, wish: dict[str, Any], _files: object) -> Any:
        text = str(wish.get("text", "")).strip()
        if not text:
            return bad("message text is empty")
        if units(text) > 4096:
            return bad("message is too long")
        return self._shown(wish, text)

    def _send_photo(self, wish: dict[str, Any], files: dict[str, bytes]) -> Any:
        fault = self._fault_of(files.get("photo", b""), str(wish.get("caption", "")))
        return fault or self._shown(wish, str(wish.get("caption", "")).strip(), files["photo"])

    def _send_media_group(self, wish: dict[str, Any], files: dict[str, bytes]) -> Any:
        album = wish.get("media", [])
        if not 2 <= len(album) <= 10:
            return bad("wrong number of items in the album")
        named = [(item, files.get(item["media"].removeprefix("attach://"), b"")) for item in album]
        for item, data in named:
            if fault := self._fault_of(data, item.get("caption", "")):
                return fault
        group = str(next(self._ids) * 7)
        return [self._shown(wish, item.get("caption", "").strip(), data, group) for item, data in named]

    def _edit_message_text(self, wish: dict[str, Any], _files: object) -> Any:
        return self._edited(wish, wish["text"].strip(), 4096, photo=False)

    def _edit_message_caption(self, wish: dict[str, Any], _files: object) -> Any:
        return self._edited(wish, wish.get("caption", "").strip(), 1024, photo=True)

    def _delete_message(self, wish: dict[str, Any], _files: object) -> Any:
        message = self._message(wish["message_id"])
        if message is None:
            return bad("message to delete not found")
        if time.time() - message["date"] > DAYS.total_seconds():
            return bad("message can't be deleted for everyone")
        self.accepted.remove(message)
        return True

    # --- what they share --------------------------------------------------------------------------------------------

    @staticmethod
    def _fault_of(data: bytes, caption: str) -> Reply | None:
        if not data.startswith((b"\xff\xd8\xff", b"\x89PNG")):
            return bad("IMAGE_PROCESS_FAILED")
        if len(data) > 10_000_000:
            return refusal(413, "Request Entity Too Large")
        return bad("message caption is too long") if units(caption.strip()) > 1024 else None

    def _message(self, number: int) -> dict[str, Any] | None:
        return next((m for m in self.accepted if m["message_id"] == int(number)), None)

    def _edited(self, wish: dict[str, Any], text: str, most: int, *, photo: bool) -> Any:
        message = self._message(wish["message_id"])
        if message is None:
            return bad("message to edit not found")
        if bool(message["photo"]) != photo:
            return bad(
                "there is no text in the message to edit" if message["photo"] else "no caption to edit"
            )
        if units(text) > most:
            return bad("MESSAGE_TOO_LONG")
        if message["text"] == text:
            return bad("message is not modified: specified new message content is exactly the same")
        message["text"] = text
        return self._told(message)

    def _shown(self, wish: dict[str, Any], text: str, data: bytes = b"", album: str = "") -> Any:
        reply = wish.get("reply_parameters") or {}
        if (
            reply
            and self._message(reply["message_id"]) is None
            and not reply.get("allow_sending_without_reply")
        ):
            return bad("message to be replied not found")
        message = {
            "message_id": next(self._ids),
            "date": int(time.time()),
            "text": text,
            "photo": sha256(data).hexdigest() if data else "",
            "album": album,
            "reply_to": reply.get("message_id"),
            "wish": wish,
        }
        self.accepted.append(message)
        return self._told(message)

    def _told(self, message: dict[str, Any]) -> dict[str, Any]:
        """The ``Message`` of an answer."""
        told: dict[str, Any] = {n: message[n] for n in ("message_id", "date")} | {"chat": self.chat}
        if not message["photo"]:
            return told | {"text": message["text"]}
        size = {"file_id": "f", "file_unique_id": "u", "width": 640, "height": 640}
        caption = {"caption": message["text"]} if message["text"] else {}
        return told | {"photo": [size]} | caption
