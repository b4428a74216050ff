"""The Bluesky publisher against a real personal data server, straight and over a road that loses answers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
import time_machine
from relay import Relay
from servers.pds import Pds, PdsAccount

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, RateLimited, Rejected, Uncertain, Unsupported
from humasbot.net import Http
from humasbot.platforms.bluesky import Bluesky
from humasbot.testing import Fault, Harness, Notes, PublisherSuite, Seen, When, picture
from humasbot.testing.standin import Reply, Request
from humasbot.testing.standin_harness import spoil

DUE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CALLS = {
    When.PREPARING: "uploadBlob",
    When.PUBLISHING: "putRecord",
    When.LOOKING: "getRecord|getSession|getPosts|deleteRecord",
}
_names = count(1)


@pytest.fixture
def account(pds: Pds) -> PdsAccount:
    return pds.create_account(f"humas{next(_names)}")


@pytest.fixture
def bluesky(pds: Pds, account: PdsAccount) -> Bluesky:
    return Bluesky(pds.url, account.handle, account.app_password)


def spoilt(token: str) -> str:
    """*token* with another signature."""
    return token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB")


def steps(relay: Relay, start: int = 0) -> list[str]:
    """What was asked, with the status of its answer."""
    return [f"{r.path.rpartition('.')[2]} {reply.status}" for r, reply in relay.passed[start:]]


class PdsRelay(Relay):
    """Also takes the account's credential away, for real, when a request comes by that matches ``revoke_on``."""

    def __init__(self, pds: Pds, account: PdsAccount) -> None:
        super().__init__(pds.url)
        self.pds, self.account = pds, account
        self.revoke_on = ""
        self.revoked = False

    def handle(self, request: Request) -> Reply:
        if self.revoke_on and re.search(self.revoke_on, request.path):
            self.revoke_on, self.revoked = "", True
            self._owner("revokeAppPassword", name="humasbot")
        token = request.headers.get("authorization", "")
        if self.revoked and token and "refreshSession" not in request.path:
            # A real access token outlives its app password by up to two hours; here it ends at once.
            request = replace(request, headers={**request.headers, "authorization": spoilt(token)})
        return super().handle(request)

    def restore(self) -> str:
        """A new app password in the place of the one that was taken away."""
        if self.revoked:
            made = self._owner("createAppPassword", name="humasbot").json()["password"]
            self.account = replace(self.account, app_password=made)
        self.revoke_on, self.revoked = "", False
        return self.account.app_password

    def _owner(self, method: str, **data: str) -> Any:
        login = self.pds.login(replace(self.account, app_password=self.account.password))
        return self.pds.xrpc("POST", f"com.atproto.server.{method}", data=data, headers=login).good()


class PdsHarness(Harness):
    platform = Bluesky

    def __init__(self, pds: Pds, relay: PdsRelay) -> None:
        self.pds, self.relay, self.did = pds, relay, relay.account.did
        account = relay.account
        self.settings = {
            "service": relay.url,
            "handle": account.handle,
            "app_password": account.app_password,
        }

    def posts(self) -> Sequence[Seen]:
        put = [json.loads(reply.encoded())["uri"] for reply in self.relay.done("POST", ".*putRecord")]
        found = sorted(self.pds.posts(self.did), key=lambda record: put.index(record["uri"]))
        return [self._seen(record) for record in found]

    def answers(self, remote_id: str) -> Sequence[Seen]:
        return [
            self._seen(record)
            for record in self.pds.posts(self.did)
            if record["value"].get("reply", {}).get("parent", {}).get("uri") == remote_id
        ]

    def _seen(self, record: dict[str, Any]) -> Seen:
        value = record["value"]
        images = value.get("embed", {}).get("images", [])
        blobs = [self.pds.blob(self.did, image["image"]["ref"]["$link"]) for image in images]
        return Seen(
            record["uri"],
            value["text"],
            value.get("embed", {}).get("external", {}).get("uri"),
            tuple(sha256(blob).hexdigest() for blob in blobs),
            tuple(image["alt"] for image in images),
        )

    def fault(self, kind: Fault, when: When) -> None:
        on, relay = CALLS[when], self.relay
        match kind:
            case Fault.REFUSE_CONNECTION:
                relay.stop()
            case Fault.AUTH_DEAD:
                # A record can be read by anyone, so it is logging in that tells.
                relay.revoke_on = "createSession" if when is When.LOOKING else on
            case Fault.RATE_LIMIT:
                assert self.wait is not None
                reset = str(int((datetime.now(UTC) + self.wait).timestamp()))
                relay.fault("status", on=on, status=429, headers={"ratelimit-reset": reset})
            case Fault.REFUSED:
                relay.fault("status", on=on, status=400, body={"error": "InvalidRequest", "message": "bad"})
            case Fault.GARBAGE_AFTER_ACCEPT:
                relay.fault("short", on=on)
            case _:
                spoil(relay, kind, on, self.elsewhere)

    def heal(self) -> None:
        self.relay.faults.clear()
        self.relay.stop()
        self.relay.start()
        self.settings = {**self.settings, "app_password": self.relay.restore()}

    def uploads(self) -> int:
        return len(self.relay.done("POST", ".*uploadBlob"))


