"""Planted faults in the platforms of Meta and LinkedIn that the suite must notice, and answers that never end."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from meta_kit import InstagramHarness, ThreadsHarness, quick, settings  # noqa: F401
from test_linkedin import LinkedInHarness
from test_linkedin import settings as linkedin_settings

from humasbot.content import Checkpoint, Outgoing, Receipt
from humasbot.errors import PublishError, Retryable, Uncertain
from humasbot.platforms import facebook_graph, linkedin
from humasbot.platforms.base import Publisher
from humasbot.platforms.facebook_graph import Graph
from humasbot.platforms.instagram import Instagram
from humasbot.platforms.linkedin import LinkedIn
from humasbot.platforms.meta import Container, Containers
from humasbot.platforms.threads import Threads
from humasbot.testing import Fault, Notes, PublisherSuite, StandInHarness
from humasbot.testing.standin_linkedin import LinkedInStandIn
from humasbot.testing.standin_meta import InstagramStandIn, MediaSite, MetaStandIn, ThreadsStandIn

# What the suite must notice.

SUITE = PublisherSuite
AFTER = [Fault.ANSWER_LOST_AFTER_ACCEPT, Fault.GARBAGE_AFTER_ACCEPT]


class ForgetsItsContainers(Instagram):
    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        return super().publish(outgoing, Notes())


class DoesNotMarkThePublishingCall(Containers):
    def published(self, step: str, container: Container, checkpoint: Checkpoint) -> str:
        fields = {"creation_id": container.id}
        return str(self.graph.call("POST", f"{self.user}/{self.dialect.publish}", fields=fields)["id"])


class SendsAgainByItself(Instagram):
    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        try:
            return super().publish(outgoing, checkpoint)
        except Uncertain:
            return super().publish(outgoing, Notes())


class LeavesTheAltTextOut(Containers):
    def prepared(self, step: str, fields: Any, checkpoint: Checkpoint) -> Container:
        return super().prepared(
            step, lambda: {k: v for k, v in fields().items() if k != "alt_text"}, checkpoint
        )


class LooksAtTheFirstPageOnly(Containers):
    def recent(self, listing: str, fields: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        for seen, post in enumerate(super().recent(listing, fields, since)):
            if seen == 4:
                return
            yield post


class LooksAtOldPostsToo(Containers):
    def recent(self, listing: str, fields: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        return super().recent(listing, fields, since - timedelta(days=30))


class CountsAnEmojiAsOne(Threads):
    limits = replace(Threads.limits, count=len)


class TakesASimilarTextForOurs(LinkedIn):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        for post in self._posts(since):
            if linkedin.plain(post["commentary"])[:20] == outgoing.text[:20]:
                return Receipt(post["id"], f"https://www.linkedin.com/feed/update/{post['id']}/")
        return None


class CountsBeforeEscaping(LinkedIn):
    limits = replace(LinkedIn.limits, count=len)


class BelievesEverySuccess(LinkedIn):
    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        try:
            return super().publish(outgoing, checkpoint)
        except Uncertain as error:
            raise Retryable(str(error)) from None


class SaysAbsentWhenItCannotLook(Threads):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        try:
            return super().find_existing(outgoing, since)
        except PublishError:
            return None


def using(platform: type[Publisher], flow: type[Containers]) -> type[Publisher]:
    """*platform* with a broken flow."""

    def init(self: Any, containers: Containers, *rest: Any) -> None:
        broken = flow(containers.graph, containers.user, containers.dialect, containers.host)
        platform.__init__(self, broken, *rest)  # type: ignore[call-arg]  # ours take a flow

    return type(flow.__name__, (platform,), {"__init__": init})


BROKEN: list[tuple[type[Publisher], str, list[dict[str, Any]]]] = [
    (ForgetsItsContainers, "test_restart_repeats_no_finished_step", [{}]),
    (
        using(Instagram, DoesNotMarkThePublishingCall),
        "test_fault_while_publishing",
        [{"fault": fault, "pictures": 1} for fault in AFTER],
    ),
    (
        using(Threads, DoesNotMarkThePublishingCall),
        "test_fault_while_publishing",
        [{"fault": fault, "pictures": 0} for fault in AFTER],
    ),
    (SendsAgainByItself, "test_fault_while_publishing", [{"fault": AFTER[0], "pictures": 1}]),
    (
        using(Instagram, LeavesTheAltTextOut),
        "test_pictures_arrive_in_order_with_their_alt_texts",
        [{"amount": "one"}, {"amount": "most"}],
    ),
    (using(Threads, LooksAtTheFirstPageOnly), "test_find_existing_looks_behind_a_crowd", [{}]),
    (CountsAnEmojiAsOne, "test_longest_text_is_accepted", [{}]),
    (
        SaysAbsentWhenItCannotLook,
        "test_find_existing_admits_that_it_cannot_look",
        [{"fault": Fault.AUTH_DEAD, "public": True}, {"fault": Fault.GARBAGE_AFTER_ACCEPT, "public": False}],
    ),
    (TakesASimilarTextForOurs, "test_find_existing_is_not_fooled_by_a_similar_text", [{}]),
    (CountsBeforeEscaping, "test_longest_text_is_accepted", [{}]),
    (BelievesEverySuccess, "test_fault_while_publishing", [{"fault": f, "pictures": 0} for f in AFTER]),
]


@pytest.fixture
def harness_of(tmp_path: Path) -> Iterator[Any]:
    with ExitStack() as stack:
        site = stack.enter_context(MediaSite(tmp_path))

        def make(platform: type[Publisher]) -> StandInHarness:
            harness: StandInHarness
            if issubclass(platform, LinkedIn):
                page = stack.enter_context(LinkedInStandIn())
                harness = LinkedInHarness(page, linkedin_settings(page))
            else:
                instagram = issubclass(platform, Instagram)
                server: MetaStandIn = stack.enter_context(
                    InstagramStandIn() if instagram else ThreadsStandIn()
                )
                kind = InstagramHarness if instagram else ThreadsHarness
                harness = kind(server, settings(server, site))
            harness.platform = platform
            return harness

        yield make


# Each case runs the sound publisher, too: proof that it is the fault which is caught.
CASES = [(cls, test, way) for cls, test, ways in BROKEN for way in ways]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cls", "test", "way"), CASES, ids=[f"{c.__name__}-{n}" for n, (c, _, _) in enumerate(CASES)]
)
def test_each_planted_fault_is_caught(harness_of: Any, cls: Any, test: str, way: dict[str, Any]) -> None:
    suite = type("Suite", (SUITE,), {"crowd": 6})()
    sound = cls.__mro__[1]
    getattr(suite, test)(harness_of(sound), **way)
    with pytest.raises(AssertionError):
        getattr(suite, test)(harness_of(cls), **way)


def test_a_text_that_is_not_escaped_is_caught(harness_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkedin, "little", lambda text: text)
    with pytest.raises(AssertionError, match="the text became"):
        SUITE().test_text_arrives_unchanged(harness_of(LinkedIn))


def test_a_post_older_than_asked_for_is_caught(harness_of: Any) -> None:
    with pytest.raises(AssertionError, match="older than"):
        SUITE().test_find_existing_leaves_old_posts_alone(harness_of(using(Instagram, LooksAtOldPostsToo)))


# Answers that never end.


class Dripping:
    """A server that sends one byte of its answer now and then, for ever."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.start, self.piece = start, piece
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            sock, _ = self.listener.accept()
            with sock:
                sock.recv(65_536)
                sock.sendall(self.start)
                while True:
                    sock.sendall(self.piece)
                    time.sleep(0.02)
        except OSError:
            return


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"[:1]),
    ],
)
def test_an_answer_that_drips_has_an_end(start: bytes, piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facebook_graph, "TOTAL", 0.3)
    server = Dripping(start, piece)
    began = time.monotonic()
    try:
        with pytest.raises(Uncertain):
            Graph("Instagram", "t", address=server.url).call("POST", "1/media_publish", publishing=True)
    finally:
        server.listener.close()
    assert time.monotonic() - began < 5
