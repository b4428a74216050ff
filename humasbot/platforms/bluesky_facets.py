"""What Bluesky wants spelt out: which bytes of a text are a link, a hashtag or a mention, and a record's key.

Bluesky finds nothing in a text by itself. Positions are counted in bytes of the UTF-8 text, and the server takes
whatever it is given (one past the end too), so positions are made here only, from the text itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from typing import Any, Literal
from unicodedata import category

from humasbot.platforms.text import count_graphemes

MAX_TAG = 64
"""Graphemes of one hashtag without its sign; longer ones stay plain text (lexicon app.bsky.richtext.facet)."""
MAX_TAG_BYTES = 640

_LINK = re.compile(r"(?<![^\s(\[<\"'“‘])https?://[^\s<>\"“”]+", re.IGNORECASE)
_TAG = re.compile(r"(?<![^\s(])[#＃](?P<tag>[^\s#＃\u00ad\u200b-\u200d\u2060]+)")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MENTION = re.compile(
    rf"(?<![^\s(])@(?P<handle>(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)(?![\w@-])"
)
_BRACKETS = {")": "(", "]": "["}
_STOPS = ".,;:!?'’…"
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A marked piece of a text: ``start`` and ``end`` count characters, ``value`` is what it stands for."""

    kind: Literal["link", "tag", "mention"]
    start: int
    end: int
    value: str


def spans(text: str) -> list[Span]:
    """Every link, hashtag and mention of *text* in order, none overlapping another."""
    found = sorted((*_links(text), *_tags(text), *_mentions(text)), key=lambda s: (s.start, -s.end))
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def facets(text: str, resolve: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """The ``facets`` of a post with *text*.

    ``resolve`` gives the account's identifier (DID) of a handle, or ``None``; then the mention stays plain text.
    """
    before = [0, *accumulate(len(character.encode()) for character in text)]
    made = []
    for span in spans(text):
        value = resolve(span.value) if span.kind == "mention" else span.value
        if value:
            index = {"byteStart": before[span.start], "byteEnd": before[span.end]}
            key = {"link": "uri", "tag": "tag", "mention": "did"}[span.kind]
            feature = {"$type": f"app.bsky.richtext.facet#{span.kind}", key: value}
            made.append({"index": index, "features": [feature]})
    return made


def record_key(key: str, due: datetime) -> str:
    """The record key (TID) of the Delivery *key* at *due* (aware): the same for ever, and sorted by time.

    A TID holds 53 bits of microseconds and a 10-bit clock number (atproto.com/specs/tid, read 2026-11-22). The second
    is that of *due*; the rest comes from *key*, so two posts of one second share a key once in 10⁹ times.
    """
    seed = int.from_bytes(sha256(key.encode()).digest()[:8])
    second = (due - _EPOCH) // timedelta(seconds=1)
    number = ((second * 1_000_000 + seed % 1_000_000) << 10) | (seed // 1_000_000 % 1024)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def _links(text: str) -> Iterator[Span]:
    for match in _LINK.finditer(text):
        url = match.group()
        while _ends_loosely(url):
            url = url[:-1]
        if url.partition("://")[2]:
            yield Span("link", match.start(), match.start() + len(url), url)


def _ends_loosely(url: str) -> bool:
    """Whether the last character belongs to the sentence around *url*: a full stop, a bracket not opened in it."""
    opening = _BRACKETS.get(url[-1])
    return url.count(opening) < url.count(url[-1]) if opening else url[-1] in _STOPS


def _tags(text: str) -> Iterator[Span]:
    for match in _TAG.finditer(text):
        tag = match["tag"]
        while tag and category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        named = any(not category(c).startswith(("P", "N")) for c in tag)
        if named and count_graphemes(tag) <= MAX_TAG and len(tag.encode()) <= MAX_TAG_BYTES:
            yield Span("tag", match.start(), match.start() + 1 + len(tag), tag)


def _mentions(text: str) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        yield Span("mention", match.start(), match.end(), match["handle"].lower())
