"""Instagram: the suite on a stand-in that fetches the pictures for real, restarts, expiry, and Meta's own tables."""
# ruff: noqa: F811

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from meta_kit import InstagramHarness, looking, outgoing, quick, settings, since, site  # noqa: F401

from humasbot.content import Receipt
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
)
from humasbot.platforms import meta
from humasbot.platforms.instagram import Instagram
from humasbot.testing import Notes, PublisherSuite, Restarted, picture
from humasbot.testing.standin_meta import InstagramStandIn, MediaSite, graph_error


@pytest.fixture
def graph() -> Iterator[InstagramStandIn]:
    with InstagramStandIn() as server:
        yield server


class TestInstagramSuite(PublisherSuite):
    crowd = 6

    @pytest.fixture
    def harness(self, graph: InstagramStandIn, site: MediaSite) -> InstagramHarness:
        graph.page_size = 4
        return InstagramHarness(graph, settings(graph, site))


@pytest.fixture
def instagram(graph: InstagramStandIn, site: MediaSite) -> Instagram:
    return Instagram.from_settings(settings(graph, site), looking())


ONE = {"media": (picture(0),)}


# Settings and preflight.


def test_every_fault_of_the_settings_is_named() -> None:
    wrong = {"user_id": "pemkab", "token": "rahasia", "version": "26", "media_check": "kadang"}
    with pytest.raises(ConfigError) as caught:
        Instagram.from_settings(wrong)
    assert [p.where for p in caught.value.problems] == ["user_id", "version", "media_check", "media_folder"]
    assert "rahasia" not in str(caught.value)


def test_preflight_names_every_fault_at_once(instagram: Instagram) -> None:
    tall, narrow = picture(1, size=(640, 1000)), picture(2, size=(300, 300))
    text = "@a " * 21 + "#b " * 31 + "c" * 2200
    problems = instagram.validate(outgoing(text, media=(tall, narrow, picture(3, "image/png"))))
    assert [p.where for p in problems] == ["text", "gambar 1", "gambar 2", "gambar 3", "text", "text"]
    assert "0.8 sampai 1.91" in problems[1].message
    assert "320 sampai 1440" in problems[2].message
    assert "31 tagar" in problems[4].message
    assert not instagram.validate(
        outgoing(media=(picture(4, size=(1080, 1350)), picture(5, size=(1200, 630))))
    )


# What is sent.


def test_a_carousel_is_made_of_containers_and_published_by_the_last_call(
    instagram: Instagram, graph: InstagramStandIn, site: MediaSite
) -> None:
    receipt = instagram.publish(outgoing(media=(picture(0), picture(1))), Notes())
    assert graph.paths("POST") == [f"POST {graph.root}/media"] * 3 + [f"POST {graph.root}/media_publish"]
    assert receipt.url == f"https://www.instagram.com/p/{receipt.remote_id}/"
    assert receipt.published_at is not None
    assert site.names() == [], "the pictures are taken back once Meta has them"


def test_our_fields_and_types_are_those_of_metas_tables(
    instagram: Instagram, graph: InstagramStandIn
) -> None:
    from facebook_business.adobjects.igmedia import IGMedia
    from facebook_business.adobjects.iguser import IGUser
    from facebook_business.api import FacebookAdsApi, FacebookSession

    user = IGUser("1", api=FacebookAdsApi(FacebookSession(access_token="x")))
    media = user.create_media(pending=True)._param_checker._type_check_info
    publish = user.create_media_publish(pending=True)._param_checker._type_check_info
    assert (media["image_url"], media["caption"], media["alt_text"]) == ("string", "string", "string")
    assert (media["is_carousel_item"], media["children"]) == ("bool", "list<string>")
    assert publish == {"creation_id": "unsigned int"}
    assert "since" in user.get_media(pending=True)._param_checker._type_check_info
    fields = set(IGMedia.Field.__dict__.values())
    assert {"id", "caption", "permalink", "timestamp", "like_count", "comments_count"} <= fields
    assert hasattr(user, "get_content_publishing_limit")
    assert hasattr(IGMedia, "api_delete")

    instagram.publish(outgoing(media=(picture(0), picture(1))), Notes())
    instagram.publish(outgoing("Lain", **ONE), Notes())
    sent = [r for r in graph.requests if r.method == "POST"]
    for request in sent:
        names = set(parse_qs(request.body.decode()))
        assert names <= set(media if request.path.endswith("/media") else publish)
    assert set().union(*(parse_qs(r.body.decode()) for r in sent)) == graph.known | {"creation_id"}


