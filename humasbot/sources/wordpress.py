"""WordPress through its REST API: posts, pages if wished, with picture, alternative text and categories.

Facts used, from the REST API handbook ("Posts") and WordPress's own source, read 2026-11-22: ``modified_after`` exists
since 5.7 and older versions ignore it; a scheduled post that goes live keeps its old ``modified``, so a watermark on
``modified`` alone would never see it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from humasbot.content import Found
from humasbot.errors import FetchError
from humasbot.net import Answer, Http, safe_url
from humasbot.sources.base import TIMEZONE, URL, Option, Source, read_settings
from humasbot.sources.site import Guess, Site
from humasbot.sources.wordpress_item import changed_at, item_of
from humasbot.sources.wordpress_rest import EMBED, Rest, is_locked
from humasbot.words import t

PER_PAGE = 20
FIRST_PAGES = 2
MOST_PAGES = 15
OVERLAP = timedelta(minutes=10)
SCHEDULED = timedelta(days=14)
SETTLED = timedelta(minutes=1)


class WordPress(Source):
    """A WordPress site, read through ``/wp-json/`` or, without pretty addresses, ``?rest_route=``."""

    kind = "wordpress"
    firm_ids = True
    settings: ClassVar[tuple[Option, ...]] = (
        URL,
        Option(
            "pages",
            "ya: baca juga halaman, bukan hanya pos",
            "yes: read pages too, not only posts",
            required=False,
            default="no",
        ),
        TIMEZONE,
    )

    def __init__(self, url: str, http: Http, *, pages: bool = False, zone: str = "Asia/Jakarta") -> None:
        self.rest = Rest(url, http)
        self.http = http
        self.types = ("posts", "pages") if pages else ("posts",)
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        pages = values["pages"].lower() in ("yes", "ya", "true", "1")
        return cls(values["url"], http, pages=pages, zone=values["timezone"])

    def check(self) -> str:
        """Ask for one post."""
        listed, _ = self.rest.list_page("posts", {"per_page": 1, "_fields": "id,date_gmt"})
        if not listed:
            return t(
                "{site}: REST terbuka, belum ada pos",
                "{site}: REST is open, there is no post yet",
                site=safe_url(self.rest.url),
            )
        return t(
            "{site}: REST terbuka, pos terbaru {date}",
            "{site}: REST is open, the newest post is of {date}",
            site=safe_url(self.rest.url),
            date=str(listed[0].get("date_gmt", "?"))[:10],
        )

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """What was published or changed since the last reading; the newest 40 at the first one."""
        if state.get("site") != self.rest.url:
            state = {}
        reading = _Reading(self, state, now)
        for kind in self.types:
            reading.read(kind)
        return reading.found()

    def still(self, keys: Sequence[str]) -> Mapping[str, bool]:
        """Asked of the listings, which hold nothing that is a draft, private, scheduled or in the trash."""
        numbers = [key for key in keys if key.isdecimal()][:PER_PAGE]
        listed: set[str] = set()
        for kind in self.types if numbers else ():
            query = {"include": ",".join(numbers), "per_page": PER_PAGE, "_fields": "id"}
            listed |= {str(raw["id"]) for raw in self.rest.list_page(kind, query)[0]}
        return {number: number in listed for number in numbers}

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """By what the page says of itself, and by an open REST interface."""
        signs = []
        if "wordpress" in site.generator.lower():
            signs.append(t("halaman menyebut {g}", "the page says {g}", g=site.generator))
        named = next((link.href for link in site.links if "https://api.w.org/" in link.rel), "")
        if named:
            signs.append(t("halaman menunjuk ke REST WordPress", "the page points to WordPress REST"))
        if "/wp-content/" in site.markup:
            signs.append(t("berkasnya di /wp-content/", "its files are in /wp-content/"))
        for url in dict.fromkeys((named.split("?", 1)[0] or site.folder, site.root)):
            source = cls(url, site.http)
            try:
                said = source.check()
            except FetchError:
                continue
            return Guess(cls.kind, {"url": source.rest.url}, 95, (*signs, said))
        return None


class _Reading:
    """One reading of a site: what it asks, what it keeps in mind, what it found."""

    def __init__(self, source: WordPress, state: Mapping[str, str], now: datetime) -> None:
        self.source = source
        self.state = dict(state)
        self.now = now
        self.raw: dict[int, dict[str, Any]] = {}
        self.seen = _pairs(state.get("seen", ""))
        self.marks: dict[int, str] = {}
        self.warnings: list[str] = []
        self.latest = ""

    def read(self, kind: str) -> None:
        """Collect what is new or changed of *kind* (``posts``, ``pages``)."""
        watermark = _moment(self.state.get("watermark", ""))
        if watermark is None:
            self._collect(self._walk(kind, {"orderby": "date", "_embed": EMBED}, FIRST_PAGES))
            return
        since = watermark - OVERLAP
        changed = self._walk(
            kind, {"orderby": "modified", "_embed": EMBED, "modified_after": _iso(since)}, MOST_PAGES, since
        )
        self._collect(changed)
        self._collect_scheduled(kind, min(watermark, self.now) - SCHEDULED)

    def _collect_scheduled(self, kind: str, since: datetime) -> None:
        """What went live by itself: published lately, never seen, and with an old ``modified``."""
        query = {"after": _iso(since), "_fields": "id,modified_gmt", "per_page": 100}
        listed, _ = self._list(kind, query)
        missed = [raw["id"] for raw in listed if raw["id"] not in self.raw and raw["id"] not in self.seen]
        for start in range(0, len(missed), PER_PAGE):
            chunk = missed[start : start + PER_PAGE]
            query = {"include": ",".join(map(str, chunk)), "per_page": PER_PAGE, "_embed": EMBED}
            self._collect(self._list(kind, query)[0])

    def _walk(
        self, kind: str, query: dict[str, Any], pages: int, since: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """Newest first, page by page, until the listing ends or is older than *since*."""
        for page in range(1, pages + 1):
            asked = {**query, "order": "desc", "per_page": PER_PAGE, "page": page}
            listed, answer = self._list(kind, asked)
            self._remember_server(answer)
            for raw in listed:
                if since is not None and (changed := changed_at(raw)) is not None and changed < since:
                    return  # a version before 5.7, which lists everything
                yield raw
            total = answer.headers.get("x-wp-totalpages", "")
            if len(listed) < PER_PAGE or (total.isdecimal() and page >= int(total[:9])):
                return
        if since is not None:
            self.warnings.append(
                t(
                    "lebih dari {n} perubahan sekaligus; yang lebih lama tidak dibaca",
                    "more than {n} changes at once; the older ones were not read",
                    n=pages * PER_PAGE,
                )
            )

    def _list(self, kind: str, query: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Answer]:
        return self.source.rest.list_page(kind, query, way=self.state.get("way", ""))

    def _remember_server(self, answer: Answer) -> None:
        self.state["way"] = "route" if "rest_route=" in answer.url else "pretty"
        try:
            self.now = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError):
            pass  # then our own clock has to do

    def _collect(self, listed: Iterable[dict[str, Any]]) -> None:
        for raw in listed:
            self.raw[raw["id"]] = raw
            self._mark(raw)

    def _mark(self, raw: Mapping[str, Any]) -> None:
        changed = changed_at(raw)
        if changed is None:
            self.marks[raw["id"]] = "?"
            return
        # A second edit within the same second would look the same: only what has settled counts as seen.
        if changed <= self.now - SETTLED:
            self.marks[raw["id"]] = _iso(changed)
        self.latest = max(self.latest, _iso(min(changed, self.now)))

    def found(self) -> Found:
        """Everything new, newest first, and what to remember."""
        items = []
        for post_id, raw in self.raw.items():
            changed = changed_at(raw)
            if changed is not None and self.seen.get(post_id) == _iso(changed):
                continue
            if is_locked(raw):
                self.warnings.append(
                    t("pos {n} berkata sandi, dilewati", "post {n} has a password, left out", n=post_id)
                )
                continue
            items.append(item_of(raw, self.source.rest.url, self.source.zone))
        items.sort(key=lambda item: item.published or self.now, reverse=True)
        return Found(tuple(items), self._next_state(), unchanged=not items, warnings=tuple(self.warnings))

    def _next_state(self) -> dict[str, str]:
        marks = {**self.seen, **self.marks}
        for post_id in self.raw:
            if post_id not in self.marks:
                marks.pop(post_id, None)
        newest = sorted(marks.items(), reverse=True)[:500]
        return {
            "site": self.source.rest.url,
            "way": self.state.get("way", "pretty"),
            "watermark": max(self.latest, self.state.get("watermark", "")) or _iso(self.now),
            "seen": " ".join(f"{post_id}@{mark}" for post_id, mark in newest),
        }


def _pairs(text: str) -> dict[int, str]:
    pairs = {}
    for pair in text.split():
        number, _, mark = pair.partition("@")
        if number.isdecimal() and mark:
            pairs[int(number)] = mark
    return pairs


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
