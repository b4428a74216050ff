"""Happenings: what sources tell of the world is kept once by its name, over all its revisions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from humasbot.content import Found
from humasbot.content import Happening as Told
from humasbot.logs import Quiet
from humasbot.models import Happening, Source
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import agency_of

log = Quiet("humasbot.happenings")
KEPT = timedelta(days=90)
"""So long after its end a happening is kept; its Posts stay."""


def record(session: Session, source: Source, found: Found, now: datetime) -> int:
    """Insert or update what a reading told; how many are new or changed."""
    if not found.happenings and found.whole is None:
        return 0
    keys = [told.key for told in found.happenings]
    query = select(Happening).where(Happening.source_id == source.id, col(Happening.key).in_(keys))
    known = {row.key: row for row in session.exec(query).all()}
    touched = 0
    for told in found.happenings:
        row = known.get(told.key)
        if row is None:
            row = known[told.key] = Happening(
                source_id=source.id or 0, kind=told.kind, key=told.key, first_seen_at=now
            )
            session.add(row)
            touched += _take(row, told, now)
        elif told.revision >= row.revision:  # an older one comes out of somebody's cache
            touched += _take(row, told, now)
    touched += _missing(session, source, found, set(keys), now)
    _forget(session, source, now)
    if touched:
        log.info("happenings", source=source.name, changed=touched)
    return touched


def _take(row: Happening, told: Told, now: datetime) -> int:
    facts = dict(told.facts) or row.facts
    same = (row.facts, row.begins_at, row.ends_at, row.over_at is not None)
    if same == (facts, told.begins, told.ends, told.over):
        row.revision = told.revision
        return 0
    row.facts, row.revision, row.changed_at = facts, told.revision, now
    row.begins_at, row.ends_at = told.begins, told.ends
    row.over_at = (row.over_at or now) if told.over else None
    return 1


def _missing(session: Session, source: Source, found: Found, keys: set[str], now: datetime) -> int:
    """What should be in the reading and is not was taken back, or has become private: its facts go."""
    if found.whole is None:
        return 0
    first, last = found.whole
    query = select(Happening).where(
        Happening.source_id == source.id, col(Happening.begins_at) >= first, col(Happening.begins_at) <= last,
        col(Happening.over_at).is_(None),
    )  # fmt: skip
    gone = [row for row in session.exec(query).all() if row.key not in keys]
    for row in gone:
        row.over_at = row.changed_at = now
        row.facts, row.filled = {}, {}
    return len(gone)


def _forget(session: Session, source: Source, now: datetime) -> None:
    query = select(Happening).where(Happening.source_id == source.id, col(Happening.ends_at) < now - KEPT)
    for row in session.exec(query).all():
        session.delete(row)


def current(office: Office, source: str, kind: str, since: datetime, until: datetime) -> Sequence[Happening]:
    """What a source told of a kind that ends after *since* and begins before *until*, also what was taken back."""
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        query = (
            select(Happening)
            .join(Source, col(Source.id) == col(Happening.source_id))
            .where(
                Source.agency_id == agency.id, Source.name == source, Happening.kind == kind,
                col(Happening.ends_at) > since, col(Happening.begins_at) < until,
            )
            .order_by(col(Happening.begins_at), col(Happening.id))
        )  # fmt: skip
        return session.exec(query).all()


def of_key(office: Office, source: str, key: str) -> Happening | None:
    """One happening by its name."""
    with office.database.read() as session:
        agency = agency_of(session, office.config)
        query = select(Happening).join(Source, col(Source.id) == col(Happening.source_id)).where(
            Source.agency_id == agency.id, Source.name == source, Happening.key == key
        )  # fmt: skip
        return session.exec(query).one_or_none()
