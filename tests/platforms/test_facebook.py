"""Facebook: the suite on a stand-in of the Graph API, Graph's error codes, and our fields against Meta's own tables."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from facebook_kit import PAGE, ROOT, TOKEN, FacebookHarness, error, settings

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
from humasbot.platforms import facebook as module
from humasbot.platforms.facebook import Facebook
from humasbot.testing import (
    Notes,
    PublisherSuite,
    picture,
)
from humasbot.testing.standin_facebook import FacebookStandIn as Graph


@pytest.fixture
def graph() -> Iterator[Graph]:
    with Graph() as server:
        yield server


class TestFacebookSuite(PublisherSuite):
    @pytest.fixture
    def harness(self, graph: Graph) -> FacebookHarness:
        return FacebookHarness(graph, settings(graph))


@pytest.fixture
def facebook(graph: Graph) -> Facebook:
    return Facebook.from_settings(settings(graph))


def outgoing(text: str = "Isi kiriman.", **more: Any) -> Outgoing:
    return Outgoing("k", text, datetime(2026, 11, 22, tzinfo=UTC), **more)


def since(graph: Graph) -> datetime:
    return graph.now - timedelta(minutes=1)


# Settings.


def test_every_fault_of_the_settings_is_named() -> None:
    wrong = {"page_id": "pemkab", "token": TOKEN, "version": "26", "base_url": "http://graph.facebook.com"}
    with pytest.raises(ConfigError) as caught:
        Facebook.from_settings(wrong)
    assert [p.where for p in caught.value.problems] == ["page_id", "version", "base_url"]
    assert TOKEN not in str(caught.value)


def test_the_module_loads_where_warnings_are_errors(tmp_path: Path) -> None:
    strict = ["-W", "error::SyntaxWarning", "-W", "error:invalid escape sequence"]
    uncompiled = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for module_name, loads in (("humasbot.platforms.facebook", True), ("facebook", False)):
        code = f"import requests, {module_name}"
        done = subprocess.run([sys.executable, *strict, "-c", code], env=uncompiled, capture_output=True)
        assert (done.returncode == 0) is loads, done.stderr.decode()


# What is sent.


def test_without_pictures_text_and_link_go_out_in_one_call(facebook: Facebook, graph: Graph) -> None:
    receipt = facebook.publish(outgoing(link="https://contoh.go.id/a"), Notes())
    assert graph.paths() == [f"POST {ROOT}/feed"]
    assert graph.accepted[0]["link"] == "https://contoh.go.id/a"
    assert receipt == Receipt(f"{PAGE}_1", f"https://www.facebook.com/{PAGE}_1")


def test_pictures_are_uploaded_unpublished_and_published_by_the_last_call(
    facebook: Facebook, graph: Graph
) -> None:
    facebook.publish(outgoing(media=(picture(0), picture(1)), link="https://contoh.go.id/a"), Notes())
    assert graph.paths() == [f"POST {ROOT}/photos"] * 2 + [f"POST {ROOT}/feed"]
    assert graph.accepted[0]["link"] == "", "a link beside pictures would replace them"


def test_the_token_travels_in_a_header_only(facebook: Facebook, graph: Graph) -> None:
    graph.page_size = 1
    for n in range(3):
        facebook.publish(outgoing(f"Teks {n}", media=(picture(0),)), Notes())
    facebook.find_existing(outgoing("Teks 0"), since(graph))
    facebook.verify()
    for request in graph.requests:
        assert TOKEN.encode() not in request.target.encode() + request.body
        assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_netrc_entry_does_not_replace_the_token(
    facebook: Facebook, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert facebook.verify() == "Pemkab Contoh"


def test_an_old_upload_is_made_anew(facebook: Facebook, graph: Graph, time_machine: Any) -> None:
    notes = Notes()
    graph.fault("status", on="feed", status=400, body=error(4))
    with pytest.raises(RateLimited):
        facebook.publish(outgoing(media=(picture(0),)), notes)
    time_machine.move_to(datetime.now(UTC) + module.KEEP_UPLOAD + timedelta(minutes=1))
    facebook.publish(outgoing(media=(picture(0),)), notes)
    assert graph.accepted[0]["photos"] == ["772"]


def test_our_fields_and_types_are_those_of_metas_tables(facebook: Facebook, graph: Graph) -> None:
    from facebook_business.adobjects.page import Page
    from facebook_business.adobjects.pagepost import PagePost
    from facebook_business.api import FacebookAdsApi, FacebookSession

    page = Page(PAGE, api=FacebookAdsApi(FacebookSession(access_token="x")))
    feed = page.create_feed(pending=True)._param_checker._type_check_info
    photo = page.create_photo(pending=True)._param_checker._type_check_info
    read = page.get_posts(pending=True)._param_checker._type_check_info
    assert (feed["message"], feed["link"], feed["attached_media"]) == ("string", "string", "list<Object>")
    assert (photo["published"], photo["alt_text_custom"]) == ("bool", "string")
    assert read["limit"] == "unsigned int"
    assert {"id", "message", "created_time", "shares"} <= set(PagePost.Field.__dict__.values())

    facebook.publish(outgoing(media=(picture(0),)), Notes())
    facebook.publish(outgoing("Lain", link="https://contoh.go.id/a"), Notes())
    upload, with_photo, with_link = graph.requests
    assert set(upload.parts()) - {"source"} <= set(photo)
    for request in (with_photo, with_link):
        fields = parse_qs(request.body.decode())
        assert set(fields) <= set(feed)
    (attached,) = parse_qs(with_photo.body.decode())["attached_media"]
    assert json.loads(attached) == [{"media_fbid": "771"}]


# What is answered.


@pytest.mark.parametrize(
    ("status", "code", "publishing", "preparing"),
    [
        *((400, code, RateLimited, RateLimited) for code in (4, 17, 32, 341, 613, 80001, 80006)),
        *((400, code, AuthExpired, AuthExpired) for code in (190, 102, 10, 200, 283)),
        (401, 190, AuthExpired, AuthExpired),
        *((status, code, Uncertain, Retryable) for status in (500, 400, 200) for code in (1, 2)),
        (400, 506, Uncertain, Rejected),
        *((status, 100, Rejected, Rejected) for status in (400, 403, 200)),
        (503, 99, Uncertain, Retryable),
        (400, 368, Rejected, Rejected),
    ],
)
def test_graph_codes(
    facebook: Facebook,
    graph: Graph,
    status: int,
    code: int,
    publishing: type[PublishError],
    preparing: type[PublishError],
) -> None:
    for on, expected in (("feed", publishing), ("photos", preparing)):
        graph.fault("status", on=on, status=status, body=error(code, "Pesan"))
        media = (picture(0),) if on == "photos" else ()
        with pytest.raises(PublishError) as caught:
            facebook.publish(outgoing(media=media), Notes())
        assert type(caught.value) is expected
        assert (caught.value.code, caught.value.status) == (str(code), status)
        assert str(caught.value) == f"Facebook: ({code}) Pesan"


def test_a_transient_error_of_an_unknown_code_is_uncertain(facebook: Facebook, graph: Graph) -> None:
    graph.fault("status", on="feed", status=400, body=error(7777, is_transient=True))
    with pytest.raises(Uncertain):
        facebook.publish(outgoing(), Notes())


@pytest.mark.parametrize("status", [404, 403, 302, 500, 502])
def test_a_status_without_an_error_in_its_json_is_no_success(
    facebook: Facebook, graph: Graph, status: int
) -> None:
    graph.fault("status", on="feed", status=status, body={"id": "1_1"})
    with pytest.raises(Rejected if status in (403, 404) else Uncertain):
        facebook.publish(outgoing(), Notes())


@pytest.mark.parametrize("body", [{}, [], "teks", {"id": ""}, {"success": True}, None, {"error": "teks"}])
def test_a_success_without_an_id_is_uncertain(facebook: Facebook, graph: Graph, body: Any) -> None:
    graph.fault("status", on="feed", status=200, body=body)
    with pytest.raises(Uncertain):
        facebook.publish(outgoing(), Notes())


@pytest.mark.parametrize("kind", ["cut", "short"])
def test_half_an_answer_is_uncertain(facebook: Facebook, graph: Graph, kind: Any) -> None:
    graph.fault(kind, on="feed")
    with pytest.raises(Uncertain):
        facebook.publish(outgoing(), Notes())
    assert facebook.find_existing(outgoing(), since(graph)) == Receipt(
        f"{PAGE}_1", f"https://www.facebook.com/{PAGE}_1"
    )


def test_a_late_answer_is_given_up_and_uncertain(
    facebook: Facebook, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("humasbot.platforms.facebook_graph.TIMEOUT", (1, 0.2))
    graph.fault("late", on="feed", seconds=30)
    with pytest.raises(Uncertain):
        facebook.publish(outgoing(), Notes())
    assert len(graph.accepted) == 1


def test_every_request_has_a_timeout(facebook: Facebook) -> None:
    assert facebook._graph._client().timeout == (3, 20)


def test_a_token_in_facebooks_own_words_is_left_out(graph: Graph) -> None:
    wrong = Facebook.from_settings({"page_id": PAGE, "token": "EAAGsalah", "base_url": graph.url})
    with pytest.raises(AuthExpired) as caught:
        wrong.verify()
    assert "Malformed access token" in str(caught.value)
    assert "EAAGsalah" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "40"}, timedelta(seconds=40)),
        ({"X-Business-Use-Case-Usage": "{"}, None),
        ({"X-Business-Use-Case-Usage": '{"1": 5}'}, None),
        ({"X-Business-Use-Case-Usage": '{"1": [{"type": "pages"}]}'}, None),
        (
            {"X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 99999}]}'},
            timedelta(days=1),
        ),
    ],
)
def test_the_wait_is_read_where_facebook_states_it(
    facebook: Facebook, graph: Graph, headers: dict[str, str], wait: timedelta | None
) -> None:
    graph.fault("status", on="feed", status=400, body=error(32), headers=headers)
    with pytest.raises(RateLimited) as caught:
        facebook.publish(outgoing(), Notes())
    assert caught.value.retry_after == wait


# What is looked for.


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": [{"id": "1"}]}, {"data": [{"created_time": "?"}]}]
)
def test_an_answer_without_posts_is_not_absence(facebook: Facebook, graph: Graph, body: Any) -> None:
    graph.fault("status", on="posts", status=200, body=body)
    with pytest.raises(Retryable):
        facebook.find_existing(outgoing(), since(graph))


def test_it_turns_the_pages(facebook: Facebook, graph: Graph) -> None:
    graph.page_size = 2
    wanted = facebook.publish(outgoing("Pertama"), Notes())
    for n in range(6):
        facebook.publish(outgoing(f"Lain {n}"), Notes())
    assert facebook.find_existing(outgoing("Pertama"), since(graph)) == wanted
    assert facebook.find_existing(outgoing("Tidak ada"), since(graph)) is None


def test_more_than_can_be_looked_through_is_uncertain(
    facebook: Facebook, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES", 2)
    graph.page_size = 2
    for n in range(5):
        facebook.publish(outgoing(f"Teks {n}"), Notes())
    with pytest.raises(Uncertain, match="terlalu banyak"):
        facebook.find_existing(outgoing("Teks 0"), since(graph))


def test_the_same_text_with_another_link_is_for_a_person(facebook: Facebook, graph: Graph) -> None:
    facebook.publish(outgoing(link="https://contoh.go.id/a"), Notes())
    same = facebook.find_existing(outgoing(link="https://contoh.go.id/a"), since(graph))
    assert same is not None
    with pytest.raises(Uncertain, match="tautannya lain"):
        facebook.find_existing(outgoing(link="https://contoh.go.id/b"), since(graph))


def test_line_ends_as_facebook_writes_them_do_not_hide_a_post(facebook: Facebook, graph: Graph) -> None:
    facebook.publish(outgoing("Baris satu \nBaris dua\n"), Notes())
    graph.accepted[0]["message"] = "Baris satu\r\nBaris dua"
    assert facebook.find_existing(outgoing("Baris satu \nBaris dua\n"), since(graph)) is not None


def test_figures(facebook: Facebook) -> None:
    metrics = facebook.metrics(facebook.publish(outgoing(), Notes()))
    assert (metrics.likes, metrics.shares, metrics.replies, metrics.views) == (12, 3, 0, None)


def test_a_deletion_that_facebook_does_not_confirm_is_no_success(facebook: Facebook, graph: Graph) -> None:
    receipt = facebook.publish(outgoing(), Notes())
    graph.fault("status", on="DELETE", status=200, body={"success": False})
    with pytest.raises(Retryable):
        facebook.delete(receipt)
    graph.fault("status", on="DELETE", status=400, body=error(100, error_subcode=33))
    graph.fault("status", on="GET", status=400, body=error(190))
    with pytest.raises(AuthExpired):
        facebook.delete(receipt)
