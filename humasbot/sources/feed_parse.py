"""The text of a feed into entries: RSS 0.9x, 1.0, 2.0 and Atom through feedparser, JSON Feed by ourselves.

What feedparser does badly is done before and after it (measured on 6.0.14, 2026-11-22): decoding, dates, and the text
of entries. Its time is linear in the number of tags, about 20 µs each on a small machine, so that number is bounded.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import sha256
from io import BytesIO
from typing import Any

from humasbot.content import Item
from humasbot.errors import FetchError
from humasbot.sources.address import canonical_url
from humasbot.sources.dates import parse_date
from humasbot.sources.decoding import decode
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.sources.text import CONTROLS, clean, real_categories
from humasbot.words import t

MOST_ENTRIES = 200
MOST_TAGS = 200_000
LONGEST_ID = 500
_ROOT = re.compile(r"<(?:\w{1,20}:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/[\w.+-]{1,20};base64,[A-Za-z0-9+/=\s]{200,}")
_OPENED = re.compile(r"<(?:item|entry)[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:item|entry)\s*>", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp)(?:[?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed as read: its entries in its own order, with the id each one gives (``""`` for none)."""

    entries: tuple[Item, ...]
    home: str = ""
    truncated: bool = False
    warnings: tuple[str, ...] = ()


def parse_feed(body: bytes, url: str, zone: tzinfo, content_type: str = "") -> Parsed:
    """The entries of the feed *body* that was read at *url*; ``Item.key`` is the entry's own id or ``""``.

    Dates that name no zone are in *zone*. Raises :class:`~humasbot.errors.FetchError` if it is no feed.
    """
    text = decode(body, content_type)
    if text.lstrip()[:1] in ("{", "["):
        return _parse_json(text, url, zone)
    # Nothing before the root is needed: the encoding is settled, and a DTD could only do harm.
    root = _ROOT.search(text[:20_000])
    if root is None:
        raise FetchError(
            t("itu bukan umpan RSS, Atom atau JSON", "that is no RSS, Atom or JSON feed"), temporary=False
        )
    text, truncated = _tidy(text[root.start() :])
    if text.count("<") > MOST_TAGS:
        raise FetchError(
            t(
                "umpan berisi lebih dari {n} tag",
                "the feed holds more than {n} tags",
                n=MOST_TAGS,
            ),
            temporary=False,
        )
    return _parse_xml(text, url, zone, truncated)


def _tidy(text: str) -> tuple[str, bool]:
    """*text* without what would burden the parser, and whether its end is missing; a cut last entry goes."""
    text = _EMBEDDED.sub("data:,", CONTROLS.sub("", text))
    opened, closed = -1, 0
    for found in _OPENED.finditer(text):
        opened = found.start()
    for found in _CLOSED.finditer(text):
        closed = found.end()
    truncated = opened >= closed
    return (text[:opened] if truncated else text), truncated


