"""The Mastodon publisher against mastodon-mock, straight and over a road that loses answers."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
import time_machine
from relay import Relay
from servers.base import call
from servers.mastodon import Effect, MastodonMock

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, RateLimited, Rejected, Retryable, Uncertain
from humasbot.net import Http
from humasbot.platforms.mastodon import LIMITS, PAGE, Mastodon
from humasbot.testing import Fault, Harness, Notes, PublisherSuite, Seen, When, picture
from humasbot.testing.standin_harness import spoil

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
POST, UPLOAD = "/api/v1/statuses", "/api/v2/media"
CALLS = {
    When.PREPARING: f"POST {UPLOAD}",
    When.PUBLISHING: f"POST {POST}",
    When.EDITING: f"PUT {POST}",
    When.LOOKING: "GET /api/v1/accounts|(GET|DELETE) /api/v1/statuses",
}


@pytest.fixture
def publisher(mastodon: MastodonMock) -> Mastodon:
    return Mastodon(mastodon.url, mastodon.token, http=Http(read=1))


class MockHarness(Harness):
    platform = Mastodon

    def __init__(self, mock: MastodonMock, relay: Relay) -> None:
        self.mock, self.relay = mock, relay
        self.settings = {"server": relay.url, "token": mock.token}

    def posts(self) -> Sequence[Seen]:
        return [self._seen(status) for status in reversed(self.mock.statuses())]

    def answers(self, remote_id: str) -> Sequence[Seen]:
        ours = reversed(self.mock.statuses())
        return [self._seen(status) for status in ours if status["in_reply_to_id"] == remote_id]

    def _seen(self, status: dict[str, Any]) -> Seen:
        source = self.mock.api("GET", f"v1/statuses/{status['id']}/source").good().json()
        media = status["media_attachments"]
        files = [call("GET", self.mock.url + urlsplit(m["url"]).path).good().body for m in media]
        return Seen(
            status["id"],
            source["text"],
            None,
            tuple(sha256(file).hexdigest() for file in files),
            tuple(m["description"] for m in media),
            status["url"],
        )

    def fault(self, kind: Fault, when: When) -> None:
        on, relay = CALLS[when], self.relay
        match kind:
            case Fault.REFUSE_CONNECTION:
                relay.stop()
            case Fault.AUTH_DEAD:
                relay.fault("status", on=on, status=401, body={"error": "The access token was revoked"})
            case Fault.RATE_LIMIT:
                assert self.wait is not None
                reset = (datetime.now(UTC) + self.wait).isoformat(timespec="microseconds")
                relay.fault("status", on=on, status=429, headers={"X-RateLimit-Reset": reset})
            case Fault.REFUSED:
                relay.fault("status", on=on, status=422, body={"error": "Validation failed"})
            case Fault.GARBAGE_AFTER_ACCEPT:
                relay.fault("short", on=on)
            case _:
                spoil(relay, kind, on, self.elsewhere)

    def heal(self) -> None:
        self.relay.faults.clear()
        self.relay.stop()
        self.relay.start()

    def uploads(self) -> int:
        return len(self.relay.done("POST", UPLOAD))


class TestMastodonOnTheEmulator(PublisherSuite):
    idempotent = True
    crowd = PAGE + 5
    cannot: ClassVar[Mapping[str, str]] = {
        "test_find_existing_leaves_old_posts_alone": "the emulator's posts cannot be made older",
        "test_longest_text_is_accepted": "the emulator counts code points where Mastodon counts graphemes",
    }

    @pytest.fixture
    def harness(self, mastodon: MastodonMock) -> Iterator[MockHarness]:
        # Mastodon names the moment of the reset; with our clock held, the wait until then is exact.
        with Relay(mastodon.url) as relay, time_machine.travel(datetime.now(UTC), tick=False):
            yield MockHarness(mastodon, relay)


def test_everything_of_a_post_is_read_back(mastodon: MastodonMock, publisher: Mastodon) -> None:
    media = (picture(0), picture(1, "image/png"))
    text = "Loket “Dukcapil” buka & gratis 🇮🇩\n\nhttps://contoh.go.id/a?b=1&c=2 #Brebes"
    receipt = publisher.publish(Outgoing("kunci", text, NOW, media=media), Notes())
    status = mastodon.api("GET", f"v1/statuses/{receipt.remote_id}").good().json()
    assert status["url"] == receipt.url
    assert (status["visibility"], status["language"]) == ("public", "id")
    assert [m["description"] for m in status["media_attachments"]] == [m.alt for m in media]
    assert [tag["name"] for tag in status["tags"]] == ["brebes"]
    assert mastodon.api("GET", f"v1/statuses/{receipt.remote_id}/source").json()["text"] == text


def test_one_key_is_one_status_and_another_key_another(mastodon: MastodonMock, publisher: Mastodon) -> None:
    first = publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
    again = Mastodon(mastodon.url, mastodon.token).publish(Outgoing("satu", "Kabar", NOW), Notes())
    other = publisher.publish(Outgoing("dua", "Kabar", NOW), Notes())
    assert first.remote_id == again.remote_id != other.remote_id
    assert len(mastodon.statuses()) == 2


def test_limits_come_from_the_server(mastodon: MastodonMock, publisher: Mastodon) -> None:
    name = publisher.verify()
    assert name.startswith("@")
    assert name.endswith(urlsplit(mastodon.url).netloc)
    assert publisher.limits.source == f"{mastodon.url}/api/v2/instance"
    assert (publisher.limits.max_text, publisher.limits.max_pixels) == (500, 16_777_216)
    assert publisher.limits.max_alt == LIMITS.max_alt


@pytest.mark.parametrize("path", [POST, UPLOAD])
def test_a_rate_limit_holds_the_account_as_long_as_the_server_says(
    mastodon: MastodonMock, publisher: Mastodon, path: str
) -> None:
    mastodon.set_fault("ratelimit", path=path, count=1)
    with pytest.raises(RateLimited) as caught:
        publisher.publish(Outgoing("satu", "Foto", NOW, media=(picture(0),)), Notes())
    assert caught.value.retry_after == timedelta(seconds=300)
    assert mastodon.statuses() == []


def test_a_refused_text_is_rejected_in_the_servers_words(mastodon: MastodonMock, publisher: Mastodon) -> None:
    too_long = Outgoing("satu", "a" * 501, NOW)
    assert [problem.where for problem in publisher.validate(too_long)] == ["text"]
    with pytest.raises(Rejected, match="too long") as caught:
        publisher.publish(too_long, Notes())
    assert caught.value.status == 422
    assert mastodon.statuses() == []


def test_a_wrong_token_is_a_dead_credential(mastodon: MastodonMock) -> None:
    wrong = Mastodon(mastodon.url, "token-yang-salah")
    for ask in (wrong.verify, lambda: wrong.publish(Outgoing("satu", "Kabar", NOW), Notes())):
        with pytest.raises(AuthExpired) as caught:
            ask()
        assert "token-yang-salah" not in str(caught.value)


@pytest.mark.parametrize("effect", ["malformed", "status"])
@pytest.mark.parametrize(("path", "error"), [(POST, Uncertain), (UPLOAD, Retryable)])
def test_a_fault_of_the_server_is_uncertain_on_the_publishing_call_only(
    mastodon: MastodonMock, publisher: Mastodon, effect: Effect, path: str, error: type[Exception]
) -> None:
    outgoing = Outgoing("satu", "Kabar", NOW, media=(picture(0),))
    mastodon.set_fault(effect, path=path, count=1, methods=["POST"])
    with pytest.raises(error):
        publisher.publish(outgoing, Notes())
    assert publisher.find_existing(outgoing, datetime.now(UTC) - timedelta(minutes=1)) is None
    publisher.publish(outgoing, Notes())
    assert len(mastodon.statuses()) == 1


def test_a_server_that_hangs_leaves_it_uncertain() -> None:
    """A server of its own: it carries the request out in the end, into whichever test runs by then."""
    with MastodonMock() as hanging:
        hanging.set_fault("timeout", path=POST, count=1, methods=["POST"])
        publisher = Mastodon(hanging.url, hanging.token, http=Http(read=1))
        with pytest.raises(Uncertain):
            publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
        assert hanging.process is not None
        hanging.process.stop(signal.SIGKILL)  # it would wait for the request that hangs


def test_an_answer_that_comes_too_late_is_uncertain_and_then_found(
    mastodon: MastodonMock, publisher: Mastodon
) -> None:
    outgoing, start = Outgoing("satu", "Kabar yang lambat", NOW), datetime.now(UTC)
    with Relay(mastodon.url) as relay:
        hasty = Mastodon(relay.url, mastodon.token, http=Http(read=1))
        relay.fault("late", on=CALLS[When.PUBLISHING], seconds=20)
        with pytest.raises(Uncertain):
            hasty.publish(outgoing, Notes())
    found = publisher.find_existing(outgoing, start)
    assert found is not None
    assert [status["id"] for status in mastodon.statuses()] == [found.remote_id]


def test_looking_tells_what_is_ours_from_what_is_like_it(mastodon: MastodonMock, publisher: Mastodon) -> None:
    start = datetime.now(UTC)
    ours = Outgoing("satu", "Harga <b> & “beras”\nhttps://contoh.go.id/a?b=1&c=2 #Brebes\n\nSelesai.", NOW)
    receipt = publisher.publish(ours, Notes())
    publisher.publish(replace(ours, key="dua", text=ours.text + " Lagi."), Notes())
    found = publisher.find_existing(ours, start)
    assert found is not None
    assert found.remote_id == receipt.remote_id
    assert publisher.find_existing(replace(ours, text="Harga"), start) is None


def test_figures_and_deletion(mastodon: MastodonMock, publisher: Mastodon) -> None:
    receipt = publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
    mastodon.api("POST", f"v1/statuses/{receipt.remote_id}/favourite").good()
    figures = publisher.metrics(receipt)
    assert (figures.likes, figures.shares, figures.replies, figures.views) == (1, 0, 0, None)
    publisher.delete(receipt)
    assert mastodon.statuses() == []
    publisher.delete(receipt)
