"""What the X publisher is asked later: find, measure, delete, verify, and what a post costs."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from x_harness import NOW, at, post, standing_still

from humasbot.content import Receipt
from humasbot.errors import Rejected, Retryable, Uncertain
from humasbot.platforms import x as module
from humasbot.platforms.x import LINK_POST_USD, POST_USD
from humasbot.testing import Notes
from humasbot.testing.standin_x import XStandIn


@pytest.fixture
def server() -> Iterator[XStandIn]:
    with standing_still() as standin:
        yield standin


@pytest.mark.parametrize(
    "text",
    [
        "Baca https://contoh.go.id/berita?a=1&b=2 lalu sebarkan",
        "https://contoh.go.id/",
        "HTTPS://Contoh.go.id/A dan http://contoh.go.id/%C3%A9",
        "Kunjungi dinkes.contoh.go.id, buka & gratis <b>besok</b> &amp; lusa",
        "  dua  spasi\n\n\nbaris \n",
        "https://contoh.go.id/a https://contoh.go.id/a https://contoh.go.id/b",
        "e\u0301 🇮🇩 100% 50%20",
    ],
)
@pytest.mark.parametrize("pictures", [0, 1])
def test_a_post_is_found_however_x_stores_it(server: XStandIn, text: str, pictures: int) -> None:
    receipt = at(server).publish(post(text, pictures), Notes())
    assert at(server).find_existing(post(text, pictures), NOW) == receipt


@pytest.mark.parametrize(
    ("ours", "stored", "expanded"),
    [
        ("Baca https://contoh.go.id", "Baca https://t.co/a1", "https://contoh.go.id/"),
        ("Baca https://Contoh.GO.ID/a", "Baca https://t.co/a1", "https://contoh.go.id/a"),
        ("Baca https://contoh.go.id/é", "Baca https://t.co/a1", "https://contoh.go.id/%C3%A9"),
        ("Baca contoh.go.id", "Baca https://t.co/a1", "https://contoh.go.id"),
        ("Cafe\u0301 https://a.go.id", "Caf\u00e9 https://t.co/a1", "https://a.go.id"),
        ("a\n\n\nb https://a.go.id ", "a\n\nb https://t.co/a1", "https://a.go.id"),
        ("A & B https://a.go.id?x=1&amp;y=2", "A &amp; B https://t.co/a1", "https://a.go.id?x=1&amp;y=2"),
    ],
)
def test_what_x_may_change_of_a_text_does_not_hide_it(
    server: XStandIn, ours: str, stored: str, expanded: str
) -> None:
    urls = [{"url": "https://t.co/a1", "expanded_url": expanded}]
    kept = {"id": "1", "text": stored, "created_at": "2026-11-22T02:00:00.000Z", "entities": {"urls": urls}}
    server.fault("status", on="/tweets", status=200, body={"data": [kept], "meta": {"result_count": 1}})
    found = at(server).find_existing(post(ours), NOW)
    assert found is not None
    assert found.remote_id == "1"


def test_the_same_words_with_another_link_are_another_post(server: XStandIn) -> None:
    at(server).publish(post("Kabar baru: https://contoh.go.id/1"), Notes())
    assert at(server).find_existing(post("Kabar baru: https://contoh.go.id/2"), NOW) is None


@pytest.mark.parametrize("name", ["post.fields", "tweet.fields"])
@pytest.mark.parametrize("ignores", [False, True])
def test_fields_are_asked_for_by_the_name_that_x_knows(server: XStandIn, name: str, ignores: bool) -> None:
    server.fields_name, server.ignores_unknown = name, ignores
    x = at(server)
    receipt = x.publish(post("Baca https://contoh.go.id/1", 1), Notes())
    assert x.find_existing(post("Baca https://contoh.go.id/1", 1), NOW) == receipt
    server.requests.clear()
    assert x.metrics(receipt).views is not None
    assert len(server.requests) == 1, "the name that works is remembered"


def test_a_link_that_x_does_not_explain_leaves_doubt(server: XStandIn) -> None:
    server.fields_name, server.ignores_unknown = "other.fields", True
    at(server).publish(post("Baca https://contoh.go.id/1"), Notes())
    with pytest.raises(Uncertain, match="serupa"):
        at(server).find_existing(post("Baca https://contoh.go.id/1"), NOW)
    assert at(server).find_existing(post("Lain https://contoh.go.id/1"), NOW) is None


def test_too_many_posts_to_look_through_leave_doubt(
    server: XStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(module, "PAGES", 2)
    for n in range(11):
        at(server).publish(post(f"nomor {n}"), Notes())
    with pytest.raises(Uncertain):
        at(server).find_existing(post("tidak ada"), NOW)
    with pytest.raises(Uncertain):
        at(server).find_existing(post("nomor 0"), NOW)
    assert at(server).find_existing(post("nomor 1"), NOW) is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": []},
        {"meta": {"result_count": 3}},
        {"meta": {"result_count": 1}, "data": [{"text": "tanpa id"}]},
        {"meta": {"result_count": 0}, "errors": [{"title": "Internal Error"}]},
        {"meta": {"result_count": 1}, "data": "x"},
    ],
)
def test_a_page_with_gaps_is_not_taken_for_absence(server: XStandIn, body: Any) -> None:
    server.fault("status", on="GET /2/users/.*/tweets", status=200, body=body, times=2)
    with pytest.raises(Retryable):
        at(server).find_existing(post(), NOW)


def test_since_may_be_ahead_of_the_clock_of_x(server: XStandIn) -> None:
    assert at(server).find_existing(post(), datetime.now(UTC) + timedelta(minutes=5)) is None


def test_metrics_are_those_of_x_under_either_name(server: XStandIn) -> None:
    receipt = at(server).publish(post("x" * 7), Notes())
    metrics = at(server).metrics(receipt)
    assert (metrics.shares, metrics.replies, metrics.likes, metrics.views) == (0 + 3, 1, 2, 5)
    old = {"data": {"public_metrics": {"retweet_count": 4, "quote_count": 1, "like_count": 0}}}
    server.fault("status", on="GET /2/tweets", status=200, body=old)
    metrics = at(server).metrics(receipt)
    assert (metrics.shares, metrics.replies, metrics.likes, metrics.views) == (5, None, 0, None)


def test_metrics_of_a_deleted_post_are_refused(server: XStandIn) -> None:
    with pytest.raises(Rejected):
        at(server).metrics(Receipt("1", "https://x.com/i/web/status/1"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"title": "Not Found"}),
        (200, {"errors": [{"type": "https://api.x.com/2/problems/resource-not-found"}]}),
        (200, {"data": {"deleted": True}}),
    ],
)
def test_already_gone_is_deleted(server: XStandIn, status: int, body: Any) -> None:
    server.fault("status", on="DELETE", status=status, body=body)
    at(server).delete(Receipt("1", ""))
    assert server.paths() == ["DELETE /2/tweets/1"]


@pytest.mark.parametrize("body", [{"data": {"deleted": False}}, {}, {"errors": [{"title": "Internal"}]}])
def test_a_deletion_that_x_does_not_confirm_is_an_error(server: XStandIn, body: Any) -> None:
    server.fault("status", on="DELETE", status=200, body=body)
    with pytest.raises(Retryable):
        at(server).delete(Receipt("1", ""))


def test_the_account_is_called_by_its_handle(server: XStandIn) -> None:
    assert at(server).verify() == "@humas_uji"


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Loket buka", POST_USD),
        ("Baca https://a.go.id", LINK_POST_USD),
        ("Baca contoh.go.id ya", LINK_POST_USD),
    ],
)
def test_a_link_makes_a_post_dearer(server: XStandIn, text: str, price: Decimal) -> None:
    assert at(server).cost(post(text)) == price


def test_the_stand_in_stores_a_post_as_x_does(server: XStandIn) -> None:
    at(server).publish(post("A & B https://contoh.go.id/1", 1), Notes())
    fields = {"post.fields": "entities,created_at"}
    stored = at(server).session.call("GET", f"/2/tweets/{server.accepted[0]['id']}", params=fields)["data"]
    assert re.fullmatch(r"A &amp; B https://t\.co/\w+ https://t\.co/\w+", stored["text"])
    for url in stored["entities"]["urls"]:
        assert html.unescape(stored["text"])[url["start"] - 4 : url["end"] - 4] == url["url"]


def test_a_changed_copy_is_not_taken_for_ours(server: XStandIn) -> None:
    outgoing = post("Loket tutup pukul 12.00 WIB")
    at(server).publish(outgoing, Notes())
    for text in (
        "Loket tutup pukul 12.00 WITA",
        "Loket tutup pukul 12.00 WIB!",
        "Loket tutup pukul 1200 WIB",
    ):
        assert at(server).find_existing(replace(outgoing, text=text), NOW) is None
