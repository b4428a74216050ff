"""The webhook against its stand-in; ``test_webhook_receivers.py`` runs the receivers that the documentation shows."""

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

import pytest

from humasbot.content import Outgoing
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
)
from humasbot.net import Http
from humasbot.platforms.webhook import Webhook, sign
from humasbot.testing import Notes, PublisherSuite, Reply, Seen, StandInHarness, When, picture
from humasbot.testing.standin_webhook import WebhookStandIn

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class WebhookHarness(StandInHarness):
    platform = Webhook
    server: WebhookStandIn
    calls: ClassVar = {
        When.PREPARING: "there is no preparing",
        When.PUBLISHING: "POST /",
        When.LOOKING: "GET /",
    }

    def posts(self) -> list[Seen]:
        return [
            Seen(
                m["id"],
                m["text"],
                m["link"],
                tuple(sha256(b64decode(p["data"])).hexdigest() for p in m["media"]),
                tuple(p["alt"] for p in m["media"]),
                m["url"],
            )
            for m in self.server.accepted
        ]

    def uploads(self) -> int:
        return 0

    def age(self, by: timedelta) -> None:
        """A receiver knows posts by their key, whatever their age."""


@pytest.fixture
def server() -> Iterator[WebhookStandIn]:
    with WebhookStandIn() as standin:
        yield standin


class TestWebhook(PublisherSuite):
    idempotent = True
    crowd = 3

    @pytest.fixture
    def harness(self, server: WebhookStandIn) -> WebhookHarness:
        settings = {"url": server.address, "secret": server.secret, "allow_private": "true"}
        return WebhookHarness(server, settings)


def webhook(server: WebhookStandIn, **change: Any) -> Webhook:
    options: dict[str, Any] = {"secret": server.secret, "http": Http(read=2)}
    return Webhook(change.pop("url", server.address), **(options | change))


def post(text: str = "Kabar “penting”", pictures: int = 0, key: str = "kunci/satu?&é") -> Outgoing:
    return Outgoing(key, text, NOW, title="Judul", media=tuple(map(picture, range(pictures))))


def error_of(publisher: Webhook, outgoing: Outgoing | None = None) -> PublishError:
    with pytest.raises(PublishError) as caught:
        publisher.publish(outgoing or post(), Notes())
    return caught.value


def test_the_signature_is_the_documented_one() -> None:
    """Worked out with ``printf '1700000000.{}' | openssl dgst -sha256 -hmac rahasia-bersama-uji``."""
    wanted = "v1=1c6819ff7a1bd98b75b50ae6be1bbd159cefbd9045fc758eb41fbb51b9558096"
    assert sign("rahasia-bersama-uji", 1_700_000_000, b"{}") == wanted


def test_what_is_sent(server: WebhookStandIn) -> None:
    outgoing = replace(post(pictures=2), link="https://contoh.go.id/", language="jv")
    receipt = webhook(server, agency="Kominfo Uji").publish(outgoing, Notes())
    (request,) = server.requests
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    message = json.loads(request.body)
    media = message.pop("media")
    assert message == {
        "version": 1,
        "key": "kunci/satu?&é",
        "agency": "Kominfo Uji",
        "title": "Judul",
        "text": "Kabar “penting”",
        "link": "https://contoh.go.id/",
        "language": "jv",
        "due": "2026-11-22T02:00:00+00:00",
    }
    assert [(p["width"], p["height"], p["mime"]) for p in media] == [(640, 640, "image/jpeg")] * 2
    assert (receipt.remote_id, receipt.url) == ("1", f"{server.url}/kabar/1")


def test_the_body_is_the_same_for_every_attempt(server: WebhookStandIn) -> None:
    for clock in (lambda: server_now() - 60, server_now):
        webhook(server, clock=clock).publish(post(pictures=1), Notes())
    first, second = server.requests
    assert first.body == second.body
    assert first.headers["x-humasbot-signature"] != second.headers["x-humasbot-signature"]
    assert len(server.accepted) == 1


def server_now() -> float:
    return datetime.now(UTC).timestamp()


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_clock_five_minutes_off_pauses_the_account(server: WebhookStandIn, seconds: int) -> None:
    publisher = webhook(server, clock=lambda: server_now() + seconds)
    error = error_of(publisher)
    assert type(error) is AuthExpired
    assert "jam" in str(error)
    assert server.accepted == []


def test_another_secret_pauses_the_account(server: WebhookStandIn) -> None:
    publisher = webhook(server, secret="rahasia-yang-lain-lagi")
    assert type(error_of(publisher)) is AuthExpired
    with pytest.raises(AuthExpired):
        publisher.verify()
    with pytest.raises(AuthExpired):
        publisher.find_existing(post(), NOW)


def test_a_question_for_one_key_is_no_question_for_another(server: WebhookStandIn) -> None:
    """The key is signed, so whoever recorded one question cannot ask others with it."""
    webhook(server).publish(post(), Notes())
    webhook(server).verify()
    recorded = server.requests[-1]
    answer = Http().request("GET", f"{server.address}?key=lain", headers=dict(recorded.headers))
    assert answer.status == 401


