"""Instagram, Threads and LinkedIn behind the whole core: drawn card, media host, lost answers, one post each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from humasbot.app import Humasbot
from humasbot.testing.standin_linkedin import LinkedInStandIn, shown
from humasbot.testing.standin_meta import InstagramStandIn, MediaSite, ThreadsStandIn, graph_error

pytestmark = pytest.mark.slow


class Office:
    """Three accounts, their platforms, and the office's web server."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.site = MediaSite(folder)
        self.instagram, self.threads, self.linkedin = InstagramStandIn(), ThreadsStandIn(), LinkedInStandIn()
        self.servers = (self.site, self.instagram, self.threads, self.linkedin)

    def settings(self, url: str) -> dict[str, Any]:
        # The web server is on this very machine, so the look from outside has to be left out.
        host = {"media_folder": str(self.site.folder), "media_url": self.site.url, "media_check": "off"}
        meta = {
            name: {"platform": name, "user_id": server.user, "token": {"env": "META"}, "base_url": server.url}
            for name, server in (("instagram", self.instagram), ("threads", self.threads))
        }
        page = {"organization": self.linkedin.number, "base_url": self.linkedin.url}
        return {
            "humasbot": {"database": url, "settle": "0s", "threads": 4},
            "agency": {
                "name": "Dinas Kominfo Kota Contoh",
                "short": "Diskominfo",
                "sign_off": "— Diskominfo",
            },
            "accounts": {
                "instagram": {**meta["instagram"], **host},
                "threads": {**meta["threads"], **host},
                "linkedin": {"platform": "linkedin", "token": {"env": "LINKEDIN"}, **page},
            },
        }

    def accepted(self) -> list[int]:
        return [len(server.accepted) for server in (self.instagram, self.threads, self.linkedin)]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    place = Office(tmp_path / "www")
    monkeypatch.setenv("META", place.instagram.token)
    monkeypatch.setenv("LINKEDIN", place.linkedin.token)
    for server in place.servers:
        server.start()
    yield place
    for server in place.servers:
        server.stop()


@pytest.fixture
def bot(office: Office, tmp_path: Path, open_bot: Callable[[dict[str, Any]], Humasbot]) -> Humasbot:
    return open_bot(office.settings(f"sqlite:///{tmp_path / 'test.db'}"))


def test_one_announcement_reaches_all_three_with_its_picture(
    bot: Humasbot, office: Office, note: Path
) -> None:
    bot.announce(str(note), actor="budi")
    bot.publish()
    assert office.accepted() == [1, 1, 1]
    (instagram,), (threads,), (linkedin,) = (
        server.accepted for server in (office.instagram, office.threads, office.linkedin)
    )
    assert "Layanan KTP buka hari Sabtu" in instagram["fields"]["caption"]
    assert len(instagram["items"]) == len(threads["items"]) == len(office.linkedin.pictures(linkedin)) == 1
    assert all(alt.strip() for _, alt in (*instagram["items"], *threads["items"]))
    assert "Layanan KTP buka hari Sabtu" in shown(linkedin["commentary"])
    assert office.site.names() == []


def test_lost_answers_and_restarts_make_nothing_double(
    bot: Humasbot, office: Office, note: Path, open_bot: Callable[[dict[str, Any]], Humasbot], tmp_path: Path
) -> None:
    office.instagram.fault("lost", on="POST .*/media_publish")
    office.threads.fault("gateway", on="POST .*/threads_publish")
    office.linkedin.fault("garbage", on="POST /rest/posts")
    bot.announce(str(note), actor="budi")
    bot.publish()
    assert office.accepted() == [1, 1, 1]
    for _ in range(5):
        again = open_bot(office.settings(f"sqlite:///{tmp_path / 'test.db'}"))
        again.reconcile()
        again.publish()
    stands = again.announce(str(note), actor="budi")
    assert office.accepted() == [1, 1, 1]
    assert [stand.state for stand in stands] == ["sent", "sent", "sent"]
    assert all(stand.url for stand in stands)


def test_one_dead_one_limited_the_third_is_out(bot: Humasbot, office: Office, note: Path) -> None:
    office.instagram.fault(
        "status", on="content_publishing_limit", status=400, body=graph_error(190), times=9
    )
    office.threads.quota = 0
    bot.announce(str(note), actor="budi")
    bot.publish()
    assert office.accepted() == [0, 0, 1]
    states = {stand.account: stand.state for stand in bot.announce(str(note), actor="budi")}
    assert states == {"instagram": "queued", "threads": "queued", "linkedin": "sent"}
