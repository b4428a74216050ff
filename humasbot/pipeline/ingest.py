"""Ingest: what a source holds becomes Articles, each once; the first sight of a source never floods."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from humasbot.config import duration
from humasbot.content import Found, Item
from humasbot.database import DatabaseError
from humasbot.errors import FetchError, HumasbotError, NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.models import Agency, Article, Source, utc_now
from humasbot.pipeline.crew import Hangs
from humasbot.pipeline.office import Office
from humasbot.sources.junk import junk_reason
from humasbot.states import backoff, plain, sentence
from humasbot.words import t

log = Quiet("humasbot.ingest")
FETCH_SECONDS = 600.0
"""How long one reading of a source may take."""
LONGEST_NAME = 2000
"""Bytes of an item's own id, and of its address: PostgreSQL's indexes take no more than 2704 (a third of a page)."""
AHEAD = timedelta(days=1)
"""An item dated further in the future than this was dated by a wrong clock: the site's or ours."""


def ingest_due(office: Office) -> int:
    """Read every active source whose time has come; return how many new Articles there are."""
    now = utc_now()
    with office.database.read() as session:
        query = (
            select(Source)
            .join(Agency, col(Agency.id) == col(Source.agency_id))
            .where(
                Agency.name == office.config.agency.key,
                Source.active,
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
    try:
        remembered = {str(k): str(v) for k, v in source.state.items()}
        fetch = office.reader(source).fetch
        found: Found = office.hanging.call("source", source.id or 0, FETCH_SECONDS, fetch, remembered, now)
    except Hangs as error:
        _failed(office, source, FetchError(str(error)), now)
        return 0
    except HumasbotError as error:
        _failed(office, source, error, now)
        return 0
    for warning in found.warnings:
        log.warning("source_warning", source=source.name, reason=warning)
    fresh = fresh_after(office, source, now)
    with office.database.write() as session:
        row = session.get_one(Source, source.id, with_for_update=True)
        new = sum(record(session, row, item, fresh, now) for item in reversed(found.items))
        row.state = dict(found.state)
        row.read_at, row.failures, row.last_error = now, 0, ""
        row.next_at = now + duration(office.config.humasbot.ingest_every)
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


def record(session: Session, source: Source, item: Item, fresh: datetime, now: datetime) -> bool:
    """Insert or update the Article of *item*; whether it is new and may become Posts."""
    item = _plain(item)
    if max(len(item.key.encode()), len(item.url.encode())) > LONGEST_NAME:
        log.warning(
            "left_out",
            source=source.name,
            title=item.title,
            reason=t("alamat terlalu panjang", "address too long"),
        )
        return False
    article = _known(session, source, item)
    if article is not None:
        _update(article, item, now)
        return False
    state, note = _first_state(source, item, fresh, now)
    article = Article(
        source_id=source.id or 0, key=item.key, url=item.url, digest=item.digest, state=state, note=note,
        first_seen_at=now,
    )  # fmt: skip
    _copy(article, item)
    try:
        with session.begin_nested():
            session.add(article)
    except IntegrityError:
        return False
    if state == "held":
        log.warning("held", source=source.name, article=article.id, reason=note)
    return state == "new"


def _known(session: Session, source: Source, item: Item) -> Article | None:
    """The Article of this item: by the source's own id, else by address, else by content (a site that moved)."""
    mine = select(Article).where(Article.source_id == source.id)
    # The same words at the same hour are a site that moved; at another hour they are a weekly notice, and news.
    same_words = (Article.digest == item.digest, Article.published_at == item.published)
    for conditions in ((Article.key == item.key,), (Article.url == item.url,), same_words):
        found = session.exec(mine.where(*conditions).order_by(col(Article.id)).limit(1)).one_or_none()
        if found is not None:
            return found
    return None


def _plain(item: Item) -> Item:
    return replace(
        item, key=plain(item.key), url=plain(item.url), title=plain(item.title), text=plain(item.text),
        summary=plain(item.summary), image_url=plain(item.image_url), image_alt=plain(item.image_alt),
        categories=tuple(plain(category) for category in item.categories),
    )  # fmt: skip


def _first_state(source: Source, item: Item, fresh: datetime, now: datetime) -> tuple[str, str]:
    if reason := junk_reason(item):
        return "held", reason
    if item.published is not None and item.published > now + AHEAD:
        return "held", t("tanggalnya di masa depan; periksa jam komputer ini dan jam situs",
                         "dated in the future; check this machine's clock and the site's")  # fmt: skip
    if item.published is None and source.read_at is None:
        return "known", t(
            "tanpa tanggal saat sumber pertama dibaca", "undated when the source was first read"
        )
    if item.published is not None and item.published < fresh:
        return "known", t("sudah ada sebelum humasbot", "was there before humasbot")
    return "new", ""


def _update(article: Article, item: Item, now: datetime) -> None:
    if article.digest != item.digest:
        article.digest, article.changed_at = item.digest, now
        log.info("article_changed", article=article.id)
    article.url = item.url
    _copy(article, item)


def _copy(article: Article, item: Item) -> None:
    article.title, article.text, article.summary = item.title, item.text, item.summary
    article.image_url, article.image_alt = item.image_url, item.image_alt
    article.categories = list(item.categories)
    article.published_at, article.modified_at = item.published, item.modified


def release(office: Office, article_id: int) -> None:
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
        article.state, article.note = "new", ""
