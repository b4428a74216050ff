"""What the tests of the Telegram publisher share."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from humasbot.content import Outgoing
from humasbot.errors import PublishError
from humasbot.net import Http
from humasbot.platforms.telegram import Telegram
from humasbot.testing import Fault, Notes, Seen, StandInHarness, When, picture
from humasbot.testing.standin_telegram import TelegramStandIn, bad, refusal

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LONG = "Loket Dukcapil buka Sabtu.\n\n" + "Bawa KTP & kartu keluarga 🇮🇩. " * 60
SENDING = "POST .*/send"
PHOTO, TEXT, ALBUM = "POST .*/sendPhoto", "POST .*/sendMessage", "POST .*/sendMediaGroup"


class TelegramHarness(StandInHarness):
    platform = Telegram
    server: TelegramStandIn
    calls: ClassVar = {
        When.PREPARING: "there is no preparing",
        When.PUBLISHING: SENDING,
        When.LOOKING: "POST .*/(get|delete)",
        When.EDITING: "POST .*/edit",
    }
    refusals: ClassVar = {
        Fault.RATE_LIMIT: refusal(429, "Too Many Requests: retry after 17", retry_after=17),
        Fault.AUTH_DEAD: refusal(401, "Unauthorized"),
        Fault.REFUSED: bad("PHOTO_INVALID_DIMENSIONS"),
    }

    def posts(self) -> list[Seen]:
        """Messages that belong together are one post: an album, and a text in reply to pictures."""
        groups: list[list[dict[str, Any]]] = []
        for message in self.server.accepted:
            for group in groups:
                album = message["album"] and message["album"] == group[0]["album"]
                if album or message["reply_to"] == group[0]["message_id"]:
                    group.append(message)
                    break
            else:
                groups.append([message])
        return [self._seen(group) for group in groups]

    def _seen(self, group: list[dict[str, Any]]) -> Seen:
        photos = [m for m in group if m["photo"]] or group[:1]
        text = [m for m in group if m not in photos]
        return Seen(
            "+".join(",".join(str(m["message_id"]) for m in part) for part in (photos, text) if part),
            (text or photos)[0]["text"],
            pictures=tuple(m["photo"] for m in photos if m["photo"]),
            url=f"https://t.me/kabar_uji/{photos[0]['message_id']}",
        )

    def answers(self, remote_id: str) -> list[Seen]:
        """The messages that answer one of the post's, other than the text of a long post itself."""
        ids = re.split("[,+]", remote_id)
        return [
            self._seen([m]) for m in self.server.accepted
            if str(m["reply_to"]) in ids and str(m["message_id"]) not in ids
        ]  # fmt: skip

    def uploads(self) -> int:
        return 0


class LongHarness(TelegramHarness):
    """Every sample with pictures has a text that is too long for a caption."""

    def outgoing(self, n: int, pictures: int = 0) -> Outgoing:
        sample = super().outgoing(n, pictures)
        return replace(sample, text=f"{sample.text}\n\n{LONG.strip()}") if pictures else sample


def settings(server: TelegramStandIn) -> dict[str, str]:
    return {"chat": "@kabar_uji", "token": server.token, "base_url": server.url}


def telegram(server: TelegramStandIn, **more: str) -> Telegram:
    return Telegram.from_settings(settings(server) | more, Http(read=2))


def post(text: str = "Loket buka hari Senin", pictures: int = 0, **more: Any) -> Outgoing:
    return Outgoing("kunci", text, more.pop("due", NOW), media=tuple(map(picture, range(pictures))), **more)


def error_of(publisher: Telegram, outgoing: Outgoing, notes: Notes | None = None) -> PublishError:
    with pytest.raises(PublishError) as caught:
        publisher.publish(outgoing, notes or Notes())
    return caught.value
