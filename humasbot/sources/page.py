"""One announcement at one address: WordPress REST where the site has it, else its feed, else the page itself."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo
from urllib.parse import unquote, urlsplit

from humasbot.content import Item
from humasbot.errors import FetchError, InputError
from humasbot.net import Answer, Forbidden, Http, NetError, TooLarge, safe_url
from humasbot.sources.address import canonical_url, page_of, same_site
from humasbot.sources.base import refusal
from humasbot.sources.dates import WIB
from humasbot.sources.decoding import decode
from humasbot.sources.feed_parse import parse_feed
from humasbot.sources.html import feeds_of, head_links
from humasbot.sources.markdown import read_markdown
from humasbot.sources.page_html import Page, canonical_address, has_password_field, page_item, read_html
from humasbot.sources.wordpress_item import item_of
from humasbot.sources.wordpress_rest import Rest
from humasbot.words import t

__all__ = ["read_markdown", "read_page"]

MAX_BYTES = 10_000_000
FEED_BYTES = 5_000_000
SHORTEST = 40
LONGEST_NOTICE = 400
_LOGIN = re.compile(r"wp-login\.php|/(?:log-?in|sign-?in|masuk|auth)(?:[/.?]|$)", re.IGNORECASE)
_MISSING = re.compile(r"\b(?:404|not found|tidak ditemukan|page missing)\b", re.IGNORECASE)
_REST_POST = re.compile(r"/wp/v2/(?!categories|tags|users|comments|media)([\w-]{1,40})/(\d{1,18})(?:[/?&]|$)")
_REST_ROOT = re.compile(r"^(.*?)/(?:wp-json/?|(?:index\.php)?\?rest_route=/?)$")
_WP_CONTENT = re.compile(r"[\"'(](https?://[^\"'()\s<>]{1,200}?)/wp-content/")
_BODY_POST = re.compile(r"<body[^>]{0,500}\bpostid-(\d{1,18})\b")


def read_page(url: str, http: Http, zone: tzinfo = WIB) -> Item:
    """The announcement at *url*. Dates on it that name no zone are in *zone*.

    Raises :class:`~humasbot.errors.InputError` when there is none to be had there (missing, a login, no text, not a
    web page, too large) and :class:`~humasbot.errors.FetchError` when the site did not answer.
    """
    address = canonical_url(url)
    if not address:
        raise InputError(
            t("{url} bukan alamat web", "{url} is not a web address", url=safe_url(url) or url[:100])
        )
    answer = _get(address, http)
    page = read_html(decode(answer.body, answer.headers.get("content-type", "")), answer.url)
    _refuse_login(address, page)
    ours = {page_of(address), page_of(page.url), page_of(canonical_address(page))} - {""}
    for read in (_from_wordpress, _from_feed):
        item = read(page, answer, http, zone, ours)
        if item is not None:
            return item
    item = page_item(page, zone)
    _refuse_empty(item, page)
    return item


def _get(address: str, http: Http) -> Answer:
    where = safe_url(address)
    try:
        answer = http.get(
            address, headers={"Accept": "text/html, application/xhtml+xml"}, max_bytes=MAX_BYTES
        )
    except TooLarge as error:
        raise InputError(f"{where}: {error}; {_by_hand()}") from None
    except Forbidden as error:
        raise InputError(f"{where}: {error}") from None
    except NetError as error:
        raise FetchError(
            t("{w}: {why}; periksa alamatnya, lalu coba lagi", "{w}: {why}; check the address, then try again",
              w=where, why=error)
        ) from None  # fmt: skip
    if answer.status != 200:
        fault = refusal(answer, hint=_hint(answer.status))
        raise fault if fault.temporary else InputError(str(fault))
    if fault_words := _not_a_page(answer):
        raise InputError(f"{where}: {fault_words}")
    return answer


def _by_hand() -> str:
    return t("tulis isinya sebagai berkas Markdown", "write it as a Markdown file")


def _hint(status: int) -> str:
    """What a person can do about a page that the site does not give."""
    if status in (401, 403):
        return t("alamatnya harus terbuka untuk umum; bila tidak, {x}", "it must be open to all; if not, {x}",
                 x=_by_hand())  # fmt: skip
    if status == 429 or status >= 500:
        return t("coba lagi nanti", "try again later")
    return t("periksa alamatnya di peramban", "check the address in a browser")


def _not_a_page(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    start = answer.body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return t("halaman kosong", "the page is empty")
    if start.startswith(b"%pdf") or kind == "application/pdf":
        return t(
            "itu berkas PDF; beri alamat halaman beritanya, atau tulis isinya sebagai Markdown",
            "that is a PDF file; give the address of its page, or write it as Markdown",
        )
    if re.match(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|rdf:rdf)\b", start, re.DOTALL):
        return t(
            'itu umpan, bukan halaman; pasang sebagai sumber dengan kind = "feed"',
            'that is a feed, not a page; add it as a source with kind = "feed"',
        )
    if kind in ("text/html", "application/xhtml+xml") or re.search(
        rb"<(?:!doctype html|html|head|body)\b", start
    ):
        return ""
    return t("itu bukan halaman web ({kind})", "that is not a web page ({kind})", kind=kind or "?")


def _refuse_login(asked: str, page: Page) -> None:
    moved = page_of(asked) != page_of(page.url)
    if has_password_field(page) and moved and _LOGIN.search(urlsplit(page.url).path):
        raise InputError(_login(page))


def _login(page: Page) -> str:
    return t(
        "{url}: halaman itu meminta masuk; beri alamat yang terbuka untuk umum",
        "{url}: that page asks for a login; give an address that is open to all",
        url=safe_url(page.url),
    )


def _refuse_empty(item: Item, page: Page) -> None:
    where = safe_url(page.url)
    if len(item.text) < LONGEST_NOTICE:
        if has_password_field(page):
            raise InputError(_login(page))
        if _MISSING.search(item.title):
            raise InputError(t("{url}: halaman tidak ditemukan", "{url}: the page was not found", url=where))
    if not item.title or (len(item.text) < SHORTEST and not item.summary):
        raise InputError(
            t(
                "{url}: tidak ada berita yang terbaca di halaman itu; tulis sebagai berkas Markdown",
                "{url}: no announcement can be read on that page; write it as a Markdown file",
                url=where,
            )
        )


def _from_wordpress(page: Page, answer: Answer, http: Http, zone: tzinfo, ours: set[str]) -> Item | None:
    """The post behind the page through the site's REST interface, if it has one and it knows this page."""
    for root, kind, query in _rest_ways(page, answer):
        try:
            posts = Rest(root, http).public(kind, **query)
        except FetchError:
            return None
        for raw in posts:
            item = item_of(raw, page.url, zone)
            if page_of(item.url) in ours and item.title:
                return item
    return None


