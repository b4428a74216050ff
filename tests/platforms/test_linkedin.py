"""LinkedIn: the suite on a stand-in that cuts a text where LinkedIn would, escaping, uploads, and its own refusals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import settings as tune
from hypothesis import strategies as st

from humasbot.content import Outgoing, Receipt
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
from humasbot.platforms import linkedin as module
from humasbot.platforms.linkedin import LinkedIn
from humasbot.platforms.linkedin_text import RESERVED, count_little, little, plain
from humasbot.testing import Fault, Notes, PublisherSuite, Reply, Seen, StandInHarness, When, picture
from humasbot.testing.standin_linkedin import LinkedInStandIn, refused, shown

POSTS = "POST /rest/posts"


class LinkedInHarness(StandInHarness):
    platform = LinkedIn
    server: LinkedInStandIn
    calls: ClassVar = {
        When.PREPARING: "POST /rest/images",
        When.PUBLISHING: POSTS,
        When.LOOKING: "GET|DELETE",
        When.EDITING: "POST /rest/posts/.+",
    }
    refusals: ClassVar = {
        Fault.RATE_LIMIT: Reply(
            429, refused(429, "TOO_MANY_REQUESTS", "throttle limit").body, {"Retry-After": "17"}
        ),
        Fault.AUTH_DEAD: refused(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
        Fault.REFUSED: refused(422, "INVALID_VALUE", "no such content"),
    }

    def posts(self) -> list[Seen]:
        return [self.seen(post) for post in self.server.accepted]

    def seen(self, post: dict[str, Any]) -> Seen:
        pictures = self.server.pictures(post)
        return Seen(
            post["id"],
            shown(post["commentary"]),
            post.get("content", {}).get("article", {}).get("source"),
            tuple(self.server.digest(picture["id"]) for picture in pictures),
            tuple(picture["altText"] for picture in pictures),
            f"https://www.linkedin.com/feed/update/{post['id']}/",
        )

    def uploads(self) -> int:
        return self.server.uploads

    def age(self, by: timedelta) -> None:
        self.server.age(by)


def settings(server: LinkedInStandIn) -> dict[str, str]:
    return {"organization": server.number, "token": server.token, "base_url": server.url}


@pytest.fixture
def server() -> Iterator[LinkedInStandIn]:
    with LinkedInStandIn() as standin:
        yield standin


class TestLinkedInSuite(PublisherSuite):
    crowd = 6
    cannot: ClassVar = {
        "cut_after_accept while publishing": "LinkedIn names the post in a header; its answer has no body",
        "cut_after_accept while editing": "LinkedIn's answer to an edit has no body",
    }

    @pytest.fixture
    def harness(self, server: LinkedInStandIn) -> LinkedInHarness:
        server.page_size = 4
        return LinkedInHarness(server, settings(server))


@pytest.fixture
def linkedin(server: LinkedInStandIn, monkeypatch: pytest.MonkeyPatch) -> LinkedIn:
    monkeypatch.setattr(module, "POLLS", (0.0, 0.0, 0.0))
    return LinkedIn.from_settings(settings(server))


def outgoing(text: str = "Isi kiriman.", **more: Any) -> Outgoing:
    return Outgoing("k", text, datetime.now(UTC), **more)


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


# Text.


@pytest.mark.parametrize(
    ("text", "commentary"),
    [
        ("a (b) [c] {d} <e>", r"a \(b\) \[c\] \{d\} \<e\>"),
        (r"50% * 2 | ~3 \ _x_", r"50% \* 2 \| \~3 \\ \_x\_"),
        ("surel a@b.go.id", r"surel a\@b.go.id"),
        ("#Pilkada2026 & #layanan!", r"{hashtag|\#|Pilkada2026} & {hashtag|\#|layanan}!"),
        ("#17 dan C# dan a#b dan #a_b dan ##x", r"\#17 dan C\# dan a\#b dan \#a\_b dan \#\#x"),
        ("https://a.id/x#bagian", r"https://a.id/x\#bagian"),
    ],
)
def test_what_is_reserved_is_escaped_and_hashtags_stay_hashtags(text: str, commentary: str) -> None:
    assert little(text) == commentary
    assert shown(commentary) == text


@tune(max_examples=60, deadline=None)
@given(
    st.text(
        st.one_of(st.sampled_from(RESERVED + "a1 \n"), st.characters(exclude_categories=["Cs"])), max_size=60
    )
)
def test_a_reader_sees_what_was_approved(text: str) -> None:
    assert plain(little(text)) == text
    assert shown(little(text)) == text


def test_the_length_is_that_of_the_escaped_text(linkedin: LinkedIn) -> None:
    assert count_little("(" * 1500) == 3000
    assert not linkedin.validate(outgoing("(" * 1500))
    assert "3002" in linkedin.validate(outgoing("(" * 1501))[0].message
    assert count_little("🎉") == 2


def test_a_mention_that_somebody_else_made_reads_as_its_name() -> None:
    assert plain(r"Halo @[Dinas \(A\)](urn:li:organization:1)!") == "Halo Dinas (A)!"


# Corrections.


def test_only_the_commentary_is_patched(server: LinkedInStandIn, linkedin: LinkedIn) -> None:
    receipt = linkedin.publish(outgoing("Loket #KTP buka.", link="https://a.go.id/1", title="Loket"), Notes())
    assert linkedin.edit(receipt, outgoing("Loket #KTP (A) tutup."), Notes()) == receipt
    (post,) = server.accepted
    assert post["commentary"] == r"Loket {hashtag|\#|KTP} \(A\) tutup."
    assert post["content"]["article"]["source"] == "https://a.go.id/1"


def test_an_edit_that_is_answered_but_not_made_is_made_again(
    server: LinkedInStandIn, linkedin: LinkedIn
) -> None:
    receipt = linkedin.publish(outgoing("Loket buka."), Notes())
    server.deaf = 1
    with pytest.raises(Retryable, match="kata-kata lama"):
        linkedin.edit(receipt, outgoing("Loket tutup."), Notes())
    assert linkedin.edit(receipt, outgoing("Loket tutup."), Notes()) == receipt
    assert server.accepted[0]["commentary"] == "Loket tutup."


def test_a_token_that_may_not_read_edits_unseen_and_a_post_that_is_gone_is_refused(
    server: LinkedInStandIn, linkedin: LinkedIn
) -> None:
    receipt = linkedin.publish(outgoing("Loket buka."), Notes())
    server.rights = {"write"}
    assert linkedin.edit(receipt, outgoing("Loket tutup."), Notes()) == receipt
    server.accepted.clear()
    with pytest.raises(Rejected):
        linkedin.edit(receipt, outgoing("Loket tutup."), Notes())


# Settings.


def test_every_fault_of_the_settings_is_named() -> None:
    wrong = {"organization": "pemkab", "token": "rahasia", "version": "202613", "base_url": "http://a.id"}
    with pytest.raises(ConfigError) as caught:
        LinkedIn.from_settings(wrong)
    assert [p.where for p in caught.value.problems] == ["organization", "version", "base_url"]
    assert "rahasia" not in str(caught.value)


# What is sent.


def test_every_request_names_version_and_protocol(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    linkedin.publish(outgoing(media=(picture(0),)), Notes())
    for request in server.requests:
        if request.method != "PUT":
            assert request.headers["linkedin-version"] == module.VERSION
            assert request.headers["x-restli-protocol-version"] == "2.0.0"
        assert server.token.encode() not in request.target.encode() + request.body


def test_a_link_without_pictures_is_a_card(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    linkedin.publish(outgoing(link="https://contoh.go.id/a", title="Judul " * 90), Notes())
    linkedin.publish(outgoing("Tanpa judul.\nBaris", link="https://contoh.go.id/b"), Notes())
    linkedin.publish(outgoing("Gambar", link="https://contoh.go.id/c", media=(picture(0),)), Notes())
    first, second, third = (post["content"] for post in server.accepted)
    assert (first["article"]["source"], len(first["article"]["title"])) == ("https://contoh.go.id/a", 400)
    assert second["article"]["title"] == "Tanpa judul."
    assert set(third) == {"media"}


def test_a_picture_is_waited_for_and_not_uploaded_twice(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    server.processing, notes = 4, Notes()
    with pytest.raises(Retryable, match="masih mengolah"):
        linkedin.publish(outgoing(media=(picture(0),)), notes)
    linkedin.publish(outgoing(media=(picture(0),)), notes)
    assert (server.uploads, len(server.accepted)) == (1, 1)


def test_a_picture_that_linkedin_cannot_process_is_refused(
    linkedin: LinkedIn, server: LinkedInStandIn
) -> None:
    server.fault("status", on="GET /rest/images", status=200, body={"status": "PROCESSING_FAILED"})
    with pytest.raises(Rejected):
        linkedin.publish(outgoing(media=(picture(0),)), Notes())


def test_a_token_that_may_not_read_can_still_publish(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    server.rights = {"write"}
    linkedin.publish(outgoing(media=(picture(0),)), Notes())
    with pytest.raises(AuthExpired, match="hak aksesnya kurang"):
        linkedin.find_existing(outgoing(), since())


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/x",
        "https://linkedin.com.jahat.id/x",
        "http://www.linkedin.com/x",
        "https://[",
        "ftp://a",
    ],
)
def test_a_picture_and_the_token_go_to_linkedin_only(
    linkedin: LinkedIn, server: LinkedInStandIn, address: str
) -> None:
    body = {"value": {"uploadUrl": address, "image": "urn:li:image:1"}}
    server.fault("status", on="POST /rest/images", status=200, body=body)
    with pytest.raises(Retryable, match="bukan milik LinkedIn"):
        linkedin.publish(outgoing(media=(picture(0),)), Notes())
    assert server.paths() == ["POST /rest/images"]


# What is answered.


@pytest.mark.parametrize(
    ("status", "code", "publishing"),
    [
        (401, "REVOKED_ACCESS_TOKEN", AuthExpired),
        (403, "ACCESS_DENIED", AuthExpired),
        (426, "NONEXISTENT_VERSION", AuthExpired),
        (429, "TOO_MANY_REQUESTS", RateLimited),
        (422, "DUPLICATE_POST", Uncertain),
        (422, "FIELD_LENGTH_TOO_LONG", Rejected),
        (400, "ILLEGAL_ARGUMENT", Rejected),
        (500, "INTERNAL_SERVER_ERROR", Uncertain),
        (504, "GATEWAY_TIMEOUT", Uncertain),
    ],
)
def test_linkedins_refusals(
    linkedin: LinkedIn, server: LinkedInStandIn, status: int, code: str, publishing: type[PublishError]
) -> None:
    server.fault("status", on=POSTS, status=status, body=refused(status, code, f"Pesan {server.token}").body)
    with pytest.raises(PublishError) as caught:
        linkedin.publish(outgoing(), Notes())
    assert (type(caught.value), caught.value.code, caught.value.status) == (publishing, code, status)
    assert server.token not in str(caught.value)


def test_a_version_that_is_closed_says_which_setting_to_change(server: LinkedInStandIn) -> None:
    old = LinkedIn.from_settings({**settings(server), "version": "202501"})
    with pytest.raises(AuthExpired, match=r"202501 sudah ditutup; ganti setelan version"):
        old.verify()


@pytest.mark.parametrize("headers", [{}, {"x-restli-id": ""}, {"x-restli-id": "12"}])
def test_a_success_without_an_id_is_uncertain(
    linkedin: LinkedIn, server: LinkedInStandIn, headers: dict[str, str]
) -> None:
    server.fault("status", on=POSTS, status=201, headers=headers)
    with pytest.raises(Uncertain):
        linkedin.publish(outgoing(), Notes())


def test_the_same_text_again_is_uncertain_and_then_found(linkedin: LinkedIn) -> None:
    first = linkedin.publish(outgoing(), Notes())
    with pytest.raises(Uncertain, match="duplicate"):
        linkedin.publish(outgoing(), Notes())
    assert linkedin.find_existing(outgoing(), since()) == first


def test_a_redirect_is_not_followed(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    server.fault("status", on=POSTS, status=307, headers={"Location": "http://10.0.0.1/"})
    with pytest.raises(Uncertain):
        linkedin.publish(outgoing(), Notes())
    assert len(server.requests) == 1


def test_an_answer_that_drips_too_slowly_is_uncertain(server: LinkedInStandIn) -> None:
    server.fault("late", on=POSTS, seconds=5)
    publisher = LinkedIn.from_settings(settings(server), Http(read=0.3))
    with pytest.raises(Uncertain):
        publisher.publish(outgoing(), Notes())
    assert len(server.accepted) == 1


@pytest.mark.parametrize("body", [{}, {"elements": None}, {"elements": [{"id": "1"}]}, [], {"elements": [1]}])
def test_an_answer_without_posts_is_not_absence(
    linkedin: LinkedIn, server: LinkedInStandIn, body: Any
) -> None:
    server.fault("status", on="GET /rest/posts", status=200, body=body)
    with pytest.raises(Retryable):
        linkedin.find_existing(outgoing(), since())


def test_more_than_can_be_looked_through_is_uncertain(
    linkedin: LinkedIn, server: LinkedInStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES", 2)
    server.page_size = 2
    for n in range(5):
        linkedin.publish(outgoing(f"Teks {n}"), Notes())
    with pytest.raises(Uncertain, match="terlalu banyak"):
        linkedin.find_existing(outgoing("Teks 0"), since())


def test_the_same_text_with_another_link_is_for_a_person(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    linkedin.publish(outgoing(link="https://contoh.go.id/a"), Notes())
    assert linkedin.find_existing(outgoing(link="https://contoh.go.id/a"), since()) is not None
    with pytest.raises(Uncertain, match="tautannya lain"):
        linkedin.find_existing(outgoing(link="https://contoh.go.id/b"), since())


def test_figures(linkedin: LinkedIn, server: LinkedInStandIn) -> None:
    receipt = linkedin.publish(outgoing(), Notes())
    metrics = linkedin.metrics(receipt)
    assert (metrics.views, metrics.likes, metrics.shares, metrics.replies) == (90, 7, 2, 1)
    assert "&shares=List(urn%3Ali%3Ashare%3A" in server.requests[-1].target
    linkedin.metrics(Receipt("urn:li:ugcPost:1", ""))
    assert "&ugcPosts=List(urn%3Ali%3AugcPost%3A1)" in server.requests[-1].target
    server.fault("status", on="Statistics", status=200, body={"elements": []})
    assert linkedin.metrics(receipt).views is None
