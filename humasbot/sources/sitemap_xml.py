"""Sitemaps and their indexes as plain entries.

sitemaps.org 0.9, with Google's additions for news and images (read 2026-11-22).
"""

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import Any

from humasbot.errors import FetchError
from humasbot.sources.address import canonical_url
from humasbot.sources.text import clean
from humasbot.words import t

LARGEST = 50_000_000
"""Bytes of one sitemap, unpacked; sitemaps.org allows 50 MB."""
MOST_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One address of a sitemap; ``changed`` and ``published`` as the site writes them, perhaps empty."""

    url: str
    changed: str = ""
    published: str = ""
    title: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """A sitemap: its pages, or the further sitemaps that an index names."""

    pages: tuple[Entry, ...] = ()
    maps: tuple[Entry, ...] = ()


def read_map(body: bytes, url: str) -> Map:
    """The sitemap in *body* that was read at *url*. Raises :class:`~humasbot.errors.FetchError` if it is none."""
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    safe = {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "huge_tree": False,
        "recover": True,
    }
    try:
        root = etree.fromstring(
            _unpacked(body), etree.XMLParser(remove_comments=True, remove_pis=True, **safe)
        )
    except (etree.LxmlError, ValueError):
        root = None
    kind = _name(root) if root is not None else ""
    if kind not in ("urlset", "sitemapindex"):
        raise FetchError(t("itu bukan peta situs (sitemap)", "that is no sitemap"), temporary=False)
    entries: list[Entry] = []
    for element in root:
        if len(entries) >= MOST_ENTRIES:
            break
        entry = _entry(element, url) if _name(element) in ("url", "sitemap") else None
        if entry is not None:
            entries.append(entry)
    found = tuple(entries)
    return Map(pages=found) if kind == "urlset" else Map(maps=found)


def _entry(element: Any, base: str) -> Entry | None:
    texts: dict[str, str] = {}
    for part in element.iter():
        name = _name(part)
        space = part.tag.partition("}")[0] if isinstance(part.tag, str) else ""
        if name == "loc":
            name = "picture" if "image" in space else "loc"
        texts.setdefault(name, clean(part.text or ""))
    url = canonical_url(texts.get("loc", ""), base)
    if not url:
        return None
    return Entry(
        url, texts.get("lastmod", ""), texts.get("publication_date", ""), texts.get("title", ""),
        canonical_url(texts.get("picture", ""), base),
    )  # fmt: skip


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _unpacked(body: bytes) -> bytes:
    """Many sites serve the packed file itself; a bomb unpacks no further than a sitemap may be large."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(body)).read(LARGEST)
    except (OSError, EOFError, zlib.error):
        raise FetchError(t("peta situs terkemas rusak", "the packed sitemap is broken")) from None
