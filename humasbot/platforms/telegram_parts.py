"""What Telegram needs besides calls: how it counts, what a caption holds, hours of silence, ids and addresses."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from humasbot.content import Media, Receipt
from humasbot.errors import Problem, PublishError, Rejected
from humasbot.platforms.http import unreadable
from humasbot.platforms.telegram_api import TITLE, message_ids
from humasbot.platforms.text import cut
from humasbot.words import t

CAPTION = 1024
"""The most a caption holds (core.telegram.org/bots/api#sendphoto, read 2026-11-22)."""
HEADLINE = 200
"""Where the text follows as a message of its own, its first paragraph is cut to this for the caption; our choice."""
SIDES, RATIO = 10_000, 20
"""A photo's width and height together, and the one to the other, at most (same page)."""

PREVIEWS: Mapping[str, Mapping[str, bool]] = {
    "large": {"prefer_large_media": True},
    "small": {"prefer_small_media": True},
    "off": {"is_disabled": True},
}


def count_utf16(text: str) -> int:
    """The length in UTF-16 units, by which Telegram counts (core.telegram.org/bots/api#messageentity)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits_caption(text: str) -> bool:
    """Whether *text* can stand under its pictures."""
    return count_utf16(text) <= CAPTION


def caption_of(text: str) -> str:
    """The headline of a text that is too long for a caption; may be empty."""
    first = re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0]
    return cut(first, lambda part: count_utf16(part) <= HEADLINE)


def check_picture(media: Media) -> list[str]:
    """What Telegram has against the sides of *media*."""
    problems = []
    if media.width + media.height > SIDES:
        problems.append(
            t(
                "lebar dan tinggi bersama {n} piksel, paling banyak {max}",
                "width and height together are {n} pixels, at most {max}",
                n=media.width + media.height,
                max=SIDES,
            )
        )
    if max(media.width, media.height) > RATIO * min(media.width, media.height):
        problems.append(t("terlalu pipih: lebih dari 20 banding 1", "too narrow: more than 20 to 1"))
    return problems


@dataclass(frozen=True, slots=True)
class Night:
    """The local hours in which a post makes no sound; may go over midnight."""

    start: time
    end: time
    zone: ZoneInfo

    def covers(self, moment: datetime) -> bool:
        """Whether *moment* (aware) lies in them; the end does not."""
        local = moment.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def night(start: str, end: str, zone: str, problems: list[Problem]) -> Night | None:
    """The hours from the settings; ``None`` when there are none. Adds to *problems* what cannot be used."""
    found: list[time] = []
    for where, value, other in (("silent_from", start, end), ("silent_until", end, start)):
        if not value and not other:
            continue
        shape = re.fullmatch(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?", value)
        if shape:
            found.append(time(int(shape[1]), int(shape[2] or 0)))
        else:
            problems.append(Problem(where, t("tulis jam seperti 21:00", "write an hour like 21:00")))
    if len(found) == 2 and found[0] == found[1]:
        words = t("sama dengan silent_from", "is the same as silent_from")
        problems.append(Problem("silent_until", words))
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(Problem("zone", t("harus seperti Asia/Jakarta", "must look like Asia/Jakarta")))
        return None
    return Night(found[0], found[1], place) if len(found) == 2 else None


def chat_id(value: str, problems: list[Problem]) -> int | str:
    """The chat as the Bot API takes it, from ``@name``, a ``t.me`` address or a number; adds to *problems*."""
    if re.fullmatch(r"-?\d{1,20}", value, re.ASCII):
        return int(value)
    name = re.fullmatch(r"(?:https://t\.me/|@)([A-Za-z]\w{3,31})/?", value, re.ASCII)
    if name is None:
        words = t(
            "tulis @namakanal, atau nomor seperti -1001234567890",
            "write @channelname, or a number like -1001234567890",
        )
        problems.append(Problem("chat", words))
        return ""
    return f"@{name[1]}"


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages of one call that are now public: their ids, the first one's address and unix time (0 if unknown)."""

    ids: tuple[int, ...]
    url: str
    at: int

    @property
    def moment(self) -> datetime | None:
        """When, in UTC."""
        return datetime.fromtimestamp(self.at, UTC) if self.at else None

    def to_json(self) -> str:
        """For the checkpoint."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, saved: str) -> "Sent":
        """From the checkpoint."""
        values = json.loads(saved)
        return cls(tuple(values["ids"]), values["url"], values["at"])


def sent_from(result: Any) -> Sent:
    """What a publishing call's ``result`` says is public; raises as for a lost answer when it cannot be read."""
    ids = tuple(message_ids(result))
    first = result[0] if isinstance(result, list) else result
    chat, at = first.get("chat"), first.get("date")
    if not isinstance(chat, dict) or type(chat.get("id")) is not int:
        raise unreadable(publishing=True, title=TITLE)
    return Sent(ids, _address(chat, ids[0]), at if type(at) is int and 0 < at < 1 << 36 else 0)


def _address(chat: dict[str, Any], message: int) -> str:
    """Where a person opens *message*: public chats by name, private ones by number, for members only.

    Messages of a plain group have no address of their own; there it is the group's.
    """
    if chat.get("username"):
        return f"https://t.me/{chat['username']}/{message}"
    number = str(chat["id"])
    if number.startswith("-100"):
        return f"https://t.me/c/{number.removeprefix('-100')}/{message}"
    return f"https://web.telegram.org/k/#{number}"


def read_id(receipt: Receipt) -> tuple[list[int], int | None]:
    """The messages that a receipt names: those before the ``+``, and the text that followed them, if any.

    Raises :class:`~humasbot.errors.Rejected` for a receipt that no publication of ours made.
    """
    found = re.fullmatch(r"(\d+(?:,\d+)*)(?:\+(\d+))?", receipt.remote_id, re.ASCII)
    if found is None:
        raise Rejected(
            t(
                "Telegram: nomor pesan tidak diketahui; ubah atau hapus sendiri di aplikasi: {url}",
                "Telegram: the message's number is not known; change or delete it yourself in the app: {url}",
                url=receipt.url,
            )
        )
    return [int(number) for number in found[1].split(",")], int(found[2]) if found[2] else None


def may_post(chat: Mapping[str, Any], member: Mapping[str, Any]) -> bool:
    """Whether the bot, as *member* of *chat*, may post there."""
    status = member.get("status")
    if chat.get("type") == "channel":
        return status == "creator" or (status == "administrator" and member.get("can_post_messages") is True)
    if status == "restricted":
        return member.get("is_member") is True and member.get("can_send_messages") is True
    everyone = chat.get("permissions")
    may = everyone.get("can_send_messages", True) if isinstance(everyone, dict) else True
    return status in ("creator", "administrator") or (status == "member" and may is True)


def with_words(error: PublishError, words: str) -> PublishError:
    """*error* with more to say."""
    error.args = (f"{error}; {words}",)
    return error
