"""RSS, Atom and JSON feeds."""

import re
from collections.abc import Mapping
from datetime import datetime

from humasbot.content import Found
from humasbot.errors import FetchError
from humasbot.net import Http
from humasbot.sources.base import Addressed
from humasbot.sources.feed_reading import FeedReading
from humasbot.sources.site import Guess, Site
from humasbot.words import t

USUAL = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml")


class Feed(Addressed):
    """One feed at one address."""

    kind = "feed"

    def __init__(self, url: str, http: Http, *, zone: str = "Asia/Jakarta") -> None:
        super().__init__(url, http, zone=zone)
        self._reading = FeedReading(url, http, self.zone)

    def check(self) -> str:
        """Read the feed once."""
        return self._reading.check()

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Every entry of the feed, or nothing where the server says that nothing has changed."""
        return self._reading.fetch(state, now)

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """By what the address itself holds, by the feeds that the page names, and by the usual places."""
        named = t("halaman menunjuk ke umpan itu", "the page points to that feed")
        usual = t("umpan ada di tempat yang lazim", "there is a feed at a usual place")
        here = t("alamat itu sendiri sebuah umpan", "the address itself is a feed")
        wanted = [(site.answer.url, here)] if _looks_like_feed(site.markup) else []
        wanted += [(feed, named) for feed in site.feeds[:2]]
        wanted += [] if wanted else [(f"{site.root}{path}", usual) for path in USUAL]
        for url, why in wanted:
            try:
                said = cls(url, site.http).check()
            except FetchError:
                continue
            return Guess(cls.kind, {"url": url}, 70 if why != usual else 65, (why, said))
        return None


def _looks_like_feed(text: str) -> bool:
    start = text.lstrip()[:2000]
    return bool(re.search(r"<(?:rss|feed|rdf:RDF)\b", start)) or (
        start[:1] == "{" and "jsonfeed.org" in start
    )
