"""Promises about a publication that goes well, goes twice, or is interrupted between two steps."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from humasbot.content import Outgoing, Receipt
from humasbot.errors import PublishError
from humasbot.testing.harness import Harness, Notes, Restarted, Seen
from humasbot.testing.rules import broken, check, no_secret, only, published

THREADS = 8


def _shows(seen: Seen, outgoing: Outgoing) -> None:
    """Fail unless the public sees what was sent, as far as the harness can read it back."""
    if seen.text is not None:
        check(seen.text == outgoing.text, f"the text became {seen.text!r}, sent was {outgoing.text!r}")
    if seen.pictures is not None:
        check(seen.pictures == tuple(m.digest for m in outgoing.media), "the pictures are not those sent")
    if seen.alts is not None:
        check(seen.alts == tuple(m.alt for m in outgoing.media), f"the alt texts became {seen.alts!r}")


def _most_pictures(harness: Harness) -> int:
    most = harness.publisher().limits.max_media
    if most == 0:
        pytest.skip("the platform takes no pictures")
    return most


class PublishingChecks:
    """Mixed into :class:`~humasbot.testing.PublisherSuite`."""

    idempotent: ClassVar[bool] = False
    """Whether the same ``Outgoing.key`` published twice is one post (by an idempotency key or a chosen record key)."""

    def test_text_arrives_unchanged(self, harness: Harness) -> None:
        """What was approved is what is public, character for character."""
        outgoing = harness.outgoing(0)
        published(harness, outgoing)
        _shows(only(harness), outgoing)

    def test_link_arrives(self, harness: Harness) -> None:
        """The link is shown, as a card or in the text."""
        plain = harness.outgoing(0)
        link = f"https://contoh.go.id/berita/{harness.run}?a=1&b=%C3%A9"
        published(harness, replace(plain, text=f"{plain.text}\n{link}", link=link))
        seen = only(harness)
        if seen.text is None and seen.link is None:
            pytest.skip("the harness can read back neither text nor link")
        check(link in (seen.text or "") or seen.link == link, f"the link {link} is nowhere in {seen!r}")

    @pytest.mark.parametrize("amount", ["one", "most"])
    def test_pictures_arrive_in_order_with_their_alt_texts(self, harness: Harness, amount: str) -> None:
        """Bytes, order and alt texts; "most" is what ``limits.max_media`` promises."""
        most = _most_pictures(harness)
        outgoing = harness.outgoing(0, pictures=1 if amount == "one" else most)
        published(harness, outgoing)
        _shows(only(harness), outgoing)

    def test_receipt_names_the_post(self, harness: Harness) -> None:
        """The receipt's id is the post's own, its address can be opened, its time is aware."""
        receipt, seen = published(harness, harness.outgoing(0)), only(harness)
        check(receipt.remote_id == seen.remote_id != "", f"{receipt!r} does not name the post {seen!r}")
        parts = urlsplit(receipt.url)
        check(parts.scheme in ("http", "https") and bool(parts.hostname), f"{receipt.url!r} cannot be opened")
        check(seen.url in ("", receipt.url), f"the post is at {seen.url}, the receipt says {receipt.url}")
        check(not any(secret in repr(receipt) for secret in harness.secrets), "a secret is in the receipt")
        if receipt.published_at is not None:
            check(receipt.published_at.tzinfo is not None, "published_at has no time zone")

    def test_two_posts_are_two(self, harness: Harness) -> None:
        """Another key is another post."""
        outgoings = [harness.outgoing(n) for n in range(2)]
        receipts = [published(harness, outgoing) for outgoing in outgoings]
        posts = harness.posts()
        check([p.remote_id for p in posts] == [r.remote_id for r in receipts], f"two were sent: {posts!r}")
        for seen, outgoing in zip(posts, outgoings, strict=True):
            _shows(seen, outgoing)

    @pytest.mark.parametrize("pictures", [0, 1])
    def test_same_key_twice_is_one_post(self, harness: Harness, pictures: int) -> None:
        """Claimed by ``idempotent = True``: even a process that forgot everything makes no second post."""
        if not self.idempotent:
            pytest.skip("the platform claims no idempotency")
        if pictures:
            _most_pictures(harness)
        outgoing = harness.outgoing(0, pictures=pictures)
        first, second = published(harness, outgoing), published(harness, outgoing)
        check(
            first.remote_id == second.remote_id == only(harness).remote_id, "the same key made another post"
        )

    def test_restart_repeats_no_finished_step(self, harness: Harness) -> None:
        """Killed after each saved step in turn, it goes on from there: no upload twice, no second post."""
        pictures = min(3, harness.publisher().limits.max_media)
        notes = Notes()
        before = harness.uploads()
        published(harness, harness.outgoing(0, pictures=pictures), notes)
        usual = harness.uploads() - before
        if usual == 0 and notes.saves == 0:
            pytest.skip("the platform publishes in one step")
        check(notes.saves > 0, f"{usual} steps before publishing, and none was saved in the checkpoint")
        for n in range(1, notes.saves + 1):
            self._die_and_go_on(harness, harness.outgoing(n, pictures=pictures), n, usual)

    def _die_and_go_on(self, harness: Harness, outgoing: Outgoing, stop_after: int, usual: int) -> None:
        uploads, posts = harness.uploads(), len(harness.posts())
        notes = Notes(stop_after)
        try:
            harness.publisher().publish(outgoing, notes)
        except Restarted:
            notes.stop_after = None
        else:
            raise broken(f"saved fewer than {stop_after} steps this time")
        published(harness, outgoing, notes)
        again = harness.uploads() - uploads - usual
        check(again == 0, f"after a restart behind step {stop_after}, {again} finished steps were repeated")
        more = len(harness.posts()) - posts
        check(more == 1, f"after a restart behind step {stop_after}, there are {more} posts, not 1")

    def test_eight_threads_share_one_publisher(self, harness: Harness) -> None:
        """One instance serves several workers at once; nothing is mixed up or lost."""
        publisher, barrier = harness.publisher(), Barrier(THREADS)
        most = min(2, publisher.limits.max_media)
        outgoings = [harness.outgoing(n, pictures=most * (n % 2)) for n in range(THREADS)]

        def work(outgoing: Outgoing) -> Receipt:
            barrier.wait(timeout=30)
            try:
                return publisher.publish(outgoing, Notes())
            except PublishError as error:
                no_secret(harness, error)
                sentence = f"among {THREADS} threads publish() raised {type(error).__name__}: {error}"
                raise broken(sentence) from error

        with ThreadPoolExecutor(THREADS) as pool:
            receipts = list(pool.map(work, outgoings))
        posts = {seen.remote_id: seen for seen in harness.posts()}
        check(len(posts) == THREADS, f"{THREADS} threads made {len(posts)} posts")
        for receipt, outgoing in zip(receipts, outgoings, strict=True):
            check(receipt.remote_id in posts, f"{receipt.remote_id} is not public")
            _shows(posts[receipt.remote_id], outgoing)
