"""The WhatsApp publisher and its stand-in, both held to Meta's official OpenAPI description by Prism between them.

Prism refuses a request that the description does not allow (422) and turns an answer that it does not allow into a 500.
It damages binary bodies on their way, so the bytes of a picture are compared in ``tests/platforms/test_whatsapp.py``.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers.base import call
from servers.prism import WHATSAPP, Prism, PrismServer

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, RateLimited
from humasbot.testing import Notes, picture
from humasbot.testing.people import People
from humasbot.testing.standin_whatsapp import NUMBER_ID, TOKEN, WhatsAppStandIn, refusal

sys.path.append(str(Path(__file__).parents[1] / "platforms"))
from whatsapp_kit import many, settings_of

from humasbot.platforms.whatsapp import WhatsApp

DUE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def _standin() -> Iterator[WhatsAppStandIn]:
    with WhatsAppStandIn() as standin:
        yield standin


@pytest.fixture(scope="module")
def contract(prism: Prism, _standin: WhatsAppStandIn) -> PrismServer:
    return prism.proxy(WHATSAPP, _standin.url)


@pytest.fixture
def server(_standin: WhatsAppStandIn) -> WhatsAppStandIn:
    for collection in (
        _standin.accepted,
        _standin.media,
        _standin.requests,
        _standin.faults,
        _standin.people,
    ):
        collection.clear()
    return _standin


def office(contract: PrismServer, people: People, **more: str) -> WhatsApp:
    made = WhatsApp.from_settings(settings_of(contract.url, **more))
    made.directory = people
    return made


@pytest.mark.parametrize("pictures", [0, 1])
def test_publishing_keeps_the_contract(contract: PrismServer, server: WhatsAppStandIn, pictures: int) -> None:
    people = many(3)
    made = office(contract, people, header="image" if pictures else "none")
    wanted = Outgoing(
        "k", "Loket “Dukcapil” buka & gratis 🇮🇩", DUE, media=tuple(map(picture, range(pictures)))
    )
    receipt = made.publish(wanted, Notes())
    assert [m["values"] for m in server.accepted] == [[wanted.text]] * 3
    assert receipt.remote_id == server.accepted[0]["id"]
    assert len(server.media) == pictures


def test_verifying_keeps_the_contract(contract: PrismServer, server: WhatsAppStandIn) -> None:
    assert office(contract, many(1)).verify() == "Diskominfo (+62 812-3456-7890)"


@pytest.mark.parametrize(("code", "kind"), [(130429, RateLimited), (190, AuthExpired)])
def test_refusals_are_understood_behind_the_contract(
    contract: PrismServer, server: WhatsAppStandIn, code: int, kind: type[Exception]
) -> None:
    reply = refusal(code, "…", 401 if code == 190 else 429)
    server.fault("status", on="messages", status=reply.status, body=reply.body)
    with pytest.raises(kind):
        office(contract, many(1)).publish(Outgoing("k", "Kabar", DUE), Notes())


def message(**change: Any) -> dict[str, Any]:
    language = {"policy": "deterministic", "code": "id"}
    whole = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+628123456789",
        "type": "template",
        "template": {"name": "pengumuman", "language": language, "components": []},
    }
    return {name: value for name, value in {**whole, **change}.items() if value is not None}


@pytest.mark.parametrize(
    "wrong",
    [
        message(recipient_type=None),
        message(template={"name": "pengumuman", "language": {"code": "id"}, "components": []}),
        message(template={"language": {"policy": "deterministic", "code": "id"}}),
        message(messaging_product=None),
    ],
)
def test_the_contract_bites(contract: PrismServer, server: WhatsAppStandIn, wrong: dict[str, Any]) -> None:
    """What is wrong does not even reach the stand-in."""
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "humasbot/0.1.0"}
    answer = call("POST", f"{contract.url}/v23.0/{NUMBER_ID}/messages", data=wrong, headers=headers)
    assert answer.status == 422
    assert server.requests == []
