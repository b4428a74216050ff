"""A feed at one address, asked for politely and believed with care: what every kind of source with a feed shares."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import FetchError
from humasbot.net import Answer, Http, safe_url
from humasbot.sources.address import is_presigned
from humasbot.sources.base import get, refusal
from humasbot.sources.decoding import decode
from humasbot.sources.feed_keys import Memory, with_keys
from humasbot.sources.feed_parse import Parsed, parse_feed
from humasbot.sources.feed_slim import slim
from humasbot.sources.html import feeds_of
from humasbot.words import t

MAX_BYTES = 60_000_000
FULL_EVERY = timedelta(days=1)
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_STRONG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]{1,200}"')


class FeedReading:
    """The feed at *url*; *mend* is what a kind of site does to each entry, and to the bytes before they are read."""

    def __init__(
        self,
        url: str,
        http: Http,
        zone: ZoneInfo,
        *,
        mend: Callable[[Item], Item] = lambda item: item,
        tidy: Callable[[bytes], bytes] = lambda body: body,
    ) -> None:
        self.url = url
        self.http = http
        self.zone = zone
        self._mend = mend
        self._tidy = tidy

    def check(self) -> str:
        """Read the feed once and say what was found."""
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
        found, warnings, memory = with_keys(parsed, Memory.of(state))
        items = [self._mend(item) for item in found]
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
            {**_validators(answer), "url": self.url, "read": _iso(now), **memory.state(items)},
            warnings=(*parsed.warnings, *warnings),
        )

    def _get(self, conditions: Mapping[str, str]) -> Answer:
        answer = get(
            self.http, self.url, headers={"Accept": ACCEPT, **conditions}, max_bytes=MAX_BYTES, squeeze=slim
        )
        if answer.status == 200 or (answer.status == 304 and conditions):
            return answer
        raise refusal(answer)

    def _parse(self, answer: Answer) -> Parsed:
        kind = answer.headers.get("content-type", "")
        try:
            return parse_feed(self._tidy(answer.body), answer.url, self.zone, kind)
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


def _newest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """By date; an entry without one stays behind the one it follows in the feed."""
    dated = []
    moment = datetime.max.replace(tzinfo=UTC)
    for item in items:
        moment = item.published or moment
        dated.append((moment, item))
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(item for _, item in dated)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