def test_the_token_travels_in_a_header_only(instagram: Instagram, graph: InstagramStandIn) -> None:
    graph.page_size = 1
    for n in range(2):
        instagram.publish(outgoing(f"Teks {n}", **ONE), Notes())
    instagram.find_existing(outgoing("Teks 0"), since())
    instagram.verify()
    for request in graph.requests:
        assert graph.token.encode() not in request.target.encode() + request.body


# Restarts and doubt.


def test_a_container_that_takes_its_time_is_waited_for_and_not_made_again(
    instagram: Instagram, graph: InstagramStandIn, site: MediaSite
) -> None:
    graph.processing, notes = 4, Notes()
    with pytest.raises(Retryable) as caught:
        instagram.publish(outgoing(**ONE), notes)
    assert caught.value.retry_after == meta.LATER
    assert len(site.names()) == 1, "Meta may still be fetching it"
    instagram.publish(outgoing(**ONE), notes)
    assert (len(graph.containers), len(graph.accepted), site.names()) == (1, 1, [])


def test_an_expired_container_is_made_anew_and_nothing_is_double(
    instagram: Instagram, graph: InstagramStandIn, site: MediaSite
) -> None:
    notes = Notes(stop_after=6)  # two addresses, two items, the carousel: the sixth says that it is asked for
    with pytest.raises(Restarted):
        instagram.publish(outgoing(media=(picture(0), picture(1))), notes)
    notes.stop_after = None
    graph.age(timedelta(hours=25))
    instagram.publish(outgoing(media=(picture(0), picture(1))), notes)
    assert (len(graph.containers), len(graph.accepted), site.names()) == (6, 1, [])


@pytest.mark.parametrize("kind", ["lost", "gateway", "garbage", "cut", "short"])
def test_a_lost_answer_does_not_lead_to_a_second_post_even_without_a_look(
    instagram: Instagram, graph: InstagramStandIn, kind: Any
) -> None:
    notes = Notes()
    graph.fault(kind, on="media_publish")
    with pytest.raises(Uncertain):
        instagram.publish(outgoing(**ONE), notes)
    again = instagram.publish(outgoing(**ONE), notes)
    assert [post["id"] for post in graph.accepted] == [again.remote_id]
    assert instagram.find_existing(outgoing(), since()) == again


def test_a_container_that_was_published_but_cannot_be_seen_is_for_a_person(
    instagram: Instagram, graph: InstagramStandIn
) -> None:
    notes = Notes()
    graph.fault("lost", on="media_publish")
    with pytest.raises(Uncertain):
        instagram.publish(outgoing(**ONE), notes)
    hidden, graph.accepted = graph.accepted, []
    with pytest.raises(Uncertain, match="belum tampak"):
        instagram.publish(outgoing(**ONE), notes)
    graph.accepted = hidden
    assert instagram.publish(outgoing(**ONE), notes).remote_id == hidden[0]["id"]


def test_a_container_unknown_after_the_publishing_call_is_not_made_anew(
    instagram: Instagram, graph: InstagramStandIn
) -> None:
    notes = Notes()
    graph.fault("lost", on="media_publish")
    with pytest.raises(Uncertain):
        instagram.publish(outgoing(**ONE), notes)
    graph.containers.clear()
    with pytest.raises(Uncertain):
        instagram.publish(outgoing(**ONE), notes)
    assert len(graph.accepted) == 1


def test_once_published_nothing_can_fail_it(instagram: Instagram, graph: InstagramStandIn) -> None:
    graph.fault("html", on=r"GET /v26.0/1800\d+$")
    receipt = instagram.publish(outgoing(**ONE), Notes())
    assert receipt == Receipt(graph.accepted[0]["id"], "https://www.instagram.com/")


# What is answered.


