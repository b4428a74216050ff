"""The Telegram publisher against its stand-in; ``tests/live/test_telegram_contract.py`` has the official contract."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_kit import (
    ALBUM,
    LONG,
    PHOTO,
    TEXT,
    LongHarness,
    TelegramHarness,
    error_of,
    post,
    settings,
    telegram,
)

from humasbot.errors import (
    RateLimited,
    Rejected,
    Uncertain,
)
from humasbot.platforms.base import supports
from humasbot.platforms.telegram import Telegram
from humasbot.platforms.telegram_parts import HEADLINE, caption_of, count_utf16
from humasbot.testing import Notes, PublisherSuite, Restarted
from humasbot.testing.check_faults import FaultChecks
from humasbot.testing.check_publishing import PublishingChecks
from humasbot.testing.standin_telegram import TelegramStandIn, bad, refusal


@pytest.fixture
def server() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        yield standin


class TestTelegram(PublisherSuite):
    @pytest.fixture
    def harness(self, server: TelegramStandIn) -> TelegramHarness:
        return TelegramHarness(server, settings(server))


class TestTelegramWithLongTexts(PublishingChecks, FaultChecks):
    """Those parts of the suite in which a text of its own under the pictures makes a difference."""

    @pytest.fixture
    def harness(self, server: TelegramStandIn) -> LongHarness:
        return LongHarness(server, settings(server))


# --- what is sent -------------------------------------------------------------------------------------------------


def test_a_text_is_sent_plainly_with_the_preview_of_its_link(server: TelegramStandIn) -> None:
    link = "https://contoh.go.id/a_b*c"
    text = f"*Kabar* _penting_ <b>& [lain](x)</b> {link}"
    receipt = telegram(server).publish(post(text, link=link), Notes())
    assert server.accepted[0]["text"] == text
    assert server.accepted[0]["wish"] == {
        "chat_id": "@kabar_uji",
        "text": text,
        "link_preview_options": {"prefer_large_media": True, "url": link},
    }
    assert (receipt.remote_id, receipt.url) == ("11", "https://t.me/kabar_uji/11")
    assert receipt.published_at is not None


def test_a_long_text_follows_its_pictures_as_a_reply(server: TelegramStandIn) -> None:
    for n in (1, 3):
        server.accepted.clear()
        receipt = telegram(server).publish(post(LONG, n), Notes())
        *photos, text = server.accepted
        assert [m["photo"] for m in photos] == [m.digest for m in post(LONG, n).media]
        assert photos[0]["text"] == "Loket Dukcapil buka Sabtu."
        assert text["text"] == LONG.strip()
        assert text["wish"]["text"] == LONG, "sent as it was approved; Telegram itself trims the end"
        assert text["reply_to"] == photos[0]["message_id"]
        assert text["wish"]["link_preview_options"] == {"is_disabled": True}
        ids = ",".join(str(m["message_id"]) for m in photos)
        assert receipt.remote_id == f"{ids}+{text['message_id']}"
        assert receipt.url.endswith(f"/{photos[0]['message_id']}")


@pytest.mark.parametrize("over", [0, 1])
def test_the_caption_ends_at_its_limit(server: TelegramStandIn, over: int) -> None:
    outgoing = post("👍" * 512 + "a" * over, 1)
    telegram(server).publish(outgoing, Notes())
    assert [bool(m["photo"]) for m in server.accepted] == [True, False][: 1 + over]


@given(st.text(max_size=3000))
def test_a_headline_always_fits_and_begins_the_text(text: str) -> None:
    headline = caption_of(text)
    assert count_utf16(headline) <= HEADLINE
    assert text.strip().startswith(headline.removesuffix("…").rstrip())


@pytest.mark.parametrize(
    ("due", "silent"),
    [
        ("2026-11-22T14:00+00:00", True),  # 21.00 in Jakarta
        ("2026-11-22T13:59+00:00", False),
        ("2026-11-22T17:30+00:00", True),  # after midnight
        ("2026-11-22T21:59+00:00", True),
        ("2026-11-22T22:00+00:00", False),
    ],
)
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_at_night_nobody_is_woken(server: TelegramStandIn, due: str, silent: bool, pictures: int) -> None:
    publisher = telegram(server, silent_from="21:00", silent_until="5")
    publisher.publish(post(LONG, pictures, due=datetime.fromisoformat(due)), Notes())
    assert {m["wish"].get("disable_notification", False) for m in server.accepted} == {silent}


def test_the_zone_is_the_account_s_own(server: TelegramStandIn) -> None:
    publisher = telegram(server, silent_from="10", silent_until="12.30", zone="Asia/Jayapura")
    publisher.publish(post(), Notes())  # 11.00 in Jayapura
    assert server.accepted[0]["wish"]["disable_notification"] is True


@pytest.mark.parametrize(
    ("chat", "url"),
    [
        ({"id": -1009876, "type": "supergroup"}, "https://t.me/c/9876/11"),
        ({"id": -9876, "type": "group"}, "https://web.telegram.org/k/#-9876"),
    ],
)
def test_private_chats_have_addresses_too(server: TelegramStandIn, chat: dict[str, Any], url: str) -> None:
    server.chat = {**chat, "title": "Tertutup"}
    assert telegram(server, chat=str(chat["id"])).publish(post(), Notes()).url == url


# --- never two ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pictures", [1, 3])
@pytest.mark.parametrize("kind", ["drop", "lost", "gateway", "garbage", "cut", "status"])
def test_a_text_that_failed_goes_on_behind_its_pictures(
    server: TelegramStandIn, kind: Any, pictures: int
) -> None:
    """However often it is tried again, after whatever a person saw, the pictures are never sent twice."""
    notes, outgoing = Notes(), post(LONG, pictures)
    body = refusal(429, "Too Many Requests", retry_after=3).body
    server.fault(kind, on=TEXT, status=429 if kind == "status" else None, body=body)
    error = error_of(telegram(server), outgoing, notes)
    assert type(error) is (RateLimited if kind == "status" else Uncertain)
    assert "https://t.me/kabar_uji/" in str(error), "whoever looks is told where"
    photos = [m for m in server.accepted if m["photo"]]
    if len(server.accepted) == len(photos):  # a person has looked: the text is not there, send it again
        telegram(server).publish(outgoing, notes)
    assert len([m for m in server.accepted if m["photo"]]) == pictures
    assert [m["reply_to"] for m in server.accepted if not m["photo"]] == [photos[0]["message_id"]]


@pytest.mark.parametrize(("pictures", "on"), [(1, PHOTO), (2, ALBUM)])
@pytest.mark.parametrize("kind", ["lost", "drop", "garbage", "gateway"])
def test_a_lost_answer_on_the_pictures_is_uncertain(
    server: TelegramStandIn, kind: Any, pictures: int, on: str
) -> None:
    notes = Notes()
    server.fault(kind, on=on)
    error = error_of(telegram(server), post(LONG, pictures), notes)
    assert type(error) is Uncertain
    assert "teksnya belum menyusul" in str(error)
    assert notes.saves == 0
    assert not server.paths("POST")[1:], "nothing more was sent"


def test_killed_between_pictures_and_text_it_goes_on(server: TelegramStandIn) -> None:
    notes, outgoing = Notes(stop_after=1), post(LONG, 2)
    with pytest.raises(Restarted):
        telegram(server).publish(outgoing, notes)
    receipt = telegram(server).publish(outgoing, notes)
    assert [bool(m["photo"]) for m in server.accepted] == [True, True, False]
    assert receipt.remote_id == "12,13+14"


def test_pictures_of_a_refused_text_are_taken_back(server: TelegramStandIn) -> None:
    notes, outgoing = Notes(), post(LONG, 2)
    server.fault("status", on=TEXT, status=400, body=bad("text is not wanted").body)
    error = error_of(telegram(server), outgoing, notes)
    assert type(error) is Rejected
    assert server.accepted == []
    telegram(server).publish(outgoing, notes)
    assert len(server.accepted) == 3


def test_pictures_that_cannot_be_taken_back_are_told(server: TelegramStandIn) -> None:
    server.fault("status", on=TEXT, status=400, body=bad("text is not wanted").body)
    server.fault("drop", on="deleteMessage")
    error = error_of(telegram(server), post(LONG, 1))
    assert type(error) is Uncertain
    assert "https://t.me/kabar_uji/11" in str(error)


def test_half_an_album_is_not_taken_for_the_whole(server: TelegramStandIn) -> None:
    message = {"message_id": 1, "date": 1, "chat": server.chat}
    server.fault("status", on=ALBUM, status=200, body={"ok": True, "result": [message]})
    assert type(error_of(telegram(server), post("Kabar", 2))) is Uncertain


def test_a_lost_answer_is_for_a_person_since_bots_cannot_read_channels() -> None:
    assert not supports(Telegram, "find_existing")