def _rest_ways(page: Page, answer: Answer) -> Iterator[tuple[str, str, dict[str, str]]]:
    """What to ask which interface for: the post that the page names, else whatever has the address's last word."""
    links = [(link.rel, link.href) for link in head_links(page.markup, page.url)]
    for target, rel in re.findall(
        r"<([^>]{1,1000})>\s*;[^,]*?\brel=\"?([^\",;]+)", answer.headers.get("link", "")
    ):
        links.append((frozenset(rel.lower().split()), canonical_url(target, page.url)))
    links = [(rel, unquote(href)) for rel, href in links if same_site(href, page.url)]
    roots = [
        match[1] for rel, href in links if "https://api.w.org/" in rel and (match := _REST_ROOT.match(href))
    ]
    # Some sites hide the links to the interface but not the interface itself.
    roots += [front for front in _WP_CONTENT.findall(page.markup)[:1] if same_site(front, page.url)]
    if not roots:
        return
    post = next(
        (found for rel, href in links if "alternate" in rel and (found := _REST_POST.search(href))), None
    )
    number = _BODY_POST.search(page.markup)
    if post is not None:
        yield roots[0], post[1], {"include": post[2]}
    elif number is not None:
        yield roots[0], "posts", {"include": number[1]}
    elif slug := unquote(urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[-1]):
        yield roots[0], "posts", {"slug": slug}
        yield roots[0], "pages", {"slug": slug}


def _from_feed(page: Page, answer: Answer, http: Http, zone: tzinfo, ours: set[str]) -> Item | None:
    """The entry of the site's own feed whose link is the page; its text only if it is the fuller one."""
    for feed in [feed for feed in feeds_of(page.markup, page.url) if same_site(feed, page.url)][:1]:
        try:
            got = http.get(feed, max_bytes=FEED_BYTES)
            parsed = parse_feed(got.body, got.url, zone, got.headers.get("content-type", ""))
        except (NetError, FetchError):
            return None
        for entry in parsed.entries:
            if entry.title and page_of(entry.url) in ours:
                return _fuller(entry, page_item(page, zone))
    return None


def _fuller(entry: Item, page: Item) -> Item:
    """The feed's entry, filled up from the page: feeds often hold a teaser, and seldom an alternative text."""
    has_more = len(page.text) > 1.2 * len(entry.text)
    return replace(
        entry,
        key=entry.key or page.key,
        url=page.url,
        text=page.text if has_more else entry.text,
        summary=entry.summary or (entry.text if has_more else page.summary),
        published=entry.published or page.published,
        author=entry.author or page.author,
        image_url=entry.image_url or page.image_url,
        image_alt=entry.image_alt if entry.image_url else page.image_alt,
        language=entry.language or page.language,
    )
