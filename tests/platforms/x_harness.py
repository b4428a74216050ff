"""The X publisher's harness, and what its tests share."""

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from requests.adapters import HTTPAdapter

from humasbot.content import Outgoing
from humasbot.errors import PublishError
from humasbot.platforms import x_session
from humasbot.platforms.x import X
from humasbot.platforms.x_session import BEARER, Session
from humasbot.testing import HASTY, Fault, Harness, Notes, Seen, When, picture
from humasbot.testing.standin_harness import spoil
from humasbot.testing.standin_x import XStandIn

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CALLS = {
    When.PREPARING: "POST /2/media/(upload|metadata)",
    When.PUBLISHING: "POST /2/tweets",
    When.LOOKING: "GET /2/users|(GET|DELETE) /2/tweets",
}


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Road(HTTPAdapter):
    """Leads the requests that *on* is found in to a port where nothing listens, all others where they want to go."""

    def __init__(self, on: str) -> None:
        self.on = on
        super().__init__()

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        if re.search(self.on, f"{request.method} {request.path_url}"):
            request.url = re.sub(r":\d+/", f":{closed_port()}/", request.url, count=1)
        return super().send(request, *args, **options)


class XHarness(Harness):
    platform = X

    def __init__(self, server: XStandIn, names: Sequence[str]) -> None:
        self.server = server
        self.settings = {name: server.credentials[name] for name in names} | {"base_url": server.url}
        self.closed: str | None = None

    def publisher(self) -> X:
        x = X.from_settings(self.settings)
        if self.closed is not None:
            x.session.client.session.mount("http://", Road(self.closed))
        return x

    def posts(self) -> Sequence[Seen]:
        return [self._seen(post) for post in self.server.accepted]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        pictures = [self.server.uploads[n] for n in post["media"]]
        return Seen(
            post["id"],
            post["text"],
            None,
            tuple(sha256(p["data"]).hexdigest() for p in pictures),
            tuple(p["alt"] for p in pictures),
        )

    def fault(self, kind: Fault, when: When) -> None:
        on, server = CALLS[when], self.server
        match kind:
            case Fault.REFUSE_CONNECTION:
                self.closed = on
            case Fault.RATE_LIMIT:
                assert self.wait is not None
                reset = str(int((datetime.now(UTC) + self.wait).timestamp()))
                headers = {
                    "x-rate-limit-limit": "100",
                    "x-rate-limit-remaining": "0",
                    "x-rate-limit-reset": reset,
                }
                server.fault(
                    "status", on=on, status=429, body={"title": "Too Many Requests"}, headers=headers
                )
            case Fault.AUTH_DEAD:
                server.fault(
                    "status", on=on, status=401, body={"title": "Unauthorized", "detail": "Unauthorized"}
                )
            case Fault.REFUSED:
                server.fault("status", on=on, status=400, body={"detail": "Your Tweet text is too long."})
            case _:
                spoil(server, kind, on, self.elsewhere)

    @contextmanager
    def hasty(self) -> Iterator[None]:
        with patch.object(x_session, "TOTAL_SECONDS", HASTY):
            yield

    def heal(self) -> None:
        self.server.faults.clear()
        self.closed = None

    def answers(self, remote_id: str) -> Sequence[Seen]:
        return [self._seen(post) for post in self.server.accepted if post["reply_to"] == remote_id]

    def uploads(self) -> int:
        described = sum(bool(upload["alt"]) for upload in self.server.uploads.values())
        return len(self.server.uploads) + described

    def age(self, by: timedelta) -> None:
        self.server.age(by)


@contextmanager
def standing_still() -> Iterator[XStandIn]:
    """The stand-in, in a world where the clock stands on a whole second: X names the end of a quota in seconds."""
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False), XStandIn() as standin:
        yield standin


def at(server: XStandIn, read: float = 5.0) -> X:
    return X(Session({BEARER: server.credentials[BEARER]}, server.url, (1.0, read)))


def post(text: str = "Loket buka hari Senin", pictures: int = 0) -> Outgoing:
    return Outgoing("kunci", text, NOW, media=tuple(picture(n) for n in range(pictures)))


def error_of(x: X, outgoing: Outgoing, notes: Notes | None = None) -> PublishError:
    with pytest.raises(PublishError) as caught:
        x.publish(outgoing, notes or Notes())
    return caught.value
