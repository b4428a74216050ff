"""Ingest: what a source holds becomes Articles, each once; the first sight of a source never floods."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from humasbot import audit
from humasbot.config import duration
from humasbot.content import Found
from humasbot.database import DatabaseError
from humasbot.errors import ConfigError, FetchError, HumasbotError, NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.models import Agency, Article, Source, utc_now
from humasbot.pipeline import happenings
from humasbot.pipeline.crew import Hangs
from humasbot.pipeline.office import Office
from humasbot.pipeline.pictures import keep_dying
from humasbot.pipeline.recording import AHEAD, PART, Reading, in_parts, record_all
from humasbot.sources.base import Source as Reader
from humasbot.states import backoff, sentence
from humasbot.words import t

log = Quiet("humasbot.ingest")
FETCH_SECONDS = 600.0
"""How long one reading of a source may take."""
MOST_REMARKS = 3
"""So many things that a reading left out are named beside the source."""
URGENT = ("bmkg_earthquake", "bmkg_warning")
"""The kinds of source that the alert lane is fed from."""


def ingest_due(office: Office, urgent: bool | None = None) -> int:
    """Read every active source whose time has come; return how many new Articles there are.

    With *urgent* only those of :data:`URGENT` are read, or only the others: a slow website must not keep an alert
    waiting. A process that serves a fleet reads the sources of every agency.
    """
    now = utc_now()
    which = sa.true() if urgent is None else col(Source.kind).in_(URGENT) == urgent
    with office.database.read() as session:
        query = (
            select(Source)
            .join(Agency, col(Agency.id) == col(Source.agency_id))
            .where(
                sa.true() if office.only_agency is None else col(Agency.name) == office.only_agency,
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
        reader = _reader(office, source)
        if reader is None:
            return 0

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
    reading = Reading(source, fresh, now, firm=reader.firm_ids, pictures=pictures)
    items, new = found.items[::-1], 0
    if len(items) > PART:
        try:
            items, new = (), in_parts(office, reading, items)
        except FetchError as error:
            log.warning("source_busy", source=source.name, reason=str(error))
            return 0
    with office.database.write() as session:
        row = session.get_one(Source, source.id, with_for_update=True)
        new += record_all(session, replace(reading, source=row), items)
        happenings.record(session, row, found, now)
        row.state = dict(found.state)
        row.last_error = _remarks(office, row, found)
        row.read_at, row.failures = now, 0
        row.next_at = now + (reader.every or duration(office.config.humasbot.ingest_every))
    log.info("ingested", source=source.name, new=new, seen=len(found.items), unchanged=found.unchanged)
    return new


def _remarks(office: Office, row: Source, found: Found) -> str:
    """What a person should know of a reading that went well: what was left out, and why; kept while nothing changes."""
    if found.unchanged and not found.warnings:
        return "" if row.failures else row.last_error
    more = len(found.warnings) - MOST_REMARKS
    told = [
        *found.warnings[:MOST_REMARKS],
        *([t("dan {n} lagi", "and {n} more", n=more)] if more > 0 else []),
    ]
    return office.vault.redact("; ".join(told))


def _reader(office: Office, source: Source) -> Reader | None:
    """The source's reader; ``None`` where only its own agency's process has what it needs (a secret, a folder)."""
    try:
        return office.reader(source)
    except ConfigError as error:
        if office.other_of(source) is None:
            raise
        log.debug("left_to_its_agency", source=source.name, reason=office.vault.redact(str(error)))
        return None


def fresh_after(office: Office, source: Source, now: datetime) -> datetime:
    """Items published before this were there before us. While we were off, time did not count."""
    table = office.config.sources.get(source.name) if office.other_of(source) is None else None
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