class TestBlueskyOnARealServer(PublisherSuite):
    idempotent = True
    crowd = 3
    cannot: ClassVar[Mapping[str, str]] = {
        "test_metrics_are_numbers": "a server of our own has no AppView and so no figures",
        "test_find_existing_leaves_old_posts_alone": "a real server's posts cannot be made older",
    }

    @pytest.fixture
    def harness(self, pds: Pds, account: PdsAccount) -> Iterator[PdsHarness]:
        # Bluesky names the moment of the reset; with our clock held, the wait until then is exact.
        now = datetime.now(UTC).replace(microsecond=0)
        with PdsRelay(pds, account) as relay, time_machine.travel(now, tick=False):
            yield PdsHarness(pds, relay)


def test_everything_of_a_post_is_read_back(pds: Pds, account: PdsAccount, bluesky: Bluesky) -> None:
    other = pds.create_account(f"kominfo{next(_names)}")
    link = "https://brebeskab.go.id/berita/é?a=1&b=(2)"
    text = f"🇮🇩 Loket “Dukcapil” buka, kata @{other.handle}! @tidak.ada.test\n{link} #BrebesBeres #2026"
    media = (picture(0, size=(640, 480)), picture(1, "image/png"))
    outgoing = Outgoing("kunci-satu", text, DUE, title="Judul", link=link, media=media)
    assert bluesky.validate(outgoing) == []
    receipt = bluesky.publish(outgoing, Notes())
    value = pds.record(receipt.remote_id)["value"]
    assert value["text"] == text
    assert value["createdAt"] == "2026-11-22T02:00:00.000Z"
    assert value["langs"] == ["id"]
    images = value["embed"]["images"]
    assert [image["alt"] for image in images] == [m.alt for m in media]
    assert [pds.blob(account.did, image["image"]["ref"]["$link"]) for image in images] == [
        m.data for m in media
    ]
    assert images[0]["aspectRatio"] == {"width": 640, "height": 480}
    raw = text.encode()
    marked = {
        raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): facet["features"][0]
        for facet in value["facets"]
    }
    assert marked == {
        f"@{other.handle}": {"$type": "app.bsky.richtext.facet#mention", "did": other.did},
        link: {"$type": "app.bsky.richtext.facet#link", "uri": link},
        "#BrebesBeres": {"$type": "app.bsky.richtext.facet#tag", "tag": "BrebesBeres"},
    }
    rkey = receipt.remote_id.rpartition("/")[2]
    assert receipt.url == f"https://bsky.app/profile/{account.handle}/post/{rkey}"


def test_a_link_without_picture_becomes_a_card(pds: Pds, bluesky: Bluesky) -> None:
    link = "https://brebeskab.go.id/berita/1"
    outgoing = Outgoing("kunci-kartu", f"Kabar\n{link}", DUE, title="Judul berita", link=link)
    value = pds.record(bluesky.publish(outgoing, Notes()).remote_id)["value"]
    assert value["embed"]["external"] == {"uri": link, "title": "Judul berita", "description": ""}


