"""Prepare: what need not wait for the due moment is done before it, so that only the last call is left.

Publishers are built, pictures read and, where the platform can, uploaded. Nothing here is public, and nothing depends
on it: what was not prepared, ``publish`` does itself.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from humasbot import lining, outbox
from humasbot.database import DatabaseError
from humasbot.logs import Quiet
from humasbot.models import Account, Delivery, Variant, columns, utc_now
from humasbot.pipeline.carrying import correcting
from humasbot.pipeline.compose import outgoing_of
from humasbot.pipeline.crew import Crew
from humasbot.pipeline.office import Office
from humasbot.platforms.base import supports
from humasbot.states import sentence

log = Quiet("humasbot.prepare")
AHEAD = timedelta(minutes=2)
MARK = "humasbot:prepared"
"""The step that says that it was tried."""
MOST = 200
LONGEST_SECONDS = 60.0


class Ahead:
    """The checkpoint of a Delivery that is still queued."""

    def __init__(self, office: Office, delivery_id: int, known: dict[str, str]) -> None:
        self._office = office
        self._delivery_id = delivery_id
        self._known = dict(known)

    def get(self, step: str) -> str | None:
        """The value saved for *step*, or ``None``."""
        return self._known.get(step)

    def save(self, step: str, value: str) -> None:
        """Commit *value* for *step*, unless it is on its way by now."""
        outbox.save_ahead(self._office.database, self._delivery_id, step, value)
        self._known[step] = value


def prepare_ahead(office: Office) -> int:
    """Prepare what is due within two minutes and has pictures; how many were tried."""
    with office.database.read() as session:
        rows = [row for row in session.execute(_soon(office)).all() if MARK not in row.checkpoint]
    if not rows:
        return 0
    crew = Crew(min(len(rows), office.config.humasbot.threads), "humasbot-prepare")
    calls = [crew.submit(_prepare, office, row) for row in rows]
    crew.shutdown(wait=True, seconds=LONGEST_SECONDS)
    return sum(call.done() for call in calls)


def _soon(office: Office) -> sa.Select[Any]:
    row, account, now = columns(Delivery), columns(Account), utc_now()
    query = (
        sa.select(row.id, row.account_id, row.variant_id, row.key, row.checkpoint)
        .join(account.id.table, account.id == row.account_id)
        .join(columns(Variant).id.table, columns(Variant).id == row.variant_id)
        .where(
            row.state == sa.literal_column("'queued'"),
            row.next_at > now,
            row.next_at <= now + AHEAD,
            account.paused_at.is_(None),
            account.active.is_(True),
            account.dry_run.is_(False),
            sa.cast(columns(Variant).media, sa.Text) != "[]",
            ~sa.cast(row.checkpoint, sa.Text).contains(f'"{MARK}"'),
        )
        .order_by(row.next_at)
        .limit(MOST)
    )
    if office.only_agency is None:
        return query
    return query.where(account.agency_id.in_(lining.agency_named(office.only_agency)))


def _prepare(office: Office, row: Any) -> None:
    steps = Ahead(office, row.id, row.checkpoint)
    try:
        with office.database.read() as session:
            account = session.get_one(Account, row.account_id)
            variant = session.get_one(Variant, row.variant_id)
        publisher = office.publisher(account, renewed=True)
        steps.save(MARK, "yes")
        if supports(publisher, "prepare") and correcting(variant.options) is None:
            publisher.prepare(outgoing_of(office, variant, row.key), steps)
    except DatabaseError:
        raise
    except Exception as fault:  # noqa: BLE001 - the attempt itself meets the same fault, and knows what it means
        log.warning("not_prepared", delivery=row.id, reason=office.vault.redact(sentence(fault)))
