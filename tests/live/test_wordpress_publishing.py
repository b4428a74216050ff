"""The WordPress publisher against a real WordPress, over a road that loses answers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from typing import Any

import pytest
from relay import Relay
from servers.base import call
from servers.wordpress import WordPress as Site

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, Retryable, Uncertain
from humasbot.platforms.wordpress import WordPress
from humasbot.testing import Fault, Harness, Notes, PublisherSuite, Seen, When, picture
from humasbot.testing.standin import Reply, Request
from humasbot.testing.standin_harness import spoil
from humasbot.testing.standin_wordpress import images_of, text_of

NOW = datetime.now(UTC)
OUT = r"POST .*/posts/\d+$"
CALLS = {
    When.PREPARING: r"POST .*/(media|posts)$",
    When.PUBLISHING: OUT,
    When.EDITING: OUT,
    When.LOOKING: "GET|DELETE",
}


class SiteRelay(Relay):
    """Also spoils the password of requests, once one has come by that matches ``revoke_on``."""

    revoke_on = ""
    revoked = False

    def handle(self, request: Request) -> Reply:
        if self.revoke_on and re.search(self.revoke_on, f"{request.method} {request.path}"):
            self.revoke_on, self.revoked = "", True
        if self.revoked:
            wrong = {**request.headers, "authorization": "Basic aHVtYXM6c2FsYWg="}
            request = replace(request, headers=wrong)
        return super().handle(request)


class SiteHarness(Harness):
    platform = WordPress

    def __init__(self, site: Site, relay: SiteRelay) -> None:
        self.site, self.relay = site, relay
        self.settings = {"url": relay.url, "user": site.user, "password": site.application_password}

    def posts(self) -> Sequence[Seen]:
        made = [json.loads(reply.encoded())["id"] for reply in self.relay.done("POST", r".*/posts/\d+")]
        stored = [self._stored("posts", number) for number in dict.fromkeys(made)]
        return [self._seen(post) for post in stored if post["status"] == "publish"]

    def _stored(self, kind: str, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.site.rest("GET", f"wp/v2/{kind}/{number}?context=edit").good().json()
        return found

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        content = post["content"]["raw"]
        inside = images_of(content)
        numbers = [post["featured_media"]] * bool(post["featured_media"]) + [number for number, _ in inside]
        library = [self._stored("media", number) for number in numbers]
        alts = [unescape(media["alt_text"]) for media in library]
        assert alts[len(alts) - len(inside) :] == [alt for _, alt in inside]
        files = [call("GET", media["source_url"]).good().body for media in library]
        digests = tuple(sha256(file).hexdigest() for file in files)
        return Seen(str(post["id"]), text_of(content), None, digests, tuple(alts), post["link"])

    def fault(self, kind: Fault, when: When) -> None:
        on, relay = CALLS[when], self.relay
        match kind:
            case Fault.REFUSE_CONNECTION:
                relay.stop()
            case Fault.AUTH_DEAD:
                relay.revoke_on = on
            case Fault.RATE_LIMIT:
                relay.fault("status", on=on, status=429, headers={"Retry-After": "17"})
            case Fault.REFUSED:
                relay.fault("status", on=on, status=400, body={"code": "rest_invalid_param"})
            case Fault.GARBAGE_AFTER_ACCEPT:
                relay.fault("short", on=on)
            case _:
                spoil(relay, kind, on, self.elsewhere)

    def heal(self) -> None:
        self.relay.faults.clear()
        self.relay.revoke_on, self.relay.revoked = "", False
        self.relay.stop()
        self.relay.start()

    def uploads(self) -> int:
        return len(self.relay.done("POST", ".*/(media|posts)"))

    def age(self, by: timedelta) -> None:
        """Posts are known by their key, whatever their age."""


class TestWordPressOnARealSite(PublisherSuite):
    idempotent = True
    crowd = 3

    @pytest.fixture
    def harness(self, wordpress: Site) -> Iterator[SiteHarness]:
        with SiteRelay(wordpress.url) as relay:
            yield SiteHarness(wordpress, relay)


def publisher(site: Site, **change: Any) -> WordPress:
    return WordPress(site.url, site.user, site.application_password, **change)


def post(key: str, text: str, pictures: int = 0, title: str = "") -> Outgoing:
    return Outgoing(key, text, NOW, title=title, media=tuple(map(picture, range(pictures))))


def page(site: Site, url: str) -> str:
    """What a reader's browser gets."""
    return site.get(url.removeprefix(site.url)).good().body.decode()


def test_what_a_reader_sees(wordpress: Site) -> None:
    number = wordpress.category("Ekonomi & Desa Uji")
    title = "Bupati “Resmikan” Pasar & Jalan <3 [caption]"
    text = (
        f"{title}\n\nWarga gembira 👍 & [gallery] tidak dijalankan,\nbaris kedua <b>tebal?</b>\n\n"
        "https://contoh.go.id/a?b=1&c=2"
    )
    made = publisher(wordpress, category="ekonomi & desa uji")
    receipt = made.publish(post("terlihat", text, 2, title), Notes())
    stored = wordpress.rest("GET", f"wp/v2/posts/{receipt.remote_id}?context=edit").good().json()
    assert stored["categories"] == [number]
    assert re.fullmatch(r"bupati-resmikan-pasar-jalan-3-caption-[0-9a-f]{8}", stored["slug"])
    assert receipt.url == stored["link"]
    assert receipt.published_at == datetime.fromisoformat(stored["date_gmt"]).replace(tzinfo=UTC)
    seen = page(wordpress, receipt.url)
    assert seen.count("<h1") == 1
    plain = unescape(re.sub(r"<[^>]+>", "", seen.replace("<br>", "\n").replace("<br />", "\n")))
    assert "Warga gembira 👍 & [gallery] tidak dijalankan,\nbaris kedua <b>tebal?</b>" in plain
    assert "Pasar & Jalan <3 [caption]" in plain
    links = {unescape(address) for address in re.findall(r'href="([^"]*)"', seen)}
    assert "https://contoh.go.id/a?b=1&c=2" in links
    for media in post("x", "x", 2).media:
        assert media.alt in {unescape(alt) for alt in re.findall(r'alt="([^"]*)"', seen)}


