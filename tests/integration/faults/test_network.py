"""Every bad network between us and a platform, made by a TCP proxy: never twice, never lost, and no false word.

The platforms are the stand-ins whose public record says what was accepted; the office, its database and its HTTP
client are the real ones.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from humasbot.app import Humasbot
from humasbot.models import Account, Delivery, utc_now
from humasbot.net import Http
from humasbot.platforms import bluesky, mastodon, telegram_api, webhook, wordpress
from humasbot.testing.faultproxy import SERVED, FaultProxy
from humasbot.testing.standin import StandIn
from humasbot.testing.standin_bluesky import BlueskyStandIn
from humasbot.testing.standin_mastodon import MastodonStandIn
from humasbot.testing.standin_telegram import TelegramStandIn
from humasbot.testing.standin_webhook import WebhookStandIn
from humasbot.testing.standin_wordpress import WordPressStandIn

pytestmark = pytest.mark.slow
PATIENCE = 0.6
"""Seconds that a client waits here for an answer, so that a delay past the timeout costs no minute."""
DRIP = 0.004
"""Seconds between two bytes of an answer that trickles: each comes in time, the whole one long after it."""


class Case:
    """One platform: its stand-in, the first bytes of its publishing request, and its settings."""

    def __init__(
        self, standin: type[StandIn], publishing: bytes, settings: Callable[[Any, str], dict[str, Any]]
    ):
        self.standin = standin
        self.publishing = publishing
        self.settings = settings


CASES = {
    "webhook": Case(
        WebhookStandIn,
        b"POST /humasbot",
        lambda s, url: {"url": url + s.path, "secret": s.secret, "allow_private": "true"},
    ),
    "mastodon": Case(
        MastodonStandIn, b"POST /api/v1/statuses", lambda s, url: {"server": url, "token": s.token}
    ),
    "bluesky": Case(
        BlueskyStandIn,
        b"POST /xrpc/com.atproto.repo.putRecord",
        lambda s, url: {"service": url, "handle": s.who, "app_password": s.password},
    ),
    "wordpress": Case(
        WordPressStandIn,
        b"POST /wp-json/wp/v2/posts/",
        lambda s, url: {"url": url, "user": s.user, "password": s.password},
    ),
    "telegram": Case(
        TelegramStandIn,
        b"/send",
        lambda s, url: {"chat": "@kabar_uji", "token": s.token, "base_url": url},
    ),
}
CANNOT_LOOK = ("telegram",)
"""What a lost answer leaves to a person."""


class Road:
    """An office with one account, and the bad road to its platform."""

    def __init__(self, bot: Humasbot, server: Any, proxy: FaultProxy, case: Case) -> None:
        self.bot, self.server, self.proxy, self.case = bot, server, proxy, case

    def say(self, words: str) -> None:
        proposal = self.bot.propose("-", stdin=words)
        assert not [problem for draft in proposal.drafts for problem in draft.problems]
        self.bot.commit(proposal, actor="ani")

    def delivery(self) -> Delivery:
        with self.bot.office.database.read() as session:
            return session.get_one(Delivery, 1)

    def public(self) -> int:
        """How many posts stand there for all to see."""
        if isinstance(self.server, WordPressStandIn):
            return len(self.server.public())
        return len(self.server.accepted)

    def later(self) -> None:
        """Everything that waits for its time is due now, and absence has settled."""
        with self.bot.office.database.write() as session:
            row = session.get_one(Delivery, 1)
            row.next_at = utc_now()
            if row.unsure_at is not None:
                row.unsure_at = utc_now() - timedelta(minutes=30)

    def go_on(self) -> str:
        """Publish and reconcile until nothing moves by itself any more; the last state."""
        for _ in range(12):
            self.later()
            self.bot.publish()
            self.later()
            self.bot.reconcile()
            row = self.delivery()
            if row.state in ("sent", "failed") or row.needs_person:
                break
        return self.delivery().state


@pytest.fixture(params=CASES)
def road(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    case = CASES[request.param]
    for module in (bluesky, mastodon, telegram_api, wordpress):
        monkeypatch.setattr(module, "UPLOAD_SECONDS", PATIENCE)
    monkeypatch.setattr(webhook, "SEND_SECONDS", PATIENCE)
    for module in (bluesky, mastodon, telegram_api, webhook, wordpress):
        monkeypatch.setattr(module, "Http", lambda **more: Http(read=PATIENCE, **more))
    with ExitStack() as stack:
        server: Any = stack.enter_context(case.standin())
        proxy = stack.enter_context(FaultProxy("127.0.0.1", int(server.url.rpartition(":")[2])))
        settings = {
            "humasbot": {"database": f"sqlite:///{tmp_path / 'uji.db'}", "settle": "0s", "threads": 2},
            "agency": {"name": "Dinas Kominfo Kota Contoh", "sign_off": "— Diskominfo"},
            "accounts": {"akun": {"platform": request.param, **case.settings(server, proxy.url)}},
        }
        plain = dict(settings["accounts"]["akun"])
        for secret in ("secret", "token", "app_password", "password"):
            if secret in plain:
                monkeypatch.setenv(f"UJI_{secret.upper()}", plain[secret])
                settings["accounts"]["akun"][secret] = {"env": f"UJI_{secret.upper()}"}
        bot = stack.enter_context(Humasbot(settings, folder=tmp_path))
        yield Road(bot, server, proxy, case)


NEWS = (
    "# Jalan Merdeka ditutup\n\nJalan Merdeka ditutup Sabtu pukul 06.00 sampai 10.00 WIB untuk perbaikan.\n"
)


@pytest.mark.parametrize("kind", SERVED)
def test_one_fault_of_the_road_at_the_publishing_call(road: Road, kind: Any) -> None:
    road.say(NEWS)
    seconds = DRIP if kind == "trickle" else 3 * PATIENCE
    road.proxy.spoil(kind, when=road.case.publishing, seconds=seconds)
    road.bot.publish()
    assert kind in [used for used, _ in road.proxy.exchanges], "the fault was never made"
    first = road.delivery()
    out = road.public()
    assert out <= 1
    if first.state in ("queued", "failed"):
        assert out == 0, "what is public was said to be surely not"
    if SERVED[kind] and out:
        assert first.state in ("sent", "uncertain"), first.reason
    road.proxy.heal()
    state = road.go_on()
    row = road.delivery()
    if state == "sent":
        assert road.public() == 1
    elif state == "uncertain":
        assert row.needs_person
        assert row.reason
        assert road.bot.office.config.accounts["akun"].platform in CANNOT_LOOK
    else:
        assert (state, road.public()) == ("failed", 0)
        assert row.needs_person, "given up without a word to a person"


@pytest.mark.parametrize("kind", SERVED)
def test_a_road_that_stays_bad_for_long(road: Road, kind: Any) -> None:
    """Four bad exchanges in a row, whichever they are: sending, looking, logging in."""
    road.say(NEWS)
    road.proxy.spoil(kind, times=4, seconds=DRIP if kind == "trickle" else 2 * PATIENCE)
    state = road.go_on()
    row = road.delivery()
    assert road.public() <= 1
    assert (state == "sent" and road.public() == 1) or row.needs_person or paused(road)


def paused(road: Road) -> bool:
    with road.bot.office.database.read() as session:
        return session.get_one(Account, 1).paused_at is not None
