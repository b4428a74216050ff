"""Recording: what one reading of a source holds becomes Articles, each once, however many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from humasbot.content import Item
from humasbot.errors import FetchError
from humasbot.logs import Quiet
from humasbot.models import Article, Source, columns
from humasbot.models.among import among
from humasbot.models.unless import insert
from humasbot.pipeline.changes import edited, words_of
from humasbot.pipeline.gap import restored_at
from humasbot.pipeline.identity import is_strange, keys_of, match, own_key, sites_of
from humasbot.pipeline.office import Office
from humasbot.pipeline.pictures import lasting
from humasbot.sources.junk import junk_reason
from humasbot.states import plain
from humasbot.words import t

log = Quiet("humasbot.ingest")
LONGEST_NAME = 2000
"""Bytes of an item's own id, and of its address: PostgreSQL's indexes take no more than 2704 (a third of a page)."""
AHEAD = timedelta(days=1)
"""An item dated further in the future than this was dated by a wrong clock: the site's or ours."""
PART = 500
"""Items of one reading that are written in one transaction."""
MOST_NEW_A_DAY = 40
"""New articles of one source in one reading, for each day since the last one; more are held for a person."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a source. *firm*: its ids are never given twice; *pictures* were kept at once, by item key."""

    source: Source
    fresh: datetime
    now: datetime
    firm: bool = False
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item goes: the Article that it is, or the state and the note of a new one."""

    item: Item
    article_id: int | None
    state: str = ""
    note: str = ""


def record(session: Session, source: Source, item: Item, fresh: datetime, now: datetime) -> bool:
    """Insert or update the Article of *item*; whether it is new and may become Posts."""
    return record_all(session, Reading(source, fresh, now), [item]) == 1


def record_all(session: Session, reading: Reading, items: Sequence[Item]) -> int:
    """Insert or update the Articles of *items*, oldest first; how many are new and may become Posts."""
    return _write(session, reading, _places(session, reading, items))


def in_parts(office: Office, reading: Reading, items: Sequence[Item]) -> int:
    """The same for very many, in a transaction for each :data:`PART`: nobody else waits long for the database.

    What each item is, and whether it may be said, is settled before the first is written, and the source counts as
    read only once all are: so one that is broken off half way is begun anew by the same rules, and finds what is there.
    """
    with office.database.read() as session:
        places = _places(session, reading, items)
    new = 0
    for start in range(0, len(places), PART):
        with office.database.write() as session:
            row = session.get_one(Source, reading.source.id, with_for_update=True)
            if row.read_at != reading.source.read_at:  # another process has read it meanwhile
                raise FetchError(
                    t("sumber ini sedang dibaca proses lain", "another process is reading this source")
                )
            new += _write(session, reading, places[start : start + PART])
    return new


def _places(session: Session, reading: Reading, items: Sequence[Item]) -> list[_Place]:
    """What each of *items* is. A flood is seen here, before any of it can become a Post."""
    kept = [_plain(item) for item in items if _fits(reading.source, item)]
    known = match(session, reading.source, kept, firm=reading.firm)
    judge = _Judge(session, reading)
    found = [
        _Place(item, article.id) if article is not None else _Place(item, None, *judge.of(item))
        for item, article in zip(kept, known, strict=True)
    ]
    fresh = sum(place.state == "new" for place in found)
    if (note := _flood(reading, fresh)) is None:
        return found
    return [replace(place, state="held", note=note) if place.state == "new" else place for place in found]


def _write(session: Session, reading: Reading, places: Sequence[_Place]) -> int:
    numbers = [place.article_id for place in places if place.article_id is not None]
    articles = {article.id: article for article in _numbered(session, numbers)}
    for place in places:
        if place.article_id in articles:
            _update(session, reading, articles[place.article_id], place.item)
    made = _insert(session, reading, [place for place in places if place.article_id is None])
    for row in made:
        if row.state == "held":
            log.warning("held", source=reading.source.name, article=row.id, reason=row.note)
    return sum(row.state == "new" for row in made)


def _numbered(session: Session, numbers: Sequence[int]) -> Sequence[Article]:
    query = select(Article).where(among(col(Article.id), "b_numbers"))
    return session.exec(query, params={"b_numbers": list(numbers)}).all() if numbers else []


def _insert(session: Session, reading: Reading, places: Sequence[_Place]) -> Sequence[Any]:
    """Insert the new Articles in one statement; those that another process was quicker with are left out."""
    if not places:
        return []
    session.flush()  # an Article may just have given up its key
    source_id = reading.source.id or 0
    used = keys_of(session, source_id, [place.item.key for place in places])
    rows = []
    for place in places:
        key = place.item.key if place.item.key not in used else own_key(place.item)
        used.add(key)
        rows.append(
            {"source_id": source_id, "key": key, "url": place.item.url, "digest": place.item.digest,
             "state": place.state, "note": place.note, "first_seen_at": reading.now, "changed_at": None,
             "image_digest": reading.pictures.get(place.item.key, ""), **_told(place.item)}
        )  # fmt: skip
    table = columns(Article)
    statement = insert(session.get_bind(), table.id.table).on_conflict_do_nothing(
        index_elements=["source_id", "key"]
    )
    return session.execute(statement.returning(table.id, table.state, table.note), rows).all()


def _fits(source: Source, item: Item) -> bool:
    if max(len(plain(item.key).encode()), len(plain(item.url).encode())) <= LONGEST_NAME:
        return True
    why = t("alamat terlalu panjang", "address too long")
    log.warning("left_out", source=source.name, title=item.title, reason=why)
    return False


def _flood(reading: Reading, fresh: int) -> str | None:
    """Why so many new ones are held: more likely a site that was rebuilt than news; ``None`` where they are not."""
    last = reading.source.read_at
    if last is None:
        return None
    days = max(1, -(-(reading.now - last) // timedelta(days=1)))
    if fresh <= MOST_NEW_A_DAY * days:
        return None
    return t(
        "{n} berita baru sekaligus; situs pindah atau dibangun ulang? Lepaskan yang memang baru",
        "{n} new articles at once; was the site moved or rebuilt? Release those that are really new",
        n=fresh,
    )


def _plain(item: Item) -> Item:
    return replace(
        item, key=plain(item.key), url=plain(item.url), title=plain(item.title), text=plain(item.text),
        summary=plain(item.summary), image_url=plain(item.image_url), image_alt=plain(item.image_alt),
        image_credit=plain(item.image_credit),
        categories=tuple(plain(category) for category in item.categories),
    )  # fmt: skip


class _Judge:
    """Says whether a new item may be said; what it asks the database for, it asks once for all items."""

    def __init__(self, session: Session, reading: Reading) -> None:
        self._session = session
        self._reading = reading

    @cached_property
    def _restored(self) -> datetime | None:
        return restored_at(self._session)

    @cached_property
    def _sites(self) -> set[str]:
        return sites_of(self._session, self._reading.source)

    def of(self, item: Item) -> tuple[str, str]:
        """The state of its Article, and why."""
        reading = self._reading
        if reason := junk_reason(item):
            return "held", reason
        if item.published is not None and item.published > reading.now + AHEAD:
            return "held", t("tanggalnya di masa depan; periksa jam komputer ini dan jam situs",
                             "dated in the future; check this machine's clock and the site's")  # fmt: skip
        if item.published is None and reading.source.read_at is None:
            return "known", t(
                "tanpa tanggal saat sumber pertama dibaca", "undated when the source was first read"
            )
        if item.published is None and is_strange(item, self._sites):
            return "known", t("tanpa tanggal, dan situsnya pindah alamat", "undated, and its site has moved")
        if item.published is not None and item.published < reading.fresh:
            return "known", t("sudah ada sebelum humasbot", "was there before humasbot")
        if self._may_be_said(item):
            return "held", t("terbit sebelum pemulihan cadangan; mungkin sudah diumumkan. Periksa, baru lepaskan",
                             "from before a backup was restored; perhaps announced. Look, then release it")  # fmt: skip
        return "new", ""

    def _may_be_said(self, item: Item) -> bool:
        """Whether the database that a backup replaced may have known it; what is undated, until the first look."""
        until, last = self._restored, self._reading.source.read_at
        return until is not None and (
            item.published <= until if item.published is not None else last is None or last < until
        )


def _update(session: Session, reading: Reading, article: Article, item: Item) -> None:
    before, last = words_of(article), article.changed_at
    changed = article.digest != item.digest
    if changed:
        article.digest, article.changed_at = item.digest, reading.now
        log.info("article_changed", article=article.id)
    article.url = item.url
    _rename(session, article, item)
    _copy(article, item, reading)
    if changed:
        edited(session, reading.source.agency_id, article, before, last, reading.now)


def _rename(session: Session, article: Article, item: Item) -> None:
    """Take over the id that the site gives now, so that the next change of address does not lose the Article."""
    if article.key in (item.key, own_key(item)) or article.key.endswith(f"|{item.key}"):
        return
    taken = select(Article.id).where(Article.source_id == article.source_id, Article.key == item.key)
    if session.exec(taken).first() is None:
        article.key = item.key


def _copy(article: Article, item: Item, reading: Reading) -> None:
    kept, told = reading.pictures.get(item.key, ""), _told(item)
    if kept or article.image_url != told["image_url"]:
        article.image_digest = kept
    for name, value in told.items():
        if getattr(article, name) != value:
            setattr(article, name, value)


def _told(item: Item) -> dict[str, Any]:
    """What an item says, by the names that an Article has for it."""
    return {
        "title": item.title,
        "text": item.text,
        "summary": item.summary,
        "image_url": lasting(item.image_url),
        "image_alt": item.image_alt,
        "image_credit": item.image_credit,
        "categories": list(item.categories),
        "published_at": item.published,
        "modified_at": item.modified,
    }
