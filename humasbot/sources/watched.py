"""A single page that is watched for change: a board of notices, a timetable. Each lasting change is news."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from humasbot.content import Found, Item
from humasbot.errors import FetchError, InputError
from humasbot.net import safe_url
from humasbot.sources.base import Addressed
from humasbot.sources.page import read_page
from humasbot.sources.site import Guess, Site
from humasbot.words import t

_UNREST = re.compile(
    r"\b\d{1,2}[.:]\d{2}(?:[.:]\d{2})?\b|\b(?:dibaca|dilihat|pengunjung|views?|hits?)\b\D{0,20}[\d.,]+|[\d.,]+\s*(?:kali|views?|hits?)\b",
    re.IGNORECASE,
)


class Watched(Addressed):
    """One page. What is there at the first sight is known; a change counts once it was seen at two readings."""

    kind = "page"
    last_resort = True

    def check(self) -> str:
        """Read the page once."""
        item = self._read()
        return t("{u}: halaman terbaca, «{title}»", "{u}: the page can be read, “{title}”", u=safe_url(self.url),
                 title=item.title[:80])  # fmt: skip

    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """The page as it is now, if it changed and stayed so."""
        item = self._read()
        print_of = _print(item)
        if state.get("url") != self.url:
            first = replace(item, key=f"{item.url}#{print_of}", published=item.published)
            return Found((first,), {"url": self.url, "print": print_of})
        if print_of == state.get("print"):
            return Found(state={"url": self.url, "print": print_of}, unchanged=True)
        if print_of != state.get("maybe"):
            # A page that shows something else at every look (advertisements, the visitor's number) never settles.
            return Found(state={**state, "maybe": print_of}, unchanged=True)
        stamp = now.astimezone(UTC)
        changed = replace(
            item,
            key=f"{item.url}#{print_of}-{stamp:%Y%m%d%H%M}",
            # The part behind # makes it an address of its own: one address is said once only.
            url=f"{item.url}#berubah-{stamp.astimezone(self.zone):%Y-%m-%d-%H%M}",
            published=stamp,
            modified=stamp,
        )
        return Found((changed,), {"url": self.url, "print": print_of})

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """The last resort: every readable page can be watched."""
        try:
            said = cls(site.answer.url, site.http).check()
        except FetchError:
            return None
        return Guess(cls.kind, {"url": site.answer.url}, 10, (said,))

    def _read(self) -> Item:
        try:
            return read_page(self.url, self.http, self.zone)
        except InputError as error:
            raise FetchError(str(error), temporary=False) from None


def _print(item: Item) -> str:
    """What the page says, without the time of day and without counters of visits."""
    words = " ".join(_UNREST.sub("", f"{item.title} {item.text}").split())
    return sha256(words.encode()).hexdigest()[:16]
