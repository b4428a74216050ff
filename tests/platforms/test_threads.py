"""Threads: the suite on a stand-in, its way to count, chains of replies, and what may not become double."""
# ruff: noqa: F811

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import settings as tune
from hypothesis import strategies as st
from meta_kit import ThreadsHarness, looking, outgoing, quick, settings, since, site  # noqa: F401

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
from humasbot.platforms.threads import Threads
from humasbot.platforms.threads_text import MOST, count_parted, count_threads, links, parted
from humasbot.testing import Notes, PublisherSuite, Restarted, picture
from humasbot.testing.standin_meta import MediaSite, ThreadsStandIn, graph_error

LONG = " ".join(f"Kalimat nomor {n} menjelaskan layanan kependudukan di kecamatan." for n in range(20))


@pytest.fixture
def graph() -> Iterator[ThreadsStandIn]:
    with ThreadsStandIn() as server:
        yield server


class TestThreadsSuite(PublisherSuite):
    crowd = 6

    @pytest.fixture
    def harness(self, graph: ThreadsStandIn, site: MediaSite) -> ThreadsHarness:
        graph.page_size = 4
        return ThreadsHarness(graph, settings(graph, site))


class ChainHarness(ThreadsHarness):
    """Every sample is long enough for three posts."""

    def outgoing(self, n: int, pictures: int = 0) -> Any:
        sample = super().outgoing(n, pictures)
        return type(sample)(
            sample.key, f"{sample.text}\n\n{LONG}", sample.due, title=sample.title, media=sample.media
        )


@pytest.mark.slow
class TestThreadsChainSuite(PublisherSuite):
    crowd = 6
    cannot = {  # noqa: RUF012 – as the suite wants it
        "test_link_arrives": "the harness cannot read a chain's text back as one",
        "test_find_existing_is_not_fooled_by_a_similar_text": "the first posts of the two chains are the same",
    }

    @pytest.fixture
    def harness(self, graph: ThreadsStandIn, site: MediaSite) -> ChainHarness:
        graph.page_size = 4
        return ChainHarness(graph, settings(graph, site, parts="4"))


@pytest.fixture
def threads(graph: ThreadsStandIn, site: MediaSite) -> Threads:
    return Threads.from_settings(settings(graph, site), looking())


@pytest.fixture
def chain(graph: ThreadsStandIn, site: MediaSite) -> Threads:
    return Threads.from_settings(settings(graph, site, parts="4"), looking())


# Text.


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Halo", 4),
        ("é–ß漢", 4),
        ("🇮🇩", 8),
        ("👍🏽", 8),
        ("👨‍👩‍👧", 18),
        ("Halo 🙏!", 10),
        ("1️⃣", 7),
        ("a" * 490 + "🎉🎉🎉", 502),
    ],
)
def test_an_emoji_counts_as_many_as_it_has_bytes(text: str, length: int) -> None:
    assert count_threads(text) == length


WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=90), max_size=60)


