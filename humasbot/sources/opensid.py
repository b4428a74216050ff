"""OpenSID, the website software of villages: its feed, with the faults that its feed has.

Read in OpenSID's own source (OpenSID/OpenSID, ``donjo-app/views/feed.php`` and ``models/Feed_model.php``, looked at on
2026-11-22). Since 2020: fifty items, no XML declaration, the picture inside the text, a teaser cut by bytes and escaped
once too often, names of village and author as they were typed. Before: twenty items behind the end of ``<channel>``,
without guid and date, each with the village's name and a teaser of the text's HTML, at ``first/artikel/NUMBER``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from humasbot.content import Found, Item
from humasbot.errors import FetchError
from humasbot.sources.base import Addressed
from humasbot.sources.feed_reading import FeedReading
from humasbot.sources.site import Guess, Site
from humasbot.words import t

T = TypeVar("T")
PLACES = ("/feed", "/index.php/feed", "/feed.xml")
_TYPED = re.compile(rb"(<(title|dc:creator|dc:rights|link|guid)>)(.{0,2000}?)(</\2>)", re.DOTALL)
_BARE = re.compile(rb"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});)")
_ARTICLE = re.compile(r"(?:^|/)artikel/(.+)$")
_TEASER = re.compile(r"\s*\ufffd*\s*\[(?:\.\.\.|…)\]\s*$")
_SIGNS = {
    r"\bOpenSID\b": "OpenSID",
    r"/desa/(?:upload|themes|css)/": "/desa/",
    r"/(?:first/artikel|artikel/\d{4}/\d{1,2}/\d{1,2})/": "/artikel/",
}


class OpenSid(Addressed):
    """A village's website."""

    kind = "opensid"

    def check(self) -> str:
        """Read the feed once, wherever it is."""
        return self._first(lambda reading: reading.check())

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """The newest fifty articles, or nothing where the server says that nothing has changed."""
        return self._first(lambda reading: reading.fetch(state, now), state.get("url", ""))

    def _first(self, read: Callable[[FeedReading], T], last: str = "") -> T:
        """What *read* gives at the first of the usual places that holds a feed; the one that worked last goes first."""
        fault: FetchError | None = None
        for url in dict.fromkeys((*([last] if last in self._places() else []), *self._places())):
            try:
                return read(FeedReading(url, self.http, self.zone, mend=mended, tidy=escaped))
            except FetchError as error:
                if error.temporary:
                    raise
                fault = fault or error
        raise fault or FetchError(self.url)

    def _places(self) -> tuple[str, ...]:
        path = urlsplit(self.url).path.rstrip("/")
        if path.endswith(("/feed", "/feed.xml", "/rss")):
            return (self.url,)
        return tuple(self.url.rstrip("/") + place for place in PLACES)

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """By the marks of OpenSID's pages, and by its feed."""
        signs = [name for pattern, name in _SIGNS.items() if re.search(pattern, site.markup)]
        if not signs:
            return None
        try:
            said = cls(site.folder, site.http).check()
        except FetchError:
            return None
        marks = t("halaman memuat tanda {s}", "the page bears the marks {s}", s=", ".join(signs))
        return Guess(
            cls.kind,
            {"url": site.folder},
            90 if len(signs) > 1 or signs == ["OpenSID"] else 75,
            (marks, said),
        )


def escaped(body: bytes) -> bytes:
    """*body* with what people typed into names and titles made XML again: ``Desa A & B``, ``Admin <a@b.c>``."""

    def mend(found: re.Match[bytes]) -> bytes:
        inner = found[3]
        if b"<![CDATA[" in inner:
            return found[0]
        return found[1] + _BARE.sub(b"&amp;", inner).replace(b"<", b"&lt;") + found[4]

    return _TYPED.sub(mend, body)


def mended(item: Item) -> Item:
    """The entry with a key that outlives a change of domain, and without the mark of a cut teaser."""
    found = _ARTICLE.search(unquote(urlsplit(item.url).path).rstrip("/"))
    text = _TEASER.sub("", item.text)
    summary = _TEASER.sub("", item.summary)
    return replace(
        item,
        key=f"artikel/{found[1]}" if found else item.key,
        text=text,
        summary="" if summary == text else summary,
        language=item.language.lower(),
    )
