"""The Bluesky publisher against its stand-in; ``tests/live/test_bluesky_pds.py`` has the real server."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest
import time_machine

from humasbot.content import Outgoing
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
    Unsupported,
)
from humasbot.net import Http
from humasbot.platforms.bluesky import Bluesky
from humasbot.platforms.bluesky_facets import record_key
from humasbot.testing import Fault, Harness, Notes, PublisherSuite, Seen, When, picture
from humasbot.testing.standin_bluesky import BlueskyStandIn
from humasbot.testing.standin_harness import spoil

DUE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CALLS = {
    When.PREPARING: "uploadBlob",
    When.PUBLISHING: "putRecord",
    When.LOOKING: "getRecord|getSession|getPosts|deleteRecord",
}


class BlueskyHarness(Harness):
    platform = Bluesky

    def __init__(self, server: BlueskyStandIn) -> None:
        self.server = server
        self.settings = {"service": server.url, "handle": server.who, "app_password": server.password}

    def posts(self) -> Sequence[Seen]:
        return [self._seen(record) for record in self.server.accepted]

    def answers(self, remote_id: str) -> Sequence[Seen]:
        records = self.server.accepted
        return [
            self._seen(r)
            for r in records
            if r["value"].get("reply", {}).get("parent", {}).get("uri") == remote_id
        ]

    def _seen(self, record: dict[str, Any]) -> Seen:
        value = record["value"]
        images = value.get("embed", {}).get("images", [])
        blobs = [self.server.blobs[image["image"]["ref"]["$link"]] for image in images]
        return Seen(
            record["uri"],
            value["text"],
            value.get("embed", {}).get("external", {}).get("uri"),
            tuple(sha256(blob).hexdigest() for blob in blobs),
            tuple(image["alt"] for image in images),
            f"https://bsky.app/profile/{self.server.who}/post/{record['uri'].rpartition('/')[2]}",
        )

    def fault(self, kind: Fault, when: When) -> None:
        on, server = CALLS[when], self.server
        match kind:
            case Fault.REFUSE_CONNECTION:
                server.stop()
            case Fault.AUTH_DEAD:
                # A record can be read by anyone, so it is logging in that tells.
                server.revoke("createSession" if when is When.LOOKING else on)
            case Fault.RATE_LIMIT:
                assert self.wait is not None
                reset = int((datetime.now(UTC) + self.wait).timestamp())
                body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
                server.fault("status", on=on, status=429, body=body, headers={"ratelimit-reset": str(reset)})
            case Fault.REFUSED:
                server.fault("status", on=on, status=400, body={"error": "InvalidRequest", "message": "bad"})
            case _:
                spoil(server, kind, on, self.elsewhere)

    def heal(self) -> None:
        self.server.faults.clear()
        self.server.restore()
        self.server.stop()
        self.server.start()

    def uploads(self) -> int:
        return self.server.uploads

    def age(self, by: timedelta) -> None:
        for record in self.server.accepted:
            created = datetime.fromisoformat(record["value"]["createdAt"]) - by
            record["value"]["createdAt"] = created.isoformat().replace("+00:00", "Z")


@pytest.fixture
def server() -> Iterator[BlueskyStandIn]:
    with BlueskyStandIn() as standin:
        yield standin


class TestBluesky(PublisherSuite):
    idempotent = True

    @pytest.fixture
    def harness(self, server: BlueskyStandIn) -> Iterator[BlueskyHarness]:
        # Bluesky names the moment of the reset; with the clock held, the wait until then is exact.
        with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False):
            yield BlueskyHarness(server)


def bluesky(server: BlueskyStandIn, password: str = "") -> Bluesky:
    return Bluesky(server.url, server.who, password or server.password, Http(read=2))


def test_one_login_serves_many_posts(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    for n in range(5):
        publisher.publish(Outgoing(f"kunci-{n}", f"Kabar {n}", DUE), Notes())
    publisher.verify()
    assert server.logins == 1
    assert len(server.accepted) == 5


def test_an_expired_token_is_refreshed_without_a_login(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    publisher.publish(Outgoing("satu", "Kabar pertama", DUE), Notes())
    server.expire()
    publisher.publish(Outgoing("dua", "Kabar kedua", DUE), Notes())
    assert [r["value"]["text"] for r in server.accepted] == ["Kabar pertama", "Kabar kedua"]
    assert server.logins == 1
    assert server.paths("POST").count("POST /xrpc/com.atproto.server.refreshSession") == 1


def test_threads_refresh_once_together(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    publisher.verify()
    server.expire()
    barrier = Barrier(6)

    def work(n: int) -> str:
        barrier.wait(timeout=10)
        return publisher.publish(Outgoing(f"kunci-{n}", f"Kabar {n}", DUE), Notes()).remote_id

    with ThreadPoolExecutor(6) as pool:
        uris = set(pool.map(work, range(6)))
    assert uris == {r["uri"] for r in server.accepted}
    assert len(uris) == 6
    assert server.paths().count("POST /xrpc/com.atproto.server.refreshSession") == 1


def test_when_the_refresh_token_is_dead_too_it_logs_in_again(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    publisher.verify()
    server.log_out()
    publisher.publish(Outgoing("satu", "Kabar", DUE), Notes())
    assert (server.logins, len(server.accepted)) == (2, 1)


def test_a_lost_refresh_is_asked_again_and_costs_no_login(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    publisher.verify()
    server.expire()
    server.fault("drop", on="refreshSession")
    with pytest.raises(Retryable):
        publisher.publish(Outgoing("satu", "Kabar", DUE), Notes())
    publisher.publish(Outgoing("satu", "Kabar", DUE), Notes())
    assert (server.logins, len(server.accepted)) == (1, 1)


def test_a_wrong_password_tells_how_to_mend_it(server: BlueskyStandIn) -> None:
    with pytest.raises(AuthExpired, match=r"App passwords.*app_password") as caught:
        bluesky(server, "salah-sandi-rahasia").verify()
    assert server.who in str(caught.value)
    assert "salah-sandi-rahasia" not in str(caught.value)
    assert caught.value.status == 401


def test_a_refused_login_names_the_reset_as_the_wait(server: BlueskyStandIn) -> None:
    with time_machine.travel(DUE, tick=False):
        reset = str(int((DUE + timedelta(hours=7)).timestamp()))
        server.fault("status", on="createSession", status=429, headers={"ratelimit-reset": reset})
        with pytest.raises(RateLimited) as caught:
            bluesky(server).publish(Outgoing("satu", "Kabar", DUE), Notes())
    assert caught.value.retry_after == timedelta(hours=7)


@pytest.mark.parametrize(
    ("status", "error"), [(403, "AccountNotFound"), (401, "AccountTakedown"), (400, "InvalidToken")]
)
def test_what_the_credential_lacks_pauses_the_account(
    server: BlueskyStandIn, status: int, error: str
) -> None:
    body = {"error": error, "message": "tidak boleh"}
    server.fault("status", on="putRecord", status=status, body=body, times=2)
    with pytest.raises(AuthExpired):
        bluesky(server).publish(Outgoing("satu", "Kabar", DUE), Notes())


def test_the_record_is_what_the_lexicon_wants(server: BlueskyStandIn) -> None:
    server.handles["kominfo.test"] = "did:plc:kominfo"
    text = "Tanya @kominfo.test (bukan @tidakada.test) #Brebes: https://contoh.go.id/a?b=1."
    due = datetime(2026, 11, 22, 9, 0, tzinfo=timezone(timedelta(hours=7)))
    link = "https://contoh.go.id/a?b=1"
    receipt = bluesky(server).publish(Outgoing("satu", text, due, title="Judul", link=link), Notes())
    value = server.accepted[0]["value"]
    assert value["createdAt"] == "2026-11-22T02:00:00.000Z"
    assert value["langs"] == ["id"]
    assert value["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": link, "title": "Judul", "description": ""},
    }
    raw = text.encode()
    marked = {
        raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"][0]
        for facet in value["facets"]
    }
    assert marked == {
        "@kominfo.test": {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:kominfo"},
        "#Brebes": {"$type": "app.bsky.richtext.facet#tag", "tag": "Brebes"},
        link: {"$type": "app.bsky.richtext.facet#link", "uri": link},
    }
    assert receipt.url == f"https://bsky.app/profile/{server.who}/post/{record_key('satu', DUE)}"


def test_a_picture_takes_the_place_of_the_link_card(server: BlueskyStandIn) -> None:
    media = picture(0, size=(640, 480))
    outgoing = Outgoing("satu", "Foto", DUE, link="https://contoh.go.id", media=(media,))
    bluesky(server).publish(outgoing, Notes())
    embed = server.accepted[0]["value"]["embed"]
    assert embed["$type"] == "app.bsky.embed.images"
    assert embed["images"][0]["aspectRatio"] == {"width": 640, "height": 480}


def test_a_mention_that_cannot_be_resolved_now_does_not_hold_the_post(server: BlueskyStandIn) -> None:
    server.handles["kominfo.test"] = "did:plc:kominfo"
    server.fault("html", on="resolveHandle")
    bluesky(server).publish(Outgoing("satu", "Salam @kominfo.test", DUE), Notes())
    assert "facets" not in server.accepted[0]["value"]


def test_cleared_uploads_are_uploaded_anew_at_the_next_attempt(server: BlueskyStandIn) -> None:
    notes, outgoing = Notes(), Outgoing("satu", "Foto", DUE, media=(picture(0), picture(1)))
    server.fault("drop", on="putRecord")
    with pytest.raises(Uncertain):
        bluesky(server).publish(outgoing, notes)
    server.forget_blobs()
    with pytest.raises(Retryable):
        bluesky(server).publish(outgoing, notes)
    assert server.accepted == []
    bluesky(server).publish(outgoing, notes)
    assert (len(server.accepted), server.uploads) == (1, 4)


def test_the_blob_is_remembered_as_the_server_gave_it(server: BlueskyStandIn) -> None:
    notes = Notes()
    bluesky(server).publish(Outgoing("satu", "Foto", DUE, media=(picture(0),)), notes)
    saved = json.loads(notes.values["media:0"])
    assert saved == server.accepted[0]["value"]["embed"]["images"][0]["image"]


def test_another_text_under_our_key_is_for_a_person_to_look_at(server: BlueskyStandIn) -> None:
    outgoing = Outgoing("satu", "Kabar", DUE)
    receipt = bluesky(server).publish(outgoing, Notes())
    with pytest.raises(Uncertain, match=receipt.url):
        bluesky(server).find_existing(replace(outgoing, text="Kabar lain"), DUE)


@pytest.mark.parametrize(
    "body", [[], {"uri": 7}, {"uri": "at://did:plc:x/app.bsky.feed.post/lain"}, {"ok": True}, "null"]
)
def test_an_answer_that_does_not_name_our_record_leaves_it_uncertain(
    server: BlueskyStandIn, body: object
) -> None:
    server.fault("status", on="putRecord", status=200, body=body)
    with pytest.raises(Uncertain):
        bluesky(server).publish(Outgoing("satu", "Kabar", DUE), Notes())


@pytest.mark.parametrize("name", ["getRecord", "getSession", "getPosts", "createSession", "uploadBlob"])
@pytest.mark.parametrize("body", [[], {}, 7, "null"])
def test_an_answer_of_another_shape_is_never_an_accident(
    server: BlueskyStandIn, name: str, body: object
) -> None:
    publisher, outgoing = bluesky(server), Outgoing("satu", "Foto", DUE, media=(picture(0),))
    receipt = bluesky(server).publish(outgoing, Notes())
    server.fault("status", on=name, status=200, body=body)
    asks: dict[str, Callable[[], object]] = {
        "getRecord": lambda: publisher.find_existing(outgoing, DUE),
        "getSession": publisher.verify,
        "getPosts": lambda: publisher.metrics(receipt),
    }
    ask = asks.get(name, lambda: publisher.publish(outgoing, Notes()))
    with pytest.raises((Retryable, Uncertain)):
        ask()


def test_figures_come_from_the_appview_and_are_unsupported_without_one(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    receipt = publisher.publish(Outgoing("satu", "Kabar", DUE), Notes())
    figures = publisher.metrics(receipt)
    assert (figures.views, figures.likes, figures.shares, figures.replies) == (None, 3, 2, 1)
    server.appview = False
    with pytest.raises(Unsupported, match="AppView"):
        publisher.metrics(receipt)
    server.appview = True
    publisher.delete(receipt)
    with pytest.raises(Rejected):
        publisher.metrics(receipt)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"service": "http://bsky.social"}, "service"),
        ({"service": "https://u:p@bsky.social"}, "service"),
        ({"service": "https://[bsky"}, "service"),
        ({"handle": "humas"}, "handle"),
        ({"service": "ftp://x", "handle": "@humas"}, "service handle"),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], named: str) -> None:
    settings = {"handle": "humas.bsky.social", "app_password": "abcd-efgh"} | change
    with pytest.raises(ConfigError) as caught:
        Bluesky.from_settings(settings)
    assert [problem.where for problem in caught.value.problems] == named.split()


def test_the_handle_may_carry_its_sign(server: BlueskyStandIn) -> None:
    settings = {"service": server.url, "handle": f"@{server.who}", "app_password": server.password}
    assert Bluesky.from_settings(settings).verify() == server.who


def test_it_tells_what_the_server_says_is_left(server: BlueskyStandIn) -> None:
    publisher = bluesky(server)
    (asked,) = publisher.allowances()
    assert (asked.what, asked.used, asked.total, asked.window) == ("calls", 1, 3000, timedelta(minutes=5))
    server.left[3600] = 100
    publisher.publish(Outgoing("satu", "Kabar", DUE), Notes())
    told = {one.what: (one.used, one.total, one.window) for one in publisher.allowances()}
    assert told["points"] == (4902, 5000, timedelta(hours=1))
    assert server.logins == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=30)):
        assert [one.what for one in publisher.allowances()] == ["points"], "the calls have begun anew"


@pytest.mark.parametrize("policy", ["", "100", "100;w=7", "100;w=x", "a;w=300"])
def test_a_quota_that_is_not_understood_is_none(server: BlueskyStandIn, policy: str) -> None:
    headers = {
        "RateLimit-Limit": "9",
        "RateLimit-Remaining": "1",
        "RateLimit-Reset": "x",
        "RateLimit-Policy": policy,
    }
    body = {"did": server.did, "handle": server.who, "active": True}
    server.fault("status", on="getSession", status=200, body=body, headers=headers)
    assert bluesky(server).allowances() == []