def test_the_same_delivery_twice_is_one_record_with_one_cid(
    pds: Pds, account: PdsAccount, bluesky: Bluesky
) -> None:
    outgoing = Outgoing("kunci", "Kabar #satu", DUE, media=(picture(0),))
    first = bluesky.publish(outgoing, Notes())
    cid = pds.record(first.remote_id)["cid"]
    second = Bluesky(pds.url, account.handle, account.app_password).publish(outgoing, Notes())
    assert second.remote_id == first.remote_id
    assert [record["cid"] for record in pds.posts(account.did)] == [cid]


def test_a_lost_answer_is_settled_by_looking(pds: Pds, account: PdsAccount) -> None:
    outgoing = Outgoing("kunci", "Kabar", DUE)
    with Relay(pds.url) as relay:
        publisher = Bluesky(relay.url, account.handle, account.app_password)
        assert publisher.find_existing(outgoing, DUE) is None
        relay.fault("lost", on="putRecord")
        with pytest.raises(Uncertain):
            publisher.publish(outgoing, Notes())
        found = publisher.find_existing(outgoing, DUE)
    assert found is not None
    assert [found.remote_id] == [record["uri"] for record in pds.posts(account.did)]


def test_an_answer_that_comes_too_late_is_uncertain_and_then_found(pds: Pds, account: PdsAccount) -> None:
    outgoing = Outgoing("kunci", "Kabar", DUE)
    with Relay(pds.url) as relay:
        publisher = Bluesky(relay.url, account.handle, account.app_password, Http(read=1))
        publisher.verify()
        relay.fault("late", on="putRecord", seconds=20)
        with pytest.raises(Uncertain):
            publisher.publish(outgoing, Notes())
        assert publisher.find_existing(outgoing, DUE) is not None


@pytest.mark.parametrize("over", ["graphemes", "bytes"])
def test_validate_and_the_server_agree_on_the_longest_text(bluesky: Bluesky, over: str) -> None:
    family, plain = "👨‍👩‍👧‍👦", "a"
    most = plain * 300 if over == "graphemes" else family * 119 + plain * 25
    fits, too_long = (Outgoing(f"{over}-{n}", most + plain * n, DUE) for n in range(2))
    assert len(most) == 300 if over == "graphemes" else len(most.encode()) == 3000
    assert bluesky.validate(fits) == []
    bluesky.publish(fits, Notes())
    assert [problem.where for problem in bluesky.validate(too_long)] == ["text"]
    with pytest.raises(Rejected):
        bluesky.publish(too_long, Notes())


def test_graphemes_are_counted_as_the_server_counts_them(bluesky: Bluesky) -> None:
    flag, conjunct, accent = "🇮🇩", "ꦏ꧀ꦏ", "e\u0301"
    longest = (flag + conjunct + accent + "a") * 75
    assert bluesky.limits.count(longest) == 300
    bluesky.publish(Outgoing("kunci-muat", longest, DUE), Notes())
    for n, more in enumerate((flag, conjunct, accent)):
        with pytest.raises(Rejected, match="grapheme"):
            bluesky.publish(Outgoing(f"kunci-{n}", longest + more, DUE), Notes())


def test_a_wrong_password_is_a_dead_credential(pds: Pds, account: PdsAccount) -> None:
    with pytest.raises(AuthExpired) as caught:
        Bluesky(pds.url, account.handle, "salah-salah-salah").publish(Outgoing("k", "Kabar", DUE), Notes())
    assert caught.value.status == 401
    assert "salah-salah" not in str(caught.value)


class SpoilsOneToken(Relay):
    """Damages the token of the first request that puts a record."""

    spoilt = False

    def handle(self, request: Request) -> Reply:
        if not self.spoilt and "putRecord" in request.path:
            self.spoilt = True
            damaged = spoilt(request.headers["authorization"])
            request = replace(request, headers={**request.headers, "authorization": damaged})
        return super().handle(request)