@pytest.mark.parametrize(
    ("code", "subcode", "publishing", "preparing"),
    [
        (9, 2207042, RateLimited, RateLimited),
        (9007, 2207027, Retryable, Retryable),
        (24, 2207008, Retryable, Retryable),
        (24, 2207006, Uncertain, Retryable),
        (-2, 2207020, Retryable, Retryable),
        (-1, 2207001, Uncertain, Retryable),
        (-2, 2207003, Uncertain, Retryable),
        (9004, 2207052, Uncertain, Retryable),
        (25, 2207050, AuthExpired, AuthExpired),
        (4, 2207051, Rejected, Rejected),
        (36000, 2207004, Rejected, Rejected),
        (36003, 2207009, Rejected, Rejected),
        (190, 463, AuthExpired, AuthExpired),
        (102, None, AuthExpired, AuthExpired),
        (4, None, RateLimited, RateLimited),
        (80002, None, RateLimited, RateLimited),
        (2, None, Uncertain, Retryable),
    ],
)
def test_metas_codes(
    instagram: Instagram,
    graph: InstagramStandIn,
    code: int,
    subcode: int | None,
    publishing: type[PublishError],
    preparing: type[PublishError],
) -> None:
    more = {} if subcode is None else {"error_subcode": subcode}
    for on, expected in (("media_publish", publishing), ("/media$", preparing)):
        graph.fault("status", on=on, status=400, body=graph_error(code, "Pesan", **more))
        with pytest.raises(PublishError) as caught:
            instagram.publish(outgoing(**ONE), Notes())
        assert type(caught.value) is expected
    named = f"{code}/{subcode}" if subcode else str(code)
    assert (caught.value.code, str(caught.value)) == (named, f"Instagram: ({named}) Pesan")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "40"}, timedelta(seconds=40)),
        ({"X-App-Usage": '{"call_count": 100, "total_time": 12, "total_cputime": 9}'}, timedelta(minutes=10)),
        ({"X-App-Usage": '{"call_count": 12}'}, None),
        ({"X-App-Usage": "[1]"}, None),
        ({"X-App-Usage": '{"call_count": "banyak"}'}, None),
    ],
)
def test_the_wait_is_read_where_meta_states_it(
    instagram: Instagram, graph: InstagramStandIn, headers: dict[str, str], wait: timedelta | None
) -> None:
    graph.fault("status", on="media_publish", status=400, body=graph_error(4), headers=headers)
    with pytest.raises(RateLimited) as caught:
        instagram.publish(outgoing(**ONE), Notes())
    assert caught.value.retry_after == wait


def test_a_quota_that_is_used_up_is_told_before_anything_is_made(
    instagram: Instagram, graph: InstagramStandIn, site: MediaSite
) -> None:
    graph.quota = 1
    instagram.publish(outgoing("Satu", **ONE), Notes())
    with pytest.raises(RateLimited, match="1 kiriman dalam 24 jam"):
        instagram.publish(outgoing("Dua", **ONE), Notes())
    assert (len(graph.containers), site.names()) == (1, [])
    [quota] = instagram.allowances()
    assert (quota.used, quota.total, quota.window) == (1, 1, timedelta(hours=24))


@pytest.mark.parametrize("body", [{"data": []}, {"data": [{"quota_usage": 1}]}, {"data": None}])
def test_a_quota_that_cannot_be_read_keeps_nothing_back(
    instagram: Instagram, graph: InstagramStandIn, body: Any
) -> None:
    graph.fault("status", on="content_publishing_limit", status=200, body=body)
    instagram.publish(outgoing(**ONE), Notes())
    assert len(graph.accepted) == 1


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        ("Error: Media upload has failed with error code 2207052", Retryable),
        ("Error: Media upload has failed with error code 2207009", Rejected),
        ("", Retryable),
    ],
)
def test_a_container_that_failed_is_forgotten(
    instagram: Instagram, graph: InstagramStandIn, site: MediaSite, why: str, kind: type[PublishError]
) -> None:
    graph.processing, notes = 9, Notes()
    with pytest.raises(Retryable):
        instagram.publish(outgoing(**ONE), notes)
    for container in graph.containers.values():
        container.update(state="ERROR", why=why)
    graph.processing = 0
    with pytest.raises(PublishError) as caught:
        instagram.publish(outgoing(**ONE), notes)
    assert type(caught.value) is kind
    assert bool(site.names()) == (kind is Retryable), "what is refused for good is taken back at once"
    instagram.publish(outgoing(**ONE), notes)
    assert (len(graph.containers), len(graph.accepted)) == (2, 1)


