"""Ingest: what a source holds becomes Articles, each once; the first sight of a source never floods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from humasbot import audit
from humasbot.config import duration
from humasbot.content import Found, Item
from humasbot.database import DatabaseError
from humasbot.errors import FetchError, HumasbotError, NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.models import Agency, Article, Source, utc_now
from humasbot.pipeline import happenings
from humasbot.pipeline.changes import edited, words_of
from humasbot.pipeline.crew import Hangs
from humasbot.pipeline.gap import restored_at
from humasbot.pipeline.identity import match, moved_here, own_key
from humasbot.pipeline.office import Office
from humasbot.pipeline.pictures import keep_dying, lasting
from humasbot.sources.junk import junk_reason
from humasbot.states import backoff, plain, sentence
from humasbot.words import t

log = Quiet("humasbot.ingest")
FETCH_SECONDS = 600.0
"""How long one reading of a source may take."""
LONGEST_NAME = 2000
"""Bytes of an item's own id, and of its address: PostgreSQL's indexes take no more than 2704 (a third of a page)."""
URGENT = ("bmkg_earthquake", "bmkg_warning")
"""The kinds of source that the alert lane is fed from."""
AHEAD = timedelta(days=1)
"""An item dated further in the future than this was dated by a wrong clock: the site's or ours."""
MOST_NEW_A_DAY = 40
"""New articles of one source in one reading, for each day since the last one; more are held for a person."""


def ingest_due(office: Office, urgent: bool | None = None) -> int:
    """Read every active source whose time has come; return how many new Articles there are.

    With *urgent* only those of :data:`URGENT` are read, or only the others: a slow website must not keep an alert
    waiting.
    """
    now = utc_now()
    which = sa.true() if urgent is None else col(Source.kind).in_(URGENT) == urgent
    with office.database.read() as session:
        query = (
            select(Source)
            .join(Agency, col(Agency.id) == col(Source.agency_id))
            .where(
                Agency.name == office.config.agency.key,
                Source.active,
                which,
                (col(Source.next_at).is_(None))
                | (col(Source.next_at) <= now)
                # A wait that no rule of ours gives was written by a clock that ran ahead.
                | (col(Source.read_at) > now + AHEAD),
                col(Source.id).not_in(office.hanging.ids("source")),
            )
        )
        due = session.exec(query.order_by(col(Source.id))).all()
    return sum(_alone(office, source, now) for source in due)


def _alone(office: Office, source: Source, now: datetime) -> int:
    """Read one source; whatever is wrong with it is its own affair."""
    try:
        return ingest(office, source, now)
    except DatabaseError as error:
        _failed(
            office, source, error, now
        )  # raises the same when it is the database, and not what was to be written
    except Exception as fault:
        log.exception("source_broken", source=source.name)
        _failed(office, source, FetchError(sentence(fault)), now)
    return 0


def ingest(office: Office, source: Source, now: datetime | None = None) -> int:
    """Read one source and record what it holds; return how many Articles are new.

    A fault is logged and kept on the source, which is read again later; nothing recorded before is lost.
    """
    now = now or utc_now()
    fresh = fresh_after(office, source, now)
    try:
        remembered = {str(k): str(v) for k, v in source.state.items()}
        reader = office.reader(source)

        def read() -> tuple[Found, dict[str, str]]:
            found = reader.fetch(remembered, now)
            return found, keep_dying(office, source, reader, found.items, fresh)

        found, pictures = office.hanging.call("source", source.id or 0, FETCH_SECONDS, read)
    except Hangs as error:
        _failed(office, source, FetchError(str(error)), now)
        return 0
    except HumasbotError as error:
        _failed(office, source, error, now)
        return 0
    for warning in found.warnings:
        log.warning("source_warning", source=source.name, reason=warning)
    with office.database.write() as session:
        row = session.get_one(Source, source.id, with_for_update=True)
        reading = Reading(row, fresh, now, firm=reader.firm_ids, pictures=pictures)
        new = record_all(session, reading, found.items[::-1])
        happenings.record(session, row, found, now)
        row.state = dict(found.state)
        row.read_at, row.failures, row.last_error = now, 0, ""
        row.next_at = now + (reader.every or duration(office.config.humasbot.ingest_every))
    log.info("ingested", source=source.name, new=new, seen=len(found.items), unchanged=found.unchanged)
    return new


def fresh_after(office: Office, source: Source, now: datetime) -> datetime:
    """Items published before this were there before us. While we were off, time did not count."""
    table = office.config.sources.get(source.name)
    window = duration(table.fresh) if table else timedelta(days=1)
    return min(now, source.read_at or now) - window


