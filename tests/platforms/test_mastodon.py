"""The Mastodon publisher against its stand-in; ``tests/live/test_mastodon_mock.py`` has the emulator."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, ConfigError, RateLimited, Rejected, Retryable, Uncertain
from humasbot.net import Http
from humasbot.platforms import mastodon as module
from humasbot.platforms.mastodon import LIMITS, PAGE, PAGES, POLLS, Mastodon
from humasbot.platforms.mastodon_text import comparable, letters, shown
from humasbot.testing import Fault, Harness, Notes, PublisherSuite, Seen, When, picture
from humasbot.testing.standin_harness import spoil
from humasbot.testing.standin_mastodon import MastodonStandIn, status_html

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CALLS = {
    When.PREPARING: "POST /api/v2/media",
    When.PUBLISHING: "POST /api/v1/statuses",
    When.LOOKING: "GET /api/v1/accounts|(GET|DELETE) /api/v1/statuses",
    When.EDITING: "PUT /api/v1/statuses",
}


class MastodonHarness(Harness):
    platform = Mastodon

    def __init__(self, server: MastodonStandIn) -> None:
        self.server = server
        self.settings = {"server": server.url, "token": server.token}

    def posts(self) -> Sequence[Seen]:
        return [self._seen(status) for status in self.server.accepted]

    def answers(self, remote_id: str) -> Sequence[Seen]:
        return [self._seen(s) for s in self.server.accepted if s["in_reply_to_id"] == remote_id]

    def _seen(self, status: dict[str, Any]) -> Seen:
        return Seen(
            status["id"],
            status["text"],
            None,
            tuple(sha256(self.server.files[m["id"]]).hexdigest() for m in status["media_attachments"]),
            tuple(m["description"] for m in status["media_attachments"]),
            status["url"],
        )

    def fault(self, kind: Fault, when: When) -> None:
        on, server = CALLS[when], self.server
        match kind:
            case Fault.REFUSE_CONNECTION:
                server.stop()
            case Fault.AUTH_DEAD:
                server.fault("status", on=on, status=401, body={"error": "The access token was revoked"})
            case Fault.RATE_LIMIT:
                assert self.wait is not None
                reset = (datetime.now(UTC) + self.wait).isoformat(timespec="microseconds")
                headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Reset": reset.replace("+00:00", "Z")}
                server.fault("status", on=on, status=429, body={"error": "Throttled"}, headers=headers)
            case Fault.REFUSED:
                server.fault("status", on=on, status=422, body={"error": "Validation failed"})
            case _:
                spoil(server, kind, on, self.elsewhere)

    def heal(self) -> None:
        self.server.faults.clear()
        self.server.stop()
        self.server.start()

    def uploads(self) -> int:
        return len(self.server.files)

    def age(self, by: timedelta) -> None:
        for status in self.server.accepted:
            created = datetime.fromisoformat(status["created_at"]) - by
            status["created_at"] = created.isoformat().replace("+00:00", "Z")


@pytest.fixture
def server() -> Iterator[MastodonStandIn]:
    with MastodonStandIn() as standin:
        yield standin


class TestMastodon(PublisherSuite):
    idempotent = True
    crowd = PAGE + 5

    @pytest.fixture
    def harness(self, server: MastodonStandIn) -> Iterator[MastodonHarness]:
        # Mastodon names the moment of the reset; with the clock held, the wait until then is exact.
        with time_machine.travel(datetime.now(UTC), tick=False):
            yield MastodonHarness(server)


def no_pause(seconds: float) -> None:
    """Instead of waiting for the server."""


def mastodon(server: MastodonStandIn, pause: Callable[[float], None] = no_pause) -> Mastodon:
    return Mastodon(server.url, server.token, http=Http(read=2), pause=pause)


def test_limits_are_asked_from_the_server_once_and_never_at_birth(server: MastodonStandIn) -> None:
    server.statuses_limits |= {"max_characters": 5000, "characters_reserved_per_url": 30}
    server.media_limits = {"image_size_limit": 1_000_000, "supported_mime_types": ["image/png", "video/mp4"]}
    publisher = mastodon(server)
    assert publisher.limits is LIMITS
    assert server.paths() == []
    for n in range(2):
        publisher.publish(Outgoing(f"kunci-{n}", f"Kabar {n}", NOW), Notes())
    assert server.paths().count("GET /api/v2/instance") == 1
    limits = publisher.limits
    assert (limits.max_text, limits.count("https://contoh.go.id/" + "a" * 80)) == (5000, 30)
    assert (limits.max_media_bytes, limits.media_types) == (1_000_000, ("image/png",))
    assert (limits.max_alt, limits.max_pixels) == (LIMITS.max_alt, LIMITS.max_pixels)
    assert limits.source == f"{server.url}/api/v2/instance"
    assert LIMITS.as_of == date(2026, 11, 22)


def test_verify_names_the_account_and_asks_for_the_limits_anew(server: MastodonStandIn) -> None:
    publisher = mastodon(server)
    assert publisher.verify() == f"@humas@{server.url.removeprefix('http://')}"
    server.statuses_limits["max_characters"] = 1000
    publisher.verify()
    assert publisher.limits.max_text == 1000


@pytest.mark.parametrize("kind", ["html", "drop", "garbage"])
def test_a_server_that_does_not_tell_its_limits_is_published_to_all_the_same(
    server: MastodonStandIn, kind: Any
) -> None:
    server.fault(kind, on="instance")
    publisher = mastodon(server)
    publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
    assert publisher.limits is LIMITS
    publisher.publish(Outgoing("dua", "Kabar lain", NOW), Notes())
    assert publisher.limits.max_pixels == 33_177_600


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"configuration": []},
        {"configuration": {"statuses": {"max_characters": "500"}, "media_attachments": 7}},
        {
            "configuration": {
                "statuses": {"max_characters": -1},
                "media_attachments": {"supported_mime_types": 3},
            }
        },
        {"configuration": {"media_attachments": {"supported_mime_types": ["video/mp4"]}}},
    ],
)
def test_limits_of_a_wrong_shape_leave_the_usual_ones(server: MastodonStandIn, body: object) -> None:
    server.fault("status", on="instance", status=200, body=body)
    publisher = mastodon(server)
    publisher.verify()
    assert replace(publisher.limits, count=LIMITS.count, source=LIMITS.source, as_of=LIMITS.as_of) == LIMITS


def test_what_is_sent(server: MastodonStandIn) -> None:
    settings = {"server": server.url, "token": server.token, "visibility": "unlisted"}
    publisher = Mastodon.from_settings(settings)
    receipt = publisher.publish(Outgoing("kunci-tetap", "Sugeng enjing", NOW, language="jv-Latn"), Notes())
    request = next(r for r in server.requests if r.method == "POST")
    assert request.headers["idempotency-key"] == "kunci-tetap"
    assert request.json() == {"status": "Sugeng enjing", "visibility": "unlisted", "language": "jv"}
    assert receipt.url == f"https://sosial.test/@humas/{receipt.remote_id}"
    assert receipt.published_at is not None


def test_a_picture_still_in_the_works_is_waited_for(server: MastodonStandIn) -> None:
    waited: list[float] = []
    server.processing = 3
    mastodon(server, waited.append).publish(Outgoing("satu", "Foto", NOW, media=(picture(0),)), Notes())
    assert tuple(waited) == POLLS[:4]
    assert len(server.accepted[0]["media_attachments"]) == 1


def test_a_picture_that_takes_too_long_is_gone_on_with_at_the_next_attempt(server: MastodonStandIn) -> None:
    server.processing, notes, outgoing = 6, Notes(), Outgoing("satu", "Foto", NOW, media=(picture(0),))
    with pytest.raises(Retryable) as caught:
        mastodon(server).publish(outgoing, notes)
    assert caught.value.retry_after == timedelta(seconds=30)
    mastodon(server).publish(outgoing, notes)
    assert len(server.files) == 1
    assert [m["description"] for m in server.accepted[0]["media_attachments"]] == [outgoing.media[0].alt]


def test_a_picture_the_server_cannot_use_is_refused(server: MastodonStandIn) -> None:
    server.processing = 1
    server.fault("status", on="GET /api/v1/media", status=422, body={"error": "File is invalid"})
    with pytest.raises(Rejected, match="File is invalid"):
        mastodon(server).publish(Outgoing("satu", "Foto", NOW, media=(picture(0),)), Notes())


def test_pictures_that_the_server_forgot_are_uploaded_anew(server: MastodonStandIn) -> None:
    """An older server would post without them and say nothing."""
    notes, outgoing = Notes(), Outgoing("satu", "Foto", NOW, media=(picture(0), picture(1)))
    server.fault("drop", on="POST /api/v1/statuses")
    with pytest.raises(Uncertain):
        mastodon(server).publish(outgoing, notes)
    server.forget_media()
    mastodon(server).publish(outgoing, notes)
    assert [m["description"] for m in server.accepted[0]["media_attachments"]] == [
        m.alt for m in outgoing.media
    ]


def test_after_the_key_is_forgotten_looking_finds_the_post(server: MastodonStandIn) -> None:
    outgoing = Outgoing(
        "satu", "Kabar <penting> & @humas@lain.test:\n\nhttps://contoh.go.id/a?b=1&c=2 #Brebes", NOW
    )
    server.fault("lost", on="POST /api/v1/statuses")
    start = datetime.now(UTC)
    with pytest.raises(Uncertain):
        mastodon(server).publish(outgoing, Notes())
    server.remembered.clear()
    found = mastodon(server).find_existing(outgoing, start)
    assert found is not None
    assert found.remote_id == server.accepted[0]["id"]


def test_a_server_clock_a_minute_behind_hides_nothing(server: MastodonStandIn) -> None:
    outgoing = Outgoing("satu", "Kabar", NOW)
    mastodon(server).publish(outgoing, Notes())
    created = datetime.fromisoformat(server.accepted[0]["created_at"])
    assert mastodon(server).find_existing(outgoing, created + timedelta(minutes=1)) is not None
    assert mastodon(server).find_existing(outgoing, created + timedelta(minutes=5)) is None


def test_the_same_words_with_other_marks_are_for_a_person_to_look_at(server: MastodonStandIn) -> None:
    outgoing = Outgoing("satu", "Kabar **penting** hari ini", NOW)
    receipt = mastodon(server).publish(outgoing, Notes())
    server.accepted[0]["content"] = "<p>Kabar <strong>penting</strong> hari ini</p>"
    with pytest.raises(Uncertain, match=receipt.url):
        mastodon(server).find_existing(outgoing, NOW - timedelta(days=9999))


def test_behind_more_posts_than_are_read_it_cannot_be_known(
    server: MastodonStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(module, "PAGES", 3)
    publisher, start = mastodon(server), datetime.now(UTC)
    for n in range(6):
        publisher.publish(Outgoing(f"kunci-{n}", f"Kabar {n}", NOW), Notes())
    assert publisher.find_existing(Outgoing("lain", "Kabar 0", NOW), start) is not None
    with pytest.raises(Uncertain):
        publisher.find_existing(Outgoing("lain", "Kabar lain", NOW), start)
    assert PAGE * PAGES >= 300, "the account may post 300 times in three hours"


@pytest.mark.parametrize("body", [{}, 7, [7], [{}], {"id": None}, [{"created_at": "kemarin", "id": "1"}]])
@pytest.mark.parametrize("when", ["verify_credentials", "statuses"])
def test_an_answer_of_another_shape_is_never_surely_absent(
    server: MastodonStandIn, when: str, body: object
) -> None:
    server.fault("status", on=f"GET .*{when}", status=200, body=body)
    with pytest.raises((Retryable, Uncertain)):
        mastodon(server).find_existing(Outgoing("satu", "Kabar", NOW), NOW)


def test_a_post_whose_time_cannot_be_read_is_published_all_the_same(server: MastodonStandIn) -> None:
    server.fault(
        "status", on="POST /api/v1/statuses", status=200, body={"id": 7, "uri": "https://sosial.test/7"}
    )
    receipt = mastodon(server).publish(Outgoing("satu", "Kabar", NOW), Notes())
    assert (receipt.remote_id, receipt.url, receipt.published_at) == ("7", "https://sosial.test/7", None)


def test_a_token_without_the_right_pauses_the_account(server: MastodonStandIn) -> None:
    body = {"error": "This action is outside the authorized scopes"}
    server.fault("status", on="POST /api/v1/statuses", status=403, body=body)
    with pytest.raises(AuthExpired, match="outside the authorized scopes"):
        mastodon(server).publish(Outgoing("satu", "Kabar", NOW), Notes())


def test_a_redirect_names_the_right_server_and_is_not_followed(server: MastodonStandIn) -> None:
    headers = {"Location": "https://sosial.contoh.go.id/api/v1/statuses"}
    server.fault("status", on="POST /api/v1/statuses", status=301, headers=headers)
    with pytest.raises(Rejected, match=r"sosial\.contoh\.go\.id"):
        mastodon(server).publish(Outgoing("satu", "Kabar", NOW), Notes())


def test_the_reset_header_is_the_wait(server: MastodonStandIn) -> None:
    with time_machine.travel(NOW, tick=False):
        headers = {"X-RateLimit-Reset": "2026-11-22T02:04:30.000000Z"}
        server.fault("status", on="POST /api/v2/media", status=429, headers=headers)
        with pytest.raises(RateLimited) as caught:
            mastodon(server).publish(Outgoing("satu", "Foto", NOW, media=(picture(0),)), Notes())
    assert caught.value.retry_after == timedelta(minutes=4, seconds=30)


def test_figures(server: MastodonStandIn) -> None:
    publisher = mastodon(server)
    receipt = publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
    figures = publisher.metrics(receipt)
    assert (figures.views, figures.likes, figures.shares, figures.replies) == (None, 3, 2, 1)
    publisher.delete(receipt)
    with pytest.raises(Rejected):
        publisher.metrics(receipt)


@pytest.mark.parametrize("status", [403, 422, 500])
def test_a_refused_deletion_is_not_counted_as_done(server: MastodonStandIn, status: int) -> None:
    publisher = mastodon(server)
    receipt = publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
    server.fault("status", on="DELETE", status=status)
    with pytest.raises((AuthExpired, Rejected, Retryable)):
        publisher.delete(receipt)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"server": "http://mastodon.social"}, ["server"]),
        ({"visibility": "direct"}, ["visibility"]),
        ({"server": "https://x?y=1", "visibility": "semua"}, ["server", "visibility"]),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], named: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        Mastodon.from_settings({"server": "mastodon.social", "token": "x"} | change)
    assert [problem.where for problem in caught.value.problems] == named


# --- text -------------------------------------------------------------------------------------------------------

WORDS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=8),
    st.sampled_from(
        ["https://contoh.go.id/a?b=1&c=%20", "@humas@lain.test", "#Brebes", "<b>", "&amp;", "\n", "\n\n"]
    ),
)


@given(st.lists(WORDS, min_size=1, max_size=10).map(" ".join))
def test_what_the_server_shows_is_known_again(text: str) -> None:
    assert shown(status_html(text)) == comparable(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kabar 1.", "Kabar 2."),
        ("Kabar", "Kabar!"),
        ("kabar", "Kabar"),
        ("a b", "ab"),
        ("@humas", "@humas2@x.id"),
    ],
)
def test_other_texts_stay_other(one: str, other: str) -> None:
    assert shown(status_html(one)) != comparable(other)


def test_letters_leave_marks_out() -> None:
    assert letters("Kabar **penting** (1)!") == "Kabarpenting1"


def test_it_tells_what_the_server_says_is_left(server: MastodonStandIn) -> None:
    publisher = mastodon(server)
    (asked,) = publisher.allowances()
    assert (asked.what, asked.used, asked.total, asked.window) == ("calls", 1, 300, timedelta(minutes=5))
    receipt = publisher.publish(Outgoing("satu", "Foto", NOW, media=(picture(0),)), Notes())
    publisher.delete(receipt)
    told = {one.what: (one.used, one.total, one.window) for one in publisher.allowances()}
    assert told["posts"] == (1, 300, timedelta(hours=3))
    assert told["media"] == (1, 30, timedelta(minutes=30))
    assert told["deletes"] == (1, 30, timedelta(minutes=30))


def test_a_post_that_is_refused_for_its_quota_tells_it(server: MastodonStandIn) -> None:
    reset = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    server.fault("status", on="POST /api/v1/statuses", status=429, headers=headers)
    publisher = mastodon(server)
    with pytest.raises(RateLimited):
        publisher.publish(Outgoing("satu", "Kabar", NOW), Notes())
    told = {one.what: one for one in publisher.allowances()}
    assert (told["posts"].used, told["posts"].total) == (300, 300)
    assert told["posts"].resets == datetime.fromisoformat(reset)