@pytest.mark.parametrize(
    ("told", "remote_id", "url"),
    [
        ({}, "kunci/satu?&é", None),
        ({"id": 7, "url": "https://x.id/7?a=1"}, "7", "https://x.id/7?a=1"),
        ({"id": "", "url": "javascript:alert(1)"}, "kunci/satu?&é", None),
        ({"id": True, "url": 7}, "kunci/satu?&é", None),
        ({"id": "a", "url": "https://u:p@x.id/"}, "a", None),
    ],
)
def test_id_and_address_are_optional(
    server: WebhookStandIn, told: Any, remote_id: str, url: str | None
) -> None:
    server.fault("status", on="POST", status=202, body=told)
    receipt = webhook(server, url=f"{server.address}?situs=7").publish(post(), Notes())
    assert (receipt.remote_id, receipt.url) == (remote_id, url or server.address)


@pytest.mark.parametrize("body", [None, "", "OK", b"\xff", [], 7, "null"])
def test_a_success_that_is_no_json_object_is_uncertain(server: WebhookStandIn, body: Any) -> None:
    server.fault("status", on="POST", status=200, body=body)
    assert type(error_of(webhook(server))) is Uncertain


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(403), AuthExpired, "rahasia"),
        (Reply(409, {"message": "isi lain dengan kunci sama"}), Rejected, "isi lain"),
        (Reply(413), Rejected, "413"),
        (Reply(404, "<h1>"), Rejected, "404"),
        (Reply(301, headers={"Location": "http://10.0.0.7/x"}), Rejected, r"10\.0\.0\.7"),
        (Reply(308, headers={"Location": "http://[::1"}), Rejected, r"\?"),
        (Reply(429, headers={"Retry-After": "40"}), RateLimited, "429"),
        (Reply(503, headers={"Retry-After": "40"}), Uncertain, "503"),
    ],
)
def test_refusals(server: WebhookStandIn, reply: Reply, error: type[PublishError], words: str) -> None:
    server.fault("status", on="POST", status=reply.status, body=reply.body, headers=reply.headers)
    with pytest.raises(error, match=words):
        webhook(server).publish(post(), Notes())
    assert len(server.requests) == 1, "no redirect was followed, nothing sent again"


@pytest.mark.parametrize("status", [404, 410, 200, 500, 301])
@pytest.mark.parametrize("body", ["<h1>Not Found</h1>", None, [], "7"])
def test_only_the_receiver_s_own_404_means_absent(server: WebhookStandIn, status: int, body: Any) -> None:
    server.fault("status", on="GET", status=status, body=body)
    with pytest.raises(PublishError):
        webhook(server).find_existing(post(), NOW)


def test_an_answer_that_drips_too_slowly_is_uncertain(server: WebhookStandIn) -> None:
    server.fault("late", on="POST", seconds=5)
    outgoing = post()
    assert type(error_of(webhook(server, http=Http(total=0.3)), outgoing)) is Uncertain
    assert webhook(server).find_existing(outgoing, NOW) is not None


@pytest.mark.parametrize("allowed", ["false", "true"])
def test_private_addresses_are_refused_unless_allowed(server: WebhookStandIn, allowed: str) -> None:
    settings = {"url": "https://127.0.0.1:1/humasbot", "secret": server.secret, "allow_private": allowed}
    error = error_of(Webhook.from_settings(settings))
    assert type(error) is Retryable
    assert ("allow_private" in str(error)) == (allowed == "false")


def test_by_default_a_private_address_is_not_even_asked(server: WebhookStandIn) -> None:
    publisher = Webhook(server.address, server.secret)
    assert type(error_of(publisher)) is Retryable
    assert server.requests == []


def test_no_request_is_larger_than_php_takes() -> None:
    limits = Webhook.limits
    media = replace(picture(0), data=bytes(limits.max_media_bytes), alt="🇮🇩" * (limits.max_alt // 2))
    outgoing = replace(post("👍" * limits.max_text), media=(media,) * limits.max_media)
    publisher = Webhook("https://desa.contoh.id/", "x" * 16)
    assert publisher.validate(outgoing) == []
    assert len(json.dumps(publisher._message(outgoing), ensure_ascii=False).encode()) < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, []),
        ({"url": "http://desa.contoh.id/"}, ["url"]),
        ({"url": "http://desa.contoh.id/", "allow_private": "true"}, []),
        ({"url": "desa.contoh.id"}, ["url"]),
        ({"url": "https://u:p@desa.contoh.id/"}, ["url"]),
        ({"url": "https://desa.contoh.id/#a"}, ["url"]),
        (
            {"url": "ftp://desa.contoh.id/", "allow_private": "ya", "secret": "pendek"},
            ["allow_private", "url", "secret"],
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], named: list[str]) -> None:
    values = {"url": "https://desa.contoh.id/?p=1", "secret": "x" * 16} | change
    if not named:
        Webhook.from_settings(values)
        return
    with pytest.raises(ConfigError) as caught:
        Webhook.from_settings(values)
    assert [problem.where for problem in caught.value.problems] == named
