"""Radio Desa: a village radio's message board, as an example of a platform that lives in a package of its own."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Self

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Rejected, Uncertain
from humasbot.net import Http
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.http import Api, base_address, unreadable

PAGE = 50


class Radio(Publisher):
    """Posts text and pictures to one station."""

    name = "radio"
    title = "Radio Desa"
    proof = "documentation"
    settings = (
        Setting("server", "alamat stasiun", "the station's address"),
        Setting("token", "token penyiar", "the announcer's token", secret=True),
    )
    limits = Limits(
        max_text=500,
        max_media=2,
        max_alt=200,
        source="https://radio.example/docs/messages",
        as_of=date(2026, 11, 22),
    )

    def __init__(self, server: str, token: str) -> None:
        self.server = server
        self.api = Api(server, self.title, Http(), {"Authorization": f"Bearer {token}"})

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        values["server"] = base_address("server", values["server"], problems)
        if problems:
            raise ConfigError(*problems)
        return cls(**values)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        pictures = []
        for n, media in enumerate(outgoing.media):
            picture = checkpoint.get(f"picture:{n}")
            if picture is None:
                fields = {"file": (f"{n}{media.suffix}", media.data, media.mime), "alt": media.alt}
                picture = self.id_of(self.api.call("POST", "/pictures", fields=fields), publishing=False)
                checkpoint.save(f"picture:{n}", picture)
            pictures.append(picture)
        message = {"text": outgoing.text, "pictures": pictures}
        answer = self.api.call("POST", "/messages", json_body=message, publishing=True)
        return self.receipt(self.id_of(answer, publishing=True))

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        messages = self.api.call("GET", f"/messages?limit={PAGE}&since={since.timestamp()}")
        if not isinstance(messages, list):
            raise unreadable(publishing=False, title=self.title)
        for message in messages:
            if message["text"] == outgoing.text:
                return self.receipt(message["id"])
        if len(messages) >= PAGE:
            raise Uncertain("Radio Desa: terlalu banyak pesan untuk diperiksa")
        return None

    def delete(self, receipt: Receipt) -> None:
        try:
            self.api.call("DELETE", f"/messages/{receipt.remote_id}")
        except Rejected as error:
            if error.status != 404:
                raise

    def receipt(self, message_id: str) -> Receipt:
        return Receipt(message_id, f"{self.server}/messages/{message_id}")

    def id_of(self, answer: object, *, publishing: bool) -> str:
        if not isinstance(answer, dict) or not answer.get("id"):
            raise unreadable(publishing=publishing, title=self.title)
        return str(answer["id"])
