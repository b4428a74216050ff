"""Which Article an item is: by the source's own id, then its canonical address, then its words. Never a guess.

A site moves (another domain, https, another system, other ids) and its items stay what they were; a site gives an old
id or address to something new, and that is no edit of the old. Where neither can be shown, the item counts as new:
what would double a post is caught later, because an account says an address once only.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from humasbot.content import Item
from humasbot.models import Article, Source, columns
from humasbot.sources.address import page_of, same_site, site_of

SAME_TITLE = 0.6
"""From this likeness on (difflib's ratio) one title is taken for an edit of the other."""
SURE_TITLE = 0.8
"""The same where nothing else, not even a date, speaks for it."""
SAME_WORDS = 0.8
"""From this share of common words on, two texts are one text that was moved."""
SHORTEST_TITLE = 12
CHUNK = 500
"""Values in one question: SQLite takes 32,766 in all, and long questions are slow to read everywhere."""
_WORD = re.compile(r"\w+")


def match(session: Session, source: Source, items: Sequence[Item], *, firm: bool) -> list[Article | None]:
    """The Article that each of *items* is, or ``None``; no Article twice. *firm*: the ids are never given again.

    The surest signs go first for all items, so that a weak likeness takes nothing from its rightful owner.
    """
    found: list[Article | None] = [None] * len(items)
    taken: set[int] = set()
    crowded = {page for page, n in Counter(page_of(item.url) for item in items).items() if n > 1}

    def settle(candidates: "list[tuple[int, Article]]") -> None:
        for place, article in candidates:
            if found[place] is None and article.id not in taken:
                found[place] = article
                taken.add(article.id or 0)

    settle(_by_key(session, source, items, firm))
    for further in (_by_address, _moved):
        if left := _open(items, found):
            settle(further(session, source, left, crowded))
    return found


def _open(items: Sequence[Item], found: Sequence[Article | None]) -> list[tuple[int, Item]]:
    return [(place, item) for place, item in enumerate(items) if found[place] is None]


def own_key(item: Item) -> str:
    """A key for an item whose id belongs to another Article of its source."""
    return f"{site_of(item.url) or 'lain'}|{item.key}|{item.digest[:12]}"


def _of(session: Session, source: Source, column: Any, values: Iterable[Any]) -> list[Article]:
    """The source's Articles that have one of *values* in *column*, in the order of their numbers."""
    wanted = list(dict.fromkeys(values))
    found: list[Article] = []
    for start in range(0, len(wanted), CHUNK):
        query = select(Article).where(
            Article.source_id == source.id, column.in_(wanted[start : start + CHUNK])
        )
        found += session.exec(query).all()
    return sorted(found, key=lambda article: article.id or 0)


def _by_key(session: Session, source: Source, items: Sequence[Item], firm: bool) -> list[tuple[int, Article]]:
    wanted = [item.key for item in items] + [own_key(item) for item in items]
    rows = {article.key: article for article in _of(session, source, col(Article.key), wanted)}
    return [
        (place, article)
        for place, item in enumerate(items)
        for key in (item.key, own_key(item))
        if (article := rows.get(key)) is not None and _same_id(article, item, firm)
    ]


def _same_id(article: Article, item: Item, firm: bool) -> bool:
    """Whether one id on both really means one thing."""
    if page_of(article.url) == page_of(item.url) and item.url:
        return True
    if firm and (same_site(article.url, item.url) or not (article.url and item.url)):
        return True
    return _alike(article, item)


def _by_address(
    session: Session, source: Source, items: Sequence[tuple[int, Item]], crowded: set[str]
) -> list[tuple[int, Article]]:
    """By address, however it is spelt; an address that several items of one reading share names none of them."""
    wanted = [
        (place, item, page)
        for place, item in items
        if (page := page_of(item.url))
        and page not in crowded
        and urlsplit(item.url).path.strip("/")
        and "#" not in item.url  # a part of a page, which says itself that it is a thing of its own
    ]
    spelt = {way for _, item, _ in wanted for way in spellings(item.url)}
    rows: dict[str, list[Article]] = {}
    for article in _of(session, source, col(Article.url), spelt):
        rows.setdefault(page_of(article.url), []).append(article)
    return [
        (place, article)
        for place, item, page in wanted
        for article in rows.get(page, ())
        if article.digest == item.digest
        or _same_moment(article, item)
        # A page that was of several things before may be of one more; and so may one with another number in its title.
        or (
            len(rows[page]) == 1
            and like(article.title, item.title)
            and _digits(article.title) == _digits(item.title)
        )
    ]


def spellings(url: str) -> set[str]:
    """The ways to write one address: either scheme, with and without ``www.`` and a closing slash."""
    parts = urlsplit(url)
    bare = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    return {
        f"{scheme}://{host}{path}{slash}{query}"
        for scheme in ("http", "https")
        for host in (bare, f"www.{bare}")
        for slash in ("", "/")
    } | {url}


def _moved(
    session: Session, source: Source, items: Sequence[tuple[int, Item]], _crowded: set[str]
) -> list[tuple[int, Article]]:
    """Articles that items may be after a move: the same words at the same moment, or the same on another site."""
    words = _groups(session, source, "digest", {item.digest for _, item in items})
    moments = _groups(
        session, source, "published_at", {item.published for _, item in items if item.published}
    )
    sites = sites_of(session, source)
    strangers = [item for _, item in items if is_strange(item, sites) and len(item.title) >= SHORTEST_TITLE]
    titles = _groups(session, source, "title", {item.title for item in strangers})
    found: list[tuple[int, Article]] = []
    for place, item in items:
        # The same words at another moment are a weekly notice, and news.
        found += [(place, article) for article in words.get(item.digest, ())
                  if _same_moment(article, item) or (not item.published and _elsewhere(article, item))]  # fmt: skip
    for place, item in items:
        found += [
            (place, article)
            for article in moments.get(item.published, ())
            if _elsewhere(article, item)
            and (_path(article.url) == _path(item.url) or like(article.title, item.title))
        ]
    for place, item in items:
        found += [(place, article) for article in titles.get(item.title, ())
                  if _elsewhere(article, item) and _common(article.text, item.text) >= SAME_WORDS]  # fmt: skip
    return found


def _groups(session: Session, source: Source, name: str, values: Iterable[Any]) -> dict[Any, list[Article]]:
    groups: dict[Any, list[Article]] = {}
    for article in _of(session, source, getattr(columns(Article), name), values):
        groups.setdefault(getattr(article, name), []).append(article)
    return groups


def keys_of(session: Session, source_id: int, keys: Sequence[str]) -> set[str]:
    """Those of *keys* that the source's Articles have."""
    found: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        some = col(Article.key).in_(keys[start : start + CHUNK])
        found.update(session.exec(select(Article.key).where(Article.source_id == source_id, some)).all())
    return found


def is_strange(item: Item, sites: set[str]) -> bool:
    """Whether the source has Articles, but none of the item's site: the whole site moved."""
    site = site_of(item.url)
    return bool(site and sites) and site not in sites


def sites_of(session: Session, source: Source) -> set[str]:
    """The sites of the source's first and last Articles."""
    query = select(Article.url).where(Article.source_id == source.id, Article.url != "")
    first = session.exec(query.order_by(col(Article.id)).limit(50)).all()
    last = session.exec(query.order_by(col(Article.id).desc()).limit(50)).all()
    return {site_of(url) for url in (*first, *last)}


def _elsewhere(article: Article, item: Item) -> bool:
    return bool(article.url and item.url) and not same_site(article.url, item.url)


def _alike(article: Article, item: Item) -> bool:
    return (
        article.digest == item.digest
        or _same_moment(article, item)
        or _edit_of(article, item)
        or (_path(article.url) != "" and _path(article.url) == _path(item.url))
    )


def _edit_of(article: Article, item: Item) -> bool:
    """Whether the title is an edit of the Article's; other numbers or other dates beside like titles say no."""
    if article.published_at is None or item.published is None:
        return like(article.title, item.title, SURE_TITLE)
    if abs(article.published_at - item.published) > timedelta(days=1) or _digits(article.title) != _digits(
        item.title
    ):
        return False
    # Titles of one office are alike anyway ("… (ralat)", "Pengumuman: …"): short of sureness the words must be, too.
    return like(article.title, item.title, SURE_TITLE) or (
        like(article.title, item.title) and _common(article.text, item.text) >= SAME_WORDS
    )


def _digits(title: str) -> list[str]:
    return re.findall(r"\d+", title)


def _same_moment(article: Article, item: Item) -> bool:
    return article.published_at is not None and article.published_at == item.published


def like(one: str, other: str, least: float = SAME_TITLE) -> bool:
    """Whether one title may be an edit of the other: at least so alike (0 to 1)."""
    one, other = one.casefold()[:300], other.casefold()[:300]
    return bool(one and other) and SequenceMatcher(None, one, other, autojunk=False).ratio() >= least


def _common(one: str, other: str) -> float:
    first, second = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    return len(first & second) / max(1, len(first | second))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
