"""Joomla: its feed, which every site has, or with a token its REST interface, which knows edits and pictures better.

Read in Joomla's own source (4.x and later; joomla/joomla-cms, ``FeedView``, ``ArticlesController``, ``JsonapiView``,
``ApiController`` and ``ListModel``) on 2026-11-22: the feed of a category is its address with
``?format=feed&type=rss``; ``/api/index.php/v1/content/articles`` always wants a token (issue 32376), gives times in UTC
without saying so, and no public address of an article. An offset of exactly the total gives the last page once more,
one beyond it is 404.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError
from humasbot.net import Http, safe_url
from humasbot.sources.address import canonical_url
from humasbot.sources.base import TIMEZONE, URL, Option, Source, read_settings
from humasbot.sources.dates import parse_date
from humasbot.sources.feed_reading import FeedReading
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.sources.jsonapi import Document, dict_of, read, text_of
from humasbot.sources.site import Guess, Site
from humasbot.words import t

PER_PAGE = 20
MOST_PAGES = 10
OVERLAP = timedelta(minutes=10)
PUBLIC = "1"
"""Joomla's number for "published", and for the access level "public"."""
ADDRESS = "index.php?option=com_content&view=article&id={id}"
_MORE = re.compile(r"\s*(?:baca selengkapnya|selengkapnya|read more)\b[^\n]{0,200}\s*$", re.IGNORECASE)
_AUTHOR = re.compile(r"^\S+@\S+\s*\(([^)]{1,100})\)$")


