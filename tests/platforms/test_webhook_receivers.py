"""The receivers that ``docs/WEBHOOK.md`` shows, taken from that page and run (PHP as a server)."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers.base import Process, call, free_port

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, Uncertain
from humasbot.net import Http
from humasbot.platforms.webhook import WINDOW_SECONDS, Webhook
from humasbot.testing import Notes, Reply, Request, StandIn, picture

PAGE = Path(__file__).parents[2] / "docs" / "WEBHOOK.md"
SECRET = "rahasia-bersama-uji-0123"


def shown(language: str) -> str:
    """The page's only piece of code in *language*."""
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(code)


class Serving(StandIn):
    """Carries requests to an ASGI application."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self.app = app

    def handle(self, request: Request) -> Reply:
        return asyncio.run(self._ask(request))

    async def _ask(self, request: Request) -> Reply:
        path, _, query = request.target.partition("?")
        headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method}
        scope |= {"path": path, "query_string": query.encode(), "headers": headers, "scheme": "http"}
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        return Reply(told[0]["status"], b"".join(message.get("body", b"") for message in told[1:]))


class Receiver:
    """A running receiver: its address, its store, and the road to it where one can be spoilt."""

    def __init__(self, url: str, store: Path, road: StandIn | None = None) -> None:
        self.url, self.store, self.road = url, store, road

    def stored(self) -> int:
        return len(list(self.store.iterdir()))


@pytest.fixture
def fastapi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("HUMASBOT_SECRET", SECRET)
    monkeypatch.setenv("HUMASBOT_STORE", str(tmp_path))
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(shown("python"), str(PAGE), "exec", dont_inherit=True), names)
    with Serving(names["app"]) as road:
        yield Receiver(f"{road.url}/humasbot", tmp_path, road)


@pytest.fixture
def php(tmp_path: Path) -> Iterator[Receiver]:
    if shutil.which("php") is None:
        words = "php is not installed; run: scripts/setup-real.sh wordpress"
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    site, store = tmp_path / "site", tmp_path / "store"
    site.mkdir()
    store.mkdir()
    (site / "index.php").write_text(shown("php"), encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    environment = {"HUMASBOT_SECRET": SECRET, "HUMASBOT_STORE": str(store)}
    command = ["php", "-S", url.removeprefix("http://"), "-t", site]
    process = Process(command, log=tmp_path / "log", folder=site, environment=environment)
    try:
        process.wait_until(lambda: call("GET", url).status == 401, seconds=20)
        yield Receiver(f"{url}/", store)
    finally:
        process.stop()


@pytest.fixture(params=["fastapi", pytest.param("php", marks=pytest.mark.real)])
def receiver(request: pytest.FixtureRequest) -> Receiver:
    found: Receiver = request.getfixturevalue(request.param)
    return found


def webhook(receiver: Receiver, secret: str = SECRET, late: int = 0) -> Webhook:
    def clock() -> float:
        return datetime.now(UTC).timestamp() - late

    return Webhook(receiver.url, secret, http=Http(read=10), clock=clock)


def post(key: str = "kunci/satu?&é=+", pictures: int = 4) -> Outgoing:
    return Outgoing(key, "Kabar “penting” 🇮🇩", datetime.now(UTC), media=tuple(map(picture, range(pictures))))


def test_one_key_is_one_post_and_can_be_looked_for(receiver: Receiver) -> None:
    publisher, since = webhook(receiver), datetime.now(UTC)
    assert publisher.verify() == "127.0.0.1"
    assert publisher.find_existing(post(), since) is None
    receipt = publisher.publish(post(), Notes())
    assert publisher.publish(post(), Notes()) == receipt
    assert publisher.find_existing(post(), since) == receipt
    assert publisher.find_existing(post("kunci/satu"), since) is None
    assert receipt.url.endswith(f".id/kabar/{receipt.remote_id}")
    assert receiver.stored() == 1
    assert publisher.publish(post("dua", 0), Notes()) != receipt
    assert receiver.stored() == 2


def test_what_is_not_signed_rightly_and_lately_is_refused(receiver: Receiver) -> None:
    for publisher in (
        webhook(receiver, secret="rahasia-yang-lain-lagi"),
        webhook(receiver, late=WINDOW_SECONDS + 5),
        webhook(receiver, late=-WINDOW_SECONDS - 5),
    ):
        with pytest.raises(AuthExpired):
            publisher.publish(post(), Notes())
        with pytest.raises(AuthExpired):
            publisher.find_existing(post(), datetime.now(UTC))
    for stamp in ("", "x", "-1", "1e9", "²"):
        headers = {"X-Humasbot-Timestamp": stamp.encode().decode("latin-1"), "X-Humasbot-Signature": "v1=é"}
        assert call("POST", receiver.url, body=b"{}", headers=headers).status == 401
    assert receiver.stored() == 0


def test_a_lost_answer_ends_in_one_post(fastapi: Receiver) -> None:
    assert fastapi.road is not None
    fastapi.road.fault("lost", on="POST")
    with pytest.raises(Uncertain):
        webhook(fastapi).publish(post(), Notes())
    assert webhook(fastapi).find_existing(post(), datetime.now(UTC)) is not None
    assert fastapi.stored() == 1
