"""Feeds that mean harm, or that no program wrote on purpose: read or refused, always soon."""

import json
import time
from datetime import UTC

import pytest
from feed_texts import URL, entry, parse, rss
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from humasbot.errors import FetchError
from humasbot.sources.dates import WIB
from humasbot.sources.feed_parse import parse_feed

HEAD = b'<rss version="2.0"><channel><title>x</title>'
LAUGHS = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
) + b"]>"  # fmt: skip


ENTITIES = [
    LAUGHS + HEAD + b"<item><title>&j;</title></item></channel></rss>",
    b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + HEAD
    + b"<item><title>&x;</title></item></channel></rss>",
]
REPEATED = [
    (b"<item>", 200_000), (b"<item><description><div>", 60_000), (b"<![CDATA[", 200_000), (b"<", 200_000),
    (b"<a ", 200_000), (b"&", 3_000_000), (b"<!--", 200_000), (b"<!DOCTYPE ", 200_000), (b"<?x", 200_000),
    (b'<a b="', 200_000), (b"<item ", 200_000), (b"data:image/a;base64,", 400_000), (b"<?xml ", 200_000),
    (b"<x:", 200_000), (b"<!DOCTYPE a [", 200_000), (b"<!DOCTYPE a [<!ENTITY b 'c'>", 100_000),
    (b"&amp;", 1_500_000), (b"</a>", 200_000), (b"<!ENTITY a '", 200_000), (b"<title>&lt;b&gt;", 100_000),
]  # fmt: skip


def read_all_of(body):
    started = time.process_time()
    try:
        parsed = parse(body)
    except FetchError:
        return time.process_time() - started
    for item in parsed.entries:
        assert "root:" not in item.title
        assert len(item.title) <= 100_000
    return time.process_time() - started


@pytest.mark.parametrize("body", ENTITIES, ids=["laughs", "file"])
def test_entities_of_the_document_are_not_resolved(body):
    assert read_all_of(body) < 1


@pytest.mark.parametrize(("piece", "times"), REPEATED)
def test_what_repeats_is_read_in_linear_time(piece, times):
    for start in (HEAD + b"<item><title>", HEAD, b""):
        assert read_all_of(start + piece * (times // 20)) < 2


@pytest.mark.slow
@pytest.mark.parametrize(("piece", "times"), REPEATED)
def test_the_largest_hostile_feeds_end(piece, times):
    assert read_all_of(HEAD + b"<item><title>" + piece * times) < 20
    assert read_all_of(HEAD + piece * times) < 20
    assert read_all_of(piece * times) < 20


GOOD = (
    rss(
        entry("Satu &amp; dua", extra="<pubDate>Kam, 10 Okt 2024 10:00:00 WIB</pubDate>" + "<guid>1</guid>"),
        entry("“Tiga”", "/relatif", "<p>Isi &amp; <img src=a.jpg></p>", "<category>Umum</category>"),
    ),
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><entry><id>1</id><title type="xhtml">'
    '<div xmlns="http://www.w3.org/1999/xhtml">A</div></title><link href="/a"/><updated>2024-01-01T00:00:00Z</updated>'
    '<content type="html">&lt;p&gt;x</content></entry></feed>',
    json.dumps(
        {
            "version": "https://jsonfeed.org/version/1",
            "items": [{"id": "1", "url": "/a", "content_html": "<p>x"}],
        }
    ),
)
BITS = [
    b"<", b">", b"&", b"&#x110000;", b"&#0;", b"&nbsp;", b"\xe2\x80", b"\x00", b"\xff\xfe", b"<![CDATA[",
    b"]]>", b"<!--", b"-->", b"<item>", b"</item>", b"<entry>", b"</title>", b'"',
    b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE x [", b"xmlns:a='b'", b"<a:b c='d'/>",
    b"<svg><math>", b"http://[", b"<link/>", b"<content type='application/xml' src='x'/>",
    b"<content mode='base64'>////</content>", b"<pubDate>0</pubDate>", b"<image><url>x</url></image>",
    b"<author>@</author>", b"null", b"[", b"{", b"1e999", b"<textinput>", b"<source>",
    b"<geo:lat>x</geo:lat>", b"<georss:polygon>1 2</georss:polygon>", b"<itunes:image href='x'/>",
    b"<psc:chapter start='x'/>", b"<media:content/>", b"<enclosure/>", b"<category/>", b"<guid/>",
]  # fmt: skip


@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(GOOD), st.data())
def test_mutated_feeds_are_read_or_refused(text, data):
    body = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 40)))
        body[start:end] = data.draw(st.sampled_from(BITS) | st.binary(max_size=6))
    kind = data.draw(
        st.sampled_from(["", "text/xml; charset=utf-8", "text/xml; charset=utf-16", "charset=koi8-r"])
    )
    try:
        parsed = parse_feed(bytes(body), URL, WIB, kind)
    except FetchError:
        return
    for item in parsed.entries:
        assert item.digest
        assert item.url == "" or item.url.startswith(("http://", "https://"))
        assert item.published is None or item.published.tzinfo is UTC
