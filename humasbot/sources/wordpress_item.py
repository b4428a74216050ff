"""One post as WordPress's REST API gives it, made an Item. Every field may be missing or of another type."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from humasbot.content import Item
from humasbot.sources.address import canonical_url
from humasbot.sources.dates import parse_date
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.sources.text import real_categories

WIDEST = 2048
LONGEST_CAPTION = 500
_IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp")
_MORE = re.compile(
    r"\s*(?:\[(?:…|\.\.\.)\]|…|\.\.\.)?\s*(?:(?:continue reading|read more|selengkapnya|baca selengkapnya)\b.*)?$",
    re.IGNORECASE | re.DOTALL,
)


def item_of(raw: Mapping[str, Any], base: str, zone: tzinfo) -> Item:
    """The Item of *raw*; addresses are resolved against *base*; *zone* serves only where ``…_gmt`` is missing."""
    markup = _rendered(raw, "content")
    image, alt = _featured(raw, base)
    featured = bool(image)
    if not image:
        image, alt = first_image(markup, base)
    return Item(
        key=str(raw["id"]),
        url=canonical_url(_text(raw.get("link")), base),
        title=to_line(_rendered(raw, "title")),
        text=to_text(markup),
        summary=_summary(_rendered(raw, "excerpt")),
        published=_date(raw, "date", zone),
        modified=changed_at(raw) or _date(raw, "modified", zone),
        author=_author(raw),
        categories=real_categories(_categories(raw)),
        image_url=image,
        image_alt=alt,
        image_credit=_caption(raw) if featured else "",
    )


def changed_at(raw: Mapping[str, Any]) -> datetime | None:
    """``modified_gmt``: aware, UTC; ``None`` where it is missing."""
    return _utc(raw.get("modified_gmt"))


def _date(raw: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    return _utc(raw.get(f"{name}_gmt")) or parse_date(_text(raw.get(name)), zone)


def _utc(value: Any) -> datetime | None:
    """A ``…_gmt`` field: UTC, though it does not say so."""
    text = _text(value)
    return parse_date(text if re.search(r"(?:Z|[+-]\d\d:?\d\d)$", text) else f"{text}Z") if text else None


def _featured(raw: Mapping[str, Any], base: str) -> tuple[str, str]:
    """Address and alternative text of the featured picture, at most ``WIDEST`` pixels wide if there is such a size."""
    media = next(iter(_embedded(raw, "wp:featuredmedia")), None)
    if not isinstance(media, dict):
        return "", ""
    original = canonical_url(_text(media.get("source_url")), base)
    if media.get("mime_type", "image/jpeg") not in _IMAGE_TYPES or not original:
        return "", ""
    details = media.get("media_details")
    if isinstance(details, dict) and _number(details, "width") > WIDEST:
        original = max(_scaled(details, base), default=(0, original))[1]
    return original, to_line(_text(media.get("alt_text")))


def _scaled(details: Mapping[str, Any], base: str) -> Iterator[tuple[int, str]]:
    """Width and address of each smaller size that shows the whole picture (thumbnails are cut square)."""
    sizes = details.get("sizes")
    shape = _number(details, "width") / (_number(details, "height") or 1)
    for size in sizes.values() if isinstance(sizes, dict) else ():
        if not isinstance(size, dict) or not 0 < (width := _number(size, "width")) <= WIDEST:
            continue
        address = canonical_url(_text(size.get("source_url")), base)
        if address and abs(width / (_number(size, "height") or 1) - shape) < 0.05:
            yield width, address


def _caption(raw: Mapping[str, Any]) -> str:
    """The caption of the featured picture, where a photographer is usually named."""
    media = next(iter(_embedded(raw, "wp:featuredmedia")), None)
    return to_line(_rendered(media, "caption"))[:LONGEST_CAPTION] if isinstance(media, dict) else ""


def _number(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) else 0


def _summary(markup: str) -> str:
    return _MORE.sub("", to_text(markup)).strip()


def _author(raw: Mapping[str, Any]) -> str:
    author = next(iter(_embedded(raw, "author")), None)
    return to_line(_text(author.get("name"))) if isinstance(author, dict) else ""


def _categories(raw: Mapping[str, Any]) -> Iterator[str]:
    for group in _embedded(raw, "wp:term"):
        for term in group if isinstance(group, list) else ():
            if isinstance(term, dict) and term.get("taxonomy") == "category":
                yield to_line(_text(term.get("name")))


def _embedded(raw: Mapping[str, Any], relation: str) -> list[Any]:
    embedded = raw.get("_embedded")
    found = embedded.get(relation) if isinstance(embedded, dict) else None
    return found if isinstance(found, list) else []


def _rendered(raw: Mapping[str, Any], name: str) -> str:
    field = raw.get(name)
    return _text(field.get("rendered")) if isinstance(field, dict) else _text(field)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
