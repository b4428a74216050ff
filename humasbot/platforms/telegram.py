"""Telegram: a bot posts into one channel or group.

Texts go out as they are, without ``parse_mode``, so that nothing in them has to be escaped and nothing in them is
lost. A text that is too long for a caption is sent as a message of its own, in reply to its pictures, which then carry
its first paragraph as a headline; the pictures' ids are saved in between, so that they are never sent twice.

A bot cannot read what was posted in a channel (the Bot API has no such method), so there is no ``find_existing``:
after a lost answer a person looks. Telegram shows no alternative texts; the pictures' ``alt`` stays with us.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Self

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, PublishError, Rejected, Uncertain
from humasbot.net import Http
from humasbot.platforms.base import Publisher, Setting, check_limits, read_settings
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.telegram_api import API, TITLE, BotApi, is_token, message_ids
from humasbot.platforms.telegram_parts import (
    PREVIEWS,
    Night,
    Sent,
    caption_of,
    chat_id,
    check_picture,
    count_utf16,
    fits_caption,
    may_post,
    night,
    read_id,
    sent_from,
    with_words,
)
from humasbot.words import t

PHOTOS = "photos"
"""The step after which the pictures of a long text are public."""


class Telegram(Publisher):
    """One channel or group, written to by a bot; see the module."""

    name: ClassVar[str] = "telegram"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "official contract"
    revoke_at: ClassVar[str] = "https://t.me/BotFather (/revoke)"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "chat",
            "kanal atau grup: @nama atau nomornya",
            "channel or group: @name or its number",
            example="@namakanal",
        ),
        Setting(
            "token",
            "token bot dari @BotFather",
            "the bot's token from @BotFather",
            secret=True,
            example="123456789:AAcontohcontohcontohcontohcontohcon",
        ),
        Setting(
            "silent_from",
            "mulai jam ini tanpa bunyi, misalnya 21:00",
            "silent from this hour on, as 21:00",
            required=False,
        ),
        Setting(
            "silent_until",
            "sampai jam ini, misalnya 05:00",
            "silent until this hour, as 05:00",
            required=False,
        ),
        Setting("zone", "zona waktu", "time zone", required=False, default="Asia/Jakarta"),
        Setting(
            "link_preview",
            "pratinjau tautan: large, small, atau off",
            "link preview: large, small or off",
            required=False,
            default="large",
        ),
        Setting("base_url", "alamat Bot API", "address of the Bot API", required=False, default=API),
    )
    limits = Limits(
        # Counted in UTF-16 units, as Telegram counts entities: never less than what it counts as characters.
        max_text=4096,
        source="https://core.telegram.org/bots/api (Bot API 10.1: sendMessage, sendPhoto, sendMediaGroup)",
        as_of=date(2026, 11, 22),
        count=count_utf16,
        max_media=10,
        max_media_bytes=10_000_000,
        media_types=("image/jpeg", "image/png"),
        max_alt=1000,  # Telegram has none; ours, for the approval
        card_size=(1280, 1280),
    )

    def __init__(
        self, api: BotApi, chat: int | str, silent: Night | None = None, link_preview: str = "large"
    ) -> None:
        self._api = api
        self._chat = chat
        self._silent = silent
        self._preview = PREVIEWS[link_preview]

    def __repr__(self) -> str:
        return f"Telegram({self._chat!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http | None = None) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        base = base_address("base_url", values["base_url"], problems)
        chat = chat_id(values["chat"], problems)
        if not is_token(values["token"]):
            words = t(
                "bukan token bot; salin utuh dari @BotFather (angka, titik dua, huruf)",
                "is no bot token; copy it whole from @BotFather (digits, a colon, letters)",
            )
            problems.append(Problem("token", words))
        if values["link_preview"] not in PREVIEWS:
            words = t("pilih {all}", "choose {all}", all=", ".join(PREVIEWS))
            problems.append(Problem("link_preview", words))
        silent = night(values["silent_from"], values["silent_until"], values["zone"], problems)
        if problems:
            raise ConfigError(*problems)
        return cls(BotApi(values["token"], base, http), chat, silent, values["link_preview"])

    def validate(self, outgoing: Outgoing) -> list[Problem]:
        """By the limits, and each picture's sides (sum at most 10,000, ratio at most 20)."""
        problems = check_limits(outgoing, self.limits, TITLE)
        for position, media in enumerate(outgoing.media, start=1):
            where = t("gambar {n}", "picture {n}", n=position)
            problems += [Problem(where, words) for words in check_picture(media)]
        return problems

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """One call for a text, or for pictures with a caption; two for pictures with a longer text.

        Each of the two makes something public, so a lost answer on either is
        :class:`~humasbot.errors.Uncertain`. Whatever fails after the pictures goes on behind them the next time;
        where Telegram refuses the text for good, the pictures are taken back.
        """
        if not outgoing.media:
            return self._receipt(self._message(outgoing, outgoing.text))
        if fits_caption(outgoing.text):
            return self._receipt(self._photos(outgoing, outgoing.text))
        return self._in_two(outgoing, checkpoint)

    def verify(self) -> str:
        """The chat's name with the bot's, once it is sure that the bot may post there."""
        me = self._ask("getMe")
        chat = self._ask("getChat", chat_id=self._chat)
        member = self._ask("getChatMember", chat_id=self._chat, user_id=me.get("id"))
        bot, place = f"@{me.get('username')}", str(chat.get("title") or self._chat)
        if not may_post(chat, member):
            raise AuthExpired(
                t(
                    "Telegram: {bot} belum berhak mengirim di {place}; jadikan admin dengan hak “Kirim pesan”",
                    "Telegram: {bot} may not post in {place}; make it an administrator with the right to post",
                    bot=bot,
                    place=place,
                )
            )
        return f"{place} ({bot})"

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """That the text follows its pictures as a message of its own, where it is too long for a caption."""
        if not outgoing.media or fits_caption(outgoing.text):
            return []
        return [t("teks panjang: menyusul gambarnya sebagai pesan kedua",
                  "long text: follows its pictures as a second message")]  # fmt: skip

    def validate_edit(self, receipt: Receipt, outgoing: Outgoing) -> list[Problem]:
        """As a new post, and a text under pictures has to stay short enough for a caption."""
        problems = self.validate(outgoing)
        if "+" not in receipt.remote_id and outgoing.media and not fits_caption(outgoing.text):
            problems.append(Problem("text", _too_long()))
        return problems

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """See :meth:`Publisher.reply`; a text only, for pictures are sent by :meth:`publish`."""
        photos, text_id = read_id(receipt)
        return self._receipt(self._message(outgoing, outgoing.text, reply_to=text_id or photos[0]))

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Give a published post the text of *outgoing*; its pictures stay. The same text again counts as done.

        Raises :class:`~humasbot.errors.Rejected` where the new text has no place in the old form: a longer one under
        pictures whose text was a caption.
        """
        photos, text_id = read_id(receipt)
        if text_id is None and outgoing.media and not fits_caption(outgoing.text):
            raise Rejected(f"Telegram: {_too_long()}")
        if text_id is not None or not outgoing.media:
            preview = PREVIEWS["off"] if text_id is not None else self._link_preview(outgoing)
            message = text_id if text_id is not None else photos[0]
            self._change("editMessageText", message, text=outgoing.text, link_preview_options=preview)
        if outgoing.media:
            caption = caption_of(outgoing.text) if text_id is not None else outgoing.text
            self._change("editMessageCaption", photos[0], caption=caption)
        return receipt

    def delete(self, receipt: Receipt) -> None:
        """Take every message of the post back, the last first.

        Telegram lets a bot delete only what was sent less than 48 hours ago (core.telegram.org/bots/api#deletemessage,
        read 2026-11-22); what is older is :class:`~humasbot.errors.Rejected`, and a person deletes it in the app.
        """
        photos, text_id = read_id(receipt)
        for message in reversed([*photos, *([] if text_id is None else [text_id])]):
            self._api.take_back(self._chat, message)

    def _change(self, method: str, message: int, **parameters: Any) -> None:
        try:
            self._api.ask(method, {"chat_id": self._chat, "message_id": message, **parameters})
        except Rejected as error:
            if "message is not modified" not in str(error):
                raise

    def _in_two(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Pictures under a headline, then the whole text in reply to them."""
        saved = checkpoint.get(PHOTOS)
        if saved:
            photos = Sent.from_json(saved)
        else:
            try:
                photos = self._photos(outgoing, caption_of(outgoing.text))
            except Uncertain as error:
                raise with_words(
                    error,
                    t(
                        "bila gambarnya sudah tampil, teksnya belum menyusul",
                        "if the pictures are there, their text has not followed yet",
                    ),
                ) from None
            checkpoint.save(PHOTOS, photos.to_json())
        try:
            text = self._message(outgoing, outgoing.text, reply_to=photos.ids[0])
        except Rejected as error:
            raise self._taken_back(photos, checkpoint, error) from None
        except PublishError as error:
            words = t("gambarnya sudah tampil di {url}", "the pictures are public at {url}", url=photos.url)
            raise with_words(error, words) from None
        return self._receipt(photos, text)

    def _taken_back(self, photos: Sent, checkpoint: Checkpoint, refusal: Rejected) -> PublishError:
        """The error after the text was refused: nothing is public once the pictures are taken back, too."""
        try:
            for message in reversed(photos.ids):
                self._api.take_back(self._chat, message)
        except PublishError:
            return Uncertain(
                t(
                    "{why}; gambarnya tampil di {url} tanpa teks, hapus sendiri di aplikasi",
                    "{why}; the pictures are at {url} without their text, delete them yourself in the app",
                    why=refusal,
                    url=photos.url,
                ),
                status=refusal.status,
            )
        checkpoint.save(PHOTOS, "")
        return refusal

    def _message(self, outgoing: Outgoing, text: str, reply_to: int | None = None) -> Sent:
        # Under pictures of the post, the preview of its link would be one picture too many.
        preview = self._link_preview(outgoing) if reply_to is None else PREVIEWS["off"]
        reply = None if reply_to is None else {"message_id": reply_to, "allow_sending_without_reply": True}
        wish = {
            "chat_id": self._chat,
            "text": text,
            "link_preview_options": preview,
            "disable_notification": self._quiet(outgoing.due),
            "reply_parameters": reply,
        }
        return sent_from(self._api.ask("sendMessage", wish, publishing=True))

    def _photos(self, outgoing: Outgoing, caption: str) -> Sent:
        wish = {"chat_id": self._chat, "disable_notification": self._quiet(outgoing.due)}
        files = {
            f"photo{n}": (f"gambar-{n + 1}{media.suffix}", media.data, media.mime)
            for n, media in enumerate(outgoing.media)
        }
        if len(files) == 1:
            parameters = {**wish, "caption": caption or None}
            file = {"photo": files["photo0"]}
            return sent_from(self._api.ask("sendPhoto", parameters, files=file, publishing=True))
        album: list[dict[str, str]] = [{"type": "photo", "media": f"attach://{name}"} for name in files]
        if caption:
            album[0]["caption"] = caption
        result = self._api.ask("sendMediaGroup", {**wish, "media": album}, files=files, publishing=True)
        if len(message_ids(result)) != len(album):
            raise unreadable(publishing=True, title=TITLE)
        return sent_from(result)

    def _link_preview(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """How the link is shown: that of the post, whichever other addresses its text has."""
        return {**self._preview, "url": outgoing.link} if outgoing.link else self._preview

    def _quiet(self, due: datetime) -> bool | None:
        return True if self._silent is not None and self._silent.covers(due) else None

    def _receipt(self, *sent: Sent) -> Receipt:
        """The id of a post is its messages' ids: ``12``, ``12,13`` for an album, ``12+14`` for one with a long text."""
        remote_id = "+".join(",".join(map(str, part.ids)) for part in sent)
        return Receipt(remote_id, sent[0].url, sent[0].moment)

    def _ask(self, method: str, **parameters: Any) -> Mapping[str, Any]:
        result = self._api.ask(method, parameters)
        if not isinstance(result, dict):
            raise unreadable(publishing=False, title=TITLE)
        return result


def _too_long() -> str:
    return t(
        "teks baru terlalu panjang untuk keterangan gambar; hapus lalu umumkan lagi",
        "the new text is too long for the pictures' caption; delete it and announce it anew",
    )
