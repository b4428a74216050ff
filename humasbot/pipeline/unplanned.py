"""What could not be planned, kept where a person sees it: ``humasbot campaigns`` and ``humasbot posts`` show it."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from humasbot.database import DatabaseError
from humasbot.models import Campaign, Unplanned
from humasbot.pipeline.office import Office

_LONGEST = 2_000


def failed(office: Office, campaign: Campaign, occasion: str, reason: str, now: datetime) -> None:
    """Record why an occasion (``""``: the whole campaign) could not be planned; written only when that is news."""
    # Another planner may write the same; and where the database is the fault, it cannot hold the reason either.
    with suppress(IntegrityError, DatabaseError):
        if why_not(office, campaign, occasion) == reason[:_LONGEST]:
            return
        with office.database.write() as session:
            row = session.exec(_of(campaign, occasion)).one_or_none()
            row = row or Unplanned(campaign_id=campaign.id or 0, occasion=occasion, since=now)
            row.reason, row.last_at = reason[:_LONGEST], now
            session.add(row)


def forget(office: Office, campaign: Campaign, occasion: str) -> None:
    """It has been planned, or is settled otherwise."""
    if not why_not(office, campaign, occasion):
        return
    with office.database.write() as session:
        for row in session.exec(_of(campaign, occasion)).all():
            session.delete(row)


def why_not(office: Office, campaign: Campaign, occasion: str) -> str:
    """Why an occasion could not be planned the last time; nothing where it could."""
    with office.database.read() as session:
        row = session.exec(_of(campaign, occasion)).one_or_none()
        return row.reason if row else ""


def _of(campaign: Campaign, occasion: str) -> SelectOfScalar[Unplanned]:
    return select(Unplanned).where(Unplanned.campaign_id == campaign.id, Unplanned.occasion == occasion)
