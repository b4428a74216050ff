"""The gap: between a backup and its restore nobody knows what was said, so nothing of that time is said by itself."""

from datetime import datetime

from sqlmodel import Session, col, select

from humasbot.models import Article, Audit, Restore


def restored_at(session: Session) -> datetime | None:
    """Until when what was said is unknown: the moment (UTC) of the last restore, unless a person vouched for it."""
    query = select(Restore.restored_at).where(~col(Restore.moved)).order_by(col(Restore.id).desc()).limit(1)
    return session.exec(query).first()


def may_be_said(session: Session, due: datetime, article: Article | None) -> bool:
    """Whether an occasion that came due at *due*, or is of that Article, may have been said before the restore."""
    until = restored_at(session)
    if until is None:
        return False
    if article is None:
        return due <= until
    # One that was seen first after the restore has been held for a person where that is needed.
    return article.first_seen_at <= until and not _released(session, article, until)


def _released(session: Session, article: Article, since: datetime) -> bool:
    query = select(Audit.id).where(
        Audit.subject == f"article:{article.id}", Audit.act == "released", Audit.at > since
    )
    return session.exec(query.limit(1)).first() is not None
