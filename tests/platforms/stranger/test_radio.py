"""Radio Desa keeps humasbot's promises, shown on a stand-in of its server."""

import time
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

import pytest
from humasbot_radio import Radio

from humasbot.testing import PublisherSuite, Reply, Request, Seen, StandIn, StandInHarness, When

TOKEN = "rahasia-penyiar"


class Station(StandIn):
    """What the real server does, as far as we use it."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[tuple[str, str]] = []
        self.number = 0

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"message": "unknown announcer"})
        if request.at("POST", "/pictures"):
            parts = request.parts()
            self.pictures.append((sha256(parts["file"]).hexdigest(), parts["alt"].decode()))
            return Reply(201, {"id": str(len(self.pictures) - 1)})
        if request.at("POST", "/messages"):
            if len(request.json()["text"]) > 500:
                return Reply(422, {"message": "too long"})
            self.number += 1
            self.accepted.append({**request.json(), "id": f"m{self.number}", "at": time.time()})
            return Reply(201, {"id": f"m{self.number}"})
        if request.at("GET", "/messages"):
            newest = [m for m in reversed(self.accepted) if m["at"] >= float(request.first("since"))]
            return Reply(200, newest[: int(request.first("limit"))])
        message = next((m for m in self.accepted if request.at("DELETE", f"/messages/{m['id']}")), None)
        if message is None:
            return Reply(404, {"message": "no such message"})
        self.accepted.remove(message)
        return Reply(204)


class RadioHarness(StandInHarness):
    platform = Radio
    server: Station
    calls: ClassVar = {
        When.PREPARING: "POST /pictures",
        When.PUBLISHING: "POST /messages",
        When.LOOKING: "GET|DELETE",
    }

    def posts(self) -> list[Seen]:
        pictures = self.server.pictures
        return [
            Seen(
                m["id"],
                m["text"],
                pictures=tuple(pictures[int(p)][0] for p in m["pictures"]),
                alts=tuple(pictures[int(p)][1] for p in m["pictures"]),
            )
            for m in self.server.accepted
        ]

    def uploads(self) -> int:
        return len(self.server.pictures)

    def age(self, by: timedelta) -> None:
        for message in self.server.accepted:
            message["at"] -= by.total_seconds()


class TestRadio(PublisherSuite):
    @pytest.fixture
    def harness(self) -> Iterator[RadioHarness]:
        with Station() as station:
            yield RadioHarness(station, {"server": station.url, "token": TOKEN})