def _parse_xml(text: str, url: str, zone: tzinfo, truncated: bool) -> Parsed:
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    raw = text.encode("utf-8", "replace")
    try:
        parsed = feedparser.parse(
            BytesIO(raw), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
        version, feed = str(parsed.version), parsed.feed
        entries = [entry for entry in parsed.entries if entry]
    except Exception as error:  # it parses anything, but not always to the end
        why = type(error).__name__
        raise FetchError(t("umpan rusak ({why})", "the feed is broken ({why})", why=why)) from error
    if not version and not entries:
        raise FetchError(
            t("itu bukan umpan RSS, Atom atau JSON", "that is no RSS, Atom or JSON feed"), temporary=False
        )
    home = canonical_url(_get(feed, "link"), url)
    language = _get(feed, "language")
    is_atom = version.startswith("atom")
    items = [_Entry(entry, home or url, zone, is_atom, language).item() for entry in entries[:MOST_ENTRIES]]
    warnings = list(_too_many(len(entries)))
    if truncated:
        warnings.append(
            t("umpan terpotong; entri terakhir dilewati", "the feed is cut; its last entry was left out")
        )
    return Parsed(tuple(items), home, truncated, tuple(warnings))


def _too_many(count: int) -> tuple[str, ...]:
    if count <= MOST_ENTRIES:
        return ()
    return (
        t("{n} entri; hanya {max} dibaca", "{n} entries; only {max} were read", n=count, max=MOST_ENTRIES),
    )


class _Entry:
    """One entry of feedparser's, read with our own eyes."""

    def __init__(self, raw: Any, base: str, zone: tzinfo, is_atom: bool, language: str) -> None:
        self.raw = raw
        self.base = base
        self.zone = zone
        self.is_atom = is_atom
        self.language = language

    def item(self) -> Item:
        raw = self.raw
        markup, is_plain = self._content()
        summary = self._detail("summary")
        link = self._link()
        image, alt = self._image(link or self.base)
        if not image and not is_plain:
            image, alt = first_image(markup, link or self.base)
        if not image:
            image, alt = first_image(_get(raw, "summary"), link or self.base)
        published = parse_date(_get(raw, "published"), self.zone)
        modified = parse_date(_get(raw, "updated"), self.zone)
        return Item(
            key=short_id(_get(raw, "id")),
            url=link,
            title=" ".join(self._detail("title").split()),
            text=clean(markup) if is_plain else to_text(markup),
            summary="" if markup == _get(raw, "summary") else summary,
            published=published or modified or parse_date(_get(raw, "created"), self.zone),
            modified=modified,
            author=to_line(_get(raw, "author")),
            categories=real_categories(self._categories()),
            image_url=image,
            image_alt=alt,
            language=clean(self.language)[:35],
        )

    def _content(self) -> tuple[str, bool]:
        """The fullest text there is, and whether it is plain."""
        best, is_plain = "", False
        for part in _dicts(dict.get(self.raw, "content")):
            value = _get(part, "value")
            if len(value) > len(best):
                best, is_plain = value, self._is_plain(part)
        summary = _get(self.raw, "summary")
        if len(summary) > len(best):  # feedparser copies the content there too, then without its kind
            best, is_plain = summary, self._is_plain(dict.get(self.raw, "summary_detail"))
        return best, is_plain

    def _detail(self, name: str) -> str:
        value = _get(self.raw, name)
        if self._is_plain(dict.get(self.raw, f"{name}_detail")):
            return clean(value)
        return to_text(value)

    def _is_plain(self, detail: Any) -> bool:
        # In RSS nobody says what it is, and markup is common: only Atom's word is taken.
        return self.is_atom and isinstance(detail, dict) and dict.get(detail, "type") == "text/plain"

    def _link(self) -> str:
        candidates = [_get(self.raw, "feedburner_origlink"), _get(self.raw, "link"), _get(self.raw, "id")]
        if not candidates[2].lower().startswith(("http://", "https://")):
            candidates.pop()
        return next(filter(None, (canonical_url(address, self.base) for address in candidates)), "")

    def _categories(self) -> Iterator[str]:
        for tag in _dicts(dict.get(self.raw, "tags")):
            yield to_line(_get(tag, "label") or _get(tag, "term"))

    def _image(self, base: str) -> tuple[str, str]:
        for name in ("media_content", "media_thumbnail", "links"):
            for part in _dicts(dict.get(self.raw, name)):
                if name == "links" and _get(part, "rel") != "enclosure":
                    continue
                address = canonical_url(_get(part, "url") or _get(part, "href"), base)
                kind = _get(part, "type") or ("image/" if _get(part, "medium") == "image" else "")
                if address and (
                    kind.startswith("image/") or name == "media_thumbnail" or _PICTURE.search(address)
                ):
                    return address, ""
        address = canonical_url(_get(self.raw, "href"), base)
        return (address, "") if _PICTURE.search(address) else ("", "")


def _parse_json(text: str, url: str, zone: tzinfo) -> Parsed:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org, read 2026-11-22)."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        raise FetchError(t("JSON umpan rusak", "the feed's JSON is broken")) from None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in _get(feed, "version"):
        raise FetchError(
            t("itu JSON, tetapi bukan JSON Feed", "that is JSON, but no JSON Feed"), temporary=False
        )
    home = canonical_url(_get(feed, "home_page_url"), url)
    entries = list(_dicts(feed.get("items")))
    items = [_json_item(entry, home or url, zone, _get(feed, "language")) for entry in entries[:MOST_ENTRIES]]
    return Parsed(tuple(items), home, False, _too_many(len(entries)))


def _json_item(raw: Mapping[str, Any], base: str, zone: tzinfo, language: str) -> Item:
    link = canonical_url(_get(raw, "url") or _get(raw, "external_url"), base)
    markup = _get(raw, "content_html")
    image, alt = canonical_url(_get(raw, "image") or _get(raw, "banner_image"), base), ""
    if not image:
        image, alt = first_image(markup, link or base)
    published, modified = (parse_date(_get(raw, f"date_{name}"), zone) for name in ("published", "modified"))
    authors = [_get(author, "name") for author in (*_dicts(raw.get("authors")), *_dicts([raw.get("author")]))]
    tags = raw["tags"] if isinstance(raw.get("tags"), list) else []
    key = raw.get("id")
    return Item(
        key=short_id(str(key) if isinstance(key, str | int | float) else ""),
        url=link,
        title=" ".join(clean(_get(raw, "title")).split()),
        text=to_text(markup) or clean(_get(raw, "content_text")),
        summary=clean(_get(raw, "summary")),
        published=published or modified,
        modified=modified,
        author=to_line(next(filter(None, authors), "")),
        categories=real_categories(to_line(tag) for tag in tags if isinstance(tag, str)),
        image_url=image,
        image_alt=alt,
        language=clean(_get(raw, "language") or language)[:35],
    )


def short_id(text: str) -> str:
    """An entry's own id, clean and of a length that can be stored."""
    key = clean(text)
    return key if len(key) <= LONGEST_ID else f"sha256:{sha256(key.encode()).hexdigest()}"


def _dicts(values: Any) -> Iterator[Any]:
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())


def _get(values: Any, name: str) -> str:
    """A text field; ``dict.get`` because feedparser's own lookup answers one key with another."""
    value = dict.get(values, name) if isinstance(values, dict) else None
    return value if isinstance(value, str) else ""
