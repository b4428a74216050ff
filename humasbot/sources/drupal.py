"""Drupal through its JSON:API, which is part of Drupal since 8.7 and open unless it was closed.

Read in Drupal's own source (drupal/drupal, ``core/modules/jsonapi``: ``OffsetPage``, ``EntityResource``) on 2026-11-22:
at most fifty a page, whatever is asked; ``links.next`` where there are more, also where a reader may not see all of a
page, so that a short page says nothing; a field that is not there makes the whole request 400.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError
from humasbot.net import Http, safe_url
from humasbot.sources.address import canonical_url
from humasbot.sources.base import TIMEZONE, URL, Option, Source, read_settings
from humasbot.sources.dates import parse_date
from humasbot.sources.html import first_image, to_line, to_text
from humasbot.sources.jsonapi import Document, dict_of, read, text_of
from humasbot.sources.site import Guess, Site
from humasbot.sources.text import real_categories
from humasbot.words import t

PER_PAGE = 50
"""The most that Drupal gives at once."""
MOST_PAGES = 10
OVERLAP = timedelta(minutes=10)


class Drupal(Source):
    """The nodes of one content type of a Drupal site."""

    kind = "drupal"
    firm_ids = True
    settings: ClassVar[tuple[Option, ...]] = (
        URL,
        Option("type", "jenis konten (nama mesinnya)", "content type (its machine name)", required=False,
               default="article"),
        Option("image", "bidang gambar; bertingkat dengan titik: field_media.field_media_image",
               "picture field; nested with a dot: field_media.field_media_image", required=False,
               default="field_image"),
        Option("categories", "bidang kategori, misalnya field_tags", "category field, for example field_tags",
               required=False),
        TIMEZONE,
    )  # fmt: skip

    def __init__(
        self, url: str, http: Http, *, bundle: str = "article", image: str = "field_image", categories: str = "",
        zone: str = "Asia/Jakarta",
    ) -> None:  # fmt: skip
        self.url = url.split("?", 1)[0].split("/jsonapi", 1)[0].rstrip("/")
        self.http = http
        self.bundle = bundle
        self.image_field = image
        self.category_field = categories
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        return cls(
            values["url"], http, bundle=values["type"], image=values["image"], categories=values["categories"],
            zone=values["timezone"],
        )  # fmt: skip

    def check(self) -> str:
        """Ask for one node."""
        document = read(self.http, self._address({"page[limit]": "1", "sort": "-created"}))
        newest = text_of(dict_of(document.data[0].get("attributes")).get("created")) if document.data else ""
        return t(
            "{site}: JSON:API Drupal terbuka, tulisan terbaru {date}",
            "{site}: Drupal's JSON:API is open, the newest node is of {date}",
            site=safe_url(self.url),
            date=newest[:10] or "–",
        )

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """What was published or changed since the last reading; the newest fifty at the first one."""
        if state.get("site") != self._address({}):
            state = {}
        since = _moment(state.get("watermark", ""))
        sort = "-changed" if since else "-created"
        query = {"filter[status]": "1", "sort": sort, "page[limit]": str(PER_PAGE)}
        document = self._with_pictures(query)
        items: dict[str, Item] = {}
        latest = since
        for page in range(MOST_PAGES if since else 1):
            if page:
                # Of what the document says only how far: behind a proxy its address has another scheme or host.
                document = self._with_pictures({**query, "page[offset]": document.next_offset})
            for raw in document.data:
                item = self._item(raw, document)
                if since and item.modified and item.modified < since - OVERLAP:
                    document.next_offset = ""
                    break
                items.setdefault(item.key, item)
                latest = max(filter(None, (latest, min(item.modified or now, now))))
            if not document.next_offset:
                break
        found = sorted(items.values(), key=lambda item: item.published or now, reverse=True)
        mark = (latest or now).astimezone(UTC).isoformat(timespec="seconds")
        return Found(tuple(found), {"site": self._address({}), "watermark": mark}, unchanged=not found)

    def still(self, keys: Sequence[str]) -> Mapping[str, bool]:
        """Asked of the listing of what is published."""
        asked = list(keys)[:PER_PAGE]
        query = [("filter[status]", "1"), ("page[limit]", str(PER_PAGE)), (f"fields[node--{self.bundle}]", "title"),
                 ("filter[ids][condition][path]", "id"), ("filter[ids][condition][operator]", "IN"),
                 *(("filter[ids][condition][value][]", key) for key in asked)]  # fmt: skip
        listed = {
            text_of(raw.get("id")) for raw in read(self.http, f"{self._address({})}?{urlencode(query)}").data
        }
        return {key: key in listed for key in asked}

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """By what the page says of itself, and by an open JSON:API."""
        signs = []
        if "drupal" in site.generator.lower():
            signs.append(t("situs menyebut {g}", "the site says {g}", g=site.generator))
        if "data-drupal-" in site.markup or "/sites/default/files/" in site.markup:
            signs.append(t("halaman memuat tanda Drupal", "the page bears the marks of Drupal"))
        for url in dict.fromkeys((site.folder, site.root)) if signs else ():
            for bundle in ("article", "berita", "news"):
                try:
                    said = cls(url, site.http, bundle=bundle).check()
                except FetchError:
                    continue
                chosen = {} if bundle == "article" else {"type": bundle}
                return Guess(cls.kind, {"url": url, **chosen}, 90, (*signs, said))
        return None

    def _address(self, query: Mapping[str, str]) -> str:
        return f"{self.url}/jsonapi/node/{self.bundle}" + (f"?{urlencode(query)}" if query else "")

    def _with_pictures(self, query: Mapping[str, str]) -> Document:
        """The listing with pictures and categories; without them where the site has no such fields (HTTP 400)."""
        wanted = ",".join(name for name in (self.image_field, self.category_field) if name)
        if wanted:
            try:
                return read(self.http, self._address({**query, "include": wanted}))
            except FetchError as error:
                if error.temporary or "400" not in str(error):
                    raise
        return read(self.http, self._address(query))

    def _item(self, raw: Mapping[str, Any], document: Document) -> Item:
        fields = dict_of(raw.get("attributes"))
        body = dict_of(fields.get("body"))
        markup = text_of(body.get("processed")) or text_of(body.get("value"))
        alias = text_of(dict_of(fields.get("path")).get("alias"))
        number = text_of(fields.get("drupal_internal__nid"))
        url = canonical_url(self.url + (alias or f"/node/{number}"))
        image, alt = self._picture(raw, document)
        if not image:
            image, alt = first_image(markup, url)
        names = (
            to_line(text_of(dict_of(term.get("attributes")).get("name")))
            for term, _ in document.related(raw, self.category_field)
        )
        return Item(
            key=text_of(raw.get("id")) or number or url,
            url=url,
            title=to_line(text_of(fields.get("title"))),
            text=to_text(markup),
            summary=to_text(text_of(body.get("summary"))),
            published=parse_date(text_of(fields.get("created")), self.zone),
            modified=parse_date(text_of(fields.get("changed")), self.zone),
            categories=real_categories(names) if self.category_field else (),
            image_url=image,
            image_alt=alt,
            language=text_of(fields.get("langcode"))[:35],
        )

    def _picture(self, raw: Mapping[str, Any], document: Document) -> tuple[str, str]:
        """The file behind the picture field, through as many references as the setting names."""
        here, alt = raw, ""
        for name in self.image_field.split(".") if self.image_field else ():
            found = next(document.related(here, name), None)
            if found is None:
                return "", ""
            here, alt = found[0], text_of(found[1].get("alt")) or alt
        address = text_of(dict_of(dict_of(here.get("attributes")).get("uri")).get("url"))
        return canonical_url(address, f"{self.url}/"), to_line(alt)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
