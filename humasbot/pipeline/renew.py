"""Renew: tokens get a new life ahead of their end, and a person hears in time of those that cannot."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import col, select

from humasbot import alerts
from humasbot.database import DatabaseError
from humasbot.keyring import Whose
from humasbot.logs import Quiet
from humasbot.models import Agency, Alert, utc_now
from humasbot.pipeline.crew import Crew
from humasbot.pipeline.expiring import Told, expiring
from humasbot.pipeline.office import Office

log = Quiet("humasbot.renew")
AT_ONCE = 8
EXPIRING, REFUSED = "expiring", "renew"


def renew(office: Office, now: datetime | None = None, stop: Callable[[], bool] = lambda: False) -> int:
    """Renew every token whose time has come, and tell what a person has to know; how many were looked at.

    Once *stop* is true nothing new begins. Raises :class:`~humasbot.database.DatabaseError`.
    """
    now = now or utc_now()
    office.renewal.pay()
    due = office.renewal.due(now)
    crew = Crew(AT_ONCE, "humasbot-renew")
    try:
        work = [crew.submit(_one, office, whose, now, stop) for whose in due]
        refused = [told for future in work for told in future.result()]
    finally:
        crew.shutdown(wait=False)
    _tell(office, refused, expiring(office, now))
    return len(due)


def _one(office: Office, whose: Whose, now: datetime, stop: Callable[[], bool]) -> list[Told]:
    try:
        notices = [] if stop() else office.renewal.renew(whose, now=now)
    except DatabaseError:
        raise
    except Exception:  # one platform's surprise must not keep the others from their renewal
        log.exception("not_renewed", account=whose.account)
        return []
    return [Told(note.key, note.text, whose.agency_id) for note in notices]


def _tell(office: Office, refused: list[Told], troubles: list[Told]) -> None:
    """Tell what is new, and settle what has mended itself: a cause that is gone in all its windows."""
    with office.database.read() as session:
        query = select(Alert.agency_id, Alert.key).where(Alert.kind == EXPIRING, col(Alert.live))
        if office.only_agency is not None:
            own = select(Agency.id).where(Agency.name == office.only_agency)
            query = query.where(col(Alert.agency_id).in_(own))
        told = set(session.exec(query).all())
    causes = {(one.agency_id, _cause(one.key)) for one in troubles}
    over = [(agency, key) for agency, key in told if (agency, _cause(key)) not in causes]
    new = [(REFUSED, one) for one in refused]
    new += [(EXPIRING, one) for one in troubles if (one.agency_id, one.key) not in told]
    if not new and not over:
        return
    with office.database.write() as session:
        for kind, one in new:
            words = office.vault.redact(one.text)
            alerts.tell(session, agency_id=one.agency_id, kind=kind, key=one.key, text=words)
        for agency, key in over:
            alerts.settle(session, agency_id=agency, key=key)


def _cause(key: str) -> str:
    """A key without its window."""
    return key.rpartition("/")[0]
