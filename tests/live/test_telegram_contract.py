"""What we ask of Telegram and what its stand-in answers, held to a machine-readable copy of the official page.

There is no server to run: the copy (``../shared/contracts/telegram-bot-api.json``, Bot API 10.1) names every method
and type with its fields, which are required, and their types.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from servers.base import REPOSITORY

from humasbot.content import Outgoing
from humasbot.net import Http
from humasbot.platforms.telegram import Telegram
from humasbot.testing import Notes, picture
from humasbot.testing.standin_telegram import TelegramStandIn, bad, refusal

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
LONG = "Loket Dukcapil buka Sabtu.\n\n" + "Bawa KTP & kartu keluarga. " * 60
SHARED = REPOSITORY.parent / "shared"
PLAIN = {"Integer": int, "String": str, "Boolean": bool, "True": bool}


@pytest.fixture(scope="module")
def contract() -> Any:
    file = SHARED / "contracts" / "telegram-bot-api.json"
    if not file.exists():
        missing = f"the contract is not at {file}; put a copy of the Bot API's description there"
        if SHARED.exists() and os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture
def server() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        yield standin


def telegram(server: TelegramStandIn) -> Telegram:
    night = {"silent_from": "21", "silent_until": "5", "link_preview": "small"}
    settings = {"chat": "@kabar_uji", "token": server.token, "base_url": server.url}
    return Telegram.from_settings(settings | night, Http(read=2))


def faults(contract: Any, where: str, value: Any, kinds: list[str]) -> list[str]:
    """What is wrong with *value* if none of *kinds* fits it: the complaints of the one it fits best."""
    return min((_faults(contract, where, value, kind) for kind in kinds), key=len)


def _faults(contract: Any, where: str, value: Any, kind: str) -> list[str]:
    if inner := re.fullmatch("Array of (.+)", kind):
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [
            f for n, item in enumerate(value) for f in faults(contract, f"{where}[{n}]", item, [inner[1]])
        ]
    if kind == "InputFile":
        return [] if isinstance(value, bytes) else [f"{where}: no file"]
    if kind in PLAIN:
        return [] if type(value) is PLAIN[kind] else [f"{where}: {value!r} is no {kind}"]
    described = contract["types"][kind]
    if not isinstance(value, dict):
        return [f"{where}: no {kind}"]
    if subtypes := described.get("subtypes"):
        return faults(contract, where, value, subtypes)
    return fields(contract, where, value, described["fields"])


def fields(contract: Any, where: str, value: dict[str, Any], known: list[dict[str, Any]]) -> list[str]:
    """What is missing, unknown, or of another type in *value*."""
    found = [f"{where}.{f['name']}: missing" for f in known if f["required"] and f["name"] not in value]
    types = {f["name"]: f["types"] for f in known}
    for name, inner in value.items():
        if name not in types:
            found.append(f"{where}.{name}: unknown")
        else:
            found += faults(contract, f"{where}.{name}", inner, types[name])
    return found


def check(contract: Any, server: TelegramStandIn) -> set[str]:
    """The methods that were called, each with its parameters and its result held to the contract."""
    for method, parameters, result in server.calls:
        asked = contract["methods"][method]
        # The files of an album travel under names that its ``attach://`` addresses choose.
        attached = {item["media"].removeprefix("attach://") for item in parameters.get("media", [])}
        named = {name: value for name, value in parameters.items() if name not in attached}
        assert fields(contract, method, named, asked.get("fields", [])) == []
        assert faults(contract, f"{method}()", result, asked["returns"]) == []
    return {method for method, _, _ in server.calls}


def test_every_call_keeps_the_contract(contract: Any, server: TelegramStandIn) -> None:
    publisher = telegram(server)
    publisher.verify()
    for n, (text, pictures) in enumerate([("Kabar", 0), ("Kabar", 1), ("Kabar", 10), (LONG, 1), (LONG, 2)]):
        media = tuple(map(picture, range(pictures)))
        outgoing = Outgoing(f"kunci-{n}", text, NOW, link="https://contoh.go.id/", media=media)
        receipt = publisher.publish(outgoing, Notes())
        publisher.edit(receipt, Outgoing("ralat", f"Ralat: {text}", NOW, media=media), Notes())
        publisher.delete(receipt)
    assert check(contract, server) == {
        "getMe",
        "getChat",
        "getChatMember",
        "sendMessage",
        "sendPhoto",
        "sendMediaGroup",
        "editMessageText",
        "editMessageCaption",
        "deleteMessage",
    }
    assert server.accepted == []


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        ({"chat_id": "@kabar_uji"}, "sendMessage.text: missing"),
        ({"chat_id": "@kabar_uji", "text": 7}, "sendMessage.text: 7 is no String"),
        ({"chat_id": "@kabar_uji", "text": "a", "silent": True}, "sendMessage.silent: unknown"),
        (
            {"chat_id": 1, "text": "a", "reply_parameters": {"id": 1}},
            "sendMessage.reply_parameters.message_id: missing",
        ),
        (
            {"chat_id": 1, "text": "a", "disable_notification": "true"},
            "sendMessage.disable_notification: 'true' is no Boolean",
        ),
    ],
)
def test_the_check_bites(contract: Any, wish: dict[str, Any], fault: str) -> None:
    assert fault in fields(contract, "sendMessage", wish, contract["methods"]["sendMessage"]["fields"])


def test_refusals_of_the_stand_in_keep_the_contract(contract: Any) -> None:
    """The page describes an error in words: ``ok``, ``error_code``, ``description`` and ``ResponseParameters``."""
    for reply in (bad("x"), refusal(429, "x", retry_after=3), refusal(400, "x", migrate_to_chat_id=-100)):
        assert {"ok", "error_code", "description"} <= set(reply.body)
        told = reply.body.get("parameters", {})
        assert faults(contract, "parameters", told, ["ResponseParameters"]) == []
