"""What WordPress gets to store is what was approved, and harmless."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from humasbot.content import Outgoing
from humasbot.platforms.wordpress_html import Picture, alt_for, body, headline, slug
from humasbot.testing.standin_wordpress import text_of

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@given(st.text(max_size=300), st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_wild_texts_become_harmless_html(text: str, title: str, key: str) -> None:
    outgoing = Outgoing(key, text, NOW, title=title)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{8}", slug(outgoing))
    assert len(slug(outgoing)) <= 70
    assert "<" not in headline(outgoing)
    html = body(outgoing, [Picture(1, 'https://x.id/"><script>', text)])
    assert "[" not in html
    tags = set(re.findall(r"<(?!!--)[^ >]*", html))
    assert tags <= {"<p", "</p", "<a", "</a", "<br", "<figure", "</figure", "<img"}
    words, wanted = text_of(html).split(), text.split()
    assert wanted in (words, unescape(headline(outgoing)).split() + words)


@given(st.text(max_size=60))
def test_the_library_shows_the_alt_text_that_was_meant(alt: str) -> None:
    """WordPress takes tags out, and shows what entities stand for."""
    kept = re.sub(r"<[^>]*>", "", alt_for(alt))
    assert kept == alt_for(alt)
    shown = unescape(re.sub(r"&(?!#?\w+;)", "&amp;", kept))
    assert shown == alt


def test_the_slug_is_that_of_the_key() -> None:
    outgoing = Outgoing("kunci", "Loket buka", NOW, title="Loket")
    assert slug(outgoing) == slug(replace(outgoing, text="lain"))
    assert slug(outgoing) != slug(replace(outgoing, key="lain"))
