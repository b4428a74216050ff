"""A feed of fifty megabytes: its newest entries are read, whichever end they stand at, and memory stays bounded."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.sources import feed_slim
from humasbot.sources.feed import Feed
from humasbot.sources.feed_slim import slim

HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><link>https://x.go.id</link>'
BODY = b"Isi berita yang panjang. " * 200


def entry(number: int) -> bytes:
    return b"<item><title>Berita %d</title><link>https://x.go.id/b/%d</link><description>%s</description></item>" % (
        number, number, BODY,
    )  # fmt: skip


def pieces(count: int):
    yield HEAD
    for number in range(count):
        yield entry(number)
    yield b"</channel></rss>"


def stream(sock, asked, count):
    sock.sendall(b"HTTP/1.1 200 X\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n\r\n")
    for piece in pieces(count):
        sock.sendall(piece)


@pytest.mark.slow
def test_fifty_megabytes_within_bounded_memory(site, http, now):
    count = 50_000_000 // len(entry(10_000)) + 1
    site.routes["/feed"] = lambda sock, asked: stream(sock, asked, count)
    tracemalloc.start()
    try:
        found = Feed(f"{site.url}/feed", http).fetch({}, now)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    titles = [item.title for item in found.items]
    assert len(titles) == 200
    assert "Berita 0" in titles
    assert f"Berita {count - 1}" in titles
    assert peak < 45_000_000


def test_a_small_feed_is_left_as_it_is():
    assert slim(pieces(20)) == b"".join(pieces(20))


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=60),
    cuts=st.lists(st.integers(1, 400), min_size=1, max_size=20),
)
def test_cut_anywhere_no_entry_is_torn(sizes, cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_slim, "WHOLE", 500)
        patch.setattr(feed_slim, "MOST_ENTRIES", 5)
        patch.setattr(feed_slim, "MOST_BYTES", 1200)
        patch.setattr(feed_slim, "LONGEST_ENTRY", 250)
        entries = [b"<item><title>%d</title>%s</item>" % (n, b"x" * size) for n, size in enumerate(sizes)]
        whole = HEAD + b"\n".join(entries) + b"</channel></rss>"
        parts, place = [], 0
        while place < len(whole):
            step = cuts[len(parts) % len(cuts)]
            parts.append(whole[place : place + step])
            place += step
        result = slim(parts)
        assert len(result) <= max(500 + 400, 2 * 1200 + len(HEAD) + 100)
        if len(whole) > 500 + 400:
            kept = result.removeprefix(HEAD).removesuffix(b"</channel></rss>").split(b"</item>")[:-1]
            assert all(part.strip() + b"</item>" in entries for part in kept)
            short = [one for one in entries if len(one) <= 250]
            if short:
                assert short[0] in result
                assert short[-1] in result
