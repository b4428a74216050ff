"""What the tests of WhatsApp share: an account, people, a harness."""

from dataclasses import replace
from typing import Any, ClassVar

from humasbot.content import Addressee, Outgoing
from humasbot.platforms.whatsapp import WhatsApp
from humasbot.testing import Fault, Reply, Seen, StandInHarness, When
from humasbot.testing.people import People
from humasbot.testing.standin_whatsapp import NUMBER_ID, TOKEN, WhatsAppStandIn, refusal

BEFORE, AFTER = WhatsAppStandIn.body.split("{{1}}")


def person(number: int = 1) -> Addressee:
    return Addressee(number, f"+628123456{number:04}", "Warga", "")


def many(amount: int) -> People:
    return People(*(person(n) for n in range(1, amount + 1)))


def settings_of(url: str, **more: str) -> dict[str, str]:
    given = {
        "phone_number_id": NUMBER_ID,
        "token": TOKEN,
        "phone": "+6281234567890",
        "template": "pengumuman",
    }
    return {**given, "body": WhatsAppStandIn.body, "base_url": url, **more}


class WhatsAppHarness(StandInHarness):
    platform = WhatsApp
    server: WhatsAppStandIn
    wait = None
    calls: ClassVar = {
        When.PREPARING: "POST .*/media",
        When.PUBLISHING: "POST .*/messages",
        When.LOOKING: "GET",
    }
    refusals: ClassVar[dict[Fault, Reply]] = {
        Fault.RATE_LIMIT: refusal(130429, "Rate limit hit", 429),
        Fault.AUTH_DEAD: refusal(190, "Error validating access token", 401),
        Fault.REFUSED: refusal(132001, "Template name does not exist in the translation", 404),
    }

    def __init__(self, server: WhatsAppStandIn, **more: Any) -> None:
        super().__init__(server, settings_of(server.url, **more))
        self.people = People(person())

    def publisher(self) -> WhatsApp:
        made = WhatsApp.from_settings(self.settings)
        made.directory = self.people
        return made

    def outgoing(self, n: int, pictures: int = 0) -> Outgoing:
        """On one line: a value of a template has no other."""
        sample = super().outgoing(n, pictures)
        return replace(sample, text=sample.text.replace("\n", " "))

    def posts(self) -> list[Seen]:
        return [
            Seen(
                m["id"],
                m["text"].removeprefix(BEFORE).removesuffix(AFTER),
                pictures=(m["picture"],) if m["picture"] else (),
            )
            for m in self.server.accepted
        ]

    def uploads(self) -> int:
        return len(self.server.media)
