"""A sitemap: what is new in it is read page by page, politely, as a reader would."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError, InputError
from humasbot.net import Http, safe_url
from humasbot.sources.address import is_presigned, page_of, same_site
from humasbot.sources.base import TIMEZONE, URL, Option, Source, get, read_settings, refusal
from humasbot.sources.dates import parse_date
from humasbot.sources.page import read_page
from humasbot.sources.site import Guess, Site
from humasbot.sources.sitemap_xml import LARGEST, Entry, Map, read_map
from humasbot.words import t

PAUSE = 0.5
"""Seconds between two pages: a site is read as fast as a person turns pages, not faster."""
PAGES_AT_ONCE = 15
MAPS_AT_ONCE = 8
MOST_SEEN = 10_000
FIRST_SIGHT = timedelta(days=2)
"""At the first reading only pages of these last days are opened; the rest was there before us."""
_NOT_NEWS = re.compile(
    r"(?:author|categor|kategori|tag|product|produk|galler|galeri|video|image|user)[\w-]*\.xml", re.I
)
_NEWS = re.compile(r"news|berita|post|artikel|article|pengumuman|siaran", re.IGNORECASE)


class Sitemap(Source):
    """The pages that a sitemap names, or an index of sitemaps."""

    kind = "sitemap"
    settings: ClassVar[tuple[Option, ...]] = (
        URL,
        Option("path", "hanya alamat yang memuat ini, misalnya /berita/", "only addresses that hold this, for example "
               "/news/", required=False),
        TIMEZONE,
    )  # fmt: skip

    def __init__(self, url: str, http: Http, *, path: str = "", zone: str = "Asia/Jakarta") -> None:
        plain = urlsplit(url).path.rstrip("/") == ""
        self.url = url.rstrip("/") + "/sitemap.xml" if plain and not urlsplit(url).query else url
        self.http = http
        self.path = path
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        return cls(values["url"], http, path=values["path"], zone=values["timezone"])

    def check(self) -> str:
        """Read the sitemap once, none of its pages."""
        found = self._map(self.url)
        if found.maps:
            return t("{u}: peta situs terbaca, {n} peta di dalamnya", "{u}: the sitemap can be read, {n} maps in it",
                     u=safe_url(self.url), n=len(found.maps))  # fmt: skip
        return t("{u}: peta situs terbaca, {n} halaman", "{u}: the sitemap can be read, {n} pages",
                 u=safe_url(self.url), n=len([entry for entry in found.pages if self._wanted(entry)]))  # fmt: skip

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """The pages that are new, or whose date of change is; what does not fit into one reading waits for the next."""
        if state.get("url") != self.url:
            state = {}
        seen = _seen(state)
        entries = sorted(self._entries(), key=lambda entry: self._moment(entry) or datetime.min.replace(tzinfo=UTC),
                         reverse=True)  # fmt: skip
        if not state:
            old = [entry for entry in entries if not self._is_young(entry, now)]
            seen = {_short(entry.url): entry.changed for entry in old}
        fresh = [entry for entry in entries if seen.get(_short(entry.url)) != entry.changed]
        items, warnings = [], []
        for place, entry in enumerate(fresh[:PAGES_AT_ONCE]):
            if place:
                time.sleep(PAUSE)
            try:
                items.append(self._item(entry))
            except InputError as error:  # no announcement is there, and none will be
                warnings.append(str(error))
            except FetchError as error:
                warnings.append(str(error))
                if error.temporary:
                    continue
            seen[_short(entry.url)] = entry.changed
        listed = {_short(entry.url) for entry in entries}
        kept = [(name, mark) for name, mark in seen.items() if name in listed][-MOST_SEEN:]
        if len(fresh) > PAGES_AT_ONCE:
            warnings.append(
                t(
                    "{n} halaman lagi dibaca nanti",
                    "{n} more pages are read later",
                    n=len(fresh) - PAGES_AT_ONCE,
                )
            )
        return Found(
            tuple(items), {"url": self.url, "seen": json.dumps(dict(kept))}, unchanged=not fresh,
            warnings=tuple(warnings),
        )  # fmt: skip

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """By ``robots.txt`` and the usual places."""
        robots = site.get("/robots.txt", "text/plain")
        text = robots.body[:50_000].decode("utf-8", "replace") if robots else ""
        named = re.findall(r"(?im)^\s*sitemap:\s*(\S{1,500})", text)[:3]
        usual = [f"{site.root}/{name}" for name in ("sitemap.xml", "sitemap_index.xml", "wp-sitemap.xml")]
        for url in dict.fromkeys((*[n for n in named if same_site(n, site.root)], *usual)):
            source = cls(url, site.http)
            try:
                said = source.check()
            except FetchError:
                continue
            how = t("disebut di robots.txt", "named in robots.txt") if url in named else t(
                "ada di tempat yang lazim", "at a usual place")  # fmt: skip
            return Guess(cls.kind, {"url": url}, 50, (how, said))
        return None

    def _map(self, url: str) -> Map:
        answer = get(self.http, url, headers={"Accept": "application/xml, text/xml;q=0.9"}, max_bytes=LARGEST)
        if answer.status != 200:
            raise refusal(answer)
        try:
            return read_map(answer.body, answer.url)
        except FetchError as error:
            raise FetchError(f"{safe_url(url)}: {error}", temporary=error.temporary) from None

    def _entries(self) -> Iterator[Entry]:
        """Every wanted page of this site; of an index the newest maps that may hold news."""
        found = self._map(self.url)
        pages = [found.pages]
        maps = [one for one in found.maps if same_site(one.url, self.url) and not _NOT_NEWS.search(one.url)]
        maps.sort(key=lambda one: (bool(_NEWS.search(one.url)), one.changed, one.url), reverse=True)
        pages += [self._map(one.url).pages for one in maps[:MAPS_AT_ONCE]]
        known: set[str] = set()
        for entry in (entry for part in pages for entry in part):
            if self._wanted(entry) and page_of(entry.url) not in known:
                known.add(page_of(entry.url))
                yield entry

    def _wanted(self, entry: Entry) -> bool:
        path = urlsplit(entry.url).path
        return same_site(entry.url, self.url) and path.strip("/") != "" and self.path in entry.url

    def _moment(self, entry: Entry) -> datetime | None:
        return parse_date(entry.published, self.zone) or parse_date(entry.changed, self.zone)

    def _is_young(self, entry: Entry, now: datetime) -> bool:
        moment = self._moment(entry)
        return moment is not None and moment > now - FIRST_SIGHT

    def _item(self, entry: Entry) -> Item:
        item = read_page(entry.url, self.http, self.zone)
        published = parse_date(entry.published, self.zone) or item.published
        image = item.image_url or ("" if is_presigned(entry.image) else entry.image)
        return replace(item, key=page_of(entry.url), published=published, image_url=image,
                       modified=item.modified or parse_date(entry.changed, self.zone))  # fmt: skip


def _seen(state: Mapping[str, str]) -> dict[str, str]:
    try:
        seen = json.loads(state.get("seen", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(mark) for name, mark in seen.items()} if isinstance(seen, dict) else {}


def _short(url: str) -> str:
    return sha256(page_of(url).encode()).hexdigest()[:12]