def _failed(office: Office, source: Source, error: HumasbotError, now: datetime) -> None:
    reason = office.vault.redact(str(error))
    with office.database.write() as session:
        row = session.get_one(Source, source.id, with_for_update=True)
        row.failures += 1
        row.last_error = reason
        waits = duration(office.config.humasbot.ingest_every)
        row.next_at = now + (max(waits, backoff(row.failures)) if not isinstance(error, FetchError) or error.temporary
                             else max(waits, timedelta(hours=1)))  # fmt: skip
    log.error("source_failed", source=source.name, reason=reason)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a source. *firm*: its ids are never given twice; *pictures* were kept at once, by item key."""

    source: Source
    fresh: datetime
    now: datetime
    firm: bool = False
    pictures: Mapping[str, str] = field(default_factory=dict)


def record(session: Session, source: Source, item: Item, fresh: datetime, now: datetime) -> bool:
    """Insert or update the Article of *item*; whether it is new and may become Posts."""
    return record_all(session, Reading(source, fresh, now), [item]) == 1


def record_all(session: Session, reading: Reading, items: Sequence[Item]) -> int:
    """Insert or update the Articles of *items*, oldest first; how many are new and may become Posts."""
    kept = [_plain(item) for item in items if _fits(reading.source, item)]
    known = match(session, reading.source, kept, firm=reading.firm)
    made = []
    for item, article in zip(kept, known, strict=True):
        if article is not None:
            _update(session, reading, article, item)
        elif (fresh := _insert(session, reading, item)) is not None:
            made.append(fresh)
    _hold_flood(reading, [article for article in made if article.state == "new"])
    for article in made:
        if article.state == "held":
            log.warning("held", source=reading.source.name, article=article.id, reason=article.note)
    return sum(article.state == "new" for article in made)


def _fits(source: Source, item: Item) -> bool:
    if max(len(plain(item.key).encode()), len(plain(item.url).encode())) <= LONGEST_NAME:
        return True
    why = t("alamat terlalu panjang", "address too long")
    log.warning("left_out", source=source.name, title=item.title, reason=why)
    return False


def _insert(session: Session, reading: Reading, item: Item) -> Article | None:
    state, note = _first_state(session, reading, item)
    source_id = reading.source.id or 0
    of_another = session.exec(
        select(Article.id).where(Article.source_id == source_id, Article.key == item.key)
    ).one_or_none()
    article = Article(
        source_id=source_id, key=item.key if of_another is None else own_key(item), url=item.url,
        digest=item.digest, state=state, note=note, first_seen_at=reading.now,
    )  # fmt: skip
    _copy(article, item, reading)
    try:
        with session.begin_nested():
            session.add(article)
    except IntegrityError:
        return None
    return article


def _hold_flood(reading: Reading, fresh: Sequence[Article]) -> None:
    """Hold what is too much at once for any office: more likely a site that was rebuilt than news."""
    last = reading.source.read_at
    if last is None:
        return
    days = max(1, -(-(reading.now - last) // timedelta(days=1)))
    if len(fresh) <= MOST_NEW_A_DAY * days:
        return
    for article in fresh:
        article.state = "held"
        article.note = t(
            "{n} berita baru sekaligus; situs pindah atau dibangun ulang? Lepaskan yang memang baru",
            "{n} new articles at once; was the site moved or rebuilt? Release those that are really new",
            n=len(fresh),
        )


def _plain(item: Item) -> Item:
    return replace(
        item, key=plain(item.key), url=plain(item.url), title=plain(item.title), text=plain(item.text),
        summary=plain(item.summary), image_url=plain(item.image_url), image_alt=plain(item.image_alt),
        image_credit=plain(item.image_credit),
        categories=tuple(plain(category) for category in item.categories),
    )  # fmt: skip


def _first_state(session: Session, reading: Reading, item: Item) -> tuple[str, str]:
    if reason := junk_reason(item):
        return "held", reason
    if item.published is not None and item.published > reading.now + AHEAD:
        return "held", t("tanggalnya di masa depan; periksa jam komputer ini dan jam situs",
                         "dated in the future; check this machine's clock and the site's")  # fmt: skip
    if item.published is None and reading.source.read_at is None:
        return "known", t(
            "tanpa tanggal saat sumber pertama dibaca", "undated when the source was first read"
        )
    if item.published is None and moved_here(session, reading.source, item):
        return "known", t("tanpa tanggal, dan situsnya pindah alamat", "undated, and its site has moved")
    if item.published is not None and item.published < reading.fresh:
        return "known", t("sudah ada sebelum humasbot", "was there before humasbot")
    if _may_be_said(session, reading, item):
        return "held", t("terbit sebelum pemulihan cadangan; mungkin sudah diumumkan. Periksa, baru lepaskan",
                         "from before a backup was restored; perhaps announced. Look, then release it")  # fmt: skip
    return "new", ""


def _may_be_said(session: Session, reading: Reading, item: Item) -> bool:
    """Whether the database that a backup replaced may have known it; what is undated, until the first look is over."""
    until = restored_at(session)
    last = reading.source.read_at
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
    article.title, article.text, article.summary = item.title, item.text, item.summary
    kept = reading.pictures.get(item.key, "")
    if kept or lasting(article.image_url) != lasting(item.image_url):
        article.image_digest = kept
    article.image_url, article.image_alt = lasting(item.image_url), item.image_alt
    article.image_credit = item.image_credit
    article.categories = list(item.categories)
    article.published_at, article.modified_at = item.published, item.modified


def release(office: Office, article_id: int, *, actor: str = "") -> None:
    """A person lets a held Article become Posts.

    Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.StateError` when it is not held.
    """
    with office.database.write() as session:
        article = session.get(Article, article_id, with_for_update=True)
        if article is None:
            raise NotFoundError(
                t("tidak ada berita nomor {id}", "there is no article number {id}", id=article_id)
            )
        if article.state != "held":
            raise StateError(t("berita {id} tidak ditahan", "article {id} is not held", id=article_id))
        audit.record(session, "released", f"article:{article_id}", actor=actor or "?", agency=office.config.agency.key,
                     title=article.title, url=article.url, held_for=article.note)  # fmt: skip
        article.state, article.note = "new", ""
