"""What Telegram refuses, the bot's token, edits and deletions, settings: the publisher against its stand-in."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from telegram_kit import (
    LONG,
    SENDING,
    error_of,
    post,
    settings,
    telegram,
)

from humasbot.errors import (
    AuthExpired,
    ConfigError,
    RateLimited,
    Rejected,
    Uncertain,
)
from humasbot.net import Http
from humasbot.platforms.telegram import Telegram
from humasbot.testing import Notes, picture
from humasbot.testing.standin_telegram import TelegramStandIn, bad, refusal


@pytest.fixture
def server() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        yield standin


# --- what Telegram says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "Unauthorized"),
        (403, "Forbidden: bot was kicked from the channel chat"),
        (403, "Forbidden: bot is not a member of the channel chat"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
        (400, "Bad Request: need administrator rights in the channel chat"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
        (404, "Not Found"),
    ],
)
def test_without_a_place_in_the_chat_the_account_pauses(
    server: TelegramStandIn, code: int, words: str
) -> None:
    server.fault("status", on=SENDING, status=code, body=refusal(code, words).body)
    error = error_of(telegram(server), post())
    assert type(error) is AuthExpired
    assert code == 404 or words.split(": ")[-1] in str(error)


def test_a_group_that_moved_is_told_with_its_new_number(server: TelegramStandIn) -> None:
    answer = refusal(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100777
    )
    server.fault("status", on=SENDING, status=400, body=answer.body)
    error = error_of(telegram(server), post())
    assert type(error) is AuthExpired
    assert "-100777" in str(error)


@pytest.mark.parametrize("seconds", [None, 0, -5, "17", 10**12])
def test_a_wait_that_makes_no_sense_is_not_believed(server: TelegramStandIn, seconds: Any) -> None:
    body = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": seconds}}
    server.fault("status", on=SENDING, status=429, body=body)
    error = error_of(telegram(server), post())
    assert isinstance(error, RateLimited)
    assert error.retry_after == (timedelta(days=1) if seconds == 10**12 else None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"ok": False, "description": "odd"},
        {"ok": True},
        {"ok": True, "result": True},
        {"ok": False, "result": {"message_id": 7, "date": 1, "chat": {"id": -1001, "type": "channel"}}},
        {"ok": True, "result": []},
        {"ok": True, "result": {"message_id": "7"}},
        {"ok": True, "result": {"message_id": 7, "chat": {}}},
    ],
)
def test_a_success_of_another_shape_is_uncertain(server: TelegramStandIn, body: object) -> None:
    server.fault("status", on=SENDING, status=200, body=body)
    assert type(error_of(telegram(server), post())) is Uncertain


def test_an_answer_that_drips_too_slowly_is_uncertain(server: TelegramStandIn) -> None:
    server.fault("late", on=SENDING, seconds=5)
    publisher = Telegram.from_settings(settings(server), Http(read=0.3))
    assert type(error_of(publisher, post())) is Uncertain


def test_a_redirect_is_not_followed(server: TelegramStandIn) -> None:
    server.fault("status", on=SENDING, status=307, headers={"Location": "http://10.0.0.1/"})
    assert type(error_of(telegram(server), post())) is Uncertain
    assert len(server.requests) == 1


# --- the token ----------------------------------------------------------------------------------------------------


def test_the_token_is_in_no_log_at_any_level(
    server: TelegramStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram(server).publish(post(pictures=1), Notes())
    assert "/bot…/sendPhoto" in caplog.text, "urllib3 did log the request"
    assert server.token not in caplog.text
    assert not [r for r in caplog.records if server.token in repr(r.args) + str(r.msg)]


def test_a_description_that_quotes_the_token_is_struck(server: TelegramStandIn) -> None:
    answer = bad(f"wrong url /bot{server.token}/sendMessage")
    server.fault("status", on=SENDING, status=400, body=answer.body)
    assert server.token not in str(error_of(telegram(server), post()))


# --- edit, delete, verify -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pictures", [0, 1, 2])
@pytest.mark.parametrize("text", ["Kabar", LONG])
def test_editing_changes_the_text_where_it_stands(server: TelegramStandIn, pictures: int, text: str) -> None:
    publisher = telegram(server)
    receipt = publisher.publish(post(text, pictures), Notes())
    before = len(server.accepted)
    corrected = post("Ralat: " + text, pictures)
    for _ in range(2):
        assert publisher.edit(receipt, corrected, Notes()) == receipt
    assert len(server.accepted) == before
    assert corrected.text.strip() in [m["text"] for m in server.accepted]
    if pictures:
        assert server.accepted[0]["text"].startswith("Ralat")


def test_a_caption_cannot_become_a_long_text(server: TelegramStandIn) -> None:
    publisher = telegram(server)
    receipt = publisher.publish(post("Kabar", 1), Notes())
    with pytest.raises(Rejected, match="terlalu panjang"):
        publisher.edit(receipt, post(LONG, 1), Notes())
    assert server.accepted[0]["text"] == "Kabar"


def test_deleting_takes_every_message(server: TelegramStandIn) -> None:
    publisher = telegram(server)
    kept = publisher.publish(post("Tetap"), Notes())
    publisher.delete(publisher.publish(post(LONG, 3), Notes()))
    assert [str(m["message_id"]) for m in server.accepted] == [kept.remote_id]


def test_after_48_hours_a_person_deletes(server: TelegramStandIn) -> None:
    publisher = telegram(server)
    receipt = publisher.publish(post(), Notes())
    server.age(timedelta(hours=49))
    with pytest.raises(Rejected, match="48 jam"):
        publisher.delete(receipt)
    assert len(server.accepted) == 1


def test_a_receipt_from_a_person_is_not_guessed_at(server: TelegramStandIn) -> None:
    publisher = telegram(server)
    receipt = publisher.publish(post(), Notes())
    with pytest.raises(Rejected, match=r"t\.me/kabar_uji/11"):
        publisher.delete(replace(receipt, remote_id=receipt.url))


GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Warga"}


@pytest.mark.parametrize(
    ("chat", "member", "permissions", "may"),
    [
        ({}, {}, {}, True),
        ({}, {"can_post_messages": False}, {}, False),
        ({}, {"status": "member"}, {}, False),
        ({}, {"status": "left"}, {}, False),
        (GROUP, {"status": "member"}, {}, True),
        (GROUP, {"status": "member"}, {"can_send_messages": False}, False),
        (GROUP, {"status": "restricted", "is_member": True, "can_send_messages": True}, {}, True),
        (GROUP, {"status": "restricted", "is_member": True, "can_send_messages": False}, {}, False),
        (GROUP, {"status": "kicked"}, {}, False),
    ],
)
def test_verify_asks_for_the_right_to_post(
    server: TelegramStandIn, chat: Any, member: Any, permissions: Any, may: bool
) -> None:
    server.chat, server.member, server.permissions = server.chat | chat, server.member | member, permissions
    if may:
        assert telegram(server).verify() == f"{server.chat['title']} (@humas_uji_bot)"
    else:
        with pytest.raises(AuthExpired, match="berhak"):
            telegram(server).verify()


# --- settings and preflight ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"chat": "https://t.me/kabar_uji"}, []),
        ({"chat": "-1001234567890"}, []),
        ({"chat": "kabar uji"}, ["chat"]),
        ({"chat": "@a/../getMe"}, ["chat"]),
        ({"token": "12:a/../x"}, ["token"]),
        ({"token": "rahasia"}, ["token"]),
        ({"silent_from": "21"}, ["silent_until"]),
        ({"silent_from": "25", "silent_until": "7"}, ["silent_from"]),
        ({"silent_from": "7", "silent_until": "07:00"}, ["silent_until"]),
        (
            {"zone": "WIB", "link_preview": "besar", "base_url": "http://x.id"},
            ["base_url", "link_preview", "zone"],
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], named: list[str]) -> None:
    values = {"chat": "@kabar_uji", "token": "1:abc"} | change
    if not named:
        Telegram.from_settings(values)
        return
    with pytest.raises(ConfigError) as caught:
        Telegram.from_settings(values)
    assert [problem.where for problem in caught.value.problems] == named
    assert values["token"] not in str(caught.value)


@pytest.mark.parametrize(
    ("size", "faults"), [((5000, 5000), 0), ((5001, 5000), 1), ((2000, 100), 0), ((2001, 100), 1)]
)
def test_the_sides_of_a_picture_are_checked(size: tuple[int, int], faults: int) -> None:
    publisher = Telegram.from_settings({"chat": "@kabar_uji", "token": "1:abc"})
    media = replace(picture(0), width=size[0], height=size[1])
    assert len(publisher.validate(replace(post(), media=(media,)))) == faults