@pytest.mark.parametrize("status", ["draft", "pending"])
def test_what_an_editor_decides_on_is_found_again(wordpress: Site, status: str) -> None:
    outgoing = post(f"redaksi-{status}", f"Menunggu redaksi {status}")
    receipt = publisher(wordpress, status=status).publish(outgoing, Notes())
    assert publisher(wordpress, status=status).publish(outgoing, Notes()) == receipt
    assert publisher(wordpress, status=status).find_existing(outgoing, NOW) == receipt
    stored = wordpress.rest("GET", f"wp/v2/posts/{receipt.remote_id}?context=edit").good().json()
    assert stored["status"] == status
    assert publisher(wordpress).find_existing(outgoing, NOW) is None, "it is not public"


def test_a_draft_whose_answer_was_lost_becomes_the_post(wordpress: Site) -> None:
    outgoing = post("naskah-hilang", "Kabar yang naskahnya hilang", 1)
    with Relay(wordpress.url) as relay:
        made = WordPress(relay.url, wordpress.user, wordpress.application_password)
        relay.fault("lost", on="POST .*/posts$")
        with pytest.raises(Retryable):
            made.publish(outgoing, Notes())
        assert made.find_existing(outgoing, NOW) is None
        receipt = made.publish(outgoing, Notes())
        first = json.loads(relay.done("POST", ".*/posts")[0].encoded())
        assert len(relay.done("POST", ".*/posts")) == 1
    assert receipt.remote_id == str(first["id"])
    stored = wordpress.rest("GET", f"wp/v2/posts/{receipt.remote_id}").good().json()
    assert stored["featured_media"] > first["id"], "the picture of the second attempt"


def test_a_picture_cleaned_from_the_library_is_uploaded_anew(wordpress: Site) -> None:
    outgoing, notes = post("dibersihkan", "Fotonya dibersihkan", 1), Notes()
    with Relay(wordpress.url) as relay:
        made = WordPress(relay.url, wordpress.user, wordpress.application_password)
        relay.fault("drop", on="POST .*/posts$")
        with pytest.raises(Retryable):
            made.publish(outgoing, notes)
    number = json.loads(notes.values["media:0"])["id"]
    wordpress.rest("DELETE", f"wp/v2/media/{number}?force=true").good()
    receipt = publisher(wordpress).publish(outgoing, notes)
    stored = wordpress.rest("GET", f"wp/v2/posts/{receipt.remote_id}").good().json()
    assert stored["featured_media"] not in (0, number)


def test_what_is_in_the_trash_is_for_a_person(wordpress: Site) -> None:
    outgoing = post("sampah", "Kabar yang dibuang")
    receipt = publisher(wordpress).publish(outgoing, Notes())
    publisher(wordpress).delete(receipt)
    with pytest.raises(Uncertain):
        publisher(wordpress).find_existing(outgoing, NOW)
    wordpress.rest("DELETE", f"wp/v2/posts/{receipt.remote_id}?force=true").good()
    publisher(wordpress).delete(receipt)
    assert publisher(wordpress).find_existing(outgoing, NOW) is None


def test_every_kind_of_picture_is_taken(wordpress: Site) -> None:
    kinds = WordPress.limits.media_types
    media = tuple(picture(n, kind) for n, kind in enumerate(kinds))
    receipt = publisher(wordpress).publish(replace(post("jenis", "Semua jenis"), media=media), Notes())
    content = wordpress.rest("GET", f"wp/v2/posts/{receipt.remote_id}?context=edit").good().json()
    assert len(images_of(content["content"]["raw"])) == len(kinds) - 1


@pytest.mark.parametrize(("role", "may"), [("author", True), ("contributor", False), ("subscriber", False)])
def test_the_role_decides(wordpress: Site, role: str, may: bool) -> None:
    name = f"peran-{role}"
    wish = {
        "username": name,
        "email": f"{name}@contoh.go.id",
        "password": "panjang-sekali-uji",
        "roles": [role],
    }
    user = wordpress.rest("POST", "wp/v2/users", data=wish).good().json()["id"]
    path = f"wp/v2/users/{user}/application-passwords"
    password = wordpress.rest("POST", path, data={"name": "humasbot"}).good().json()["password"]
    made = WordPress(wordpress.url, name, password)
    outgoing = post(name, f"Kabar <b>dari</b> {role} & [x]", 1)
    if may:
        assert name in made.verify()
        receipt = made.publish(outgoing, Notes())
        stored = wordpress.rest("GET", f"wp/v2/posts/{receipt.remote_id}?context=edit").good().json()
        assert text_of(stored["content"]["raw"]) == outgoing.text, "without the right to unfiltered HTML"
        return
    with pytest.raises(AuthExpired):
        made.verify()
    with pytest.raises(AuthExpired):
        made.publish(outgoing, Notes())
    assert publisher(wordpress).find_existing(outgoing, NOW) is None