@tune(max_examples=40, deadline=None)
@given(WORDS)
def test_a_parted_text_loses_nothing_but_space_between_its_parts(words: list[str]) -> None:
    text = " ".join(words)
    parts = parted(text)
    assert all(count_threads(part) <= MOST for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(parts) == 1 or all(part.strip() for part in parts)
    assert count_parted(20)(text) == MOST * (len(parts) - 1) + count_threads(parts[-1])
    assert (count_parted(2)(text) <= 2 * MOST) == (len(parts) <= 2 and len(text) <= 2 * MOST)


def test_a_text_is_parted_where_a_sentence_ends() -> None:
    parts = parted(LONG)
    assert len(parts) == 3
    assert all(part.endswith("kecamatan.") for part in parts)


def test_addresses_are_never_parted() -> None:
    address = "https://contoh.go.id/" + "a" * 60
    parts = parted("kata " * 95 + address + " akhir")
    assert parts[1].startswith(address)


def test_the_same_address_counts_once() -> None:
    assert links("lihat https://a.id/x, https://a.id/x. dan www.b.id!") == {"https://a.id/x", "www.b.id"}


# Settings and preflight.


def test_every_fault_of_the_settings_is_named(tmp_path: Path) -> None:
    wrong = {
        "user_id": "x",
        "token": "rahasia",
        "parts": "21",
        "media_folder": str(tmp_path),
        "s3_bucket": "b",
    }
    with pytest.raises(ConfigError) as caught:
        Threads.from_settings(wrong)
    places = [p.where for p in caught.value.problems]
    assert places == ["user_id", "parts", "media_folder", "media_url"]
    assert "rahasia" not in str(caught.value)


def test_without_a_media_host_texts_go_out_and_pictures_are_not_asked_for(graph: ThreadsStandIn) -> None:
    plain = Threads.from_settings({"user_id": graph.user, "token": graph.token, "base_url": graph.url})
    assert plain.limits.max_media == 0
    assert plain.validate(outgoing(media=(picture(0),)))
    plain.publish(outgoing(), Notes())
    with pytest.raises(Rejected, match="media_folder"):
        plain.publish(outgoing(media=(picture(0),)), Notes())
    assert plain.verify() == "@pemkab.contoh"
    assert len(graph.accepted) == 1


# What is sent.


def test_text_with_a_link_is_one_container_with_a_card(threads: Threads, graph: ThreadsStandIn) -> None:
    receipt = threads.publish(outgoing(link="https://contoh.go.id/a"), Notes())
    assert graph.paths("POST") == [f"POST {graph.root}/threads", f"POST {graph.root}/threads_publish"]
    fields = {"text": "Isi kiriman.", "media_type": "TEXT", "link_attachment": "https://contoh.go.id/a"}
    assert graph.accepted[0]["fields"] == fields
    assert receipt.url == f"https://www.threads.com/@pemkab.contoh/post/{receipt.remote_id}"


def test_every_field_we_can_send_is_sent_by_some_post(chain: Threads, graph: ThreadsStandIn) -> None:
    chain.publish(outgoing(LONG, link="https://contoh.go.id/a"), Notes())
    chain.publish(outgoing(media=(picture(0), picture(1))), Notes())
    sent = [parse_qs(r.body.decode()) for r in graph.requests if r.path.endswith("/threads")]
    assert set().union(*sent) == graph.known


def test_a_long_text_becomes_a_chain_each_in_reply_to_the_one_before(
    chain: Threads, graph: ThreadsStandIn, site: MediaSite
) -> None:
    receipt = chain.publish(outgoing(LONG, media=(picture(0),)), Notes())
    ids = [post["id"] for post in graph.accepted]
    assert receipt.remote_id == "+".join(ids)
    assert [post["fields"].get("reply_to_id") for post in graph.accepted] == [None, ids[0], ids[1]]
    assert [post["fields"]["text"] for post in graph.accepted] == parted(LONG)
    assert [len(post["items"]) for post in graph.accepted] == [1, 0, 0]
    assert chain.find_existing(outgoing(LONG), since()) == receipt
    assert site.names() == []
    chain.delete(receipt)
    assert graph.accepted == []


def test_a_chain_killed_anywhere_goes_on_from_there(chain: Threads, graph: ThreadsStandIn) -> None:
    whole = Notes()
    chain.publish(outgoing(LONG), whole)
    for stop in range(1, whole.saves + 1):
        graph.accepted.clear()
        notes = Notes(stop)
        with pytest.raises(Restarted):
            chain.publish(outgoing(LONG), notes)
        notes.stop_after = None
        receipt = chain.publish(outgoing(LONG), notes)
        assert [post["fields"]["text"] for post in graph.accepted] == parted(LONG)
        assert receipt.remote_id == "+".join(post["id"] for post in graph.accepted)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("kind", ["lost", "drop"])
def test_a_lost_answer_in_a_chain_makes_nothing_double(
    chain: Threads, graph: ThreadsStandIn, position: int, kind: Any
) -> None:
    notes, publish = Notes(), f"POST {graph.root}/threads_publish"
    handle, public = graph.handle, 0

    def counting(request: Any) -> Any:
        nonlocal public
        reply = handle(request)
        public += f"{request.method} {request.path}" == publish
        if public == position and kind not in [fault.kind for fault in graph.faults]:
            graph.fault(kind, on=f"{publish}$")
        return reply

    graph.handle = counting  # type: ignore[method-assign]  # it spoils one publishing call of several
    with pytest.raises(Uncertain):
        chain.publish(outgoing(LONG), notes)
    graph.handle = handle  # type: ignore[method-assign]  # as it was
    graph.faults.clear()
    accepted = position + (kind == "lost")
    assert len(graph.accepted) == accepted
    if accepted == 3:
        assert chain.find_existing(outgoing(LONG), since()) is not None
    elif accepted:
        with pytest.raises(Uncertain, match=rf"{accepted} dari 3 bagian"):
            chain.find_existing(outgoing(LONG), since())
    else:
        assert chain.find_existing(outgoing(LONG), since()) is None
    chain.publish(outgoing(LONG), notes)
    assert [post["fields"]["text"] for post in graph.accepted] == parted(LONG)


def test_a_refused_part_takes_the_earlier_ones_back(chain: Threads, graph: ThreadsStandIn) -> None:
    notes = Notes()
    refusal = graph_error(100, "tidak boleh")
    _second_part(graph, refusal)
    with pytest.raises(Rejected, match="tidak boleh"):
        chain.publish(outgoing(LONG), notes)
    assert graph.accepted == []
    receipt = chain.publish(outgoing(LONG), notes)
    assert len(graph.accepted) == len(receipt.remote_id.split("+")) == 3


def test_parts_that_cannot_be_taken_back_are_for_a_person(chain: Threads, graph: ThreadsStandIn) -> None:
    _second_part(graph, graph_error(100, "tidak boleh"))
    graph.fault("html", on="DELETE")
    with pytest.raises(Uncertain, match="1 bagian pertama sudah tampil"):
        chain.publish(outgoing(LONG), Notes())
    assert len(graph.accepted) == 1


def test_what_is_public_of_a_chain_is_said_with_every_error(chain: Threads, graph: ThreadsStandIn) -> None:
    _second_part(graph, graph_error(190))
    with pytest.raises(AuthExpired, match="1 bagian pertama sudah tampil"):
        chain.publish(outgoing(LONG), Notes())


def _second_part(graph: ThreadsStandIn, body: Any) -> None:
    """Make the second part's container be refused: the first one passes unharmed, though it is watched, too."""
    handle = graph.handle

    def watched(request: Any) -> Any:
        if request.at("POST", f"{graph.root}/threads") and b"reply_to_id" in request.body:
            graph.handle = handle  # type: ignore[method-assign]  # once
            return type(handle(request))(400, body)
        return handle(request)

    graph.handle = watched  # type: ignore[method-assign]  # as said


# What is answered.


@pytest.mark.parametrize(
    ("code", "subcode", "publishing", "preparing"),
    [
        (9, 2207042, RateLimited, RateLimited),
        (24, 4279009, Retryable, Retryable),
        (24, None, Uncertain, Retryable),
        (190, None, AuthExpired, AuthExpired),
        (10, None, AuthExpired, AuthExpired),
        (1, None, Uncertain, Retryable),
        (100, None, Rejected, Rejected),
    ],
)
def test_metas_codes(
    threads: Threads,
    graph: ThreadsStandIn,
    code: int,
    subcode: int | None,
    publishing: type[PublishError],
    preparing: type[PublishError],
) -> None:
    more = {} if subcode is None else {"error_subcode": subcode}
    for on, expected in (("threads_publish", publishing), ("/threads$", preparing)):
        graph.fault("status", on=f"POST .*{on}", status=400, body=graph_error(code, "Pesan", **more))
        with pytest.raises(PublishError) as caught:
            threads.publish(outgoing(), Notes())
        assert type(caught.value) is expected


def test_an_expired_container_is_made_anew(threads: Threads, graph: ThreadsStandIn) -> None:
    notes = Notes(stop_after=2)
    with pytest.raises(Restarted):
        threads.publish(outgoing(), notes)
    notes.stop_after = None
    graph.age(timedelta(hours=30))
    threads.publish(outgoing(), notes)
    assert (len(graph.containers), len(graph.accepted)) == (2, 1)


def test_a_container_that_failed_says_why_in_threads_words(threads: Threads, graph: ThreadsStandIn) -> None:
    graph.processing, notes = 9, Notes()
    with pytest.raises(Retryable):
        threads.publish(outgoing(media=(picture(0),)), notes)
    for container in graph.containers.values():
        container.update(state="ERROR", why="INVALID_ASPEC_RATIO")
    with pytest.raises(Rejected, match="INVALID_ASPEC_RATIO"):
        threads.publish(outgoing(media=(picture(0),)), notes)


def test_a_quota_that_is_used_up_is_told_before_anything_is_made(
    threads: Threads, graph: ThreadsStandIn
) -> None:
    graph.quota = 0
    with pytest.raises(RateLimited, match="0 kiriman dalam 24 jam"):
        threads.publish(outgoing(), Notes())
    assert graph.containers == {}


def test_a_redirect_is_not_followed(threads: Threads, graph: ThreadsStandIn) -> None:
    graph.fault("status", on="POST .*threads_publish", status=308, headers={"Location": "http://10.0.0.1/"})
    with pytest.raises(Uncertain):
        threads.publish(outgoing(), Notes())
    assert graph.paths()[-1].endswith("threads_publish")


# What is looked for.


def test_the_same_text_with_another_link_is_for_a_person(threads: Threads) -> None:
    first = threads.publish(outgoing(link="https://contoh.go.id/a"), Notes())
    assert threads.find_existing(outgoing(link="https://contoh.go.id/a"), since()) == first
    with pytest.raises(Uncertain, match="tautannya lain"):
        threads.find_existing(outgoing(link="https://contoh.go.id/b"), since())


def test_a_reply_in_another_chain_does_not_complete_ours(chain: Threads, graph: ThreadsStandIn) -> None:
    chain.publish(outgoing(LONG), Notes())
    graph.accepted[1]["fields"]["reply_to_id"] = "0"
    with pytest.raises(Uncertain, match="1 dari 3"):
        chain.find_existing(outgoing(LONG), since())


def test_figures(threads: Threads, graph: ThreadsStandIn) -> None:
    receipt = threads.publish(outgoing(), Notes())
    metrics = threads.metrics(Receipt(f"{receipt.remote_id}+1", receipt.url))
    assert (metrics.views, metrics.likes, metrics.replies, metrics.shares) == (5, 5, 7, 7 + 6 + 6)
    graph.fault("status", on="insights", status=200, body={"data": [{"name": "views"}]})
    with pytest.raises(Retryable):
        threads.metrics(receipt)