def test_a_late_answer_is_given_up_and_uncertain(
    instagram: Instagram, graph: InstagramStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("humasbot.platforms.facebook_graph.TIMEOUT", (1, 0.2))
    graph.fault("late", on="media_publish", seconds=30)
    with pytest.raises(Uncertain):
        instagram.publish(outgoing(**ONE), Notes())
    assert len(graph.accepted) == 1


def test_a_redirect_is_not_followed(instagram: Instagram, graph: InstagramStandIn) -> None:
    graph.fault("status", on="media_publish", status=307, headers={"Location": "http://10.0.0.1/"})
    with pytest.raises(Uncertain):
        instagram.publish(outgoing(**ONE), Notes())
    assert graph.paths("POST")[-1].endswith("media_publish")


# The pictures' addresses, and what is looked for.


def test_a_picture_that_cannot_be_seen_from_outside_is_one_sentence(
    instagram: Instagram, graph: InstagramStandIn, site: MediaSite
) -> None:
    site.fault("status", status=404, times=2)
    with pytest.raises(Retryable, match=r"tidak terlihat dari luar di .*HTTP 404.*media_url") as caught:
        instagram.publish(outgoing(**ONE), Notes())
    assert "\n" not in str(caught.value)
    assert (graph.paths("POST"), site.names()) == ([], [])


def test_verify_proves_the_addresses_too(instagram: Instagram, site: MediaSite) -> None:
    assert instagram.verify() == "@pemkab.contoh"
    assert site.names() == []
    site.fault("status", status=403, times=2)
    with pytest.raises(Retryable, match="HTTP 403"):
        instagram.verify()


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": [{"id": "1"}]}, {"data": [{"timestamp": "?"}]}]
)
def test_an_answer_without_posts_is_not_absence(
    instagram: Instagram, graph: InstagramStandIn, body: Any
) -> None:
    graph.fault("status", on="GET .*/media$", status=200, body=body)
    with pytest.raises(Retryable):
        instagram.find_existing(outgoing(), since())


def test_it_turns_the_pages_up_to_an_end(
    instagram: Instagram, graph: InstagramStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.page_size = 2
    wanted = instagram.publish(outgoing("Pertama", **ONE), Notes())
    for n in range(4):
        instagram.publish(outgoing(f"Lain {n}", **ONE), Notes())
    assert instagram.find_existing(outgoing("Pertama"), since()) == wanted
    assert instagram.find_existing(outgoing("Tidak ada"), since()) is None
    monkeypatch.setattr(meta, "PAGES", 2)
    with pytest.raises(Uncertain, match="terlalu banyak"):
        instagram.find_existing(outgoing("Tidak ada"), since())


def test_line_ends_do_not_hide_a_post(instagram: Instagram, graph: InstagramStandIn) -> None:
    instagram.publish(outgoing("Baris satu \nBaris dua\n", **ONE), Notes())
    graph.accepted[0]["fields"]["caption"] = "Baris satu\r\nBaris dua"
    assert instagram.find_existing(outgoing("Baris satu \nBaris dua\n"), since()) is not None


def test_figures_and_deletion(instagram: Instagram, graph: InstagramStandIn) -> None:
    receipt = instagram.publish(outgoing(**ONE), Notes())
    metrics = instagram.metrics(receipt)
    assert (metrics.likes, metrics.replies, metrics.shares) == (12, 3, None)
    graph.fault("status", on="DELETE", status=200, body={"success": False})
    with pytest.raises(Retryable):
        instagram.delete(receipt)
    graph.fault("status", on="DELETE", status=400, body=graph_error(100, error_subcode=33))
    graph.fault("status", on="GET", status=400, body=graph_error(190))
    with pytest.raises(AuthExpired):
        instagram.delete(receipt)
