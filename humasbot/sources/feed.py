"""RSS, Atom and JSON feeds, asked for politely and believed with care."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import ClassVar, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError
from humasbot.net import Answer, Http, safe_url
from humasbot.sources.address import is_presigned, page_of
from humasbot.sources.base import TIMEZONE, URL, Option, Source, get, read_settings, refusal
from humasbot.sources.decoding import decode
from humasbot.sources.feed_parse import Parsed, parse_feed
from humasbot.sources.html import head_links
from humasbot.words import t

MAX_BYTES = 10_000_000
FULL_EVERY = timedelta(days=1)
MOST_KEYS = 300
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_STRONG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]{1,200}"')


class Feed(Source):
    """One feed at one address."""

    kind = "feed"
    settings: ClassVar[tuple[Option, ...]] = (URL, TIMEZONE)

    def __init__(self, url: str, http: Http, *, zone: str = "Asia/Jakarta") -> None:
        self.url = url
        self.http = http
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        return cls(values["url"], http, zone=values["timezone"])

    def check(self) -> str:
        """Read the feed once."""
        entries = self._parse(self._get({})).entries
        dates = [entry.published for entry in entries if entry.published]
        return t(
            "{site}: umpan terbaca, {n} entri, terbaru {date}",
            "{site}: the feed can be read, {n} entries, the newest of {date}",
            site=safe_url(self.url),
            n=len(entries),
            date=max(dates).astimezone(self.zone).date() if dates else t("tanpa tanggal", "unknown date"),
        )

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Every entry of the feed, or nothing where the server says that nothing has changed."""
        if state.get("url") != self.url:
            state = {}
        answer = self._get(_conditions(state, now))
        if answer.status == 304:
            return Found(state=dict(state), unchanged=True)
        parsed = self._parse(answer)
        known = _known_keys(state)
        items, warnings = with_keys(parsed, known)
        warnings += [
            t(
                "gambar {url} hanya berlaku sebentar; unduh segera",
                "the picture {url} is valid for a short time; fetch it at once",
                url=safe_url(item.image_url),
            )
            for item in items
            if is_presigned(item.image_url)
        ]
        return Found(
            _newest_first(items),
            {**_validators(answer), "url": self.url, "read": _iso(now), "keys": _remember(items, known)},
            warnings=(*parsed.warnings, *warnings),
        )

    def _get(self, conditions: Mapping[str, str]) -> Answer:
        answer = get(self.http, self.url, headers={"Accept": ACCEPT, **conditions}, max_bytes=MAX_BYTES)
        if answer.status == 200 or (answer.status == 304 and conditions):
            return answer
        raise refusal(answer)

    def _parse(self, answer: Answer) -> Parsed:
        try:
            return parse_feed(answer.body, answer.url, self.zone, answer.headers.get("content-type", ""))
        except FetchError as error:
            hint = _hint(answer)
            raise FetchError(
                f"{safe_url(self.url)}: {error}" + (f"; {hint}" if hint else ""), temporary=error.temporary
            ) from None


def _hint(answer: Answer) -> str:
    """Where the feed may be, if a web page came instead of it."""
    markup = decode(answer.body[:200_000], answer.headers.get("content-type", ""))
    feeds = feeds_of(markup, answer.url)
    if not feeds:
        return ""
    return t(
        "halaman itu menunjuk ke umpan {url}", "that page points to the feed {url}", url=safe_url(feeds[0])
    )


def feeds_of(markup: str, url: str) -> list[str]:
    """The addresses of the feeds that a web page names in its head."""
    kinds = ("application/rss+xml", "application/atom+xml", "application/feed+json")
    return [
        link.href
        for link in head_links(markup, url)
        if "alternate" in link.rel and link.kind in kinds and "comments" not in link.href
    ]


def _conditions(state: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The headers of a conditional GET; none a day after the last whole reading, lest a cache fool us for ever."""
    read = _moment(state.get("read", ""))
    if read is None or not timedelta(0) <= now - read < FULL_EVERY:
        return {}
    names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return {header: state[name] for name, header in names.items() if state.get(name)}


def _validators(answer: Answer) -> dict[str, str]:
    """What the server gave to ask with next time. A weak ETag says "much the same", which is not enough here."""
    found = {}
    if _STRONG.fullmatch(etag := answer.headers.get("etag", "")):
        found["etag"] = etag
    try:
        parsedate_to_datetime(answer.headers["last-modified"])
        found["last_modified"] = answer.headers["last-modified"]
    except (KeyError, ValueError, TypeError):
        pass
    return found


def with_keys(parsed: Parsed, known: Mapping[str, str]) -> tuple[list[Item], list[str]]:
    """The entries with a key each, no key twice, and what was odd.

    The key is the entry's own id; without one, or where several entries share it, its address; without that, a hash.
    *known* are the keys of earlier readings by page: an entry whose id changed, on a page we know, keeps its key.
    """
    entries, warnings = _without_doubles(parsed.entries)
    ids = Counter(entry.key for entry in entries)
    pages = Counter(page_of(entry.url) for entry in entries)
    taken: dict[str, Item] = {}
    for entry in entries:
        page = page_of(entry.url)
        has_own_page = (
            bool(page) and pages[page] == 1 and page != page_of(parsed.home) and not _is_front(entry.url)
        )
        remembered = known.get(_short(page), "") if has_own_page else ""
        if remembered and remembered not in ids:
            key = remembered
        elif entry.key and ids[entry.key] == 1:
            key = entry.key
        else:
            key = entry.url if has_own_page else _content_key(entry)
        if key in taken:
            warnings.append(_double(entry))
        else:
            taken[key] = replace(entry, key=key)
    return list(taken.values()), warnings


def _without_doubles(entries: Iterable[Item]) -> tuple[list[Item], list[str]]:
    """The entries without those that come a second time: the same id on the same page, or the same words there."""
    seen: set[tuple[str, ...]] = set()
    kept, warnings = [], []
    for entry in entries:
        page = page_of(entry.url)
        marks: set[tuple[str, ...]] = {("words", page, entry.title, entry.text)}
        if entry.key and page:
            marks.add(("id", page, entry.key))
        if marks & seen:
            warnings.append(_double(entry))
        else:
            kept.append(entry)
        seen |= marks
    return kept, warnings


def _double(entry: Item) -> str:
    return t("entri ganda dilewati: {title}", "double entry left out: {title}", title=entry.title[:80])


def _content_key(entry: Item) -> str:
    words = f"{entry.title}\x1f{entry.published or entry.text[:500]}"
    return f"sha256:{sha256(words.encode()).hexdigest()}"


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _newest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """By date; an entry without one stays behind the one it follows in the feed."""
    dated = []
    moment = datetime.max.replace(tzinfo=UTC)
    for item in items:
        moment = item.published or moment
        dated.append((moment, item))
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(item for _, item in dated)


def _known_keys(state: Mapping[str, str]) -> dict[str, str]:
    try:
        keys = json.loads(state.get("keys", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {str(page): str(key) for page, key in keys.items()} if isinstance(keys, dict) else {}


def _remember(items: Iterable[Item], known: Mapping[str, str]) -> str:
    fresh = {_short(page): item.key for item in items if (page := page_of(item.url))}
    older = {page: key for page, key in known.items() if page not in fresh}
    return json.dumps(dict([*fresh.items(), *older.items()][:MOST_KEYS]), ensure_ascii=False)


def _short(page: str) -> str:
    return sha256(page.encode()).hexdigest()[:16]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