class Joomla(Source):
    """A Joomla site, or one category of it."""

    kind = "joomla"
    settings: ClassVar[tuple[Option, ...]] = (
        URL,
        Option("token", "token API Joomla; tanpa ini dibaca umpannya", "Joomla API token; without it the feed is read",
               required=False, secret=True),
        Option("link", "bentuk alamat berita (hanya dengan token), misalnya berita/{id}-{alias}",
               "an article's address (with a token only), for example berita/{id}-{alias}", required=False,
               default=ADDRESS),
        TIMEZONE,
    )  # fmt: skip

    def __init__(
        self, url: str, http: Http, *, token: str = "", link: str = ADDRESS, zone: str = "Asia/Jakarta"
    ) -> None:
        self.url = url
        self.http = http
        self.token = token
        self.firm_ids = bool(token)  # only REST gives Joomla's own numbers
        self.link = link
        self.zone = ZoneInfo(zone)
        self.site = url.split("?", 1)[0].split("/index.php", 1)[0].split("/api/", 1)[0].rstrip("/")
        self._reading = FeedReading(_feed(url), http, self.zone, mend=_mended)

    def __repr__(self) -> str:
        return f"Joomla({safe_url(self.url)!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        return cls(values["url"], http, token=values["token"], link=values["link"], zone=values["timezone"])

    def check(self) -> str:
        """Read the feed once, or ask REST for one article."""
        if not self.token:
            return self._reading.check()
        found = self._ask({"page[limit]": "1"}).data
        return t(
            "{site}: REST Joomla terbuka ({n})", "{site}: Joomla's REST is open ({n})", site=safe_url(self.site),
            n=t("ada berita", "with articles") if found else t("belum ada berita", "no article yet"),
        )  # fmt: skip

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """What the feed shows, or what REST says is new or changed since the last reading."""
        if not self.token:
            return self._reading.fetch(state, now)
        if state.get("site") != self.site:
            state = {}
        since = _moment(state.get("watermark", ""))
        items: dict[str, Item] = {}
        latest, seen = since, set[str]()
        for page in range(MOST_PAGES if since else 2):
            listed = self._ask({
                "filter[state]": PUBLIC, "list[ordering]": "a.modified" if since else "a.publish_up",
                "list[direction]": "desc", "page[offset]": str(page * PER_PAGE), "page[limit]": str(PER_PAGE),
            }).data  # fmt: skip
            numbers = {text_of(raw.get("id")) for raw in listed}
            if numbers <= seen:  # beyond the end the last page comes again
                break
            seen |= numbers
            for raw in listed:
                changed = _utc(dict_of(raw.get("attributes")).get("modified"))
                latest = max(filter(None, (latest, min(changed or now, now))))
                if since and changed and changed < since - OVERLAP:
                    listed = []
                    break
                if self._is_public(dict_of(raw.get("attributes")), now):
                    item = self._item(raw)
                    items.setdefault(item.key, item)
            if len(listed) < PER_PAGE:
                break
        found = sorted(items.values(), key=lambda item: item.published or now, reverse=True)
        mark = (latest or now).astimezone(UTC).isoformat(timespec="seconds")
        return Found(tuple(found), {"site": self.site, "watermark": mark}, unchanged=not found)

    def still(self, keys: Sequence[str]) -> Mapping[str, bool]:
        """Asked of REST, one by one; a feed cannot tell."""
        known: dict[str, bool] = {}
        for key in list(keys)[:PER_PAGE] if self.token else ():
            try:
                found = self._ask({}, f"/{key}").data if key.isdecimal() else []
            except FetchError as error:
                if error.temporary or "404" not in str(error):
                    raise
                found = []
            known[key] = any(
                self._is_public(dict_of(raw.get("attributes")), datetime.now(UTC)) for raw in found
            )
        return known

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """By what the page says of itself, and by the feed that every Joomla page has."""
        signs = []
        if "joomla" in site.generator.lower():
            signs.append(t("halaman menyebut {g}", "the page says {g}", g=site.generator))
        if re.search(
            r"/media/(?:jui|system|vendor/joomla\w*)/|option=com_content|/components/com_", site.markup
        ):
            signs.append(t("halaman memuat tanda Joomla", "the page bears the marks of Joomla"))
        for url in dict.fromkeys((site.answer.url, f"{site.root}/")) if signs else ():
            try:
                said = cls(url, site.http).check()
            except FetchError:
                continue
            return Guess(cls.kind, {"url": url}, 85 if len(signs) > 1 else 80, (*signs, said))
        return None

    def _ask(self, query: Mapping[str, str], path: str = "") -> Document:
        address = f"{self.site}/api/index.php/v1/content/articles{path}"
        return read(
            self.http,
            address + (f"?{urlencode(query)}" if query else ""),
            headers={"X-Joomla-Token": self.token},
        )

    @staticmethod
    def _is_public(fields: Mapping[str, Any], now: datetime) -> bool:
        starts, ends = _utc(fields.get("publish_up")), _utc(fields.get("publish_down"))
        return (
            text_of(fields.get("state")) == PUBLIC
            and text_of(fields.get("access")) in ("", PUBLIC)
            and not (starts and starts > now)
            and not (ends and ends <= now)
        )

    def _item(self, raw: Mapping[str, Any]) -> Item:
        fields = dict_of(raw.get("attributes"))
        key = text_of(raw.get("id"))
        markup = text_of(fields.get("text"))
        path = self.link.replace("{id}", key).replace("{alias}", text_of(fields.get("alias")))
        url = canonical_url(path, f"{self.site}/")
        images = dict_of(fields.get("images"))
        image, alt = "", ""
        for name in ("image_fulltext", "image_intro"):
            if not image:
                image = canonical_url(text_of(images.get(name)), f"{self.site}/")
                alt = to_line(text_of(images.get(f"{name}_alt")))
        if not image:
            image, alt = first_image(markup, url)
        return Item(
            key=key,
            url=url,
            title=to_line(text_of(fields.get("title"))),
            text=to_text(markup),
            summary=to_line(text_of(fields.get("metadesc"))),
            published=_utc(fields.get("publish_up")) or _utc(fields.get("created")),
            modified=_utc(fields.get("modified")),
            author=to_line(text_of(fields.get("created_by_alias"))),
            image_url=image,
            image_alt=alt,
        )


def _feed(url: str) -> str:
    """The address of the feed of the Joomla page at *url*."""
    parts = urlsplit(url)
    if "format=feed" in parts.query or parts.path.endswith((".rss", ".feed")):
        return url
    return parts._replace(
        query="&".join(filter(None, (parts.query, "format=feed&type=rss"))), fragment=""
    ).geturl()


def _mended(item: Item) -> Item:
    """The entry without "read more", and with the author's name instead of an address with a name."""
    author = _AUTHOR.match(item.author)
    return replace(item, text=_MORE.sub("", item.text), author=author[1] if author else item.author)


def _utc(value: Any) -> datetime | None:
    text = text_of(value)
    return parse_date(f"{text}Z") if text and not text.startswith("0000") else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
