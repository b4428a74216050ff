"""Harnesses for Instagram and Threads on their stand-ins, with the office's web server beside them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest

from humasbot.content import Outgoing
from humasbot.net import Http
from humasbot.platforms import facebook_graph, meta
from humasbot.platforms.base import Publisher
from humasbot.platforms.instagram import Instagram
from humasbot.platforms.threads import Threads
from humasbot.testing import HASTY, Fault, Reply, Seen, StandInHarness, When
from humasbot.testing.standin_meta import (
    InstagramStandIn,
    MediaSite,
    MetaStandIn,
    ThreadsStandIn,
    graph_error,
)

TOKEN = "EAAGrahasia0123456789"
USAGE = {
    "X-Business-Use-Case-Usage": json.dumps(
        {
            "17841400000000001": [
                {"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 3}
            ]
        }
    )
}


def looking() -> Http:
    """A guarded client that may see our own web server, and nothing else of this network."""
    return Http(guard=True, allow_hosts=["127.0.0.1"], read=2, total=4)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[MediaSite]:
    with MediaSite(tmp_path) as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meta, "POLLS", (0.0, 0.0, 0.0))


class MetaHarness(StandInHarness):
    server: MetaStandIn
    wait = timedelta(minutes=3)
    refusals: ClassVar = {
        Fault.RATE_LIMIT: Reply(400, graph_error(80002), USAGE),
        Fault.AUTH_DEAD: Reply(400, graph_error(190, f"Bad token {TOKEN}")),
        Fault.REFUSED: Reply(400, graph_error(36003, "The aspect ratio is not supported.")),
    }

    def __init__(self, server: MetaStandIn, settings: Mapping[str, str]) -> None:
        super().__init__(server, settings)
        self.calls = {
            When.PREPARING: f"POST {server.root}/{server.create}$",
            When.PUBLISHING: f"POST {server.root}/{server.publish}$",
            When.LOOKING: "GET |DELETE ",
        }

    def publisher(self) -> Publisher:
        return self.platform.from_settings(self.settings, http=looking())  # type: ignore[call-arg]  # ours take one

    def seen(self, post: Mapping[str, Any], text: str | None) -> Seen:
        digests, alts = tuple(d for d, _ in post["items"]), tuple(a for _, a in post["items"])
        url = self.server.shown(post)["permalink"]
        return Seen(post["id"], text, post["fields"].get("link_attachment"), digests, alts, url)

    def uploads(self) -> int:
        return len(self.server.containers)

    @contextmanager
    def hasty(self) -> Iterator[None]:
        with patch.object(facebook_graph, "TOTAL", HASTY):
            yield

    def age(self, by: timedelta) -> None:
        self.server.age(by)


class InstagramHarness(MetaHarness):
    platform = Instagram

    def posts(self) -> list[Seen]:
        return [self.seen(post, post["fields"]["caption"]) for post in self.server.accepted]


class ThreadsHarness(MetaHarness):
    platform = Threads
    server: ThreadsStandIn

    def posts(self) -> list[Seen]:
        """Every chain as one post; only of one that has a single part is the text known."""
        chains: dict[str, list[Mapping[str, Any]]] = {}
        for post in self.server.accepted:
            chains.setdefault(self.server.first_of(post)["id"], []).append(post)
        found = []
        for posts in chains.values():
            one = self.seen(posts[0], posts[0]["fields"]["text"] if len(posts) == 1 else None)
            name = "+".join(post["id"] for post in posts)
            found.append(Seen(name, one.text, one.link, one.pictures, one.alts, one.url))
        return found

    def answers(self, remote_id: str) -> list[Seen]:
        """The chains that answer the first post of a chain."""
        own, found = remote_id.split("+"), []
        for post in self.server.accepted:
            if post["fields"].get("reply_to_id") != own[0] or post["id"] in own:
                continue
            names = [post["id"]]
            for other in self.server.accepted:
                if other["fields"].get("reply_to_id") == names[-1]:
                    names.append(other["id"])
            text = post["fields"]["text"] if len(names) == 1 else None
            one = self.seen(post, text)
            found.append(Seen("+".join(names), text, one.link, one.pictures, one.alts, one.url))
        return found


def settings(server: MetaStandIn, site: MediaSite, **more: str) -> dict[str, str]:
    return {
        "user_id": server.user,
        "token": server.token,
        "base_url": server.url,
        "media_folder": str(site.folder),
        "media_url": site.url,
        **more,
    }


def outgoing(text: str = "Isi kiriman.", **more: Any) -> Outgoing:
    return Outgoing("k", text, datetime.now(UTC), **more)


def since(minutes: float = 1) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


__all__ = ["InstagramStandIn", "ThreadsStandIn"]