def test_a_token_that_the_server_does_not_know_is_refreshed(pds: Pds, account: PdsAccount) -> None:
    with SpoilsOneToken(pds.url) as relay:
        publisher = Bluesky(relay.url, account.handle, account.app_password)
        publisher.publish(Outgoing("kunci", "Kabar", DUE), Notes())
    assert steps(relay) == ["createSession 200", "putRecord 400", "refreshSession 200", "putRecord 200"]
    assert json.loads(relay.passed[1][1].encoded())["error"] == "InvalidToken"
    assert len(pds.posts(account.did)) == 1


CLOCK = """
const fs = require('node:fs'), Real = Date
const now = () => Real.now() + Number(fs.readFileSync(process.env.HUMASBOT_TEST_CLOCK, 'utf8'))
globalThis.Date = new Proxy(Real, {
  construct: (target, words, self) => Reflect.construct(target, words.length ? words : [now()], self),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose number of milliseconds the clock of a server started now is ahead of ours."""
    (tmp_path / "clock.cjs").write_text(CLOCK)
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    monkeypatch.setenv("NODE_OPTIONS", f"--require={tmp_path / 'clock.cjs'}")
    monkeypatch.setenv("HUMASBOT_TEST_CLOCK", str(ahead))
    return ahead


def test_an_access_token_that_ran_out_is_refreshed_and_after_months_it_logs_in(later: Path) -> None:
    hours = {"first": 0, "after the access token's two": 3, "after the refresh token's ninety days": 24 * 91}
    calls: dict[str, list[str]] = {}
    with Pds() as pds, Relay(pds.url) as relay:
        account = pds.create_account("humas")
        publisher = Bluesky(relay.url, account.handle, account.app_password)
        for name, ahead in hours.items():
            later.write_text(str(timedelta(hours=ahead) // timedelta(milliseconds=1)))
            start = len(relay.passed)
            publisher.publish(Outgoing(name, f"Kabar {name}", DUE), Notes())
            calls[name] = steps(relay, start)
        assert len(pds.posts(account.did)) == 3
        expired = [json.loads(r.encoded())["error"] for _, r in relay.passed if r.status == 400]
    assert calls["first"] == ["createSession 200", "putRecord 200"]
    assert calls["after the access token's two"] == ["putRecord 400", "refreshSession 200", "putRecord 200"]
    assert calls["after the refresh token's ninety days"] == [
        "putRecord 400",
        "refreshSession 400",
        "createSession 200",
        "putRecord 200",
    ]
    assert set(expired) == {"ExpiredToken"}


def test_too_many_logins_are_a_real_429_with_its_reset() -> None:
    with Pds(rate_limits=True) as pds:
        account = pds.create_account("humas")
        for _ in range(30):
            Bluesky(pds.url, account.handle, account.app_password).verify()
        late = Bluesky(pds.url, account.handle, account.app_password)
        with pytest.raises(RateLimited) as caught:
            late.publish(Outgoing("kunci", "Kabar", DUE), Notes())
        assert pds.posts(account.did) == []
    assert caught.value.status == 429
    assert caught.value.retry_after is not None
    assert timedelta(seconds=1) <= caught.value.retry_after <= timedelta(minutes=5)


def test_a_server_without_the_networks_view_has_no_figures(bluesky: Bluesky) -> None:
    receipt = bluesky.publish(Outgoing("kunci", "Kabar", DUE), Notes())
    with pytest.raises(Unsupported, match="AppView"):
        bluesky.metrics(receipt)


def test_an_upload_that_is_gone_is_named_so(pds: Pds, account: PdsAccount, bluesky: Bluesky) -> None:
    """What :meth:`Bluesky.publish` builds on to upload anew."""
    other = Notes()
    stranger = pds.create_account(f"lain{next(_names)}")
    Bluesky(pds.url, stranger.handle, stranger.app_password).publish(
        Outgoing("kunci", "Foto", DUE, media=(picture(3),)), other
    )
    outgoing = Outgoing("kunci", "Foto", DUE, media=(picture(3),))
    with pytest.raises(Exception, match="Could not find blob"):
        bluesky.publish(outgoing, other)
    bluesky.publish(outgoing, other)
    assert len(pds.posts(account.did)) == 1
