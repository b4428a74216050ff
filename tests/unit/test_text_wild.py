"""Cutting and fitting whatever the web may hold: nothing is parted, everything fits."""

from collections.abc import Callable
from datetime import date

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from twitter_text import parse_tweet

from humasbot.content import Limits, count_characters
from humasbot.errors import InputError
from humasbot.platforms.text import count_graphemes, count_mastodon, count_x, cut, fit

ELLIPSIS = "…"


def limits(
    most: int, count: Callable[[str], int] = count_characters, most_bytes: int | None = None
) -> Limits:
    return Limits(most, "contoh.go.id/batas", date(2026, 11, 22), count=count, max_bytes=most_bytes)


CLUSTERS = st.sampled_from(
    [
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🇮🇩",
        "👍🏽",
        "1️⃣",
        "e\u0301",
        "क्षि",
        "각",
        "ا\u0651",
        "שָׁ",
        "\u0600١",
        "\u200f",
        "\u200d",
    ]
)
TAGS = st.from_regex(r"[#@][A-Za-z_é]{1,12}[0-9]?", fullmatch=True)
ADDRESSES = st.one_of(
    st.from_regex(
        r"https?://[a-z]{2,9}\.go\.id(/[a-z0-9-]{1,12}){0,3}(\?[a-z]{1,4}=[0-9]{1,4})?", fullmatch=True
    ),
    st.from_regex(r"[a-z]{2,8}(\.[a-z]{2,6})?@[a-z]{2,9}\.go\.id", fullmatch=True),
)
WORDS = st.one_of(
    st.from_regex(r"[A-Za-z]{1,12}[.,:;!?]?", fullmatch=True),
    st.sampled_from(
        ["Dr.", "H.", "Rp", "1.250.000", "07.30", "WIB", "(dan", "lain)", "“Ayo”", "–", "M.Si.", "漢字仮名"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
    st.lists(CLUSTERS, min_size=1, max_size=30).map("".join),
)
SPACES = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\u00a0", " \u0301"])
PIECES = st.tuples(st.one_of(WORDS, WORDS, TAGS, ADDRESSES), SPACES)
WHOLE = regex.compile(r"https?://[\w./?=-]+|[\w.]+@[\w.]+|[#@][\w]+")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text of words, wild characters, addresses and tags, parted by all kinds of space."""
    return "".join(word + space for word, space in draw(st.lists(PIECES, max_size=25)))


LIMITS = st.one_of(
    st.builds(limits, st.integers(1, 280)),
    st.builds(limits, st.integers(1, 280), st.just(count_x)),
    st.builds(limits, st.integers(1, 300), st.just(count_graphemes), st.integers(1, 500)),
    st.builds(limits, st.integers(1, 300), st.just(count_mastodon())),
)
WILD = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(WILD, max_examples=100)
@given(texts())
@example("Selamat pagi… • Jumat, 3/4, pukul 08.00 WIB – “baik”\r\n© a.id")
@example("a.id")
@example("selesai.Mulai")
@example("1️⃣ #️⃣ ®")
def test_what_x_counts_is_what_its_own_rules_count(text: str) -> None:
    assert count_x(text) == parse_tweet(text).weightedLength


def without_ellipsis(text: str) -> str:
    return text.removesuffix(ELLIPSIS).rstrip(" ") if text.endswith(ELLIPSIS) else text


@WILD
@given(texts(), LIMITS)
@example("x\u0600 y z", limits(4))
@example("a, \u0301b c", limits(4))
@example("👨‍👩‍👧‍👦" * 20, limits(20, count_x))
@pytest.mark.slow
def test_a_cut_fits_and_parts_nothing(text: str, bounds: Limits) -> None:
    kept = cut(text, bounds.fits)
    if bounds.fits(text):
        assert kept == text
        return
    assert kept == "" or bounds.fits(kept)
    assert kept == cut(text, bounds.fits)
    begun = without_ellipsis(kept)
    assert text.startswith(begun)
    borders = {0} | {found.end() for found in regex.finditer(r"\X", text)}
    assert len(begun) in borders, f"{kept!r} ends inside a character"
    for found in WHOLE.finditer(text):
        assert not found.start() < len(begun) < found.end(), f"{kept!r} ends inside {found[0]!r}"


@WILD
@given(texts(), texts(), st.one_of(texts(), ADDRESSES, st.tuples(ADDRESSES, TAGS).map("\n".join)), LIMITS)
@pytest.mark.slow
def test_a_fitted_post_fits_and_keeps_its_tail(head: str, body: str, tail: str, bounds: Limits) -> None:
    head, body, tail = head.strip(), body.strip(), tail.strip()
    whole = "\n\n".join(part for part in (head, body, tail) if part)
    try:
        fitted = fit(head, body, tail, bounds)
    except InputError:
        assert not bounds.fits(whole)
        assert not tail or not bounds.fits(tail)
        return
    assert bounds.fits(fitted.text)
    assert fitted.shortened == (fitted.text != whole)
    assert fitted.text.endswith(tail)
    assert fitted == fit(head, body, tail, bounds)
    if bounds.fits(whole):
        assert fitted.text == whole
    before = fitted.text.removesuffix(tail).rstrip("\n")
    if tail and fitted.text != tail:
        assert fitted.text == f"{before}\n\n{tail}"
    if fitted.shortened and not before.startswith(head):
        assert head.startswith(without_ellipsis(before)), "the head was cut though a part of the body is left"


@WILD
@given(st.text(max_size=400))
def test_any_text_at_all_is_cut_within_its_bound(text: str) -> None:
    kept = cut(text, lambda part: len(part) <= 100)
    assert len(kept) <= 100
    assert text.startswith(without_ellipsis(kept))
