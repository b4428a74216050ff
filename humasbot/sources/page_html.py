"""What a web page says of itself (OpenGraph, JSON-LD, plain metadata) and the text it is there for."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from humasbot.content import Item
from humasbot.sources.address import canonical_url, same_site
from humasbot.sources.dates import parse_date
from humasbot.sources.html import first_image, head_links, parse, to_line, to_text
from humasbot.sources.text import clean

LONGEST_PAGE = 2_000_000
MOST_TAGS = 30_000
_DATES = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished", "date",
    "publish-date", "pubdate", "dc.date", "dc.date.issued", "dcterms.created", "parsely-pub-date",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified")
_TITLE_TAIL = re.compile(r"\s+[-–—|»•:]+\s+([^-–—|»•]{2,80})$")
_ARTICLE = re.compile(r"(?:News|Blog|Report)?(?:Article|Posting)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """One parsed page. ``meta`` has lower-case names, the first value of each."""

    url: str
    markup: str
    meta: dict[str, str]
    facts: dict[str, Any]
    root: Any


def read_html(markup: str, url: str) -> Page:
    """Parse the page *markup* that was read at *url*."""
    markup = markup[:LONGEST_PAGE]
    root = parse(markup)
    meta: dict[str, str] = {}
    for element in _elements(root, "meta", 300):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        value = clean(element.get("content") or "")
        if name and value:
            meta.setdefault(name.strip().lower(), value)
    return Page(url, markup, meta, _facts(root), root)


def page_item(page: Page, zone: tzinfo) -> Item:
    """The page as an Item: its own metadata, and its text through trafilatura."""
    title = _title(page)
    body = _main_markup(page)
    text = _without_title(to_text(body), title)
    image = canonical_url(_first(page.meta, "og:image:secure_url", "og:image", "twitter:image"), page.url)
    alt = to_line(_first(page.meta, "og:image:alt", "twitter:image:alt"))
    if not image:
        image, alt = first_image(body, page.url)
    address = canonical_address(page)
    author = _first(page.meta, "author", "article:author") or str(page.facts.get("author", ""))
    section = _first(page.meta, "article:section")
    return Item(
        key=address,
        url=address,
        title=title,
        text=text,
        summary=to_line(_first(page.meta, "og:description", "description", "twitter:description")),
        published=_date(page, _DATES, "datePublished", zone),
        modified=_date(page, _MODIFIED, "dateModified", zone),
        author="" if author.startswith("http") else to_line(author),
        categories=(to_line(section),) if section else (),
        image_url=image,
        image_alt=alt,
        language=_language(page.root),
    )


def canonical_address(page: Page) -> str:
    """The address the page gives itself, if it is on the same site and not the site's front; else where it was read."""
    here = canonical_url(page.url)
    named = [link.href for link in head_links(page.markup, page.url) if "canonical" in link.rel]
    for address in (*named, canonical_url(page.meta.get("og:url", ""), page.url)):
        if address and same_site(address, here):
            is_front = re.fullmatch(r"https?://[^/]+/?(?:index\.php)?", address) is not None
            return here if is_front else address
    return here


def has_password_field(page: Page) -> bool:
    """Whether the page asks for a password."""
    fields = _elements(page.root, "input", 200)
    return any((field.get("type") or "").lower() == "password" for field in fields)


def _facts(root: Any) -> dict[str, Any]:
    """The plain values of the article that the page's JSON-LD describes."""
    facts: dict[str, Any] = {}
    for script in _elements(root, "script", 100):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(data):
            kinds = node.get("@type")
            if any(_ARTICLE.fullmatch(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                author = node.get("author")
                author = author[0] if isinstance(author, list) and author else author
                values = {**node, "author": author.get("name") if isinstance(author, dict) else author}
                for name in ("headline", "datePublished", "dateModified", "author"):
                    if isinstance(values.get(name), str):
                        facts.setdefault(name, clean(values[name]))
    return facts


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    tops = data if isinstance(data, list) else [data]
    for top in tops:
        if isinstance(top, dict):
            yield top
            graph = top.get("@graph")
            if isinstance(graph, list):
                yield from (node for node in graph if isinstance(node, dict))


def _title(page: Page) -> str:
    headings = [to_line(_inner(heading)) for heading in _elements(page.root, "h1", 3)]
    title = to_line(_first(page.meta, "og:title", "twitter:title")) or str(page.facts.get("headline", ""))
    if not title:
        title = next((to_line(element.text or "") for element in _elements(page.root, "title", 1)), "")
    for heading in filter(None, headings):
        if title.startswith(heading) or not title:
            return heading  # the same without the site's name behind it
    tail = _TITLE_TAIL.search(title)
    if tail and (not (site := page.meta.get("og:site_name", "")) or to_line(site) == tail[1].strip()):
        return title[: tail.start()].strip()
    return title


def _elements(root: Any, tag: str, most: int) -> Iterator[Any]:
    """The first *most* elements called *tag*: enough for every honest page."""
    return islice(root.iter(tag), most) if root is not None else iter(())


def _inner(element: Any) -> str:
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    return str(etree.tostring(element, encoding="unicode", with_tail=False))


def _main_markup(page: Page) -> str:
    """The markup of the page's main text: what trafilatura finds, else its ``<article>`` or ``<main>``."""
    found = _extracted(page.markup) if page.markup.count("<") <= MOST_TAGS else ""
    if len(to_text(found)) >= 200:
        return found
    candidates = [found, *(_inner(element) for element in _elements(page.root, "article", 1))]
    candidates += [_inner(element) for element in _elements(page.root, "main", 1)]
    return max(candidates, key=lambda markup: len(to_text(markup)))


def _extracted(markup: str) -> str:
    import trafilatura

    try:
        found = trafilatura.extract(
            markup, output_format="html", include_comments=False, include_tables=True, include_images=False
        )
    except Exception:  # noqa: BLE001  # pages can break it in ways it does not foresee; then the page's own tags serve
        return ""
    return found or ""


def _without_title(text: str, title: str) -> str:
    """*text* without a first paragraph that only repeats the title."""
    first, _, rest = text.partition("\n\n")
    return rest if " ".join(first.split()).casefold() == title.casefold() else text


def _date(page: Page, names: tuple[str, ...], fact: str, zone: tzinfo) -> datetime | None:
    texts = [page.meta[name] for name in names if name in page.meta] + [str(page.facts.get(fact, ""))]
    if fact == "datePublished":
        texts += [
            element.get("datetime") or element.text or "" for element in _elements(page.root, "time", 3)
        ]
    return next((moment for text in texts if (moment := parse_date(text, zone)) is not None), None)


def _first(meta: dict[str, str], *names: str) -> str:
    return next((meta[name] for name in names if name in meta), "")


def _language(root: Any) -> str:
    return next((clean(html.get("lang") or "")[:35] for html in _elements(root, "html", 1)), "")
