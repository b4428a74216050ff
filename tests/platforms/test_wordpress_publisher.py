"""The WordPress publisher against its stand-in; ``tests/live/test_wordpress_publisher.py`` has the real one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from humasbot.content import Outgoing
from humasbot.errors import AuthExpired, ConfigError, PublishError, Rejected, Retryable, Uncertain
from humasbot.net import Http
from humasbot.platforms.wordpress import WordPress
from humasbot.platforms.wordpress_html import slug
from humasbot.testing import Fault, Notes, PublisherSuite, Reply, Seen, StandInHarness, When, picture
from humasbot.testing.standin_wordpress import WordPressStandIn, images_of, refusal, text_of

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DRAFT, OUT, UPLOAD = "POST .*/posts$", r"POST .*/posts/\d+$", "POST .*/media"


class WordPressHarness(StandInHarness):
    platform = WordPress
    server: WordPressStandIn
    calls: ClassVar = {
        When.PREPARING: r"POST .*/(media|posts)$",
        When.PUBLISHING: OUT,
        When.LOOKING: "GET|DELETE",
        When.EDITING: OUT,
    }
    refusals: ClassVar = {
        Fault.RATE_LIMIT: Reply(429, headers={"Retry-After": "17"}),
        Fault.AUTH_DEAD: refusal(401, "incorrect_password"),
        Fault.REFUSED: refusal(400, "rest_invalid_param"),
    }

    def posts(self) -> list[Seen]:
        return [self._seen(post) for post in self.server.public()]

    def _seen(self, post: dict[str, Any]) -> Seen:
        inside = images_of(post["content"])
        first = [post["featured_media"]] if "featured_media" in post else []
        shown = [(number, self.server.library[number]["alt"]) for number in first] + inside
        return Seen(
            str(post["id"]),
            text_of(post["content"]),
            pictures=tuple(self.server.library[number]["sha256"] for number, _ in shown),
            alts=tuple(alt for _, alt in shown),
            url=f"{self.server.url}/{post['slug']}/",
        )

    def uploads(self) -> int:
        return len(self.server.library) + len(self.server.stored)

    def age(self, by: timedelta) -> None:
        """Posts are known by their key, whatever their age."""


@pytest.fixture
def server() -> Iterator[WordPressStandIn]:
    with WordPressStandIn() as standin:
        yield standin


class TestWordPress(PublisherSuite):
    idempotent = True
    crowd = 3

    @pytest.fixture
    def harness(self, server: WordPressStandIn) -> WordPressHarness:
        settings = {"url": server.url, "user": server.user, "password": server.password}
        return WordPressHarness(server, settings)


def wordpress(server: WordPressStandIn, **change: Any) -> WordPress:
    return WordPress(server.url, server.user, server.password, http=Http(read=2), **change)


def post(text: str = "Loket buka hari Senin.", pictures: int = 0, title: str = "Loket buka") -> Outgoing:
    return Outgoing("kunci", text, NOW, title=title, media=tuple(map(picture, range(pictures))))


def error_of(publisher: WordPress, outgoing: Outgoing, notes: Notes | None = None) -> PublishError:
    with pytest.raises(PublishError) as caught:
        publisher.publish(outgoing, notes or Notes())
    return caught.value


# --- what is stored -----------------------------------------------------------------------------------------------


def test_what_is_stored(server: WordPressStandIn) -> None:
    text = "Loket  buka\n\nSenin & Selasa:\nhttps://contoh.go.id/a?b=1&c=(2).\n\n[gallery] <b>"
    receipt = wordpress(server, category="ekonomi & desa").publish(post(text, 2), Notes())
    stored = server.stored[int(receipt.remote_id)]
    first, second = server.library
    assert (stored["title"], stored["categories"], stored["featured_media"]) == ("Loket buka", [7], first)
    assert stored["content"] == (
        "<!-- wp:paragraph -->\n<p>Senin &amp; Selasa:<br>"
        '<a href="https://contoh.go.id/a?b=1&amp;c=(2)">https://contoh.go.id/a?b=1&amp;c=(2)</a>.</p>\n'
        "<!-- /wp:paragraph -->\n\n"
        "<!-- wp:paragraph -->\n<p>&#91;gallery] &lt;b&gt;</p>\n<!-- /wp:paragraph -->\n\n"
        f'<!-- wp:image {{"id":{second},"sizeSlug":"large"}} -->\n'
        f'<figure class="wp-block-image size-large"><img src="{server.url}/wp-content/uploads/{second}.jpg" '
        'alt="Gambar 1: tenda &quot;biru&quot; &amp; &lt;spanduk&gt; “selamat” 🇮🇩" '
        f'class="wp-image-{second}"/></figure>\n<!-- /wp:image -->'
    )
    assert re.fullmatch(r"loket-buka-[0-9a-f]{8}", stored["slug"])
    assert receipt.url == f"{server.url}/{stored['slug']}/"
    assert receipt.published_at is not None


def test_a_title_is_made_of_the_text_where_there_is_none(server: WordPressStandIn) -> None:
    outgoing = post("Bupati meresmikan <pasar> & jalan.\nBaris kedua.", title="")
    stored = server.stored[int(wordpress(server).publish(outgoing, Notes()).remote_id)]
    assert stored["title"] == "Bupati meresmikan &lt;pasar&gt; &amp; jalan."
    assert stored["slug"].startswith("bupati-meresmikan-pasar-jalan-")
    assert len(slug(post("x", title="pengumuman " * 30))) <= 70


# --- never two ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost", "gateway", "garbage", "cut", "drop"])
@pytest.mark.parametrize("remembers", [True, False])
def test_a_draft_whose_answer_was_lost_is_gone_on_with(
    server: WordPressStandIn, kind: Any, remembers: bool
) -> None:
    notes = Notes()
    server.fault(kind, on=DRAFT)
    assert type(error_of(wordpress(server), post(pictures=1), notes)) is Retryable
    assert server.public() == []
    wordpress(server).publish(post(pictures=1), notes if remembers else Notes())
    assert len(server.stored) == len(server.public()) == 1
    assert server.public()[0]["featured_media"] in server.library


@pytest.mark.parametrize("kind", ["lost", "gateway", "garbage", "cut", "drop"])
def test_publishing_again_after_a_lost_answer_changes_nothing(server: WordPressStandIn, kind: Any) -> None:
    notes, publisher = Notes(), wordpress(server)
    server.fault(kind, on=OUT)
    assert type(error_of(publisher, post(), notes)) is Uncertain
    found = publisher.find_existing(post(), NOW)
    assert (found is None) == (kind == "drop")
    receipts = {publisher.publish(post(), n).remote_id for n in (notes, Notes())}
    assert [str(p["id"]) for p in server.public()] == list(receipts)


def test_a_picture_that_was_cleaned_away_is_uploaded_anew(server: WordPressStandIn) -> None:
    notes = Notes()
    server.fault("drop", on=DRAFT)
    assert type(error_of(wordpress(server), post(pictures=2), notes)) is Retryable
    kept, gone = server.library
    del server.library[gone]
    wordpress(server).publish(post(pictures=2), notes)
    assert kept in server.library
    assert len(server.library) == 2
    (shown,) = server.public()
    assert [shown["featured_media"], images_of(shown["content"])[0][0]] == list(server.library)
    assert len(server.stored) == 1


def test_a_draft_that_was_deleted_is_made_anew(server: WordPressStandIn) -> None:
    notes = Notes()
    server.fault("drop", on=OUT)
    assert type(error_of(wordpress(server), post(), notes)) is Uncertain
    server.stored.clear()
    assert wordpress(server).find_existing(post(), NOW) is None
    assert type(error_of(wordpress(server), post(), notes)) is Retryable
    wordpress(server).publish(post(), notes)
    assert len(server.public()) == 1


def test_what_is_in_the_trash_is_for_a_person(server: WordPressStandIn) -> None:
    publisher = wordpress(server)
    publisher.delete(publisher.publish(post(), Notes()))
    with pytest.raises(Uncertain, match="sampah"):
        publisher.find_existing(post(), NOW)
    publisher.publish(post(), Notes())
    assert len(server.public()) == 1, "a person wished it sent again"


@pytest.mark.parametrize("status", ["draft", "pending"])
def test_what_an_editor_decides_on_counts_as_delivered(server: WordPressStandIn, status: str) -> None:
    server.capabilities["publish_posts"] = False
    publisher = wordpress(server, status=status)
    receipt = publisher.publish(post(), Notes())
    assert publisher.verify()
    assert publisher.publish(post(), Notes()) == receipt
    assert publisher.find_existing(post(), NOW) == receipt
    assert [p["status"] for p in server.stored.values()] == [status]
    server.stored[int(receipt.remote_id)]["status"] = "publish"
    assert publisher.find_existing(post(), NOW) is not None


@pytest.mark.parametrize(
    "body_", [{}, 7, [7], [{}], [{"status": "publish"}], [{"id": "1", "status": "publish"}], "x"]
)
def test_an_answer_of_another_shape_is_never_surely_absent(server: WordPressStandIn, body_: Any) -> None:
    server.fault("status", on="GET", status=200, body=body_)
    with pytest.raises(Retryable):
        wordpress(server).find_existing(post(), NOW)


# --- what WordPress says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (refusal(401, "rest_not_logged_in"), AuthExpired, "kata sandi"),
        (refusal(403, "rest_cannot_create"), AuthExpired, "peran"),
        (refusal(404, "rest_no_route"), AuthExpired, "permalink"),
        (Reply(404, "<h1>"), AuthExpired, "wp-json"),
        (Reply(403, "<h1>Firewall</h1>"), Rejected, "403"),
        (Reply(413, "<h1>"), Rejected, "413"),
        (Reply(301, headers={"Location": "https://www.contoh.go.id/"}), Rejected, r"www\.contoh\.go\.id"),
        (refusal(500, "rest_upload_unknown_error", "Jenis berkas ditolak."), Retryable, "Jenis berkas"),
        (Reply(503, "<h1>Pemeliharaan</h1>", {"Retry-After": "600"}), Retryable, "503"),
    ],
)
def test_refusals(server: WordPressStandIn, reply: Reply, error: type[PublishError], words: str) -> None:
    server.fault("status", on=UPLOAD, status=reply.status, body=reply.body, headers=reply.headers)
    with pytest.raises(error, match=words):
        wordpress(server).publish(post(pictures=1), Notes())
    assert server.stored == {}


def test_an_answer_that_drips_too_slowly_is_uncertain(server: WordPressStandIn) -> None:
    server.fault("late", on=OUT, seconds=5)
    publisher = WordPress(server.url, server.user, server.password, http=Http(total=0.4))
    assert type(error_of(publisher, post())) is Uncertain


@pytest.mark.parametrize("right", ["publish_posts", "upload_files"])
def test_verify_asks_for_the_rights(server: WordPressStandIn, right: str) -> None:
    assert wordpress(server).verify() == f"Humas Uji ({server.url.removeprefix('http://')})"
    server.capabilities[right] = False
    with pytest.raises(AuthExpired, match=right):
        wordpress(server).verify()


def test_a_role_that_may_not_write_is_told_when_publishing(server: WordPressStandIn) -> None:
    server.capabilities["edit_posts"] = False
    error = error_of(wordpress(server), post())
    assert type(error) is AuthExpired
    assert "edit_posts" in str(error)


@pytest.mark.parametrize("category", ["Ekonomi & Desa", "ekonomi-desa", "7"])
def test_a_category_by_any_of_its_names(server: WordPressStandIn, category: str) -> None:
    receipt = wordpress(server, category=category).publish(post(), Notes())
    assert server.stored[int(receipt.remote_id)]["categories"] == [7]


def test_a_category_that_the_site_lacks_is_told_before_anything_is_made(server: WordPressStandIn) -> None:
    publisher = wordpress(server, category="Ekonomi")
    with pytest.raises(Rejected, match="Ekonomi"):
        publisher.verify()
    assert type(error_of(publisher, post())) is Rejected
    assert server.stored == {}


@pytest.mark.parametrize("code", ["rest_cannot_delete", "rest_no_route"])
def test_a_refused_deletion_is_not_counted_as_done(server: WordPressStandIn, code: str) -> None:
    publisher = wordpress(server)
    receipt = publisher.publish(post(), Notes())
    server.fault("status", on="DELETE", status=403 if "cannot" in code else 404, body={"code": code})
    with pytest.raises(AuthExpired):
        publisher.delete(receipt)
    with pytest.raises(Rejected, match="hapus sendiri"):
        publisher.delete(replace(receipt, remote_id=receipt.url))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, []),
        ({"url": "http://contoh.go.id"}, ["url"]),
        ({"url": "https://x/?y", "user": "a:b", "status": "terbit"}, ["url", "user", "status"]),
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str], named: list[str]) -> None:
    values = {"url": "contoh.go.id/berita/", "user": "humas", "password": "x"} | change
    if not named:
        assert repr(WordPress.from_settings(values)) == "WordPress('https://contoh.go.id/berita', 'humas')"
        return
    with pytest.raises(ConfigError) as caught:
        WordPress.from_settings(values)
    assert [problem.where for problem in caught.value.problems] == named
